// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The gradient by central differences of a net of any depth. All inputs of a unit share a few evaluations of
// what its moves do to a sample's loss (nodes.hpp), so that with A_k[n,i] = x_i L_k of sample n and
// Q_k[n,j] = O(u_k) / 2 u_k
//
//     gradient of W = (1 / N) sum over k of A_k^T Q_k        b as the weight of an input that is always 1
//
// which is one product over the rows (n, k). Where a sample's moves are too far for the nodes, where the run-
// time check finds them wanting, and where a unit crosses a kink, Q is 0 and O is evaluated for every input.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "nn/difference/mover.hpp"
#include "parallel/processes.hpp"
#include "parallel/team.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

class SharedDifferences {
public:
    // Of one process, or of several that share the samples out: each then has what the others evaluated, and
    // sums all of it.
    SharedDifferences() = default;
    explicit SharedDifferences(const parallel::Processes& processes) : processes_(processes) {}
    parallel::Processes& processes() noexcept { return processes_; }

    // (f(p + h e_i) - f(p - h e_i)) / 2h for every parameter, f the mean loss of the batch without weight
    // decay. Returns f with the notebook's 1e-7. Where something is not finite, or a move is beyond what the
    // kernels take, so are results. Only the first call of a shape allocates.
    // shape    x: [N,inputs], N >= 1  targets: N  gradient: as layers, which fit one another  masks: N rows
    // range    h > 0, labels in range, no layer normalises
    // throws   std::bad_alloc; CommunicatorError
    template <class T>
    double run(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets, double h,
               double epsilon, Layers<T> gradient, HeldMasks masks = {});

private:
    // One layer of the samples at hand.
    struct OfLayer {
        std::size_t inputs = 0;  // with the bias
        std::size_t units = 0;
        std::size_t width = 0;              // of a row of q and of sums: the units, up to a whole cache line
        std::size_t nodes = 0;              // rows of each sample: the most that one has
        std::vector<std::size_t> counts;    // nodes of each sample; 0: every input by itself
        std::vector<double> tops;           // the largest |x|, 1 at least
        std::vector<unsigned char> single;  // [sample][unit]: every input by itself
        ScratchBuffer a_memory;
        ScratchBuffer q_memory;
        double* a = nullptr;  // [sample][node][input, 1]
        double* q = nullptr;  // [sample][node][unit], 0 behind the last
        Matrix<double> sums;  // [input, 1][unit]
    };
    struct Single {
        std::size_t layer;
        std::size_t sample;
        std::size_t unit;
    };

    void prepare(std::size_t samples, Loss loss);
    std::size_t team() const noexcept;
    // Of a block: to the losses, and what its layers take; the nodes' values; the sums.
    void forward(std::size_t samples, double* losses) noexcept;
    void evaluate(std::size_t samples);
    void weigh(std::size_t n, std::size_t l) noexcept;
    void choose(std::size_t n) noexcept;
    void evaluate(Mover& mover, std::size_t n, std::size_t l) noexcept;
    bool holds(Mover& mover, const MovedLayer& at, const Nodes& nodes) noexcept;
    void add_sparse_products(std::size_t samples, bool starts) noexcept;
    template <class T>
    void write(double factor, Layers<T> gradient) noexcept;
    void add_products(std::size_t samples, bool first);
    std::size_t list_singles(std::size_t samples);
    void add_singles(std::size_t samples);
    void single(Mover& mover, const Single& which, double* inputs, double* out) noexcept;

    parallel::Processes processes_;
    double h_ = 0.0;
    MovedNet net_;
    Reach reach_;
    MovedSamples samples_;
    Nonzeros inputs_;      // of the first layer
    bool sparse_ = false;  // only these are in its a, one after the other
    std::deque<OfLayer> layers_;
    std::deque<Mover> movers_;
    std::vector<Single> singles_;
    ScratchBuffer singles_memory_;
    Matrix<double> x_;        // of a float batch
    Matrix<double> numbers_;  // its targets
    std::vector<double> losses_;
};

// As TwoLayerNet::numerical_gradient by kShared, without weight decay, for a net of any depth: the gradient,
// and the loss with the notebook's 1e-7. Allocates nothing once buffers have seen a batch of this size. A
// layer that normalises makes a sample's loss a function of the whole batch: then it is the plain loop.
// shape    as SharedDifferences::run
// throws   std::invalid_argument for h; std::bad_alloc; where results are not finite, what the plain loop
//          throws
template <class T>
double shared_gradient(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets,
                       const NetDifferenceOptions& options, Layers<T> gradient, SharedDifferences& buffers,
                       HeldMasks masks = {});

}  // namespace thalweg::nn
