// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// MiniBatches against NumPy's choice and permutation.
#include <algorithm>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/data.hpp"
#include "thalweg/error.hpp"
#include "thalweg/random.hpp"

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
