// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The public face of a net of any depth: what is asked of its arguments, and the names. Predictions are
// nn/layers/forward.hpp, backpropagation is nn/step/backprop.hpp.
#include "thalweg/net.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/float_control.hpp"
#include "core/one_hot.hpp"
#include "core/shape_check.hpp"
#include "differentiate/text.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/layers/checks.hpp"
#include "nn/layers/decay.hpp"
#include "nn/layers/forward.hpp"
#include "nn/layers/losses.hpp"
#include "nn/layers/matches.hpp"
#include "nn/layers/net_layers.hpp"
#include "nn/optimize/descending.hpp"
#include "nn/step/backprop.hpp"
#include "nn/step/workspace.hpp"
#include "thalweg/error.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

void check_options(const NetOptions& options) {
    const auto expect = [](const char* what, double found) {
        if (!(found >= 0.0) || !std::isfinite(found)) {
            throw std::invalid_argument(std::string("Net: ") + what +
                                        " must be finite and not below 0, found " +
                                        detail::number_text(found));
        }
    };
    const auto expect_known = [](const char* what, bool known, int found) {
        if (!known) {
            throw std::invalid_argument(std::string("Net: ") + what +
                                        " must be one of the enumerators, found " + std::to_string(found));
        }
    };
    expect_known("activation", !name(options.activation).empty(), static_cast<int>(options.activation));
    expect_known("loss", !name(options.loss).empty(), static_cast<int>(options.loss));
    expect_known("init", options.init >= Init::kHe && options.init <= Init::kNormal,
                 static_cast<int>(options.init));
    expect("init_std", options.init_std);
    expect("weight_decay", options.weight_decay);
    if (!(options.dropout >= 0.0 && options.dropout < 1.0)) {
        throw std::invalid_argument("Net: dropout must be from 0, below 1, found " +
                                    detail::number_text(options.dropout));
    }
}

double std_of(const NetOptions& options, std::size_t inputs) {
    const auto n = static_cast<double>(inputs);
    return options.init == Init::kHe       ? std::sqrt(2.0 / n)
           : options.init == Init::kXavier ? std::sqrt(1.0 / n)
                                           : options.init_std;
}

// Statistics of no batch yet, for the layers that need them.
template <class T>
NetStatistics<T> fresh_statistics(const std::vector<Layer<T>>& layers, const NetOptions& options) {
    NetStatistics<T> running;
    for (std::size_t i = 0; options.batch_norm && i + 1 < layers.size(); ++i) {
        running.layers.push_back({Matrix<T>(1, layers[i].b.cols()), Matrix<T>(1, layers[i].b.cols())});
    }
    return running;
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

// What batch normalisation has of each hidden layer in a file.
template <class T>
void read_batch_norm(const Npz& npz, bool wanted, std::vector<Layer<T>>& layers, NetStatistics<T>& running) {
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        if (wanted) {
            layers[i].gamma = npz.as<Matrix<T>>("gamma" + number);
            layers[i].beta = npz.as<Matrix<T>>("beta" + number);
            running.layers.push_back(
                {npz.as<Matrix<T>>("running_mean" + number), npz.as<Matrix<T>>("running_var" + number)});
        } else if (npz.find("gamma" + number) != nullptr) {
            throw IoError(npz.path() +
                          ": expected a net without batch normalisation, as its options say, found gamma" +
                          number);
        }
    }
}

template <class T>
double decay_of(const NetOptions& options, nn::Layers<const T> layers) {
    return options.weight_decay == 0.0 ? 0.0 : nn::decay_loss(options.weight_decay, layers);
}

// Training with dropout and batch normalisation draws and remembers.
void check_needs_no_rng(const NetOptions& options) {
    if (options.dropout != 0.0 || options.batch_norm) {
        throw std::invalid_argument(
            "gradient: a net with dropout or batch normalisation needs an Rng: gradient(x, t, rng)");
    }
}

