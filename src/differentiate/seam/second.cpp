// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Second derivatives and derivatives along a direction by rounds of points, in the order and with the
// arithmetic of the loops in detail/derivatives.hpp.
#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string>

#include "differentiate/over_product.hpp"
#include "differentiate/seam/asked_steps.hpp"
#include "differentiate/seam/columns.hpp"
#include "differentiate/seam/waves.hpp"
#include "thalweg/derivatives.hpp"

namespace thalweg::detail {
namespace {

constexpr std::size_t kAtOnce = std::size_t{1} << 12;
constexpr std::size_t kMovesAtOnce = std::size_t{1} << 20;

Seam::Settings settings(const Plan& plan, const GradientOptions& options, std::span<const double> v = {}) {
    std::string method = method_text(plan, options);
    method += v.empty() ? "" : ", along " + fingerprint(v);
    return {plan.op, 1, options.threads, options.evaluations, method};
}

std::vector<std::uint32_t> all_variables(std::size_t n) {
    std::vector<std::uint32_t> all(n);
    std::iota(all.begin(), all.end(), 0U);
    return all;
}

// Whether to skip an element: a value that is not finite, and nothing that throws.
bool fails(const Seam& seam, const Plan& plan, std::size_t i, double x, double step, double value) {
    if (seam.on_failure() == OnFailure::kThrow) {
        check_value(plan.op, i, x, step, value);
    }
    return !is_finite(value);
}

// The lower triangle, each row from the diagonal down: two points on the diagonal, four beside it. Before
// them, as element 0, x itself.
class HessianElements {
public:
    HessianElements(const Plan& plan, std::span<const double> x, Seam& seam)
        : plan_(plan), x_(x), seam_(seam) {
        for (std::uint32_t i = 0; i < x.size(); ++i) {
            for (std::uint32_t j = i + 1; j-- > 0;) {
                pairs_.push_back({i, j});
            }
        }
    }

    Matrix<double> run() {
        const std::size_t n = x_.size();
        Matrix<double> result(n, n);
        seam_.expect(2 * n * n + 1);
        run_waves(
            seam_, x_, pairs_.size() + 1, kAtOnce, [&](Points& points, std::size_t e) { ask(points, e); },
            [&](std::size_t e, std::span<const double> values, bool done) {
                if (e == 0) {
                    take_value(values[0], done);
                    return;
                }
                const auto [i, j] = pairs_[e - 1];
                result(i, j) = !done ? kSkipped : (i == j ? diagonal(i, values) : mixed(i, j, values));
                result(j, i) = result(i, j);
            });
        return result;
    }

private:
    using Pair = std::array<std::uint32_t, 2>;

    void take_value(double value, bool done) {
        if (!done) {
            std::rethrow_exception(seam_.failure());
        }
        check_value(plan_.op, 0, 0.0, 0.0, value);
        value_ = value;
    }

    void ask(Points& points, std::size_t e) const {
        if (e == 0) {
            points.begin(nullptr, 0);
            return;
        }
        const Pair& pair = pairs_[e - 1];
        const auto [i, j] = pair;
        const double h_i = represented(plan_, x_[i], i);
        const double h_j = represented(plan_, x_[j], j);
        if (i == j) {
            for (const double s : {h_i, -h_i}) {
                points.begin(pair.data(), 1);
                points.to.push_back(Place(plan_, i, x_[i]).moved(s));
            }
            return;
        }
        check_moved(plan_.op, i, x_[i], h_i, x_[i] + h_i, x_[i] - h_i);
        check_moved(plan_.op, j, x_[j], h_j, x_[j] + h_j, x_[j] - h_j);
        for (const double s_i : {h_i, -h_i}) {
            for (const double s_j : {h_j, -h_j}) {
                points.begin(pair.data(), 2);
                points.to.push_back(x_[i] + s_i);
                points.to.push_back(x_[j] + s_j);
            }
        }
    }

