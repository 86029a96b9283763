// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/optimize/rules.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "differentiate/text.hpp"
#include "dispatch/dispatch.hpp"
#include "ops/array_steps.hpp"

namespace thalweg::nn {
namespace {

using kernels::Kernels;
using namespace ops::steps;  // NOLINT: a program reads as a list of them

// Elements at a time: gradient, parameters and memories of a block stay in the first cache between programs.
constexpr std::size_t kBlock = 1024;
template <class T>
constexpr std::size_t kTileElements = kernels::kKeptBytes / sizeof(T);

template <class T>
struct Update {
    const Kernels<T>& kernel;
    const UpdateNumbers<T>& c;
    const UpdateBlock<T>& b;
    T* tile;

    // out = keep * out + sign * take * g
    void remember(ArrayOp sign) const noexcept {
        run<T>(
            kernel,
            {pair(ArrayOp::kMultiply, from(b.g), number(c.take)), keep(tile),
             pair(ArrayOp::kMultiply, from<T>(b.first), number(c.keep)), store(sign, kept<T>(tile), b.first)},
            b.n);
    }
    // p -= lr * g / (sqrt(first) + epsilon)
    void descend() const noexcept {
        run<T>(kernel,
               {load<T>(b.first), unary<T>(ArrayOp::kSqrt), binary(ArrayOp::kAdd, number(c.epsilon)),
                keep(tile), pair(ArrayOp::kMultiply, from(b.g), number(c.lr)),
                binary(ArrayOp::kDivide, kept<T>(tile)), store(ArrayOp::kSubtractFrom, from<T>(b.p), b.p)},
               b.n);
    }

    void operator()(const Sgd&) const noexcept { kernel.axpy(-c.lr, b.g, b.p, b.n); }
    void operator()(const Momentum&) const noexcept {
        remember(ArrayOp::kSubtract);
        run<T>(kernel, {store_pair(ArrayOp::kAdd, from<T>(b.p), from<T>(b.first), b.p)}, b.n);
    }
    void operator()(const Nesterov&) const noexcept {
        run<T>(kernel,
               {store_two(ArrayOp::kMultiply, from<T>(b.first), number(c.keep_2), ArrayOp::kAdd, from<T>(b.p),
                          b.p)},
               b.n);
        run<T>(kernel,
               {store_two(ArrayOp::kMultiply, from(b.g), number(c.lr), ArrayOp::kSubtractFrom, from<T>(b.p),
                          b.p)},
               b.n);
        remember(ArrayOp::kSubtract);
    }
    void operator()(const AdaGrad&) const noexcept {
        run<T>(
            kernel,
            {store_two(ArrayOp::kMultiply, from(b.g), from(b.g), ArrayOp::kAdd, from<T>(b.first), b.first)},
            b.n);
        descend();
    }
    void operator()(const RmsProp&) const noexcept {
        run<T>(kernel,
               {pair(ArrayOp::kMultiply, from(b.g), number(c.take)), binary(ArrayOp::kMultiply, from(b.g)),
                keep(tile), pair(ArrayOp::kMultiply, from<T>(b.first), number(c.keep)),
                store(ArrayOp::kAdd, kept<T>(tile), b.first)},
               b.n);
        descend();
    }
    void operator()(const Adam&) const noexcept {
        kernel.adam({.n = b.n,
                     .g = b.g,
                     .p = b.p,
                     .first = b.first,
                     .second = b.second,
                     .lr = c.lr,
                     .take = c.keep,
                     .take_2 = c.keep_2,
                     .epsilon = c.epsilon,
                     .divisor = c.divisor});
    }
    void operator()(const AdamW&) const noexcept {
        run<T>(kernel, {store_pair(ArrayOp::kMultiply, from<T>(b.p), number(c.shrink), b.p)}, b.n);
        (*this)(Adam{});
    }
};

// Gathers the numbers of a rule in double, and rounds them once.
template <class T>
struct NumbersOf {
    double beta1_power;
    double beta2_power;

    static UpdateNumbers<T> rounded(double lr, double keep, double take, double keep_2 = 0.0,
                                    double epsilon = 0.0, double divisor = 1.0,
                                    double shrink = 1.0) noexcept {
        return {static_cast<T>(lr),     static_cast<T>(keep),    static_cast<T>(take),
                static_cast<T>(keep_2), static_cast<T>(epsilon), static_cast<T>(divisor),
                static_cast<T>(shrink)};
    }
    UpdateNumbers<T> operator()(const Sgd& rule) const noexcept { return rounded(rule.lr, 0.0, 0.0); }
    UpdateNumbers<T> operator()(const Momentum& rule) const noexcept {
        return rounded(rule.lr, rule.momentum, rule.lr);
    }
    UpdateNumbers<T> operator()(const Nesterov& rule) const noexcept {
        return rounded((1.0 + rule.momentum) * rule.lr, rule.momentum, rule.lr,
                       rule.momentum * rule.momentum);
    }
    UpdateNumbers<T> operator()(const AdaGrad& rule) const noexcept {
        return rounded(rule.lr, 0.0, 0.0, 0.0, rule.epsilon);
    }
    UpdateNumbers<T> operator()(const RmsProp& rule) const noexcept {
        return rounded(rule.lr, rule.decay, 1.0 - rule.decay, 0.0, rule.epsilon);
    }
    UpdateNumbers<T> operator()(const Adam& rule) const noexcept {
        const double root = std::sqrt(1.0 - beta2_power);
        const double lr = (rule.epsilon_inside ? rule.lr : rule.lr * root) / (1.0 - beta1_power);
        return rounded(lr, 1.0 - rule.beta1, 0.0, 1.0 - rule.beta2, rule.epsilon,
                       rule.epsilon_inside ? root : 1.0);
    }
    UpdateNumbers<T> operator()(const AdamW& rule) const noexcept {
        UpdateNumbers<T> numbers = (*this)(Adam{rule.lr, rule.beta1, rule.beta2, rule.epsilon, true});
        numbers.shrink = static_cast<T>(1.0 - rule.lr * rule.weight_decay);
        return numbers;
    }
};

// Hands each number of a rule to a check or a text, with what it is.
template <class To>
struct EachNumber {
    const To& to;

