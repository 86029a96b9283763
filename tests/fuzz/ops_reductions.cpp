// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Sums, largest elements, softmax, and the losses.
#include <algorithm>
#include <cmath>

#include "ops.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::fuzz {
namespace {

constexpr double kEps64 = 0x1p-52;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

// What the two classes' e^d, relative, may be away from the truth together: double each less than one unit of
// 2^-52; float 0.8 + |d| / 21 units of 2^-23 with fma, d >= -87, and 1.2 without. docs/numerics.md.
template <class T>
constexpr double kExponentials = std::is_same_v<T, float> ? (0.8 + 87.0 / 21.0 + 1.2) * 0x1p-23
                                                          : 2.0 * 0x1p-52;

// The classes' sums of n such terms: the terms, and n - 1 roundings of half a unit in each class.
template <class T>
double sums_differ(std::size_t n) {
    return 1.01 * (kExponentials<T> +
                   static_cast<double>(n) * static_cast<double>(std::numeric_limits<T>::epsilon()));
}

// Terms and sums differ, and each class divides once or, with the batch's size, three times.
template <class T>
double probabilities_differ(std::size_t n) {
    return 1.01 * (kExponentials<T> + sums_differ<T>(n) +
                   3.0 * static_cast<double>(std::numeric_limits<T>::epsilon()));
}

template <class T>
constexpr double kSmallest = 2.0 * static_cast<double>(std::numeric_limits<T>::denorm_min());

// Bounds of p relative to the found ones. NaN and Inf must be the same.
template <class T>
bool near(double with, double without, double relative, double absolute) {
    if (!std::isfinite(with) || !std::isfinite(without)) {
        return alike(with, without);
    }
    return std::fabs(with - without) <= relative * std::fmax(std::fabs(with), std::fabs(without)) + absolute;
}

}  // namespace

// Additions only, and comparisons: the same bits at every level there is.
template <class T>
void fuzz_reductions(Plan& plan) {
    const std::size_t which = plan.below(3);
    const int axis = plan.flag() ? 0 : 1;
    const bool empty_ok = which != 1;
    const std::size_t rows = empty_ok ? plan.size() : plan.size_from_1();
    const std::size_t cols = empty_ok ? plan.size() : plan.size_from_1();
    const Operand<T> x(plan, rows, cols);
    const Operand<T> out(axis == 0 ? 1 : rows, axis == 0 ? cols : 1, plan.below(5), plan.below(9));
    levels_agree(which == 0   ? "sum"
                 : which == 1 ? "argmax"
                              : "transpose",
                 [&](const Level& level) {
                     if (which == 0) {
                         const Operand<T> sums(out);
                         sum(x.read(), axis, sums.view());
                         Values expected;
                         for (std::size_t i = 0; i < out.rows() * out.cols(); ++i) {
                             expected.push_back(
                                 static_cast<double>(axis == 0 ? test::chain_sum(x.data() + i, rows, x.ld())
                                                               : test::sum(x.data() + i * x.ld(), cols)));
                         }
                         Values values = sums.values();
                         require_same("sum", values, expected);
                         return values;
                     }
                     if (which == 1) {
                         const std::vector<std::size_t> found = argmax(x.read(), axis);
                         Values expected;
                         for (std::size_t i = 0; i < found.size(); ++i) {
                             expected.push_back(static_cast<double>(
                                 axis == 0 ? test::argmax(x.data() + i, rows, x.ld())
                                           : test::argmax(x.data() + i * x.ld(), cols, 1)));
                         }
                         Values values(found.begin(), found.end());
                         require_same("argmax", values, expected);
                         return values;
                     }
                     const Operand<T> turned(cols, rows, 3, 7);
                     level.kernels<T>().transpose(x.data(), x.ld(), rows, cols, turned.data(), turned.ld());
                     Values expected;
                     for (std::size_t i = 0; i < rows * cols; ++i) {
                         expected.push_back(static_cast<double>(x.at(i % rows, i / rows)));
                     }
                     Values values = turned.values();
                     require_same("transpose", values, expected);
                     return values;
                 },
                 {});
}

template <class T>
void fuzz_softmax(Plan& plan) {
    const bool in_place = plan.flag();
    const Operand<T> x(plan, plan.size() % 24, plan.size());
    const Operand<T> room(x.rows(), x.cols(), plan.below(5), plan.below(17));
    const double relative = probabilities_differ<T>(x.cols());
    levels_agree(
        "softmax",
        [&](const Level& level) {
            const Operand<T> out(in_place ? x : room);
            softmax(in_place ? out.read() : x.read(), out.view());
            Values values = out.values();
            Values expected;
            for (std::size_t i = 0; i < x.rows() && x.cols() > 0; ++i) {
                const auto row = test::softmax_row(level.rounding, level.kernels<T>().exp,
                                                   x.data() + i * x.ld(), x.cols());
                append(expected, {row.p.begin(), row.p.end()});
            }
            require_same("softmax", values, expected);
            return values;
        },
        [&](std::size_t, double with, double without) {
            return near<T>(with, without, relative, kSmallest<T>);
        });
}

