// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Parameters and batches from one element type into the other.
#pragma once

#include <cstddef>
#include <type_traits>

#include "nn/layers/buffers.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

// shape    to as from
template <class From, class To>
void convert(const TwoLayerParams<From>& from, TwoLayerParams<To>& to) noexcept {
    const auto source = from.matrices();
    const auto target = to.matrices();
    for (std::size_t i = 0; i < source.size(); ++i) {
        copy_as(source[i].matrix->data(), source[i].matrix->size(), target[i].matrix->data());
    }
}

template <class T>
TwoLayerParams<double> in_double(const TwoLayerParams<T>& p) {
    TwoLayerParams<double> result(p.input_size(), p.hidden_size(), p.output_size());
    convert(p, result);
    return result;
}

template <class T>
Matrix<double> in_double(MatrixView<const T> m) {
    Matrix<double> result(m.rows(), m.cols());
    for (std::size_t i = 0; i < m.rows(); ++i) {
        copy_as(row_of(m, i), m.cols(), row_of(result, i));
    }
    return result;
}

// The same without a copy where it is double already; `copy` holds it else, and allocates when the shape
// changes.
template <class T>
MatrixView<const double> in_double_view(MatrixView<const T> m, Matrix<double>& copy) {
    if constexpr (std::is_same_v<T, double>) {
        return m;
    } else {
        fit(copy, m.rows(), m.cols());
        for (std::size_t i = 0; i < m.rows(); ++i) {
            copy_as(row_of(m, i), m.cols(), row_of(copy, i));
        }
        return copy;
    }
}

}  // namespace thalweg::nn
