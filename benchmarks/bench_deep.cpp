// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Nets with ReLU of any depth, in float. train_deep/f32/<batch>x<sizes>/<optimiser>/<pixels> is one training
// step: gradient and update. "dense" has random numbers, "mnist" (or "digits", synthetic ones, without it)
// draws a batch of 8-bit pixels in each of our steps; the peers find theirs converted. Who:
//   thalweg         the step of the training loop, which gathers its batch
//   net-gradient    net.gradient(), then optimizer.update(), of a batch that is there
// Each is verified against plain loops in double.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "candidates.hpp"
#include "deep_nets.hpp"
#include "nn/layers/net_layers.hpp"
#include "nn/step/backprop.hpp"
#include "support/inputs.hpp"
#include "thalweg/images.hpp"
#include "thalweg/net.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/samples.hpp"
#include "train_truth.hpp"

namespace thalweg::bench {
namespace {

constexpr std::size_t kImages = 10'000;
// Two threads are worth waking from here on.
constexpr double kWorthTwoThreads = 10e6;

// Empty: no images, a batch of random numbers.
using Images = std::function<const Dataset&()>;

// Who has taken the last step, and so remembers of it.
enum class Who { kStep, kNetGradient, kPeer };

struct Operands {
    Operands(const DeepWork& given, const Images& from)
        : work(given),
          rng(1),
          net(work.sizes, {}, rng),
          initial(net.params),
          x(work.batch, work.sizes.front()),
          labels(test::labels_below(static_cast<int>(work.sizes.back()), work.batch, 7)) {
        nn::look_at_net<float>(net, views);
        test::Source source(6);
        for (std::size_t i = 0; i < x.size(); ++i) {
            x.data()[i] = static_cast<float>(source.uniform(0.0, 1.0));
        }
        if (from) {
            images = &from();
            samples = Samples<float>(*images);
            batches = std::make_unique<MiniBatches>(images->size(), work.batch, Sampling::kReplacement, rng);
            draw();
            fill_x();
        } else {
            samples = Samples<float>(x, labels, work.sizes.back());
            all_rows.resize(work.batch);
            std::iota(all_rows.begin(), all_rows.end(), std::size_t{0});
            rows = all_rows;
        }
        step = std::make_unique<nn::BackpropStep<float>>(samples, Loss::kSoftmaxCrossEntropy, work.batch,
                                                         descending);
        for (const auto& [name, matrix] : net.params.matrices()) {
            first.emplace_back(work.adam ? matrix->rows() : 0, work.adam ? matrix->cols() : 0);
            second.emplace_back(work.adam ? matrix->rows() : 0, work.adam ? matrix->cols() : 0);
        }
    }

    UpdateRule rule() const { return work.adam ? UpdateRule(adam) : UpdateRule(sgd); }

    void draw() {
        if (batches != nullptr) {
            rows = batches->next();
            x_is_stale = true;
        }
    }
    // Our step takes pixels where they lie; who needs them as numbers asks for them.
    void fill_x() {
        if (x_is_stale) {
            images->gather<float>(rows, x, labels);
            x_is_stale = false;
        }
    }

    void take_step() {
        draw();
        loss = step->take(views, rows);
    }
    void take_public_step() {
        loss = net.gradient(x, labels, grads, workspace);
        optimizer.update(net.params, grads);
    }

    // In place: the peers hold pointers.
    void restart() {
        fill_x();
        const auto to = net.params.matrices();
        const auto from = std::as_const(initial).matrices();
        for (std::size_t i = 0; i < to.size(); ++i) {
            std::copy_n(from[i].matrix->data(), from[i].matrix->size(), to[i].matrix->data());
            std::fill_n(first[i].data(), first[i].size(), 0.0F);
            std::fill_n(second[i].data(), second[i].size(), 0.0F);
        }
        updates = 0;
        descending.state = {};
        optimizer = Optimizer<float>(rule());
        loss = std::numeric_limits<double>::quiet_NaN();
    }

    // Of the batch at hand, from the initial net.
    const PlainDeepGradient& truth() {
        fill_x();
        Plain now = plain(x);
        if (now != truth_x) {
            truth_x = std::move(now);
            known_truth = plain_deep_gradient(plain_net(initial), truth_x, labels, work.terms() * kEps);
        }
        return known_truth;
    }

