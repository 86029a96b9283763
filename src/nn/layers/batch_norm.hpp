// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Batch normalisation, as the book has it: a layer's sums s become gamma * n + beta with
// n = (s - mean) / sqrt(variance + 10e-7). Training takes mean and variance of the batch, predictions take
// the running ones. Everything here is done by the calling thread alone; who calls it for which rows or
// columns changes no bit.
#pragma once

#include <cstddef>

#include "nn/layers/buffers.hpp"
#include "nn/layers/layers.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// z: a layer's sums become its activation's argument, by the running mean and variance.
// shape    z: [any,outputs]
template <class T>
void normalise_by_running(const Dense<const T>& layer, MatrixView<T> z) noexcept;

// What training knows of one layer's batch. Methods that take columns sum down all rows, in the order of the
// rows; those that take rows need what the others have found for every column.
template <class T>
class BatchNorm {
public:
    // Allocates only when the shape changes.
    // throws   std::bad_alloc
    void fit(std::size_t rows, std::size_t units);

    // Mean and variance of the sums' columns first to last - 1.
    void measure(MatrixView<const T> sums, std::size_t first, std::size_t last) noexcept;
    // Rows first to last - 1 of z: sums become gamma * n + beta.
    void normalise(const Dense<const T>& layer, MatrixView<T> z, std::size_t first,
                   std::size_t last) noexcept;
    // Columns first to last - 1 of the gradients at gamma and beta. dz: the gradient at gamma * n + beta.
    void sum_back(const Dense<const T>& layer, MatrixView<const T> dz, std::size_t first,
                  std::size_t last) noexcept;
    // Rows first to last - 1 of dz: the gradient at the sums takes the place of that at gamma * n + beta.
    void back(MatrixView<T> dz, std::size_t first, std::size_t last) noexcept;

    // mean = 0.9 mean + (1 - 0.9) times that of the batch; variance likewise.
    // shape    [1,units]
    void update_running(MatrixView<T> mean, MatrixView<T> variance) const noexcept;

    MatrixView<const T> gamma_gradient() const noexcept { return of_units(kGammaGradient); }
    MatrixView<const T> beta_gradient() const noexcept { return of_units(kBetaGradient); }

private:
    // Rows of units_.
    enum : std::size_t {
        kMean,
        kVariance,
        kDeviation,
        kGammaGradient,
        kBetaGradient,
        kScale,      // gamma / deviation
        kGammaMean,  // the gradients / N
        kBetaMean,
        kUnitRows
    };
    T* unit(std::size_t which, std::size_t first = 0) noexcept { return row_of(units_, which) + first; }
    MatrixView<const T> of_units(std::size_t which) const noexcept {
        return {units_.data() + which * units_.cols(), 1, units_.cols(), units_.cols()};
    }

    Matrix<T> normal_;  // n: [rows,units]
    Matrix<T> units_;
};

}  // namespace thalweg::nn
