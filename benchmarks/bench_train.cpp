// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One training step of the two-layer net: gradient and SGD update. "dense" has a batch of random numbers at
// hand. "mnist" (or "digits", synthetic ones, without it) draws a batch and converts its 8-bit pixels in each
// of our steps; the peers find theirs converted. Each starts from the same net and is verified against plain
// loops in double. The name is train/<type>/<batch>x<input>-<hidden>-<output>/<pixels>.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "candidates.hpp"
#include "nn/step/backprop.hpp"
#include "support/inputs.hpp"
#include "thalweg/images.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/train.hpp"
#include "thalweg/two_layer_net.hpp"
#include "train_truth.hpp"

namespace thalweg::bench {
namespace {

constexpr std::size_t kImages = 10'000;
constexpr std::size_t kInput = 28 * 28;
constexpr std::size_t kClasses = 10;
constexpr double kScalarAtMost = 40e6;

struct Net {
    std::size_t batch;
    std::size_t hidden;

    std::string name() const {
        return by(batch, kInput) + "-" + std::to_string(hidden) + "-" + std::to_string(kClasses);
    }
    // Forward x W1 and z W2; backward z^T dy, dy W2^T and x^T dz. The rest is less than one in a hundred.
    double flop() const { return static_cast<double>(batch * hidden * (4 * kInput + 6 * kClasses)); }
};

// Empty: no images, a batch of random numbers.
using Images = std::function<const Dataset&()>;

// The net, its batch, and what a step leaves behind: ours and the peers' work on the same memory.
template <class T>
struct Operands {
    Operands(const Net& size, const Images& from)
        : rng(1),
          net(kInput, size.hidden, kClasses, rng),
          initial(net.params),
          x(size.batch, kInput),
          labels(test::labels_below(kClasses, size.batch, 7)) {
        test::Source source(6);
        for (std::size_t i = 0; i < x.size(); ++i) {
            x.data()[i] = static_cast<T>(source.uniform(0.0, 1.0));
        }
        if (from) {
            images = &from();
            samples = Samples<T>(*images);
            taken = std::make_unique<nn::BackpropStep<T>>(samples, Loss::kSoftmaxCrossEntropy, size.batch,
                                                          optimizer);
            batches = std::make_unique<MiniBatches>(images->size(), size.batch, Sampling::kReplacement, rng);
            draw();
            fill_x();
        }
    }

    void draw() {
        rows = batches->next();
        x_is_stale = true;
    }

    // Our step takes the pixels where they lie; a peer that needs them as numbers asks for them.
    void fill_x() {
        if (x_is_stale) {
            images->template gather<T>(rows, x, labels);
            x_is_stale = false;
        }
    }

    // As train() does it.
    void step() {
        if (images != nullptr) {
            draw();
            loss = taken->take(nn::layers_of(net.params.matrices()), rows);
            return;
        }
        loss = net.gradient(x, labels, grads, workspace);
        sgd.update(net.params, grads);
    }

    // In place: the peers hold pointers.
    void restart() {
        fill_x();
        const auto to = net.params.matrices();
        for (std::size_t i = 0; i < to.size(); ++i) {
            const Matrix<T>& from = *std::as_const(initial).matrices()[i].matrix;
            std::copy(from.data(), from.data() + from.size(), to[i].matrix->data());
        }
        loss = std::numeric_limits<double>::quiet_NaN();
    }

    // Of the batch at hand, from the initial net.
    const PlainGradient& truth() {
        fill_x();
        Plain now = plain(x);
        if (now != truth_x) {
            truth_x = std::move(now);
            const PlainNet begin{kInput,
                                 initial.hidden_size(),
                                 kClasses,
                                 plain(initial.W1),
                                 plain(initial.b1),
                                 plain(initial.W2),
                                 plain(initial.b2)};
            known_truth = plain_gradient(begin, truth_x, labels);
        }
        return known_truth;
    }

    Rng rng;
    TwoLayerNet<T> net;
    const TwoLayerParams<T> initial;
    Matrix<T> x;
    std::vector<int> labels;
    const Dataset* images = nullptr;
    Samples<T> samples;
    std::span<const std::size_t> rows;
    bool x_is_stale = false;
    Sgd sgd;
    nn::Descending<T> optimizer = {.rule = sgd};
    std::unique_ptr<nn::BackpropStep<T>> taken;
    std::unique_ptr<MiniBatches> batches;
    TwoLayerParams<T> grads;
    TwoLayerWorkspace<T> workspace;
    double loss = 0.0;
    Plain truth_x;
    PlainGradient known_truth;
};

// A gradient is good to within one eps of its largest element for every term of the sums on the way to it,
// and the updated parameter to within lr times that and two roundings.
template <class T>
void check_matrix(const char* name, const Plain& gradient, const Matrix<T>& before, const Matrix<T>& after,
                  double terms, double lr, test::Failures& failures) {
    constexpr auto kEps = static_cast<double>(std::numeric_limits<T>::epsilon());
    double largest = 0.0;
    for (const double value : gradient) {
        largest = std::max(largest, std::fabs(value));
    }
    const double bound = terms * kEps * largest;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        const auto moved = static_cast<double>(after.data()[i]);
        const double target = static_cast<double>(before.data()[i]) - lr * gradient[i];
        // Not >: NaN is a failure too.
        if (!(std::fabs(moved - target) <= lr * bound + 2.0 * kEps * (std::fabs(target) + lr * largest))) {
            failures.add("becomes " + test::text_of(moved) + ", expected near " + test::text_of(target), name,
                         i);
        }
    }
}

// With a learning rate so small next to the weights, an update by half of the gradient would pass for one.
// That is why the initial weights are small, too, and why the update as a whole is judged: the distance that
// the parameters moved along the gradient is lr |gradient|^2, to a thousandth.
template <class T>
void check_length(const PlainGradient& want, const TwoLayerParams<T>& before, const TwoLayerParams<T>& after,
                  double lr, test::Failures& failures) {
    double along = 0.0;
    double square = 0.0;
    const auto add_up = [&](const Plain& gradient, const Matrix<T>& from, const Matrix<T>& to) {
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            along += gradient[i] * (static_cast<double>(from.data()[i]) - static_cast<double>(to.data()[i]));
            square += gradient[i] * gradient[i];
        }
    };
    add_up(want.of.W1, before.W1, after.W1);
    add_up(want.of.b1, before.b1, after.b1);
    add_up(want.of.W2, before.W2, after.W2);
    add_up(want.of.b2, before.b2, after.b2);
    failures.expect(std::fabs(along - lr * square) <= 1e-3 * lr * square, "moved", along, "of", lr * square);
}

