// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Evaluates recorded programs into matrices: short ones at once, others in parts, and by way of a temporary
// where the result overlaps an operand.
#include <algorithm>

#include "core/shape_check.hpp"
#include "ops/evaluate.hpp"
#include "parallel/team.hpp"

namespace thalweg::arrays {
namespace {

// Whether out may be written while the operands are read: it is apart from each, or it is one.
template <class T>
bool writes_in_place(const Program<T>& program, const MatrixView<T>& out) {
    const check::Region written = check::region("out", out);
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const Leaf<T>& leaf = program.leaves()[i];
        if (leaf.is_number()) {
            continue;
        }
        const bool alike = leaf.rows == out.rows() && leaf.cols == out.cols();
        if (alike && leaf.data == out.data() && leaf.ld == out.ld()) {
            continue;
        }
        const MatrixView<const T> read(leaf.data, leaf.rows, leaf.cols, leaf.ld);
        if (check::shares(written, check::region("x", read),
                          alike ? check::Alias::kSame : check::Alias::kNone)) {
            return false;
        }
    }
    return true;
}

template <class T>
void run(const Program<T>& program, const MatrixView<T>& out) {
    ops::run(ops::Prepared<T>(program, out.contiguous()), out.data(), out.ld());
}

// Short arrays are many, and preparing would take longer than computing. Where at a glance nothing has
// gaps, is repeated or overlaps, and one thread does it in one segment, there is nothing to prepare.
template <class T>
bool run_short(const Program<T>& program, const MatrixView<T>& out) {
    constexpr std::size_t kShort = 4096;
    const std::size_t size = out.size();
    if (!program.few() || size > kShort || !out.contiguous() || program.rows() != out.rows() ||
        program.cols() != out.cols()) {
        return false;
    }
    kernels::ArrayInput<T> inputs[Program<T>::kLeaves];
    std::uint64_t numbers = 0;
    const Leaf<T>* const leaves = program.leaves();
    for (std::size_t i = 0; i < program.leaf_count(); ++i) {
        const Leaf<T>& leaf = leaves[i];
        inputs[i] = {leaf.data, leaf.value, false};
        if (leaf.is_number()) {
            numbers |= std::uint64_t{1} << i;
            continue;
        }
        const auto read = reinterpret_cast<std::uintptr_t>(leaf.data);
        const auto written = reinterpret_cast<std::uintptr_t>(out.data());
        const std::size_t distance = read < written ? written - read : read - written;
        if (leaf.rows != out.rows() || leaf.cols != out.cols() || (leaf.ld != leaf.cols && leaf.rows != 1) ||
            (distance != 0 && distance < size * sizeof(T))) {
            return false;
        }
    }
    const ops::ArrayPlan& plan = ops::plan_of(
        {program.op_count(), program.words(), numbers, ops::twins_of(program), nullptr, nullptr});
    constexpr std::size_t kTiles = 2;
    if (plan.blocked || plan.tiles > kTiles) {
        return false;
    }
    // cppcheck-suppress legacyUninitvar
    alignas(64) T tiles[kTiles * ops::BoundPlan<T>::kTile];
    const core::FloatControlScope standard;
    ops::BoundPlan<T>{plan, dispatch::active<T>(), inputs, tiles, nullptr}.run(size, out.data());
    return true;
}

template <class T>
void evaluate_any(const Program<T>& program, const MatrixView<T>& out) {
    if (out.empty() || run_short(program, out)) {
        return;
    }
    if (!writes_in_place(program, out)) {
        Matrix<T> result(out.rows(), out.cols(), thalweg::detail::Uninitialized{});
        evaluate_any(program, result.view());
        for (std::size_t i = 0; i < out.rows(); ++i) {
            std::copy_n(result.data() + i * out.cols(), out.cols(), out.data() + i * out.ld());
        }
        return;
    }
    if (program.rows() == out.rows() && program.cols() == out.cols()) {
        run(program, out);
        return;
    }
    // Broadcast as a whole: assign() of a row, a column or a number.
    Matrix<T> once(program.rows(), program.cols(), thalweg::detail::Uninitialized{});
    run(program, once.view());
    Program<T> spread;
    spread.set_shape(out.rows(), out.cols());
    spread.append(Leaf<T>{once.data(), once.rows(), once.cols(), once.ld(), T(0)});
    run(spread, out);
}

template <class T>
void evaluate_either(const Program<T>& program, const MatrixView<T>& out) {
    if (program.wide()) [[unlikely]] {
        return evaluate_tensor(program, out.data(), layout_of_matrix(out.rows(), out.cols(), out.ld()));
    }
    evaluate_any(program, out);
}

}  // namespace

void evaluate(const Program<float>& program, const MatrixView<float>& out) {
    evaluate_either(program, out);
}
void evaluate(const Program<double>& program, const MatrixView<double>& out) {
    evaluate_either(program, out);
}

}  // namespace thalweg::arrays
