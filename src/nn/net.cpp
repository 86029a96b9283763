// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Composed of the public operations, a block of rows at a time.
#include "thalweg/net.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/shape_check.hpp"
#include "thalweg/error.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

// Rows at a time, as TwoLayerNet takes them: what lies between two layers stays in cache.
constexpr std::size_t kRowBlock = 256;

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
void check_layers(const std::vector<typename LayeredNet<T>::Layer>& layers) {
    if (layers.empty()) {
        throw ShapeError("LayeredNet: expected at least 1 layer, found none");
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        const Matrix<T>& w = layers[i].W;
        const Matrix<T>& b = layers[i].b;
        const std::size_t inputs = i == 0 ? w.rows() : layers[i - 1].W.cols();
        check::shape("LayeredNet", ("W" + number).c_str(), inputs, w.cols(), w.rows(), w.cols());
        check::shape("LayeredNet", ("b" + number).c_str(), 1, w.cols(), b.rows(), b.cols());
    }
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
    check::shape("predict", "x", x, x.rows(), input_size());
    Matrix<T> y(x.rows(), output_size());
    for (std::size_t first = 0; first < x.rows(); first += kRowBlock) {
        const std::size_t last = std::min(first + kRowBlock, x.rows());
        Matrix<T> z = affine(x.rows(first, last), layers_[0].W, layers_[0].b);
        for (std::size_t i = 1; i < layers_.size(); ++i) {
            sigmoid(z, z);
            z = affine(z, layers_[i].W, layers_[i].b);
        }
        softmax(z, y.rows(first, last));
    }
    return y;
}

template class LayeredNet<float>;
template class LayeredNet<double>;

}  // namespace thalweg
