// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The calls of every_slot.hpp but those of products and of expressions of arrays. A new slot gets a line
// here, or a row in functions.inc, and is then held to position, guards and levels.
#include "kernels/every_slot.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>

namespace thalweg::test {
namespace {

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

template <class T>
std::vector<SlotCall<T>> other_slots() {
    return {
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
}

}  // namespace

template <class T>
const std::vector<SlotCall<T>>& every_slot() {
    static const std::vector<SlotCall<T>> calls = [] {
        std::vector<SlotCall<T>> all = product_slots<T>();
        for (const auto& more : {other_slots<T>(), array_slots<T>()}) {
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    }();
    return calls;
}

template const std::vector<SlotCall<float>>& every_slot<float>();
template const std::vector<SlotCall<double>>& every_slot<double>();

}  // namespace thalweg::test
