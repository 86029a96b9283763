// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The ways in which a thread may have been set to compute, other than the standard one.
#pragma once

#include <cfenv>
#include <cstdint>
#include <span>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace thalweg::test {

struct FloatMode {
    const char* name;
    int direction;  // FE_UPWARD and so on
    bool flush;     // subnormal operands and results are 0: x86 and AArch64 alone can
};

inline std::span<const FloatMode> float_modes() {
    static constexpr FloatMode kModes[] = {
        {"upward", FE_UPWARD, false},
        {"downward", FE_DOWNWARD, false},
        {"toward zero", FE_TOWARDZERO, false},
#if defined(__SSE2__) || defined(__aarch64__)
        {"to nearest, flushed", FE_TONEAREST, true},
        {"upward, flushed", FE_UPWARD, true},
#endif
    };
    return kModes;
}

// The unit's whole word but for flags, to be compared.
inline std::uint64_t float_word() {
#if defined(__SSE2__)
    return _mm_getcsr() & ~std::uint64_t{0x3f};
#elif defined(__aarch64__)
    std::uint64_t word = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(word));
    return word;
#else
    return static_cast<std::uint64_t>(std::fegetround());
#endif
}

// The calling thread computes so until the end of the block.
class FloatModeScope {
public:
    explicit FloatModeScope(const FloatMode& mode) {
        std::fegetenv(&before_);
        std::fesetround(mode.direction);
        if (mode.flush) {
#if defined(__SSE2__)
            _mm_setcsr(_mm_getcsr() | 0x8040U);
#elif defined(__aarch64__)
            __asm__ volatile("msr fpcr, %0" : : "r"(float_word() | std::uint64_t{1} << 24));
#endif
        }
    }
    FloatModeScope(const FloatModeScope&) = delete;
    FloatModeScope& operator=(const FloatModeScope&) = delete;
    ~FloatModeScope() {
        std::fesetenv(&before_);
#if defined(__SSE2__)
        _mm_setcsr(mxcsr_);  // mingw-w64's fesetenv() leaves it as it is
#endif
    }

private:
    std::fenv_t before_;
#if defined(__SSE2__)
    unsigned mxcsr_ = _mm_getcsr();
#endif
};

}  // namespace thalweg::test
