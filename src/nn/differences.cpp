// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "thalweg/differences.hpp"

#include "core/float_control.hpp"
#include "nn/difference/gradient.hpp"
#include "thalweg/differentiate.hpp"

namespace thalweg {

template <class T>
TwoLayerDifferences<T>::TwoLayerDifferences(const TwoLayerNet<T>& net, MatrixView<const T> x, Labels t,
                                            bool clean_loss)
    : net_(net), x_(x), t_(t), clean_loss_(clean_loss) {
    nn::check_difference_batch(net.params, x, t);
}

template <class T>
void TwoLayerDifferences<T>::differences(std::size_t first, double h, std::span<double> out) {
    detail::check_step(nn::kDifferenceOp, h);
    detail::check_range(nn::kDifferenceOp, first, out.size(), size());
    if (h != h_) {
        h_ = 0.0;
        nn::NumericalGradient<T>().run(net_.params, x_, t_, {.h = h, .clean_loss = clean_loss_}, gradient_);
        h_ = h;
    }
    const core::FloatControlScope standard;
    std::size_t i = 0;
    for (const auto& [name, matrix] : gradient_.matrices()) {
        for (std::size_t k = 0; k < matrix->size(); ++k, ++i) {
            if (i >= first && i - first < out.size()) {
                out[i - first] = 2.0 * h * static_cast<double>(matrix->data()[k]);
            }
        }
    }
}

template class TwoLayerDifferences<float>;
template class TwoLayerDifferences<double>;

}  // namespace thalweg
