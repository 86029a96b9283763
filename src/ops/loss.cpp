// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Cross-entropy: the terms of the rows are computed in parallel, their sum has the order of sum().
#include "thalweg/loss.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "core/of_this_thread.hpp"
#include "core/scratch_buffer.hpp"
#include "ops/elementwise.hpp"

namespace thalweg {
namespace {

// Rows whose terms a thread gathers at a time, on its stack.
constexpr std::size_t kBlock = 256;

void check_batch(const char* op, std::size_t rows) {
    if (rows == 0) {
        throw ShapeError(std::string(op) + ": expected at least one row, found none");
    }
}

constexpr unsigned kLargestLabel = std::numeric_limits<int>::max();

// check::labels() with the row to name looked for only where there is one: this loop has no way out and
// becomes vector instructions.
void check_labels(const char* op, Labels labels, std::size_t rows, std::size_t classes) {
    const std::size_t count = labels.size();
    unsigned largest = 0;  // a negative label is larger than any int
    for (std::size_t i = 0; i < count; ++i) {
        largest = std::max(largest, static_cast<unsigned>(labels[i]));
    }
    if (count != rows || (count > 0 && largest >= classes) || largest > kLargestLabel) {
        check::labels(op, labels.data(), count, rows, classes);
    }
}

// One double a row, reused from call to call.
double* row_losses(std::size_t rows) {
    struct Losses;
    return of_this_thread<ScratchBuffer, Losses>().reserve<double>(rows);
}

double mean(const double* losses, std::size_t rows) {
    const core::FloatControlScope standard;
    return core::fenced(dispatch::active<double>().sum(losses, rows) / static_cast<double>(rows));
}

template <class T>
double cross_entropy_of_labels(MatrixView<const T> y, Labels t) {
    const char* const op = "cross_entropy_error";
    check_batch(op, y.rows());
    check_labels(op, t, y.rows(), y.cols());
    const auto kernel = dispatch::active<T>().log_loss;
    double* const losses = row_losses(y.rows());
    parallel::run(parallel::team_size(y.rows(), ops::kMathGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(y.rows(), kBlock);
        T picked[kBlock];
        for (std::size_t i = first; i < last; i += kBlock) {
            const std::size_t n = last - i < kBlock ? last - i : kBlock;
            for (std::size_t r = 0; r < n; ++r) {
                picked[r] = *ops::at(y, i + r, static_cast<std::size_t>(t[i + r]));
            }
            kernel(picked, losses + i, n);
        }
    });
    return mean(losses, y.rows());
}

template <class T>
double cross_entropy_of_targets(MatrixView<const T> y, MatrixView<const T> t) {
    const char* const op = "cross_entropy_error";
    check_batch(op, y.rows());
    check::shape(op, "t", t, y.rows(), y.cols());
    const auto kernel = dispatch::active<T>().soft_log_loss;
    double* const losses = row_losses(y.rows());
    parallel::run(parallel::team_size(y.size(), ops::kMathGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(y.rows(), 1);
        for (std::size_t i = first; i < last; ++i) {
            losses[i] = kernel(ops::at(y, i, 0), ops::at(t, i, 0), y.cols());
        }
    });
    return mean(losses, y.rows());
}

template <class T>
double softmax_with_loss(MatrixView<const T> x, Labels labels, MatrixView<T> dx, MatrixView<T> p) {
    const char* const op = "softmax_cross_entropy";
    check_batch(op, x.rows());
    check_labels(op, labels, x.rows(), x.cols());
    if (!ops::plainly_fit(x, dx)) {
        check::shape(op, "dlogits", dx, x.rows(), x.cols());
        check::overlap(op, "dlogits", dx, "logits", x, check::Alias::kSame);
    }
    if (p.data() != nullptr) {
        check::shape(op, "probabilities", p, x.rows(), x.cols());
        check::overlap(op, "probabilities", p, "logits", x, check::Alias::kSame);
        check::overlap(op, "probabilities", p, "dlogits", dx, check::Alias::kNone);
    }
    const auto kernel = dispatch::active<T>().softmax_loss;
    double* const losses = row_losses(x.rows());
    parallel::run(parallel::team_size(x.size(), ops::kMathGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(x.rows(), 16);
        kernels::SoftmaxLossBlock<T> block{};
        block.rows = last - first;
        block.cols = x.cols();
        block.x = ops::at(x, first, 0);
        block.ldx = x.ld();
        block.labels = labels.data() + first;
        block.divisor = static_cast<T>(x.rows());
        block.p = p.data() == nullptr ? nullptr : ops::at(p, first, 0);
        block.ldp = p.ld();
        block.dx = ops::at(dx, first, 0);
        block.lddx = dx.ld();
        block.loss = losses + first;
        kernel(block);
    });
    return mean(losses, x.rows());
}

}  // namespace

double cross_entropy_error(MatrixView<const float> y, Labels t) {
    return cross_entropy_of_labels<float>(y, t);
}
double cross_entropy_error(MatrixView<const float> y, MatrixView<const float> t) {
    return cross_entropy_of_targets<float>(y, t);
}
double softmax_cross_entropy(MatrixView<const float> logits, Labels labels, MatrixView<float> dlogits) {
    return softmax_with_loss<float>(logits, labels, dlogits, {});
}
double softmax_cross_entropy(MatrixView<const float> logits, Labels labels, MatrixView<float> dlogits,
                             MatrixView<float> probabilities) {
    return softmax_with_loss<float>(logits, labels, dlogits, probabilities);
}

double cross_entropy_error(MatrixView<const double> y, Labels t) {
    return cross_entropy_of_labels<double>(y, t);
}
double cross_entropy_error(MatrixView<const double> y, MatrixView<const double> t) {
    return cross_entropy_of_targets<double>(y, t);
}
double softmax_cross_entropy(MatrixView<const double> logits, Labels labels, MatrixView<double> dlogits) {
    return softmax_with_loss<double>(logits, labels, dlogits, {});
}
double softmax_cross_entropy(MatrixView<const double> logits, Labels labels, MatrixView<double> dlogits,
                             MatrixView<double> probabilities) {
    return softmax_with_loss<double>(logits, labels, dlogits, probabilities);
}

}  // namespace thalweg
