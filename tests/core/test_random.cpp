// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Rng against numbers that NumPy 1.24 printed for np.random.seed(0), (1) and (2^32 - 1).
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/random.hpp"

namespace thalweg {
namespace {

constexpr std::uint32_t kLastSeed = 0xffffffffU;
constexpr std::uint64_t kTwo32 = std::uint64_t{1} << 32;

// randn goes through libm's log, whose last bit may differ; f doubles that at most.
bool close(double got, double want) {
    return std::fabs(got - want) <= 2.0 * std::numeric_limits<double>::epsilon() * std::fabs(want);
}

// What NumPy gives after seeding anew for each line.
struct Expected {
    std::uint32_t seed;
    std::vector<std::uint32_t> words;
    std::uint32_t word_2000;
    std::vector<double> uniform;
    std::vector<double> randn;
    double randn_1000;
    std::vector<std::size_t> permutation_10;
    std::uint32_t word_after_permutation_10;
    std::vector<std::size_t> permutation_60000_start;
    std::uint32_t word_after_permutation_60000;
};

const std::vector<Expected>& expected() {
    static const std::vector<Expected> kExpected = {
        {0,
         {2357136044U, 2546248239U, 3071714933U},
         3856691381U,
         {0x1.18fe1565f12a8p-1, 0x1.6e2d4cf608733p-1, 0x1.349d66b6e894bp-1},
         {0x1.c398ef3e5cfa5p+0, 0x1.99c2cfacc8953p-2, 0x1.f51d25222c9abp-1, 0x1.1ed5969e3314ep+1,
          0x1.de1847cb13ddap+0},
         -0x1.6eb574c9b16b2p-2,
         {2, 8, 4, 9, 1, 6, 7, 3, 0, 5},
         1879422756U,
         {3048, 19563, 58303, 8870, 40228},
         4054939468U},
        {1,
         {1791095845U, 4282876139U, 3093770124U},
         138279050U,
         {0x1.ab07d0ffa3c06p-2, 0x1.70ce5f3baf051p-1, 0x1.dfb906661c000p-14},
         {0x1.9fd5190657c50p+0, -0x1.393822fb7d9adp-1, -0x1.0e6c872548fd2p-1, -0x1.12ae1255cb80cp+0,
          0x1.bb16b5735117dp-1},
         -0x1.7ee2458ea67ffp-3,
         {2, 9, 6, 4, 0, 3, 1, 7, 8, 5},
         1666063943U,
         {15281, 21435, 44536, 13518, 47529},
         2733207125U},
        {kLastSeed,
         {419326371U, 479346978U, 3918654476U},
         1762272365U,
         {0x1.8fe69a3924820p-4, 0x1.d323d824032b1p-1, 0x1.93fc6f61af3f9p-1},
         {0x1.4bfc38c486d8ap-1, 0x1.56b192e507eeep-1, -0x1.149e836f192fdp+0, 0x1.23543dec5a0fcp-2,
          0x1.d27bf27c6aaafp-4},
         0x1.adea44c300e5dp-1,
         {6, 9, 5, 1, 8, 0, 7, 4, 2, 3},
         2166321787U,
         {53704, 27041, 19635, 29216, 51120},
         2541993807U},
    };
    return kExpected;
}

// np.random.choice(n, 8) and the word after it.
struct ExpectedChoice {
    std::uint32_t seed;
    std::uint64_t n;
    std::vector<std::size_t> values;
    std::uint32_t next_word;
};

const std::vector<ExpectedChoice>& expected_choices() {
    static const std::vector<ExpectedChoice> kExpected = {
        {0, 1, {0, 0, 0, 0, 0, 0, 0, 0}, 2357136044U},
        {0, 2, {0, 1, 1, 0, 1, 1, 1, 1}, 1819583497U},
        {0, 10, {5, 0, 3, 3, 7, 9, 3, 5}, 1650906866U},
        {0, 60000, {2732, 43567, 42613, 52416, 45891, 21243, 30403, 32103}, 1819583497U},
        {0,
         kTwo32,
         {2357136044, 2546248239, 3071714933, 3626093760, 2588848963, 3684848379, 2340255427, 3638918503},
         1819583497U},
        {1, 1, {0, 0, 0, 0, 0, 0, 0, 0}, 1791095845U},
        {1, 2, {1, 1, 0, 0, 1, 1, 1, 1}, 630311759U},
        {1, 10, {5, 8, 9, 5, 0, 0, 1, 7}, 1484172013U},
        {1, 60000, {33003, 12172, 5192, 32511, 50057, 43723, 7813, 52047}, 1013994432U},
        {1,
         kTwo32,
         {1791095845, 4282876139, 3093770124, 4005303368, 491263, 550290313, 1298508491, 4290846341},
         630311759U},
        {kLastSeed, 1, {0, 0, 0, 0, 0, 0, 0, 0}, 419326371U},
        {kLastSeed, 2, {1, 0, 0, 1, 0, 0, 0, 0}, 77050329U},
        {kLastSeed, 10, {3, 2, 7, 4, 0, 6, 9, 0}, 4163996287U},
        {kLastSeed, 60000, {27043, 16674, 44103, 14260, 20694, 506, 45529, 32544}, 4163996287U},
        {kLastSeed,
         kTwo32,
         {419326371, 479346978, 3918654476, 2416749639, 3388880820, 2260532800, 3350089942, 3309765114},
         77050329U},
    };
    return kExpected;
}

TEST_CASE("Rng: words and doubles are NumPy's") {
    for (const Expected& want : expected()) {
        CAPTURE(want.seed);
        Rng words(want.seed);
        std::vector<std::uint32_t> first(2000);
        std::generate(first.begin(), first.end(), [&] { return words.next_u32(); });
        CHECK(std::vector<std::uint32_t>(first.begin(), first.begin() + 3) == want.words);
        CHECK(first[1999] == want.word_2000);

        Rng rng(want.seed);
        for (const double value : want.uniform) {
            CHECK(rng.uniform() == value);
        }
    }
}

TEST_CASE("Rng: randn is NumPy's, with the second of each pair kept") {
    for (const Expected& want : expected()) {
        CAPTURE(want.seed);
        Rng rng(want.seed);
        for (const double value : want.randn) {
            CHECK(close(rng.randn(), value));
        }
        for (std::size_t i = want.randn.size(); i < 999; ++i) {
            rng.randn();
        }
        CHECK(close(rng.randn(), want.randn_1000));
    }
}

TEST_CASE("Rng: a normal kept survives other draws between") {
    Rng rng(1);
    CHECK(close(rng.randn(), 0x1.9fd5190657c50p+0));
    CHECK(rng.below(10) == 9);
    CHECK(close(rng.randn(), -0x1.393822fb7d9adp-1));
    CHECK(rng.uniform() == 0x1.3596ab7fe08f4p-2);
    CHECK(close(rng.randn(), -0x1.0e6c872548fd2p-1));
}

TEST_CASE("Rng: choice is NumPy's and uses as many words") {
    for (const ExpectedChoice& want : expected_choices()) {
        CAPTURE(want.seed, want.n);
        if (want.n > std::numeric_limits<std::size_t>::max()) {
            continue;  // where a size has 32 bits
        }
        Rng rng(want.seed);
        const auto n = static_cast<std::size_t>(want.n);
        CHECK(rng.choice(n, 8) == want.values);
        CHECK(rng.next_u32() == want.next_word);

        Rng in_place(want.seed);
        std::vector<std::size_t> values(8);
        in_place.choice(n, values);
        CHECK(values == want.values);
    }
}

TEST_CASE("Rng: below is NumPy's randint") {
    Rng rng(0);
    const std::vector<std::uint64_t> limits = {1, 2, 10, 60000, kTwo32, 7};
    std::vector<std::uint64_t> got;
    for (const std::uint64_t n : limits) {
        got.push_back(rng.below(n));
    }
    CHECK(got == std::vector<std::uint64_t>{0, 0, 5, 52416, 2588848963, 3});
}

TEST_CASE("Rng: permutation is NumPy's") {
    for (const Expected& want : expected()) {
        CAPTURE(want.seed);
        Rng ten(want.seed);
        CHECK(ten.permutation(10) == want.permutation_10);
        CHECK(ten.next_u32() == want.word_after_permutation_10);

        Rng many(want.seed);
        std::vector<std::size_t> values = many.permutation(60000);
        CHECK(std::vector<std::size_t>(values.begin(), values.begin() + 5) == want.permutation_60000_start);
        CHECK(many.next_u32() == want.word_after_permutation_60000);
        std::sort(values.begin(), values.end());
        std::vector<std::size_t> all(60000);
        std::iota(all.begin(), all.end(), std::size_t{0});
        CHECK(values == all);
    }
    Rng rng(0);
    CHECK(rng.permutation(0).empty());
    CHECK(rng.permutation(1) == std::vector<std::size_t>{0});
    CHECK(rng.next_u32() == 2357136044U);
    CHECK(Rng(0).permutation(2) == std::vector<std::size_t>{1, 0});
}

TEST_CASE("Rng: shuffle permutes what is there") {
    std::vector<std::size_t> values = {0, 10, 20, 30, 40, 50};
    Rng rng(1);
    rng.shuffle(values);
    CHECK(values == std::vector<std::size_t>{20, 10, 40, 0, 30, 50});
}

TEST_CASE("Rng: the notebook's weights, then its first mini-batch") {
    Rng rng(1);
    for (int i = 0; i < 784 * 50 + 50 * 10; ++i) {
        rng.randn();
    }
    std::vector<std::size_t> batch = rng.choice(60000, 100);
    batch.resize(10);
    CHECK(batch ==
          std::vector<std::size_t>{25620, 963, 49491, 20176, 32859, 12235, 11196, 22731, 5217, 2534});
}

TEST_CASE("Rng: a copy and a restored state continue alike") {
    Rng rng(7);
    for (int i = 0; i < 1001; ++i) {
        rng.randn();
    }
    Rng copy = rng;
    Rng restored(99);
    restored.restore(rng.state());
    for (int i = 0; i < 1000; ++i) {
        const double want = rng.randn();
        REQUIRE(copy.randn() == want);
        REQUIRE(restored.randn() == want);
    }
}

TEST_CASE("Rng: the state before the first word and after the last of a block is restored") {
    Rng rng(7);
    Rng restored(99);
    // Nothing of the block is left at either.
    for (const int drawn : {0, 624}) {
        for (int i = 0; i < drawn; ++i) {
            rng.next_u32();
        }
        REQUIRE(rng.state().position == 624);
        restored.restore(rng.state());
        Rng copy = rng;
        REQUIRE(restored.next_u32() == copy.next_u32());
    }
}

TEST_CASE("Rng: numbers out of range are refused") {
    Rng rng(0);
    std::size_t two[2];
    CHECK_THROWS_WITH(rng.below(0), "Rng::below: expected n from 1 to 2^32, found 0");
    CHECK_THROWS_WITH(rng.below(kTwo32 + 1), "Rng::below: expected n from 1 to 2^32, found 4294967297");
    CHECK_THROWS_WITH(rng.choice(0, 1), "Rng::choice: expected n from 1 to 2^32, found 0");
    CHECK_THROWS_WITH(rng.choice(0, two), "Rng::choice: expected n from 1 to 2^32, found 0");
    constexpr auto kTooMany = static_cast<std::size_t>(kTwo32 + 1);  // 1 where a size has 32 bits
    if (kTooMany != 1) {
        CHECK_THROWS_AS(rng.choice(kTooMany, 1), std::invalid_argument);
        CHECK_THROWS_WITH(rng.permutation(kTooMany),
                          "Rng::permutation: expected n from 1 to 2^32, found 4294967297");
    }
    CHECK(rng.choice(0, 0).empty());
    Rng::State state = rng.state();
    state.position = 625;
    CHECK_THROWS_WITH(rng.restore(state), "Rng::restore: expected a position from 0 to 624, found 625");
    // Nothing was drawn on the way.
    CHECK(rng.next_u32() == 2357136044U);
}

}  // namespace
}  // namespace thalweg
