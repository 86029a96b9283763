// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The half of NetDifferences that goes by rows: which inputs a sample has, and its forward pass.
#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "dispatch/dispatch.hpp"
#include "nn/buffers.hpp"
#include "nn/net_differences.hpp"

namespace thalweg::nn {
namespace {

using kernels::Kernels;

// Zeros come in runs: a branch for each would be predicted wrongly more often than one for eight.
constexpr std::size_t kZerosAtOnce = 8;
template <class T>
bool all_zero(const T* first, const T* last) {
    bool nonzero = false;
    for (; first != last; ++first) {
        nonzero |= *first != T(0);
    }
    return !nonzero;
}

// z(1-z) <= 1/4, z(1-z)|1-2z| < 0.0963, and below 0.05 sinh u < 1.001 u, cosh u - 1 < 1.001 u^2/2.
template <class T>
bool moves_are_small(double move, double h, double spread) {
    using Limits = SmallMoves<T>;
    return move <= Limits::kInput && h <= Limits::kInput && 0.2503 * move * spread <= Limits::kWeight &&
           0.0964 * 0.5 * move * move * spread <= Limits::kLevel;
}

}  // namespace

template <class T>
void NetDifferences<T>::list_inputs(const T* x, std::size_t row, SlotTable& table) noexcept {
    const std::size_t places = table.values.size();
    const int shift = std::countl_zero(std::uint64_t{places - 1});
    const auto stamp = static_cast<std::uint32_t>(row + 1);
    std::uint32_t* const slots = slots_.data() + row * inputs_;
    std::uint32_t* const rows = rows_.data() + row * inputs_;
    double* const moves = moves_.data() + row * inputs_;
    std::uint32_t different = 0;
    std::uint32_t entries = 0;
    double largest = 1.0;
    const auto enter = [&](double value, std::size_t i) {
        // Fibonacci hashing: the high bits of the product depend on all bits of the value.
        auto at =
            static_cast<std::size_t>(std::bit_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15ULL >> shift);
        while (table.stamps[at] == stamp && table.values[at] != value) {
            at = (at + 1) & (places - 1);
        }
        if (table.stamps[at] != stamp) {
            table.stamps[at] = stamp;
            table.values[at] = value;
            table.slots[at] = different;
            largest = std::max(largest, std::fabs(value));
            moves[different++] = h_ * value;
        }
        slots[entries] = table.slots[at];
        rows[entries++] = static_cast<std::uint32_t>(i);
    };
    for (std::size_t i = 0; i + 1 < inputs_; i += kZerosAtOnce) {
        const std::size_t end = std::min(i + kZerosAtOnce, inputs_ - 1);
        if (all_zero(x + i, x + end)) {
            continue;
        }
        for (std::size_t k = i; k < end; ++k) {
            if (x[k] != T(0)) {
                enter(static_cast<double>(x[k]), k);
            }
        }
    }
    enter(1.0, inputs_ - 1);
    lists_[row] = {different, entries, moves_are_small<T>(h_ * largest, h_, spread_)};
}

template <class T>
bool NetDifferences<T>::rows_part(const TwoLayerParams<T>& params, const Batch& batch, std::size_t first,
                                  std::size_t last, SlotTable& table) noexcept {
    if (first == last) {
        return true;
    }
    bool all_small = true;
    std::fill(table.stamps.begin(), table.stamps.end(), 0U);
    for (std::size_t n = first; n < last; ++n) {
        list_inputs(row_of(batch.x, n), n, table);
        all_small = all_small && lists_[n].small;
    }
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t hidden = params.hidden_size();
    const std::size_t rows = last - first;
    kernel.gemm({rows, hidden, params.input_size(), row_of(batch.x, first), batch.x.ld(), 1, params.W1.data(),
                 hidden, row_of(z_, first), hidden, params.b1.data(), 0});
    kernel.scale(T(-1), row_of(z_, first), row_of(zm_, first), rows * hidden);
    kernel.sigmoid(row_of(z_, first), row_of(z_, first), rows * hidden);
    kernel.sigmoid(row_of(zm_, first), row_of(zm_, first), rows * hidden);
    second_layer(batch.t, first, last);
    const kernels::KernelTable& all = dispatch::active_table();
    dispatch::active<double>().log_loss(picked_.data() + first, batch.losses + first, rows);
    all.sinh_cosh1(row_of(out_moves_, first), row_of(out_sinh_, first), row_of(out_cosh1_, first),
                   rows * outputs_);
    // Of the inputs in double, then in T.
    double* const sinh = moves_sinh_.data() + first * inputs_;
    double* const cosh1 = moves_cosh1_.data() + first * inputs_;
    for (std::size_t n = first; n < last; ++n) {
        const std::size_t count = lists_[n].different;
        all.sinh_cosh1(moves_.data() + n * inputs_, sinh, cosh1, count);
        copy_as(sinh, count, row_of(sinh_, n));
        copy_as(cosh1, count, row_of(cosh1_, n));
    }
    return all_small || std::is_same_v<T, double>;
}

// Everything from z to the probabilities in double: cheap, and the gradients of W2 and b2 are the largest.
template <class T>
void NetDifferences<T>::second_layer(Labels t, std::size_t first, std::size_t last) noexcept {
    const Kernels<double>& kernel = dispatch::active<double>();
    const std::size_t hidden = outputs_ - 1;
    const std::size_t classes = p_.cols();
    for (std::size_t n = first; n < last; ++n) {
        copy_as(row_of(z_, n), hidden, row_of(wide_z_, n));
        row_of(wide_z_, n)[hidden] = 1.0;
    }
    kernel.scale(h_, row_of(wide_z_, first), row_of(out_moves_, first), (last - first) * outputs_);
    kernel.gemm({last - first, classes, hidden, row_of(wide_z_, first), outputs_, 1, wide_w2_.data(), classes,
                 row_of(wide_p_, first), classes, wide_b2_.data(), 0});
    kernel.softmax(row_of(wide_p_, first), classes, last - first, classes, row_of(wide_p_, first), classes);
    copy_as(row_of(wide_p_, first), (last - first) * classes, row_of(p_, first));
    for (std::size_t n = first; n < last; ++n) {
        const double* const p = row_of(wide_p_, n);
        const auto label = static_cast<std::size_t>(t[n]);
        double others = 0.0;
        for (std::size_t c = 0; c < classes; ++c) {
            others += c == label ? 0.0 : p[c];
        }
        picked_[n] = p[label];
        row_of(others_, n)[0] = others;
        row_of(others_, n)[1] = epsilon_ == 0.0 ? 0.0 : epsilon_ / p[label];
    }
}

template void NetDifferences<float>::list_inputs(const float*, std::size_t, SlotTable&) noexcept;
template void NetDifferences<double>::list_inputs(const double*, std::size_t, SlotTable&) noexcept;
template bool NetDifferences<float>::rows_part(const TwoLayerParams<float>&, const Batch&, std::size_t,
                                               std::size_t, SlotTable&) noexcept;
template bool NetDifferences<double>::rows_part(const TwoLayerParams<double>&, const Batch&, std::size_t,
                                                std::size_t, SlotTable&) noexcept;

}  // namespace thalweg::nn
