// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How parameters move along a gradient: rules as the book has them, and Optimizer, which applies one and
// keeps what it remembers from step to step.
//
// Common to all:
// error    every product, sum, quotient and root is rounded by itself, but for Sgd; constants are computed in
//          double and rounded once to the parameters' type. docs/numerics.md
// source   Deep Learning from Scratch 4.5 and 6.1
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/net.hpp"
#include "thalweg/two_layer_net.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Stochastic gradient descent: p = fma(-lr, g, p) for every parameter, with lr rounded to the net's type.
struct Sgd {
    double lr = 0.1;  ///< learning rate: finite and above 0

    /// Moves the parameters one step along the gradient.
    /// shape    params, grads: alike; nothing has moved where they are not
    /// error    one rounding a parameter with FMA, two without
    /// throws   std::invalid_argument for an lr that is not finite and above 0 in the net's type
    void update(TwoLayerParams<float>& params, const TwoLayerParams<float>& grads) const;
    void update(TwoLayerParams<double>& params, const TwoLayerParams<double>& grads) const;
    void update(NetParams<float>& params, const NetParams<float>& grads) const;
    void update(NetParams<double>& params, const NetParams<double>& grads) const;
};

/// v = momentum * v - lr * g; p += v.
struct Momentum {
    double lr = 0.01;       ///< learning rate: finite and above 0
    double momentum = 0.9;  ///< how much of the last move stays: 0 to 1
};

/// Nesterov's momentum, in the book's form: p += momentum^2 * v; p -= (1 + momentum) * lr * g, with the v of
/// before; v = momentum * v - lr * g.
struct Nesterov {
    double lr = 0.01;       ///< learning rate: finite and above 0
    double momentum = 0.9;  ///< how much of the last move stays: 0 to 1
};

/// h += g * g; p -= lr * g / (sqrt(h) + epsilon).
struct AdaGrad {
    double lr = 0.01;       ///< learning rate: finite and above 0
    double epsilon = 1e-7;  ///< finite and not below 0
};

/// h = decay * h + (1 - decay) * g * g; p -= lr * g / (sqrt(h) + epsilon).
struct RmsProp {
    double lr = 0.01;       ///< learning rate: finite and above 0
    double decay = 0.99;    ///< how much of h stays: 0 to 1
    double epsilon = 1e-7;  ///< finite and not below 0
};

/// m += (1 - beta1) * (g - m); v += (1 - beta2) * (g * g - v); p -= lr_t * m / (sqrt(v) + epsilon) with
/// lr_t = lr * sqrt(1 - beta2^t) / (1 - beta1^t) at update t.
struct Adam {
    double lr = 0.001;      ///< learning rate: finite and above 0
    double beta1 = 0.9;     ///< how much of m stays: from 0, below 1
    double beta2 = 0.999;   ///< how much of v stays: from 0, below 1
    double epsilon = 1e-7;  ///< finite and not below 0
    bool epsilon_inside =
        false;  ///< PyTorch's form: lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
};

/// p *= 1 - lr * weight_decay; then Adam in PyTorch's form.
/// source   Loshchilov and Hutter 2019
struct AdamW {
    double lr = 0.001;           ///< learning rate: finite and above 0
    double beta1 = 0.9;          ///< how much of m stays: from 0, below 1
    double beta2 = 0.999;        ///< how much of v stays: from 0, below 1
    double epsilon = 1e-8;       ///< finite and not below 0
    double weight_decay = 0.01;  ///< finite and not below 0
};

/// One of the rules.
using UpdateRule = std::variant<Sgd, Momentum, Nesterov, AdaGrad, RmsProp, Adam, AdamW>;

/// Applies a rule to a net's parameters, update after update.
///
///     Rng rng(1);
///     Net<float> net({784, 100, 10}, {}, rng);
///     const Dataset digits = synthetic_digits(100, 1);
///     const Matrix<float> x = digits.images<float>();
///     Optimizer<float> optimizer(Adam{.lr = 0.001});
///     optimizer.update(net.params, net.gradient(x, digits.targets<float>()));
///     optimizer.updates();  // 1
///
/// throws   std::invalid_argument for a rule's number out of its range
template <class Element>
class Optimizer {
public:
    /// Begins with nothing remembered.
    explicit Optimizer(const UpdateRule& rule = Sgd{});

    /// Moves the parameters one step. What the rule remembers begins at 0 with the first update.
    /// shape    params, grads: alike, and as at the first update; nothing has moved where they are not
    void update(NetParams<Element>& params, const NetParams<Element>& grads);
    void update(TwoLayerParams<Element>& params, const TwoLayerParams<Element>& grads);

    /// Returns the rule.
    const UpdateRule& rule() const noexcept { return rule_; }
    /// Returns the learning rate.
    double lr() const;
    /// Changes the learning rate for the next updates.
    void set_lr(double lr);
    /// Returns the number of updates made.
    std::size_t updates() const noexcept { return state_.updates; }

    /// What the next updates depend on, beside the rule and the parameters.
    struct State {
        std::size_t updates = 0;              ///< made so far
        double beta1_power = 1.0;             ///< beta1^updates, multiplied up
        double beta2_power = 1.0;             ///< beta2^updates, likewise
        std::vector<Matrix<Element>> first;   ///< v, h or m of each parameter; empty for Sgd
        std::vector<Matrix<Element>> second;  ///< Adam's v

        /// Compares all of it.
        friend bool operator==(const State&, const State&) = default;
    };
    /// Returns the state; restore() of it continues with the same bits.
    const State& state() const noexcept { return state_; }
    /// Continues from a saved state.
    void restore(State state) { state_ = static_cast<State&&>(state); }

private:
    UpdateRule rule_;
    State state_;
};

// In the library.
extern template class Optimizer<float>;
extern template class Optimizer<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC
