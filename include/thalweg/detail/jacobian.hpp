// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/jacobian.hpp is made of.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/finite_differences.hpp"
#include "thalweg/jacobian.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// What each output can hold.
template <class Function, class Point>
constexpr Grain grain_of_outputs() {
    if constexpr (kIsBlock<std::remove_cvref_t<Function>> || Writes<Function, Point, double>) {
        return Grain::kDouble;
    } else if constexpr (Writes<Function, Point, float>) {
        return Grain::kFloat;
    } else {
        using Returned = ResultOf<Function, Point>;
        static_assert(Countable<Returned> || std::is_constructible_v<double, Returned>,
                      "jacobian: f takes x and a std::span for its outputs, or returns them");
        if constexpr (Countable<Returned>) {
            return grain_of_number<std::remove_cvref_t<decltype(*std::declval<const Returned&>().begin())>>();
        } else {
            return grain_of_number<Returned>();
        }
    }
}

Matrix<double> jacobian_in_rounds(const Plan& plan, const GradientOptions& options, std::span<const double> x,
                                  std::size_t outputs, PointCaller& caller);
JacobianResult jacobian_in_rounds(const Plan& plan, const GradientOptions& options, std::span<const double> x,
                                  const SparsityPattern& pattern, PointCaller& caller);
SparsityPattern probe_in_rounds(const Plan& plan, const GradientOptions& options, std::span<const double> x,
                                std::size_t outputs, PointCaller& caller);

// The plan for f at x and its caller, handed to `then`.
template <class Function, class Point>
auto in_rounds(const char* op, Function& f, const Point& x, std::size_t outputs,
               const GradientOptions& options, auto&& then) {
    static_assert(std::is_same_v<ElementOf<const Point>, double>, "jacobian: x has elements of double");
    const std::span<const double> start = elements(op, x);
    const Plan plan = make_plan(op, options, start, grain_of_outputs<Function, Point>());
    auto caller = make_caller(op, f, x, outputs);
    return then(plan, start, caller);
}

}  // namespace detail

template <class Function, Variables Point>
Matrix<double> jacobian(Function&& f, const Point& x, std::size_t outputs, const GradientOptions& options) {
    constexpr const char* kOp = "jacobian";
    detail::require_no_estimate(kOp, options);
    return detail::in_rounds(kOp, f, x, outputs, options, [&](const auto& plan, auto start, auto& caller) {
        return detail::jacobian_in_rounds(plan, options, start, outputs, caller);
    });
}

template <class Function, Variables Point>
JacobianResult jacobian(Function&& f, const Point& x, const SparsityPattern& pattern,
                        const GradientOptions& options) {
    const std::size_t outputs = pattern.outputs();
    return detail::in_rounds("jacobian", f, x, outputs, options,
                             [&](const auto& plan, auto start, auto& caller) {
                                 return detail::jacobian_in_rounds(plan, options, start, pattern, caller);
                             });
}

template <class Function, Variables Point>
SparsityPattern probe_sparsity(Function&& f, const Point& x, std::size_t outputs,
                               const GradientOptions& options) {
    return detail::in_rounds("probe_sparsity", f, x, outputs, options,
                             [&](const auto& plan, auto start, auto& caller) {
                                 return detail::probe_in_rounds(plan, options, start, outputs, caller);
                             });
}

}  // namespace thalweg
THALWEG_END_PUBLIC
