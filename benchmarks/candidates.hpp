// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Who takes part in a contest: the library at each level, the peers found on the machine, and the references
// that say what the machine can do at best.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "contest.hpp"
#include "support/compare.hpp"
#include "support/oracle.hpp"
#include "thalweg/simd.hpp"

namespace thalweg::bench {

using peers::Peer;

// How the library is to compute.
struct Variant {
    SimdLevel level;
    int threads;

    // "thalweg" for the level in use when the program began, "thalweg-<level>" for another.
    std::string who() const;
    test::Rounding rounding() const {
        return has_fma(level) ? test::Rounding::kFma : test::Rounding::kMulAdd;
    }
};

// The level in use for each number of threads, then the other ones on one thread: all of them where scalar
// code is quick enough, else only avx2.
std::vector<Variant> variants(const std::vector<int>& threads, bool all_levels);

// One thread always; two where an operation is large enough that the library splits it well.
inline std::vector<int> threads_for(bool large) {
    return large ? std::vector<int>{1, 2} : std::vector<int>{1};
}

// The peers that the machine had when this was built; none when it is not that machine any more. They are
// compiled for its processor.
const std::vector<const Peer*>& peers_found();

// A candidate with its name, threads and way in; start and check are the caller's.
Candidate ours(const Variant& variant);
Candidate peer_candidate(const Peer& peer, int threads);

// "peak" and "peak-<level>" for the levels of the variants: a call is a burst of multiply-adds in registers.
void add_peaks(Contest& contest, const std::vector<Variant>& in, std::size_t element_bytes);
// The reference of a variant and of the peers.
std::string peak_of(const Variant& variant);

// "copy" and "stream": n floats of x to y with ordinary stores, and with stores past the caches.
struct CopyOperands {
    const float* x;
    float* y;
};
void add_copies(Contest& contest, const std::vector<int>& threads, std::size_t n,
                const std::function<CopyOperands()>& on);
inline std::vector<std::string> copies() {
    return {"copy", "stream"};
}

template <class T>
constexpr const char* type_name() {
    return sizeof(T) == sizeof(float) ? "f32" : "f64";
}

// "100x784".
inline std::string by(std::size_t rows, std::size_t cols) {
    return std::to_string(rows) + "x" + std::to_string(cols);
}

// Some of the numbers below count: all when that is no more than at_most, else both ends and a spread in
// between.
std::vector<std::size_t> sample(std::size_t count, std::size_t at_most);

// The families; each registers its contests.
void register_gemm();
void register_elementwise();
void register_arrays();
void register_tensors();
void register_softmax();
void register_loss();
void register_differentiate();
void register_net_gradient(const std::string& mnist);
void register_deep_gradient(const std::string& mnist);
void register_train(const std::string& mnist);
void register_deep(const std::string& mnist);
void register_predict();

}  // namespace thalweg::bench
