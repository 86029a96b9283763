// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The public face of a net of any depth: what is asked of its arguments, and the names. Predictions are
// nn/layers/forward.hpp, backpropagation is nn/step/dense_step.hpp.
#include "thalweg/net.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "differentiate/text.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/layers/checks.hpp"
#include "nn/layers/decay.hpp"
#include "nn/layers/forward.hpp"
#include "nn/layers/losses.hpp"
#include "nn/layers/matches.hpp"
#include "nn/layers/one_hot.hpp"
#include "nn/step/dense_step.hpp"
#include "nn/step/workspace.hpp"
#include "thalweg/error.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

// "W1" to "W999" and "b1" to "b999", each with a zero behind it.
constexpr std::size_t kMostLayers = 999;
constexpr auto kNames = [] {
    std::array<std::array<std::array<char, 5>, kMostLayers>, 2> names{};
    for (std::size_t i = 0; i < kMostLayers; ++i) {
        const std::size_t number = i + 1;
        for (std::size_t which = 0; which < 2; ++which) {
            std::size_t at = 0;
            names[which][i][at++] = which == 0 ? 'W' : 'b';
            for (const std::size_t power : {100U, 10U, 1U}) {
                if (number >= power) {
                    names[which][i][at++] = static_cast<char>('0' + number / power % 10);
                }
            }
        }
    }
    return names;
}();

std::string_view name_of(std::size_t which, std::size_t layer) noexcept {
    const std::size_t digits = layer < 9 ? 1 : layer < 99 ? 2 : 3;
    return {kNames[which][layer].data(), 1 + digits};
}

void check_depth(std::size_t layers) {
    if (layers > kMostLayers) {
        throw ShapeError("Net: expected at most 999 layers, found " + std::to_string(layers));
    }
}

template <class Named, class Layers>
std::vector<Named> names_of(Layers& layers) {
    check_depth(layers.size());
    std::vector<Named> list;
    list.reserve(2 * layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        list.push_back({name_of(0, i), &layers[i].W});
        list.push_back({name_of(1, i), &layers[i].b});
    }
    return list;
}

void check_options(const NetOptions& options) {
    const auto expect = [](const char* what, double found) {
        if (!(found >= 0.0) || !std::isfinite(found)) {
            throw std::invalid_argument(std::string("Net: ") + what +
                                        " must be finite and not below 0, found " +
                                        detail::number_text(found));
        }
    };
    expect("init_std", options.init_std);
    expect("weight_decay", options.weight_decay);
}

double std_of(const NetOptions& options, std::size_t inputs) {
    const auto n = static_cast<double>(inputs);
    return options.init == Init::kHe       ? std::sqrt(2.0 / n)
           : options.init == Init::kXavier ? std::sqrt(1.0 / n)
                                           : options.init_std;
}

template <class T>
std::vector<Layer<T>> layers_of(const Npz& npz) {
    std::vector<Layer<T>> layers;
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

// Looks at the layers where they lie. U is const where they are only read.
template <class U, class Layers>
void look_at(Layers& layers, Activation activation, std::vector<nn::Dense<U>>& views) {
    views.clear();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        views.push_back({layers[i].W, layers[i].b, nn::activation_of(i, layers.size(), activation)});
    }
}

template <class T>
std::vector<nn::Dense<const T>> views_of(const Net<T>& net) {
    std::vector<nn::Dense<const T>> views;
    views.reserve(net.params.layers.size());
    look_at<const T>(net.params.layers, net.options().activation, views);
    nn::check_layers<const T>("Net", views);
    return views;
}

template <class T>
double decay_of(const Net<T>& net) {
    if (net.options().weight_decay == 0.0) {
        return 0.0;
    }
    const core::FloatControlScope standard;
    double sum = 0.0;
    for (const Layer<T>& layer : net.params.layers) {
        sum += nn::sum_of_squares<T>(layer.W.view());
    }
    return 0.5 * net.options().weight_decay * sum;
}

void check_labels_fit(Loss loss) {
    if (loss != Loss::kSoftmaxCrossEntropy) {
        throw std::invalid_argument(
            "Net: labels are for Loss::kSoftmaxCrossEntropy; expected a matrix of numbers");
    }
}

template <class T>
void check_rows(const char* op, MatrixView<const T> x, std::size_t inputs) {
    check::shape(op, "x", x, x.rows(), inputs);
    if (x.rows() == 0) {
        throw ShapeError(std::string(op) + ": expected at least one row, found none");
    }
}

template <class T, class Buffers>
double gradient_of(const Net<T>& net, MatrixView<const T> x, const nn::Targets<T>& targets,
                   NetParams<T>& grads, Buffers& buffers) {
    const core::FloatControlScope standard;
    look_at<const T>(net.params.layers, net.options().activation, buffers.layers);
    const nn::Layers<const T> layers = buffers.layers;
    nn::check_layers<const T>("Net", layers);
    grads.layers.resize(layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        nn::fit(grads.layers[i].W, layers[i].inputs(), layers[i].outputs());
        nn::fit(grads.layers[i].b, 1, layers[i].outputs());
    }
    look_at<T>(grads.layers, net.options().activation, buffers.gradient);
    const double loss = nn::dense_gradient<T>(layers, x, targets, buffers.gradient, buffers.pass);
    const auto decay = static_cast<T>(net.options().weight_decay);
    for (std::size_t i = 0; decay != T(0) && i < layers.size(); ++i) {
        nn::add_decay<T>(decay, layers[i].W, buffers.gradient[i].W);
    }
    return loss + decay_of(net);
}

}  // namespace

template <class T>
std::size_t NetParams<T>::size() const noexcept {
    std::size_t count = 0;
    for (const Layer<T>& layer : layers) {
        count += layer.W.size() + layer.b.size();
    }
    return count;
}

