// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The calls of every_slot.hpp that multiply matrices, and what belongs to such steps.
#include <cstdint>
#include <vector>

#include "kernels/every_slot.hpp"

namespace thalweg::test {
namespace {

enum class Varies { kM, kN, kK };
enum class Product { kDirect, kOnMatrix, kPacked, kPackedTurned, kStreamed };

// The sizes that stay are such that columns are left over for gemm_side.hpp, or, with a stored transposed,
// that lanes run along the rows. A packed b and its panel have exactly the room that the table asks for.
template <class T, Varies varies, bool transposed, Product product>
Results gemm(const Table<T>& table, Memory& memory, std::size_t n) {
    kernels::GemmBlock<T> block{};
    block.m = varies == Varies::kM ? n : 37;
    block.n = varies == Varies::kN ? n : 18;
    block.k = varies == Varies::kK ? n : 21;
    const Block<T> a = transposed ? memory.input<T>(block.k, block.m, block.m + 2)
                                  : memory.input<T>(block.m, block.k, block.k + 3);
    const Block<T> b = product == Product::kPackedTurned ? memory.input<T>(block.n, block.k, block.k + 1)
                                                         : memory.input<T>(block.k, block.n, block.n + 1);
    const Block<T> c = memory.output<T>(block.m, block.n, block.n + 5);
    block.a = a.data;
    block.a_row = transposed ? 1 : a.ld;
    block.a_col = transposed ? a.ld : 1;
    block.b = b.data;
    block.ldb = b.ld;
    block.c = c.data;
    block.ldc = c.ld;
    block.start = varies == Varies::kM ? nullptr : memory.input<T>(block.n);
    if constexpr (product == Product::kOnMatrix) {
        const Block<T> start = memory.input<T>(block.m, block.n, block.n + 4);
        block.start = start.data;
        block.start_row = start.ld;
    }
    if constexpr (product == Product::kPacked || product == Product::kPackedTurned) {
        const std::size_t cols = (block.n + table.gemm_lanes - 1) / table.gemm_lanes * table.gemm_lanes;
        T* const packed_b = memory.output<T>(block.k * cols);
        const auto pack = product == Product::kPacked ? table.pack_b : table.pack_b_turned;
        pack(block.b, block.ldb, block.k, block.n, packed_b);
        block.b = packed_b;
        table.gemm_packed(block, memory.output<T>(block.k * table.gemm_rows));
    } else if constexpr (product == Product::kStreamed) {
        table.gemm_streamed(block, 8, 8);
    } else {
        table.gemm(block);
    }
    return results(c);
}

// Three rows of pixels against n columns; every other pixel counts.
template <class T, bool descend>
Results gemm_nonzero(const Table<T>& table, Memory& memory, std::size_t n) {
    constexpr std::size_t kRows = 3;
    constexpr std::size_t kPixels = 9;
    std::vector<std::uint8_t> x(kRows * kPixels);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = static_cast<std::uint8_t>(i % 2 == 0 ? 0 : i);
    }
    std::vector<T> values = numbers<T>(256);
    values[0] = T(0);
    std::vector<std::uint64_t> bits(kRows);
    for (std::size_t i = 0; i < x.size(); ++i) {
        bits[i / kPixels] |= static_cast<std::uint64_t>(i % 2) << (i % kPixels);
    }
    const Block<T> b = memory.input<T>(kPixels, n, n + 1);
    const Block<T> c = memory.output<T>(kRows, n, n + 2);
    for (std::size_t i = 0; i < kRows; ++i) {
        fill(c.data + i * c.ld, n, Kind::kNormal, i);
    }
    table.gemm_nonzero({kRows, n, memory.copy(x), kPixels, 1, memory.copy(values), memory.copy(bits), 1, 1,
                        b.data, b.ld, c.data, c.ld, memory.input<T>(n), 0, descend, T(0.3)});
    return results(c);
}

// Moves of about 1e-4, between so many units and inputs.
template <class T, bool units_vary>
Results unit_differences(const Table<T>& table, Memory& memory, std::size_t n) {
    const std::size_t units = units_vary ? n : 19;
    const std::size_t inputs = units_vary ? 5 : n;
    constexpr std::size_t kClasses = 4;
    const Block<T> w = memory.input<T>(kClasses, units, units + 1);
    const T* const moves = memory.input<T>(2 * inputs);
    T* const sinh = memory.output<T>(inputs);
    T* const cosh1 = memory.output<T>(inputs);
    for (std::size_t e = 0; e < inputs; ++e) {
        sinh[e] = T(1e-4) * moves[e];
        cosh1[e] = T(0.5) * sinh[e] * sinh[e];
    }
    const Block<T> y = memory.output<T>(inputs, units, units + 3);
    table.unit_differences({units, inputs, kClasses, 1, memory.input<T>(units), memory.input<T>(units),
                            w.data, w.ld, memory.input<T>(kClasses), T(1e-6), sinh, cosh1, y.data, y.ld});
    return results(y);
}

// Five rows, one of them twice, onto three.
template <class T>
Results add_rows(const Table<T>& table, Memory& memory, std::size_t n) {
    const std::uint32_t* const slots = memory.copy<std::uint32_t>({0, 4, 4, 2, 1});
    const std::uint32_t* const rows = memory.copy<std::uint32_t>({2, 0, 1, 2, 0});
    const Block<T> x = memory.input<T>(5, n, n + 1);
    const Block<T> y = memory.output<T>(3, n, n + 2);
    for (std::size_t i = 0; i < 3; ++i) {
        fill(y.data + i * y.ld, n, Kind::kNormal, i);
    }
    table.add_rows({5, n, slots, rows, x.data, x.ld, y.data, y.ld});
    return results(y);
}

}  // namespace

