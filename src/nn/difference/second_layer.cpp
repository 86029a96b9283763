// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/second_layer.hpp"

#include "dispatch/dispatch.hpp"
#include "nn/layers/buffers.hpp"

namespace thalweg::nn {

template <class T>
void SecondLayer::prepare(const TwoLayerParams<T>& params, std::size_t samples, double h, double epsilon) {
    const std::size_t units = params.hidden_size();
    const std::size_t classes = params.output_size();
    h_ = h;
    epsilon_ = epsilon;
    fit(w2_, units, classes);
    fit(b2_, 1, classes);
    copy_as(params.W2.data(), params.W2.size(), w2_.data());
    copy_as(params.b2.data(), params.b2.size(), b2_.data());
    fit(z_, samples, units + 1);
    fit(p_, samples, classes);
    rest_.resize(samples);
    label_p_.resize(samples);
    for (Matrix<double>* const m : {&hz_, &sinh_hz_, &cosh1_hz_}) {
        fit(*m, samples, units + 1);
    }
}

void SecondLayer::run(Labels t, std::size_t first, std::size_t last, double* losses) noexcept {
    const kernels::Kernels<double>& kernel = dispatch::active<double>();
    const std::size_t samples = last - first;
    const std::size_t units = w2_.rows();
    const std::size_t classes = w2_.cols();
    for (std::size_t n = first; n < last; ++n) {
        row_of(z_, n)[units] = 1.0;
    }
    kernel.gemm({.m = samples,
                 .n = classes,
                 .k = units,
                 .a = row_of(z_, first),
                 .a_row = z_.cols(),
                 .a_col = 1,
                 .b = w2_.data(),
                 .ldb = classes,
                 .c = row_of(p_, first),
                 .ldc = classes,
                 .start = b2_.data(),
                 .start_row = 0});
    kernel.softmax(row_of(p_, first), classes, samples, classes, row_of(p_, first), classes);
    for (std::size_t n = first; n < last; ++n) {
        const auto label = static_cast<std::size_t>(t[n]);
        double other_p = 0.0;
        for (std::size_t k = 0; k < classes; ++k) {
            other_p += k == label ? 0.0 : p(n)[k];
        }
        label_p_[n] = p(n)[label];
        rest_[n] = {.other_p = other_p, .q = epsilon_ == 0.0 ? 0.0 : epsilon_ / label_p_[n]};
    }
    kernel.log_loss(label_p_.data() + first, losses + first, samples);
    kernel.scale(h_, row_of(z_, first), row_of(hz_, first), samples * z_.cols());
    dispatch::active_table().sinh_cosh1(row_of(hz_, first), row_of(sinh_hz_, first), row_of(cosh1_hz_, first),
                                        samples * z_.cols());
}

template void SecondLayer::prepare(const TwoLayerParams<float>&, std::size_t, double, double);
template void SecondLayer::prepare(const TwoLayerParams<double>&, std::size_t, double, double);

}  // namespace thalweg::nn
