// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// f(p + h e_i) - f(p - h e_i) for every parameter p_i of the two-layer net, f the mean loss of a batch.
// Moving one parameter moves one hidden unit, or one logit, of every sample; kernels/difference.hpp gives
// what that does to the loss exactly. Two things keep the work small and change no bit: an input that is 0
// moves nothing, and equal inputs of one sample move its loss equally.
#pragma once

#include <cstdint>
#include <vector>

#include "parallel/team.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

// Ranges in which the polynomials of kernels/difference.hpp are as good as T. First terms they leave out:
//   of sinh(tv)/tv and cosh(tv)   (tv)^4 / 120, / 24     of e^(sv)   (sv)^2 / 2
//   of 1/D                        (u^2 / 4)^3            of artanh   r^6 / 7, |r| <= |tv| or sinh(h)
template <class T>
struct SmallMoves;
template <>
struct SmallMoves<double> {
    static constexpr double kInput = 1e-3;   // u = h |x|, and h itself
    static constexpr double kWeight = 2e-4;  // |t v|
    static constexpr double kLevel = 1e-8;   // |s v|
};
template <>
struct SmallMoves<float> {
    static constexpr double kInput = 5e-2;
    static constexpr double kWeight = 1e-2;
    static constexpr double kLevel = 1e-4;
};

// One batch after another. Buffers grow with the first and stay.
template <class T>
class NetDifferences {
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
    // Of one sample: the different inputs that are not 0, with 1 for the bias at last, and where they stand.
    struct Inputs {
        std::uint32_t different;
        std::uint32_t entries;
        bool small;
    };
    // Finds equal inputs by their bits.
    struct SlotTable {
        std::vector<double> values;
        std::vector<std::uint32_t> slots;
        std::vector<std::uint32_t> stamps;  // row + 1 that wrote the place last
    };
    // What one thread works on: its units, and their sums over the samples.
    struct Part {
        std::size_t first = 0;
        std::size_t last = 0;
        bool has_bias = false;  // b2 as well
        SlotTable table;
        Matrix<T> input_sums;        // [input, bias][unit]
        Matrix<double> output_sums;  // [class][unit, bias]
        Matrix<T> one_sample;        // [slot][unit]
    };

    // Where the gradient goes after the last samples, as the sums times factor.
    struct Result {
        TwoLayerParams<T>* gradient;
        double factor;
    };
    struct Batch {
        MatrixView<const T> x;
        Labels t;
        double* losses;
        Result result;
    };

    void fit(const TwoLayerParams<T>& params, std::size_t rows);
    void share_units(std::size_t team);
    template <class Body>
    void each_part(parallel::Part me, const Body& body) noexcept;
    bool run_block(const TwoLayerParams<T>& params, const Batch& batch, bool start) noexcept;
    // net_differences_rows.cpp. False when a float net's moves are not small.
    bool rows_part(const TwoLayerParams<T>& params, const Batch& batch, std::size_t first, std::size_t last,
                   SlotTable& table) noexcept;
    void list_inputs(const T* x, std::size_t row, SlotTable& table) noexcept;
    void second_layer(Labels t, std::size_t first, std::size_t last) noexcept;
    // start: the first samples, whose sums begin at 0.
    void units_part(Part& part, const Batch& batch, bool start) noexcept;
    void prefetch_sample(std::size_t row, std::size_t first, std::size_t count);
    void add_unit_differences(Part& part, std::size_t row, std::size_t label, std::size_t first,
                              std::size_t count);
    void add_output_differences(Part& part, std::size_t row, std::size_t label);
    void finish(const Part& part, double factor, TwoLayerParams<T>& gradient) const;

    double loss_ = 0.0;
    double h_ = 0.0;
    double epsilon_ = 0.0;
    double spread_ = 0.0;      // largest distance of two weights out of one unit
    std::size_t inputs_ = 0;   // and the bias: input_size + 1
    std::size_t outputs_ = 0;  // units and the bias: hidden_size + 1
    std::vector<Inputs> lists_;
    std::vector<std::uint32_t> slots_;  // [row][entry] number of the value among the different ones
    std::vector<std::uint32_t> rows_;   // [row][entry] row of W1, or input_size for b1
    std::vector<double> moves_;         // [row][slot] h x, then scratch of sinh_cosh1
    std::vector<double> moves_sinh_;
    std::vector<double> moves_cosh1_;
    Matrix<T> sinh_;   // [row][slot]
    Matrix<T> cosh1_;  // [row][slot]
    Matrix<T> z_;      // sigmoid(a), and of -a
    Matrix<T> zm_;
    Matrix<T> p_;
    Matrix<T> w2_transposed_;
    // The second layer in double.
    Matrix<double> wide_w2_;
    Matrix<double> wide_b2_;
    Matrix<double> wide_z_;  // [row][unit, 1]
    Matrix<double> wide_p_;
    Matrix<double> others_;     // [row][0] sum of p but p[label], [1] epsilon / p[label]
    Matrix<double> out_moves_;  // [row][unit, 1] h z
    Matrix<double> out_sinh_;
    Matrix<double> out_cosh1_;
    std::vector<double> picked_;
    std::vector<double> losses_;
    std::vector<Part> parts_;
};

// The gradient by differences, whichever way is open: structured in T, structured in double, or the plain
// loop, which also says where a loss is not finite. Buffers stay from call to call.
template <class T>
class NumericalGradient {
public:
    // throws   as TwoLayerNet::numerical_gradient; shapes are the caller's affair
    void run(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
             const NetDifferenceOptions& options, TwoLayerParams<T>& gradient);
    // Of the batch, with the notebook's 1e-7.
    double loss() const noexcept { return loss_; }

private:
    bool structured(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
                    const NetDifferenceOptions& options, TwoLayerParams<T>& gradient);

    NetDifferences<T> differences_;
    double loss_ = 0.0;
};

}  // namespace thalweg::nn
