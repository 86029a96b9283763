// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NumPy's legacy generator (np.random.seed, randn, choice, permutation). The same seed gives the same
// numbers, so a run can be compared with the notebook draw by draw.
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

/// A Mersenne Twister (MT19937) that makes doubles, normals, choices and permutations as NumPy does. A copy
/// continues with the same numbers as the original.
///
///     Rng rng(1);
///     rng.randn();     // 1.624345
///     rng.uniform();   // 0.000114
///     rng.below(10);   // 5
///
/// error    NumPy's numbers bit for bit, except for randn()
class Rng {
public:
    /// Seeds as np.random.seed(seed) does.
    explicit Rng(std::uint32_t seed);

    /// Returns the next 32-bit word of the generator.
    std::uint32_t next_u32();

    /// Draws a double, uniform in [0, 1) with 53 bits: np.random.random_sample().
    double uniform();
    /// Draws a double, uniform in [low, high): np.random.uniform(low, high), which is low + (high - low) * u.
    double uniform(double low, double high) { return low + (high - low) * uniform(); }

    /// Draws from the standard normal distribution by Marsaglia's polar method: np.random.randn().
    /// error    calls the C library's log, as NumPy does; the last bit depends on it
    double randn();

    /// Draws an integer, uniform in [0, n), by masked rejection: np.random.randint(n).
    /// throws   std::invalid_argument when n is 0 or above 2^32
    std::uint64_t below(std::uint64_t n);

    /// Draws k numbers in [0, n) with replacement: np.random.choice(n, k).
    /// throws   std::invalid_argument when n is 0 or above 2^32 and k is not 0
    std::vector<std::size_t> choice(std::size_t n, std::size_t k);
    /// The same into existing memory, without allocating.
    /// shape    out: k
    void choice(std::size_t n, std::span<std::size_t> out);

    /// Returns 0, 1, ..., n-1 in random order: np.random.permutation(n).
    /// throws   std::invalid_argument when n is above 2^32
    std::vector<std::size_t> permutation(std::size_t n);
    /// Shuffles values in place, without allocating: np.random.shuffle.
    /// shape    values: at most 2^32
    /// throws   std::invalid_argument for more
    void shuffle(std::span<std::size_t> values);

    /// Everything that the next numbers depend on; checkpoints keep it.
    struct State {
        std::uint32_t words[624];  ///< the twister's words
        std::uint32_t position;    ///< 0 to 624: words already used
        bool has_normal;           ///< randn makes two at a time and keeps one
        double normal;             ///< the one kept
    };
    /// Returns the state; restore() of it continues with the same numbers.
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
