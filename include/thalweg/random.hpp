// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NumPy's legacy generator (np.random.seed, randn, choice, permutation): the same numbers for the same seed,
// so that a run can be compared with the notebook draw by draw.
//
// Common to all:
// source   Matsumoto and Nishimura 1998 (MT19937); NumPy's legacy np.random
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Mersenne Twister (MT19937) with NumPy's way of making doubles, normals, choices and permutations from it.
/// A value type: a copy continues with the same numbers as the original.
///
///     Rng rng(1);
///     rng.randn();     // 1.624345
///     rng.uniform();   // 0.000114
///     rng.below(10);   // 5
///
/// error    NumPy's numbers bit for bit, but for what randn() says
/// threads  one object belongs to one thread at a time
/// throws   nothing where no other line says so
class Rng {
public:
    /// Seeds as np.random.seed(seed) does.
    explicit Rng(std::uint32_t seed);

    /// The next 32-bit word of the generator.
    std::uint32_t next_u32();

    /// np.random.random_sample(): uniform in [0, 1) with 53 bits.
    double uniform();

    /// np.random.randn(): standard normal, by Marsaglia's polar method.
    /// error    uses libm's log as NumPy does: the last bit depends on the C library where that is not
    ///          correctly rounded
    double randn();

    /// np.random.randint(n): uniform in [0, n), by masked rejection.
    /// throws   std::invalid_argument when n is 0 or above 2^32
    std::uint64_t below(std::uint64_t n);

    /// np.random.choice(n, k): k numbers in [0, n), with replacement.
    /// throws   std::invalid_argument when n is 0 or above 2^32 and k is not 0; std::bad_alloc
    std::vector<std::size_t> choice(std::size_t n, std::size_t k);
    /// The same into existing memory, without allocating.
    /// shape    out: k
    /// throws   std::invalid_argument when n is 0 or above 2^32 and out is not empty
    void choice(std::size_t n, std::span<std::size_t> out);

    /// np.random.permutation(n): 0, 1, ..., n-1 in random order.
    /// throws   std::invalid_argument when n is above 2^32; std::bad_alloc
    std::vector<std::size_t> permutation(std::size_t n);
    /// np.random.shuffle of what is there, without allocating.
    /// shape    values: any length up to 2^32
    /// throws   std::invalid_argument for more
    void shuffle(std::span<std::size_t> values);

    /// Everything the next numbers depend on: what a checkpoint keeps.
    struct State {
        std::uint32_t words[624];  ///< the twister's words
        std::uint32_t position;    ///< 0 to 624: words already used
        bool has_normal;           ///< randn makes two at a time and keeps one
        double normal;             ///< the one kept
    };
    /// The state now; Rng::restore of it continues with the same numbers.
    const State& state() const noexcept { return state_; }
    /// Continues from a saved state.
    /// throws   std::invalid_argument when position is above 624
    void restore(const State& state);

private:
    void refill();

    State state_;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
