// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What "equal" and "near" mean in the tests: bit equality, distance in units in the last place, and a
// collector that turns many comparisons into one assertion with a readable text.
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace thalweg::test {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
BitsOf<T> bits(T x) {
    return std::bit_cast<BitsOf<T>>(x);
}

// Equal bits; any NaN equals any NaN, whose payload and sign differ between instruction forms and CPU
// families.
template <class T>
bool same_bits(T a, T b) {
    return bits(a) == bits(b) || (std::isnan(a) && std::isnan(b));
}

template <std::integral T>
bool same_bits(T a, T b) {
    return a == b;
}

// "0x1.8p+1 (3)": enough to reproduce the value.
inline std::string text_of(double x) {
    char buffer[80];
    std::snprintf(buffer, sizeof buffer, "%a (%.17g)", x, x);
    return buffer;
}

inline std::string text_of(float x) {
    return text_of(static_cast<double>(x));
}

// Of any width: std::size_t and std::uint64_t are different types on 32-bit machines.
template <std::unsigned_integral T>
std::string text_of(T x) {
    return std::to_string(x);
}

// Empty when got and want agree bit for bit; otherwise one line about the first difference.
template <class T>
std::string first_difference(const T* got, const T* want, std::size_t n) {
    std::size_t first = n;
    std::size_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (!same_bits(got[i], want[i])) {
            first = count == 0 ? i : first;
            ++count;
        }
    }
    if (count == 0) {
        return {};
    }
    return "element " + std::to_string(first) + " of " + std::to_string(n) + " is " + text_of(got[first]) +
           ", expected " + text_of(want[first]) + "; " + std::to_string(count) + " differ";
}

// |got - truth| in units in the last place of T at truth. Inf counts as the power of two after the largest
// number, so that overflow is right exactly where rounding says so.
template <class T>
double ulp_error(T got, long double truth) {
    using Limits = std::numeric_limits<T>;
    if (std::isnan(truth) || std::isnan(got)) {
        return std::isnan(truth) && std::isnan(got) ? 0.0 : std::numeric_limits<double>::infinity();
    }
    const long double overflow = std::ldexp(1.0L, Limits::max_exponent);
    const auto clamp = [&](long double x) {
        return x > overflow ? overflow : (x < -overflow ? -overflow : x);
    };
    const long double want = clamp(truth);
    int exponent = Limits::min_exponent;
    if (want != 0.0L) {
        std::frexp(want, &exponent);
    }
    exponent = exponent < Limits::min_exponent ? Limits::min_exponent : exponent;
    exponent = exponent > Limits::max_exponent ? Limits::max_exponent : exponent;
    const long double unit = std::ldexp(1.0L, exponent - Limits::digits);
    return static_cast<double>(std::fabs(clamp(static_cast<long double>(got)) - want) / unit);
}

// True where long double has more bits than double: not under Valgrind, which computes it in 64 bits.
// Volatile, or the compiler answers for the machine.
inline bool long_double_is_extended() {
    volatile long double one = 1.0L;
    volatile long double tiny = static_cast<long double>(std::numeric_limits<double>::epsilon()) / 64;
    volatile long double sum = one + tiny;
    return sum != one;
}

// Many comparisons, one assertion: REQUIRE(failures.text() == "").
class Failures {
public:
    // Bit for bit; an expression is computed first. The parts say where: they are joined only on a failure.
    template <class Got, class Want, class... Parts>
    void compare(Got&& got, const Want& want, const Parts&... where) {
        if constexpr (requires { std::forward<Got>(got).eval(); }) {
            compare(std::forward<Got>(got).eval(), want, where...);
        } else {
            compare_elements(got, want, where...);
        }
    }

    template <class... Parts>
    void expect(bool condition, const Parts&... where) {
        if (!condition) {
            add("not so", where...);
        }
    }

    template <class... Parts>
    void add(const std::string& what, const Parts&... where) {
        ++count_;
        if (count_ <= kShown) {
            std::ostringstream line;
            ((line << where << ' '), ...);
            text_ += "\n  " + line.str() + ": " + what;
        }
    }

    // Empty when all was well; the first few failures and their number otherwise.
    std::string text() const { return count_ == 0 ? "" : std::to_string(count_) + " failures:" + text_; }

private:
    template <class Got, class Want, class... Parts>
    void compare_elements(const Got& got, const Want& want, const Parts&... where) {
        if (std::size(got) != std::size(want)) {
            add("sizes " + std::to_string(std::size(got)) + " and " + std::to_string(std::size(want)),
                where...);
            return;
        }
        const std::string difference = first_difference(std::data(got), std::data(want), std::size(got));
        if (!difference.empty()) {
            add(difference, where...);
        }
    }

    static constexpr std::size_t kShown = 4;
    std::size_t count_ = 0;
    std::string text_;
};

}  // namespace thalweg::test
