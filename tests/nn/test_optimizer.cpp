// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Update rules: the bits of lines of arrays, states that continue, and wrong numbers.
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/levels.hpp"
#include "support/message_of.hpp"
#include "thalweg/array.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/optimizer.hpp"

namespace {

using namespace thalweg;
using namespace thalweg::test;

const std::vector<UpdateRule>& rules() {
    static const std::vector<UpdateRule> all = {Sgd{},
                                                Momentum{},
                                                Nesterov{},
                                                AdaGrad{},
                                                RmsProp{},
                                                Adam{},
                                                Adam{.epsilon_inside = true},
                                                AdamW{.weight_decay = 0.5}};
    return all;
}

template <class T>
NetParams<T> drawn(Rng& rng) {
    NetParams<T> params;
    // More than a block of the rules, and what two threads share.
    params.layers.push_back({Matrix<T>::randn(300, 700, rng), Matrix<T>::randn(1, 700, rng)});
    params.layers.push_back({Matrix<T>::randn(700, 3, rng), Matrix<T>::randn(1, 3, rng)});
    return params;
}

// Three updates of one matrix, as thalweg/optimizer.hpp writes them.
template <class T>
class ByLines {
public:
    explicit ByLines(const Matrix<T>& p) : p_(p), v_(p.rows(), p.cols()), m_(p.rows(), p.cols()) {}
    const Matrix<T>& p() const { return p_; }

    void operator()(const Sgd& rule) { axpy(-static_cast<T>(rule.lr), g_, p_); }
    void operator()(const Momentum& rule) {
        v_ = rule.momentum * v_ - rule.lr * g_;
        p_ += v_;
    }
    void operator()(const Nesterov& rule) {
        p_ += (rule.momentum * rule.momentum) * v_;
        p_ -= ((1 + rule.momentum) * rule.lr) * g_;
        v_ = rule.momentum * v_ - rule.lr * g_;
    }
    void operator()(const AdaGrad& rule) {
        v_ += g_ * g_;
        p_ -= rule.lr * g_ / (sqrt(v_) + rule.epsilon);
    }
    void operator()(const RmsProp& rule) {
        v_ = rule.decay * v_ + (1 - rule.decay) * g_ * g_;
        p_ -= rule.lr * g_ / (sqrt(v_) + rule.epsilon);
    }
    void operator()(const Adam& rule) {
        b1_ *= rule.beta1;
        b2_ *= rule.beta2;
        m_ += (1 - rule.beta1) * (g_ - m_);
        v_ += (1 - rule.beta2) * (g_ * g_ - v_);
        if (rule.epsilon_inside) {
            p_ -= rule.lr / (1 - b1_) * m_ / (sqrt(v_) / std::sqrt(1 - b2_) + rule.epsilon);
        } else {
            p_ -= rule.lr * std::sqrt(1 - b2_) / (1 - b1_) * m_ / (sqrt(v_) + rule.epsilon);
        }
    }
    void operator()(const AdamW& rule) {
        p_ *= 1 - rule.lr * rule.weight_decay;
        (*this)(Adam{rule.lr, rule.beta1, rule.beta2, rule.epsilon, true});
    }
    void take(const UpdateRule& rule, const Matrix<T>& g) {
        g_ = g;
        std::visit(*this, rule);
    }

private:
    Matrix<T> p_, v_, m_, g_;
    double b1_ = 1.0, b2_ = 1.0;
};

TEMPLATE_TEST_CASE("rules have the bits of lines of arrays", "[optimizer][bits]", float, double) {
    using T = TestType;
    Rng rng(5);
    const NetParams<T> start = drawn<T>(rng);
    const std::vector<NetParams<T>> grads = {drawn<T>(rng), drawn<T>(rng), drawn<T>(rng)};
    each_level([&](Rounding) {
        for (const UpdateRule& rule : rules()) {
            INFO("rule " << rule.index());
            std::vector<ByLines<T>> lines;
            for (const auto& each : start.matrices()) {
                lines.emplace_back(*each.matrix);
            }
            for (const NetParams<T>& g : grads) {
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    lines[i].take(rule, *g.matrices()[i].matrix);
                }
            }
            for (const int threads : kThreadCounts) {
                const ThreadScope scope(threads);
                NetParams<T> params = start;
                Optimizer<T> optimizer(rule);
                for (const NetParams<T>& g : grads) {
                    optimizer.update(params, g);
                }
                CHECK(optimizer.updates() == 3);
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    CHECK(*params.matrices()[i].matrix == lines[i].p());
                }
            }
        }
    });
}

