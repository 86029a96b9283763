// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How folds walk: over memory as it lies, or over blocks of an expression that are computed into the first
// cache.
#include "ops/fold.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/scratch_buffer.hpp"
#include "core/shape_check.hpp"
#include "ops/elementwise.hpp"
#include "ops/evaluate.hpp"
#include "ops/tensor_axes.hpp"

namespace thalweg::ops {
namespace {

using arrays::Program;
using kernels::Fold;

// 4 x 64 bytes of running results.
template <class T>
constexpr std::size_t kKept = 256 / sizeof(T);

// The elements of an operand in row order, for one thread: where they lie, or computed a chunk at a time.
template <class T>
class Chunks {
public:
    // cppcheck-suppress uninitMemberVar
    Chunks(const Prepared<T>* prepared, unsigned char* scratch, const T* data)
        : data_(data), runner_(prepared == nullptr ? nullptr : new (place_) Runner<T>(*prepared, scratch)) {}

    // Calls body(chunk, n) for all of [first, last); each n but the last is a multiple of kKept.
    template <class Body>
    void each(std::size_t first, std::size_t last, const Body& body) {
        if (runner_ == nullptr) {
            return body(data_ + first, last - first);
        }
        for (std::size_t i = first; i < last; i += kBlock) {
            const std::size_t n = std::min(kBlock, last - i);
            runner_->flat(i, n, chunk_);
            body(static_cast<const T*>(chunk_), n);
        }
    }

    // Goes on with the sum of [first, last), where that needs no chunks.
    bool sum(std::size_t first, std::size_t last, T* kept) {
        return runner_ != nullptr && runner_->sum(first, last - first, kept);
    }

private:
    const T* data_;
    alignas(64) T chunk_[kBlock];
    alignas(Runner<T>) unsigned char place_[sizeof(Runner<T>)];
    Runner<T>* runner_;
};

// What an operand is to a fold: memory without gaps, or a program whose elements follow one another.
// Everything else is computed, or copied, first.
template <class T>
class Elements {
public:
    explicit Elements(const Operand<T>& x) {
        if (x.wide()) {
            take_wide(x);
            return;
        }
        if (x.program() != nullptr) {
            program_.set_shape(1, 1);
            program_.append(*x.program());
            if (x.is_mask()) {
                program_.append(arrays::Op::kNumber);
            }
            program_.set_shape(x.rows(), x.cols());
            prepared_ = new (place_) Prepared<T>(program_, true);
            if (prepared_->cut() == Prepared<T>::Cut::kFlat) {
                return;
            }
            forget();
        }
        const bool in_place =
            x.program() == nullptr && !x.leaf().is_number() && (x.leaf().ld == x.cols() || x.rows() <= 1);
        if (in_place) {
            data_ = x.leaf().data;
        } else {
            arrays::assign_shape(x, matrix_);
            data_ = matrix_.data();
        }
    }
    Elements(const Elements&) = delete;
    Elements& operator=(const Elements&) = delete;
    ~Elements() { forget(); }

    const Prepared<T>* prepared() const noexcept { return prepared_; }
    const T* data() const noexcept { return data_; }
    std::size_t grain() const noexcept {
        return prepared_ != nullptr && prepared_->has_functions() ? kMathGrain : kArithmeticGrain;
    }
    unsigned char* scratch(std::size_t team) const {
        return prepared_ == nullptr ? nullptr : scratch_of(*prepared_, team);
    }
    Chunks<T> chunks(unsigned char* scratch, std::size_t part) const {
        return {prepared_, prepared_ == nullptr ? nullptr : scratch + part * prepared_->scratch_bytes(),
                data_};
    }

private:
    void take_wide(const Operand<T>& x) {
        if (x.program() != nullptr) {
            Program<T> wide;
            record_wide(wide, "", x, false);
            if (flatten(wide, program_)) {
                prepared_ = new (place_) Prepared<T>(program_, true);
                return;
            }
        }
        tensor_.emplace(x);
        data_ = tensor_->row().data();
    }
    void forget() noexcept {
        if (prepared_ != nullptr) {
            prepared_->~Prepared<T>();
            prepared_ = nullptr;
        }
    }

    Program<T> program_;
    Matrix<T> matrix_;
    std::optional<ComputedTensor<T>> tensor_;
    const T* data_ = nullptr;
    alignas(Prepared<T>) unsigned char place_[sizeof(Prepared<T>)];
    Prepared<T>* prepared_ = nullptr;
};

template <class T>
T folded_row(const kernels::Kernels<T>& kernel, Fold fold, Chunks<T>& chunks, std::size_t first,
             std::size_t last) {
    T kept[kKept<T>];
    kernel.fold_start(fold, kept);
    if (fold == Fold::kSum && chunks.sum(first, last, kept)) {
        return kernel.folded(fold, kept);
    }
    chunks.each(first, last, [&](const T* x, std::size_t n) { kernel.fold(fold, x, n, kept); });
    return kernel.folded(fold, kept);
}

// Each row by itself.
template <class T>
void fold_each(const kernels::Kernels<T>& kernel, Fold fold, const MatrixView<const T>& x, T* y,
               std::size_t ldy) {
    if (fold == Fold::kSum) {
        return kernel.sum_each(x.data(), x.ld(), x.rows(), x.cols(), y, ldy);
    }
    for (std::size_t i = 0; i < x.rows(); ++i) {
        y[i * ldy] = folded_elements(kernel, fold, at(x, i, 0), x.cols());
    }
}

// Rows as they lie in memory. Views go by reference, as in ops::unary.
template <class T>
void fold_rows_in_memory(Fold fold, const MatrixView<const T>& x, const MatrixView<T>& out) {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    parallel::run(parallel::team_size(x.size(), kArithmeticGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(x.rows(), 1);
        fold_each<T>(kernel, fold, {at(x, first, 0), last - first, x.cols(), x.ld()}, at(out, first, 0),
                     out.ld());
    });
}

// Rows of an expression.
template <class T>
void fold_rows_of(Fold fold, const Elements<T>& elements, std::size_t rows, std::size_t cols,
                  MatrixView<T> out) {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t team = parallel::team_size(rows * cols, elements.grain());
    unsigned char* const scratch = elements.scratch(team);
    parallel::run(team, [&](parallel::Part part) {
        Chunks<T> chunks = elements.chunks(scratch, part.index);
        const auto [first, last] = part.share(rows, 1);
        if (cols == 0 || cols > kBlock) {
            for (std::size_t i = first; i < last; ++i) {
                *at(out, i, 0) = folded_row(kernel, fold, chunks, i * cols, (i + 1) * cols);
            }
            return;
        }
        // Short rows: as many at a time as a chunk holds.
        const std::size_t many = kBlock / cols;
        for (std::size_t i = first; i < last; i += many) {
            const std::size_t count = std::min(many, last - i);
            chunks.each(i * cols, (i + count) * cols, [&](const T* x, std::size_t) {
                fold_each<T>(kernel, fold, {x, count, cols}, at(out, i, 0), out.ld());
            });
        }
    });
}

// Only when nothing can fail any more: out stays as it is where there is no memory.
template <class T>
void fill_start(Fold fold, std::size_t cols, T* out) {
    T kept[kKept<T>];
    dispatch::active<T>().fold_start(fold, kept);
    std::fill_n(out, cols, kept[0]);
}

// Down the columns, of which each thread owns some.
template <class T>
void fold_down(Fold fold, const MatrixView<const T>& x, T* out) {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    parallel::run(parallel::team_size(x.size(), kArithmeticGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(x.cols(), 64 / sizeof(T));
        kernel.fold_rows(fold, x.data() + first, x.ld(), x.rows(), last - first, out + first);
    });
}

// Whether one thread computes an expression some rows at a time: several would have to share columns.
template <class T>
bool fits_blocks(const Elements<T>& elements, std::size_t rows, std::size_t cols) noexcept {
    return cols != 0 && cols <= kBlock && parallel::team_size(rows * cols, elements.grain()) == 1;
}

template <class T>
void fold_down_in_blocks(Fold fold, const Elements<T>& elements, std::size_t rows, std::size_t cols, T* out) {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    unsigned char* const scratch = elements.scratch(1);
    fill_start(fold, cols, out);
    const std::size_t many = kBlock / cols;
    parallel::run(1, [&](parallel::Part) {
        Chunks<T> chunks = elements.chunks(scratch, 0);
        for (std::size_t i = 0; i < rows; i += many) {
            const std::size_t count = std::min(many, rows - i);
            chunks.each(i * cols, (i + count) * cols, [&](const T* values, std::size_t) {
                kernel.fold_rows(fold, values, cols, count, cols, out);
            });
        }
    });
}

}  // namespace

template <class T>
T folded_elements(const kernels::Kernels<T>& kernel, Fold fold, const T* x, std::size_t n) {
    if (fold == Fold::kSum) {
        return kernel.sum(x, n);
    }
    T kept[kKept<T>];
    kernel.fold_start(fold, kept);
    kernel.fold(fold, x, n, kept);
    return kernel.folded(fold, kept);
}

bool runs_down(const char* name, int axis) {
    if (axis < -2 || axis > 1) {
        throw std::invalid_argument(std::string(name) + ": axis must be from -2 to 1, found " +
                                    std::to_string(axis));
    }
    return axis == 0 || axis == -2;
}

template <class T>
T fold_all(Fold fold, const Operand<T>& x) {
    const Elements<T> elements(x);
    const std::size_t total = size_of(x);
    const std::size_t blocks = (total + kFoldBlock - 1) / kFoldBlock;
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    T few[16];
    Matrix<T> many;
    T* results = few;
    if (blocks > 16) {
        many = Matrix<T>(1, blocks, detail::Uninitialized{});
        results = many.data();
    }
    const std::size_t team = parallel::team_size(total, elements.grain());
    unsigned char* const scratch = elements.scratch(team);
    parallel::run(team, [&](parallel::Part part) {
        Chunks<T> chunks = elements.chunks(scratch, part.index);
        const auto [first, last] = part.share(blocks, 1);
        for (std::size_t b = first; b < last; ++b) {
            results[b] =
                folded_row(kernel, fold, chunks, b * kFoldBlock, std::min(total, (b + 1) * kFoldBlock));
        }
    });
    if (blocks == 1) {
        return results[0];
    }
    const core::FloatControlScope standard;
    T kept[kKept<T>];
    kernel.fold_start(fold, kept);
    kernel.fold(fold, results, blocks, kept);
    return kernel.folded(fold, kept);
}

template <class T>
void check_apart(const arrays::Leaf<T>& read, const MatrixView<T>& out) {
    if (!read.is_number()) {
        const MatrixView<const T> view(read.data, read.rows, read.cols, read.ld);
        check::overlap("sum", "out", out, "x", view, check::Alias::kNone);
    }
}

template <class T>
void fold_memory(Fold fold, const MatrixView<const T>& x, bool down, const MatrixView<T>& out) {
    if (!down) {
        return fold_rows_in_memory<T>(fold, x, out);
    }
    fill_start(fold, x.cols(), out.data());
    fold_down(fold, x, out.data());
}

template <class T>
void fold_into(Fold fold, const Operand<T>& x, bool down, const MatrixView<T>& out) {
    const arrays::Leaf<T> leaf = x.leaf();
    check::shape("sum", "out", out, down ? 1 : leaf.rows, down ? leaf.cols : 1);
    const Program<T>* const program = x.program();
    if (x.wide() && leaf.data == nullptr) {
        // Computed or copied, and only then written.
    } else if (program == nullptr) {
        check_apart(leaf, out);
        if (!leaf.is_number()) {
            return fold_memory<T>(fold, {leaf.data, leaf.rows, leaf.cols, leaf.ld}, down, out);
        }
    } else {
        // out is written while what x is computed from is still read.
        for (std::size_t i = 0; i < program->leaf_count(); ++i) {
            check_apart(program->leaves()[i], out);
        }
        const Elements<T> elements(x);
        if (elements.prepared() == nullptr) {
            return fold_memory<T>(fold, {elements.data(), leaf.rows, leaf.cols}, down, out);
        }
        if (!down) {
            return fold_rows_of(fold, elements, leaf.rows, leaf.cols, out);
        }
        if (fits_blocks(elements, leaf.rows, leaf.cols)) {
            return fold_down_in_blocks(fold, elements, leaf.rows, leaf.cols, out.data());
        }
    }
    const Computed<T> computed(x);
    fold_memory(fold, computed.view(), down, out);
}

template <class T>
std::size_t count_all(const Operand<T>& x) {
    const Elements<T> elements(x);
    const std::size_t total = size_of(x);
    const std::size_t team = parallel::team_size(total, elements.grain());
    unsigned char* const scratch = elements.scratch(team);
    std::vector<std::size_t> counts(team);
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    parallel::run(team, [&](parallel::Part part) {
        Chunks<T> chunks = elements.chunks(scratch, part.index);
        const auto [first, last] = part.share(total, kBlock);
        std::size_t count = 0;
        if (first < last) {
            chunks.each(first, last,
                        [&](const T* values, std::size_t n) { count += kernel.count_nonzero(values, n); });
        }
        counts[part.index] = count;
    });
    std::size_t sum = 0;
    for (const std::size_t count : counts) {
        sum += count;
    }
    return sum;
}

template <class T>
std::vector<std::size_t> count_along(const Operand<T>& x, bool down) {
    const Computed<T> computed(x);
    const MatrixView<const T> values = computed.view();
    std::vector<std::size_t> counts(down ? values.cols() : values.rows());
    const core::FloatControlScope standard;
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    for (std::size_t i = 0; i < values.rows() && !values.empty(); ++i) {
        const T* const row = values.data() + i * values.ld();
        if (!down) {
            counts[i] = kernel.count_nonzero(row, values.cols());
            continue;
        }
        for (std::size_t j = 0; j < values.cols(); ++j) {
            counts[j] += kernel.count_nonzero(row + j, 1);
        }
    }
    return counts;
}

#define THALWEG_INSTANTIATE(T)                                                    \
    template T fold_all(Fold, const Operand<T>&);                                 \
    template void fold_into(Fold, const Operand<T>&, bool, const MatrixView<T>&); \
    template std::size_t count_all(const Operand<T>&);                            \
    template std::vector<std::size_t> count_along(const Operand<T>&, bool);       \
    template T folded_elements(const kernels::Kernels<T>&, Fold, const T*, std::size_t);
THALWEG_INSTANTIATE(float)
THALWEG_INSTANTIATE(double)

}  // namespace thalweg::ops
