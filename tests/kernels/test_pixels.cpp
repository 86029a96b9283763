// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The pixels slot, for all 256 values.
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"

using namespace thalweg;
using namespace thalweg::test;

TEMPLATE_TEST_CASE("pixels are the float32 quotients by 255, for all 256 values", "[kernels][pixels]", float,
                   double) {
    std::vector<std::uint8_t> bytes;
    std::vector<TestType> quotients;
    std::vector<TestType> plain;
    for (unsigned value = 0; value < 256; ++value) {
        bytes.push_back(static_cast<std::uint8_t>(value));
        quotients.push_back(static_cast<TestType>(static_cast<float>(value) / 255.0f));
        plain.push_back(static_cast<TestType>(value));
    }
    each_table([&](const kernels::KernelTable& table) {
        Failures failures;
        for (std::size_t first = 0; first < 256; first += 5) {
            const std::size_t n = 256 - first;
            const auto tail = [&](const std::vector<TestType>& all) {
                return std::vector<TestType>(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
            };
            std::vector<TestType> y(n);
            dispatch::part<TestType>(table).pixels(bytes.data() + first, true, y.data(), n);
            failures.compare(y, tail(quotients), "normalised, from", first);
            dispatch::part<TestType>(table).pixels(bytes.data() + first, false, y.data(), n);
            failures.compare(y, tail(plain), "plain, from", first);
        }
        REQUIRE(failures.text() == "");
    });
}
