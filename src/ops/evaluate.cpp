// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Prepares and runs recorded programs: evaluate.hpp has the idea.
#include "ops/evaluate.hpp"

#include <algorithm>

#include "core/scratch_buffer.hpp"
#include "core/shape_check.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg::ops {
template <class T>
std::uint64_t twins_of(const arrays::Program<T>& program) noexcept {
    std::uint64_t twins = 0x76543210;
    if (program.wide()) {
        return twins;  // its leaves have strides
    }
    const arrays::Leaf<T>* const leaves = program.leaves();
    const std::size_t count = program.leaf_count();
    for (std::size_t i = 2; count >= 4 && i < count; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (leaves[i].data != nullptr && leaves[i].data == leaves[j].data &&
                leaves[i].rows == leaves[j].rows && leaves[i].cols == leaves[j].cols &&
                leaves[i].ld == leaves[j].ld) {
                twins = (twins & ~(std::uint64_t{15} << 4 * i)) | std::uint64_t{j} << 4 * i;
                break;
            }
        }
    }
    return twins;
}

template <class T>
Prepared<T>::Prepared(const arrays::Program<T>& program, const arrays::Leaf<T>* leaves, std::size_t rows,
                      std::size_t cols, bool out_flat, const Places* places)
    : leaves_(leaves), rows_(rows), cols_(cols), places_(places), strip_cols_(cols == 0 ? 1 : cols) {
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        layouts_.push_back(places_ == nullptr ? layout_of(i) : layout_at_places(i));
    }
    choose_cut(out_flat);
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

template <class T>
void Prepared<T>::choose_cut(bool out_flat) noexcept {
    bool flat = out_flat && (places_ == nullptr || places_->count == 1);
    bool apart = places_ != nullptr && places_->out.col > 1;
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        flat = flat && (layouts_[i] == Layout::kNumber || layouts_[i] == Layout::kFlat);
        apart = apart || layouts_[i] == Layout::kApart;
    }
    if (flat) {
        return;
    }
    cut_ = apart || (cols_ < kShortRow && rows() > 1) ? Cut::kStrips : Cut::kRows;
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
            strip_cols_ = std::min(strip_cols_, kTurned);
        }
    }
    rows_a_strip_ = kBlock / strip_cols_;
    const bool split = strip_cols_ < cols_;
    copy_out_ = !out_flat || split;
    copies_ = copy_out_ ? 1 : 0;
    for (std::size_t i = 0; i < layouts_.size(); ++i) {
        if (split && (layouts_[i] == Layout::kFlat || layouts_[i] == Layout::kRow)) {
            layouts_[i] = Layout::kGaps;
        }
        copies_ += layouts_[i] == Layout::kNumber || layouts_[i] == Layout::kFlat ? 0 : 1;
    }
}

namespace {

std::size_t lines(std::size_t bytes) noexcept {
    return (bytes + 63) / 64 * 64;
}

}  // namespace

// Inputs, where leaves start, tiles, buffers, copies, one after the other.
template <class T>
void Prepared<T>::measure_scratch() noexcept {
    const std::size_t bytes = lines(layouts_.size() * (sizeof(kernels::ArrayInput<T>) + sizeof(const T*))) +
                              plan_->tiles * kernels::kKeptBytes +
                              (plan_->buffers + copies_) * kBlock * sizeof(T);
    scratch_bytes_ = bytes <= Runner<T>::kNearBytes ? 0 : bytes;
}

template <class T>
Runner<T>::Runner(const Prepared<T>& prepared, unsigned char* scratch) noexcept
    : prepared_(prepared), bound_{*prepared.plan_, dispatch::active<T>(), nullptr, nullptr, nullptr} {
    unsigned char* const memory = prepared.scratch_bytes_ == 0 ? near_ : scratch;
    const std::size_t count = prepared.layouts_.size();
    bound_.inputs = reinterpret_cast<kernels::ArrayInput<T>*>(memory);
    starts_ = reinterpret_cast<const T**>(bound_.inputs + count);
    void* const behind = memory + lines(count * (sizeof(kernels::ArrayInput<T>) + sizeof(const T*)));
    bound_.tiles = static_cast<T*>(behind);
    bound_.buffers = bound_.tiles + bound_.plan.tiles * BoundPlan<T>::kTile;
    copies_ = bound_.buffers + bound_.plan.buffers * kBlock;
    T* copy = copies_;
    for (std::size_t i = 0; i < count; ++i) {
        const arrays::Leaf<T>& leaf = prepared.leaves_[i];
        const Layout layout = prepared.layouts_[i];
        const bool number = layout == Layout::kNumber;
        bound_.inputs[i] = {number ? nullptr : leaf.data,
                            number && leaf.data != nullptr ? *leaf.data : leaf.value, false};
        if (prepared.cut_ != Cut::kStrips || number || layout == Layout::kFlat) {
            continue;
        }
        for (std::size_t r = 0; layout == Layout::kRow && r < prepared.rows_a_strip_; ++r) {
            std::copy_n(leaf.data, prepared.cols_, copy + r * prepared.cols_);
        }
        bound_.inputs[i].data = copy;
        copy += kBlock;
    }
}

