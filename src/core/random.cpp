// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What NumPy's legacy np.random makes of the twister's words. The order of the draws is the contract:
// tests/core/test_random.cpp holds it to numbers that NumPy printed.
#include "thalweg/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/float_control.hpp"
#include "core/twister.hpp"

namespace thalweg {
namespace {

constexpr std::uint32_t kWords = core::kTwisterWords;

void check_range(const char* function, std::uint64_t n) {
    constexpr std::uint64_t kLargest = std::uint64_t{1} << 32;
    if (n == 0 || n > kLargest) {
        throw std::invalid_argument(std::string("Rng::") + function + ": expected n from 1 to 2^32, found " +
                                    std::to_string(n));
    }
}

}  // namespace

Rng::Rng(std::uint32_t seed) : state_{} {
    std::uint32_t word = seed;
    for (std::uint32_t i = 0; i < kWords; ++i) {
        state_.words[i] = word;
        word = 1812433253U * (word ^ (word >> 30)) + i + 1;
    }
    state_.position = kWords;
}

void Rng::refill() {
    core::refill(state_);
}

std::uint32_t Rng::next_u32() {
    if (state_.position == kWords) {
        refill();
    }
    return core::tempered(state_.words[state_.position++]);
}

double Rng::uniform() {
    const std::uint32_t high = next_u32() >> 5;
    const std::uint32_t low = next_u32() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

double Rng::randn() {
    if (state_.has_normal) {
        state_.has_normal = false;
        return std::exchange(state_.normal, 0.0);
    }
    const core::FloatControlScope standard;
    double x1 = 0.0;
    double x2 = 0.0;
    double r2 = 0.0;
    do {
        x1 = core::fenced(2.0 * uniform() - 1.0);  // exact
        x2 = core::fenced(2.0 * uniform() - 1.0);
        r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1.0 || r2 == 0.0);
    const double f = std::sqrt(-2.0 * std::log(r2) / r2);
    state_.normal = core::fenced(f * x1);
    state_.has_normal = true;
    return core::fenced(f * x2);
}

std::uint64_t Rng::below(std::uint64_t n) {
    check_range("below", n);
    const auto largest = static_cast<std::uint32_t>(n - 1);
    if (largest == 0) {
        return 0;  // NumPy draws no word here
    }
    const std::uint32_t mask = ~std::uint32_t{0} >> std::countl_zero(largest);
    std::uint32_t value = next_u32() & mask;
    while (value > largest) {
        value = next_u32() & mask;
    }
    return value;
}

std::vector<std::size_t> Rng::choice(std::size_t n, std::size_t k) {
    if (k != 0) {
        check_range("choice", n);
    }
    std::vector<std::size_t> out(k);
    choice(n, out);
    return out;
}

void Rng::choice(std::size_t n, std::span<std::size_t> out) {
    if (out.empty()) {
        return;
    }
    check_range("choice", n);
    for (std::size_t& value : out) {
        value = static_cast<std::size_t>(below(n));
    }
}

std::vector<std::size_t> Rng::permutation(std::size_t n) {
    if (n != 0) {
        check_range("permutation", n);
    }
    std::vector<std::size_t> values(n);
    std::iota(values.begin(), values.end(), std::size_t{0});
    shuffle(values);
    return values;
}

void Rng::shuffle(std::span<std::size_t> values) {
    if (!values.empty()) {
        check_range("shuffle", values.size());
    }
    for (std::size_t last = values.size(); last > 1; --last) {
        std::swap(values[last - 1], values[static_cast<std::size_t>(below(last))]);
    }
}

void Rng::restore(const State& state) {
    if (state.position > kWords) {
        throw std::invalid_argument("Rng::restore: expected a position from 0 to " + std::to_string(kWords) +
                                    ", found " + std::to_string(state.position));
    }
    state_ = state;
}

}  // namespace thalweg
