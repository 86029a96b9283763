// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include <algorithm>

#include "core/float_control.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/difference/gradient.hpp"
#include "nn/difference/plain.hpp"
#include "nn/difference/shared.hpp"
#include "thalweg/differentiate.hpp"

namespace thalweg::nn {
namespace {

template <class T>
bool all_finite(Layers<T> gradient) noexcept {
    const auto& kernel = dispatch::active<T>();
    return std::all_of(gradient.begin(), gradient.end(), [&](const Dense<T>& layer) {
        return kernel.all_finite(layer.W.data(), layer.W.size()) &&
               kernel.all_finite(layer.b.data(), layer.b.size());
    });
}

}  // namespace

template <class T>
double shared_gradient(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets,
                       const NetDifferenceOptions& options, Layers<T> gradient, SharedDifferences& buffers,
                       HeldMasks masks) {
    thalweg::detail::check_step(kDifferenceOp, options.h);
    const core::FloatControlScope standard;
    // Without outputs there is nothing to share.
    if (layers.back().outputs() == 0 ||
        std::any_of(layers.begin(), layers.end(), [](const Dense<const T>& l) { return l.normalises(); })) {
        return plain_gradient(layers, x, targets, 0.0, options, gradient, masks, &buffers.processes());
    }
    const double epsilon = options.clean_loss ? 0.0 : kBookEpsilon;
    const double loss = buffers.run(layers, x, targets, options.h, epsilon, gradient, masks);
    if (!all_finite(gradient)) {
        return plain_gradient(layers, x, targets, 0.0, options, gradient, masks, &buffers.processes());
    }
    return loss;
}

template double shared_gradient(Layers<const float>, MatrixView<const float>, const Targets<float>&,
                                const NetDifferenceOptions&, Layers<float>, SharedDifferences&, HeldMasks);
template double shared_gradient(Layers<const double>, MatrixView<const double>, const Targets<double>&,
                                const NetDifferenceOptions&, Layers<double>, SharedDifferences&, HeldMasks);

}  // namespace thalweg::nn
