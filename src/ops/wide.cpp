// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What operators write down where tensors are among the operands, and what becomes of it.
#include "ops/wide.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "core/shape_check.hpp"

namespace thalweg::ops {

using arrays::Extents;
using arrays::kMostAxes;
using arrays::Layout;
using arrays::Leaf;
using arrays::Op;
using arrays::Program;
using arrays::Strides;

Strides strides_of(const Layout& layout) noexcept {
    Strides strides{};
    for (std::size_t k = 0; k < layout.rank; ++k) {
        const std::size_t i = layout.rank - 1 - k;
        strides.of[k] = layout.extents[i] == 1 ? 0 : layout.strides[i];
    }
    return strides;
}

Extents extents_of(const Layout& layout) noexcept {
    Extents extents{layout.rank, {1, 1, 1, 1, 1, 1}};
    for (std::size_t k = 0; k < layout.rank; ++k) {
        extents.of[k] = layout.extents[layout.rank - 1 - k];
    }
    return extents;
}

Layout layout_of(const Extents& extents) noexcept {
    Layout layout;
    layout.rank = extents.rank;
    std::size_t stride = 1;
    for (std::size_t k = 0; k < extents.rank; ++k) {
        layout.extents[extents.rank - 1 - k] = extents.of[k];
        layout.strides[extents.rank - 1 - k] = stride;
        stride *= extents.of[k];
    }
    return layout;
}

void throw_no_matrix(const Extents& extents) {
    throw ShapeError("a matrix has two axes, found a tensor " + check::shape_text(extents) +
                     "; reductions take Axes{...}, other results make a Tensor");
}

bool broadcasts(const Extents& from, const Extents& to) noexcept {
    bool fits = from.rank <= to.rank;
    for (std::size_t k = 0; k < kMostAxes; ++k) {
        fits = fits && (from.of[k] == to.of[k] || from.of[k] == 1);
    }
    return fits;
}

const char* name_of(Op op) noexcept {
    return op == Op::kAdd ? "+=" : op == Op::kSubtract ? "-=" : op == Op::kMultiply ? "*=" : "/=";
}

namespace {

// Views that repeat elements may be larger than memory, and so may what is computed from them.
void check_size(const char* name, const Extents& extents) {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 2 / sizeof(double);
    std::size_t size = 1;
    for (const std::size_t extent : extents.of) {
        if (extent != 0 && size > kMost / extent) {
            throw ShapeError(std::string(name) + ": " + check::shape_text(extents) +
                             " has more elements than memory can address");
        }
        size *= extent;
    }
}

template <class T>
void record_any(Program<T>& program, const char* name, const Operand<T>& operand, bool condition) {
    if (program.op_count() == 0 && !program.wide()) {
        program.set_shape(1, 1);
    }
    program.widen();
    const Extents extents = operand.extents();
    if (const Program<T>* const recorded = operand.program()) {
        program.append(*recorded);
    } else if (const Layout* const layout = operand.layout()) {
        program.append(Leaf<T>{operand.tensor_data(), 0, 0, 0, T(0)}, strides_of(*layout));
    } else {
        const Leaf<T> leaf = operand.leaf();
        program.append(leaf, strides_of(leaf));
    }
    if (condition && !operand.is_mask()) {
        program.append(Op::kNonzero);
    } else if (!condition && operand.is_mask()) {
        program.append(Op::kNumber);
    }
    const Extents before = program.extents();
    if (!program.broaden(extents)) {
        throw ShapeError(std::string(name) + ": shapes must be alike, or 1 where they differ, found " +
                         check::shape_text(before) + " and " + check::shape_text(extents));
    }
    check_size(name, program.extents());
}

}  // namespace

void record_wide(Program<float>& program, const char* name, const Operand<float>& operand, bool condition) {
    record_any(program, name, operand, condition);
}
void record_wide(Program<double>& program, const char* name, const Operand<double>& operand, bool condition) {
    record_any(program, name, operand, condition);
}

}  // namespace thalweg::ops

