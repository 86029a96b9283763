// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The first phase: rows of a batch through all layers to their losses, and back to dz, the gradient of the
// mean loss at each layer's sums x W + b. What a row needs and leaves behind concerns no other row, but where
// a layer normalises its batch: there all parts of the team meet.
#pragma once

#include <cstddef>
#include <vector>

#include "nn/layers/batch_norm.hpp"
#include "nn/layers/layers.hpp"
#include "nn/layers/targets.hpp"
#include "parallel/processes.hpp"
#include "parallel/team.hpp"
#include "thalweg/random.hpp"

namespace thalweg::nn {

// Cuts between threads at multiples of so many rows: the groups that kernels take at a time stay whole.
inline constexpr std::size_t kRowUnit = 16;

// Elements of scratch memory that a thread needs for the products of the layers from `first` on, forward,
// back and down the rows; and that memory for a team, one piece after another. It belongs to the calling
// thread and is good until that asks again.
// throws   std::bad_alloc
template <class T>
std::size_t scratch_size(Layers<const T> layers, std::size_t rows, std::size_t first);
template <class T>
T* team_scratch(std::size_t elements);

// Rows first to last - 1 from the first layer's sums, which are in z[0], to the last layer's in z.back(), as
// predictions have it.
template <class T>
void forward_rows(Layers<const T> layers, std::vector<Matrix<T>>& z, std::size_t first, std::size_t last,
                  T* scratch) noexcept;

// A batch on its way: the layers it goes through, and what the second phase needs of every row. Buffers grow
// with the first batch and stay.
template <class T>
class BatchPass {
public:
    // The rows are those of one process, or shared out over processes as well.
    BatchPass() = default;
    explicit BatchPass(const parallel::Processes& processes) : processes_(processes) {}

    // Makes ready for so many rows through these layers, which must stay until both phases are over. The
    // first layer's dz gets rows that are first_stride elements apart, or without gaps for 0; the gap is
    // zero.
    // throws   std::bad_alloc
    template <class U>
    void prepare(Layers<U> layers, std::size_t rows, std::size_t first_stride = 0);

    // Draws what dropout leaves out of the layers that have it, in NumPy's order, before rows are shared out;
    // needed between prepare() and forward_back() where a layer has dropout.
    void draw_masks(Rng& rng) noexcept;

    // The part's share of the rows, in units of kRowUnit, whose sums of the first layer are in z(0). Every
    // part of the region must call it, without rows as well.
    void forward_back(const Targets<T>& targets, parallel::Part part, T* scratch) noexcept;

    // Gathers what the second phase needs of the rows of other processes, and all losses.
    // throws   CommunicatorError
    void gather_all();
    parallel::Processes& processes() noexcept { return processes_; }

    // Moves a layer's running statistics toward those of the batch, once the region is over; nothing where it
    // does not normalise.
    void update_running(std::size_t layer, MatrixView<T> mean, MatrixView<T> variance) const noexcept;

    Layers<const T> layers() const noexcept { return layers_; }
    std::size_t rows() const noexcept { return losses_.size(); }
    // Output of a layer: [rows,outputs]. Of the last one, what predict() returns.
    MatrixView<T> z(std::size_t layer) noexcept { return z_[layer]; }
    // The gradient at its sums. Of the first layer, rows may have gaps.
    MatrixView<T> dz(std::size_t layer) noexcept {
        return {dz_[layer].data(), rows(), layers_[layer].outputs(), dz_[layer].cols()};
    }
    // What a layer that normalises found out about the batch, its gradients at gamma and beta among it.
    const BatchNorm<T>& norm(std::size_t layer) const noexcept { return norms_[layer]; }
    // Of all rows, in order; with the notebook's 1e-7.
    double total_loss() const noexcept;
    double loss() const noexcept { return total_loss() / static_cast<double>(rows()); }

private:
    void forward(std::size_t layer, parallel::Part part, T* scratch) noexcept;
    void finish(std::size_t layer, std::size_t first, std::size_t last) noexcept;
    void meet_where_rows_change_hands(parallel::Part part) const noexcept;
    void gather_rows(Matrix<T>& rows_of_all);
    void back_to_activation(std::size_t layer, std::size_t first, std::size_t last, T* scratch) noexcept;
    void back(std::size_t layer, parallel::Part part, T* scratch) noexcept;
    void output_gradient(const Targets<T>& targets, std::size_t first, std::size_t last) noexcept;
    void softmax_gradient(const int* labels, std::size_t first, std::size_t last) noexcept;

    parallel::Processes processes_;
    std::vector<Dense<const T>> layers_;
    std::vector<Matrix<T>> z_;
    std::vector<Matrix<T>> sums_;      // what the activation takes, of layers whose derivative needs it
    std::vector<BatchNorm<T>> norms_;  // of layers that normalise
    std::vector<Matrix<T>> masks_;     // of layers with dropout
    std::vector<Matrix<T>> dz_;
    std::vector<T> picked_;  // probability of each row's label
    std::vector<double> losses_;
};

}  // namespace thalweg::nn