    double diagonal(std::size_t i, std::span<const double> values) const {
        const double h = represented(plan_, x_[i], i);
        if (fails(seam_, plan_, i, x_[i], h, values[0]) || fails(seam_, plan_, i, x_[i], -h, values[1])) {
            return kSkipped;
        }
        return over_product(0.0 + (values[0] - value_) + (values[1] - value_), h, h);
    }

    double mixed(std::size_t i, std::size_t j, std::span<const double> values) const {
        const double h_i = represented(plan_, x_[i], i);
        const double h_j = represented(plan_, x_[j], j);
        for (std::size_t k = 0; k < 4; ++k) {
            if (fails(seam_, plan_, j, x_[j], k % 2 == 0 ? h_j : -h_j, values[k])) {
                return kSkipped;
            }
        }
        return over_product((values[0] - values[1]) - (values[2] - values[3]), 4.0 * h_i, h_j);
    }

    const Plan& plan_;
    std::span<const double> x_;
    Seam& seam_;
    std::vector<Pair> pairs_{};
    double value_ = 0.0;
};

// f along a direction, from steps that have been evaluated.
class AskedDirection {
public:
    AskedDirection(const Plan& plan, const Direction& direction, Seam& seam)
        : plan_(plan), direction_(direction), seam_(seam), all_(all_variables(direction.base.size())) {}

    // Until nothing is missing.
    Derivative derivative(double h) {
        const Line line = line_along(plan_, direction_);
        const bool throws = seam_.on_failure() == OnFailure::kThrow;
        for (;;) {
            Formula formula(plan_, line, at_x_.value_or(0.0), h);
            const Reply said = reply(formula, steps_, throws, [&](std::size_t k) {
                return states_[k] == State::kDone ? std::optional(values_[k]) : std::nullopt;
            });
            Derivative result = formula.result();
            if (said == Reply::kFailed) {
                result = {.value = kSkipped, .error_estimate = kSkipped};
            }
            if (said != Reply::kMissing) {
                result.evaluations = seam_.evaluations();
                return result;
            }
            evaluate(plan_.looks_at_value() && !at_x_.has_value());
        }
    }

private:
    void evaluate(bool with_x) {
        const std::size_t n = all_.size();
        Points points{direction_.base};
        for (std::size_t k = steps_.known(); k < steps_.size(); ++k) {
            points.begin(all_.data(), n);
            points.to.resize(points.to.size() + n);
            move_along(plan_, direction_, steps_[k], std::span(points.to).last(n));
        }
        if (with_x) {
            points.begin(nullptr, 0);
        }
        values_.resize(steps_.known() + points.size());
        states_.resize(values_.size());
        seam_.evaluate(points, std::span(values_).subspan(steps_.known()),
                       std::span(states_).subspan(steps_.known()));
        const bool throws = seam_.on_failure() == OnFailure::kThrow;
        if (seam_.failure() && (throws || (with_x && states_.back() == State::kFailed))) {
            std::rethrow_exception(seam_.failure());
        }
        if (with_x) {
            at_x_ = values_.back();
            if (plan_.needs_value()) {
                check_value(plan_.op, 0, 0.0, 0.0, *at_x_);
            }
            values_.pop_back();
            states_.pop_back();
        }
        steps_.all_known();
    }

