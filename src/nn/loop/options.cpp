// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/loop/options.hpp"

#include <string>

#include "core/shape_check.hpp"
#include "nn/layers/checks.hpp"
#include "nn/optimize/rules.hpp"
#include "nn/step/difference_step.hpp"
#include "thalweg/differentiate.hpp"

namespace thalweg::nn {

template <class T>
void check_options(const TrainOptions& options) {
    const auto at_least_one = [](const char* name, std::size_t value) {
        if (value == 0) {
            throw ShapeError(std::string("train: ") + name + " must be at least 1, found 0");
        }
    };
    at_least_one("iterations", options.iterations);
    at_least_one("batch_size", options.batch_size);
    at_least_one("eval_every", options.eval_every);
    check_rule<T>("train", options.optimizer);
    if (options.gradient == GradientSource::kNumerical) {
        detail::check_step("train", differences_of(options).h);
    }
}

template <class T>
void check_data(const TwoLayerParams<T>& params, const Dataset& data, const char* which) {
    if (data.image_size() != params.input_size()) {
        const std::string name = std::string(which) + " images";
        check::shape("train", name.c_str(), data.size(), params.input_size(), data.size(), data.image_size());
    }
    if (data.classes() > params.output_size()) {
        throw ShapeError("train: the net must have at least " + std::to_string(data.classes()) +
                         " outputs, one a class of the " + which + " part, found " +
                         std::to_string(params.output_size()));
    }
    check_params("TwoLayerNet", params);
}

template void check_options<float>(const TrainOptions&);
template void check_options<double>(const TrainOptions&);
template void check_data(const TwoLayerParams<float>&, const Dataset&, const char*);
template void check_data(const TwoLayerParams<double>&, const Dataset&, const char*);

}  // namespace thalweg::nn