template <class T>
void Runner<T>::move_to(std::size_t first) noexcept {
    for (std::size_t i = 0; i < prepared_.layouts_.size(); ++i) {
        if (bound_.inputs[i].data != nullptr) {
            bound_.inputs[i].data = prepared_.leaves_[i].data + first;
        }
    }
}

template <class T>
void Runner<T>::flat(std::size_t first, std::size_t n, T* out) noexcept {
    move_to(first);
    bound_.run(n, out);
}

template <class T>
bool Runner<T>::sum(std::size_t first, std::size_t n, T* kept) noexcept {
    move_to(first);
    return bound_.sum(n, kept);
}

// Calls body(place, row, n, done) for n rows at a place from `row` on, `done` rows behind the first.
template <class T>
template <class Body>
void Runner<T>::each_place(std::size_t first, std::size_t count, const Body& body) const noexcept {
    if (prepared_.places_ == nullptr) {
        return body(std::size_t{0}, first, count, std::size_t{0});
    }
    const std::size_t rows = prepared_.rows_;
    for (std::size_t done = 0; done < count;) {
        const std::size_t row = (first + done) % rows;
        const std::size_t n = std::min(count - done, rows - row);
        body((first + done) / rows, row, n, done);
        done += n;
    }
}

template <class T>
void Runner<T>::begin_place(std::size_t place) noexcept {
    for (std::size_t l = 0; l < prepared_.layouts_.size(); ++l) {
        starts_[l] = prepared_.leaves_[l].data + prepared_.offset(l, place);
    }
}

template <class T>
void Runner<T>::row(std::size_t i, T* out) noexcept {
    for (std::size_t l = 0; l < prepared_.layouts_.size(); ++l) {
        const std::size_t ld = prepared_.leaves_[l].ld;
        switch (prepared_.layouts_[l]) {
            case Layout::kNumber:
            case Layout::kRow:
                break;
            case Layout::kColumn:
                bound_.inputs[l] = {nullptr, starts_[l][i * ld], false};
                break;
            default:
                bound_.inputs[l].data = starts_[l] + i * ld;
                break;
        }
    }
    bound_.run(prepared_.cols_, out);
}

template <class T>
void Runner<T>::rows(std::size_t first, std::size_t last, T* out, std::size_t ld) noexcept {
    each_place(first, last - first, [&](std::size_t place, std::size_t begin, std::size_t n, std::size_t) {
        begin_place(place);
        T* const to = out + prepared_.out_offset(place);
        for (std::size_t i = begin; i < begin + n; ++i) {
            row(i, to + i * ld);
        }
    });
}

template <class T>
void Runner<T>::copy_rows(Layout layout, const arrays::Leaf<T>& leaf, std::size_t apart, const T* from,
                          std::size_t rows, std::size_t cols, T* to) const noexcept {
    if (layout == Layout::kApart && leaf.ld == 1 && rows > 1) {
        return bound_.kernels.transpose(from, apart, cols, rows, to, cols);
    }
    for (std::size_t r = 0; r < rows; ++r) {
        const T* const row = from + r * leaf.ld;
        T* const copy = to + r * cols;
        if (layout == Layout::kColumn) {
            std::fill_n(copy, cols, *row);
        } else if (layout == Layout::kGaps) {
            std::copy_n(row, cols, copy);
        } else {
            for (std::size_t j = 0; j < cols; ++j) {
                copy[j] = row[j * apart];
            }
        }
    }
}

template <class T>
void Runner<T>::copy_in(std::size_t l, const Piece& piece, T* copy) const noexcept {
    const arrays::Leaf<T>& leaf = prepared_.leaves_[l];
    const Layout layout = prepared_.layouts_[l];
    const std::size_t apart = prepared_.places_ == nullptr ? 1 : prepared_.places_->leaves[l].col;
    const std::size_t col = layout == Layout::kColumn ? 0 : piece.col * apart;
    each_place(
        piece.first, piece.count, [&](std::size_t place, std::size_t begin, std::size_t n, std::size_t done) {
            copy_rows(layout, leaf, apart, leaf.data + prepared_.offset(l, place) + begin * leaf.ld + col, n,
                      piece.cols, copy + done * piece.cols);
        });
}

