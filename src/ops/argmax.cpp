// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Where the largest elements stand, along either axis.
#include "ops/elementwise.hpp"
#include "ops/fold.hpp"

namespace thalweg {
namespace {

template <class T>
std::vector<std::size_t> argmax_along(const char* name, MatrixView<const T> x, bool down) {
    const std::size_t results = down ? x.cols() : x.rows();
    if (results > 0 && x.empty()) {
        throw ShapeError(std::string(name) + ": x " + check::shape_text(x.rows(), x.cols()) +
                         " has nothing along that axis; expected at least one element");
    }
    std::vector<std::size_t> out(results);
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    parallel::run(parallel::team_size(x.size(), ops::kArithmeticGrain), [&](parallel::Part part) {
        if (down) {
            const auto [first, last] = part.share(x.cols(), 64 / sizeof(T));
            kernel.argmax_rows(x.data() + first, x.ld(), x.rows(), last - first, out.data() + first);
            return;
        }
        const auto [first, last] = part.share(x.rows(), 16);
        kernel.argmax_cols(ops::at(x, first, 0), x.ld(), last - first, x.cols(), out.data() + first);
    });
    return out;
}

// In row order: a view with gaps is copied.
template <class T>
std::size_t argmax_of_all(const char* name, MatrixView<const T> x) {
    if (x.empty()) {
        throw ShapeError(std::string(name) + ": x must have elements, found " +
                         check::shape_text(x.rows(), x.cols()));
    }
    if (!x.contiguous()) {
        const Matrix<T> copy(x);
        return argmax_of_all<T>(name, copy.view());
    }
    const core::FloatControlScope standard;
    return dispatch::active<T>().argmax(x.data(), x.size());
}

}  // namespace

// The smallest is the largest of what has the other sign; NaN stays NaN.
#define THALWEG_ARGMAX(T)                                                                                \
    std::size_t argmax(const Operand<T>& x) {                                                            \
        if (x.wide()) {                                                                                  \
            return argmax_of_all<T>("argmax", ops::ComputedTensor<T>(x).row());                          \
        }                                                                                                \
        return argmax_of_all<T>("argmax", ops::Computed<T>(x).view());                                   \
    }                                                                                                    \
    std::vector<std::size_t> argmax(const Operand<T>& x, int axis) {                                     \
        return argmax_along<T>("argmax", ops::Computed<T>(x).view(), ops::runs_down("argmax", axis, x)); \
    }                                                                                                    \
    std::size_t argmin(const Operand<T>& x) {                                                            \
        if (x.wide()) {                                                                                  \
            const Matrix<T> turned = -ops::ComputedTensor<T>(x).row();                                   \
            return argmax_of_all<T>("argmin", turned.view());                                            \
        }                                                                                                \
        const Matrix<T> turned = -ops::Computed<T>(x).view();                                            \
        return argmax_of_all<T>("argmin", turned.view());                                                \
    }                                                                                                    \
    std::vector<std::size_t> argmin(const Operand<T>& x, int axis) {                                     \
        const Matrix<T> turned = -ops::Computed<T>(x).view();                                            \
        return argmax_along<T>("argmin", turned.view(), ops::runs_down("argmin", axis, x));              \
    }
THALWEG_ARGMAX(float)
THALWEG_ARGMAX(double)

}  // namespace thalweg
