// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One training step of the two-layer net: draw a batch, convert its pixels, gradient, SGD update. On drawn
// digits, of whose pixels most are zero, and on random pixels, of which hardly any is. One step is verified
// against plain loops in double. The name is train/<type>/<batch>x<input>-<hidden>-<output>/<pixels>.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "support/inputs.hpp"
#include "thalweg/data.hpp"
#include "thalweg/net.hpp"
#include "thalweg/train.hpp"
#include "variants.hpp"

namespace thalweg::bench {
namespace {

constexpr std::size_t kBatch = 100;
constexpr std::size_t kImages = 10'000;
constexpr std::size_t kSide = 28;
constexpr std::size_t kInput = kSide * kSide;
constexpr std::size_t kClasses = 10;
constexpr std::size_t kHidden[] = {50, 512};

const Dataset& digits() {
    static const Dataset data = synthetic_digits(kImages, 1);
    return data;
}

const Dataset& random_pixels() {
    static const Dataset data = [] {
        test::Source source(6);
        std::vector<std::uint8_t> pixels(kImages * kInput);
        for (std::uint8_t& pixel : pixels) {
            pixel = static_cast<std::uint8_t>(source.next());
        }
        std::vector<std::uint8_t> labels(kImages);
        for (std::uint8_t& label : labels) {
            label = static_cast<std::uint8_t>(source.below(kClasses));
        }
        return Dataset(kSide, kSide, std::move(pixels), std::move(labels), kClasses);
    }();
    return data;
}

// What a step reads and leaves behind, as train() keeps it.
template <class T>
struct Step {
    Step(const Dataset& images, std::size_t hidden)
        : data(images),
          rng(1),
          net(kInput, hidden, kClasses, rng),
          batches(images.size(), kBatch, Sampling::kReplacement, rng),
          x(kBatch, kInput),
          labels(kBatch) {}

    void operator()() {
        data.gather<T>(batches.next(), x, labels);
        loss = net.gradient(x, labels, grads, workspace);
        sgd.update(net.params, grads);
    }

    const Dataset& data;
    Rng rng;
    TwoLayerNet<T> net;
    MiniBatches batches;
    Matrix<T> x;
    std::vector<int> labels;
    TwoLayerParams<T> grads;
    TwoLayerWorkspace<T> workspace;
    Sgd sgd;
    double loss = 0.0;
};

using Plain = std::vector<double>;

template <class T>
Plain plain(const Matrix<T>& m) {
    return Plain(m.data(), m.data() + m.size());
}

// c += a b; a is [m,k] and b [k,n] by two strides each, c [m,n] without gaps. Exact zeros of a add nothing.
struct Strided {
    const double* data;
    std::size_t row;
    std::size_t col;
};
void add_product(std::size_t m, std::size_t n, std::size_t k, Strided a, Strided b, Plain& c) {
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t p = 0; p < k; ++p) {
            const double factor = a.data[i * a.row + p * a.col];
            if (factor == 0.0) {
                continue;
            }
            for (std::size_t j = 0; j < n; ++j) {
                c[i * n + j] += factor * b.data[p * b.row + j * b.col];
            }
        }
    }
}

Plain column_sums(const Plain& m, std::size_t cols) {
    Plain sums(cols);
    for (std::size_t i = 0; i < m.size(); ++i) {
        sums[i % cols] += m[i];
    }
    return sums;
}

Plain repeated(const Plain& row, std::size_t times) {
    Plain all;
    for (std::size_t i = 0; i < times; ++i) {
        all.insert(all.end(), row.begin(), row.end());
    }
    return all;
}

struct PlainGradient {
    double loss = 0.0;
    Plain W1;
    Plain b1;
    Plain W2;
    Plain b2;
};

// Turns logits into (softmax - target) / N and returns the loss with the notebook's 1e-7.
double softmax_backward(Plain& logits, const std::vector<int>& labels) {
    const auto n = static_cast<double>(labels.size());
    double loss = 0.0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::span<double> row(logits.data() + i * kClasses, kClasses);
        const double max = *std::max_element(row.begin(), row.end());
        double sum = 0.0;
        for (double& value : row) {
            value = std::exp(value - max);
            sum += value;
        }
        const auto label = static_cast<std::size_t>(labels[i]);
        loss -= std::log(row[label] / sum + 1e-7) / n;
        for (double& value : row) {
            value /= sum * n;
        }
        row[label] -= 1.0 / n;
    }
    return loss;
}