template <class T>
std::vector<SlotCall<T>> product_slots() {
    return {
        {"gemm m", gemm<T, Varies::kM, false, Product::kDirect>},
        {"gemm n", gemm<T, Varies::kN, false, Product::kDirect>},
        {"gemm k", gemm<T, Varies::kK, false, Product::kDirect>},
        {"gemm of a transposed a, m", gemm<T, Varies::kM, true, Product::kDirect>},
        {"gemm of a transposed a, n", gemm<T, Varies::kN, true, Product::kDirect>},
        {"gemm of a transposed a, k", gemm<T, Varies::kK, true, Product::kDirect>},
        {"gemm on a matrix, m", gemm<T, Varies::kM, false, Product::kOnMatrix>},
        {"gemm on a matrix, n", gemm<T, Varies::kN, false, Product::kOnMatrix>},
        {"gemm of a transposed a on a matrix, m", gemm<T, Varies::kM, true, Product::kOnMatrix>},
        {"gemm of a transposed a on a matrix, n", gemm<T, Varies::kN, true, Product::kOnMatrix>},
        {"gemm_packed m", gemm<T, Varies::kM, false, Product::kPacked>},
        {"gemm_packed n", gemm<T, Varies::kN, true, Product::kPacked>},
        {"gemm_packed k", gemm<T, Varies::kK, false, Product::kPacked>},
        {"gemm_packed n, b turned", gemm<T, Varies::kN, false, Product::kPackedTurned>},
        {"gemm_packed k, b turned", gemm<T, Varies::kK, false, Product::kPackedTurned>},
        {"gemm_streamed m", gemm<T, Varies::kM, true, Product::kStreamed>},
        {"gemm_streamed n", gemm<T, Varies::kN, false, Product::kStreamed>},
        {"gemm_streamed k", gemm<T, Varies::kK, false, Product::kStreamed>},
        {"gemm_nonzero", gemm_nonzero<T, false>},
        {"gemm_nonzero, descend", gemm_nonzero<T, true>},
        {"unit_differences, units", unit_differences<T, true>},
        {"unit_differences, inputs", unit_differences<T, false>},
        {"add_rows", add_rows<T>},
    };
}

template std::vector<SlotCall<float>> product_slots<float>();
template std::vector<SlotCall<double>> product_slots<double>();

}  // namespace thalweg::test
