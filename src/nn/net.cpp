// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net of any depth out of a file, and its predictions.
#include "thalweg/net.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "nn/layers/checks.hpp"
#include "nn/layers/forward.hpp"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

template <class T>
std::vector<typename LayeredNet<T>::Layer> layers_of(const Npz& npz) {
    std::vector<typename LayeredNet<T>::Layer> layers;
    do {
        const std::string number = std::to_string(layers.size() + 1);
        layers.push_back({npz.as<Matrix<T>>("W" + number), npz.as<Matrix<T>>("b" + number)});
    } while (npz.find("W" + std::to_string(layers.size() + 1)) != nullptr);
    // W1, b1, W3, b3 is a file that lost a layer, not a net of one.
    for (const NpzMember& member : npz.members()) {
        const std::string digits = member.name.substr(std::min<std::size_t>(1, member.name.size()));
        const bool numbered = (member.name[0] == 'W' || member.name[0] == 'b') && !digits.empty() &&
                              digits.find_first_not_of("0123456789") == std::string::npos;
        const std::size_t number = numbered && digits.size() < 9 ? std::stoul(digits) : 0;
        if (numbered && (number < 1 || number > layers.size())) {
            constexpr std::size_t kShown = 12;
            throw IoError(npz.path() + ": expected W1, b1 and so on without a gap, found " +
                          member.name.substr(0, kShown) + (member.name.size() > kShown ? "..." : "") +
                          " but no W" + std::to_string(layers.size() + 1));
        }
    }
    return layers;
}

template <class T>
std::vector<nn::Dense<const T>> views_of(const std::vector<typename LayeredNet<T>::Layer>& layers) {
    std::vector<nn::Dense<const T>> views;
    views.reserve(layers.size());
    for (const auto& layer : layers) {
        views.push_back({layer.W, layer.b, nn::activation_of(views.size(), layers.size())});
    }
    return views;
}

template <class T>
void check_layers(const std::vector<typename LayeredNet<T>::Layer>& layers) {
    nn::check_layers<const T>("LayeredNet", views_of<T>(layers));
}

}  // namespace

template <class T>
LayeredNet<T>::LayeredNet(std::vector<Layer> layers) : layers_(std::move(layers)) {
    check_layers<T>(layers_);
}

template <class T>
LayeredNet<T>::LayeredNet(const Npz& npz) : layers_(layers_of<T>(npz)) {
    try {
        check_layers<T>(layers_);
    } catch (const ShapeError& error) {
        throw IoError(npz.path() + ": " + error.what());
    }
}

template <class T>
Matrix<T> LayeredNet<T>::predict(MatrixView<const T> x) const {
    Matrix<T> y(x.rows(), output_size());
    nn::predict<T>(views_of<T>(layers_), x, y);
    return y;
}

template class LayeredNet<float>;
template class LayeredNet<double>;

}  // namespace thalweg
