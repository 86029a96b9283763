// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net's matrices by name.
#include "nn/layers/checks.hpp"
#include "nn/layers/names.hpp"
#include "thalweg/net.hpp"

namespace thalweg {
namespace {

template <class Named, class Layers>
std::vector<Named> list_params(Layers& layers) {
    nn::check_depth(layers.size());
    std::vector<Named> list;
    list.reserve(4 * layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        list.push_back({nn::kWeightsNames.of(i), &layers[i].W});
        list.push_back({nn::kBiasesNames.of(i), &layers[i].b});
        if (layers[i].gamma.rows() != 0 || layers[i].beta.rows() != 0) {
            list.push_back({nn::kGammaNames.of(i), &layers[i].gamma});
            list.push_back({nn::kBetaNames.of(i), &layers[i].beta});
        }
    }
    return list;
}

template <class Named, class Layers>
std::vector<Named> list_statistics(Layers& layers) {
    nn::check_depth(layers.size());
    std::vector<Named> list;
    list.reserve(2 * layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        list.push_back({nn::kMeanNames.of(i), &layers[i].mean});
        list.push_back({nn::kVarianceNames.of(i), &layers[i].variance});
    }
    return list;
}

}  // namespace

template <class T>
std::size_t NetParams<T>::size() const noexcept {
    std::size_t count = 0;
    for (const Layer<T>& layer : layers) {
        count += layer.W.size() + layer.b.size() + layer.gamma.size() + layer.beta.size();
    }
    return count;
}

template <class T>
std::vector<NamedMatrix<Matrix<T>>> NetParams<T>::matrices() {
    return list_params<NamedMatrix<Matrix<T>>>(layers);
}

template <class T>
std::vector<NamedMatrix<const Matrix<T>>> NetParams<T>::matrices() const {
    return list_params<NamedMatrix<const Matrix<T>>>(layers);
}

template <class T>
std::vector<NamedMatrix<Matrix<T>>> NetStatistics<T>::matrices() {
    return list_statistics<NamedMatrix<Matrix<T>>>(layers);
}

template <class T>
std::vector<NamedMatrix<const Matrix<T>>> NetStatistics<T>::matrices() const {
    return list_statistics<NamedMatrix<const Matrix<T>>>(layers);
}

template struct NetParams<float>;
template struct NetParams<double>;
template struct NetStatistics<float>;
template struct NetStatistics<double>;

}  // namespace thalweg