// On probabilities, which are anything here, with the 1e-7.
template <class T>
void fuzz_losses(Plan& plan) {
    const bool with_matrix = plan.flag();
    const std::size_t rows = plan.size_from_1() % 80 + 1;
    const std::size_t cols = plan.size_from_1() % 40 + 1;
    const Operand<T> y(plan, rows, cols);
    const Operand<T> t(plan, with_matrix ? rows : 0, cols);
    const std::vector<int> labels = plan.labels(rows, cols);
    // log is good to one unit in each class: 2 eps of each |log|. Sums of n terms: n eps of their magnitudes.
    double magnitudes = 0.0;
    bool finite = true;
    bool overflows = false;
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < cols; ++j) {
            if (with_matrix || static_cast<int>(j) == labels[i]) {
                const double weight = with_matrix ? static_cast<double>(t.at(i, j)) : 1.0;
                const double logarithm = std::log(static_cast<double>(y.at(i, j)) + 1e-7);
                const bool term = std::isfinite(weight) && std::isfinite(logarithm);
                finite = finite && term;
                magnitudes += term ? std::fabs(weight * logarithm) : 0.0;
                // Beside an infinite term it matters which class overflows.
                overflows = overflows || !(magnitudes < std::numeric_limits<double>::max() / 4);
            }
        }
    }
    const auto n = static_cast<double>(rows);
    const double bound = overflows ? kInf
                         : !finite ? kNaN
                                   : 1.01 * (4.0 + n + static_cast<double>(cols)) * kEps64 * magnitudes / n +
                                         static_cast<double>(cols + 2) * kSmallest<double>;
    levels_agree(
        "cross_entropy_error",
        [&](const Level&) {
            return Values{with_matrix ? cross_entropy_error(y.read(), t.read())
                                      : cross_entropy_error(y.read(), labels)};
        },
        within({bound}));
}

template <class T>
void fuzz_softmax_loss(Plan& plan) {
    const std::size_t rows = plan.size() % 30 + 1;
    const std::size_t cols = plan.size() % 80 + 1;
    const bool keep = plan.flag();
    const bool dx_in_place = plan.flag();
    const bool p_in_place = keep && !dx_in_place && plan.flag();
    const Operand<T> x(plan, rows, cols);
    const Operand<T> room(rows, cols, plan.below(5), plan.below(17));
    const std::vector<int> labels = plan.labels(rows, cols);
    const auto n = static_cast<double>(rows);
    const double relative = probabilities_differ<T>(cols);
    // loss = log(sum) - (x_t - max): the sums differ, log by a unit in each class, and the difference is
    // rounded.
    double bound = 0.0;
    for (std::size_t i = 0; i < rows; ++i) {
        double largest = -kInf;
        for (std::size_t j = 0; j < cols; ++j) {
            largest = std::fmax(largest, static_cast<double>(x.at(i, j)));
        }
        const double down =
            std::fabs(static_cast<double>(x.at(i, static_cast<std::size_t>(labels[i]))) - largest);
        bound += sums_differ<T>(cols) + 4.0 * kEps64 * (std::log(static_cast<double>(cols)) + 1.0 + down);
        bound += n * kEps64 * (std::log(static_cast<double>(cols)) + 1.0 + down);
    }
    bound /= n;
    const auto differ = [&](std::size_t i, double with, double without) {
        if (i == 0) {
            return std::isfinite(bound) ? near<T>(with, without, 0.0, bound)
                                        : alike(with, without) || std::isinf(bound);
        }
        const std::size_t element = (i - 1) % (rows * cols);
        const bool gradient = i - 1 < rows * cols;
        const bool label = labels[element / cols] == static_cast<int>(element % cols);
        // (p - 1) / N: p is at most 1, so is what it differs by, and p - 1 and the quotient are rounded.
        const double absolute =
            gradient && label ? (relative + 2.0 * static_cast<double>(std::numeric_limits<T>::epsilon())) / n
                              : 0.0;
        return near<T>(with, without, relative, absolute + kSmallest<T>);
    };
    levels_agree(
        "softmax_cross_entropy",
        [&](const Level&) {
            const Operand<T> logits(x);
            const Operand<T> dx(room);
            const Operand<T> p(room);
            const MatrixView<T> gradient = dx_in_place ? logits.view() : dx.view();
            const MatrixView<T> probabilities = p_in_place ? logits.view() : p.view();
            const double loss = keep ? softmax_cross_entropy(logits.read(), labels, gradient, probabilities)
                                     : softmax_cross_entropy(logits.read(), labels, gradient);
            Values values = {loss};
            append(values, dx_in_place ? logits.values() : dx.values());
            if (keep) {
                append(values, p_in_place ? logits.values() : p.values());
            }
            return values;
        },
        differ);
}

template void fuzz_reductions<float>(Plan&);
template void fuzz_reductions<double>(Plan&);
template void fuzz_softmax<float>(Plan&);
template void fuzz_softmax<double>(Plan&);
template void fuzz_losses<float>(Plan&);
template void fuzz_losses<double>(Plan&);
template void fuzz_softmax_loss<float>(Plan&);
template void fuzz_softmax_loss<double>(Plan&);

}  // namespace thalweg::fuzz
