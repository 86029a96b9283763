// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The hash of numbers' bits by which machines are compared. It works on the bits as whole numbers, so the
// order of the bytes in memory does not matter. docs/bits.md describes it.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "thalweg/matrix.hpp"

namespace thalweg::bits {

// The finaliser of SplitMix64: one to one, and every bit of the argument moves half of the result's.
inline std::uint64_t mixed(std::uint64_t h) {
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebU;
    return h ^ (h >> 31);
}

// The bits; every NaN has those of one.
inline std::uint32_t word(float x) {
    return std::isnan(x) ? 0x7fc00000U : std::bit_cast<std::uint32_t>(x);
}
inline std::uint64_t word(double x) {
    return std::isnan(x) ? 0x7ff8000000000000U : std::bit_cast<std::uint64_t>(x);
}

// One result y of a function at the float with the bits x. The sum of them over all x, in any order, is the
// hash of the function.
inline std::uint64_t hash_of_result(std::uint32_t x, float y) {
    return mixed(std::uint64_t{x} << 32 | word(y));
}

// Words one after another: their order and number count.
class Hash {
public:
    void add(std::uint64_t value) { value_ = mixed(value_ ^ value) + 0x9e3779b97f4a7c15U; }
    void add(double x) { add(word(x)); }
    void add(float x) { add(std::uint64_t{word(x)}); }
    template <class T>
    void add(const Matrix<T>& m) {
        for (std::size_t i = 0; i < m.size(); ++i) {
            add(m.data()[i]);
        }
    }
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0;
};

}  // namespace thalweg::bits
