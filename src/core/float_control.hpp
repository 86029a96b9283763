// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How a thread's floating-point unit computes. Every result that is promised, and every error bound, is for
// rounding to nearest with subnormal numbers, and kernels raise exceptions that nobody may trap. A caller may
// have set another direction of rounding (interval arithmetic does), may live with a library that flushes
// subnormals (what is linked with -ffast-math does, for the whole thread), or may trap; and a thread of the
// team keeps whatever its creator had. So whatever rounds or compares numbers does so under a
// FloatControlScope, which looks at the unit, sets it where it is set otherwise, and puts it back.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__) && defined(__GNUC__)
#define THALWEG_HAS_MXCSR 1
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__GNUC__)
#define THALWEG_HAS_FPCR 1
#else
#include <cfenv>
#endif

namespace thalweg::core {

// Direction of rounding, flushing, traps: what there is to set. Exception flags are no part of it.
class FloatControl {
public:
    // What the calling thread computes with.
    static FloatControl current() noexcept { return FloatControl(read() & kBits); }
    // To nearest, with subnormals, without traps.
    static constexpr FloatControl standard() noexcept { return FloatControl(kStandard); }
    // Whether that is what the calling thread computes with, found out in a nanosecond.
    static bool is_standard() noexcept;
    // Lets the calling thread compute so. Flags that are up stay up and trap nothing now.
    void use() const noexcept { write((read() & ~kBits) | word_); }

    friend bool operator==(const FloatControl&, const FloatControl&) = default;

private:
#if defined(THALWEG_HAS_MXCSR) && defined(_WIN32)
    // MXCSR as below, and above it the x87's control word, whose bits 10 and 11 are a direction of its own:
    // the C library's log computes there.
    using Word = std::uint64_t;
    static constexpr Word kBits = 0xffc0 | Word{0xc00} << 32;
    static constexpr Word kStandard = 0x1f80;
    static Word read() noexcept {
        std::uint16_t x87 = 0;
        __asm__ volatile("fnstcw %0" : "=m"(x87));
        return _mm_getcsr() | Word{x87} << 32;
    }
    static void write(Word word) noexcept {
        const auto x87 = static_cast<std::uint16_t>(word >> 32);
        _mm_setcsr(static_cast<std::uint32_t>(word));
        __asm__ volatile("fldcw %0" : : "m"(x87));
    }
#elif defined(THALWEG_HAS_MXCSR)
    // MXCSR: subnormals are zero (bit 6), masks (7 to 12), rounding (13, 14), flush to zero (15).
    using Word = std::uint32_t;
    static constexpr Word kBits = 0xffc0;
    static constexpr Word kStandard = 0x1f80;
    static Word read() noexcept {
        return _mm_getcsr();
    }
    static void write(Word word) noexcept {
        _mm_setcsr(word);
    }
#elif defined(THALWEG_HAS_FPCR)
    // FPCR: alternate handling (bits 0 to 2), traps (8 to 12, 15), flush to zero (19, 24), rounding (22, 23),
    // default NaN (25), alternate half precision (26).
    using Word = std::uint64_t;
    static constexpr Word kBits = 0x7c89f07;
    static constexpr Word kStandard = 0;
    static Word read() noexcept {
        Word word = 0;
        __asm__ volatile("mrs %0, fpcr" : "=r"(word));
        return word;
    }
    static void write(Word word) noexcept {
        __asm__ volatile("msr fpcr, %0" : : "r"(word) : "memory");
    }
#else
    // The direction of rounding, which is all that C can set.
    using Word = std::uint32_t;
    static constexpr Word kBits = ~Word{0};
    static constexpr Word kStandard = FE_TONEAREST;
    static Word read() noexcept {
        return static_cast<Word>(std::fegetround());
    }
    static void write(Word word) noexcept {
        std::fesetround(static_cast<int>(word));
    }
#endif

    explicit constexpr FloatControl(Word word) noexcept : word_(word) {}

    Word word_;
};

#if defined(THALWEG_HAS_MXCSR)
// MXCSR also holds the flags of everything before, so reading it waits for that: 5 ns between two small
// operations that would have overlapped. A sum that comes out differently in any other mode does not wait,
// and nor does the x87's control word, where feenableexcept() unmasks the same traps. (Traps unmasked in
// MXCSR alone stay so.)
[[gnu::always_inline]] inline bool FloatControl::is_standard() noexcept {
    constexpr unsigned kMasks = 0x3f;
#if defined(_WIN32)
    constexpr unsigned kLooked = kMasks | 0xc00;
#else
    constexpr unsigned kLooked = kMasks;
#endif
    std::uint16_t x87 = 0;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    if ((x87 & kLooked) != kMasks) {
        return current() == standard();
    }
    alignas(16) static constexpr float kTerms[] = {1.0F, 1.0F, 0x1p-140F, 0.0F};
    alignas(16) static constexpr float kTiny[] = {0x1p-60F, -0x1p-60F, 0.0F, 0.0F};
    const __m128 terms = _mm_load_ps(kTerms);
    __m128 sums = terms;
    __asm__ volatile("" : "+x"(sums));  // or the compiler would add
    sums = _mm_add_ps(sums, _mm_load_ps(kTiny));
    const __m128i same = _mm_cmpeq_epi32(_mm_castps_si128(sums), _mm_castps_si128(terms));
    return _mm_movemask_epi8(same) == 0xffff;
}
#else
inline bool FloatControl::is_standard() noexcept {
    return current() == standard();
}
#endif

// While it lives, the calling thread computes as is wanted, by default the standard way; after that, as
// before. Always inline: out of line it took 5 ns instead of one or two, which a product of 1 x 50 x 10
// notices.
class FloatControlScope {
public:
    [[gnu::always_inline]] FloatControlScope() noexcept : changed_(!FloatControl::is_standard()) {
        if (changed_) [[unlikely]] {
            change(FloatControl::standard());
        }
    }
    explicit FloatControlScope(FloatControl wanted) noexcept
        : changed_(!(FloatControl::current() == wanted)) {
        if (changed_) {
            change(wanted);
        }
    }
    FloatControlScope(const FloatControlScope&) = delete;
    FloatControlScope& operator=(const FloatControlScope&) = delete;
    [[gnu::always_inline]] ~FloatControlScope() {
        if (changed_) [[unlikely]] {
            restore();
        }
    }

private:
    // Calls that the compiler cannot see into keep arithmetic on the side where it stands.
    void change(FloatControl to) noexcept;
    void restore() const noexcept;

    bool changed_;
    FloatControl before_ = FloatControl::standard();
};

// The same number, of which the compiler knows nothing. Clang moves arithmetic across the calls that set the
// unit: what a scope's function computes by itself begins with numbers that are fenced, and so does its end.
inline double fenced(double value) noexcept {
#if defined(THALWEG_HAS_MXCSR)
    __asm__ volatile("" : "+x"(value));
#elif defined(THALWEG_HAS_FPCR)
    __asm__ volatile("" : "+w"(value));
#endif
    return value;
}

// a / b of two counts, to nearest whatever the calling thread is set to.
inline double share_of(std::size_t part, std::size_t whole) noexcept {
    const FloatControlScope standard;
    return fenced(fenced(static_cast<double>(part)) / fenced(static_cast<double>(whole)));
}

}  // namespace thalweg::core