template <class T>
Verdict check(Operands<T>& on, bool is_ours) {
    const PlainGradient& want = on.truth();
    const TwoLayerParams<T>& after = on.net.params;
    const double lr = on.sgd.lr;
    const auto terms = static_cast<double>(kInput + on.labels.size() + kClasses + after.hidden_size());
    test::Failures failures;
    check_matrix("W1", want.of.W1, on.initial.W1, after.W1, terms, lr, failures);
    check_matrix("b1", want.of.b1, on.initial.b1, after.b1, terms, lr, failures);
    check_matrix("W2", want.of.W2, on.initial.W2, after.W2, terms, lr, failures);
    check_matrix("b2", want.of.b2, on.initial.b2, after.b2, terms, lr, failures);
    check_length(want, on.initial, after, lr, failures);
    const double loss = is_ours ? want.loss_notebook : want.loss;
    const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
    const double bound = static_cast<double>(kInput + on.labels.size()) * eps * std::max(1.0, loss);
    failures.expect(std::fabs(on.loss - loss) <= bound, "loss", on.loss, "near", loss);
    return {failures.text()};
}

template <class T>
peers::Step<T> step_of(Operands<T>& on) {
    TwoLayerParams<T>& params = on.net.params;
    return {on.x.data(),
            on.labels.data(),
            params.W1.data(),
            params.b1.data(),
            params.W2.data(),
            params.b2.data(),
            &on.loss,
            on.x.rows(),
            on.x.cols(),
            params.hidden_size(),
            params.output_size(),
            static_cast<T>(on.sgd.lr)};
}

template <class T>
auto train_of(const Peer& peer) {
    if constexpr (sizeof(T) == sizeof(float)) {
        return peer.train_f32;
    } else {
        return peer.train_f64;
    }
}

// Every part of a round begins with the same net: after thousands of steps on one batch there would be
// nothing left to learn, and numbers below the normal range to compute with.
template <class T>
void restart_on_entry(Candidate& candidate, const Shared<Operands<T>>& on) {
    candidate.enter = [enter = std::move(candidate.enter), on] {
        enter();
        on->restart();
    };
}

template <class T>
void add_net(const Net& size, const std::string& pixels, const Images& images) {
    const Shared<Operands<T>> on([size, images] { return std::make_unique<Operands<T>>(size, images); });
    Contest contest{std::string("train/") + type_name<T>() + "/" + size.name() + "/" + pixels,
                    Unit::kFlop,
                    false,
                    [on] { on->restart(); },
                    [on] { on.release(); },
                    {}};
    const std::vector<int> threads = threads_for(true);
    const std::vector<Variant> levels = variants(threads, size.flop() <= kScalarAtMost);
    for (const Variant& variant : levels) {
        Candidate candidate = ours(variant);
        candidate.amount = size.flop();
        candidate.start = [on]() -> Run { return [&operands = *on] { operands.step(); }; };
        candidate.check = [on] { return check(*on, true); };
        candidate.references = {peak_of(variant)};
        restart_on_entry(candidate, on);
        contest.candidates.push_back(std::move(candidate));
    }
    for (const Peer* peer : peers_found()) {
        const auto train = train_of<T>(*peer);
        for (const int n : train != nullptr ? threads : std::vector<int>{}) {
            Candidate candidate = peer_candidate(*peer, n);
            candidate.amount = size.flop();
            candidate.start = [train, on] { return train(step_of(*on)); };
            candidate.check = [on] { return check(*on, false); };
            candidate.references = {"peak"};
            restart_on_entry(candidate, on);
            contest.candidates.push_back(std::move(candidate));
        }
    }
    add_peaks(contest, levels, sizeof(T));
    add(std::move(contest));
}

}  // namespace

void register_train(const std::string& mnist) {
    const Images images = [mnist]() -> const Dataset& {
        static const Dataset data = mnist.empty() ? synthetic_digits(kImages, 1) : load_mnist(mnist).train;
        return data;
    };
    const std::string pixels = mnist.empty() ? "digits" : "mnist";
    for (const Net& size : {Net{100, 50}, Net{100, 512}, Net{1000, 512}}) {
        add_net<float>(size, "dense", {});
        add_net<float>(size, pixels, images);
    }
    add_net<double>({100, 50}, "dense", {});
    add_net<double>({100, 50}, pixels, images);
}

}  // namespace thalweg::bench