    peers::DeepStep peers_step() {
        peers::DeepStep with{x.data(), labels.data(), &loss,  work.batch, peers_layers(net.params),
                             &updates, work.adam,     sgd.lr, 0.0,        0.0,
                             0.0};
        if (work.adam) {
            with.lr = adam.lr;
            with.beta1 = adam.beta1;
            with.beta2 = adam.beta2;
            with.epsilon = adam.epsilon;
        }
        for (std::size_t l = 0; work.adam && l < with.layers.size(); ++l) {
            with.layers[l].W.m = first[2 * l].data();
            with.layers[l].W.v = second[2 * l].data();
            with.layers[l].b.m = first[2 * l + 1].data();
            with.layers[l].b.v = second[2 * l + 1].data();
        }
        return with;
    }

    const Matrix<float>& memory(Who who, bool of_squares, std::size_t i) const {
        const auto& own = who == Who::kStep ? descending.state : optimizer.state();
        if (who == Who::kPeer) {
            return of_squares ? second[i] : first[i];
        }
        return of_squares ? own.second[i] : own.first[i];
    }

    DeepWork work;
    Adam adam;
    Sgd sgd;
    Rng rng;
    Net<float> net;
    const NetParams<float> initial;
    std::vector<nn::Dense<float>> views;
    Matrix<float> x;
    std::vector<int> labels;
    const Dataset* images = nullptr;
    Samples<float> samples;
    std::unique_ptr<MiniBatches> batches;
    std::vector<std::size_t> all_rows;
    std::span<const std::size_t> rows;
    bool x_is_stale = false;
    nn::Descending<float> descending{rule()};
    std::unique_ptr<nn::BackpropStep<float>> step;
    Optimizer<float> optimizer{rule()};
    NetParams<float> grads;
    NetWorkspace<float> workspace;
    std::vector<Matrix<float>> first;  // the peers' memories
    std::vector<Matrix<float>> second;
    std::size_t updates = 0;
    double loss = 0.0;
    Plain truth_x;
    PlainDeepGradient known_truth;
};

// One matrix of parameters after its first update. A gradient is good to within one eps of its largest
// element for every term of the sums on the way to it, and what a sum near ReLU's kink may move.
class MatrixCheck {
public:
    MatrixCheck(Operands& on, Who who, std::size_t matrix, test::Failures& failures)
        : on_(on), who_(who), matrix_(matrix), failures_(failures) {
        const auto now = std::as_const(on.net.params).matrices();
        name_ = now[matrix].name;
        before_ = on.initial.matrices()[matrix].matrix->data();
        after_ = now[matrix].matrix->data();
    }

    void run() {
        const PlainDeepGradient& truth = on_.truth();
        const auto of = [this](const PlainLayer& layer) -> const Plain& {
            return matrix_ % 2 == 0 ? layer.W : layer.b;
        };
        const Plain& gradient = of(truth.of[matrix_ / 2]);
        const Plain& unsure = of(truth.unsure[matrix_ / 2]);
        double largest = 0.0;
        for (const double value : gradient) {
            largest = std::max(largest, std::fabs(value));
        }
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            const double bound = on_.work.terms() * kEps * largest + unsure[i];
            if (on_.work.adam) {
                adam(i, gradient[i], bound);
            } else {
                const double move = on_.sgd.lr * gradient[i];
                near("parameter", i, after(i), before(i) - move,
                     on_.sgd.lr * bound + 2.0 * kEps * (std::fabs(before(i)) + std::fabs(move)));
            }
        }
    }

private:
    double before(std::size_t i) const { return static_cast<double>(before_[i]); }
    double after(std::size_t i) const { return static_cast<double>(after_[i]); }
    // The first memory is a share of the gradient. The second one and the move follow from it, to a few
    // roundings, whatever the gradient: so the move is judged where it is a quotient of two small numbers.
    void adam(std::size_t i, double gradient, double bound) {
        const Adam& rule = on_.adam;
        const auto m = static_cast<double>(on_.memory(who_, false, matrix_).data()[i]);
        const auto v = static_cast<double>(on_.memory(who_, true, matrix_).data()[i]);
        const double take = 1.0 - rule.beta1;
        const double take_2 = 1.0 - rule.beta2;
        constexpr double kRoundings = 16.0 * kEps;
        constexpr double kLeast = std::numeric_limits<float>::min();
        near("first memory", i, m, take * gradient, take * bound + kRoundings * std::fabs(take * gradient));
        const double square = take_2 * (m / take) * (m / take);
        near("second memory", i, v, square, kRoundings * square + kLeast);
        // The book's form, or PyTorch's with epsilon beside the corrected root.
        const double root = std::sqrt(take_2);
        const double lr = rule.lr / take;
        const double book = before(i) - lr * root * m / (std::sqrt(v) + rule.epsilon);
        const double inside = before(i) - lr * m / (std::sqrt(v) / root + rule.epsilon);
        const double moved = after(i);
        const bool is_book = std::fabs(moved - book) <= std::fabs(moved - inside) || who_ != Who::kPeer;
        near("parameter", i, moved, is_book ? book : inside,
             kRoundings * rule.lr + 2.0 * kEps * std::fabs(before(i)));
    }
    void near(const char* what, std::size_t i, double found, double wanted, double bound) {
        // Not >: NaN is a failure too.
        if (!(std::fabs(found - wanted) <= bound)) {
            failures_.add(std::string(what) + " becomes " + test::text_of(found) + ", expected near " +
                              test::text_of(wanted),
                          name_.c_str(), i);
        }
    }

