// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/complex_step.hpp is made of: the step, and real differences that must bear it out.
#pragma once

#include <complex>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/complex_step.hpp"
#include "thalweg/detail/finite_differences.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// f is not evaluated at x but a tiny step beside it: that is what the message is about.
inline void check_complex(const char* op, std::size_t i, double x, std::complex<double> value) {
    check_value(op, i, x, 0.0, is_finite(value.real()) ? value.imag() : value.real());
}

// f(z), which a real number is not: it has lost the derivative.
template <class Function, class Argument>
std::complex<double> complex_value(Function& f, const Argument& z) {
    using Result = std::remove_cvref_t<std::invoke_result_t<Function&, const Argument&>>;
    static_assert(!std::is_arithmetic_v<Result>,
                  "f returns a complex number: real ones (std::abs, std::real) have lost the derivative");
    return f(z);
}

// The real part of f along real x: a line for Differences. real(x) is complex f there, without a step.
template <class Function>
class RealLine {
public:
    RealLine(Function& f, double x, std::size_t i, double value) : f_(f), x_(x), i_(i), value_(value) {}
    double look(double s) { return f_(x_ + s).real(); }
    double width(double s) const { return (x_ + s) - (x_ - s); }
    double resolution() const { return 0x1p-48 * magnitude(x_); }
    Line line() const {
        Line line{i_, x_};
        line.resolution = resolution();
        line.any_value = true;
        return line;
    }
    double value() const { return value_; }
    static constexpr bool ready() noexcept { return true; }

private:
    Function& f_;
    double x_;
    std::size_t i_;
    double value_;
};
template <class Function>
RealLine(Function&, double, std::size_t, double) -> RealLine<Function>;

// Throws unless `found` can be f'(x): f is real for real x, and some difference of it is about `found`. The
// first one is, nearly always; shorter ones are tried for an f that is wilder than its x suggests.
template <class Function>
void bear_out(const char* op, Function& f, double x, std::size_t i, std::complex<double> value,
              double found) {
    if (magnitude(value.imag()) > 1e-6 * kComplexStep * magnitude(found)) {
        throw_not_real(op, i, x, value.imag());
    }
    GradientOptions options;
    options.estimate_error = true;
    // An x so small is 0 to whatever f adds to it; steps in proportion to a smaller one would end at 0.
    options.typical = magnitude(x) < 0x1p-300 ? 1.0 : magnitude(x);
    const Plan plan = make_plan(op, options, {}, Grain::kDouble);
    RealLine line(f, x, i, value.real());
    const double h = plan.step(x, 0);
    const auto borne_out = [&](double s, double tolerance) {
        const double quotient = (line.look(s) - line.look(-s)) / line.width(s);
        const double scale = magnitude(quotient) > magnitude(found) ? magnitude(quotient) : magnitude(found);
        return magnitude(quotient - found) <= tolerance * scale;
    };
    for (double s = h; s > line.resolution() && s > 0x1p-60 * h; s *= 0x1p-5) {
        if (borne_out(s, 1e-3)) {
            return;
        }
    }
    // Rounding may hide how f changes this near x.
    for (double s = 8.0 * h; equal(line.look(h), line.look(-h)) && s <= h / plan.factor; s *= 8.0) {
        if (borne_out(s, 0.5)) {
            return;
        }
    }
    if (!is_finite(value.real())) {
        throw_bad_value(op, i, x, 0.0, value.real());
    }
    // f may have so much noise that no difference says anything: that is no mistake of the step's.
    const Derivative difference = answered(Formula(plan, line.line(), value.real(), plan.step(x, 0)),
                                           [&](double s) { return line.look(s); });
    if (difference.doubtful || !(magnitude(difference.value - found) <= 10.0 * difference.error_estimate)) {
        throw_not_analytic(op, i, x, found, difference.value);
    }
}

// The outputs of f for values of one variable, each computed once.
template <class Function>
class ComplexColumn {
public:
    ComplexColumn(Function& f, std::span<std::complex<double>> x, std::size_t i, std::size_t outputs)
        : f_(f), x_(x), i_(i), outputs_(outputs), start_(x[i]) {}
    ComplexColumn(const ComplexColumn&) = delete;
    ComplexColumn& operator=(const ComplexColumn&) = delete;
    ~ComplexColumn() { x_[i_] = start_; }

