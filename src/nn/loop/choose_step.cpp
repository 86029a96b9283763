// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/loop/choose_step.hpp"

#include "data/mostly_zero.hpp"
#include "nn/step/dense_step.hpp"
#include "nn/step/difference_step.hpp"
#include "nn/step/pixel_step.hpp"

namespace thalweg::nn {
namespace {

// On pixels wherever weights and gradients are finite, else on numbers: 0 * Inf must become NaN.
template <class T>
class ZeroSkippingStep final : public Step<T> {
public:
    ZeroSkippingStep(const Dataset& data, const TrainOptions& options)
        : data_(data), options_(options), dense_(data, options) {}

    double take(Layers<T> layers, std::span<const std::size_t> rows) override {
        if (pixels_.run(layers, data_, rows, options_.optimizer) != PixelSgdStep<T>::Outcome::kNeedsZeros) {
            return pixels_.loss();
        }
        return dense_.take(layers, rows);
    }

private:
    const Dataset& data_;
    const TrainOptions& options_;
    PixelSgdStep<T> pixels_;
    DenseStep<T> dense_;
};

}  // namespace

template <class T>
std::unique_ptr<Step<T>> choose_step(const TwoLayerParams<T>& params, const Dataset& data,
                                     const TrainOptions& options) {
    if (options.gradient == GradientSource::kNumerical) {
        return std::make_unique<DifferenceStep<T>>(params, data, options);
    }
    if (data::mostly_zero(data)) {
        return std::make_unique<ZeroSkippingStep<T>>(data, options);
    }
    return std::make_unique<DenseStep<T>>(data, options);
}

template std::unique_ptr<Step<float>> choose_step(const TwoLayerParams<float>&, const Dataset&,
                                                  const TrainOptions&);
template std::unique_ptr<Step<double>> choose_step(const TwoLayerParams<double>&, const Dataset&,
                                                   const TrainOptions&);

}  // namespace thalweg::nn
