// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which instruction set this translation unit is compiled for. src/meson.build defines THALWEG_ISA (the word,
// used as a namespace) and THALWEG_ISA_<WORD>, and renames xsimd's namespace to match.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(THALWEG_ISA_SCALAR)
#define THALWEG_ISA_SIMD 0
#elif defined(THALWEG_ISA_SSE2) || defined(THALWEG_ISA_AVX2) || defined(THALWEG_ISA_AVX512) || \
    defined(THALWEG_ISA_NEON64)
#define THALWEG_ISA_SIMD 1
#include <xsimd/xsimd.hpp>
#else
#error "compile src/kernels/isa_unit.cpp once per instruction set, through src/meson.build"
#endif

namespace thalweg::kernels::THALWEG_ISA {
namespace {

#if defined(THALWEG_ISA_SSE2)
using Arch = xsimd::sse2;
inline constexpr bool kHasFma = false;
inline constexpr std::size_t kRegisterBytes = 16;
inline constexpr std::size_t kRegisters = 16;
#elif defined(THALWEG_ISA_AVX2)
// Not plain avx2: xsimd's AVX-512 code borrows that tag.
using Arch = xsimd::fma3<xsimd::avx2>;
inline constexpr bool kHasFma = true;
inline constexpr std::size_t kRegisterBytes = 32;
inline constexpr std::size_t kRegisters = 16;
#elif defined(THALWEG_ISA_AVX512)
using Arch = xsimd::avx512bw;
inline constexpr bool kHasFma = true;
inline constexpr std::size_t kRegisterBytes = 64;
inline constexpr std::size_t kRegisters = 32;
#elif defined(THALWEG_ISA_NEON64)
using Arch = xsimd::neon64;
inline constexpr bool kHasFma = true;
inline constexpr std::size_t kRegisterBytes = 16;
inline constexpr std::size_t kRegisters = 32;
#else
inline constexpr bool kHasFma = false;
inline constexpr std::size_t kRegisters = 16;
#endif

// Bit i of the result is p[i] != 0, for 64 bytes: where there is no instruction for it.
[[maybe_unused]] inline std::uint64_t nonzero_64_bytewise(const std::uint8_t* p) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 64; ++i) {
        bits |= static_cast<std::uint64_t>(p[i] != 0 ? 1 : 0) << i;
    }
    return bits;
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
