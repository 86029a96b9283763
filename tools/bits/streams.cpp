// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The generator, the synthetic digits, and functions of one number over long streams of inputs.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bits/hash.hpp"
#include "bits/inputs.hpp"
#include "bits/rows.hpp"
#include "thalweg/images.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::bits {
namespace {

std::uint64_t generator() {
    Hash hash;
    Rng rng(1);
    for (int i = 0; i < 1'000'000; ++i) {
        hash.add(std::uint64_t{rng.next_u32()});
    }
    for (int i = 0; i < 100'000; ++i) {
        hash.add(rng.uniform());
        hash.add(rng.below(60'000));
    }
    for (const std::size_t row : rng.permutation(60'000)) {
        hash.add(std::uint64_t{row});
    }
    return hash.value();
}

std::uint64_t digits_bits() {
    Hash hash;
    const Dataset digits = synthetic_digits(2000, 1);
    for (const std::uint8_t pixel : digits.pixels()) {
        hash.add(std::uint64_t{pixel});
    }
    for (const std::uint8_t label : digits.labels()) {
        hash.add(std::uint64_t{label});
    }
    // As numbers: each quotient pixel / 255.
    hash.add(digits.images<float>());
    return hash.value();
}

template <class T>
using Function = void (*)(MatrixView<const T>, MatrixView<T>);

// Which of 2^32 / every neighbouring bit patterns is tried: with 1 all of them.
std::uint32_t input_bits(std::uint64_t i, std::uint64_t every) {
    return static_cast<std::uint32_t>(i * every + mixed(i) % every);
}

template <Function<float> kFunction, std::uint64_t kEvery>
std::uint64_t float_stream() {
    constexpr std::size_t kChunk = std::size_t{1} << 20;
    constexpr std::uint64_t kInputs = (std::uint64_t{1} << 32) / kEvery;
    Matrix<float> x(1, kChunk);
    Matrix<float> y(1, kChunk);
    std::uint64_t hash = 0;
    for (std::uint64_t first = 0; first < kInputs; first += kChunk) {
        for (std::size_t i = 0; i < kChunk; ++i) {
            x.data()[i] = std::bit_cast<float>(input_bits(first + i, kEvery));
        }
        kFunction(x, y);
        for (std::size_t i = 0; i < kChunk; ++i) {
            hash += hash_of_result(input_bits(first + i, kEvery), y.data()[i]);
        }
    }
    return hash;
}

// A quarter near 0, a quarter up to where sigmoid ends, a quarter beyond the range of exp, a quarter any bits
// at all: NaN, infinities and subnormals among them.
template <class T>
Matrix<T> arguments() {
    constexpr std::size_t kEach = std::size_t{1} << 18;
    Rng rng(3);
    Matrix<T> x(4, kEach);
    const double sizes[] = {1.0, 64.0, 1024.0};
    for (std::size_t row = 0; row < 3; ++row) {
        const Matrix<T> values = uniform<T>(1, kEach, rng, sizes[row]);
        for (std::size_t i = 0; i < kEach; ++i) {
            x(row, i) = values(0, i);
        }
    }
    for (std::size_t i = 0; i < kEach; ++i) {
        if constexpr (sizeof(T) == sizeof(float)) {
            x(3, i) = std::bit_cast<float>(rng.next_u32());
        } else {
            const std::uint64_t high = rng.next_u32();
            x(3, i) = std::bit_cast<double>(high << 32 | rng.next_u32());
        }
    }
    return x;
}

template <class T, Function<T> kFunction>
std::uint64_t function_of() {
    const Matrix<T> x = arguments<T>();
    Matrix<T> y(x.rows(), x.cols());
    kFunction(x, y);
    Hash hash;
    hash.add(y);
    return hash.value();
}

// A logarithm of the absolute value: half of the arguments are negative.
std::uint64_t log_in_double() {
    Matrix<double> x = arguments<double>();
    for (std::size_t i = 0; i < x.size(); ++i) {
        x.data()[i] = x.data()[i] < 0.0 ? -x.data()[i] : x.data()[i];
    }
    log(x, x);
    Hash hash;
    hash.add(x);
    return hash.value();
}

constexpr Row kRows[] = {
    {"generator", true, false, generator},
    {"digits", true, false, digits_bits},
    {"exp/f32/sample", true, false, float_stream<exp, 256>},
    {"log/f32/sample", true, false, float_stream<log, 256>},
    {"sigmoid/f32/sample", true, false, float_stream<sigmoid, 256>},
    {"exp/f32/all", true, true, float_stream<exp, 1>},
    {"log/f32/all", true, true, float_stream<log, 1>},
    {"sigmoid/f32/all", true, true, float_stream<sigmoid, 1>},
    {"sigmoid_grad/f32", false, false, function_of<float, sigmoid_grad>},
    {"exp/f64", false, false, function_of<double, exp>},
    {"log/f64", false, false, log_in_double},
    {"sigmoid/f64", false, false, function_of<double, sigmoid>},
    {"sigmoid_grad/f64", false, false, function_of<double, sigmoid_grad>},
};

}  // namespace

std::span<const Row> stream_rows() {
    return kRows;
}

}  // namespace thalweg::bits
