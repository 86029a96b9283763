// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The calls of every_slot.hpp. A new slot gets a line here and is then held to position, guards and levels.
#include "kernels/every_slot.hpp"

#include <cstdint>

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

// a is stored transposed where across allows nothing else, and for kN, to have both.
template <class T, Varies varies, bool across>
Results gemm(const Table<T>& table, Memory& memory, std::size_t n) {
    kernels::GemmBlock<T> block{};
    block.m = varies == Varies::kM ? n : 7;
    block.n = varies == Varies::kN ? n : 19;
    block.k = varies == Varies::kK ? n : 5;
    const bool transposed = across || varies == Varies::kN;
    const Block<T> a = transposed ? memory.input<T>(block.k, block.m, block.m + 2)
                                  : memory.input<T>(block.m, block.k, block.k + 3);
    const Block<T> b = memory.input<T>(block.k, block.n, block.n + 1);
    const Block<T> c = memory.output<T>(block.m, block.n, block.n + 5);
    block.a = a.data;
    block.a_row = transposed ? 1 : a.ld;
    block.a_col = transposed ? a.ld : 1;
    block.b = b.data;
    block.ldb = b.ld;
    block.c = c.data;
    block.ldc = c.ld;
    block.start = varies == Varies::kM ? nullptr : memory.input<T>(block.n);
    table.gemm(block);
    return results(c);
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

template <class T>
Results scale(const Table<T>& table, Memory& memory, std::size_t n) {
    const T* x = memory.input<T>(n);
    const Block<T> y = memory.output<T>(1, n, n);
    table.scale(T(1.7), x, y.data, n);
    return results(y);
}

template <class T>
Results sum(const Table<T>& table, Memory& memory, std::size_t n) {
    return {static_cast<double>(table.sum(memory.input<T>(n), n))};
}

template <class T>
Results sum_rows(const Table<T>& table, Memory& memory, std::size_t n) {
    const Block<T> x = memory.input<T>(9, n, n + 2);
    const Block<T> y = memory.output<T>(1, n, n);
    table.sum_rows(x.data, x.ld, x.rows, x.cols, y.data);
    return results(y);
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

template <class T>
Results argmax_cols(const Table<T>& table, Memory& memory, std::size_t n) {
    if (n == 0) {
        return {};
    }
    const Block<T> x = memory.input<T>(37, n, n + 2);
    const Block<std::size_t> y = memory.output<std::size_t>(1, 37, 37);
    table.argmax_cols(x.data, x.ld, x.rows, x.cols, y.data);
    return results(y);
}

template <class T>
Results softmax(const Table<T>& table, Memory& memory, std::size_t n) {
    const Block<T> x = memory.input<T>(5, n, n + 3);
    const Block<T> y = memory.output<T>(5, n, n + 1);
    table.softmax(x.data, x.ld, x.rows, x.cols, y.data, y.ld);
    return results(y);
}

template <class T>
Results softmax_loss(const Table<T>& table, Memory& memory, std::size_t n) {
    if (n == 0) {
        return {};
    }
    const Block<T> x = memory.input<T>(5, n, n + 3);
    const Block<T> p = memory.output<T>(5, n, n + 1);
    const Block<T> dx = memory.output<T>(5, n, n + 2);
    const Block<double> loss = memory.output<double>(1, 5, 5);
    const std::vector<int> labels = labels_below(n, 5);
    table.softmax_loss({5, n, x.data, x.ld, labels.data(), T(5), p.data, p.ld, dx.data, dx.ld, loss.data});
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
    const auto bytes = memory.output<std::uint8_t>(1, n, n);
    for (std::size_t i = 0; i < n; ++i) {
        bytes.data[i] = static_cast<std::uint8_t>(i * 37);
    }
    const Block<T> y = memory.output<T>(1, n, n);
    table.pixels(bytes.data, normalize, y.data, n);
    return results(y);
}

}  // namespace

template <class T>
const std::vector<SlotCall<T>>& every_slot() {
    static const std::vector<SlotCall<T>> calls = {
        {"gemm m", gemm<T, Varies::kM, false>},
        {"gemm n", gemm<T, Varies::kN, false>},
        {"gemm k", gemm<T, Varies::kK, false>},
        {"transpose", transpose<T>},
        {"exp", unary<T, &Table<T>::exp>},
        {"log", unary<T, &Table<T>::log>},
        {"sigmoid", unary<T, &Table<T>::sigmoid>},
        {"sigmoid_grad", unary<T, &Table<T>::sigmoid_grad>},
        {"sigmoid_backward", binary<T, &Table<T>::sigmoid_backward>},
        {"add", binary<T, &Table<T>::add>},
        {"axpy", axpy<T>},
        {"scale", scale<T>},
        {"sum", sum<T>},
        {"sum_rows", sum_rows<T>},
        {"argmax", argmax<T>},
        {"argmax_rows", argmax_rows<T>},
        {"argmax_cols", argmax_cols<T>},
        {"softmax", softmax<T>},
        {"softmax_loss", softmax_loss<T>},
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
