// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Models that know their own differences. A class that computes f(x + h e_i) - f(x - h e_i) is a
// DifferenceModel and has a numerical gradient. BlackBox makes one from any function by calling it twice; a
// model that knows its formula avoids the cancellation, at a fraction of the cost.
// tests/differentiate/test_softmax_regression.cpp writes one.
//
// Common to all:
// source   Deep Learning from Scratch 4.4
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/differentiate.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// What a model provides: m.size(), the number of variables, and m.differences(first, h, out), which sets
/// out[k] = f(x + h e_i) - f(x - h e_i) for i = first + k and every h > 0, at the point x that the model
/// holds. That is the difference itself up to rounding, for large h too; 2h times the derivative is wrong.
template <class Model>
concept DifferenceModel = requires(Model& m, std::size_t first, double h, std::span<double> out) {
    { m.size() } -> std::convertible_to<std::size_t>;
    m.differences(first, h, out);
};

/// A model made from any function: two evaluations a variable. f takes x, a std::span<const double> of its
/// elements, or nothing. A span or a view of writable variables is moved where it lies, which is how an f
/// that takes nothing sees it; any other x is copied.
///
///     BlackBox model([](std::span<const double> x) { return x[0] * x[1]; }, std::vector<double>{3.0, 4.0});
///     numerical_gradient(model)[0];  // 4.000000
///
/// shape    size() variables
/// threads  serial: f is called by the calling thread
/// throws   as numerical_gradient
template <class Function, class Point>
class BlackBox {
    static_assert(std::is_same_v<detail::ElementOf<Point>, double>, "BlackBox: x has elements of double");

public:
    /// Takes f and x.
    BlackBox(Function f, Point x)
        : f_(std::move(f)), x_(std::move(x)), all_(detail::elements("BlackBox", x_)) {}
    /// Copies variables that cannot be written.
    BlackBox(Function f, std::span<const double> x) requires std::is_same_v<Point, std::vector<double>>
        : BlackBox(std::move(f), Point(x.begin(), x.end())) {}
    /// Rejects copies: their view of the variables would be that of the original.
    BlackBox(const BlackBox&) = delete;
    BlackBox& operator=(const BlackBox&) = delete;

    /// Returns the number of variables.
    std::size_t size() const noexcept { return all_.size(); }

    /// Computes out[k] = f(x + h e_i) - f(x - h e_i) for i = first + k.
    /// shape    first + out.size() <= size()
    /// error    the rounding of f, twice: about 2^-52 * |f|, whatever h is
    void differences(std::size_t first, double h, std::span<double> out) {
        constexpr const char* kOp = "BlackBox";
        detail::check_step(kOp, h);
        detail::check_range(kOp, first, out.size(), size());
        for (std::size_t k = 0; k < out.size(); ++k) {
            out[k] = static_cast<double>(detail::difference(kOp, f_, x_, all_[first + k], first + k, h));
        }
    }

private:
    Function f_;
    Point x_;
    std::span<double> all_;
};

template <class Function, class Element, std::size_t Extent>
requires std::is_const_v<Element> BlackBox(Function, std::span<Element, Extent>)
->BlackBox<Function, std::vector<std::remove_const_t<Element>>>;

/// Computes the gradient of a model by central differences with one step: differences / 2h.
/// shape    model.size()
/// range    h > 0
/// error    h^2/6 * |f'''|, and the model's own rounding over 2h
/// threads  the calling thread asks the model for all variables at once
/// throws   std::invalid_argument for h; what the model throws
template <DifferenceModel Model>
std::vector<double> numerical_gradient(Model&& model, double h = 1e-4) {
    detail::check_step("numerical_gradient", h);
    std::vector<double> result(static_cast<std::size_t>(model.size()));
    model.differences(0, h, std::span<double>(result.data(), result.size()));
    for (double& value : result) {
        value /= 2.0 * h;
    }
    return result;
}

/// Where two models of one function differ most.
struct ModelComparison {
    /// Largest |a - b| of a difference f(x + h e_i) - f(x - h e_i); NaN counts as Inf.
    double worst = 0.0;
    std::size_t coordinate = 0;  ///< the variable i there
    double h = 0.0;              ///< the step there
    double a = 0.0;              ///< the first model's difference there
    double b = 0.0;              ///< the second model's
    std::size_t compared = 0;    ///< number of pairs
};

/// Compares two models on some variables and several steps, such as a new model with BlackBox. BlackBox
/// rounds its differences to about 2^-52 * |f|, whatever h is; `worst` should exceed that by a small factor
/// at most. Include steps near 1: they show a model that returns 2h * f'.
/// shape    coordinates, steps: any number; each coordinate below both sizes, which agree
/// range    each h > 0
/// throws   std::invalid_argument for h; what the models throw
template <DifferenceModel First, DifferenceModel Second>
ModelComparison compare_models(First&& a, Second&& b, std::span<const std::size_t> coordinates,
                               std::span<const double> steps) {
    constexpr const char* kOp = "compare_models";
    const auto size = static_cast<std::size_t>(a.size());
    detail::check_sizes(kOp, size, static_cast<std::size_t>(b.size()));
    ModelComparison result;
    for (const double h : steps) {
        detail::check_step(kOp, h);
        for (const std::size_t i : coordinates) {
            detail::check_range(kOp, i, 1, size);
            double one[1] = {};
            double other[1] = {};
            a.differences(i, h, std::span<double>(one));
            b.differences(i, h, std::span<double>(other));
            const double apart = detail::distance(one[0], other[0]);
            if (result.compared == 0 || apart > result.worst) {
                result = {apart, i, h, one[0], other[0], result.compared};
            }
            ++result.compared;
        }
    }
    return result;
}

}  // namespace thalweg
THALWEG_END_PUBLIC
