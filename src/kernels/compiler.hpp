// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the kernels ask of the compiler beyond C++20, in one place: <bit>, <cmath> and <cstring> would bring
// inline functions that the linker shares between levels. GCC and Clang have all of it; for another compiler
// this is the header to extend. What it does not know of the attributes and of `#pragma GCC unroll` it may
// ignore.
#pragma once

#include "kernels/isa.hpp"

#if !defined(__GNUC__)
#error "src/kernels/compiler.hpp: the kernels need a few builtins of GCC and Clang; give this compiler's here"
#endif

// A lambda that must not become a function: it passes vectors. The attribute's C++ form has no place on a
// lambda.
#define THALWEG_INLINE_LAMBDA __attribute__((always_inline))

// A function that is to exist once, neither inlined nor copied for the arguments of each caller.
#if defined(__clang__)
#define THALWEG_ONE_COPY [[gnu::noinline]]
#else
#define THALWEG_ONE_COPY [[gnu::noinline, gnu::noclone]]
#endif

// A function that takes and leaves vectors in registers. Windows' own convention passes them in memory, and
// has the callee save ten of the registers.
#if defined(_WIN32) && defined(__x86_64__)
#define THALWEG_VECTOR_CALL __attribute__((sysv_abi))
#else
#define THALWEG_VECTOR_CALL
#endif

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// How many zero bits stand below the lowest one; x is not 0.
[[maybe_unused, gnu::always_inline]] inline std::size_t trailing_zeros(std::uint64_t x) {
    return static_cast<std::size_t>(__builtin_ctzll(x));
}

// How many zero bits stand above the highest one; x is not 0.
[[maybe_unused, gnu::always_inline]] inline std::size_t leading_zeros(std::uint64_t x) {
    return static_cast<std::size_t>(__builtin_clzll(x));
}

// Asks for the cache line of p, to be read, or to be written as well.
[[maybe_unused, gnu::always_inline]] inline void prefetch(const void* p) {
    __builtin_prefetch(p);
}
[[maybe_unused, gnu::always_inline]] inline void prefetch_to_write(const void* p) {
    __builtin_prefetch(p, 1);
}

// Four bytes from anywhere.
[[maybe_unused, gnu::always_inline]] inline std::uint32_t load_word(const std::uint8_t* p) {
    std::uint32_t word;
    __builtin_memcpy(&word, p, sizeof(word));
    return word;
}

[[maybe_unused]] inline constexpr double kInfinity = __builtin_inf();
[[maybe_unused]] inline constexpr double kNaN = __builtin_nan("");
[[maybe_unused]] inline constexpr float kInfinityFloat = __builtin_inff();
[[maybe_unused]] inline constexpr float kNaNFloat = __builtin_nanf("");

// a*b + c rounded once, of single numbers; only where kHasFma.
[[maybe_unused, gnu::always_inline]] inline double fused(double a, double b, double c) {
    return __builtin_fma(a, b, c);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
