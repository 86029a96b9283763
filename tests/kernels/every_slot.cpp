// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The calls of every_slot.hpp. A new slot gets a line here, or a row in functions.inc, and is then held to
// position, guards and levels.
#include "kernels/every_slot.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>

namespace thalweg::test {
namespace {

template <class T>
using Table = kernels::Kernels<T>;

template <class U>
Results results(const Block<U>& block) {
    Results values;
    for (const U value : block.elements()) {
        values.push_back(static_cast<double>(value));
    }
    return values;
}

template <class T, auto Slot>
Results unary(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* x = memory.input<T>(n);
    const Block<T> y = memory.output<T>(1, n, n);
    (table.*Slot)(x, y.data, n);
    return results(y);
}

template <class T, auto Slot>
Results binary(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* x1 = memory.input<T>(n);
    const T* x2 = memory.input<T>(n);
    const Block<T> y = memory.output<T>(1, n, n);
    (table.*Slot)(x1, x2, y.data, n);
    return results(y);
}

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

template <class T>
Results all_finite(const Table<T>& table, Memory& memory, std::size_t n) {
    return {table.all_finite(memory.input<T>(n), n) ? 1.0 : 0.0};
}

template <class T>
Results transpose(const Table<T>& table, Memory& memory, std::size_t n) {
    const Block<T> x = memory.input<T>(n, 37, 40);
    const Block<T> y = memory.output<T>(37, n, n + 3);
    table.transpose(x.data, x.ld, x.rows, x.cols, y.data, y.ld);
    return results(y);
}

template <class T>
Results axpy(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* x = memory.input<T>(n);
    const Block<T> y = memory.output<T>(1, n, n);
    fill(y.data, n, Kind::kNormal, 99);
    table.axpy(T(-0.3), x, y.data, n);
    return results(y);
}

// Parameters and both memories; the second one holds squares.
template <class T>
Results adam(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* const g = memory.input<T>(n);
    const Block<T> moved[] = {memory.output<T>(1, n, n), memory.output<T>(1, n, n),
                              memory.output<T>(1, n, n)};
    for (std::size_t b = 0; b < std::size(moved); ++b) {
        fill(moved[b].data, n, Kind::kNormal, 99 + b);
    }
    for (std::size_t i = 0; i < n; ++i) {
        moved[2].data[i] *= moved[2].data[i];
    }
    table.adam(
        {n, g, moved[0].data, moved[1].data, moved[2].data, T(0.001), T(0.1), T(0.001), T(1e-7), T(0.2)});
    Results all;
    for (const Block<T>& block : moved) {
        const Results values = results(block);
        all.insert(all.end(), values.begin(), values.end());
    }
    return all;
}

template <class T>
Results scale(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* x = memory.input<T>(n);
    const Block<T> y = memory.output<T>(1, n, n);
    table.scale(T(1.7), x, y.data, n);
    return results(y);
}

// An integer and a fraction, of which the second is NaN for half of the numbers.
template <class T>
Results power(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* x = memory.input<T>(n);
    const Block<T> odd = memory.output<T>(1, n, n);
    const Block<T> fraction = memory.output<T>(1, n, n);
    table.power(T(-3), x, odd.data, n);
    table.power(T(0.7), x, fraction.data, n);
    Results both = results(odd);
    const Results more = results(fraction);
    both.insert(both.end(), more.begin(), more.end());
    return both;
}

template <class T>
Results sum(const Table<T>& table, Memory& memory, std::size_t n) {
    return {static_cast<double>(table.sum(memory.input<T>(n), n))};
}

template <class T>
Results sum_each(const Table<T>& table, Memory& memory, std::size_t n) {
    const Block<T> x = memory.input<T>(9, n, n + 2);
    const Block<T> y = memory.output<T>(9, 1, 3);
    table.sum_each(x.data, x.ld, x.rows, x.cols, y.data, y.ld);
    return results(y);
}

template <class T>
Results sum_rows(const Table<T>& table, Memory& memory, std::size_t n) {
    const Block<T> x = memory.input<T>(9, n, n + 2);
    const Block<T> y = memory.output<T>(1, n, n);
    table.sum_rows(x.data, x.ld, x.rows, x.cols, y.data);
    return results(y);
}

// x1 * x2 + x3, kept halfway and chosen by a comparison: loads, pairs, kept tiles and stores of n elements.
template <class T>
Results array(const Table<T>& table, Memory& memory, std::size_t n) {
    using kernels::ArrayForm;
    using kernels::ArrayOp;
    using Input = kernels::ArrayInput<T>;
    const Input one{memory.input<T>(n), T(0), false};
    const Input two{memory.input<T>(n), T(0), false};
    const Input three{memory.input<T>(n), T(0), false};
    const Input number{nullptr, T(0.25), false};
    const Block<T> kept =
        memory.output<T>(1, kernels::kKeptBytes / sizeof(T), kernels::kKeptBytes / sizeof(T));
    const Input halfway{kept.data, T(0), true};
    const Block<T> y = memory.output<T>(1, n, n);
    const kernels::ArrayStep<T> steps[] = {
        {ArrayForm::kPair, ArrayOp::kMultiply, ArrayOp::kAdd, 2, {one, two, {}}, nullptr},
        {ArrayForm::kBinary, ArrayOp::kAdd, ArrayOp::kAdd, 1, {three, {}, {}}, nullptr},
        {ArrayForm::kKeep, ArrayOp::kAdd, ArrayOp::kAdd, 0, {}, kept.data},
        {ArrayForm::kBinary, ArrayOp::kMaximum, ArrayOp::kAdd, 1, {number, {}, {}}, nullptr},
        {ArrayForm::kUnary, ArrayOp::kSqrt, ArrayOp::kAdd, 0, {}, nullptr},
        {ArrayForm::kCompareChoose, ArrayOp::kLess, ArrayOp::kAdd, 3, {one, two, halfway}, nullptr},
        {ArrayForm::kFma, ArrayOp::kAdd, ArrayOp::kAdd, 2, {halfway, three, {}}, nullptr},
        {ArrayForm::kStore, ArrayOp::kAdd, ArrayOp::kAdd, 0, {}, y.data},
    };
    table.array(steps, std::size(steps), n);
    return results(y);
}

// Forms that are a whole program.
template <class T, kernels::ArrayForm form>
Results array_at_once(const Table<T>& table, Memory& memory, std::size_t n) {
    using kernels::ArrayOp;
    using Input = kernels::ArrayInput<T>;
    const Input one{memory.input<T>(n), T(0), false};
    const Input two{memory.input<T>(n), T(0), false};
    const Input three{memory.input<T>(n), T(0), false};
    const Block<T> y = memory.output<T>(1, n, n);
    const kernels::ArrayStep<T> step = {form,
                                        ArrayOp::kMultiply,
                                        ArrayOp::kSubtractFrom,
                                        form == kernels::ArrayForm::kTwoStore ? 3 : 2,
                                        {one, two, three},
                                        y.data};
    table.array(&step, 1, n);
    return results(y);
}

// where(x1 > 0.25, x2 or 0.25, x3 * 0.25 or 0.25)
template <class T, bool kNumbers>
Results array_choice(const Table<T>& table, Memory& memory, std::size_t n) {
    using kernels::ArrayForm;
    using kernels::ArrayOp;
    using Input = kernels::ArrayInput<T>;
    const Input one{memory.input<T>(n), T(0), false};
    const Input two{memory.input<T>(n), T(0), false};
    const Input three{memory.input<T>(n), T(0), false};
    const Input number{nullptr, T(0.25), false};
    const Block<T> y = memory.output<T>(1, n, n);
    const kernels::ArrayStep<T> steps[] = {
        kNumbers ? kernels::ArrayStep<T>{ArrayForm::kLoad,
                                         ArrayOp::kAdd,
                                         ArrayOp::kAdd,
                                         1,
                                         {number, {}, {}},
                                         nullptr}
                 : kernels::ArrayStep<T>{ArrayForm::kPair,
                                         ArrayOp::kMultiply,
                                         ArrayOp::kAdd,
                                         2,
                                         {three, number, {}},
                                         nullptr},
        {ArrayForm::kCompareChoose,
         ArrayOp::kGreater,
         ArrayOp::kAdd,
         3,
         {one, number, kNumbers ? number : two},
         nullptr},
        {ArrayForm::kStore, ArrayOp::kAdd, ArrayOp::kAdd, 0, {}, y.data},
    };
    table.array(steps, std::size(steps), n);
    return results(y);
}

constexpr kernels::Fold kFolds[] = {kernels::Fold::kSum, kernels::Fold::kProduct, kernels::Fold::kMaximum,
                                    kernels::Fold::kMinimum};

// fold_start, fold and folded of a row in two parts, the first a multiple of 4 x 64 bytes.
template <class T>
Results fold(const Table<T>& table, Memory& memory, std::size_t n) {
    constexpr std::size_t kTurn = 4 * 64 / sizeof(T);
    const T* x = memory.input<T>(n);
    const std::size_t first = n / 2 / kTurn * kTurn;
    Results all;
    for (const kernels::Fold each : kFolds) {
        const Block<T> kept = memory.output<T>(1, kTurn, kTurn);
        table.fold_start(each, kept.data);
        table.fold(each, x, first, kept.data);
        table.fold(each, x + first, n - first, kept.data);
        all.push_back(static_cast<double>(table.folded(each, kept.data)));
    }
    return all;
}

// Of x1 * x2, of its square, and of no such thing.
template <class T>
Results sum_program(const Table<T>& table, Memory& memory, std::size_t n) {
    using kernels::ArrayForm;
    using kernels::ArrayOp;
    constexpr std::size_t kTurn = 4 * 64 / sizeof(T);
    const kernels::ArrayInput<T> one{memory.input<T>(n), T(0), false};
    const kernels::ArrayInput<T> two{memory.input<T>(n), T(0), false};
    const kernels::ArrayStep<T> pair = {
        ArrayForm::kPair, ArrayOp::kMultiply, ArrayOp::kAdd, 2, {one, two, {}}, nullptr};
    kernels::ArrayStep<T> alone = pair;
    alone.form = ArrayForm::kPairStore;
    const kernels::ArrayStep<T> squared[] = {
        pair,
        {ArrayForm::kUnary, ArrayOp::kSquare, ArrayOp::kAdd, 0, {}, nullptr},
        {ArrayForm::kStore, ArrayOp::kAdd, ArrayOp::kAdd, 0, {}, nullptr}};
    const Block<T> kept = memory.output<T>(1, kTurn, kTurn);
    table.fold_start(kernels::Fold::kSum, kept.data);
    const bool first = table.sum_program(&alone, 1, n, kept.data);
    const bool second = table.sum_program(squared, 3, n, kept.data);
    const bool third = table.sum_program(squared, 2, n, kept.data);
    return {static_cast<double>(table.folded(kernels::Fold::kSum, kept.data)), first ? 1.0 : 0.0,
            second ? 1.0 : 0.0, third ? 1.0 : 0.0};
}

template <class T>
Results fold_rows(const Table<T>& table, Memory& memory, std::size_t n) {
    const Block<T> x = memory.input<T>(9, n, n + 2);
    Results all;
    for (const kernels::Fold each : kFolds) {
        const Block<T> y = memory.output<T>(1, n, n);
        fill(y.data, n, Kind::kNormal, 99);
        table.fold_rows(each, x.data, x.ld, x.rows, x.cols, y.data);
        const Results more = results(y);
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

// Of x with zeros of both signs and a NaN.
template <class T>
Results count_nonzero(const Table<T>& table, Memory& memory, std::size_t n) {
    std::vector<T> x = numbers<T>(n);
    for (std::size_t i = 0; i < n; i += 3) {
        x[i] = i % 2 == 0 ? T(0) : -T(0);
    }
    if (n > 4) {
        x[4] = std::numeric_limits<T>::quiet_NaN();
    }
    return {static_cast<double>(table.count_nonzero(memory.copy(x), n))};
}

template <class T>
Results argmax(const Table<T>& table, Memory& memory, std::size_t n) {
    if (n == 0) {
        return {};
    }
    return {static_cast<double>(table.argmax(memory.input<T>(n), n))};
}

template <class T>
Results argmax_rows(const Table<T>& table, Memory& memory, std::size_t n) {
    const Block<T> x = memory.input<T>(9, n, n + 2);
    const Block<std::size_t> y = memory.output<std::size_t>(1, n, n);
    table.argmax_rows(x.data, x.ld, x.rows, x.cols, y.data);
    return results(y);
}

// Many rows of few columns go by groups of a vector's lanes, ten without gaps by permutations of their own.
enum class Rows { kWide, kGaps, kTen, kTenInPlace };

struct RowsOf {
    std::size_t rows;
    std::size_t cols;
    std::size_t gap;
};
template <Rows kind>
RowsOf rows_of(std::size_t n) {
    return kind == Rows::kWide ? RowsOf{5, n, 1} : kind == Rows::kGaps ? RowsOf{n, 11, 1} : RowsOf{n, 10, 0};
}

template <class T, Rows kind>
Results argmax_cols(const Table<T>& table, Memory& memory, std::size_t n) {
    const auto [some_rows, cols, gap] = rows_of<kind>(n);
    if (cols == 0) {
        return {};
    }
    const std::size_t rows = kind == Rows::kWide ? 37 : some_rows;
    const Block<T> x = memory.input<T>(rows, cols, cols + 2 * gap);
    const Block<std::size_t> y = memory.output<std::size_t>(1, rows, rows);
    table.argmax_cols(x.data, x.ld, x.rows, x.cols, y.data);
    return results(y);
}

template <class T, Rows kind>
Results softmax(const Table<T>& table, Memory& memory, std::size_t n) {
    const auto [rows, cols, gap] = rows_of<kind>(n);
    const Block<T> x = memory.input<T>(rows, cols, cols + 3 * gap);
    const Block<T> y = memory.output<T>(rows, cols, cols + gap);
    if (kind == Rows::kTenInPlace) {
        std::copy(x.data, x.data + rows * cols, y.data);
    }
    const Block<T>& from = kind == Rows::kTenInPlace ? y : x;
    table.softmax(from.data, from.ld, rows, cols, y.data, y.ld);
    return results(y);
}

template <class T, Rows kind, bool keep>
Results softmax_loss(const Table<T>& table, Memory& memory, std::size_t n) {
    const auto [rows, cols, gap] = rows_of<kind>(n);
    if (cols == 0) {
        return {};
    }
    const Block<T> x = memory.input<T>(rows, cols, cols + 3 * gap);
    const Block<T> p = memory.output<T>(keep ? rows : 0, cols, cols + gap);
    const Block<T> dx = memory.output<T>(rows, cols, cols + 2 * gap);
    const Block<double> loss = memory.output<double>(1, rows, rows);
    if (kind == Rows::kTenInPlace) {
        std::copy(x.data, x.data + rows * cols, dx.data);
    }
    const Block<T>& from = kind == Rows::kTenInPlace ? dx : x;
    table.softmax_loss({rows, cols, from.data, from.ld, memory.copy(labels_below(cols, rows)), T(5),
                        keep ? p.data : nullptr, p.ld, dx.data, dx.ld, loss.data});
    Results all = results(p);
    for (const Results& more : {results(dx), results(loss)}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

template <class T>
Results log_loss(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* x = memory.input<T>(n);
    const Block<double> y = memory.output<double>(1, n, n);
    table.log_loss(x, y.data, n);
    return results(y);
}

template <class T>
Results soft_log_loss(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* x = memory.input<T>(n);
    const T* t = memory.input<T>(n);
    return {table.soft_log_loss(x, t, n)};
}

template <class T, bool normalize>
Results pixels(const Table<T>& table, Memory& memory, std::size_t n) {
    std::vector<std::uint8_t> bytes(n);
    for (std::size_t i = 0; i < n; ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 37);
    }
    const Block<T> y = memory.output<T>(1, n, n);
    table.pixels(memory.copy(bytes), normalize, y.data, n);
    return results(y);
}

}  // namespace

template <class T>
const std::vector<SlotCall<T>>& every_slot() {
    static const std::vector<SlotCall<T>> calls = {
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
        {"all_finite", all_finite<T>},
        {"transpose", transpose<T>},
#define THALWEG_FUNCTION(name, ...) {#name, unary<T, &Table<T>::name>},
#include "functions.inc"
        {"sigmoid_backward", binary<T, &Table<T>::sigmoid_backward>},
        {"add", binary<T, &Table<T>::add>},
        {"axpy", axpy<T>},
        {"scale", scale<T>},
        {"adam", adam<T>},
        {"power", power<T>},
        {"sum", sum<T>},
        {"sum_each", sum_each<T>},
        {"sum_rows", sum_rows<T>},
        {"array", array<T>},
        {"array, a pair", array_at_once<T, kernels::ArrayForm::kPairStore>},
        {"array, two of three", array_at_once<T, kernels::ArrayForm::kTwoStore>},
        {"array, a choice", array_choice<T, false>},
        {"array, a choice of numbers", array_choice<T, true>},
        {"fold_start, fold, folded", fold<T>},
        {"fold_rows", fold_rows<T>},
        {"sum_program", sum_program<T>},
        {"count_nonzero", count_nonzero<T>},
        {"argmax", argmax<T>},
        {"argmax_rows", argmax_rows<T>},
        {"argmax_cols", argmax_cols<T, Rows::kWide>},
        {"argmax_cols, rows", argmax_cols<T, Rows::kGaps>},
        {"argmax_cols, rows of ten", argmax_cols<T, Rows::kTen>},
        {"softmax", softmax<T, Rows::kWide>},
        {"softmax, rows", softmax<T, Rows::kGaps>},
        {"softmax, rows of ten", softmax<T, Rows::kTen>},
        {"softmax in place, rows of ten", softmax<T, Rows::kTenInPlace>},
        {"softmax_loss", softmax_loss<T, Rows::kWide, true>},
        {"softmax_loss, rows", softmax_loss<T, Rows::kGaps, false>},
        {"softmax_loss, rows of ten", softmax_loss<T, Rows::kTen, false>},
        {"softmax_loss with p, rows of ten", softmax_loss<T, Rows::kTen, true>},
        {"softmax_loss in place, rows of ten", softmax_loss<T, Rows::kTenInPlace, false>},
        {"log_loss", log_loss<T>},
        {"soft_log_loss", soft_log_loss<T>},
        {"pixels / 255", pixels<T, true>},
        {"pixels", pixels<T, false>},
    };
    return calls;
}

template const std::vector<SlotCall<float>>& every_slot<float>();
template const std::vector<SlotCall<double>>& every_slot<double>();

}  // namespace thalweg::test
