// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a step sees of a batch's rows: the first layer's sums, and its weights' gradient. Only there does it
// make a difference whether rows are numbers or pixels, most of which are zero and left out.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nn/step/pixel_bits.hpp"
#include "nn/step/rows.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/samples.hpp"

namespace thalweg::nn {

// All calls but prepare() come from a region; threads ask for different rows and different parameters.
template <class T>
class BatchInput {
public:
    BatchInput() = default;
    BatchInput(const BatchInput&) = delete;
    BatchInput& operator=(const BatchInput&) = delete;
    virtual ~BatchInput() = default;

    virtual std::size_t rows() const noexcept = 0;
    // Good for the rows that have arrived.
    virtual Targets<T> targets() const noexcept = 0;
    // Whether zeros are left out, which must not meet weights or gradients that are not finite: 0 * Inf is
    // NaN.
    virtual bool leaves_out_zeros() const noexcept { return false; }

    // Rows first to last - 1 of the batch are brought here; before anything is asked of them.
    virtual void arrive(std::size_t first, std::size_t last) noexcept = 0;
    // Their sums x W + b, in rows first to last - 1 of z.
    virtual void sums(const Dense<const T>& layer, MatrixView<T> z, std::size_t first, std::size_t last,
                      T* scratch) const noexcept = 0;
    // Once all rows are there: inputs first to last - 1 are those of one thread.
    virtual void share(std::size_t /*first*/, std::size_t /*last*/) noexcept {}
    // Rows first to last - 1 of x^T dz, all of them within a share. again: of the same dz as before, with the
    // same scratch.
    virtual void gradient(MatrixView<const T> dz, std::size_t first, std::size_t last, bool again,
                          MatrixView<T> out, T* scratch) const noexcept = 0;
    // w = fma(factor, x^T dz, w) instead, for the same rows of w. Returns false, and does nothing, where that
    // is no shorter than gradient() and an update.
    virtual bool descend(MatrixView<const T> /*dz*/, std::size_t /*first*/, std::size_t /*last*/,
                         T /*factor*/, MatrixView<T> /*w*/) const noexcept {
        return false;
    }
};

// Rows that lie in somebody's matrix.
template <class T>
class MatrixInput : public BatchInput<T> {
public:
    MatrixInput() = default;
    MatrixInput(MatrixView<const T> x, const Targets<T>& targets) : x_(x), targets_(targets) {}

    std::size_t rows() const noexcept override { return x_.rows(); }
    Targets<T> targets() const noexcept override { return targets_; }
    void arrive(std::size_t /*first*/, std::size_t /*last*/) noexcept override {}
    void sums(const Dense<const T>& layer, MatrixView<T> z, std::size_t first, std::size_t last,
              T* scratch) const noexcept override;
    void gradient(MatrixView<const T> dz, std::size_t first, std::size_t last, bool again, MatrixView<T> out,
                  T* scratch) const noexcept override;

    MatrixView<const T> x() const noexcept { return x_; }

protected:
    void look_at(MatrixView<const T> x, const Targets<T>& targets) noexcept {
        x_ = x;
        targets_ = targets;
    }

private:
    MatrixView<const T> x_;
    Targets<T> targets_;
};

// Rows of samples, copied or converted to numbers.
template <class T>
class GatheredInput final : public MatrixInput<T> {
public:
    // samples must outlive it.
    GatheredInput(const Samples<T>& samples, Loss loss, std::size_t batch_size)
        : samples_(samples), loss_(loss), batch_size_(batch_size) {}

    // The batch's row numbers, which must stay until the step is over. Only the first call allocates.
    // throws   std::bad_alloc
    void prepare(std::span<const std::size_t> rows);
    void arrive(std::size_t first, std::size_t last) noexcept override;
    Labels labels() const noexcept { return Labels(label_memory_).first(rows_.size()); }

private:
    const Samples<T>& samples_;
    Loss loss_;
    std::size_t batch_size_;
    std::span<const std::size_t> rows_;
    Matrix<T> memory_;
    Matrix<T> target_memory_;
    std::vector<int> label_memory_;
};

// Rows of samples that are pixels with labels, most of them zero and left out. Nothing is ever converted. The
// bits are those of GatheredInput; docs/numerics.md says what that rests on.
template <class T>
class PixelInput final : public BatchInput<T> {
public:
    // samples must outlive it.
    explicit PixelInput(const Samples<T>& samples) : samples_(samples) {}

    // As of GatheredInput.
    void prepare(std::span<const std::size_t> rows);
    std::size_t rows() const noexcept override { return rows_.size(); }
    Targets<T> targets() const noexcept override { return {.labels = pixels_.labels()}; }
    bool leaves_out_zeros() const noexcept override { return true; }
    void arrive(std::size_t first, std::size_t last) noexcept override;
    void sums(const Dense<const T>& layer, MatrixView<T> z, std::size_t first, std::size_t last,
              T* scratch) const noexcept override;
    void share(std::size_t first, std::size_t last) noexcept override { pixels_.list_columns(first, last); }
    void gradient(MatrixView<const T> dz, std::size_t first, std::size_t last, bool again, MatrixView<T> out,
                  T* scratch) const noexcept override;
    bool descend(MatrixView<const T> dz, std::size_t first, std::size_t last, T factor,
                 MatrixView<T> w) const noexcept override;

private:
    const Samples<T>& samples_;
    std::vector<std::size_t> images_;  // numbers of rows in the data set that the samples look at
    std::span<const std::size_t> rows_;
    PixelValues<T> values_;
    PixelBatch pixels_;
};

}  // namespace thalweg::nn
