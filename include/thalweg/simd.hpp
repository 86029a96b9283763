// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which instruction set the kernels use: chosen once, by the best this CPU and operating system can run, by
// the environment variable THALWEG_SIMD, or by select_level(). Never silently another one than asked for.
//
// THALWEG_SIMD_HIDE=avx512,avx2 in the environment hides levels: the library then behaves as on a CPU that
// lacks them. A name in it that is no level, or scalar, is an error (SimdError) of whatever looks for levels
// first.
//
// Common to all:
// threads  safe to call from any thread, but for select_level()
#pragma once

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

/// "scalar", "sse2", "avx2", "avx512" or "neon64": the word that THALWEG_SIMD and all reports use.
std::string_view name(SimdLevel level) noexcept;

/// The level of that name.
/// throws   SimdError listing the names there are
SimdLevel parse_level(std::string_view name);

/// The levels this library was built with, best first. Never empty: kScalar is always there.
/// throws   std::bad_alloc
std::vector<SimdLevel> built_levels();

/// Those of built_levels() that this CPU and operating system can run and that THALWEG_SIMD_HIDE does not
/// name, best first. Never empty.
/// throws   SimdError when THALWEG_SIMD_HIDE is wrong; std::bad_alloc
std::vector<SimdLevel> available_levels();

/// Why a level is not one of available_levels(): "not built into this library", "hidden by THALWEG_SIMD_HIDE"
/// or "this CPU or operating system cannot run it". Empty for a level that is.
/// throws   SimdError when THALWEG_SIMD_HIDE is wrong
std::string_view why_unavailable(SimdLevel level);

/// The level in use. The first call of any operation settles it, unless select_level() came before.
/// throws   SimdError when THALWEG_SIMD names a level that is unknown or cannot run, or THALWEG_SIMD_HIDE
///          is wrong
SimdLevel active_level();

/// True when the level multiplies and adds with one rounding (avx2, avx512, neon64). All levels with fma
/// compute the same bits, and so do all without; docs/numerics.md.
bool has_fma(SimdLevel level) noexcept;

/// Uses this level from now on. Meant for tests, measurements and bug reports.
///
///     select_level(parse_level("scalar"));
///     name(active_level());                     // "scalar"
///     select_level(available_levels().front());  // the best again
///
/// threads  not while another thread computes: its result would mix two levels
/// throws   SimdError when the level is not built or cannot run; the level in use stays
void select_level(SimdLevel level);

}  // namespace thalweg
THALWEG_END_PUBLIC