template <class T>
void Runner<T>::copy_out(const T* result, const Piece& piece, T* out, std::size_t ld) const noexcept {
    const std::size_t apart = prepared_.places_ == nullptr ? 1 : prepared_.places_->out.col;
    each_place(piece.first, piece.count,
               [&](std::size_t place, std::size_t begin, std::size_t n, std::size_t done) {
                   for (std::size_t r = 0; r < n; ++r) {
                       const T* const from = result + (done + r) * piece.cols;
                       T* const to = out + prepared_.out_offset(place) + (begin + r) * ld + piece.col * apart;
                       if (apart == 1) {
                           std::copy_n(from, piece.cols, to);
                           continue;
                       }
                       for (std::size_t j = 0; j < piece.cols; ++j) {
                           to[j * apart] = from[j];
                       }
                   }
               });
}

template <class T>
void Runner<T>::strip(const Piece& piece, T* out, std::size_t ld) noexcept {
    for (std::size_t l = 0; l < prepared_.layouts_.size(); ++l) {
        switch (prepared_.layouts_[l]) {
            case Layout::kFlat:
                bound_.inputs[l].data = prepared_.leaves_[l].data + piece.first * prepared_.cols_;
                break;
            case Layout::kNumber:
            case Layout::kRow:
                break;
            default:
                copy_in(l, piece, const_cast<T*>(bound_.inputs[l].data));  // ours, where one is made
                break;
        }
    }
    T* const result = prepared_.copy_out_ ? copies_ + (prepared_.copies_ - 1) * kBlock
                                          : out + piece.first * prepared_.cols_;
    bound_.run(piece.count * piece.cols, result);
    if (prepared_.copy_out_) {
        copy_out(result, piece, out, ld);
    }
}

template <class T>
void Runner<T>::strips(std::size_t first, std::size_t last, T* out, std::size_t ld) noexcept {
    const std::size_t rows = prepared_.rows();
    const std::size_t rows_a_strip = prepared_.rows_a_strip_;
    const std::size_t down = (rows + rows_a_strip - 1) / rows_a_strip;
    for (std::size_t s = first; s < last; ++s) {
        const std::size_t row = s % down * rows_a_strip;
        const std::size_t col = s / down * prepared_.strip_cols_;
        strip({row, std::min(rows_a_strip, rows - row), col,
               std::min(prepared_.strip_cols_, prepared_.cols_ - col)},
              out, ld);
    }
}

template <class T>
void run(const Prepared<T>& prepared, T* out, std::size_t ld) {
    using Cut = typename Prepared<T>::Cut;
    const std::size_t grain = prepared.has_functions() ? parallel::kMathGrain : parallel::kArithmeticGrain;
    const std::size_t rows = prepared.rows();
    const std::size_t size = rows * prepared.cols();
    const std::size_t team = parallel::team_size(size, grain);
    unsigned char* const scratch = scratch_of(prepared, team);
    parallel::run(team, [&](parallel::Part part) {
        Runner<T> runner(prepared, scratch + part.index * prepared.scratch_bytes());
        if (prepared.cut() == Cut::kFlat) {
            const auto [first, last] = part.share(size, 64);
            runner.flat(first, last - first, out + first);
        } else if (prepared.cut() == Cut::kRows) {
            const auto [first, last] = part.share(rows, 1);
            runner.rows(first, last, out, ld);
        } else {
            const std::size_t strip = prepared.rows_a_strip();
            const auto [first, last] = part.share((rows + strip - 1) / strip * prepared.strips_across(), 1);
            runner.strips(first, last, out, ld);
        }
    });
}

template <class T>
unsigned char* scratch_of(const Prepared<T>& prepared, std::size_t team) {
    thread_local ScratchBuffer buffer;
    const std::size_t bytes = prepared.scratch_bytes() * team;
    return bytes == 0 ? nullptr : buffer.reserve<unsigned char>(bytes);
}

template unsigned char* scratch_of(const Prepared<float>& prepared, std::size_t team);
template unsigned char* scratch_of(const Prepared<double>& prepared, std::size_t team);
template std::uint64_t twins_of(const arrays::Program<float>& program) noexcept;
template std::uint64_t twins_of(const arrays::Program<double>& program) noexcept;
template void run(const Prepared<float>& prepared, float* out, std::size_t ld);
template void run(const Prepared<double>& prepared, double* out, std::size_t ld);
template class Prepared<float>;
template class Prepared<double>;
template class Runner<float>;
template class Runner<double>;

}  // namespace thalweg::ops