template <class T>
std::vector<NamedMatrix<Matrix<T>>> NetParams<T>::matrices() {
    return names_of<NamedMatrix<Matrix<T>>>(layers);
}

template <class T>
std::vector<NamedMatrix<const Matrix<T>>> NetParams<T>::matrices() const {
    return names_of<NamedMatrix<const Matrix<T>>>(layers);
}

template <class T>
Net<T>::Net(std::span<const std::size_t> sizes, const NetOptions& options, Rng& rng) : options_(options) {
    check_options(options);
    if (sizes.size() < 2) {
        throw ShapeError("Net: expected at least 2 sizes, inputs and outputs, found " +
                         std::to_string(sizes.size()));
    }
    check_depth(sizes.size() - 1);
    const core::FloatControlScope standard;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] == 0) {
            throw ShapeError("Net: size " + std::to_string(i + 1) + " of " + std::to_string(sizes.size()) +
                             " must be above 0, found 0");
        }
    }
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
        params.layers.push_back({Matrix<T>::randn(sizes[i], sizes[i + 1], rng, std_of(options, sizes[i])),
                                 Matrix<T>(1, sizes[i + 1])});
    }
}

template <class T>
Net<T>::Net(std::vector<Layer> layers, const NetOptions& options)
    : params{std::move(layers)}, options_(options) {
    check_options(options);
    check_depth(params.layers.size());
    views_of(*this);
}

template <class T>
Net<T>::Net(const Npz& npz, const NetOptions& options) : params{layers_of<T>(npz)}, options_(options) {
    check_options(options);
    try {
        check_depth(params.layers.size());
        views_of(*this);
    } catch (const ShapeError& error) {
        throw IoError(npz.path() + ": " + error.what());
    }
}

template <class T>
void Net<T>::predict(MatrixView<const T> x, MatrixView<T> out) const {
    nn::predict<T>(views_of(*this), x, out, options_.loss);
}

template <class T>
void Net<T>::predict(MatrixView<const T> x, MatrixView<T> out, NetWorkspace<T>& workspace) const {
    auto& buffers = workspace.buffers();
    look_at<const T>(params.layers, options_.activation, buffers.layers);
    nn::check_layers<const T>("Net", buffers.layers);
    nn::predict<T>(buffers.layers, x, out, options_.loss, buffers.between);
}

template <class T>
Matrix<T> Net<T>::predict(MatrixView<const T> x) const {
    Matrix<T> y(x.rows(), output_size());
    predict(x, y);
    return y;
}

template <class T>
double Net<T>::loss(MatrixView<const T> x, Labels labels) const {
    check_labels_fit(options_.loss);
    return cross_entropy_error(predict(x), labels) + decay_of(*this);
}

template <class T>
double Net<T>::loss(MatrixView<const T> x, MatrixView<const T> t) const {
    check_rows("loss", x, input_size());
    check::shape("loss", "t", t, x.rows(), output_size());
    // Of the sums, which become what predict() returns row by row.
    Matrix<T> sums(x.rows(), output_size());
    nn::predict<T>(views_of(*this), x, sums, Loss::kMeanSquaredError);
    const core::FloatControlScope standard;
    std::vector<double> losses(x.rows());
    for (std::size_t i = 0; i < losses.size(); ++i) {
        losses[i] = nn::finish_row(options_.loss, nn::row_of(sums, i), nn::row_of(t, i), t.cols());
    }
    return dispatch::active<double>().sum(losses.data(), losses.size()) / static_cast<double>(losses.size()) +
           decay_of(*this);
}

template <class T>
double Net<T>::accuracy(MatrixView<const T> x, Labels labels) const {
    check_labels_fit(options_.loss);
    check::labels("accuracy", labels.data(), labels.size(), x.rows(), output_size());
    return nn::share_of_matches(argmax(predict(x), 1), {labels.begin(), labels.end()});
}

template <class T>
double Net<T>::gradient(MatrixView<const T> x, Labels labels, NetParams<T>& grads,
                        NetWorkspace<T>& workspace) const {
    check_labels_fit(options_.loss);
    check_rows("gradient", x, input_size());
    check::labels("gradient", labels.data(), labels.size(), x.rows(), output_size());
    return gradient_of<T>(*this, x, {.labels = labels.data()}, grads, workspace.buffers());
}

template <class T>
double Net<T>::gradient(MatrixView<const T> x, MatrixView<const T> t, NetParams<T>& grads,
                        NetWorkspace<T>& workspace) const {
    check_rows("gradient", x, input_size());
    check::shape("gradient", "t", t, x.rows(), output_size());
    auto& buffers = workspace.buffers();
    const bool one_hot =
        options_.loss == Loss::kSoftmaxCrossEntropy && nn::labels_of_one_hot(t, buffers.labels);
    if (one_hot) {
        return gradient_of<T>(*this, x, {.labels = buffers.labels.data()}, grads, buffers);
    }
    return gradient_of<T>(*this, x, {.numbers = t, .loss = options_.loss}, grads, buffers);
}

template <class T>
NetParams<T> Net<T>::gradient(MatrixView<const T> x, Labels labels) const {
    NetParams<T> grads;
    NetWorkspace<T> workspace;
    gradient(x, labels, grads, workspace);
    return grads;
}

template <class T>
NetParams<T> Net<T>::gradient(MatrixView<const T> x, MatrixView<const T> t) const {
    NetParams<T> grads;
    NetWorkspace<T> workspace;
    gradient(x, t, grads, workspace);
    return grads;
}

template struct NetParams<float>;
template struct NetParams<double>;
template class Net<float>;
template class Net<double>;

}  // namespace thalweg
