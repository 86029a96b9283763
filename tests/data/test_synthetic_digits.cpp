// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// synthetic_digits: the same bytes everywhere, whatever the number of threads, and digits of ordinary looks.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/images.hpp"
#include "thalweg/threads.hpp"

namespace thalweg {
namespace {

// FNV-1a, 64 bits.
std::uint64_t hash(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0xcbf29ce484222325U;
    for (const std::uint8_t byte : bytes) {
        value = (value ^ byte) * 0x100000001b3U;
    }
    return value;
}

bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

TEST_CASE("synthetic digits: the bytes of seed 1") {
    const Dataset data = synthetic_digits(1000, 1);
    CHECK(data.size() == 1000);
    CHECK(data.image_rows() == 28);
    CHECK(data.image_cols() == 28);
    CHECK(hash(data.pixels()) == 0xc4df82cc48d9d614U);
    CHECK(hash(data.labels()) == 0x12390e5c7d8278adU);
}

TEST_CASE("synthetic digits: independent of the number of threads") {
    set_threads(1);
    const Dataset one = synthetic_digits(500, 42);
    for (const int threads : {2, 3, 7}) {
        set_threads(threads);
        const Dataset many = synthetic_digits(500, 42);
        CHECK(equal(many.pixels(), one.pixels()));
        CHECK(equal(many.labels(), one.labels()));
    }
    set_threads(0);
}

TEST_CASE("synthetic digits: fewer are the beginning of more, other seeds are other digits") {
    const Dataset data = synthetic_digits(300, 5);
    CHECK(equal(synthetic_digits(100, 5).pixels(), data.pixels().first(100 * 784)));
    CHECK(synthetic_digits(0, 5).size() == 0);
    CHECK_FALSE(equal(synthetic_digits(100, 6).pixels(), data.pixels().first(100 * 784)));
    CHECK_FALSE(equal(synthetic_digits(100, 6).labels(), data.labels().first(100)));
}

TEST_CASE("synthetic digits: every class in about equal number, ink in usual amount, edges smooth") {
    const Dataset data = synthetic_digits(5000, 3);
    std::array<std::size_t, 10> counts{};
    for (const std::uint8_t label : data.labels()) {
        ++counts[label];
    }
    // 500 +- 21 is one standard deviation.
    CHECK(*std::min_element(counts.begin(), counts.end()) > 400);
    CHECK(*std::max_element(counts.begin(), counts.end()) < 600);

    // The thinnest pen, half a pixel beside a row of centres, still leaves 0.6 of the ink.
    constexpr std::uint8_t kFaintest = 153;
    std::size_t faint = 0;
    std::size_t blotted = 0;
    std::size_t hard_edged = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
        std::size_t inked = 0;
        std::size_t grey = 0;
        std::uint8_t darkest = 0;
        for (const std::uint8_t pixel : data.image(i)) {
            inked += pixel > 0 ? 1 : 0;
            grey += pixel > 0 && pixel < 255 ? 1 : 0;
            darkest = std::max(darkest, pixel);
        }
        faint += inked < 20 || darkest < kFaintest ? 1 : 0;
        blotted += inked > 392 ? 1 : 0;
        hard_edged += grey < 10 ? 1 : 0;
    }
    CHECK(faint == 0);
    CHECK(blotted == 0);
    CHECK(hard_edged == 0);
}

TEST_CASE("synthetic digits: training and test part share no image") {
    const TrainTest data = synthetic_digits_train_test(1);
    CHECK(data.train.size() == 60000);
    CHECK(data.test.size() == 10000);
    std::vector<std::uint64_t> hashes;
    hashes.reserve(70000);
    for (const Dataset* part : {&data.train, &data.test}) {
        for (std::size_t i = 0; i < part->size(); ++i) {
            hashes.push_back(hash(part->image(i)));
        }
    }
    std::sort(hashes.begin(), hashes.end());
    CHECK(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end());
}

}  // namespace
}  // namespace thalweg
