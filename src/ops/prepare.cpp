// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Prepares recorded programs: how their pieces are cut, which plan they have, how much memory a run takes.
// evaluate.hpp has the idea.
#include <algorithm>

#include "ops/evaluate.hpp"

namespace thalweg::ops {
template <class T>
Prepared<T>::Prepared(const arrays::Program<T>& program, const arrays::Leaf<T>* leaves, std::size_t rows,
                      std::size_t cols, bool out_flat, const Places* places)
    : leaves_(leaves), rows_(rows), cols_(cols), places_(places), strip_cols_(cols == 0 ? 1 : cols) {
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        layouts_.push_back(places_ == nullptr ? layout_of(i) : layout_at_places(i));
    }
    choose_cut(program, out_flat);
    plan_ = &plan_for(program);
    measure_scratch();
}

template <class T>
typename Prepared<T>::Layout Prepared<T>::layout_of(std::size_t i) const noexcept {
    const arrays::Leaf<T>& leaf = leaves_[i];
    if (leaf.rows == 1 && leaf.cols == 1 && (leaf.is_number() || rows_ * cols_ != 1)) {
        return Layout::kNumber;
    }
    if (leaf.rows == rows_ && leaf.cols == cols_) {
        return leaf.ld == cols_ || rows_ == 1 ? Layout::kFlat : Layout::kGaps;
    }
    return leaf.rows == 1 ? Layout::kRow : Layout::kColumn;
}

// Of a leaf with axes around it: its distance between rows is ld, 0 where one stands for all.
template <class T>
typename Prepared<T>::Layout Prepared<T>::layout_at_places(std::size_t i) const noexcept {
    const arrays::Leaf<T>& leaf = leaves_[i];
    const Around& around = places_->leaves[i];
    bool one_row = leaf.ld == 0 || rows_ == 1;
    bool flat = leaf.ld == cols_ || rows_ == 1;
    std::size_t stride = rows_ * cols_;
    for (std::size_t k = places_->axes; k-- > 0;) {
        one_row = one_row && around.strides[k] == 0;
        flat = flat && around.strides[k] == stride;
        stride *= places_->extents[k];
    }
    if (leaf.data == nullptr || (one_row && around.col == 0)) {
        return Layout::kNumber;
    }
    if (around.col > 1) {
        return Layout::kApart;
    }
    return around.col == 0 ? Layout::kColumn : flat ? Layout::kFlat : one_row ? Layout::kRow : Layout::kGaps;
}

template <class T>
const ArrayPlan& Prepared<T>::plan_for(const arrays::Program<T>& program) const {
    const auto is_number = [this](std::size_t i) {
        return layouts_[i] == Layout::kNumber || (layouts_[i] == Layout::kColumn && cut_ == Cut::kRows);
    };
    if (program.few()) {
        std::uint64_t numbers = 0;
        for (std::size_t i = 0; i < layouts_.size(); ++i) {
            numbers |= std::uint64_t{is_number(i) ? 1U : 0U} << i;
        }
        return plan_of({program.op_count(), program.words(), numbers, twins_of(program), nullptr, nullptr});
    }
    InlineVector<bool, 64> numbers;
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        numbers.push_back(is_number(i));
    }
    InlineVector<arrays::Op, 64> ops;
    for (std::size_t i = 0; i < program.op_count(); ++i) {
        ops.push_back(program.op(i));
    }
    return plan_of({program.op_count(), nullptr, 0, 0, ops.data(), numbers.data()});
}

namespace {

// The fewest columns of a row that is worth a run of its own.
template <class T>
std::size_t shortest_row(const arrays::Program<T>& program) noexcept {
    using arrays::Op;
    const std::size_t count = program.op_count();
    for (std::size_t i = 0; i < count; ++i) {
        if (is_function(program.op(i)) || count > 16) {
            return kShortBlock;
        }
    }
    const auto arithmetic = [&](std::size_t i) {
        return program.op(i) >= Op::kAdd && program.op(i) <= Op::kDivide;
    };
    // One or two operations that are a loop (kernels/array_loop.hpp).
    const bool pair = count >= 3 && program.op(1) == Op::kLeaf && arithmetic(2);
    const bool two = count == 5 && program.op(2) != Op::kDivide && program.op(3) == Op::kLeaf;
    return pair && (count == 3 || (two && arithmetic(4))) ? kShortLoop : kShortRow;
}

}  // namespace

template <class T>
void Prepared<T>::choose_cut(const arrays::Program<T>& program, bool out_flat) noexcept {
    bool flat = out_flat && (places_ == nullptr || places_->count == 1);
    bool apart = places_ != nullptr && places_->out.col > 1;
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        flat = flat && (layouts_[i] == Layout::kNumber || layouts_[i] == Layout::kFlat);
        apart = apart || layouts_[i] == Layout::kApart;
    }
    if (flat) {
        return;
    }
    const bool small = cols_ < kShortLoop || (cols_ < kShortBlock && cols_ < shortest_row(program));
    cut_ = apart || (small && rows() > 1) ? Cut::kStrips : Cut::kRows;
    if (cut_ == Cut::kStrips) {
        choose_strips(out_flat);
    }
}

// Where the elements of a row are apart, and those of a column side by side, a strip has as many rows as
// share a cache line, so that what is read of it is used at once.
template <class T>
void Prepared<T>::choose_strips(bool out_flat) noexcept {
    constexpr std::size_t kTurned = 64;
    strip_cols_ = std::min(strip_cols_, kBlock);
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        if (layouts_[i] == Layout::kApart && leaves_[i].ld == 1 && rows_ > 1) {
            strip_cols_ = std::min(strip_cols_, std::max(kTurned, kBlock / rows_));
        }
    }
    rows_a_strip_ = kBlock / strip_cols_;
    one_row_ = split() && (rows_a_strip_ == 1 || rows_ == 1);
    copy_out_ = one_row_ ? places_->out.col > 1 : !out_flat || split();
    copies_ = copy_out_ ? 1 : 0;
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        if (split() && (layouts_[i] == Layout::kFlat || layouts_[i] == Layout::kRow)) {
            layouts_[i] = Layout::kGaps;
        }
        copies_ += copied(layouts_[i]) ? 1 : 0;
    }
}

// Inputs, where leaves start, tiles, buffers, copies, one after the other.
template <class T>
void Prepared<T>::measure_scratch() noexcept {
    const std::size_t bytes = lines(layouts_.size() * (sizeof(kernels::ArrayInput<T>) + sizeof(const T*))) +
                              plan_->tiles * kernels::kKeptBytes +
                              (plan_->buffers + copies_) * kBlock * sizeof(T);
    scratch_bytes_ = bytes <= Runner<T>::kNearBytes ? 0 : bytes;
}

template class Prepared<float>;
template class Prepared<double>;

}  // namespace thalweg::ops
