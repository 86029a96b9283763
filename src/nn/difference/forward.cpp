// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/forward.hpp"

#include "dispatch/dispatch.hpp"
#include "nn/difference/cache_lines.hpp"
#include "nn/layers/buffers.hpp"

namespace thalweg::nn {

template <class T>
void Forward<T>::prepare(const TwoLayerParams<T>& params, std::size_t samples, double h, double epsilon) {
    const Matrix<T>& w2 = params.W2;
    fit(z_, samples, w2.rows());
    fit(zm_, samples, w2.rows());
    fit(p_, samples, w2.cols());
    fit(w2_transposed_, w2.cols(), w2.rows());
    dispatch::active<T>().transpose(w2.data(), w2.cols(), w2.rows(), w2.cols(), w2_transposed_.data(),
                                    w2.rows());
    second_.prepare(params, samples, h, epsilon);
}

template <class T>
void Forward<T>::run(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t, std::size_t first,
                     std::size_t last, double* losses) noexcept {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t samples = last - first;
    T* const z = row_of(z_, first);
    T* const zm = row_of(zm_, first);
    kernel.gemm({.m = samples,
                 .n = units(),
                 .k = x.cols(),
                 .a = row_of(x, first),
                 .a_row = x.ld(),
                 .a_col = 1,
                 .b = params.W1.data(),
                 .ldb = units(),
                 .c = z,
                 .ldc = units(),
                 .start = params.b1.data(),
                 .start_row = 0});
    kernel.scale(T(-1), z, zm, samples * units());
    kernel.sigmoid(z, z, samples * units());
    kernel.sigmoid(zm, zm, samples * units());
    for (std::size_t n = first; n < last; ++n) {
        copy_as(row_of(z_, n), units(), second_.z(n));
    }
    second_.run(t, first, last, losses);
    copy_as(second_.p(first), samples * classes(), row_of(p_, first));
}

template <class T>
void Forward<T>::prefetch(std::size_t n, std::size_t first_unit, std::size_t count) const noexcept {
    nn::prefetch(z(n) + first_unit, count);
    nn::prefetch(zm(n) + first_unit, count);
    nn::prefetch(p(n), classes());
    nn::prefetch(&second_.rest(n), 1);
}

template class Forward<float>;
template class Forward<double>;

}  // namespace thalweg::nn