    const Plan& plan_;
    const Direction& direction_;
    Seam& seam_;
    std::vector<std::uint32_t> all_;
    AskedSteps steps_{};
    std::vector<double> values_{};
    std::vector<State> states_{};
    std::optional<double> at_x_{};
};

}  // namespace

// Of one number: f(x), and with it all that the formula wants.
Derivative second_in_rounds(const Plan& plan, const GradientOptions& options, double x, PointCaller& caller) {
    const std::span<const double> point(&x, 1);
    const Place place(plan, 0, x);
    const SecondFormula asks(plan, place.line(), 0.0);
    Seam seam(settings(plan, options), point, caller);
    constexpr std::uint32_t kVariable = 0;
    Points points{point};
    points.begin(nullptr, 0);
    for (const double s : asks.wanted()) {
        points.begin(&kVariable, 1);
        points.to.push_back(place.moved(s));
    }
    std::vector<double> values(points.size());
    std::vector<State> states(points.size());
    seam.expect(points.size());
    seam.evaluate(points, values, states);
    const bool throws = seam.on_failure() == OnFailure::kThrow;
    if (seam.failure() && (throws || states.front() == State::kFailed)) {
        std::rethrow_exception(seam.failure());
    }
    check_value(plan.op, 0, 0.0, 0.0, values.front());
    bool failed = std::any_of(states.begin(), states.end(), [](State s) { return s != State::kDone; });
    for (std::size_t k = 1; k < values.size(); ++k) {
        failed = failed || fails(seam, plan, 0, x, asks.wanted()[k - 1], values[k]);
    }
    const SecondFormula formula(plan, place.line(), values.front());
    Derivative result = formula.result(std::span(values).subspan(1));
    if (failed) {
        result = {.value = kSkipped, .error_estimate = kSkipped, .evaluations = values.size()};
    }
    return result;
}

Matrix<double> hessian_in_rounds(const Plan& plan, const GradientOptions& options, std::span<const double> x,
                                 PointCaller& caller) {
    if (x.empty()) {
        return {};
    }
    Seam seam(settings(plan, options), x, caller);
    return HessianElements(plan, x, seam).run();
}

Derivative direction_in_rounds(const Plan& plan, const GradientOptions& options, const Direction& direction,
                               double h, PointCaller& caller) {
    Seam seam(settings(plan, options, direction.v), direction.base, caller);
    return AskedDirection(plan, direction, seam).derivative(h);
}

// Four points a variable: on either side along v, and there to either side along the variable.
std::vector<double> product_in_rounds(const Plan& plan, const GradientOptions& options,
                                      const Direction& direction, double along, PointCaller& caller) {
    const std::span<const double> x = direction.base;
    const std::size_t n = x.size();
    Seam seam(settings(plan, options, direction.v), x, caller);
    const std::vector<std::uint32_t> all = all_variables(n);
    std::vector<double> result(n);
    std::vector<double> moved(2 * n);
    move_along(plan, direction, along, std::span(moved).first(n));
    move_along(plan, direction, -along, std::span(moved).last(n));
    seam.expect(4 * n);
    const auto ask = [&](Points& points, std::size_t i) {
        const double h = represented(plan, x[i], i);
        for (const std::size_t side : {std::size_t{0}, n}) {
            const double at = moved[side + i];
            check_moved(plan.op, i, at, h, at + h, at - h);
            for (const double s : {h, -h}) {
                points.begin(all.data(), n);
                const auto from = moved.begin() + static_cast<std::ptrdiff_t>(side);
                points.to.insert(points.to.end(), from, from + static_cast<std::ptrdiff_t>(n));
                points.to[points.to.size() - n + i] = at + s;
            }
        }
    };
    const auto combine = [&](std::size_t i, std::span<const double> values, bool done) {
        const double h = represented(plan, x[i], i);
        for (std::size_t k = 0; k < 4; ++k) {
            const std::size_t side = k < 2 ? 0 : n;
            done = done && !fails(seam, plan, i, moved[side + i], k % 2 == 0 ? h : -h, values[k]);
        }
        const double above = (values[0] - values[1]) / plan.width(moved[i], h);
        const double below = (values[2] - values[3]) / plan.width(moved[n + i], h);
        result[i] = done ? (0.0 + above - below) / (2.0 * along) : kSkipped;
    };
    run_waves(seam, x, n, std::max<std::size_t>(kMovesAtOnce / (4 * n), 1), ask, combine);
    return result;
}

}  // namespace thalweg::detail
