// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net in double, and a block of samples on their way through it: what is asked when sums move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dispatch/dispatch.hpp"
#include "nn/layers/dropout.hpp"
#include "nn/layers/layers.hpp"
#include "nn/layers/targets.hpp"

namespace thalweg::nn {

// The parameters, and each W but the first as rows of what leads to one unit.
class MovedNet {
public:
    // Looks at the parameters where they are double; copies them else.
    // throws   std::bad_alloc
    template <class T>
    void prepare(Layers<const T> layers);

    std::size_t depth() const noexcept { return layers_.size(); }
    const Dense<const double>& layer(std::size_t l) const noexcept { return layers_[l]; }
    // [outputs][inputs]; not of the first layer.
    const Matrix<double>& transposed(std::size_t l) const noexcept { return transposed_[l]; }
    // The largest size of a weight into each unit; not of the first layer.
    const std::vector<double>& largest_into(std::size_t l) const noexcept { return largest_into_[l]; }
    // Of the units of hidden layers.
    kernels::Curve curve() const noexcept { return curve_; }
    double below() const noexcept { return below_; }
    bool is_linear() const noexcept { return curve_ == kernels::Curve::kSlopes; }
    std::size_t widest() const noexcept;  // outputs of a layer

private:
    std::vector<Dense<const double>> layers_;
    LayerMatrices<double> copies_;
    std::vector<Matrix<double>> transposed_;
    std::vector<std::vector<double>> largest_into_;
    kernels::Curve curve_ = kernels::Curve::kIdentity;
    double below_ = 0.0;
};

// Of each sample of a block, the inputs that are not 0 and a last one, the bias's, which is always 1.
struct Nonzeros {
    // Inputs of a part: the sums of so many rows of a product stay in the first cache, see AddProducts.
    static constexpr std::size_t kPart = 64;

    void prepare(std::size_t samples, std::size_t inputs);
    // x: the inputs but the bias's.
    void list(std::size_t n, const double* x) noexcept;
    // Whether most inputs of these samples are 0.
    bool sparse(std::size_t first, std::size_t last) const noexcept;

    std::size_t parts = 0;             // of so many inputs, the last one of fewer
    std::vector<std::uint32_t> part;   // [sample][part, 1]: which nonzero is the first of it
    std::vector<std::uint32_t> index;  // [sample][nonzero]
    Matrix<double> values;             // [sample][nonzero]
    std::vector<std::size_t> counts;   // of each sample
    std::vector<double> tops;          // the largest size, 1 at least
};

class MovedSamples {
public:
    // For so many samples; epsilon is the loss's.
    // throws   std::bad_alloc
    void prepare(const MovedNet& net, const Targets<double>& targets, std::size_t samples, double epsilon);
    // Rows first to last - 1 of this block forward. inputs: those of x, with weights that are finite, or
    // nullptr. scratch: gemm_scratch() of the largest product.
    void run(const MovedNet& net, std::size_t first, std::size_t last, const Nonzeros* inputs,
             double* scratch) noexcept;
    static std::size_t scratch_size(const MovedNet& net, std::size_t samples);

    // The inputs of the block, its targets, and what dropout leaves of its layers' outputs.
    MatrixView<const double> x;
    Targets<double> targets;
    HeldMasks masks;
    std::size_t masks_row = 0;  // of the block's first sample

    // What goes into layer l, of sample n.
    const double* in(std::size_t l, std::size_t n) const noexcept {
        return l == 0 ? row_of(x, n) : row_of<double>(out_[l - 1], n);
    }
    const double* sums(std::size_t l, std::size_t n) const noexcept { return row_of<double>(sums_[l], n); }
    const double* z(std::size_t l, std::size_t n) const noexcept { return row_of<double>(z_[l], n); }
    const double* zm(std::size_t l, std::size_t n) const noexcept { return row_of<double>(zm_[l], n); }
    // What is left of the outputs of layer l, or nullptr for all of them.
    const double* mask(std::size_t l, std::size_t n) const noexcept {
        return masks.empty() || masks[l].rows() == 0 ? nullptr : row_of<double>(masks[l], masks_row + n);
    }
    double loss(std::size_t n) const noexcept { return losses_[n]; }
    // Adds to sum what `moves` moves of the last layer's sums do to the loss of sample n.
    void add_loss_moves(std::size_t n, const double* up, const double* down, std::size_t ld,
                        std::size_t moves, bool small, double* sum) const noexcept;
    // Where the targets are labels: what a move u[k] of each class c alone does, at out[c * count + k]. u:
    // count, of which `most` is the largest.
    bool class_moves(std::size_t n, const double* u, std::size_t count, double most,
                     double* out) const noexcept;

private:
    void finish(std::size_t n) noexcept;
    void states(const MovedNet& net, std::size_t l, std::size_t first, std::size_t last) noexcept;

    double epsilon_ = 0.0;
    std::vector<Matrix<double>> sums_;  // by layer, [sample][unit]
    std::vector<Matrix<double>> out_;
    std::vector<Matrix<double>> z_;
    std::vector<Matrix<double>> zm_;
    Matrix<double> p_;  // probabilities, or y - t
    std::vector<double> losses_;
};

}  // namespace thalweg::nn
