// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs prepared programs piece by piece: evaluate.hpp has the idea.
#include "ops/evaluate.hpp"

#include <algorithm>
#include <cstring>

#include "core/of_this_thread.hpp"
#include "core/scratch_buffer.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg::ops {
namespace {

// Rows are short: a call of memcpy would take as long as the copy. The last step may overlap the one before.
template <class T>
inline constexpr std::size_t kStep = 32 / sizeof(T);
template <class T>
[[gnu::always_inline]] inline void copy_row(const T* from, std::size_t n, T* to) noexcept {
    if (n < kStep<T>) {
        for (std::size_t j = 0; j < n; ++j) {
            to[j] = from[j];
        }
        return;
    }
    for (std::size_t j = 0; j + kStep<T> < n; j += kStep<T>) {
        std::memcpy(to + j, from + j, 32);
    }
    std::memcpy(to + n - kStep<T>, from + n - kStep<T>, 32);
}
template <class T>
[[gnu::always_inline]] inline void fill_row(T value, std::size_t n, T* to) noexcept {
    if (n < kStep<T>) {
        for (std::size_t j = 0; j < n; ++j) {
            to[j] = value;
        }
        return;
    }
    T values[kStep<T>];
    for (T& each : values) {
        each = value;
    }
    for (std::size_t j = 0; j + kStep<T> < n; j += kStep<T>) {
        std::memcpy(to + j, values, 32);
    }
    std::memcpy(to + n - kStep<T>, values, 32);
}

}  // namespace

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
        if (prepared.cut_ != Cut::kStrips || !prepared.copied(layout)) {
            continue;
        }
        for (std::size_t r = 0; layout == Layout::kRow && r < prepared.rows_a_strip_; ++r) {
            copy_row(leaf.data, prepared.cols_, copy + r * prepared.cols_);
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

// Operands move from row to row, and nothing else is done again.
template <class T>
void Runner<T>::loop_rows(std::size_t first, std::size_t count, T* out, std::size_t ld) noexcept {
    kernels::ArrayStep<T> step;
    bound_.bind_loop(step);
    const PlannedStep& planned = bound_.plan.steps[0];
    struct Operand {
        const T* next;
        std::size_t ld;
        bool number;
        bool moves;
    };
    Operand operands[3];
    for (std::size_t j = 0; j < planned.inputs; ++j) {
        const std::size_t l = planned.in[j].index;
        const Layout layout = prepared_.layouts_[l];
        const bool moves = layout != Layout::kNumber && layout != Layout::kRow;
        operands[j] = {moves ? starts_[l] + first * prepared_.leaves_[l].ld : nullptr,
                       prepared_.leaves_[l].ld, layout == Layout::kColumn, moves};
    }
    T* to = out + first * ld;
    for (std::size_t i = 0; i < count; ++i, to += ld) {
        for (std::size_t j = 0; j < planned.inputs; ++j) {
            Operand& operand = operands[j];
            if (!operand.moves) {
                continue;
            }
            if (operand.number) {
                step.in[j].value = *operand.next;
            } else {
                step.in[j].data = operand.next;
            }
            operand.next += operand.ld;
        }
        step.out = to;
        bound_.kernels.array(&step, 1, prepared_.cols_);
    }
}

template <class T>
void Runner<T>::rows(std::size_t first, std::size_t last, T* out, std::size_t ld) noexcept {
    each_place(first, last - first, [&](std::size_t place, std::size_t begin, std::size_t n, std::size_t) {
        begin_place(place);
        T* const to = out + prepared_.out_offset(place);
        if (bound_.one_loop()) {
            loop_rows(begin, n, to, ld);
            return;
        }
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
    if (layout == Layout::kColumn) {
        for (std::size_t r = 0; r < rows; ++r) {
            fill_row(from[r * leaf.ld], cols, to + r * cols);
        }
    } else if (layout == Layout::kGaps) {
        for (std::size_t r = 0; r < rows; ++r) {
            copy_row(from + r * leaf.ld, cols, to + r * cols);
        }
    } else {
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t j = 0; j < cols; ++j) {
                to[r * cols + j] = from[r * leaf.ld + j * apart];
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
                           copy_row(from, piece.cols, to);
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
    const std::size_t place = prepared_.one_row_ ? piece.first / prepared_.rows_ : 0;
    const std::size_t row = prepared_.one_row_ ? piece.first % prepared_.rows_ : 0;
    for (std::size_t l = 0; l < prepared_.layouts_.size(); ++l) {
        const arrays::Leaf<T>& leaf = prepared_.leaves_[l];
        const Layout layout = prepared_.layouts_[l];
        if (layout == Layout::kFlat) {
            bound_.inputs[l].data = leaf.data + piece.first * prepared_.cols_;
        } else if (layout == Layout::kGaps && prepared_.one_row_) {
            bound_.inputs[l].data = leaf.data + prepared_.offset(l, place) + row * leaf.ld + piece.col;
        } else if (layout != Layout::kNumber && layout != Layout::kRow) {
            copy_in(l, piece, const_cast<T*>(bound_.inputs[l].data));  // ours, where one is made
        }
    }
    T* const result = prepared_.copy_out_  ? copies_ + (prepared_.copies_ - 1) * kBlock
                      : prepared_.one_row_ ? out + prepared_.out_offset(place) + row * ld + piece.col
                                           : out + piece.first * prepared_.cols_;
    bound_.run(piece.count * piece.cols, result);
    if (prepared_.copy_out_) {
        copy_out(result, piece, out, ld);
    }
}

template <class T>
void Runner<T>::strips(std::size_t first, std::size_t last, T* out, std::size_t ld) noexcept {
    const std::size_t step = prepared_.rows_a_strip_;
    if (!prepared_.split()) {
        for (std::size_t row = first * step; row < last * step; row += step) {
            strip({row, std::min(step, prepared_.rows() - row), 0, prepared_.cols_}, out, ld);
        }
        return;
    }
    const std::size_t down = prepared_.strips_down(prepared_.rows_);
    const std::size_t at_a_place = down * prepared_.strips_across();
    for (std::size_t s = first; s < last; ++s) {
        const std::size_t row = s % down * step;
        const std::size_t col = s % at_a_place / down * prepared_.strip_cols_;
        strip({s / at_a_place * prepared_.rows_ + row, std::min(step, prepared_.rows_ - row), col,
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
            const auto [first, last] = part.share(prepared.strips(), 1);
            runner.strips(first, last, out, ld);
        }
    });
}

template <class T>
unsigned char* scratch_of(const Prepared<T>& prepared, std::size_t team) {
    ScratchBuffer& buffer = of_this_thread<ScratchBuffer, Prepared<T>>();
    const std::size_t bytes = prepared.scratch_bytes() * team;
    return bytes == 0 ? nullptr : buffer.reserve<unsigned char>(bytes);
}

template unsigned char* scratch_of(const Prepared<float>& prepared, std::size_t team);
template unsigned char* scratch_of(const Prepared<double>& prepared, std::size_t team);
template void run(const Prepared<float>& prepared, float* out, std::size_t ld);
template void run(const Prepared<double>& prepared, double* out, std::size_t ld);
template class Runner<float>;
template class Runner<double>;

}  // namespace thalweg::ops
