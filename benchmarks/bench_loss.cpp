// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The fused softmax_cross_entropy(): loss and gradient of logits, verified against both in long double. The
// peers' are what one writes with them, on one thread. The name is
// softmax_cross_entropy/<type>/<rows>x<cols>.
#include <limits>

#include "candidates.hpp"
#include "softmax_truth.hpp"
#include "thalweg/loss.hpp"

namespace thalweg::bench {
namespace {

constexpr SoftmaxShape kShapes[] = {{100, 10}, {10000, 10}, {1024, 1000}};
constexpr std::size_t kWorthTwoThreads = 1'000'000;

// oneDNN's exponential is the loosest of the peers', and a logarithm of a float is good to this much.
constexpr double kPeerExpUlp = 8.0;
constexpr double kPeerLogUlp = 4.0;

template <class T>
struct Operands {
    explicit Operands(const SoftmaxShape& shape)
        : x(random_logits<T>(shape)),
          labels(test::labels_below(shape.cols, shape.rows, 5)),
          dx(shape.rows, shape.cols) {}

    Matrix<T> x;
    std::vector<int> labels;
    Matrix<T> dx;
    double loss = 0.0;
};

// The loss of a row is log(sum) - (x_t - max), or log of the probability: its absolute error is the relative
// one of the sum, plus rounding of the logarithm and of what is subtracted, both below 2 kLogitRange +
// log(cols).
template <class T>
long double loss_bound(std::size_t cols, double exp_ulp, double log_ulp) {
    const double largest = 2.0 * kLogitRange + std::log(static_cast<double>(cols));
    const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
    return softmax_bound<T>(cols, exp_ulp) + static_cast<long double>((log_ulp + 2.0) * eps * largest);
}

template <class T>
Verdict check(const Operands<T>& on, double exp_ulp, double log_ulp) {
    const auto n = static_cast<long double>(on.x.rows());
    const std::size_t cols = on.x.cols();
    const long double bound = softmax_bound<T>(cols, exp_ulp);
    const auto eps = static_cast<long double>(std::numeric_limits<T>::epsilon());
    test::Failures failures;
    long double total = 0.0L;
    for (std::size_t i = 0; i < on.x.rows(); ++i) {
        total += test::true_softmax_loss(on.x.row(i).data(), cols, static_cast<std::size_t>(on.labels[i]));
    }
    const long double mean = total / n;
    expect_near(on.loss, mean, loss_bound<T>(cols, exp_ulp, log_ulp) + (n + 4.0L) * 0x1p-53L * mean, 0, 0,
                failures);
    for (const std::size_t i : sample(on.x.rows(), kCheckRows)) {
        const std::vector<long double> p = true_softmax(on.x.row(i).data(), cols);
        for (std::size_t j = 0; j < cols; ++j) {
            const bool is_label = j == static_cast<std::size_t>(on.labels[i]);
            const long double difference = p[j] - (is_label ? 1.0L : 0.0L);
            // Rounding of 1/N and of the product with it, twice where the label is subtracted afterwards.
            const long double rest = 4.0L * eps * (std::fabs(difference) + (is_label ? 1.0L : 0.0L));
            expect_near(on.dx(i, j), difference / n, (p[j] * bound + rest) / n, i, j, failures);
        }
    }
    return {failures.text()};
}

void add_peers(Contest& contest, const Shared<Operands<float>>& on) {
    for (const Peer* peer : peers_found()) {
        if (peer->softmax_loss == nullptr) {
            continue;
        }
        Candidate candidate = peer_candidate(*peer, 1);
        candidate.amount = contest.candidates.front().amount;
        candidate.start = [peer, on] {
            return peer->softmax_loss(
                {on->x.data(), on->labels.data(), on->dx.data(), &on->loss, on->x.rows(), on->x.cols()});
        };
        candidate.check = [on] { return check(*on, kPeerExpUlp, kPeerLogUlp); };
        candidate.references = copies();
        contest.candidates.push_back(std::move(candidate));
    }
}

template <class T>
void add_shape(const SoftmaxShape& shape) {
    const std::size_t size = shape.rows * shape.cols;
    const Shared<Operands<T>> on([shape] { return std::make_unique<Operands<T>>(shape); });
    Contest contest{std::string("softmax_cross_entropy/") + type_name<T>() + "/" + by(shape.rows, shape.cols),
                    Unit::kByte,
                    false,
                    [on] {
                        on->dx.fill(std::numeric_limits<T>::quiet_NaN());
                        on->loss = std::numeric_limits<double>::quiet_NaN();
                    },
                    [on] { on.release(); },
                    {}};
    const std::vector<int> threads = threads_for(size >= kWorthTwoThreads);
    for (const Variant& variant : variants(threads, true)) {
        Candidate candidate = ours(variant);
        candidate.amount = static_cast<double>(2 * size * sizeof(T));
        candidate.start = [on]() -> Run {
            return [&operands = *on] {
                operands.loss = softmax_cross_entropy(operands.x, operands.labels, operands.dx);
            };
        };
        candidate.check = [on] { return check(*on, 1.0, 1.0); };
        candidate.references = copies();
        contest.candidates.push_back(std::move(candidate));
    }
    if constexpr (sizeof(T) == sizeof(float)) {
        add_peers(contest, on);
    }
    add_copies(contest, threads, size * sizeof(T) / sizeof(float), [on]() -> CopyOperands {
        return {reinterpret_cast<const float*>(on->x.data()), reinterpret_cast<float*>(on->dx.data())};
    });
    add(std::move(contest));
}

}  // namespace

void register_loss() {
    for (const SoftmaxShape& shape : kShapes) {
        add_shape<float>(shape);
        add_shape<double>(shape);
    }
}

}  // namespace thalweg::bench