    std::complex<double> at(std::complex<double> z, std::size_t output) {
        for (const Outputs& known : known_) {
            if (equal(known.z.real(), z.real()) && equal(known.z.imag(), z.imag())) {
                return known.y[output];
            }
        }
        constexpr std::complex<double> kNotWritten(std::numeric_limits<double>::quiet_NaN());
        x_[i_] = z;
        known_.push_back({z, std::vector<std::complex<double>>(outputs_, kNotWritten)});
        f_(std::span<const std::complex<double>>(x_), std::span<std::complex<double>>(known_.back().y));
        return known_.back().y[output];
    }

private:
    struct Outputs {
        std::complex<double> z;
        std::vector<std::complex<double>> y;
    };
    Function& f_;
    std::span<std::complex<double>> x_;
    std::size_t i_;
    std::size_t outputs_;
    std::complex<double> start_;
    std::vector<Outputs> known_{};
};

}  // namespace detail

template <class Function>
double complex_step_diff(Function&& f, double x) {
    static_assert(std::is_invocable_v<Function&, std::complex<double>>, "f takes a std::complex<double>");
    constexpr const char* kOp = "complex_step_diff";
    const auto at = [&f](double real) { return detail::complex_value(f, std::complex<double>(real)); };
    const std::complex<double> value = detail::complex_value(f, std::complex<double>(x, kComplexStep));
    detail::check_complex(kOp, detail::kScalar, x, value);
    const double result = value.imag() / kComplexStep;
    detail::bear_out(kOp, at, x, detail::kScalar, at(x), result);
    return result;
}

template <class Function>
std::vector<double> complex_step_gradient(Function&& f, std::span<const double> x) {
    using Point = std::span<const std::complex<double>>;
    static_assert(std::is_invocable_v<Function&, Point>, "f takes a std::span<const std::complex<double>>");
    constexpr const char* kOp = "complex_step_gradient";
    std::vector<std::complex<double>> moved(x.begin(), x.end());
    std::vector<double> result(x.size());
    const std::complex<double> value =
        x.empty() ? std::complex<double>() : detail::complex_value(f, Point(moved));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto at = [&](std::complex<double> number) {
            moved[i] = number;
            return detail::complex_value(f, Point(moved));
        };
        const std::complex<double> stepped = at({x[i], kComplexStep});
        detail::check_complex(kOp, i, x[i], stepped);
        result[i] = stepped.imag() / kComplexStep;
        detail::bear_out(kOp, at, x[i], i, value, result[i]);
        moved[i] = x[i];
    }
    return result;
}

template <class Function>
Matrix<double> complex_step_jacobian(Function&& f, std::span<const double> x, std::size_t outputs) {
    using Point = std::span<const std::complex<double>>;
    static_assert(std::is_invocable_v<Function&, Point, std::span<std::complex<double>>>,
                  "f takes a std::span<const std::complex<double>> and a std::span<std::complex<double>>");
    constexpr const char* kOp = "complex_step_jacobian";
    std::vector<std::complex<double>> moved(x.begin(), x.end());
    Matrix<double> result(outputs, x.size());
    std::vector<std::complex<double>> values(outputs);
    if (!x.empty() && outputs != 0) {
        f(Point(moved), std::span<std::complex<double>>(values));
    }
    for (std::size_t i = 0; outputs != 0 && i < x.size(); ++i) {
        detail::ComplexColumn column(f, std::span(moved), i, outputs);
        for (std::size_t r = 0; r < outputs; ++r) {
            const auto at = [&](std::complex<double> z) { return column.at(z, r); };
            const std::complex<double> stepped = at({x[i], kComplexStep});
            detail::check_complex(kOp, i, x[i], stepped);
            result(r, i) = stepped.imag() / kComplexStep;
            detail::bear_out(kOp, at, x[i], i, values[r], result(r, i));
        }
    }
    return result;
}

}  // namespace thalweg
THALWEG_END_PUBLIC