    void operator()(const Sgd& rule) const { to.lr(rule.lr); }
    void operator()(const Momentum& rule) const {
        to.lr(rule.lr);
        to.share("momentum", rule.momentum);
    }
    void operator()(const Nesterov& rule) const { (*this)(Momentum{rule.lr, rule.momentum}); }
    void operator()(const AdaGrad& rule) const {
        to.lr(rule.lr);
        to.small("epsilon", rule.epsilon);
    }
    void operator()(const RmsProp& rule) const {
        (*this)(AdaGrad{rule.lr, rule.epsilon});
        to.share("decay", rule.decay);
    }
    void operator()(const Adam& rule) const {
        (*this)(AdaGrad{rule.lr, rule.epsilon});
        to.beta("beta1", rule.beta1);
        to.beta("beta2", rule.beta2);
        to.choice(rule.epsilon_inside);
    }
    void operator()(const AdamW& rule) const {
        (*this)(Adam{rule.lr, rule.beta1, rule.beta2, rule.epsilon});
        to.small("weight_decay", rule.weight_decay);
    }
};

// What is wrong with a rule's numbers.
template <class T>
struct RuleCheck {
    const char* op;

    void expect(bool right, const char* what, const char* expected, double found) const {
        if (!right) {
            throw std::invalid_argument(std::string(op) + ": " + what + " must be " + expected + ", found " +
                                        detail::number_text(found));
        }
    }
    void lr(double lr) const {
        const auto rounded = static_cast<T>(lr);
        expect(rounded > T(0) && std::isfinite(rounded), "lr",
               std::is_same_v<T, float> ? "finite and above 0 in float" : "finite and above 0", lr);
    }
    void share(const char* what, double value) const {
        expect(value >= 0.0 && value <= 1.0, what, "from 0 to 1", value);
    }
    void beta(const char* what, double value) const {
        expect(value >= 0.0 && static_cast<T>(value) < T(1), what, "from 0 to below 1", value);
    }
    void small(const char* what, double value) const {
        expect(value >= 0.0 && std::isfinite(static_cast<T>(value)), what, "finite and not below 0", value);
    }
    void choice(bool /*chosen*/) const {}
};

struct RuleText {
    std::string& text;

    void lr(double value) const { text += " " + detail::number_text(value); }
    void share(const char* /*what*/, double value) const { lr(value); }
    void beta(const char* /*what*/, double value) const { lr(value); }
    void small(const char* /*what*/, double value) const { lr(value); }
    void choice(bool chosen) const { text += chosen ? " 1" : " 0"; }
};

}  // namespace

std::size_t memories_of(const UpdateRule& rule) noexcept {
    return std::holds_alternative<Sgd>(rule)                                           ? 0
           : std::holds_alternative<Adam>(rule) || std::holds_alternative<AdamW>(rule) ? 2
                                                                                       : 1;
}

template <class T>
void check_rule(const char* op, const UpdateRule& rule) {
    const RuleCheck<T> check{op};
    std::visit(EachNumber<RuleCheck<T>>{check}, rule);
}

std::string text_of(const UpdateRule& rule) {
    std::string text = "rule " + std::to_string(rule.index()) + " with";
    const RuleText to{text};
    std::visit(EachNumber<RuleText>{to}, rule);
    return text;
}

// NOLINTBEGIN(bugprone-exception-escape): a rule always holds one of them
template <class T>
UpdateNumbers<T> numbers_of(const UpdateRule& rule, double beta1_power, double beta2_power) noexcept {
    return std::visit(NumbersOf<T>{beta1_power, beta2_power}, rule);
}

template <class T>
void apply(const UpdateRule& rule, const UpdateNumbers<T>& numbers, const UpdateBlock<T>& block) noexcept {
    alignas(64) T tile[kTileElements<T>];
    const auto behind = [](T* memory, std::size_t first) {
        return memory == nullptr ? nullptr : memory + first;
    };
    for (std::size_t first = 0; first < block.n; first += kBlock) {
        const UpdateBlock<T> part = {block.g + first, block.p + first, behind(block.first, first),
                                     behind(block.second, first), std::min(kBlock, block.n - first)};
        std::visit(Update<T>{dispatch::active<T>(), numbers, part, tile}, rule);
    }
}

// NOLINTEND(bugprone-exception-escape)

template void check_rule<float>(const char*, const UpdateRule&);
template void check_rule<double>(const char*, const UpdateRule&);
template UpdateNumbers<float> numbers_of(const UpdateRule&, double, double) noexcept;
template UpdateNumbers<double> numbers_of(const UpdateRule&, double, double) noexcept;
template void apply(const UpdateRule&, const UpdateNumbers<float>&, const UpdateBlock<float>&) noexcept;
template void apply(const UpdateRule&, const UpdateNumbers<double>&, const UpdateBlock<double>&) noexcept;

}  // namespace thalweg::nn
