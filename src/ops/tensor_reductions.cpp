// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Folds along any axes. What is folded into one result are its elements in row-major order of these axes: as
// a row where the last axis is among them, as a column where it is kept. Orders: docs/numerics.md.
#include <algorithm>
#include <string>

#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "ops/elementwise.hpp"
#include "ops/fold.hpp"
#include "ops/wide.hpp"
#include "thalweg/reductions.hpp"

namespace thalweg {
namespace {

using arrays::kMostAxes;
using arrays::Layout;
using kernels::Fold;

// 4 x 64 bytes of running results, and a multiple of it to bring elements together in.
template <class T>
constexpr std::size_t kKept = 256 / sizeof(T);
constexpr std::size_t kChunk = 1024;

// Some axes of a layout, the slowest first, neighbours made one where they are passed through in one go.
struct Walk {
    std::size_t count = 0;
    std::size_t extents[kMostAxes];
    std::size_t strides[kMostAxes];

    void add(std::size_t extent, std::size_t stride) noexcept {
        if (extent == 1) {
            return;
        }
        if (count != 0 && strides[count - 1] == extent * stride) {
            extents[count - 1] *= extent;
            strides[count - 1] = stride;
            return;
        }
        extents[count] = extent;
        strides[count++] = stride;
    }
    // So many elements of the last axis, for each of which there are all others.
    std::size_t inner() const noexcept { return count == 0 ? 1 : extents[count - 1]; }
    std::size_t outer() const noexcept {
        std::size_t size = 1;
        for (std::size_t k = 0; k + 1 < count; ++k) {
            size *= extents[k];
        }
        return size;
    }
    // Where place i of the outer axes begins.
    std::size_t offset(std::size_t i) const noexcept {
        std::size_t offset = 0;
        for (std::size_t k = count == 0 ? 0 : count - 1; k-- > 0;) {
            offset += i % extents[k] * strides[k];
            i /= extents[k];
        }
        return offset;
    }
    std::size_t stride() const noexcept { return count == 0 ? 0 : strides[count - 1]; }
    // Where element i of all is.
    std::size_t at(std::size_t i) const noexcept { return offset(i / inner()) + i % inner() * stride(); }
};

// Which axes go and which stay.
struct Cut {
    bool folded[kMostAxes] = {};
    bool all = true;
    Layout result;           // with length 1 where an axis went
    std::size_t length = 1;  // elements that make one

