// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 8-bit pixels to numbers: y = x / 255 in float32 as load_mnist computes it, or just x.
//
// error   correctly rounded float32 quotient (widened for double). Multiplying by 1/255 alone would change
//         the bits of 126 of the 256 values; one fma correction of that product gives the quotient's bits
//         without the cost of a division (tests/kernels try all 256)
// source  Deep Learning from Scratch, dataset/mnist.py
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

[[gnu::always_inline]] inline Vec<float> over_255(Vec<float> x) {
    if constexpr (kHasFma) {
        const Vec<float> reciprocal(1.0F / 255.0F);
        const Vec<float> quotient = x * reciprocal;
        const Vec<float> remainder = fma(quotient, Vec<float>(-255.0F), x);
        return fma(remainder, reciprocal, quotient);
    } else {
        return divide(x, Vec<float>(255.0F));
    }
}

// Fewer than a vector.
template <class T>
[[gnu::always_inline]] inline void last_pixels(const std::uint8_t* x, bool normalize, T* y, std::size_t n) {
    constexpr std::size_t w = kWidth<float>;
    std::uint8_t bytes[w] = {};
    T values[w];
    for (std::size_t l = 0; l < n; ++l) {
        bytes[l] = x[l];
    }
    const Vec<float> v = load_pixels(bytes);
    store_as(values, normalize ? over_255(v) : v);
    for (std::size_t l = 0; l < n; ++l) {
        y[l] = values[l];
    }
}

}  // namespace

template <class T>
void pixels(const std::uint8_t* x, bool normalize, T* y, std::size_t n) {
    constexpr std::size_t w = kWidth<float>;
    std::size_t i = 0;
    for (; i + w <= n; i += w) {
        const Vec<float> v = load_pixels(x + i);
        store_as(y + i, normalize ? over_255(v) : v);
    }
    if constexpr (kSeveralLanes<float>) {
        if (i < n) {
            last_pixels(x + i, normalize, y + i, n - i);
        }
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