// rng: of a training step, or nullptr.
template <class T, class Buffers>
double gradient_of(const Net<T>& net, MatrixView<const T> x, const nn::Targets<T>& targets,
                   NetParams<T>& grads, Buffers& buffers, Rng* rng) {
    const core::FloatControlScope standard;
    nn::look_at_net<const T>(net, buffers.layers);
    const nn::Layers<const T> layers = buffers.layers;
    nn::fit_gradient<T>(layers, grads);
    nn::look_at<T>(grads, net.options(), buffers.gradient);
    const double loss = nn::dense_gradient<T>(layers, x, targets, buffers.gradient, buffers.pass, rng);
    const auto decay = static_cast<T>(net.options().weight_decay);
    for (std::size_t i = 0; decay != T(0) && i < layers.size(); ++i) {
        nn::add_decay<T>(decay, layers[i].W, buffers.gradient[i].W);
    }
    return loss + decay_of(net.options(), layers);
}

template <class T, class Buffers>
double gradient_for(const Net<T>& net, MatrixView<const T> x, Labels labels, NetParams<T>& grads,
                    Buffers& buffers, Rng* rng) {
    nn::check_labels_fit(net.options().loss);
    nn::check_rows("gradient", x, net.input_size());
    check::labels("gradient", labels.data(), labels.size(), x.rows(), net.output_size());
    return gradient_of<T>(net, x, {.labels = labels.data()}, grads, buffers, rng);
}

template <class T, class Buffers>
double gradient_for(const Net<T>& net, MatrixView<const T> x, MatrixView<const T> t, NetParams<T>& grads,
                    Buffers& buffers, Rng* rng) {
    nn::check_rows("gradient", x, net.input_size());
    check::shape("gradient", "t", t, x.rows(), net.output_size());
    const Loss loss = net.options().loss;
    nn::check_targets("gradient", loss, t);
    if (loss == Loss::kSoftmaxCrossEntropy && core::labels_of_one_hot(t, buffers.labels)) {
        return gradient_of<T>(net, x, {.labels = buffers.labels.data()}, grads, buffers, rng);
    }
    return gradient_of<T>(net, x, {.numbers = t, .loss = loss}, grads, buffers, rng);
}

// A training step's: the running statistics move as well.
template <class T, class Targets, class Buffers>
double training_gradient(Net<T>& net, MatrixView<const T> x, const Targets& t, NetParams<T>& grads,
                         Buffers& buffers, Rng& rng) {
    const double loss = gradient_for(net, x, t, grads, buffers, &rng);
    const core::FloatControlScope standard;
    for (std::size_t i = 0; std::isfinite(loss) && i < net.running.layers.size(); ++i) {
        buffers.pass.update_running(i, net.running.layers[i].mean, net.running.layers[i].variance);
    }
    return loss;
}

}  // namespace

template <class T>
std::vector<nn::Dense<const T>> nn::views_of(const Net<T>& net) {
    std::vector<Dense<const T>> views;
    views.reserve(net.params.layers.size());
    look_at_net<const T>(net, views);
    return views;
}

template <class T>
void nn::predict_sums(const Net<T>& net, MatrixView<const T> x, MatrixView<T> out) {
    // What nets with the mean squared error predict are the sums.
    nn::predict<T>(views_of(net), x, out, Loss::kMeanSquaredError);
}

template <class T>
Net<T>::Net(std::span<const std::size_t> sizes, const NetOptions& options, Rng& rng) : options_(options) {
    check_options(options);
    if (sizes.size() < 2) {
        throw ShapeError("Net: expected at least 2 sizes, inputs and outputs, found " +
                         std::to_string(sizes.size()));
    }
    nn::check_depth(sizes.size() - 1);
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
        if (options.batch_norm && i + 2 < sizes.size()) {
            params.layers[i].gamma = Matrix<T>(1, sizes[i + 1], T(1));
            params.layers[i].beta = Matrix<T>(1, sizes[i + 1]);
        }
    }
    running = fresh_statistics(params.layers, options);
}

template <class T>
Net<T>::Net(std::vector<Layer> layers, const NetOptions& options)
    : params{std::move(layers)}, running(fresh_statistics(params.layers, options)), options_(options) {
    check_options(options);
    nn::check_depth(params.layers.size());
    nn::views_of(*this);
}

