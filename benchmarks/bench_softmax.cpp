// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// softmax() on the book's output layer, on wide ones and on a vocabulary, verified against softmax in long
// double. The name is softmax/<type>/<rows>x<cols>.
#include <limits>

#include "candidates.hpp"
#include "softmax_truth.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::bench {
namespace {

constexpr SoftmaxShape kShapes[] = {{100, 10},   {10000, 10},  {60000, 10},
                                    {128, 1000}, {1024, 1000}, {512, 50257}};
constexpr std::size_t kWorthTwoThreads = 500'000;
constexpr std::size_t kScalarAtMost = 2'000'000;
constexpr std::size_t kHeavy = 10'000'000;

// oneDNN's exponential is the loosest of the peers'.
constexpr double kPeerExpUlp = 8.0;

template <class T>
struct Operands {
    explicit Operands(const SoftmaxShape& shape) : x(random_logits<T>(shape)), y(shape.rows, shape.cols) {}

    Matrix<T> x;
    Matrix<T> y;
};

template <class T>
Verdict check(const Operands<T>& on, double exp_ulp) {
    const long double bound = softmax_bound<T>(on.x.cols(), exp_ulp);
    test::Failures failures;
    for (const std::size_t i : sample(on.x.rows(), kCheckRows)) {
        const std::vector<long double> p = true_softmax(on.x.row(i).data(), on.x.cols());
        for (std::size_t j = 0; j < on.x.cols(); ++j) {
            expect_near(on.y(i, j), p[j], p[j] * bound, i, j, failures);
        }
    }
    return {failures.text()};
}

void add_peers(Contest& contest, const std::vector<int>& threads, const Shared<Operands<float>>& on) {
    for (const Peer* peer : peers_found()) {
        for (const int n : peer->softmax != nullptr ? threads : std::vector<int>{}) {
            Candidate candidate = peer_candidate(*peer, n);
            candidate.amount = contest.candidates.front().amount;
            candidate.start = [peer, on] {
                return peer->softmax({on->x.data(), on->y.data(), on->x.rows(), on->x.cols()});
            };
            candidate.check = [on] { return check(*on, kPeerExpUlp); };
            candidate.references = copies();
            contest.candidates.push_back(std::move(candidate));
        }
    }
}

template <class T>
void add_shape(const SoftmaxShape& shape) {
    const std::size_t size = shape.rows * shape.cols;
    const Shared<Operands<T>> on([shape] { return std::make_unique<Operands<T>>(shape); });
    Contest contest{std::string("softmax/") + type_name<T>() + "/" + by(shape.rows, shape.cols),
                    Unit::kByte,
                    size > kHeavy,
                    [on] { on->y.fill(std::numeric_limits<T>::quiet_NaN()); },
                    [on] { on.release(); },
                    {}};
    const std::vector<int> threads = threads_for(size >= kWorthTwoThreads);
    for (const Variant& variant : variants(threads, size <= kScalarAtMost)) {
        Candidate candidate = ours(variant);
        candidate.amount = static_cast<double>(2 * size * sizeof(T));
        candidate.start = [on]() -> Run { return [&operands = *on] { softmax(operands.x, operands.y); }; };
        candidate.check = [on] { return check(*on, 1.0); };
        candidate.references = copies();
        contest.candidates.push_back(std::move(candidate));
    }
    if constexpr (sizeof(T) == sizeof(float)) {
        add_peers(contest, threads, on);
    }
    add_copies(contest, threads, size * sizeof(T) / sizeof(float), [on]() -> CopyOperands {
        return {reinterpret_cast<const float*>(on->x.data()), reinterpret_cast<float*>(on->y.data())};
    });
    add(std::move(contest));
}

}  // namespace

void register_softmax() {
    for (const SoftmaxShape& shape : kShapes) {
        add_shape<float>(shape);
    }
    for (const SoftmaxShape& shape : {kShapes[0], kShapes[1], kShapes[4]}) {
        add_shape<double>(shape);
    }
}

}  // namespace thalweg::bench