    bool last() const noexcept { return folded[result.rank - 1]; }
};

Cut cut_of(const char* name, const Layout& x, const Axes& axes) {
    if (axes.size() == 0) {
        throw ShapeError(std::string(name) + ": expected at least one axis, found none");
    }
    Cut cut;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::size_t axis = arrays::axis_of(name, axes[i], x.rank);
        if (cut.folded[axis]) {
            throw ShapeError(std::string(name) + ": expected each axis once, found axis " +
                             std::to_string(axis) + " twice");
        }
        cut.folded[axis] = true;
        cut.length *= x.extents[axis];
    }
    arrays::Extents extents{x.rank, {1, 1, 1, 1, 1, 1}};
    for (std::size_t i = 0; i < x.rank; ++i) {
        cut.all = cut.all && cut.folded[i];
        extents.of[x.rank - 1 - i] = cut.folded[i] ? 1 : x.extents[i];
    }
    cut.result = ops::layout_of(extents);
    return cut;
}

Walk walk_of(const Layout& x, const Cut& cut, bool folded) noexcept {
    Walk walk;
    for (std::size_t i = 0; i < x.rank; ++i) {
        if (cut.folded[i] == folded) {
            walk.add(x.extents[i], x.strides[i]);
        }
    }
    return walk;
}

// Where the last axis is among those that go. Pieces that are no multiple of the running results are brought
// together first.
template <class T>
T folded_pieces(const kernels::Kernels<T>& kernel, Fold fold, const T* x, const Walk& along) {
    const std::size_t n = along.inner();
    const std::size_t apart = along.stride();
    if (n == 0 || (n == 1 ? along.count == 0 : along.count == 1 && apart == 1)) {
        return ops::folded_elements(kernel, fold, x, n);
    }
    alignas(64) T kept[kKept<T>];
    alignas(64) T chunk[kChunk];
    kernel.fold_start(fold, kept);
    std::size_t held = 0;
    for (std::size_t i = 0, outer = along.outer(); i < outer; ++i) {
        const T* const piece = x + along.offset(i);
        if (apart == 1 && n % kKept<T> == 0) {
            kernel.fold(fold, piece, n, kept);
            continue;
        }
        for (std::size_t at = 0; at < n;) {
            const std::size_t more = std::min(n - at, kChunk - held);
            // A last axis of one element leaves another one as the innermost.
            for (std::size_t j = 0; j < more; ++j) {
                chunk[held + j] = piece[(at + j) * apart];
            }
            at += more;
            held += more;
            if (held == kChunk) {
                kernel.fold(fold, chunk, held, kept);
                held = 0;
            }
        }
    }
    kernel.fold(fold, chunk, held, kept);
    return kernel.folded(fold, kept);
}

template <class T>
void fold_last(Fold fold, const T* x, const Walk& along, const Walk& kept, T* out) {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t results = kept.outer() * kept.inner();
    const std::size_t work = results * along.outer() * along.inner();
    parallel::run(parallel::team_size(work, ops::kArithmeticGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(results, 1);
        for (std::size_t i = first; i < last; ++i) {
            out[i] = folded_pieces(kernel, fold, work == 0 ? x : x + kept.at(i), along);
        }
    });
}

// Where the last axis is kept: results that lie side by side go down the others together. Of a last axis with
// one element they do not.
template <class T>
void fold_others(Fold fold, const T* x, const Walk& along, const Walk& kept, T* out) {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t cols = kept.stride() == 1 ? kept.inner() : 1;
    const std::size_t results = kept.outer() * kept.inner();
    alignas(64) T start[kKept<T>];
    kernel.fold_start(fold, start);
    std::fill_n(out, results, start[0]);
    const std::size_t rows = along.inner();
    const std::size_t work = results * along.outer() * rows;
    parallel::run(parallel::team_size(work, ops::kArithmeticGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(results, 64 / sizeof(T));
        for (std::size_t i = first; i < last;) {
            const std::size_t n = std::min(cols - i % cols, last - i);
            const T* const from = x + kept.at(i);
            for (std::size_t p = 0, outer = along.outer(); p < outer; ++p) {
                kernel.fold_rows(fold, from + along.offset(p), along.stride(), rows, n, out + i);
            }
            i += n;
        }
    });
}

// A tensor whose last axis has its elements side by side: x's own, or a copy.
template <class T>
class SideBySide {
public:
    explicit SideBySide(const Operand<T>& x) {
        const Layout* const layout = x.layout();
        const bool side_by_side =
            layout != nullptr && (layout->rank == 0 || layout->extents[layout->rank - 1] <= 1 ||
                                  layout->strides[layout->rank - 1] == 1);
        if (side_by_side) {
            view_ = {x.tensor_data(), *layout};
        } else if (!x.wide() && x.program() == nullptr && x.leaf().data != nullptr) {
            view_ = MatrixView<const T>(x.leaf().data, x.rows(), x.cols(), x.leaf().ld);
        } else {
            arrays::assign_shape(x, tensor_);
            view_ = tensor_.view();
        }
    }
    const TensorView<const T>& view() const noexcept { return view_; }

private:
    Tensor<T> tensor_;
    TensorView<const T> view_;
};

template <class T>
Tensor<T> folded(const char* name, Fold fold, const Operand<T>& x, const Axes& axes, bool needs_any) {
    const Layout shape = ops::layout_of(x.extents());
    const Cut cut = cut_of(name, shape, axes);
    if (needs_any && cut.length == 0 && cut.result.size() != 0) {
        throw ShapeError(std::string(name) + ": these axes must have elements, found " +
                         check::shape_text(shape));
    }
    Tensor<T> out(arrays::shape_of(cut.result), detail::Uninitialized{});
    if (cut.all) {
        *out.data() = ops::fold_all(fold, x);
        return out;
    }
    if (out.empty()) {
        return out;
    }
    const SideBySide<T> values(x);
    const Layout& layout = values.view().layout();
    const Walk along = walk_of(layout, cut, true);
    const Walk kept = walk_of(layout, cut, false);
    (cut.last() ? fold_last<T> : fold_others<T>)(fold, values.view().data(), along, kept, out.data());
    return out;
}

template <class T>
Tensor<T> mean_along(const char* name, const Operand<T>& x, const Axes& axes) {
    const std::size_t length = cut_of(name, ops::layout_of(x.extents()), axes).length;
    Tensor<T> out = folded(name, Fold::kSum, x, axes, true);
    out /= ops::rounded<T>(length);
    return out;
}

// The variance needs x twice: an expression is computed once.
template <class T>
Tensor<T> variance(const char* name, const Operand<T>& x, const Axes& axes) {
    const SideBySide<T> values(x);
    const Tensor<T> middle = mean_along<T>(name, values.view(), axes);
    return mean_along<T>(name, square(values.view() - middle), axes);
}

// One row for each result: its elements in row-major order.
template <class T>
Matrix<T> as_rows(const Operand<T>& x, const Cut& cut) {
    const SideBySide<T> values(x);
    const Layout& layout = values.view().layout();
    Layout turned;
    turned.rank = 0;
    for (const bool folded : {false, true}) {
        for (std::size_t i = 0; i < layout.rank; ++i) {
            if (cut.folded[i] == folded) {
                turned.extents[turned.rank] = layout.extents[i];
                turned.strides[turned.rank++] = layout.strides[i];
            }
        }
    }
    Matrix<T> out(cut.result.size(), cut.length, detail::Uninitialized{});
    arrays::copy_elements(values.view().data(), turned, out.data());
    return out;
}

template <class T>
std::vector<std::size_t> counted(const char* name, const Operand<T>& x, const Axes& axes) {
    return count_nonzero(as_rows(x, cut_of(name, ops::layout_of(x.extents()), axes)), 1);
}

template <class T>
Tensor<T> tested(const char* name, const Operand<T>& x, const Axes& axes, bool all) {
    const Cut cut = cut_of(name, ops::layout_of(x.extents()), axes);
    const std::vector<std::size_t> counts = counted(name, x, axes);
    Tensor<T> out(arrays::shape_of(cut.result), detail::Uninitialized{});
    const std::size_t least = all ? cut.length : 1;
    std::transform(counts.begin(), counts.end(), out.data(),
                   [=](std::size_t count) { return count >= least ? T(1) : T(0); });
    return out;
}

template <class T>
std::vector<std::size_t> extreme_places(const char* name, const Operand<T>& x, const Axes& axes, bool least) {
    const Layout shape = ops::layout_of(x.extents());
    const Cut cut = cut_of(name, shape, axes);
    if (cut.length == 0 && cut.result.size() != 0) {
        throw ShapeError(std::string(name) + ": these axes must have elements, found " +
                         check::shape_text(shape));
    }
    const Matrix<T> rows = as_rows(x, cut);
    return least ? argmin(rows, 1) : argmax(rows, 1);
}

}  // namespace

