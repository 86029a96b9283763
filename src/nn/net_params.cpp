// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The names of a net's matrices, which lie in the library as long as it does.
#include <array>
#include <string>
#include <string_view>

#include "nn/layers/checks.hpp"
#include "thalweg/net.hpp"

namespace thalweg {
namespace {

using nn::kMostLayers;

// A word with the numbers 1 to 999 behind it.
template <std::size_t kSize>
class Names {
public:
    constexpr explicit Names(const char (&word)[kSize]) {
        for (std::size_t i = 0; i < kMostLayers; ++i) {
            std::size_t at = 0;
            for (; at + 1 < kSize; ++at) {
                names_[i][at] = word[at];
            }
            for (const std::size_t power : {100U, 10U, 1U}) {
                if (i + 1 >= power) {
                    names_[i][at++] = static_cast<char>('0' + (i + 1) / power % 10);
                }
            }
        }
    }
    std::string_view of(std::size_t layer) const noexcept { return names_[layer].data(); }

private:
    std::array<std::array<char, kSize + 3>, kMostLayers> names_{};  // each with a zero behind it
};

constexpr Names kWeights("W");
constexpr Names kBiases("b");
constexpr Names kGamma("gamma");
constexpr Names kBeta("beta");
constexpr Names kMean("running_mean");
constexpr Names kVariance("running_var");

template <class Named, class Layers>
std::vector<Named> list_params(Layers& layers) {
    nn::check_depth(layers.size());
    std::vector<Named> list;
    list.reserve(4 * layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        list.push_back({kWeights.of(i), &layers[i].W});
        list.push_back({kBiases.of(i), &layers[i].b});
        if (layers[i].gamma.rows() != 0 || layers[i].beta.rows() != 0) {
            list.push_back({kGamma.of(i), &layers[i].gamma});
            list.push_back({kBeta.of(i), &layers[i].beta});
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
        list.push_back({kMean.of(i), &layers[i].mean});
        list.push_back({kVariance.of(i), &layers[i].variance});
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