template <class T>
PlainGradient plain_gradient(const TwoLayerParams<T>& params, const Matrix<T>& images,
                             const std::vector<int>& labels) {
    const std::size_t hidden = params.hidden_size();
    const Plain x = plain(images);
    const Plain W1 = plain(params.W1);
    const Plain W2 = plain(params.W2);
    Plain z = repeated(plain(params.b1), kBatch);
    add_product(kBatch, hidden, kInput, {x.data(), kInput, 1}, {W1.data(), hidden, 1}, z);
    for (double& value : z) {
        value = 1.0 / (1.0 + std::exp(-value));
    }
    Plain dy = repeated(plain(params.b2), kBatch);
    add_product(kBatch, kClasses, hidden, {z.data(), hidden, 1}, {W2.data(), kClasses, 1}, dy);

    PlainGradient g;
    g.loss = softmax_backward(dy, labels);
    g.W2 = Plain(hidden * kClasses);
    add_product(hidden, kClasses, kBatch, {z.data(), 1, hidden}, {dy.data(), kClasses, 1}, g.W2);
    g.b2 = column_sums(dy, kClasses);
    Plain dz(kBatch * hidden);
    add_product(kBatch, hidden, kClasses, {dy.data(), kClasses, 1}, {W2.data(), 1, kClasses}, dz);
    for (std::size_t i = 0; i < dz.size(); ++i) {
        dz[i] *= z[i] * (1.0 - z[i]);
    }
    g.W1 = Plain(kInput * hidden);
    add_product(kInput, hidden, kBatch, {x.data(), 1, kInput}, {dz.data(), hidden, 1}, g.W1);
    g.b1 = column_sums(dz, hidden);
    return g;
}

// The gradient to within one eps of its largest element for every term of the sums on the way to it, and the
// updated parameter to within two roundings and lr times that.
template <class T>
void check_matrix(const char* name, const Plain& want, const Matrix<T>& grads, const Matrix<T>& before,
                  const Matrix<T>& after, double lr, test::Failures& failures) {
    constexpr auto kEps = static_cast<double>(std::numeric_limits<T>::epsilon());
    double largest = 0.0;
    for (const double value : want) {
        largest = std::max(largest, std::fabs(value));
    }
    const auto terms = static_cast<double>(kInput + kBatch + kClasses + grads.cols());
    const double bound = terms * kEps * largest;
    for (std::size_t i = 0; i < want.size(); ++i) {
        const auto gradient = static_cast<double>(grads.data()[i]);
        const auto moved = static_cast<double>(after.data()[i]);
        const double target = static_cast<double>(before.data()[i]) - lr * want[i];
        // Not >: NaN is a failure too.
        if (!(std::fabs(gradient - want[i]) <= bound)) {
            failures.add(
                "gradient is " + test::text_of(gradient) + ", expected near " + test::text_of(want[i]), name,
                i);
        }
        if (!(std::fabs(moved - target) <= lr * bound + 2.0 * kEps * (std::fabs(target) + lr * largest))) {
            failures.add("becomes " + test::text_of(moved) + ", expected near " + test::text_of(target), name,
                         i);
        }
    }
}

// What the net became in the timed loop depends on its length, so one more step is judged.
template <class T>
test::Failures check(Step<T>& step) {
    const TwoLayerParams<T> before = step.net.params;
    step();
    const TwoLayerParams<T>& after = step.net.params;
    const PlainGradient want = plain_gradient(before, step.x, step.labels);
    const double lr = step.sgd.lr;
    test::Failures failures;
    check_matrix("W1", want.W1, step.grads.W1, before.W1, after.W1, lr, failures);
    check_matrix("b1", want.b1, step.grads.b1, before.b1, after.b1, lr, failures);
    check_matrix("W2", want.W2, step.grads.W2, before.W2, after.W2, lr, failures);
    check_matrix("b2", want.b2, step.grads.b2, before.b2, after.b2, lr, failures);
    const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
    const double bound = static_cast<double>(kInput + kBatch) * eps * std::max(1.0, want.loss);
    failures.expect(std::fabs(step.loss - want.loss) <= bound, "loss", step.loss, "near", want.loss);
    return failures;
}

template <class T>
void run(benchmark::State& state, const Variant& variant, const Dataset& data, std::size_t hidden) {
    Step<T> step(data, hidden);
    const double seconds = timed(state, variant, step);
    // Forward x W1 and z W2; backward z^T dy, dy W2^T and x^T dz. The rest is less than one in a hundred.
    const std::size_t flop = kBatch * hidden * (4 * kInput + 6 * kClasses);
    report_flops(state, variant, sizeof(T), static_cast<double>(flop), seconds);
    state.counters["images/s"] = static_cast<double>(kBatch) / seconds;
    judge(state, check(step));
}

template <class T>
void register_net(std::size_t hidden, const char* pixels, const Dataset& (*data)()) {
    const std::string shape =
        by(kBatch, kInput) + "-" + std::to_string(hidden) + "-" + std::to_string(kClasses) + "/" + pixels;
    add(std::string("train/") + type_name<T>() + "/" + shape, threads_for(true),
        [hidden, data](benchmark::State& state, const Variant& variant) {
            run<T>(state, variant, data(), hidden);
        });
}

}  // namespace

void register_train() {
    for (const std::size_t hidden : kHidden) {
        register_net<float>(hidden, "digits", digits);
        register_net<float>(hidden, "random", random_pixels);
        register_net<double>(hidden, "digits", digits);
        register_net<double>(hidden, "random", random_pixels);
    }
}

}  // namespace thalweg::bench
