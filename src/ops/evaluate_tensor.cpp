// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Evaluates programs that read tensors. Their axes are merged and sorted; what is left of most is a matrix,
// whose program is run as such. Of the others the two innermost axes are rows and columns, and the rest are
// places (evaluate.hpp).
#include <algorithm>
#include <cstdint>

#include "core/inline_vector.hpp"
#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "ops/evaluate.hpp"
#include "ops/tensor_axes.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg::ops {

using arrays::Extents;
using arrays::kMostAxes;
using arrays::Leaf;
using arrays::Program;
using arrays::Strides;

Merged merged_axes(const Extents& extents, const Strides& out, const Strides* operands,
                   std::size_t count) noexcept {
    std::size_t order[kMostAxes];
    std::size_t axes = 0;
    for (std::size_t k = 0; k < kMostAxes; ++k) {
        if (extents.of[k] != 1) {
            std::size_t at = axes++;
            for (; at > 0 && out.of[order[at - 1]] > out.of[k]; --at) {
                order[at] = order[at - 1];
            }
            order[at] = k;
        }
    }
    Merged merged;
    for (std::size_t n = 0; n < axes; ++n) {
        const std::size_t k = order[n];
        bool goes_on = merged.count != 0;
        if (goes_on) {
            const std::size_t inner = merged.of[merged.count - 1];
            const std::size_t extent = merged.extents[merged.count - 1];
            goes_on = out.of[k] == extent * out.of[inner];
            for (std::size_t i = 0; i < count && goes_on; ++i) {
                goes_on = operands[i].of[k] == extent * operands[i].of[inner];
            }
        }
        if (goes_on) {
            merged.extents[merged.count - 1] *= extents.of[k];
        } else {
            merged.extents[merged.count] = extents.of[k];
            merged.of[merged.count++] = k;
        }
    }
    if (merged.count == 0) {
        merged.extents[0] = 1;
        merged.of[0] = 0;
        merged.count = 1;
    }
    return merged;
}

namespace {

// Operation by operation; the leaves are new ones.
template <class T>
void copy_with_leaves(const Program<T>& from, const Leaf<T>* leaves, Program<T>& to) {
    std::size_t leaf = 0;
    for (std::size_t i = 0; i < from.op_count(); ++i) {
        if (from.op(i) == arrays::Op::kLeaf) {
            to.append(leaves[leaf++]);
        } else {
            to.append(from.op(i));
        }
    }
}

template <class T>
using Leaves = InlineVector<Leaf<T>, Program<T>::kLeaves>;

// The program's leaves as matrices over the two innermost axes; false where the elements of a row are apart.
template <class T>
bool matrices(const Program<T>& program, const Merged& axes, Leaves<T>& leaves) {
    const bool one_row = axes.count == 1;
    const std::size_t rows = one_row ? 1 : axes.extents[1];
    const std::size_t cols = axes.extents[0];
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const Leaf<T>& leaf = program.leaves()[i];
        const std::size_t col = program.strides()[i].of[axes.of[0]];
        const std::size_t row = one_row ? 0 : program.strides()[i].of[axes.of[1]];
        if (col > 1) {
            return false;
        }
        if (leaf.data == nullptr) {
            leaves.push_back({nullptr, 1, 1, 1, leaf.value});
        } else {
            const std::size_t its_cols = col == 0 ? 1 : cols;
            leaves.push_back({leaf.data, row == 0 ? 1 : rows, its_cols, row == 0 ? its_cols : row, T(0)});
        }
    }
    return true;
}

template <class T>
bool flatten_any(const Program<T>& wide, Program<T>& flat) {
    const Strides out = strides_of(layout_of(wide.extents()));
    const Merged axes = merged_axes(wide.extents(), out, wide.strides(), wide.leaf_count());
    Leaves<T> leaves;
    if (axes.count != 1 || !matrices(wide, axes, leaves)) {
        return false;
    }
    flat.set_shape(1, axes.extents[0]);
    copy_with_leaves(wide, leaves.data(), flat);
    return true;
}

}  // namespace

bool flatten(const Program<float>& wide, Program<float>& flat) {
    return flatten_any(wide, flat);
}
bool flatten(const Program<double>& wide, Program<double>& flat) {
    return flatten_any(wide, flat);
}

namespace {

// The first byte and the one behind the last.
struct Reach {
    std::uintptr_t first;
    std::uintptr_t last;
};
template <class T>
Reach reach(const T* data, const Extents& extents, const Strides& strides) noexcept {
    std::size_t farthest = 0;
    for (std::size_t k = 0; k < kMostAxes; ++k) {
        farthest += (extents.of[k] - 1) * strides.of[k];
    }
    const auto first = reinterpret_cast<std::uintptr_t>(data);
    return {first, first + (farthest + 1) * sizeof(T)};
}

// Whether out may be written while the operands are read: it is apart from each, or it is one.
template <class T>
bool writes_in_place(const Program<T>& program, const Extents& extents, const T* out,
                     const Strides& strides) noexcept {
    const Reach written = reach(out, extents, strides);
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const T* const data = program.leaves()[i].data;
        const Strides& its = program.strides()[i];
        if (data == nullptr || (data == out && std::equal(its.of, its.of + kMostAxes, strides.of))) {
            continue;
        }
        const Reach read = reach(data, extents, its);
        if (read.first < written.last && written.first < read.last) {
            return false;
        }
    }
    return true;
}

