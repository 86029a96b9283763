// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Where the largest elements stand, along either axis.
#include "ops/elementwise.hpp"

namespace thalweg {
namespace {

template <class T>
std::vector<std::size_t> argmax_of(MatrixView<const T> x, Axis axis) {
    const bool down = axis == Axis::kRows;
    const std::size_t results = down ? x.cols() : x.rows();
    if (results > 0 && x.empty()) {
        throw ShapeError("argmax: x " + check::shape_text(x.rows(), x.cols()) +
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

}  // namespace

std::vector<std::size_t> argmax(MatrixView<const float> x, Axis axis) {
    return argmax_of<float>(x, axis);
}
std::vector<std::size_t> argmax(MatrixView<const double> x, Axis axis) {
    return argmax_of<double>(x, axis);
}

}  // namespace thalweg
