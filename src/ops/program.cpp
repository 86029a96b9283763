// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Recording: what operators write down. Shapes are checked here, before anything is computed.
#include <algorithm>
#include <string>

#include "core/shape_check.hpp"
#include "ops/wide.hpp"
#include "thalweg/array.hpp"

namespace thalweg::arrays {

template <class Element>
Op* Program<Element>::more_ops() const noexcept {
    return reinterpret_cast<Op*>(more_strides() + most_leaves_);
}

template <class Element>
Strides* Program<Element>::more_strides() const noexcept {
    return reinterpret_cast<Strides*>(more_ + most_leaves_);
}

template <class Element>
[[gnu::always_inline]] inline void Program<Element>::reserve(std::size_t ops, std::size_t leaves) {
    if (ops > most_ops_ || leaves > most_leaves_) [[unlikely]] {
        grow(ops, leaves);
    }
}

// Memory of its own from here on: leaves, their strides, ops.
template <class Element>
void Program<Element>::grow(std::size_t ops, std::size_t leaves) {
    const std::size_t most_leaves = std::max(leaves, 2 * most_leaves_);
    const std::size_t most_ops = std::max(ops, 2 * most_ops_);
    static_assert(sizeof(Leaf<Element>) % alignof(Strides) == 0);
    auto* const more = static_cast<Leaf<Element>*>(
        ::operator new(most_leaves*(sizeof(Leaf<Element>) + sizeof(Strides)) + most_ops));
    auto* const more_strides = reinterpret_cast<Strides*>(more + most_leaves);
    std::copy_n(this->leaves(), leaf_count_, more);
    if (wide_) {
        std::copy_n(this->strides(), leaf_count_, more_strides);
    }
    for (std::size_t i = 0; i < op_count_; ++i) {
        reinterpret_cast<Op*>(more_strides + most_leaves)[i] = op(i);
    }
    ::operator delete(more_);
    more_ = more;
    most_leaves_ = most_leaves;
    most_ops_ = most_ops;
}

template <class Element>
Program<Element>::~Program() {
    if (more_ != nullptr) [[unlikely]] {
        ::operator delete(more_);
    }
    if (kept_ != nullptr) {
        thalweg::detail::deallocate(kept_);
    }
}

// A word by itself: as part of a wider load it would wait until the words beside it, stored one by one a
// moment ago, have reached the cache.
template <class Word>
[[gnu::always_inline]] inline Word alone(Word word) noexcept {
#if defined(__GNUC__)
    __asm__("" : "+r"(word));
#endif
    return word;
}

template <class Element>
[[gnu::always_inline]] inline void Program<Element>::put(const Leaf<Element>& leaf) noexcept {
    Leaf<Element>& place = (more_ == nullptr ? leaves_ : more_)[leaf_count_++];
    place.data = alone(leaf.data);
    place.rows = alone(leaf.rows);
    place.cols = alone(leaf.cols);
    place.ld = alone(leaf.ld);
    place.value = leaf.value;
}

template <class Element>
[[gnu::always_inline]] inline void Program<Element>::put(Op op) noexcept {
    if (more_ == nullptr) {
        words_[op_count_ / 8] |= static_cast<std::uint64_t>(op) << op_count_ % 8 * 8;
    } else {
        more_ops()[op_count_] = op;
    }
    ++op_count_;
}

template <class Element>
void Program<Element>::append(const Program& other) {
    reserve(op_count_ + other.op_count_, leaf_count_ + other.leaf_count_);
    const Leaf<Element>* const leaves = other.leaves();
    for (std::size_t i = 0; i < other.leaf_count_ && wide_; ++i) {
        all_strides()[leaf_count_ + i] = other.wide_ ? other.strides()[i] : ops::strides_of(leaves[i]);
    }
    for (std::size_t i = 0; i < other.leaf_count_; ++i) {
        put(leaves[i]);
    }
    if (op_count_ == 0 && few() && other.few()) {
        std::copy_n(other.words_, kOps / 8, words_);
        op_count_ = other.op_count_;
        return;
    }
    for (std::size_t i = 0; i < other.op_count_; ++i) {
        put(other.op(i));
    }
}

template <class Element>
[[gnu::always_inline]] inline void Program<Element>::append(const Leaf<Element>& leaf) {
    reserve(op_count_ + 1, leaf_count_ + 1);
    put(leaf);
    put(Op::kLeaf);
}

template <class Element>
[[gnu::always_inline]] inline void Program<Element>::append(Op op) {
    reserve(op_count_ + 1, leaf_count_);
    put(op);
}

template <class Element>
void Program<Element>::append(const Leaf<Element>& leaf, const Strides& strides) {
    reserve(op_count_ + 1, leaf_count_ + 1);
    all_strides()[leaf_count_] = strides;
    put(leaf);
    put(Op::kLeaf);
}

template <class Element>
Extents Program<Element>::shape() const noexcept {
    bool numbers = true;
    for (std::size_t i = 0; i < leaf_count_ && !wide_; ++i) {
        numbers = numbers && leaves()[i].is_number();
    }
    return wide_ ? extents_ : Extents{numbers ? 0U : 2U, {cols_, rows_, 1, 1, 1, 1}};
}

template <class Element>
void Program<Element>::widen() {
    if (wide_) {
        return;
    }
    for (std::size_t i = 0; i < leaf_count_; ++i) {
        all_strides()[i] = ops::strides_of(leaves()[i]);
    }
    extents_ = shape();
    wide_ = true;
}

template <class Element>
bool Program<Element>::broaden(const Extents& extents) noexcept {
    extents_.rank = std::max(extents_.rank, extents.rank);
    bool fits = true;
    for (std::size_t k = 0; k < kMostAxes; ++k) {
        std::size_t& mine = extents_.of[k];
        fits = fits && (mine == extents.of[k] || mine == 1 || extents.of[k] == 1);
        mine = mine == 1 ? extents.of[k] : mine;
    }
    rows_ = extents_.of[1];
    cols_ = extents_.of[0];
    return fits;
}

template <class Element>
const Element* Program<Element>::keep() {
    if (wide_ && extents_.rank > 2) {
        ops::throw_no_matrix(extents_);
    }
    if (kept_ == nullptr && rows_ != 0 && cols_ != 0) {
        auto* const memory = static_cast<Element*>(thalweg::detail::allocate(rows_, cols_, sizeof(Element)));
        try {
            arrays::evaluate(*this, MatrixView<Element>(memory, rows_, cols_));
        } catch (...) {
            thalweg::detail::deallocate(memory);  // or the next call would give elements that nobody computed
            throw;
        }
        kept_ = memory;
    }
    return kept_;
}

namespace {

std::size_t together(std::size_t a, std::size_t b) noexcept {
    return a == 1 ? b : a;
}
bool fit(std::size_t a, std::size_t b) noexcept {
    return a == b || a == 1 || b == 1;
}

[[noreturn]] void throw_shapes(const char* name, std::size_t a_rows, std::size_t a_cols, std::size_t b_rows,
                               std::size_t b_cols) {
    throw ShapeError(std::string(name) + ": shapes must be alike, or 1 where they differ, found " +
                     check::shape_text(a_rows, a_cols) + " and " + check::shape_text(b_rows, b_cols));
}

// Takes an operand in; `condition` where a mask is wanted as such.
template <class Element>
[[gnu::always_inline]] inline void record(Program<Element>& program, const char* name,
                                          const Operand<Element>& operand, bool condition) {
    const Program<Element>* const recorded = operand.program();
    const bool wide = recorded != nullptr ? recorded->wide() : operand.layout() != nullptr;
    if (wide || program.wide()) [[unlikely]] {
        return ops::record_wide(program, name, operand, condition);
    }
    const Leaf<Element> leaf = operand.leaf();
    if (recorded != nullptr) {
        program.append(*recorded);
    } else {
        program.append(leaf);
    }
    if (condition && !operand.is_mask()) {
        program.append(Op::kNonzero);
    } else if (!condition && operand.is_mask()) {
        program.append(Op::kNumber);
    }
    if (program.rows() == leaf.rows && program.cols() == leaf.cols) {
        return;
    }
    if (!fit(program.rows(), leaf.rows) || !fit(program.cols(), leaf.cols)) {
        throw_shapes(name, program.rows(), program.cols(), leaf.rows, leaf.cols);
    }
    program.set_shape(together(program.rows(), leaf.rows), together(program.cols(), leaf.cols));
}

// An operation: its operands one after the other, then the operation itself. Bit i of masks: operand i is
// wanted as a mask.
template <class Element, std::size_t kCount>
void record_operation(Program<Element>& program, const char* name, Op op,
                      const Operand<Element>* const (&operands)[kCount], unsigned masks) {
    program.set_shape(1, 1);
    for (std::size_t i = 0; i < kCount; ++i) {
        record(program, name, *operands[i], (masks >> i & 1U) != 0);
    }
    program.append(op);
}

}  // namespace

template <class Element>
Expression<Element>::Expression(const char* name, Op op, const Operand<Element>& one) {
    record_operation(*this, name, op, {&one}, 0);
}
template <class Element>
Expression<Element>::Expression(const char* name, Op op, const Operand<Element>& one,
                                const Operand<Element>& two) {
    record_operation(*this, name, op, {&one, &two}, 0);
}
template <class Element>
Expression<Element>::Expression(const char* name, Op op, const Operand<Element>& one,
                                const Operand<Element>& two, const Operand<Element>& three) {
    record_operation(*this, name, op, {&one, &two, &three}, op == Op::kWhere ? 1 : 0);
}
template <class Element>
Mask<Element>::Mask(const char* name, Op op, const Operand<Element>& one) {
    record_operation(*this, name, op, {&one}, op == Op::kNot ? 1 : 0);
}
template <class Element>
Mask<Element>::Mask(const char* name, Op op, const Operand<Element>& one, const Operand<Element>& two) {
    record_operation(*this, name, op, {&one, &two}, op == Op::kAnd || op == Op::kOr ? 3 : 0);
}

namespace {

// Calls body with what an operand stands for, as a program: its own, or one of a single leaf.
template <class Element, class Body>
[[gnu::always_inline]] inline void as_program(const Operand<Element>& source, const Body& body) {
    Program<Element>* const program = source.program();
    if (program != nullptr) {
        if (source.is_mask()) {
            program->append(Op::kNumber);
        }
        return body(*program);
    }
    Program<Element> leaf;
    if (source.wide()) {
        ops::record_wide(leaf, "", source, false);
        return body(leaf);
    }
    leaf.set_shape(source.rows(), source.cols());
    leaf.append(source.leaf());
    body(leaf);
}

template <class Element>
void check_out(const char* name, const Program<Element>& program, const MatrixView<Element>& out) {
    if (program.rows() == out.rows() && program.cols() == out.cols()) {
        return;
    }
    const bool fits = (program.rows() == out.rows() || program.rows() == 1) &&
                      (program.cols() == out.cols() || program.cols() == 1);
    if (!fits) {
        throw ShapeError(std::string(name) + ": the source must be " +
                         check::shape_text(out.rows(), out.cols()) + ", or 1 there, found " +
                         check::shape_text(program.rows(), program.cols()));
    }
}

template <class Element>
void assign_any(const Operand<Element>& source, const MatrixView<Element>& out) {
    if (source.wide()) {
        return assign_tensor(source, out.data(), layout_of_matrix(out.rows(), out.cols(), out.ld()));
    }
    as_program(source, [&](Program<Element>& program) {
        check_out("assign", program, out);
        if (source.program() == nullptr) {
            program.set_shape(out.rows(), out.cols());  // a leaf is spread as it is read
        }
        evaluate(program, out);
    });
}

template <class Element>
void assign_shape_any(const Operand<Element>& source, Matrix<Element>& out) {
    as_program(source, [&](const Program<Element>& program) {
        if (out.rows() == source.rows() && out.cols() == source.cols()) {
            return evaluate(program, out.view());
        }
        Matrix<Element> result(source.rows(), source.cols(), thalweg::detail::Uninitialized{});
        evaluate(program, result.view());
        out = static_cast<Matrix<Element>&&>(result);
    });
}

template <class Element>
void update_any(Op op, const Operand<Element>& source, MatrixView<Element> out) {
    const char* const name = ops::name_of(op);
    if (source.wide()) {
        return update_tensor(op, source, out.data(), layout_of_matrix(out.rows(), out.cols(), out.ld()));
    }
    Program<Element> program;
    program.set_shape(out.rows(), out.cols());
    record(program, name, Operand<Element>(out), false);
    record(program, name, source, false);
    program.append(op);
    check_out(name, program, out);
    evaluate(program, out);
}

}  // namespace

void assign(const Operand<float>& source, MatrixView<float> out) {
    assign_any(source, out);
}
void assign(const Operand<double>& source, MatrixView<double> out) {
    assign_any(source, out);
}
void assign_shape(const Operand<float>& source, Matrix<float>& out) {
    assign_shape_any(source, out);
}
void assign_shape(const Operand<double>& source, Matrix<double>& out) {
    assign_shape_any(source, out);
}
void update(Op op, const Operand<float>& source, MatrixView<float> out) {
    update_any(op, source, out);
}
void update(Op op, const Operand<double>& source, MatrixView<double> out) {
    update_any(op, source, out);
}

template class Program<float>;
template class Program<double>;
template class Expression<float>;
template class Expression<double>;
template class Mask<float>;
template class Mask<double>;

}  // namespace thalweg::arrays
