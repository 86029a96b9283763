// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Whether a vector kernel left something in the upper halves of registers: as long as they are in use, x86
// code without AVX, which is most of a caller's, takes several times as long.
#pragma once

#include <cstdint>

namespace thalweg::test {

inline bool upper_halves_are_zero() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (!__builtin_cpu_supports("avx")) {
        return true;
    }
    std::uint64_t halves[32];
    // NOLINTNEXTLINE(hicpp-no-assembler): no intrinsic reads a register as it is
    __asm__ volatile(
        "vextractf128 $1, %%ymm0, (%0)\n\tvextractf128 $1, %%ymm1, 16(%0)\n\t"
        "vextractf128 $1, %%ymm2, 32(%0)\n\tvextractf128 $1, %%ymm3, 48(%0)\n\t"
        "vextractf128 $1, %%ymm4, 64(%0)\n\tvextractf128 $1, %%ymm5, 80(%0)\n\t"
        "vextractf128 $1, %%ymm6, 96(%0)\n\tvextractf128 $1, %%ymm7, 112(%0)\n\t"
        "vextractf128 $1, %%ymm8, 128(%0)\n\tvextractf128 $1, %%ymm9, 144(%0)\n\t"
        "vextractf128 $1, %%ymm10, 160(%0)\n\tvextractf128 $1, %%ymm11, 176(%0)\n\t"
        "vextractf128 $1, %%ymm12, 192(%0)\n\tvextractf128 $1, %%ymm13, 208(%0)\n\t"
        "vextractf128 $1, %%ymm14, 224(%0)\n\tvextractf128 $1, %%ymm15, 240(%0)"
        :
        : "r"(halves)
        : "memory");
    for (const std::uint64_t half : halves) {
        if (half != 0) {
            return false;
        }
    }
#endif
    return true;
}

}  // namespace thalweg::test
