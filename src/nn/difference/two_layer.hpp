// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// f(p + h e_i) - f(p - h e_i) for every parameter p_i of the two-layer net, f the mean loss of a batch.
// Moving one parameter moves one hidden unit, or one logit, of every sample; kernels/difference.hpp gives
// what that does to the loss exactly. Where a parameter's difference is on its way (sample n, input i, unit
// j, class k; the biases are the weights of input m and of unit u, which are always 1; f: a thread's first
// unit):
//
//            moves, in sample n    computed as                  summed in                    written to
//   W1(i,j)  unit j by h x(n,i)    slot_differences[s][j - f]   first_layer_sums[i][j - f]   W1(i,j)
//   b1(j)    unit j by h           the same of the last e       first_layer_sums[m][j - f]   b1(j)
//   W2(j,k)  logit k by h z(n,j)   it is added                  second_layer_sums[k][j - f]  W2(j,k)
//   b2(k)    logit k by h          the same of the last unit    second_layer_sums[k][u - f]  b2(k)
//
//   e counts the inputs of n that are not 0: i = input_of(n)[e]; equal inputs share a slot: s =
//   slot_of(n)[e].
#pragma once

#include <cstddef>
#include <vector>

#include "nn/difference/forward.hpp"
#include "nn/difference/sample_inputs.hpp"
#include "nn/difference/unit_sums.hpp"
#include "parallel/team.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

// One batch after another. Buffers grow with the first and stay.
template <class T>
class StructuredDifferences {
public:
    enum class Outcome { kDone, kNeedsDouble };

    // (f(p + h e_i) - f(p - h e_i)) / 2h for every parameter, f the mean over the batch of
    // -log(p[label] + epsilon), 0 <= epsilon. gradient has the shapes of params.
    // range    h > 0, labels in range, at least one row. Where something is not finite, or |h x| is beyond
    //          what cosh can hold (700), results are not finite
    // throws   std::bad_alloc
    Outcome run(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t, double h, double epsilon,
                TwoLayerParams<T>& gradient);
    // The mean over the batch of -log(p[label] + 1e-7), of the last run.
    double loss() const noexcept { return loss_; }

private:
    struct Worker {
        ListScratch list;
        UnitSums<T> sums;
    };
    // Samples that are held at a time; the sums continue from block to block.
    struct Block {
        MatrixView<const T> x;
        Labels t;
        double* losses;
        bool starts_sums;
        TwoLayerParams<T>* gradient;  // where the sums go after the last block, times factor
        double factor;
    };

    void share_out(const TwoLayerParams<T>& params, std::size_t team);
    template <class Body>
    void each_worker(parallel::Part part, const Body& body) noexcept;
    bool run_block(const TwoLayerParams<T>& params, const Block& block) noexcept;
    bool run_samples(const TwoLayerParams<T>& params, const Block& block, std::size_t first, std::size_t last,
                     ListScratch& scratch) noexcept;

    double loss_ = 0.0;
    SampleInputs<T> inputs_;
    Forward<T> forward_;
    std::vector<double> losses_;
    std::vector<Worker> workers_;
};

}  // namespace thalweg::nn
