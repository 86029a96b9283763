// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the generic loop of numerical differentiation costs beyond the function: 500 variables, two
// evaluations each, of a function that is two operations on three of them. 1000 evaluations a call, so that
// microseconds a call read as nanoseconds an evaluation. "f" is the function alone, called as often; "loop"
// the bare loop of the book without checks; "model" and "options" are thalweg through BlackBox and through
// GradientOptions, "seam" with Evaluations; "std-function" is what type erasure would cost. The name is
// numerical_gradient/f64/<variables>.
//
// jacobian/f64/100000/tridiagonal: a function of 100,000 variables that couples neighbours. "f" is one
// evaluation, "forward" and "central" Jacobians with a colouring that was made before (4 and 6 evaluations),
// "colouring" makes one from the list of entries.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "candidates.hpp"
#include "thalweg/difference_model.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/jacobian.hpp"

namespace thalweg::bench {
namespace {

constexpr std::size_t kVariables = 500;
constexpr double kH = 0x1p-13;

// The step is a power of two, as are the multiples in f's three variables: every quotient is exact.
struct Cheap {
    double operator()(std::span<const double> x) const { return x[0] * x[1] + x[2]; }
};

struct Operands {
    std::vector<double> x = std::vector<double>(kVariables, 0.5);
    std::vector<double> gradient = std::vector<double>(kVariables);
};

Verdict check(const Operands& on) {
    test::Failures failures;
    for (std::size_t i = 0; i < kVariables; ++i) {
        const double want = i < 2 ? 0.5 : (i == 2 ? 1.0 : 0.0);
        failures.expect(on.gradient[i] == want, "variable", i, "is", on.gradient[i], "expected", want);
        failures.expect(on.x[i] == 0.5, "variable", i, "was not put back");
    }
    return {failures.text()};
}

template <class F>
void bare_loop(F&& f, std::vector<double>& x, std::vector<double>& gradient) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double saved = x[i];
        x[i] = saved + kH;
        const double above = f(x);
        x[i] = saved - kH;
        const double below = f(x);
        gradient[i] = (above - below) / (2.0 * kH);
        x[i] = saved;
    }
}

void call_f(Operands& on) {
    for (std::size_t k = 0; k < 2 * kVariables; ++k) {
        // The compiler is not to know that nothing has changed.
        benchmark::DoNotOptimize(on.x.data());
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(Cheap()(on.x));
    }
}

constexpr std::size_t kPoints = 100'000;

// x(i-1) + x(i) x(i) + x(i+1), whose quotients with a power of two are exact.
struct Neighbours {
    void operator()(std::span<const double> x, std::span<double> y) const {
        const std::size_t n = x.size();
        for (std::size_t i = 0; i < n; ++i) {
            const double left = i == 0 ? 0.0 : x[i - 1];
            const double right = i + 1 == n ? 0.0 : x[i + 1];
            y[i] = left + x[i] * x[i] + right;
        }
    }
};

struct Coupled {
    std::vector<double> x = std::vector<double>(kPoints, 0.5);
    std::vector<double> y = std::vector<double>(kPoints);
    std::vector<std::size_t> rows;
    std::vector<std::size_t> cols;
    SparsityPattern pattern = SparsityPattern::band(kPoints, 1, 1);
    std::vector<double> values;
    std::size_t groups = 3;
    double diagonal = 1.0;  // of the Jacobian

    Coupled() {
        for (std::size_t i = 0; i < kPoints; ++i) {
            for (std::size_t k = i == 0 ? 0 : i - 1; k <= std::min(i + 1, kPoints - 1); ++k) {
                rows.push_back(i);
                cols.push_back(k);
            }
        }
    }
    void differentiate(DifferenceMethod method) {
        GradientOptions options;
        options.method = method;
        options.h = kH;
        values = jacobian(Neighbours(), x, pattern, options).values;
        // A forward quotient has its step in it.
        diagonal = method == DifferenceMethod::kForward ? 1.0 + kH : 1.0;
    }
};

