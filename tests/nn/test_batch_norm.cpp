// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Parameters and running statistics of normalised nets: their names, their rules, their files, and what is
// left of them where the batch is one row.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "nn/layer_case.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "thalweg/array.hpp"
#include "thalweg/net.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/reductions.hpp"

using namespace thalweg;
using namespace thalweg::test;

TEST_CASE("one row is its own mean", "[net][batchnorm]") {
    LayerCase<double> c(kBatchNorm, 1);
    const Net<double> before = c.net;
    const NetParams<double> gradient = c.net.gradient(c.x, c.labels, c.rng);
    // Nothing that comes before the last normalised layer changes the loss.
    for (const std::size_t layer : {0U, 1U}) {
        CHECK(max(abs(gradient.layers[layer].gamma)) == 0.0);
        CHECK(max(abs(gradient.layers[layer].W)) == 0.0);
        CHECK(max(abs(gradient.layers[layer].b)) == 0.0);
        CHECK(c.net.running.layers[layer].variance ==
              Matrix<double>(0.9 * before.running.layers[layer].variance));
    }
    CHECK(max(abs(gradient.layers[0].beta)) == 0.0);
    CHECK(max(abs(gradient.layers[1].beta)) > 0.0);
    const Matrix<double> y = relu(before.params.layers[1].beta);
    CHECK(Matrix<double>(gradient.layers[2].W.row(0)) == Matrix<double>(y(0, 0) * gradient.layers[2].b));
}

TEST_CASE("parameters and statistics of a normalised net have names", "[net][batchnorm]") {
    Rng rng(1);
    Net<float> net({5, 4, 3, 2}, {.batch_norm = true}, rng);
    std::string names;
    for (const auto& each : std::as_const(net).params.matrices()) {
        names += std::string(each.name) + " ";
    }
    CHECK(names == "W1 b1 gamma1 beta1 W2 b2 gamma2 beta2 W3 b3 ");
    CHECK(net.params.size() == 5 * 4 + 4 + 8 + 4 * 3 + 3 + 6 + 3 * 2 + 2);
    CHECK(net.params.layers[0].gamma == Matrix<float>(1, 4, 1.0F));
    CHECK(net.params.layers[1].beta == Matrix<float>(1, 3));
    names.clear();
    for (const auto& each : net.running.matrices()) {
        names += std::string(each.name) + " ";
        CHECK(*each.matrix == Matrix<float>(1, each.matrix->cols()));
    }
    CHECK(names == "running_mean1 running_var1 running_mean2 running_var2 ");
    // The draws are those of a net without.
    Rng again(1);
    CHECK(net.params.layers[2].W == Net<float>({5, 4, 3, 2}, {}, again).params.layers[2].W);

    NetParams<float> many;
    many.layers.resize(999,
                       {Matrix<float>(1, 1), Matrix<float>(1, 1), Matrix<float>(1, 1), Matrix<float>(1, 1)});
    CHECK(many.matrices()[4 * 998 + 2].name == "gamma999");
    CHECK(many.matrices()[4 * 99 + 3].name == "beta100");
}

TEST_CASE("rules move gamma and beta, weight decay leaves them", "[net][optimizer][batchnorm]") {
    LayerCase<float> c({.weight_decay = 0.5, .batch_norm = true});
    Net<float> plain(c.net.params.layers, {.batch_norm = true});
    plain.running = c.net.running;
    const NetParams<float> decaying = c.net.gradient(c.x, c.labels, c.rng);
    const NetParams<float> gradient = plain.gradient(c.x, c.labels, c.rng);
    CHECK(decaying.layers[0].gamma == gradient.layers[0].gamma);
    CHECK(decaying.layers[1].beta == gradient.layers[1].beta);
    CHECK(decaying.layers[1].W == Matrix<float>(gradient.layers[1].W + 0.5F * plain.params.layers[1].W));
    const Layer<float> before = plain.params.layers[1];
    Optimizer<float>(Momentum{.lr = 0.25}).update(plain.params, gradient);
    CHECK(plain.params.layers[1].gamma == Matrix<float>(before.gamma - 0.25F * gradient.layers[1].gamma));
    CHECK(plain.params.layers[1].beta == Matrix<float>(before.beta - 0.25F * gradient.layers[1].beta));
    NetParams<float> without = gradient;
    without.layers[0].gamma = {};
    without.layers[0].beta = {};
    CHECK_THROWS_AS(Optimizer<float>().update(plain.params, without), ShapeError);
}

TEST_CASE("a normalised net comes back from a file", "[net][npz][batchnorm]") {
    const LayerCase<float> c(kBatchNorm);
    std::vector<NpzMember> members;
    for (const auto& each : c.net.params.matrices()) {
        members.push_back({std::string(each.name), *each.matrix});
    }
    const std::size_t parameters = members.size();
    for (const auto& each : c.net.running.matrices()) {
        members.push_back({std::string(each.name), *each.matrix});
    }
    const auto loaded = [&](std::size_t count, const NetOptions& options) {
        return Net<float>(
            Npz("net.npz", {members.begin(), members.begin() + static_cast<std::ptrdiff_t>(count)}), options);
    };
    CHECK(loaded(members.size(), kBatchNorm).predict(c.x) == c.net.predict(c.x));
    CHECK_THAT(message_of<IoError>([&] { static_cast<void>(loaded(parameters, kBatchNorm)); }),
               ContainsSubstring("net.npz: expected an array \"running_mean1\""));
    CHECK_THAT(message_of<IoError>([&] { static_cast<void>(loaded(2, kBatchNorm)); }),
               !ContainsSubstring("gamma"));
    CHECK_THAT(message_of<IoError>([&] { static_cast<void>(loaded(members.size(), {})); }),
               ContainsSubstring("net.npz: expected a net without batch normalisation") &&
                   ContainsSubstring("gamma1"));
    members.back() = {"running_var2", Matrix<float>(1, 7)};
    CHECK_THAT(message_of<IoError>([&] { static_cast<void>(loaded(members.size(), kBatchNorm)); }),
               ContainsSubstring("net.npz: Net: running_var2 must be [1,23], found [1,7]"));
}
