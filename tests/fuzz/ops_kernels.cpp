// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Kernels that no public operation shows alone: bits and pixels, and the net's differences.
#include <algorithm>
#include <cmath>

#include "ops.hpp"

namespace thalweg::fuzz {
namespace {

// Bytes of which about `density` in 16 are not 0.
std::vector<std::uint8_t> some_bytes(Plan& plan, std::size_t n) {
    const std::size_t density = plan.below(17);
    std::uint64_t dice = plan.seed();
    std::vector<std::uint8_t> bytes(n);
    for (std::uint8_t& byte : bytes) {
        dice = dice * 6364136223846793005U + 1442695040888963407U;
        byte = static_cast<std::uint8_t>((dice >> 60) < density ? dice >> 40 : 0);
    }
    return bytes;
}

Values halves(const std::vector<std::uint64_t>& words) {
    Values values;
    for (const std::uint64_t word : words) {
        values.push_back(static_cast<double>(word >> 32));
        values.push_back(static_cast<double>(word & 0xffffffffU));
    }
    return values;
}

void fuzz_bits(Plan& plan) {
    const std::size_t n = plan.size() * (plan.flag() ? 5 : 1);
    const std::vector<std::uint8_t> x = some_bytes(plan, n);
    const std::size_t rows = plan.below(65);
    const std::size_t stride = 1 + plan.below(4);
    std::vector<std::uint64_t> square(64 * stride);
    for (std::uint64_t& word : square) {
        word = plan.cursor().empty() ? word : plan.cursor().word(3) * 0x9e3779b97f4a7c15U;
    }
    std::vector<std::uint64_t> expected((n + 63) / 64);
    for (std::size_t i = 0; i < n; ++i) {
        expected[i / 64] |= std::uint64_t{x[i] != 0} << (i % 64);
    }
    std::vector<std::uint64_t> turned(64);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < 64; ++j) {
            turned[j] |= (square[i * stride] >> j & 1U) << i;
        }
    }
    levels_agree("bits",
                 [&](const Level& level) {
                     std::vector<std::uint64_t> bits((n + 63) / 64, ~std::uint64_t{0});
                     level.table.nonzero_bits(x.data(), n, bits.data());
                     require_same("nonzero_bits", halves(bits), halves(expected));
                     std::vector<std::uint64_t> y(64, ~std::uint64_t{0});
                     level.table.transpose_bits(square.data(), stride, rows, y.data());
                     require_same("transpose_bits", halves(y), halves(turned));
                     return halves(y);
                 },
                 {});
}

}  // namespace

template <class T>
void fuzz_bytes(Plan& plan) {
    if (plan.below(3) == 0) {
        fuzz_bits(plan);
        return;
    }
    const std::size_t n = plan.size();
    const std::vector<std::uint8_t> x = some_bytes(plan, n);
    const bool normalize = plan.flag();
    const Operand<T> rows(plan, 5, n);
    const Operand<T> sums(plan, 3, n);
    const std::vector<std::uint32_t> slots = {0, 4, 4, 2, 1, 3};
    const std::vector<std::uint32_t> places = {2, 0, 1, 2, 2, 0};
    const std::size_t count = plan.below(7);
    levels_agree(
        "pixels, add_rows, all_finite",
        [&](const Level& level) {
            const auto& table = level.kernels<T>();
            const Operand<T> pixels(1, n, 0, 3);
            table.pixels(x.data(), normalize, pixels.data(), n);
            Values values = pixels.values();
            Values expected;
            for (const std::uint8_t pixel : x) {
                expected.push_back(normalize ? static_cast<double>(static_cast<float>(pixel) / 255.0F)
                                             : pixel);
            }
            const Operand<T> y(sums);
            table.add_rows({count, n, slots.data(), places.data(), rows.data(), rows.ld(), y.data(), y.ld()});
            append(values, y.values());
            const Operand<T> plain(sums);
            for (std::size_t i = 0; i < count; ++i) {
                for (std::size_t j = 0; j < n; ++j) {
                    plain.data()[places[i] * plain.ld() + j] += rows.at(slots[i], j);
                }
            }
            append(expected, plain.values());
            values.push_back(table.all_finite(rows.data(), n) ? 1.0 : 0.0);
            expected.push_back(
                std::all_of(rows.data(), rows.data() + n, [](T v) { return std::isfinite(v); }) ? 1.0 : 0.0);
            require_same("pixels, add_rows, all_finite", values, expected);
            return values;
        },
        {});
}

// Of the two classes only sinh and cosh - 1 have a bound by themselves; the others are bound through the
// gradients in tests/nn.
template <class T>
void fuzz_moves(Plan& plan) {
    const std::size_t units = plan.size() % 70;
    const std::size_t inputs = plan.size() % 40;
    const std::size_t classes = 1 + plan.size() % 12;
    const std::size_t label = plan.below(classes);
    const Operand<double> x(plan, 1, inputs);
    const Operand<T> z(plan, 1, units);
    const Operand<T> zm(plan, 1, units);
    const Operand<T> w(plan, classes, units);
    const std::vector<T> p = plan.numbers<T>(classes);
    const std::vector<double> wide_p(p.begin(), p.end());
    const std::vector<T> sinh = plan.numbers<T>(inputs);
    const std::vector<T> cosh1 = plan.numbers<T>(inputs);
    const Operand<double> moves(plan, 2, units);
    const Operand<double> sums(plan, classes, units);
    const T q = plan.number<T>();
    levels_of_a_class_agree("differences", [&](const Level& level) {
        const Operand<double> sinh_x(1, inputs, 0, 1);
        const Operand<double> cosh1_x(1, inputs, 0, 2);
        level.table.sinh_cosh1(x.data(), sinh_x.data(), cosh1_x.data(), inputs);
        Values values = sinh_x.values();
        append(values, cosh1_x.values());
        const Operand<T> y(inputs, units, 2, 5);
        level.kernels<T>().unit_differences({units, inputs, classes, label, z.data(), zm.data(), w.data(),
                                             w.ld(), p.data(), q, sinh.data(), cosh1.data(), y.data(),
                                             y.ld()});
        append(values, y.values());
        if constexpr (std::is_same_v<T, double>) {
            const Operand<double> any(inputs, units, 1, 3);
            level.table.unit_differences_any({units, inputs, classes, label, z.data(), zm.data(), w.data(),
                                              w.ld(), p.data(), q, sinh.data(), cosh1.data(), any.data(),
                                              any.ld()});
            append(values, any.values());
        }
        for (const auto output : {level.table.output_differences, level.table.output_differences_any}) {
            const Operand<double> sum(sums);
            output({units, classes, label, wide_p.data(), 0.75, static_cast<double>(q), moves.data(),
                    moves.data() + moves.ld(), sum.data(), sum.ld()});
            append(values, sum.values());
        }
        return values;
    });
}

template void fuzz_bytes<float>(Plan&);
template void fuzz_bytes<double>(Plan&);
template void fuzz_moves<float>(Plan&);
template void fuzz_moves<double>(Plan&);

}  // namespace thalweg::fuzz