    Operands& on_;
    Who who_;
    std::size_t matrix_;
    test::Failures& failures_;
    std::string name_;
    const float* before_;
    const float* after_;
};

Verdict check(Operands& on, Who who) {
    test::Failures failures;
    for (std::size_t i = 0; i < 2 * on.work.sizes.size() - 2; ++i) {
        MatrixCheck(on, who, i, failures).run();
    }
    const double loss = who == Who::kPeer ? on.truth().loss : on.truth().loss_notebook;
    const double bound = on.work.terms() * kEps * std::max(1.0, loss);
    failures.expect(std::fabs(on.loss - loss) <= bound, "loss", on.loss, "near", loss);
    return {failures.text()};
}

void add_training(const DeepWork& work, const std::string& pixels, const Images& images) {
    const Shared<Operands> on([work, images] { return std::make_unique<Operands>(work, images); });
    Contest contest{"train_deep/f32/" + work.shape() + (work.adam ? "/adam/" : "/sgd/") + pixels,
                    Unit::kFlop,
                    false,
                    [on] { on->restart(); },
                    [on] { on.release(); },
                    {}};
    // Every part of a round begins with the same net: after thousands of steps on one batch there would be
    // nothing left to learn.
    const auto add_candidate = [&](Candidate candidate, const std::string& peak,
                                   const std::function<Run(Operands&)>& start, Who who) {
        candidate.amount = work.flop();
        candidate.start = [on, start] { return start(*on); };
        candidate.check = [on, who] { return check(*on, who); };
        candidate.references = {peak};
        candidate.enter = [enter = std::move(candidate.enter), on] {
            enter();
            on->restart();
        };
        contest.candidates.push_back(std::move(candidate));
    };
    const std::vector<int> threads = threads_for(work.flop() >= kWorthTwoThreads);
    const std::vector<Variant> levels = variants(threads, work.flop() <= kScalarAtMost);
    for (const Variant& variant : levels) {
        add_candidate(
            ours(variant), peak_of(variant), [](Operands& o) -> Run { return [&o] { o.take_step(); }; },
            Who::kStep);
    }
    for (const int n : threads) {
        Candidate candidate = ours({active_level(), n});
        candidate.who = "net-gradient";
        add_candidate(
            std::move(candidate), "peak", [](Operands& o) -> Run { return [&o] { o.take_public_step(); }; },
            Who::kNetGradient);
    }
    for (const Peer* peer : peers_found()) {
        const auto train = peer->train_deep;
        for (const int n : train != nullptr ? threads : std::vector<int>{}) {
            add_candidate(
                peer_candidate(*peer, n), "peak", [train](Operands& o) { return train(o.peers_step()); },
                Who::kPeer);
        }
    }
    add_peaks(contest, levels, sizeof(float));
    add(std::move(contest));
}

}  // namespace

void register_deep(const std::string& mnist) {
    const Images images = [mnist]() -> const Dataset& {
        static const Dataset data = mnist.empty() ? synthetic_digits(kImages, 1) : load_mnist(mnist).train;
        return data;
    };
    const std::string pixels = mnist.empty() ? "digits" : "mnist";
    for (const std::size_t batch : {std::size_t{100}, std::size_t{1000}}) {
        for (const auto& sizes :
             {std::vector<std::size_t>{784, 512, 256, 10}, {784, 100, 100, 100, 100, 10}}) {
            add_training({batch, sizes}, "dense", {});
            add_training({batch, sizes}, pixels, images);
        }
    }
    add_training({32, {20, 64, 3}, false}, "dense", {});
}

}  // namespace thalweg::bench
