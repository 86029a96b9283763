// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The generator, the synthetic digits, and the functions of tests/functions.inc over long streams of
// inputs.
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bits/hash.hpp"
#include "bits/inputs.hpp"
#include "bits/rows.hpp"
#include "support/owed.hpp"
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

// Half of the arguments are negative: a function of positive numbers gets their absolute values.
template <class T, Function<T> kFunction, bool kOfPositive>
std::uint64_t function_of() {
    Matrix<T> x = arguments<T>();
    for (std::size_t i = 0; i < x.size() && kOfPositive; ++i) {
        x.data()[i] = std::fabs(x.data()[i]);  // not by comparison, in which subnormals may count as 0
    }
    kFunction(x, x);
    Hash hash;
    hash.add(x);
    return hash.value();
}

// Float where its bits are the same at every level: all inputs or a sample of them. Otherwise, and in double,
// some arguments.
struct FunctionRows {
    bool every_float;
    Row sample;
    Row all;
    Row single;
    Row twice;
};

std::vector<Row> all_rows() {
    using test::formula;
    using test::rounded;
    using test::within;
    constexpr FunctionRows kFunctions[] = {
#define THALWEG_FUNCTION(name, truth, f32, f64, ...)                              \
    {(f32).every_level(),                                                         \
     {#name "/f32/sample", true, false, float_stream<name, 256>},                 \
     {#name "/f32/all", true, true, float_stream<name, 1>},                       \
     {#name "/f32", false, false, function_of<float, name, (f32).of_positive()>}, \
     {#name "/f64", (f64).every_level(), false, function_of<double, name, (f64).of_positive()>}},
#include "functions.inc"
    };
    std::vector<Row> rows = {{"generator", true, false, generator}, {"digits", true, false, digits_bits}};
    const auto add = [&](Row FunctionRows::*row, bool every_float) {
        for (const FunctionRows& function : kFunctions) {
            if (function.every_float == every_float) {
                rows.push_back(function.*row);
            }
        }
    };
    add(&FunctionRows::sample, true);
    add(&FunctionRows::all, true);
    add(&FunctionRows::single, false);
    for (const FunctionRows& function : kFunctions) {
        rows.push_back(function.twice);
    }
    return rows;
}

}  // namespace

std::span<const Row> stream_rows() {
    static const std::vector<Row> rows = all_rows();
    return rows;
}

}  // namespace thalweg::bits