TEST_CASE("a restored optimizer continues with the same bits", "[optimizer]") {
    Rng rng(5);
    for (const UpdateRule& rule : rules()) {
        INFO("rule " << rule.index());
        NetParams<float> whole = drawn<float>(rng);
        const std::vector<NetParams<float>> grads = {drawn<float>(rng), drawn<float>(rng)};
        NetParams<float> parts = whole;
        Optimizer<float> one(rule);
        one.update(whole, grads[0]);
        one.update(whole, grads[1]);
        Optimizer<float> first(rule);
        first.update(parts, grads[0]);
        Optimizer<float> second(rule);
        second.restore(first.state());
        second.update(parts, grads[1]);
        CHECK(parts == whole);
        CHECK(second.state() == one.state());
    }
}

TEST_CASE("a two-layer net's parameters move by any rule", "[optimizer]") {
    Rng rng(2);
    TwoLayerParams<double> params(3, 4, 2);
    TwoLayerParams<double> grads(3, 4, 2);
    grads.W2 = Matrix<double>::randn(4, 2, rng);
    Optimizer<double> optimizer(Momentum{.lr = 0.5});
    optimizer.update(params, grads);
    CHECK(params.W2 == Matrix<double>(-0.5 * grads.W2));
    CHECK(params.W1 == grads.W1);
}

TEST_CASE("an optimizer rejects what does not fit", "[optimizer][errors]") {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<UpdateRule> wrong = {
        Sgd{.lr = 0.0},           Momentum{.lr = kNan},     Momentum{.momentum = 1.5},
        Nesterov{.momentum = -1}, AdaGrad{.epsilon = -1},   RmsProp{.decay = kNan},
        Adam{.beta1 = 1.0},       Adam{.beta2 = 1 - 1e-12}, AdamW{.weight_decay = -1},
        Sgd{.lr = 1e-60}};
    for (const UpdateRule& rule : wrong) {
        INFO("rule " << rule.index());
        CHECK_THROWS_AS(Optimizer<float>(rule), std::invalid_argument);
    }
    CHECK_THAT(
        message_of<std::invalid_argument>([&] { static_cast<void>(Optimizer<float>(Adam{.beta1 = 1.0})); }),
        ContainsSubstring("Optimizer: beta1 must be from 0 to below 1, found 1"));
    Rng rng(1);
    NetParams<float> params = drawn<float>(rng);
    NetParams<float> grads = drawn<float>(rng);
    const NetParams<float> before = params;
    Optimizer<float> optimizer(Adam{});
    grads.layers[1].b = Matrix<float>(1, 4);
    CHECK_THAT(message_of<ShapeError>([&] { static_cast<void>(optimizer.update(params, grads)); }),
               ContainsSubstring("b2"));
    grads.layers.pop_back();
    CHECK_THROWS_AS(optimizer.update(params, grads), ShapeError);
    CHECK_THROWS_AS(Sgd{}.update(params, grads), ShapeError);
    CHECK(params == before);
    CHECK(optimizer.updates() == 0);
    optimizer.update(params, params);
    NetParams<float> other;
    other.layers.push_back({Matrix<float>(2, 2), Matrix<float>(1, 2)});
    CHECK_THROWS_AS(optimizer.update(other, other), ShapeError);
    CHECK_THROWS_AS(optimizer.set_lr(-1.0), std::invalid_argument);
    optimizer.set_lr(0.25);
    CHECK(optimizer.lr() == 0.25);
}

}  // namespace

TEST_CASE("a rule rejects the state of one that remembers more", "[optimizer]") {
    TwoLayerParams<float> params(2, 3, 2);
    Optimizer<float> adam(Adam{});
    adam.update(params, params);
    for (const UpdateRule& rule :
         {UpdateRule(Sgd{.lr = 0.1}), UpdateRule(Momentum{}), UpdateRule(AdaGrad{})}) {
        Optimizer<float> other(rule);
        other.restore(adam.state());
        CHECK_THROWS_AS(other.update(params, params), std::invalid_argument);
    }
}