Verdict check(const Coupled& on) {
    test::Failures failures;
    failures.expect(on.groups == 3, "groups", on.groups);
    for (std::size_t e = 0; e < on.values.size(); ++e) {
        const double want = on.rows[e] == on.cols[e] ? on.diagonal : 1.0;
        failures.expect(on.values[e] == want, "entry", e, "is", on.values[e], "expected", want);
    }
    return {failures.text()};
}

void register_jacobian() {
    const Shared<Coupled> on([] { return std::make_unique<Coupled>(); });
    Contest contest{"jacobian/f64/" + std::to_string(kPoints) + "/tridiagonal",
                    Unit::kFlop,
                    false,
                    [on] { on->values.clear(); },
                    [on] { on.release(); },
                    {}};
    const auto add_candidate = [&](const char* who, double evaluations, void (*work)(Coupled&)) {
        Candidate candidate = ours({active_level(), 1});
        candidate.who = who;
        candidate.amount = evaluations * 3.0 * kPoints;
        candidate.start = [on, work]() -> Run { return [&operands = *on, work] { work(operands); }; };
        candidate.check = [on] { return check(*on); };
        contest.candidates.push_back(std::move(candidate));
    };
    add_candidate("f", 1.0, [](Coupled& o) { Neighbours()(o.x, o.y); });
    add_candidate("forward", 4.0, [](Coupled& o) { o.differentiate(DifferenceMethod::kForward); });
    add_candidate("central", 6.0, [](Coupled& o) { o.differentiate(DifferenceMethod::kCentral2); });
    add_candidate("colouring", 1.0,
                  [](Coupled& o) { o.groups = SparsityPattern(kPoints, kPoints, o.rows, o.cols).groups(); });
    add(std::move(contest));
}

}  // namespace

void register_differentiate() {
    register_jacobian();
    const Shared<Operands> on([] { return std::make_unique<Operands>(); });
    Contest contest{"numerical_gradient/f64/" + std::to_string(kVariables),
                    Unit::kFlop,
                    false,
                    [on] { on->gradient.assign(kVariables, std::numeric_limits<double>::quiet_NaN()); },
                    [on] { on.release(); },
                    {}};
    const auto add_candidate = [&](const char* who, void (*work)(Operands&), bool has_result) {
        Candidate candidate = ours({active_level(), 1});
        candidate.who = who;
        candidate.amount = 2.0 * 2.0 * kVariables;
        candidate.start = [on, work]() -> Run { return [&operands = *on, work] { work(operands); }; };
        if (has_result) {
            candidate.check = [on] { return check(*on); };
        }
        contest.candidates.push_back(std::move(candidate));
    };
    add_candidate("f", call_f, false);
    add_candidate(
        "loop", [](Operands& o) { bare_loop(Cheap(), o.x, o.gradient); }, true);
    add_candidate(
        "thalweg", [](Operands& o) { o.gradient = numerical_gradient(Cheap(), o.x, kH); }, true);
    add_candidate(
        "model",
        [](Operands& o) {
            BlackBox box(Cheap(), std::span<double>(o.x));
            o.gradient = numerical_gradient(box, kH);
        },
        true);
    add_candidate(
        "options", [](Operands& o) { o.gradient = numerical_gradient(Cheap(), o.x, {.h = kH}).gradient; },
        true);
    add_candidate(
        "seam",
        [](Operands& o) {
            Evaluations evaluations;
            GradientOptions options;
            options.h = kH;
            options.evaluations = &evaluations;
            o.gradient = numerical_gradient(Cheap(), o.x, options).gradient;
        },
        true);
    add_candidate(
        "std-function",
        [](Operands& o) {
            const std::function<double(std::span<const double>)> f = Cheap();
            bare_loop(f, o.x, o.gradient);
        },
        true);
    add(std::move(contest));
}

}  // namespace thalweg::bench
