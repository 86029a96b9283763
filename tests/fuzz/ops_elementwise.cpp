// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Elementwise operations: the functions of functions.inc against what they owe, arithmetic against itself; in
// place as well.
#include <cmath>

#include "ops.hpp"
#include "support/compare.hpp"
#include "support/functions.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::fuzz {
namespace {

template <class T>
Bound anything_within_budget() {
    // Every level is held against the truth, which bounds what two of them differ by.
    return [](std::size_t, double with, double without) {
        return alike(with, without) || std::isinf(with + without);
    };
}

// One rounding against two, of a product and a sum: three half units at most. A product that overflows in one
// class may meet an infinite y.
template <class T>
double axpy_bound(T a, T x, T y) {
    using Limits = std::numeric_limits<T>;
    const long double product = std::fabs(static_cast<long double>(a) * static_cast<long double>(x));
    const long double sum = product + std::fabs(static_cast<long double>(y));
    const bool factors = std::isfinite(a) && std::isfinite(x);
    const long double most = static_cast<long double>(Limits::max()) / 2;
    if ((factors && product >= most) || (factors && std::isfinite(y) && sum >= most)) {
        return std::numeric_limits<double>::infinity();
    }
    if (!factors || !std::isfinite(y)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return static_cast<double>(2.0L * static_cast<long double>(Limits::epsilon()) * sum) +
           static_cast<double>(Limits::denorm_min());
}

template <class T>
void judge_power(const Values& x, T exponent, const Values& y) {
    const bool single = sizeof(T) == sizeof(float);
    for (std::size_t i = 0; i < y.size() && (single || test::long_double_is_extended()); ++i) {
        const long double truth =
            std::pow(static_cast<long double>(x[i]), static_cast<long double>(exponent));
        if (test::ulp_error(static_cast<T>(y[i]), truth) > (single ? 0.51 : 1.0)) {
            broken("power(" + test::text_of(x[i]) + ", " + test::text_of(exponent) + ") is " +
                   test::text_of(y[i]));
        }
    }
}

}  // namespace

template <class T>
void fuzz_functions(Plan& plan) {
    const test::Function<T>& row = test::functions<T>()[plan.below(test::functions<T>().size())];
    const bool in_place = plan.flag();
    const std::size_t rows = plan.size() % 12;
    const Operand<T> x(plan, rows, plan.size());
    const Operand<T> room(x.rows(), x.cols(), plan.below(5), plan.below(17));
    const Values inputs = x.values();
    levels_agree(
        row.name,
        [&](const Level&) {
            const Operand<T> out(in_place ? x : room);
            row.into(in_place ? out.read() : x.read(), out.view());
            Values values = out.values();
            for (std::size_t i = 0; i < values.size() && row.can_judge(); ++i) {
                const double error = row.error(static_cast<T>(inputs[i]), static_cast<T>(values[i]));
                if (error > row.owed.max_ulp) {
                    broken(std::string(row.name) + " of " + test::text_of(inputs[i]) + " is " +
                           test::text_of(values[i]) + ", wrong by " + std::to_string(error) + " ULP");
                }
            }
            return values;
        },
        row.owed.every_level() ? Bound{} : anything_within_budget<T>());
}

template <class T>
void fuzz_arithmetic(Plan& plan) {
    const std::size_t which = plan.below(5);
    const bool in_place = plan.flag();
    const std::size_t rows = plan.size() % 12;
    const std::size_t cols = plan.size();
    const Operand<T> x(plan, rows, cols);
    const Operand<T> y(plan, which == 0 ? 1 : rows, cols);
    const Operand<T> room(rows, cols, plan.below(5), plan.below(17));
    const T a = plan.number<T>();
    const Values inputs = x.values();
    const char* const names[] = {"add_bias", "scale", "sigmoid_backward", "axpy", "power"};
    std::vector<double> bounds;
    for (std::size_t i = 0; which == 3 && i < rows * cols; ++i) {
        bounds.push_back(axpy_bound(a, x.at(i / cols, i % cols), y.at(i / cols, i % cols)));
    }
    levels_agree(
        names[which],
        [&](const Level&) {
            const Operand<T> out(which == 3 ? y : in_place ? x : room);
            const MatrixView<const T> from = in_place ? out.read() : x.read();
            switch (which) {
                case 0:
                    add_bias(from, y.read(), out.view());
                    break;
                case 1:
                    scale(a, from, out.view());
                    break;
                case 2:
                    sigmoid_backward(from, y.read(), out.view());
                    break;
                case 3:
                    axpy(a, x.read(), out.view());
                    break;
                default:
                    power(from, a, out.view());
                    judge_power<T>(inputs, a, out.values());
                    break;
            }
            return out.values();
        },
        which == 3   ? within(bounds)
        : which == 4 ? anything_within_budget<T>()
                     : Bound{});
}

template void fuzz_functions<float>(Plan&);
template void fuzz_functions<double>(Plan&);
template void fuzz_arithmetic<float>(Plan&);
template void fuzz_arithmetic<double>(Plan&);

}  // namespace thalweg::fuzz
