// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Folds of matrices and expressions. An expression is computed block by block, and each block is folded while
// it is in the first cache; so a sum of an expression has the bits of the sum of the matrix that it would be.
#include "thalweg/reductions.hpp"

#include <algorithm>
#include <string>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "ops/fold.hpp"

namespace thalweg {
namespace ops {

// volatile, or the compiler would convert before the scope.
template <class T>
T rounded(std::size_t count) noexcept {
    const core::FloatControlScope standard;
    const volatile std::size_t whole = count;
    const volatile T result = static_cast<T>(whole);
    return result;
}

template <class T>
T quotient(T a, T b) {
    T result;
    MatrixView<T>(&result, 1, 1).assign(MatrixView<const T>(&a, 1, 1) / b);
    return result;
}

template <class T>
T root(T a) {
    T result;
    MatrixView<T>(&result, 1, 1).assign(sqrt(MatrixView<const T>(&a, 1, 1)));
    return result;
}

template float rounded(std::size_t) noexcept;
template double rounded(std::size_t) noexcept;
template float quotient(float, float);
template double quotient(double, double);
template float root(float);
template double root(double);

}  // namespace ops

namespace {

using kernels::Fold;

template <class T>
T count_of(const Operand<T>& x) noexcept {
    return ops::rounded<T>(ops::size_of(x));
}
template <class T>
T count_along(const Operand<T>& x, bool down) noexcept {
    return ops::rounded<T>(down ? x.rows() : x.cols());
}

// Nothing has no mean, no largest element.
template <class T>
void check_any(const char* name, const Operand<T>& x) {
    if (ops::size_of(x) == 0) {
        throw ShapeError(std::string(name) + ": x must have elements, found " +
                         check::shape_text(x.extents()));
    }
}
template <class T>
void check_any(const char* name, const Operand<T>& x, bool down) {
    if ((down ? x.rows() : x.cols()) == 0 && (down ? x.cols() : x.rows()) != 0) {
        throw ShapeError(std::string(name) + ": that axis must have elements, found " +
                         check::shape_text(x.rows(), x.cols()));
    }
}

template <class T>
Matrix<T> folded(const char* name, Fold fold, const Operand<T>& x, int axis) {
    const bool down = ops::runs_down(name, axis, x);
    Matrix<T> out(down ? 1 : x.rows(), down ? x.cols() : 1);
    ops::fold_into(fold, x, down, out.view());
    return out;
}

template <class T>
Matrix<T> mean_along(const char* name, const Operand<T>& x, int axis) {
    const bool down = ops::runs_down(name, axis, x);
    check_any(name, x, down);
    Matrix<T> out = folded(name, Fold::kSum, x, axis);
    out /= count_along(x, down);
    return out;
}

// The variance needs x twice: an expression is computed once.
template <class T>
T variance(const char* name, const Operand<T>& x) {
    check_any(name, x);
    if (x.wide()) {
        return variance<T>(name, ops::ComputedTensor<T>(x).row());
    }
    const ops::Computed<T> values(x);
    const T middle = ops::quotient(ops::fold_all<T>(Fold::kSum, values.view()), count_of(x));
    return ops::quotient(ops::fold_all<T>(Fold::kSum, square(values.view() - middle)), count_of(x));
}
template <class T>
Matrix<T> variance(const char* name, const Operand<T>& x, int axis) {
    const int along = ops::runs_down(name, axis, x) ? 0 : 1;
    const ops::Computed<T> values(x);
    const Matrix<T> middle = mean_along<T>(name, values.view(), along);
    return mean_along<T>(name, square(values.view() - middle), along);
}

template <class T>
Matrix<T> tested_along(const char* name, const Operand<T>& x, int axis, bool all) {
    const bool down = ops::runs_down(name, axis, x);
    const std::vector<std::size_t> counts = count_nonzero(x, axis);
    Matrix<T> out(down ? 1 : x.rows(), down ? x.cols() : 1);
    const std::size_t least = all ? (down ? x.rows() : x.cols()) : 1;
    std::transform(counts.begin(), counts.end(), out.data(),
                   [=](std::size_t count) { return count >= least ? T(1) : T(0); });
    return out;
}

Tensor<double> in_double(const Operand<float>& x) {
    return detail::tensor_to_double(x);
}
Tensor<double> in_double(const Operand<double>& x) {
    Tensor<double> values;
    arrays::assign_shape(x, values);
    return values;
}

template <class T>
bool near(const Operand<T>& a, const Operand<T>& b, double rtol, double atol) {
    const Tensor<double> x = in_double(a);
    const Tensor<double> y = in_double(b);
    // Beside an infinite b any a would be within rtol * |b|.
    return all(((abs(x - y) <= atol + rtol * abs(y)) & isfinite(y)) | equal(x, y));
}

template <class T>
bool same_shape(const Operand<T>& a, const Operand<T>& b) {
    const arrays::Extents one = a.extents();
    const arrays::Extents two = b.extents();
    return one.rank == two.rank && std::equal(one.of, one.of + arrays::kMostAxes, two.of);
}

}  // namespace

// The same functions for each type: of everything, and along an axis.
#define THALWEG_FOLD(T, name, fold)                 \
    T name(const Operand<T>& x) {                   \
        return ops::fold_all<T>(fold, x);           \
    }                                               \
    Matrix<T> name(const Operand<T>& x, int axis) { \
        return folded<T>(#name, fold, x, axis);     \
    }
#define THALWEG_EXTREME(T, name, fold)                       \
    T name(const Operand<T>& x) {                            \
        check_any(#name, x);                                 \
        return ops::fold_all<T>(fold, x);                    \
    }                                                        \
    Matrix<T> name(const Operand<T>& x, int axis) {          \
        check_any(#name, x, ops::runs_down(#name, axis, x)); \
        return folded<T>(#name, fold, x, axis);              \
    }
#define THALWEG_REDUCTIONS(T)                                                           \
    THALWEG_FOLD(T, sum, Fold::kSum)                                                    \
    THALWEG_FOLD(T, prod, Fold::kProduct)                                               \
    THALWEG_EXTREME(T, max, Fold::kMaximum)                                             \
    THALWEG_EXTREME(T, min, Fold::kMinimum)                                             \
    void sum(const Operand<T>& x, int axis, MatrixView<T> out) {                        \
        ops::fold_into(Fold::kSum, x, ops::runs_down("sum", axis, x), out);             \
    }                                                                                   \
    T mean(const Operand<T>& x) {                                                       \
        check_any("mean", x);                                                           \
        return ops::quotient(ops::fold_all<T>(Fold::kSum, x), count_of(x));             \
    }                                                                                   \
    Matrix<T> mean(const Operand<T>& x, int axis) {                                     \
        return mean_along<T>("mean", x, axis);                                          \
    }                                                                                   \
    T var(const Operand<T>& x) {                                                        \
        return variance<T>("var", x);                                                   \
    }                                                                                   \
    Matrix<T> var(const Operand<T>& x, int axis) {                                      \
        return variance<T>("var", x, axis);                                             \
    }                                                                                   \
    T std(const Operand<T>& x) {                                                        \
        return ops::root(variance<T>("std", x));                                        \
    }                                                                                   \
    Matrix<T> std(const Operand<T>& x, int axis) {                                      \
        return sqrt(variance<T>("std", x, axis));                                       \
    }                                                                                   \
    T norm(const Operand<T>& x) {                                                       \
        if (x.wide()) {                                                                 \
            return norm(ops::ComputedTensor<T>(x).row());                               \
        }                                                                               \
        const ops::Computed<T> values(x);                                               \
        return ops::root(ops::fold_all<T>(Fold::kSum, square(values.view())));          \
    }                                                                                   \
    Matrix<T> norm(const Operand<T>& x, int axis) {                                     \
        const int along = ops::runs_down("norm", axis, x) ? 0 : 1;                      \
        const ops::Computed<T> values(x);                                               \
        return sqrt(folded<T>("norm", Fold::kSum, square(values.view()), along));       \
    }                                                                                   \
    bool any(const Operand<T>& x) {                                                     \
        return count_nonzero(x) != 0;                                                   \
    }                                                                                   \
    Matrix<T> any(const Operand<T>& x, int axis) {                                      \
        return tested_along<T>("any", x, axis, false);                                  \
    }                                                                                   \
    bool all(const Operand<T>& x) {                                                     \
        return count_nonzero(x) == ops::size_of(x);                                     \
    }                                                                                   \
    Matrix<T> all(const Operand<T>& x, int axis) {                                      \
        return tested_along<T>("all", x, axis, true);                                   \
    }                                                                                   \
    std::size_t count_nonzero(const Operand<T>& x) {                                    \
        return ops::count_all<T>(x);                                                    \
    }                                                                                   \
    std::vector<std::size_t> count_nonzero(const Operand<T>& x, int axis) {             \
        return ops::count_along<T>(x, ops::runs_down("count_nonzero", axis, x));        \
    }                                                                                   \
    bool array_equal(const Operand<T>& a, const Operand<T>& b) {                        \
        return same_shape(a, b) && all(equal(a, b));                                    \
    }                                                                                   \
    bool allclose(const Operand<T>& a, const Operand<T>& b, double rtol, double atol) { \
        return near<T>(a, b, rtol, atol);                                               \
    }
THALWEG_REDUCTIONS(float)
THALWEG_REDUCTIONS(double)

}  // namespace thalweg
