// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NEON of AArch64: what vec.hpp needs of its 128-bit registers, with intrinsics where xsimd lacks it.
#pragma once

#include <xsimd/xsimd.hpp>

#include "kernels/isa.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

using Arch = xsimd::neon64;
inline constexpr bool kHasFma = true;
inline constexpr std::size_t kRegisterBytes = 16;
inline constexpr std::size_t kRegisters = 32;

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA

#include "kernels/compiler.hpp"
#include "kernels/vec_128.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

[[gnu::always_inline]] inline std::uint64_t nonzero_64(const std::uint8_t* p) {
    return nonzero_64_bytewise(p);
}
[[gnu::always_inline]] inline Floats fma(Floats a, Floats b, Floats c) {
    return vfmaq_f32(c, a, b);
}
[[gnu::always_inline]] inline Doubles fma(Doubles a, Doubles b, Doubles c) {
    return vfmaq_f64(c, a, b);
}
// xsimd's operator (8.1 to 14) is 32-bit ARM's for floats, which has no division: an estimate and two steps
// of Newton's, wrong by up to 2 units in the last place.
[[gnu::always_inline]] inline Floats divide(Floats a, Floats b) {
    return vdivq_f32(a, b);
}
[[gnu::always_inline]] inline Doubles widen_low(Floats x) {
    return vcvt_f64_f32(vget_low_f32(x));
}
[[gnu::always_inline]] inline Doubles widen_high(Floats x) {
    return vcvt_high_f64_f32(x);
}
[[gnu::always_inline]] inline Floats narrow(Doubles low, Doubles high) {
    return vcvt_high_f32_f64(vcvt_f32_f64(low), high);
}
[[gnu::always_inline]] inline Doubles load_as_doubles(const float* p) {
    return vcvt_f64_f32(vld1_f32(p));
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    const uint16x8_t halves = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(load_word(p))));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(halves)));
}
// Signed integers in 32 bits as floats.
[[gnu::always_inline]] inline Floats from_integers(Vec<std::uint32_t> x) {
    return vcvtq_f32_s32(vreinterpretq_s32_u32(x));
}

// For transpose.hpp.
[[gnu::always_inline]] inline Floats interleave_low(Floats a, Floats b) {
    return vzip1q_f32(a, b);
}
[[gnu::always_inline]] inline Floats interleave_high(Floats a, Floats b) {
    return vzip2q_f32(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_low(Doubles a, Doubles b) {
    return vzip1q_f64(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_high(Doubles a, Doubles b) {
    return vzip2q_f64(a, b);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA

#include "kernels/no_ten_columns.hpp"
#include "kernels/vec_simd.hpp"
