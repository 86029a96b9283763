// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/step/parameters.hpp"

#include "dispatch/dispatch.hpp"
#include "nn/layers/products.hpp"
#include "nn/optimize/sgd.hpp"

namespace thalweg::nn {
namespace {

// Elements first to last - 1 of a layer's b.
template <class T>
void sum_biases(MatrixView<const T> dz, MatrixView<T> b, std::size_t first, std::size_t last) noexcept {
    dispatch::active<T>().sum_rows(dz.data() + first, dz.ld(), dz.rows(), last - first, b.data() + first);
}

// Sums a thread's share of the layers from `begin` on: rows of W and, of the layer before, the same elements
// of b. Calls done(layer, which, first, n) after each n elements of W or b.
template <class T, class Done>
void sum_share(BatchPass<T>& pass, MatrixView<const T> x, Layers<T> gradient, std::size_t begin,
               parallel::Part part, T* scratch, const Done& done) noexcept {
    for (std::size_t i = begin; i < gradient.size(); ++i) {
        const auto [first, last] = part.share(gradient[i].inputs(), kParameterUnit);
        if (first == last) {
            continue;
        }
        const MatrixView<const T> in = i == 0 ? x : MatrixView<const T>(pass.z(i - 1));
        const MatrixView<T> weights = rows_of(gradient[i].W, first, last);
        ops::gemm_alone(product_down_rows<T>(cols_of(in, first, last), pass.dz(i), weights), scratch);
        done(i, &Dense<T>::W, first * weights.cols(), weights.size());
        if (i > 0) {
            sum_biases<T>(pass.dz(i - 1), gradient[i - 1].b, first, last);
            done(i - 1, &Dense<T>::b, first, last - first);
        }
    }
    if (part.index + 1 == part.count) {
        const std::size_t output = gradient.size() - 1;
        sum_biases<T>(pass.dz(output), gradient[output].b, 0, gradient[output].outputs());
        done(output, &Dense<T>::b, 0, gradient[output].outputs());
    }
}

}  // namespace

template <class T>
void sum_gradient(BatchPass<T>& pass, MatrixView<const T> x, Layers<T> gradient, parallel::Part part,
                  T* scratch) noexcept {
    sum_share<T>(pass, x, gradient, 0, part, scratch,
                 [](std::size_t, MatrixView<T> Dense<T>::*, std::size_t, std::size_t) {});
}

template <class T>
void sum_and_descend(BatchPass<T>& pass, T factor, Layers<T> gradient, Layers<T> params, parallel::Part part,
                     T* scratch) noexcept {
    sum_share<T>(pass, {}, gradient, 1, part, scratch,
                 [&](std::size_t layer, MatrixView<T> Dense<T>::*which, std::size_t first, std::size_t n) {
                     descend_alone<T>(factor, (gradient[layer].*which).data() + first,
                                      (params[layer].*which).data() + first, n);
                 });
}

template void sum_gradient(BatchPass<float>&, MatrixView<const float>, Layers<float>, parallel::Part,
                           float*) noexcept;
template void sum_gradient(BatchPass<double>&, MatrixView<const double>, Layers<double>, parallel::Part,
                           double*) noexcept;
template void sum_and_descend(BatchPass<float>&, float, Layers<float>, Layers<float>, parallel::Part,
                              float*) noexcept;
template void sum_and_descend(BatchPass<double>&, double, Layers<double>, Layers<double>, parallel::Part,
                              double*) noexcept;

}  // namespace thalweg::nn