// Where an operand's elements are apart along the columns, the axis along which they are side by side
// becomes the rows: both directions of what is read and written are short then.
template <class T>
void choose_rows(const Program<T>& program, Merged& axes) noexcept {
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const Strides& its = program.strides()[i];
        for (std::size_t k = 2; its.of[axes.of[0]] > 1 && k < axes.count; ++k) {
            if (its.of[axes.of[k]] == 1) {
                std::swap(axes.of[1], axes.of[k]);
                std::swap(axes.extents[1], axes.extents[k]);
                return;
            }
        }
        if (axes.count > 1 && its.of[axes.of[0]] > 1 && its.of[axes.of[1]] == 1) {
            return;
        }
    }
}

Around around_of(const Strides& strides, const Merged& axes) noexcept {
    Around around{};
    for (std::size_t k = 2; k < axes.count; ++k) {
        around.strides[axes.count - 1 - k] = strides.of[axes.of[k]];
    }
    around.col = strides.of[axes.of[0]];
    return around;
}

// A copy whose rows are another array's columns: block by block through the transpose kernel, whole lines on
// both sides.
template <class T>
void copy_turned(const T* from, const Places& places, std::size_t rows, std::size_t cols, T* out,
                 std::size_t ld) {
    constexpr std::size_t kCols = 128;
    constexpr std::size_t kRows = 64;
    const std::size_t blocks = (cols + kCols - 1) / kCols;
    const std::size_t apart = places.leaves[0].col;
    const auto kernel = dispatch::active<T>().transpose;
    const std::size_t team = parallel::team_size(places.count * rows * cols, parallel::kArithmeticGrain);
    parallel::run(team, [&](parallel::Part part) {
        const auto [first, last] = part.share(places.count * blocks, 1);
        for (std::size_t b = first; b < last; ++b) {
            const std::size_t place = b / blocks;
            const std::size_t j = b % blocks * kCols;
            const T* const x = from + places.offset(places.leaves[0], place) + j * apart;
            T* const y = out + places.offset(places.out, place) + j;
            for (std::size_t i = 0; i < rows; i += kRows) {
                kernel(x + i, apart, std::min(kCols, cols - j), std::min(kRows, rows - i), y + i * ld, ld);
            }
        }
    });
}

// What is no matrix.
template <class T>
void run_places(const Program<T>& program, Merged axes, T* out, const Strides& strides) {
    choose_rows(program, axes);
    const std::size_t rows = axes.count == 1 ? 1 : axes.extents[1];
    const std::size_t cols = axes.extents[0];
    const auto row_of = [&](const Strides& its) { return axes.count == 1 ? 0 : its.of[axes.of[1]]; };
    Places places;
    for (std::size_t k = axes.count; k-- > 2;) {
        places.extents[places.axes++] = axes.extents[k];
        places.count *= axes.extents[k];
    }
    places.out = around_of(strides, axes);
    Leaves<T> leaves;
    InlineVector<Around, Program<T>::kLeaves> around;
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const Strides& its = program.strides()[i];
        leaves.push_back({program.leaves()[i].data, rows, cols, row_of(its), program.leaves()[i].value});
        around.push_back(around_of(its, axes));
    }
    places.leaves = around.data();
    const std::size_t ld = row_of(strides);
    if (program.op_count() == 1 && rows > 1 && places.out.col == 1 && around[0].col > 1 &&
        leaves[0].ld == 1) {
        return copy_turned(leaves[0].data, places, rows, cols, out, ld);
    }
    bool flat = places.out.col <= 1 && (rows == 1 || ld == cols);
    std::size_t stride = rows * cols;
    for (std::size_t k = places.axes; k-- > 0;) {
        flat = flat && places.out.strides[k] == stride;
        stride *= places.extents[k];
    }
    run(Prepared<T>(program, leaves.data(), rows, cols, flat, &places), out, ld);
}

template <class T>
void run_wide(const Program<T>& program, const Extents& extents, T* out, const Strides& strides) {
    const Merged axes = merged_axes(extents, strides, program.strides(), program.leaf_count());
    Leaves<T> leaves;
    if (axes.count <= 2 && strides.of[axes.of[0]] <= 1 && matrices(program, axes, leaves)) {
        const std::size_t rows = axes.count == 1 ? 1 : axes.extents[1];
        const std::size_t ld = axes.count == 1 ? axes.extents[0] : strides.of[axes.of[1]];
        Program<T> matrix;
        matrix.set_shape(rows, axes.extents[0]);
        copy_with_leaves(program, leaves.data(), matrix);
        return arrays::evaluate(matrix, MatrixView<T>(out, rows, axes.extents[0], ld));
    }
    run_places(program, axes, out, strides);
}

template <class T>
void evaluate_wide(const Program<T>& program, T* out, const arrays::Layout& layout) {
    if (layout.size() == 0) {
        return;
    }
    const Extents extents = extents_of(layout);
    const Strides strides = strides_of(layout);
    const bool whole = std::equal(extents.of, extents.of + kMostAxes, program.extents().of);
    // Computed once, then spread or moved: what overlaps, and what has fewer elements than out.
    if (!writes_in_place(program, extents, out, strides) || !(whole || program.op_count() == 1)) {
        Tensor<T> once(shape_of(layout_of(program.extents())), detail::Uninitialized{});
        evaluate_wide(program, once.data(), once.layout());
        Program<T> spread;
        record_wide(spread, "", once, false);
        return run_wide(spread, extents, out, strides);
    }
    run_wide(program, extents, out, strides);
}

}  // namespace
}  // namespace thalweg::ops

namespace thalweg::arrays {

void evaluate_tensor(const Program<float>& program, float* out, const Layout& layout) {
    ops::evaluate_wide(program, out, layout);
}
void evaluate_tensor(const Program<double>& program, double* out, const Layout& layout) {
    ops::evaluate_wide(program, out, layout);
}

}  // namespace thalweg::arrays
