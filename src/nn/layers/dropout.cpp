// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/layers/dropout.hpp"

#include <algorithm>

#include "dispatch/dispatch.hpp"
#include "nn/layers/buffers.hpp"
#include "ops/array_steps.hpp"

namespace thalweg::nn {

template <class T>
void draw_mask(Rng& rng, double ratio, Matrix<T>& mask) noexcept {
    std::generate_n(mask.data(), mask.size(), [&] { return rng.uniform() > ratio ? T(1) : T(0); });
}

template <class T>
void apply_mask(MatrixView<const T> mask, MatrixView<T> z) noexcept {
    using namespace ops::steps;  // NOLINT: a program reads as a list of them
    for (std::size_t i = 0; i < z.rows(); ++i) {
        T* const row = z.data() + i * z.ld();
        run<T>(dispatch::active<T>(),
               {store_pair(ArrayOp::kMultiply, from<T>(row), from(row_of(mask, i)), row)}, z.cols());
    }
}

template <class T>
void scale_for_prediction(double ratio, MatrixView<T> z) noexcept {
    for (std::size_t i = 0; i < z.rows(); ++i) {
        T* const row = z.data() + i * z.ld();
        dispatch::active<T>().scale(static_cast<T>(1.0 - ratio), row, row, z.cols());
    }
}

template void draw_mask(Rng&, double, Matrix<float>&) noexcept;
template void draw_mask(Rng&, double, Matrix<double>&) noexcept;
template void apply_mask(MatrixView<const float>, MatrixView<float>) noexcept;
template void apply_mask(MatrixView<const double>, MatrixView<double>) noexcept;
template void scale_for_prediction(double, MatrixView<float>) noexcept;
template void scale_for_prediction(double, MatrixView<double>) noexcept;

}  // namespace thalweg::nn
