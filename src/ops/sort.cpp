// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Orders along an axis: sorted elements, their indices, running sums. What runs down the columns is done on
// the transpose, but for sums, of which a row of chains goes on at a time.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/fold.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"
#include "thalweg/shape.hpp"

namespace thalweg {
namespace {

// NaN comes last.
constexpr auto kComesBefore = [](auto a, auto b) noexcept {
    return a < b || (std::isnan(b) && !std::isnan(a));
};

template <class T>
Matrix<T> as_rows(const Operand<T>& x, bool down) {
    if (down) {
        return transpose(x);
    }
    Matrix<T> rows;
    arrays::assign_shape(x, rows);
    return rows;
}

// Calls body(i) for every row of a matrix, of which threads have shares. Without columns there may be 2^60
// rows.
template <class T, class Body>
void for_each_row(const Matrix<T>& rows, const Body& body) {
    parallel::run(parallel::team_size(rows.size(), parallel::kMathGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(rows.cols() == 0 ? 0 : rows.rows(), 1);
        for (std::size_t i = first; i < last; ++i) {
            body(i);
        }
    });
}

template <class T>
Matrix<T> sorted(const Operand<T>& x, int axis) {
    const bool down = ops::runs_down("sort", axis, x);
    Matrix<T> rows = as_rows(x, down);
    for_each_row(rows, [&](std::size_t i) {
        T* const row = rows.data() + i * rows.cols();
        std::stable_sort(row, row + rows.cols(), kComesBefore);
    });
    return down ? transpose(rows) : rows;
}

template <class T>
std::vector<std::size_t> sorted_indices(const Operand<T>& x, int axis) {
    const bool down = ops::runs_down("argsort", axis, x);
    const Matrix<T> rows = as_rows(x, down);
    std::vector<std::size_t> order(rows.size());
    for_each_row(rows, [&](std::size_t i) {
        const T* const row = rows.data() + i * rows.cols();
        const auto first = order.begin() + static_cast<std::ptrdiff_t>(i * rows.cols());
        const auto last = first + static_cast<std::ptrdiff_t>(rows.cols());
        std::iota(first, last, std::size_t{0});
        std::stable_sort(first, last,
                         [row](std::size_t a, std::size_t b) { return kComesBefore(row[a], row[b]); });
    });
    if (!down || order.empty()) {
        return order;
    }
    std::vector<std::size_t> turned(order.size());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        for (std::size_t j = 0; j < rows.cols(); ++j) {
            turned[j * rows.rows() + i] = order[i * rows.cols() + j];
        }
    }
    return turned;
}

template <class T>
Matrix<T> running_sums(const Operand<T>& x, int axis) {
    const bool down = ops::runs_down("cumsum", axis, x);
    Matrix<T> out;
    arrays::assign_shape(x, out);
    const std::size_t cols = out.cols();
    if (cols == 0) {
        return out;
    }
    parallel::run(parallel::team_size(out.size(), parallel::kArithmeticGrain), [&](parallel::Part part) {
        const auto [first, last] = down ? part.share(cols, 64 / sizeof(T)) : part.share(out.rows(), 1);
        for (std::size_t i = down ? 1 : first; i < (down ? out.rows() : last); ++i) {
            T* const row = out.data() + i * cols;
            for (std::size_t j = down ? first : 1; j < (down ? last : cols); ++j) {
                row[j] += down ? (row - cols)[j] : row[j - 1];
            }
        }
    });
    return out;
}

}  // namespace

#define THALWEG_ORDER(T)                                              \
    Matrix<T> cumsum(const Operand<T>& x, int axis) {                 \
        return running_sums(x, axis);                                 \
    }                                                                 \
    Matrix<T> sort(const Operand<T>& x, int axis) {                   \
        return sorted(x, axis);                                       \
    }                                                                 \
    std::vector<std::size_t> argsort(const Operand<T>& x, int axis) { \
        return sorted_indices(x, axis);                               \
    }
THALWEG_ORDER(float)
THALWEG_ORDER(double)

}  // namespace thalweg
