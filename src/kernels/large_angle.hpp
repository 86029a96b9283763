// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How far an angle of any size is into a quarter turn, exactly enough for every double: the rare way of sine
// and cosine, one number after the other, in integers.
//
// bound   3 products of 64 bits, some shifts
// error   2^-137 of a quarter turn; no double is nearer to a multiple of one than 2^-61, so that it is below
//         2^-75 of the result
// source  Payne and Hanek 1983. The bits of 2/pi: tools/coefficients/sin_cos.py
#pragma once

#include "kernels/compiler.hpp"
#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// 64 zero bits, then 2/pi behind its point.
inline constexpr std::uint64_t kTwoOverPi[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};

// The upper 64 bits of a product.
[[gnu::always_inline]] inline std::uint64_t product_high(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t kLow = 0xffffffff;
    const std::uint64_t first = (a >> 32) * (b & kLow) + ((a & kLow) * (b & kLow) >> 32);
    const std::uint64_t second = (a & kLow) * (b >> 32) + (first & kLow);
    return (a >> 32) * (b >> 32) + (first >> 32) + (second >> 32);
}

// Numbers of 192 bits, the highest word first.
struct Wide {
    std::uint64_t word[3];

    // Upwards by fewer than 192 bits.
    [[gnu::always_inline]] Wide shifted(std::size_t bits) const {
        Wide w = *this;
        for (; bits >= 64; bits -= 64) {
            w = {{w.word[1], w.word[2], 0}};
        }
        if (bits == 0) {
            return w;
        }
        return {{w.word[0] << bits | w.word[1] >> (64 - bits), w.word[1] << bits | w.word[2] >> (64 - bits),
                 w.word[2] << bits}};
    }
};

// |x| = (4n + quarter + high + low) pi/2 with an integer n and |high + low| <= 1/2, for finite |x| >= 2^-10.
[[maybe_unused]] THALWEG_ONE_COPY std::uint64_t quarter_turns(double x, double& high, double& low) {
    const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x) & 0x7fffffffffffffff;
    const std::uint64_t mantissa = (bits & 0x000fffffffffffff) | 0x0010000000000000;
    // |x| = mantissa 2^e. Bits of 2/pi above 2^(2 - e) give whole turns; those from there on are a fraction
    // of a turn, 192 of them.
    const std::size_t at = static_cast<std::size_t>(bits >> 52) + 64 - 2 - 1075;
    const std::uint64_t* const word = kTwoOverPi + at / 64;
    const std::size_t shift = at % 64;
    Wide part{{word[0], word[1], word[2]}};
    if (shift != 0) {
        part = part.shifted(shift);
        part.word[2] |= word[3] >> (64 - shift);
    }
    // The fraction of the product, in turns.
    const std::uint64_t lowest = mantissa * part.word[2];
    const std::uint64_t above = product_high(mantissa, part.word[2]);
    const std::uint64_t middle = mantissa * part.word[1] + above;
    const std::uint64_t carry = middle < above ? 1 : 0;
    const std::uint64_t highest = mantissa * part.word[0] + product_high(mantissa, part.word[1]) + carry;
    std::uint64_t quarter = highest >> 62;
    Wide rest = Wide{{highest, middle, lowest}}.shifted(2);
    std::uint64_t sign = 0;
    if (rest.word[0] >> 63 != 0) {  // the nearest quarter is the next
        ++quarter;
        sign = std::uint64_t{1} << 63;
        rest = {{~rest.word[0], ~rest.word[1], ~rest.word[2]}};
    }
    std::size_t zeros = 0;
    if (rest.word[0] == 0) {
        rest = rest.shifted(64);
        zeros = 64;
    }
    const std::size_t more = rest.word[0] == 0 ? 0 : leading_zeros(rest.word[0]);
    rest = rest.shifted(more);
    zeros += more;
    // 53 bits and 53 more, as integers, times a power of two.
    const std::uint64_t second = (rest.word[0] & 2047) << 42 | rest.word[1] >> 22;
    const double unit = __builtin_bit_cast(double, std::uint64_t{1023 - 53 - zeros} << 52 | sign);
    high = static_cast<double>(rest.word[0] >> 11) * unit;
    low = static_cast<double>(second) * (unit * 0x1p-53);
    return quarter;
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
