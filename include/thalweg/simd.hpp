// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which instruction set the kernels use: chosen once, by the best this CPU and operating system can run, by
// the environment variable THALWEG_SIMD, or by select_level(). Never silently another one than asked for.
//
// THALWEG_SIMD_HIDE=avx512,avx2 in the environment hides levels: the library then behaves as on a CPU that
// lacks them. The first function that looks for levels throws SimdError when it names no level, or scalar.
//
// THALWEG_CACHES=32K,512K,16M in the environment gives the sizes of the first (data), second and third cache
// that products are cut for, in place of this machine's. They change speed, never a bit.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The instruction sets that kernels may be built for. docs/dispatch.md says what each one asks of the CPU.
enum class SimdLevel {
    kScalar,  ///< plain numbers, everywhere
    kSse2,    ///< x86-64
    kAvx2,    ///< x86-64 with AVX2 and FMA
    kAvx512,  ///< x86-64 with AVX-512 F, BW, CD, DQ and VL
    kNeon64,  ///< AArch64
};

/// Returns "scalar", "sse2", "avx2", "avx512" or "neon64", as in THALWEG_SIMD and in reports.
std::string_view name(SimdLevel level) noexcept;

/// Returns the level of that name.
/// throws   SimdError with the names there are
SimdLevel parse_level(std::string_view name);

/// Returns the levels this library was built with, best first. kScalar is always one of them.
std::vector<SimdLevel> built_levels();

/// Returns those of built_levels() that this CPU and operating system can run and THALWEG_SIMD_HIDE does not
/// name, best first. kScalar is always one of them.
/// throws   SimdError when THALWEG_SIMD_HIDE is wrong
std::vector<SimdLevel> available_levels();

/// Says why a level is not one of available_levels(): "not built into this library", "hidden by
/// THALWEG_SIMD_HIDE" or "this CPU or operating system cannot run it". Empty for a level that is.
/// throws   SimdError when THALWEG_SIMD_HIDE is wrong
std::string_view why_unavailable(SimdLevel level);

/// Returns the level in use. The first call of any operation settles it, unless select_level() came before.
/// throws   SimdError when THALWEG_SIMD names a level that is unknown or cannot run, or THALWEG_SIMD_HIDE or
///          THALWEG_CACHES is wrong
SimdLevel active_level();

/// Tells whether the level multiplies and adds with one rounding (avx2, avx512, neon64). All levels with FMA
/// compute the same bits, and so do all without; docs/numerics.md.
bool has_fma(SimdLevel level) noexcept;

/// Uses this level from now on, for tests, measurements and bug reports.
///
///     select_level(parse_level("scalar"));
///     name(active_level());                     // "scalar"
///     select_level(available_levels().front());  // the best again
///
/// threads  not while another thread computes: its result would mix two levels
/// throws   SimdError when the level is not built or cannot run; the level in use stays then
void select_level(SimdLevel level);

/// The sizes of a processor's caches in bytes. 0: unknown; products are then cut for a small processor.
struct CacheSizes {
    std::size_t l1_data;  ///< first level, data
    std::size_t l2;       ///< second level
    std::size_t l3;       ///< third level
};

/// Returns the sizes that products are cut for: those in THALWEG_CACHES, else this machine's. Read once.
/// throws   SimdError when THALWEG_CACHES is wrong
CacheSizes cache_sizes();

}  // namespace thalweg
THALWEG_END_PUBLIC
