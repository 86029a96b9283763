// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax of rows fused with cross-entropy and its gradient; few and many classes as in softmax.hpp.
//
//   shape                                     way
//   more than kFewColumns classes             row by row, lanes are classes: softmax_loss_long_row
//   ten classes without gaps, no p, a group   pipelined, where kTenColumns (avx512): softmax_loss_ten.hpp
//     of rows or more
//   other few classes, whole groups of rows   softmax_loss_groups: lanes are rows
//   the rows left over                        softmax_loss_last: through the stack, or ten columns directly
//
// shape   see SoftmaxLossBlock
// error   p as softmax; loss = log(sum) - (x_t - max) in double: the subtraction cancels nothing that was not
//         rounded before, and no probability can underflow; gradient e_j / (sum * N), and (p_t - 1) / N for
//         the right class
// source  Deep Learning from Scratch 5.6.3
#pragma once

#include "kernels/class_columns.hpp"
#include "kernels/long_row.hpp"
#include "kernels/softmax_loss_ten.hpp"
#include "kernels/table.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// log of a sum of exponentials of which the largest is 1: finite, normal and positive, unless it is NaN.
[[gnu::always_inline]] inline Vec<double> log_of_sum(Vec<double> sum) {
    return choose(is_nan(sum), sum, log_above_one(sum));
}

// The losses of kWidth<T> rows.
template <class T>
[[gnu::always_inline]] inline void store_losses(Vec<T> total, Vec<T> x_label, Vec<T> max, double* loss) {
    for (std::size_t h = 0; h < kDoubles<T>; ++h) {
        const Vec<double> value = log_of_sum(part(total, h)) - (part(x_label, h) - part(max, h));
        store_full(loss + h * kWidth<double>, value);
    }
}

// e to the gradient, and to p where it is kept; write(y, ldy, columns) knows how many rows there are.
template <bool kOrdinary, class T, class Write>
[[gnu::always_inline]] inline void finish_group(ClassColumns<T>& group, Vec<T> label, std::size_t cols,
                                                const SoftmaxLossBlock<T>& s, const Write& write) {
    group.template exponentiate<kOrdinary>(cols);
    Vec<T> e_label = group.values[0];
    for (std::size_t j = 1; j < cols; ++j) {
        e_label = choose(label == Vec<T>(static_cast<T>(j)), group.values[j], e_label);
    }
    const Divisor<T> total(group.sum);
    const Divisor<T> batch{Vec<T>(s.divisor)};
    const Divisor<T> both_at_once(group.sum * Vec<T>(s.divisor));
    const Vec<T> right =
        batch.template quotient<kOrdinary>(total.template quotient<kOrdinary>(e_label) - Vec<T>(T(1)));
    if (s.p != nullptr) {
        Vec<T> p[kFewColumns];
        for (std::size_t j = 0; j < cols; ++j) {
            p[j] = total.template quotient<kOrdinary>(group.values[j]);
        }
        write(s.p, s.ldp, p);
    }
    for (std::size_t j = 0; j < cols; ++j) {
        const Vec<T> wrong = both_at_once.template quotient<kOrdinary>(group.values[j]);
        group.values[j] = choose(label == Vec<T>(static_cast<T>(j)), right, wrong);
    }
    write(s.dx, s.lddx, group.values);
}

// The first rows of s, at most kWidth<T>, whose logits the group holds; labels and loss have kWidth<T>
// elements.
template <class T, class Write>
[[gnu::always_inline]] inline void loss_columns(ClassColumns<T>& group, std::size_t cols, const int* labels,
                                                double* loss, const SoftmaxLossBlock<T>& s, std::size_t rows,
                                                const Write& write) {
    T label[kWidth<T>];
    T x_label[kWidth<T>] = {};
    for (std::size_t r = 0; r < kWidth<T>; ++r) {
        label[r] = static_cast<T>(labels[r]);
    }
    for (std::size_t r = 0; r < rows; ++r) {
        x_label[r] = s.x[r * s.ldx + static_cast<std::size_t>(labels[r])];
    }
    if (group.shift(cols) && s.divisor <= kLargestBatch<T>) {
        finish_group<true>(group, load_full(label), cols, s, write);
    } else {
        finish_group<false>(group, load_full(label), cols, s, write);
    }
    store_losses(group.sum, load_full(x_label), group.max, loss);
}

// A block whose rows, labels and losses begin at row i.
template <class T>
[[gnu::always_inline]] inline SoftmaxLossBlock<T> from_row(SoftmaxLossBlock<T> s, std::size_t i) {
    s.rows -= i;
    s.x += i * s.ldx;
    s.labels += i;
    s.p = s.p == nullptr ? nullptr : s.p + i * s.ldp;
    s.dx += i * s.lddx;
    s.loss += i;
    return s;
}