namespace thalweg::arrays {
namespace {

// Calls body with a wide program of what an operand stands for.
template <class T, class Body>
void as_wide_program(const Operand<T>& source, const Body& body) {
    if (Program<T>* const program = source.program()) {
        if (source.is_mask()) {
            program->append(Op::kNumber);
        }
        program->widen();
        return body(*program);
    }
    Program<T> leaf;
    ops::record_wide(leaf, "", source, false);
    body(leaf);
}

template <class T>
void check_out(const char* name, const Program<T>& program, const Layout& out) {
    if (!ops::broadcasts(program.extents(), ops::extents_of(out))) {
        throw ShapeError(std::string(name) + ": the source must be " + check::shape_text(out) +
                         ", or 1 or missing there, found " + check::shape_text(program.extents()));
    }
}

template <class T>
void assign_any(const Operand<T>& source, T* out, const Layout& layout) {
    as_wide_program(source, [&](const Program<T>& program) {
        check_out("assign", program, layout);
        evaluate_tensor(program, out, layout);
    });
}

template <class T>
void assign_shape_any(const Operand<T>& source, Tensor<T>& out) {
    as_wide_program(source, [&](const Program<T>& program) {
        const Layout layout = ops::layout_of(program.extents());
        if (layout.rank == out.rank() &&
            std::equal(layout.extents, layout.extents + layout.rank, out.layout().extents)) {
            return evaluate_tensor(program, out.data(), layout);
        }
        Tensor<T> result(shape_of(layout), thalweg::detail::Uninitialized{});
        evaluate_tensor(program, result.data(), layout);
        out = static_cast<Tensor<T>&&>(result);
    });
}

template <class T>
void update_any(Op op, const Operand<T>& source, T* out, const Layout& layout) {
    const char* const name = ops::name_of(op);
    Program<T> program;
    ops::record_wide(program, name, Operand<T>(TensorView<T>(out, layout)), false);
    ops::record_wide(program, name, source, false);
    program.append(op);
    check_out(name, program, layout);
    evaluate_tensor(program, out, layout);
}

}  // namespace

template <class T>
Extents Operand<T>::extents() const noexcept {
    if (const Layout* const layout = this->layout()) {
        return ops::extents_of(*layout);
    }
    if (const Program<T>* const recorded = program()) {
        return recorded->shape();
    }
    const Leaf<T> leaf = this->leaf();
    return {kind_ == Kind::kNumber ? 0U : 2U, {leaf.cols, leaf.rows, 1, 1, 1, 1}};
}

template <class T>
Leaf<T> Operand<T>::matrix_of_wide() const {
    const Extents extents = this->extents();
    if (extents.rank > 2) {
        ops::throw_no_matrix(extents);
    }
    Leaf<T> leaf{nullptr, extents.of[1], extents.of[0], 0, T(0)};
    const Layout* const layout = this->layout();
    if (layout == nullptr) {
        return leaf;
    }
    const Strides strides = ops::strides_of(*layout);
    if (leaf.cols == 1 || strides.of[0] == 1) {
        leaf.data = data_;
        leaf.ld = leaf.rows == 1 ? leaf.cols : strides.of[1];
        if (leaf.ld < leaf.cols) {
            leaf.data = nullptr;  // one row for all: no view of a matrix
        }
    }
    return leaf;
}

void assign_tensor(const Operand<float>& source, float* out, const Layout& layout) {
    assign_any(source, out, layout);
}
void assign_tensor(const Operand<double>& source, double* out, const Layout& layout) {
    assign_any(source, out, layout);
}
void assign_shape(const Operand<float>& source, Tensor<float>& out) {
    assign_shape_any(source, out);
}
void assign_shape(const Operand<double>& source, Tensor<double>& out) {
    assign_shape_any(source, out);
}
void update_tensor(Op op, const Operand<float>& source, float* out, const Layout& layout) {
    update_any(op, source, out, layout);
}
void update_tensor(Op op, const Operand<double>& source, double* out, const Layout& layout) {
    update_any(op, source, out, layout);
}
void copy_elements(const float* from, const Layout& layout, float* to) {
    assign_any<float>(TensorView<const float>(from, layout), to, ops::layout_of(ops::extents_of(layout)));
}
void copy_elements(const double* from, const Layout& layout, double* to) {
    assign_any<double>(TensorView<const double>(from, layout), to, ops::layout_of(ops::extents_of(layout)));
}

template Extents Operand<float>::extents() const noexcept;
template Extents Operand<double>::extents() const noexcept;
template Leaf<float> Operand<float>::matrix_of_wide() const;
template Leaf<double> Operand<double>::matrix_of_wide() const;

}  // namespace thalweg::arrays
