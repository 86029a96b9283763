// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One thread's hidden units, and the differences of every weight into and out of them, summed over samples.
#pragma once

#include <cstddef>

#include "nn/difference/forward.hpp"
#include "nn/difference/sample_inputs.hpp"
#include "parallel/team.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

template <class T>
class UnitSums {
public:
    // Takes this part's share of the units; the last part takes b2 as well.
    // throws   std::bad_alloc
    void prepare(parallel::Part part, const TwoLayerParams<T>& params);
    void clear() noexcept;
    // Adds all samples of t.
    void add(const SampleInputs<T>& inputs, const Forward<T>& forward, Labels t) noexcept;
    // The sums times factor, to where these units' weights are.
    void write(double factor, TwoLayerParams<T>& gradient) const noexcept;

private:
    std::size_t units() const noexcept { return last_ - first_; }
    // Units of the second layer: one more for b2.
    std::size_t units_and_bias() const noexcept { return units() + (has_bias_ ? 1U : 0U); }
    // Of sample n: units first to first + count - 1.
    void add_first_layer(const SampleInputs<T>& inputs, const Forward<T>& forward, std::size_t n,
                         std::size_t label, std::size_t first, std::size_t count) noexcept;
    void add_second_layer(const SecondLayer& layer, std::size_t n, std::size_t label) noexcept;

    std::size_t first_ = 0;
    std::size_t last_ = 0;
    bool has_bias_ = false;
    Matrix<T> slot_differences_;        // [slot][unit], of one sample
    Matrix<T> first_layer_sums_;        // [input][unit], the last input for b1
    Matrix<double> second_layer_sums_;  // [class][unit], the last unit for b2
};

}  // namespace thalweg::nn