// Where columns go: whole groups, ten columns of the last rows, and the last rows through the stack.
template <class T>
struct WriteGroup {
    std::size_t cols;
    [[gnu::always_inline]] void operator()(T* y, std::size_t ldy, const Vec<T>* columns) const {
        write_columns<T>(y, ldy, readable<T>(cols), columns);
    }
};
template <class T>
struct WriteLastOfTen {
    std::size_t rows;
    [[gnu::always_inline]] void operator()(T* y, std::size_t /*ldy*/, const Vec<T>* columns) const {
        write_ten_columns(y, rows, columns);
    }
};
template <class T>
struct WriteStaged {
    std::size_t rows;
    std::size_t cols;
    [[gnu::always_inline]] void operator()(T* y, std::size_t ldy, const Vec<T>* columns) const {
        StagedRows<T> out(readable<T>(cols));
        write_columns<T>(out.data(), out.ld(), out.ld(), columns);
        out.write(y, ldy, rows, cols);
    }
};

// Whole groups of rows; kCols = 0: any number of columns.
template <class T, std::size_t kCols>
void softmax_loss_groups(const SoftmaxLossBlock<T>& block) {
    const std::size_t cols = kCols != 0 ? kCols : block.cols;
    for (std::size_t i = 0; i < block.rows; i += kWidth<T>) {
        const SoftmaxLossBlock<T> s = from_row(block, i);
        ClassColumns<T> group;
        read_columns<T>(s.x, s.ldx, readable<T>(cols), group.values);
        loss_columns(group, cols, s.labels, s.loss, s, kWidth<T>, WriteGroup<T>{cols});
    }
}

// At most kWidth<T> rows, through the stack unless ten columns without gaps can do without.
template <class T>
void softmax_loss_last(const SoftmaxLossBlock<T>& s) {
    const std::size_t rows = s.rows < kWidth<T> ? s.rows : kWidth<T>;
    int labels[kWidth<T>] = {};
    double loss[kWidth<T>];
    for (std::size_t r = 0; r < rows; ++r) {
        labels[r] = s.labels[r];
    }
    ClassColumns<T> group;
    if (kTenColumns && s.cols == 10 && s.ldx == 10 && s.lddx == 10 && (s.p == nullptr || s.ldp == 10)) {
        if constexpr (kTenColumns) {
            read_ten_columns(s.x, rows, group.values);
            loss_columns(group, 10, labels, loss, s, rows, WriteLastOfTen<T>{rows});
        }
    } else {
        const StagedRows<T> x(s.x, s.ldx, rows, s.cols);
        read_columns<T>(x.data(), x.ld(), x.ld(), group.values);
        loss_columns(group, s.cols, labels, loss, s, rows, WriteStaged<T>{rows, s.cols});
    }
    for (std::size_t r = 0; r < rows; ++r) {
        s.loss[r] = loss[r];
    }
}

// e, which dx holds, to p and to the gradient as if every class were wrong.
template <bool kOrdinary, class T>
[[gnu::always_inline]] inline void finish_long_row(const SoftmaxLossBlock<T>& s, T sum) {
    if (s.p != nullptr) {
        divide<kOrdinary>(s.dx, sum, s.p, s.cols);
    }
    divide<kOrdinary>(s.dx, sum * s.divisor, s.dx, s.cols);
}

template <class T>
void softmax_loss_long_row(const SoftmaxLossBlock<T>& s) {
    const auto label = static_cast<std::size_t>(s.labels[0]);
    const T x_label = s.x[label];
    const T max = shift_of(s.x, s.cols);
    const RowSum<T> row = exp_shifted(s.x, max, s.dx, s.cols);
    double log_total = static_cast<double>(row.sum);
    map(&log_total, &log_total, 1, [](Vec<double> v) { return log_double(v); });
    s.loss[0] = log_total - (static_cast<double>(x_label) - static_cast<double>(max));
    const T e_label = s.dx[label];
    if (row.ordinary && s.divisor <= kLargestBatch<T>) {
        finish_long_row<true>(s, row.sum);
    } else {
        finish_long_row<false>(s, row.sum);
    }
    s.dx[label] = (e_label / row.sum - T(1)) / s.divisor;
}

}  // namespace

template <class T>
void softmax_loss(const SoftmaxLossBlock<T>& s) {
    if (s.cols == 0) {
        return;
    }
    std::size_t i = 0;
    if (s.cols > kFewColumns) {
        for (; i < s.rows; ++i) {
            softmax_loss_long_row(from_row(s, i));
        }
        return;
    }
    if constexpr (kTenColumns) {
        if (s.cols == 10 && s.ldx == 10 && s.lddx == 10 && s.p == nullptr && s.rows >= kWidth<T>) {
            softmax_loss_ten(s);
            return;
        }
    }
    if (s.cols >= kChunk<T>) {
        SoftmaxLossBlock<T> whole = s;
        whole.rows = i = s.rows / kWidth<T> * kWidth<T>;
        (s.cols == kBookClasses ? softmax_loss_groups<T, kBookClasses> : softmax_loss_groups<T, 0>)(whole);
    }
    if constexpr (kSeveralLanes<T>) {
        for (; i < s.rows; i += kWidth<T>) {
            softmax_loss_last(from_row(s, i));
        }
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
