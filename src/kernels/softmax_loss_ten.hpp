// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax and loss of ten classes without gaps, no p: the case that is counted in tens of nanoseconds.
//
// One group of rows takes some 300 instructions, of which each phase waits for the one before, and a core
// looks about that far ahead. So two groups overlap, and logarithms are left for several groups at a time:
//
//   group i      exponentials, sum                    quotients, written
//   group i + 1                     read, maximum                         exponentials, sum ...
//   losses         kept, and computed when kGroups of them wait: store_pending()
//
// bound   for 16 rows of float: 100 moves and 20 permutations to read and write, 150 multiply-adds, 40
//         for labels (compares and moves), 62 for the logarithms. That is 200 cycles of Zen 4, which starts
//         two instructions of 64 bytes, or one multiply-add and another, in each
#pragma once

#include "kernels/class_columns.hpp"
#include "kernels/table.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// What logarithms wait for.
template <class T>
struct PendingLosses {
    static constexpr std::size_t kGroups = 8;
    T sum[kGroups][kWidth<T>];
    T max[kGroups][kWidth<T>];
    T x_label[kGroups][kWidth<T>];
    std::size_t row[kGroups];
    std::size_t count = 0;
};
template <class T>
void store_pending(PendingLosses<T>& pending, double* loss) {
    for (std::size_t g = 0; g < pending.count; ++g) {
        const Vec<T> sum = load_full(pending.sum[g]);
        const Vec<T> max = load_full(pending.max[g]);
        const Vec<T> x = load_full(pending.x_label[g]);
        for (std::size_t h = 0; h < kDoubles<T>; ++h) {
            store_full(loss + pending.row[g] + h * kWidth<double>,
                       log_above_one(part(sum, h)) - (part(x, h) - part(max, h)));
        }
    }
    pending.count = 0;
}

template <class T>
[[gnu::always_inline]] inline Vec<T> load_labels(const int* labels) {
    T label[kWidth<T>];
    for (std::size_t r = 0; r < kWidth<T>; ++r) {
        label[r] = static_cast<T>(labels[r]);
    }
    return load_full(label);
}

// Logits of a group; gives those of the labels. The group is shifted, ordinary says how.
template <class T>
[[gnu::always_inline]] inline Vec<T> read_ten(const SoftmaxLossBlock<T>& s, std::size_t i,
                                              ClassColumns<T>& group, bool& ordinary) {
    read_ten_columns(s.x + i * 10, kWidth<T>, group.values);
    const Vec<T> label = load_labels<T>(s.labels + i);
    Vec<T> x_label = group.values[0];
    for (std::size_t j = 1; j < 10; ++j) {
        x_label = choose(label == Vec<T>(static_cast<T>(j)), group.values[j], x_label);
    }
    ordinary = group.shift(10) && s.divisor <= kLargestBatch<T>;
    return x_label;
}

// e to the gradient of wrong classes; above, which is p_t - 1, to that of the right one.
template <bool kOrdinary, class T>
[[gnu::always_inline]] inline Vec<T> divide_ten(ClassColumns<T>& group, const Divisor<T>& both_at_once,
                                                const Divisor<T>& batch, Vec<T> above) {
    for (std::size_t j = 0; j < 10; ++j) {
        group.values[j] = both_at_once.template quotient<kOrdinary>(group.values[j]);
    }
    return batch.template quotient<kOrdinary>(above);
}
template <class T>
[[gnu::always_inline]] inline void write_ten(ClassColumns<T>& group, Vec<T> right,
                                             const SoftmaxLossBlock<T>& s, std::size_t i) {
    const Vec<T> label = load_labels<T>(s.labels + i);
    for (std::size_t j = 0; j < 10; ++j) {
        group.values[j] = choose(label == Vec<T>(static_cast<T>(j)), right, group.values[j]);
    }
    write_ten_columns(s.dx + i * 10, kWidth<T>, group.values);
}

// At least kWidth<T> rows. The last group may overlap the one before: it is read before that is written, and
// writes the same once more.
template <class T>
void softmax_loss_ten(const SoftmaxLossBlock<T>& s) {
    constexpr std::size_t w = kWidth<T>;
    const Divisor<T> batch{Vec<T>(s.divisor)};
    PendingLosses<T> pending;
    ClassColumns<T> group;
    bool ordinary = false;
    Vec<T> x_label = read_ten(s, 0, group, ordinary);
    for (std::size_t i = 0, next = 0; i < s.rows; i = next) {
        Vec<T> e_label;
        if (ordinary) [[likely]] {
            group.template exponentiate<true>(10);
            e_label = exp_ordinary(x_label - group.max);
        } else {
            group.template exponentiate<false>(10);
            e_label = exp_any(x_label - group.max);
            x_label = choose(is_nan(group.sum), group.sum, x_label);  // log_above_one() loses it
        }
        const Divisor<T> both_at_once(group.sum * Vec<T>(s.divisor));
        const Vec<T> above = divide(e_label, group.sum) - Vec<T>(T(1));
        const std::size_t g = pending.count;
        store_full(pending.sum[g], group.sum);
        store_full(pending.max[g], group.max);
        store_full(pending.x_label[g], x_label);
        pending.row[g] = i;

        const bool ordinary_now = ordinary;
        next = i + 2 * w <= s.rows || i + w >= s.rows ? i + w : s.rows - w;
        ClassColumns<T> after;
        if (next < s.rows) {
            x_label = read_ten(s, next, after, ordinary);
        }

        const Vec<T> right = ordinary_now ? divide_ten<true>(group, both_at_once, batch, above)
                                          : divide_ten<false>(group, both_at_once, batch, above);
        write_ten(group, right, s, i);
        for (std::size_t j = 0; j < 10; ++j) {
            group.values[j] = after.values[j];
        }
        group.max = after.max;
        if (++pending.count == PendingLosses<T>::kGroups) {
            store_pending(pending, s.loss);
        }
    }
    store_pending(pending, s.loss);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
