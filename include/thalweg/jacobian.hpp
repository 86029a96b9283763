// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Jacobians by finite differences, dense or sparse. Where it is known which outputs depend on which
// variables, variables that share no output are moved together: a tridiagonal Jacobian of any size takes four
// evaluations.
//
// A function of vectors, f, is written in one of these ways; x comes as it is or as a std::span<const
// double>, and numbers become double before anything is subtracted:
// f(x, y)  writes its outputs to y, a std::span<double> or std::span<float>
// f(x)     returns a container of numbers, as many as there are outputs
// f(x)     returns one number: one output
// or it is a BlockFunction
//
// Common to all:
// threads  options.threads
// throws   as numerical_gradient with options; ShapeError when f returns too many or too few values
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Which outputs of a function depend on which variables, and the groups of variables that can be moved
/// together. Make it once and use it for many Jacobians.
///
///     const std::vector<std::size_t> rows = {0, 0, 1, 1};
///     const std::vector<std::size_t> cols = {0, 1, 1, 2};
///     const SparsityPattern pattern(2, 3, rows, cols);
///     pattern.groups();  // 2
class SparsityPattern {
public:
    /// Takes the row (output) and the column (variable) of each entry, in any order.
    /// shape    rows and cols: as long as each other
    /// throws   ShapeError for an index outside, or an entry that is listed twice
    SparsityPattern(std::size_t outputs, std::size_t variables, std::span<const std::size_t> rows,
                    std::span<const std::size_t> cols);
    /// Takes compressed rows: those of row r have the columns cols[starts[r]] to cols[starts[r + 1] - 1].
    /// shape    starts: outputs + 1
    /// throws   ShapeError as above, or for starts that do not ascend from 0 to cols.size()
    static SparsityPattern from_rows(std::size_t outputs, std::size_t variables,
                                     std::span<const std::size_t> starts, std::span<const std::size_t> cols);
    /// Makes the pattern of a band: output r depends on the variables r - below to r + above.
    static SparsityPattern band(std::size_t size, std::size_t below, std::size_t above);

    /// Returns the number of outputs.
    std::size_t outputs() const noexcept { return outputs_; }
    /// Returns the number of variables.
    std::size_t variables() const noexcept { return group_of_.size(); }
    /// Returns the number of entries.
    std::size_t size() const noexcept { return rows_.size(); }
    /// Returns the row of each entry, in the order in which they were given.
    std::span<const std::uint32_t> rows() const noexcept;
    /// Returns the column of each entry.
    std::span<const std::uint32_t> cols() const noexcept;
    /// Returns the number of groups: evaluations a point of the formula.
    std::size_t groups() const noexcept { return group_starts_.empty() ? 0 : group_starts_.size() - 1; }
    /// Returns the group of each variable.
    std::span<const std::uint32_t> group_of() const noexcept;

    /// Makes a matrix of values in the order of the entries, with zeros elsewhere.
    /// shape    values: size(); result: [outputs(), variables()]
    Matrix<double> dense(std::span<const double> values) const;

    /// Returns where the entries of each column begin in column_entries(), and their number.
    std::span<const std::size_t> column_starts() const noexcept;
    /// Returns the numbers of the entries, column by column.
    std::span<const std::uint32_t> column_entries() const noexcept;
    /// Returns where the variables of each group begin in group_variables(), and their number.
    std::span<const std::size_t> group_starts() const noexcept;
    /// Returns the variables, group by group.
    std::span<const std::uint32_t> group_variables() const noexcept;

private:
    void arrange();

    std::size_t outputs_ = 0;
    std::vector<std::uint32_t> rows_{};
    std::vector<std::uint32_t> cols_{};
    std::vector<std::size_t> column_starts_{};
    std::vector<std::uint32_t> column_entries_{};
    std::vector<std::uint32_t> group_of_{};
    std::vector<std::size_t> group_starts_{};
    std::vector<std::uint32_t> group_variables_{};
};

/// A Jacobian and what is known about it.
struct JacobianResult {
    std::vector<double> values{};          ///< one entry of the pattern each, in its order
    std::vector<double> error_estimate{};  ///< one each; empty when not asked for
    std::size_t evaluations = 0;           ///< points at which f was wanted
    std::vector<std::size_t> doubtful{};   ///< the numbers of entries that are doubtful, ascending
    std::vector<std::size_t> skipped{};    ///< entries that are NaN because an evaluation failed, ascending
    std::vector<std::size_t> shrunk{};     ///< variables whose step was made shorter for that, ascending
};

/// Computes the Jacobian of f at x: element (r, i) is the derivative of output r by variable i.
///
///     const auto f = [](std::span<const double> x, std::span<double> y) {
///         y[0] = x[0] * x[1];
///         y[1] = x[0] + x[1];
///     };
///     jacobian(f, std::vector<double>{2.0, 3.0}, 2)(0, 0);  // 3.000000
///
/// shape    [outputs, x.size()]
/// range    no error estimates: those are in JacobianResult
/// error    as GradientOptions
template <class Function, Variables Point>
Matrix<double> jacobian(Function&& f, const Point& x, std::size_t outputs,
                        const GradientOptions& options = {});

/// Computes the entries of a sparse Jacobian, all variables of a group moved at once. An output that depends
/// on more than the pattern says makes entries wrong: probe_sparsity() finds patterns, check_gradient()
/// mistakes.
///
///     const auto f = [](std::span<const double> x, std::span<double> y) {
///         y[0] = x[0] * x[0];
///         y[1] = x[0] + x[1];
///     };
///     const std::vector<std::size_t> rows = {0, 1, 1};
///     const std::vector<std::size_t> cols = {0, 0, 1};
///     const SparsityPattern pattern(2, 2, rows, cols);
///     jacobian(f, std::vector<double>{3.0, 1.0}, pattern).values[0];  // 6.000000
///
/// shape    pattern.variables() is x.size(); values: pattern.size()
/// error    as GradientOptions, estimated entry by entry when that is asked for
template <class Function, Variables Point>
JacobianResult jacobian(Function&& f, const Point& x, const SparsityPattern& pattern,
                        const GradientOptions& options = {});

/// Finds which outputs depend on which variables: each variable is moved at two points next to x, and an
/// output that changes in any bit depends on it. What f does not show there, behind a branch or where it
/// vanishes at both points, is not found. 2 n + 2 evaluations.
/// shape    entries by rows, ascending
/// range    options: as for jacobian(); the step is that of its formula
template <class Function, Variables Point>
SparsityPattern probe_sparsity(Function&& f, const Point& x, std::size_t outputs,
                               const GradientOptions& options = {});

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/jacobian.hpp"  // the templates' bodies
