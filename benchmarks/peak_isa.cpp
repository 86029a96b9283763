// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One level's peak loops: independent chains of acc = acc * factor + term in the widest registers of the
// level. Compiled once per level with its flags and with contraction, which turns the expression into the
// level's fma where there is one; elsewhere it stays a multiplication and an addition, as in the kernels. And
// the loops that copy.
#include "peak_isa.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include <cstdint>

#define THALWEG_JOIN(a, b) a##b
#define THALWEG_PEAK(isa) THALWEG_JOIN(peak_loops_, isa)

namespace thalweg::bench {
namespace {

#if defined(__AVX512F__)
constexpr std::size_t kBytes = 64;
#elif defined(__AVX__)
constexpr std::size_t kBytes = 32;
#else
// Also for the scalar level: its plain loops are the compiler's to vectorise for the baseline.
constexpr std::size_t kBytes = 16;
#endif

// Chains in flight: latency 4 times 2 pipes needs 8, a separate multiplication and addition (5 to 6 cycles
// together on 2 pipes each) 12; more than 14 would not leave room for factor and term in 16 registers.
constexpr std::size_t kChains = 12;

template <class T>
T peak_loop(std::size_t rounds) {
    using Vector [[gnu::vector_size(kBytes)]] = T;
    constexpr std::size_t kLanes = kBytes / sizeof(T);
    // Volatile, or the compiler computes ahead. The chains tend to 4: neither overflow nor subnormal numbers.
    volatile T start = T(1);
    volatile T shrink = T(0.75);
    const T one = start;
    const T shrink_now = shrink;
    const Vector factor = Vector{} + shrink_now;
    const Vector term = Vector{} + one;
    Vector acc[kChains];
    for (std::size_t c = 0; c < kChains; ++c) {
        acc[c] = Vector{} + one * static_cast<T>(c);
    }
    for (std::size_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 16
        for (std::size_t c = 0; c < kChains; ++c) {
            acc[c] = acc[c] * factor + term;
        }
    }
    T total = 0;
    for (std::size_t c = 0; c < kChains; ++c) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            total += acc[c][lane];
        }
    }
    return total;
}

using Register [[gnu::vector_size(kBytes), gnu::may_alias]] = float;
using Loose [[gnu::vector_size(kBytes), gnu::may_alias, gnu::aligned(4)]] = float;
constexpr std::size_t kFloats = kBytes / sizeof(float);

// The empty asm keeps the compiler from calling memcpy, which has a mind of its own about stores.
void copy_loop(const float* x, float* y, std::size_t n) {
    std::size_t i = 0;
    for (; i + kFloats <= n; i += kFloats) {
        *reinterpret_cast<Loose*>(y + i) = *reinterpret_cast<const Loose*>(x + i);
        asm volatile("" ::: "memory");
    }
    for (; i < n; ++i) {
        y[i] = x[i];
        asm volatile("" ::: "memory");
    }
}

#if defined(__SSE2__)
void stream_store(float* y, Register v) {
#if defined(__AVX512F__)
    _mm512_stream_ps(y, v);
#elif defined(__AVX__)
    _mm256_stream_ps(y, v);
#else
    _mm_stream_ps(y, v);
#endif
}

void stream_loop(const float* x, float* y, std::size_t n) {
    std::size_t i = 0;
    for (; i < n && reinterpret_cast<std::uintptr_t>(y + i) % kBytes != 0; ++i) {
        y[i] = x[i];
    }
    for (; i + kFloats <= n; i += kFloats) {
        stream_store(y + i, *reinterpret_cast<const Loose*>(x + i));
    }
    for (; i < n; ++i) {
        y[i] = x[i];
    }
    _mm_sfence();
}
constexpr auto kStream = stream_loop;
#else
constexpr void (*kStream)(const float*, float*, std::size_t) = nullptr;
#endif

constexpr std::size_t flop_per_round(std::size_t element_bytes) {
    return 2 * kChains * (kBytes / element_bytes);
}

}  // namespace

constinit const PeakLoops THALWEG_PEAK(THALWEG_ISA) = {peak_loop<float>,
                                                       peak_loop<double>,
                                                       flop_per_round(sizeof(float)),
                                                       flop_per_round(sizeof(double)),
                                                       copy_loop,
                                                       kStream};

}  // namespace thalweg::bench
