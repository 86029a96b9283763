// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "training_loss.hpp"

#include <algorithm>

#include "thalweg/array.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/reductions.hpp"

namespace thalweg::cli {
namespace {

Matrix<double> activated(Activation activation, const Matrix<double>& sums) {
    switch (activation) {
        case Activation::kIdentity:
            return sums;
        case Activation::kSigmoid:
            return sigmoid(sums);
        case Activation::kTanh:
            return tanh(sums);
        case Activation::kRelu:
            return relu(sums);
        case Activation::kLeakyRelu:
            return leaky_relu(sums, 0.01);
        case Activation::kSoftplus:
            return softplus(sums);
        case Activation::kGelu:
            return gelu(sums);
    }
    return sums;
}

// As batch normalisation does in training, with the book's 10e-7.
Matrix<double> normalised(const Layer<double>& layer, const Matrix<double>& sums) {
    const Matrix<double> apart = sums - mean(sums, 0);
    return apart / sqrt(mean(square(apart), 0) + 10e-7) * layer.gamma + layer.beta;
}

double sum_of_losses(Loss loss, const Matrix<double>& sums, const Matrix<double>& t) {
    switch (loss) {
        case Loss::kMeanSquaredError:
            return 0.5 * sum(square(sums - t));
        case Loss::kBinaryCrossEntropy:
            return sum(softplus(sums) - t * sums);
        case Loss::kSoftmaxCrossEntropy:
            break;
    }
    const Matrix<double> apart = sums - max(sums, 1);
    return sum(t * (log(sum(exp(apart), 1)) - apart));
}

}  // namespace

std::vector<Matrix<double>> dropout_masks(const Net<double>& net, std::size_t rows, Rng& rng) {
    std::vector<Matrix<double>> masks;
    const double dropout = net.options().dropout;
    for (std::size_t l = 0; dropout != 0.0 && l + 1 < net.layers().size(); ++l) {
        Matrix<double>& mask = masks.emplace_back(rows, net.layers()[l].W.cols());
        std::generate_n(mask.data(), mask.size(), [&] { return rng.uniform() > dropout ? 1.0 : 0.0; });
    }
    return masks;
}

double training_loss(const Net<double>& net, const Matrix<double>& x, const Matrix<double>& t,
                     const std::vector<Matrix<double>>& masks) {
    const NetOptions& options = net.options();
    Matrix<double> z = x;
    double squares = 0.0;
    for (std::size_t l = 0; l < net.layers().size(); ++l) {
        const Layer<double>& layer = net.layers()[l];
        z = affine(z, layer.W, layer.b);
        squares += options.weight_decay == 0.0 ? 0.0 : sum(square(layer.W));
        if (l + 1 < net.layers().size()) {
            z = activated(options.activation, options.batch_norm ? normalised(layer, z) : z);
            z = masks.empty() ? z : Matrix<double>(z * masks[l]);
        }
    }
    return sum_of_losses(options.loss, z, t) / static_cast<double>(x.rows()) +
           0.5 * options.weight_decay * squares;
}

}  // namespace thalweg::cli