template <class T>
Net<T>::Net(const Npz& npz, const NetOptions& options) : params{layers_of<T>(npz)}, options_(options) {
    check_options(options);
    read_batch_norm(npz, options.batch_norm, params.layers, running);
    try {
        nn::check_depth(params.layers.size());
        nn::views_of(*this);
    } catch (const ShapeError& error) {
        throw IoError(npz.path() + ": " + error.what());
    }
}

template <class T>
void Net<T>::predict(MatrixView<const T> x, MatrixView<T> out) const {
    nn::predict<T>(nn::views_of(*this), x, out, options_.loss);
}

template <class T>
void Net<T>::predict(MatrixView<const T> x, MatrixView<T> out, NetWorkspace<T>& workspace) const {
    auto& buffers = workspace.buffers();
    nn::look_at_net<const T>(*this, buffers.layers);
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
    nn::check_labels_fit(options_.loss);
    return cross_entropy_error(predict(x), labels) + decay_of<T>(options_, nn::views_of(*this));
}

template <class T>
double Net<T>::loss(MatrixView<const T> x, MatrixView<const T> t) const {
    nn::check_rows("loss", x, input_size());
    check::shape("loss", "t", t, x.rows(), output_size());
    nn::check_targets("loss", options_.loss, t);
    Matrix<T> sums(x.rows(), output_size());
    nn::predict_sums<T>(*this, x, sums);
    const core::FloatControlScope standard;
    std::vector<double> losses(x.rows());
    for (std::size_t i = 0; i < losses.size(); ++i) {
        losses[i] = nn::finish_row(options_.loss, nn::row_of(sums, i), nn::row_of(t, i), t.cols());
    }
    return dispatch::active<double>().sum(losses.data(), losses.size()) / static_cast<double>(losses.size()) +
           decay_of<T>(options_, nn::views_of(*this));
}

template <class T>
double Net<T>::accuracy(MatrixView<const T> x, Labels labels) const {
    nn::check_labels_fit(options_.loss);
    check::labels("accuracy", labels.data(), labels.size(), x.rows(), output_size());
    return nn::share_of_matches(argmax(predict(x), 1), {labels.begin(), labels.end()});
}

template <class T>
double Net<T>::gradient(MatrixView<const T> x, Labels labels, NetParams<T>& grads,
                        NetWorkspace<T>& workspace) const {
    check_needs_no_rng(options_);
    return gradient_for(*this, x, labels, grads, workspace.buffers(), nullptr);
}

template <class T>
double Net<T>::gradient(MatrixView<const T> x, MatrixView<const T> t, NetParams<T>& grads,
                        NetWorkspace<T>& workspace) const {
    check_needs_no_rng(options_);
    return gradient_for(*this, x, t, grads, workspace.buffers(), nullptr);
}

template <class T>
double Net<T>::gradient(MatrixView<const T> x, Labels labels, NetParams<T>& grads, NetWorkspace<T>& workspace,
                        Rng& rng) {
    return training_gradient(*this, x, labels, grads, workspace.buffers(), rng);
}

template <class T>
double Net<T>::gradient(MatrixView<const T> x, MatrixView<const T> t, NetParams<T>& grads,
                        NetWorkspace<T>& workspace, Rng& rng) {
    return training_gradient(*this, x, t, grads, workspace.buffers(), rng);
}

// The same without memory to use again.
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

template <class T>
NetParams<T> Net<T>::gradient(MatrixView<const T> x, Labels labels, Rng& rng) {
    NetParams<T> grads;
    NetWorkspace<T> workspace;
    gradient(x, labels, grads, workspace, rng);
    return grads;
}

template <class T>
NetParams<T> Net<T>::gradient(MatrixView<const T> x, MatrixView<const T> t, Rng& rng) {
    NetParams<T> grads;
    NetWorkspace<T> workspace;
    gradient(x, t, grads, workspace, rng);
    return grads;
}

template std::vector<nn::Dense<const float>> nn::views_of(const Net<float>&);
template std::vector<nn::Dense<const double>> nn::views_of(const Net<double>&);
template void nn::predict_sums(const Net<float>&, MatrixView<const float>, MatrixView<float>);
template void nn::predict_sums(const Net<double>&, MatrixView<const double>, MatrixView<double>);
template class Net<float>;
template class Net<double>;

}  // namespace thalweg