// The same functions for each type.
#define THALWEG_FOLD_AXES(T, name, fold, needs_any)         \
    Tensor<T> name(const Operand<T>& x, const Axes& axes) { \
        return folded<T>(#name, fold, x, axes, needs_any);  \
    }
#define THALWEG_TENSOR_REDUCTIONS(T)                                                    \
    THALWEG_FOLD_AXES(T, sum, Fold::kSum, false)                                        \
    THALWEG_FOLD_AXES(T, prod, Fold::kProduct, false)                                   \
    THALWEG_FOLD_AXES(T, max, Fold::kMaximum, true)                                     \
    THALWEG_FOLD_AXES(T, min, Fold::kMinimum, true)                                     \
    Tensor<T> mean(const Operand<T>& x, const Axes& axes) {                             \
        return mean_along<T>("mean", x, axes);                                          \
    }                                                                                   \
    Tensor<T> var(const Operand<T>& x, const Axes& axes) {                              \
        return variance<T>("var", x, axes);                                             \
    }                                                                                   \
    Tensor<T> std(const Operand<T>& x, const Axes& axes) {                              \
        return sqrt(variance<T>("std", x, axes));                                       \
    }                                                                                   \
    Tensor<T> norm(const Operand<T>& x, const Axes& axes) {                             \
        const SideBySide<T> values(x);                                                  \
        return sqrt(folded<T>("norm", Fold::kSum, square(values.view()), axes, false)); \
    }                                                                                   \
    Tensor<T> any(const Operand<T>& x, const Axes& axes) {                              \
        return tested<T>("any", x, axes, false);                                        \
    }                                                                                   \
    Tensor<T> all(const Operand<T>& x, const Axes& axes) {                              \
        return tested<T>("all", x, axes, true);                                         \
    }                                                                                   \
    std::vector<std::size_t> count_nonzero(const Operand<T>& x, const Axes& axes) {     \
        return counted<T>("count_nonzero", x, axes);                                    \
    }                                                                                   \
    std::vector<std::size_t> argmax(const Operand<T>& x, const Axes& axes) {            \
        return extreme_places<T>("argmax", x, axes, false);                             \
    }                                                                                   \
    std::vector<std::size_t> argmin(const Operand<T>& x, const Axes& axes) {            \
        return extreme_places<T>("argmin", x, axes, true);                              \
    }
THALWEG_TENSOR_REDUCTIONS(float)
THALWEG_TENSOR_REDUCTIONS(double)

}  // namespace thalweg
