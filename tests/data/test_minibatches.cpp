// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// MiniBatches against NumPy's choice and permutation.
#include <algorithm>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/error.hpp"
#include "thalweg/random.hpp"
#include "thalweg/samples.hpp"

namespace thalweg {
namespace {

using Rows = std::vector<std::size_t>;

Rows next(MiniBatches& batches) {
    const std::span<const std::size_t> rows = batches.next();
    return Rows(rows.begin(), rows.end());
}

TEST_CASE("MiniBatches: with replacement, the draws of np.random.choice one after another") {
    Rng rng(1);
    MiniBatches batches(10, 3, Sampling::kReplacement, rng);
    CHECK(batches.batch_size() == 3);
    CHECK(next(batches) == Rows{5, 8, 9});
    CHECK(next(batches) == Rows{5, 0, 0});
    // The generator is shared, not copied.
    CHECK(rng.below(10) == 1);
    CHECK(next(batches).front() == 7);
}

TEST_CASE("MiniBatches: with replacement, batches may be larger than the data") {
    Rng rng(1);
    MiniBatches batches(1, 4, Sampling::kReplacement, rng);
    CHECK(next(batches) == Rows{0, 0, 0, 0});
}

TEST_CASE("MiniBatches: each shuffled epoch is a fresh np.random.permutation, its last batch short") {
    // np.random.seed(1), then np.random.permutation(5) three times.
    const std::vector<Rows> epochs = {{2, 1, 4, 0, 3}, {0, 2, 4, 3, 1}, {2, 3, 1, 4, 0}};
    Rng rng(1);
    MiniBatches batches(5, 2, Sampling::kShuffle, rng);
    for (const Rows& epoch : epochs) {
        CHECK(next(batches) == Rows{epoch[0], epoch[1]});
        CHECK(next(batches) == Rows{epoch[2], epoch[3]});
        CHECK(next(batches) == Rows{epoch[4]});
    }
}

TEST_CASE("MiniBatches: shuffled batches that divide the data, and one that is all of it") {
    Rng rng(3);
    MiniBatches halves(6, 3, Sampling::kShuffle, rng);
    for (int epoch = 0; epoch < 4; ++epoch) {
        Rows rows = next(halves);
        const Rows second = next(halves);
        rows.insert(rows.end(), second.begin(), second.end());
        std::sort(rows.begin(), rows.end());
        CHECK(rows == Rows{0, 1, 2, 3, 4, 5});
    }
    Rng seeded(1);
    MiniBatches whole(5, 5, Sampling::kShuffle, seeded);
    CHECK(next(whole) == Rows{2, 1, 4, 0, 3});
    CHECK(next(whole) == Rows{0, 2, 4, 3, 1});
}

TEST_CASE("MiniBatches: continues from its own state, in an epoch and between two") {
    for (const Sampling sampling : {Sampling::kReplacement, Sampling::kShuffle}) {
        Rng rng(1);
        MiniBatches batches(5, 2, sampling, rng);
        for (int drawn = 0; drawn < 7; ++drawn) {
            Rng other = rng;
            MiniBatches resumed(5, 2, sampling, other);
            const MiniBatches::State state = batches.state();
            resumed.restore(state);
            CHECK(resumed.state() == state);
            // In an epoch of three batches: nothing between two epochs, else what was served and its order.
            const bool within = sampling == Sampling::kShuffle && drawn % 3 != 0;
            CHECK(state.next == (within ? static_cast<std::size_t>(drawn % 3 * 2) : 0));
            CHECK(state.order.size() == (within ? 5 : 0));
            Rng ahead = rng;
            MiniBatches original(5, 2, sampling, ahead);
            original.restore(state);
            const Rows expected = next(batches);
            CHECK(next(resumed) == expected);
            CHECK(next(original) == expected);
        }
    }
}

TEST_CASE("MiniBatches: states that cannot be are refused and change nothing") {
    Rng rng(1);
    MiniBatches batches(5, 2, Sampling::kShuffle, rng);
    next(batches);
    const MiniBatches::State before = batches.state();
    const auto refuse = [&](std::size_t at, const Rows& order, const std::string& message) {
        CHECK_THROWS_WITH(batches.restore({at, order}), "MiniBatches::restore: " + message);
        CHECK(batches.state() == before);
    };
    const Rows good = {4, 3, 2, 1, 0};
    refuse(1, good, "next must be a multiple of batch_size = 2 below data_size = 5, found 1");
    refuse(6, good, "next must be a multiple of batch_size = 2 below data_size = 5, found 6");
    refuse(0, good, "order must have 0 rows, found 5");
    // An epoch that is over has no state of its own: the batch after it would be empty.
    MiniBatches even(4, 2, Sampling::kShuffle, rng);
    CHECK_THROWS_WITH(
        even.restore({4, {3, 2, 1, 0}}),
        "MiniBatches::restore: next must be a multiple of batch_size = 2 below data_size = 4, found 4");
    refuse(2, {4, 3, 2, 1}, "order must have 5 rows, found 4");
    refuse(2, {4, 3, 2, 1, 5}, "order must hold each row below 5 once, found 5");
    refuse(2, {4, 3, 2, 1, 4}, "order must hold each row below 5 once, found 4 twice");
    MiniBatches replacing(5, 2, Sampling::kReplacement, rng);
    CHECK_THROWS_WITH(replacing.restore({2, good}),
                      "MiniBatches::restore: next must be 0 with replacement, found 2");
    CHECK_THROWS_AS(replacing.restore({0, good}), ShapeError);
}

TEST_CASE("MiniBatches: sizes that cannot be are refused") {
    Rng rng(1);
    CHECK_THROWS_WITH(MiniBatches(0, 1, Sampling::kReplacement, rng),
                      "MiniBatches: data_size must be at least 1, found 0");
    CHECK_THROWS_WITH(MiniBatches(5, 0, Sampling::kShuffle, rng),
                      "MiniBatches: batch_size must be at least 1, found 0");
    CHECK_THROWS_WITH(MiniBatches(5, 6, Sampling::kShuffle, rng),
                      "MiniBatches: a shuffled batch must be at most data_size = 5, found 6");
    CHECK_THROWS_AS(MiniBatches(0, 0, Sampling::kShuffle, rng), ShapeError);
}

}  // namespace
}  // namespace thalweg
