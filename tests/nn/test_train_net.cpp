// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Training of nets of any depth has the bits of its steps by hand, goes on where it was stopped, and stops
// where it should.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "nn/training.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "support/message_of.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/metrics.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/train_net.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

constexpr std::size_t kBatch = 20;

template <class T>
Samples<T> held_out() {
    return synthetic_digits(60, 6);
}

// A batch after another by the public operations. clip_norm scales with sums of squares in double.
template <class T>
std::vector<double> by_hand(Net<T>& net, const Samples<T>& samples, const NetTrainOptions& options) {
    Rng rng(7);
    MiniBatches batches(samples.size(), options.batch_size, options.sampling, rng);
    Optimizer<T> optimizer(options.optimizer);
    std::vector<double> losses;
    for (std::size_t i = 0; i < options.iterations; ++i) {
        const auto rows = batches.next();
        Matrix<T> x(rows.size(), samples.inputs());
        std::vector<int> labels(rows.size());
        samples.gather(rows, x, labels);
        NetParams<T> grads;
        NetWorkspace<T> workspace;
        losses.push_back(net.gradient(x, labels, grads, workspace, rng));
        if (options.clip_norm != 0.0) {
            double squares = 0.0;
            for (const auto& each : grads.matrices()) {
                Matrix<double> g(each.matrix->rows(), each.matrix->cols());
                std::copy(each.matrix->data(), each.matrix->data() + g.size(), g.data());
                squares += sum(g * g);
            }
            const double norm = std::sqrt(squares);
            for (const auto& each : grads.matrices()) {
                *each.matrix *= norm > options.clip_norm ? static_cast<T>(options.clip_norm / norm) : T(1);
            }
        }
        optimizer.update(net.params, grads);
    }
    return losses;
}

template <class T>
void check_by_hand(const NetTrainOptions& options, const NetOptions& of_net = {}) {
    for (const bool pixels : {true, false}) {
        const Samples<T> samples = digits<T>(130, 5, pixels);
        Net<T> wanted = deep_net<T>(of_net);
        const std::vector<double> losses = by_hand(wanted, samples, options);
        for (const int threads : kThreadCounts) {
            const ThreadScope scope(threads);
            Net<T> net = deep_net<T>(of_net);
            Rng rng(7);
            std::vector<double> found;
            NetTrainCallbacks<T> callbacks;
            callbacks.on_step = [&](const TrainStep& step) {
                found.push_back(step.loss);
                return true;
            };
            train(net, samples, {}, options, rng, callbacks);
            INFO(threads << " threads, " << (pixels ? "pixels" : "numbers") << ", rule "
                         << options.optimizer.index());
            CHECK(found == losses);
            CHECK(net.params == wanted.params);
            CHECK(net.running == wanted.running);
        }
    }
}

// What a run leaves behind.
template <class T>
struct Trained {
    Net<T> net;
    NetTrainResult result;
    std::vector<NetTrainState<T>> states;
    std::vector<Net<T>> nets;
};

// net: that of the state, or a new one.
template <class T>
Trained<T> run_net(const NetTrainOptions& options, const NetTrainState<T>* from = nullptr,
                   const Net<T>& net = deep_net<T>(), const OwnOptimizer<T>& own = {}) {
    Trained<T> trained{net, {}, {}, {}};
    NetTrainCallbacks<T> callbacks;
    callbacks.own_optimizer = own;
    callbacks.on_checkpoint = [&](const NetTrainState<T>& state) {
        trained.states.push_back(state);
        trained.nets.push_back(trained.net);
        return true;
    };
    Rng rng(7);
    const Samples<T> samples = digits<T>(130, 5);
    if (from != nullptr) {
        trained.result = resume_training(trained.net, samples, held_out<T>(), options, *from, callbacks);
    } else {
        trained.result = train(trained.net, samples, held_out<T>(), options, rng, callbacks);
    }
    return trained;
}

template <class T>
bool same_state(const NetTrainState<T>& a, const NetTrainState<T>& b) {
    Rng x(0);
    Rng y(0);
    x.restore(a.rng);
    y.restore(b.rng);
    return a.iteration == b.iteration && a.batches == b.batches && x.next_u32() == y.next_u32() &&
           a.optimizer == b.optimizer && a.own == b.own && a.plateau_factor == b.plateau_factor &&
           a.plateau_evaluations == b.plateau_evaluations && a.loss_sum == b.loss_sum &&
           a.loss_count == b.loss_count && a.best_iteration == b.best_iteration &&
           a.best_loss == b.best_loss && a.evaluations_since_best == b.evaluations_since_best &&
           a.best == b.best && a.best_running == b.best_running;
}

template <class T>
void check_resumed(NetTrainOptions options, const NetOptions& of_net = {}) {
    options.checkpoint_every = 1;
    options.batch_size = kBatch;
    options.iterations = 16;
    options.eval_every = 3;
    const Trained<T> whole = run_net<T>(options, nullptr, deep_net<T>(of_net));
    REQUIRE(whole.states.size() == whole.result.iterations);
    for (std::size_t i = 0; i < whole.states.size(); ++i) {
        const Trained<T> rest = run_net<T>(options, &whole.states[i], whole.nets[i]);
        INFO("resumed after update " << i + 1);
        CHECK(rest.net.params == whole.net.params);
        CHECK(rest.net.running == whole.net.running);
        CHECK(rest.result.iterations == whole.result.iterations);
        CHECK(same_state(rest.states.back(), whole.states.back()));
    }
}

}  // namespace

TEMPLATE_TEST_CASE("training a deep net has the bits of its steps by hand", "[train][net][bits]", float,
                   double) {
    NetTrainOptions options = {.iterations = 9, .batch_size = kBatch};
    for (const UpdateRule& rule :
         {UpdateRule(Sgd{0.3}), UpdateRule(Momentum{}), UpdateRule(Nesterov{}), UpdateRule(AdaGrad{}),
          UpdateRule(RmsProp{}), UpdateRule(Adam{}), UpdateRule(AdamW{})}) {
        options.optimizer = rule;
        check_by_hand<TestType>(options);
    }
    options.optimizer = Sgd{0.3};
    check_by_hand<TestType>(options, {.weight_decay = 0.01});
    options.optimizer = Adam{};
    const NetOptions everything = {.weight_decay = 0.01, .dropout = 0.3, .batch_norm = true};
    check_by_hand<TestType>(options, everything);
    options.clip_norm = 0.5;
    options.sampling = Sampling::kReplacement;
    check_by_hand<TestType>(options, everything);
}

TEST_CASE("training a deep net has the same bits at every level of a class", "[train][net][bits]") {
    std::vector<NetParams<float>> with_fma;
    std::vector<NetParams<float>> without;
    each_level([&](Rounding rounding) {
        Net<float> net = deep_net<float>({.weight_decay = 0.01, .dropout = 0.3, .batch_norm = true});
        Rng rng(7);
        train(net, digits<float>(130, 5), {}, {.iterations = 9, .batch_size = kBatch}, rng);
        (rounding == Rounding::kFma ? with_fma : without).push_back(net.params);
    });
    for (const auto* const list : {&with_fma, &without}) {
        for (const NetParams<float>& params : *list) {
            CHECK(params == list->front());
        }
    }
}

TEST_CASE("a deep net's run that is resumed has the bits of one that was never stopped",
          "[train][net][resume][bits]") {
    check_resumed<float>({});
    check_resumed<double>({.sampling = Sampling::kReplacement, .optimizer = Momentum{}});
    check_resumed<float>({.schedule = {.course = Course::kCosine, .warm_up = 4}, .clip_norm = 0.5});
    check_resumed<float>({.optimizer = Sgd{1.5}, .schedule = {.course = Course::kPlateau, .every = 1}});
    check_resumed<float>({.optimizer = Sgd{4.0}, .early_stop = 2});
    check_resumed<float>({.early_stop = 9}, {.dropout = 0.3, .batch_norm = true});
}

TEST_CASE("early stopping ends a run and keeps the best parameters", "[train][net]") {
    // Steps so large that the loss does not fall for long.
    NetTrainOptions options = {.iterations = 200, .batch_size = kBatch, .optimizer = Adam{.lr = 0.03}};
    options.eval_every = 2;
    options.early_stop = 3;
    const Trained<float> trained = run_net<float>(options);
    CHECK(trained.result.stop == TrainStop::kEarly);
    REQUIRE(trained.result.evaluations.size() > 3);
    const auto& evaluations = trained.result.evaluations;
    const NetEvaluation& best = evaluations[evaluations.size() - 4];
    CHECK(best.iteration == trained.result.best_iteration);
    for (const NetEvaluation& each : evaluations) {
        CHECK(each.validation.loss >= best.validation.loss);
    }
    CHECK(evaluate(trained.net, held_out<float>()).loss == best.validation.loss);
}

TEST_CASE("schedules give the factors that they promise", "[train][schedule]") {
    const Schedule step = {.course = Course::kStep, .warm_up = 4, .factor = 0.5, .every = 2};
    CHECK(step.factor_at(1, 10, 100) == 0.25);
    CHECK_THROWS_AS(step.factor_at(0, 10, 100), std::invalid_argument);
    CHECK(step.factor_at(4, 10, 100) == 1.0);
    CHECK(step.factor_at(20, 10, 100) == 1.0);
    CHECK(step.factor_at(21, 10, 100) == 0.5);
    CHECK(step.factor_at(41, 10, 100) == 0.25);
    const Schedule cosine = {.course = Course::kCosine, .last = 0.25};
    CHECK(cosine.factor_at(1, 10, 100) == 1.0);
    CHECK(cosine.factor_at(51, 10, 100) == Approx(0.625).epsilon(1e-15));
    CHECK(cosine.factor_at(100, 10, 100) == Approx(0.25).epsilon(1e-3));
    CHECK_THROWS_AS((Schedule{.factor = 0.0}.factor_at(1, 1, 1)), std::invalid_argument);
    CHECK_THROWS_AS((Schedule{.last = std::nan("")}.factor_at(1, 1, 1)), std::invalid_argument);
    CHECK_THROWS_AS((Schedule{.every = 0}.factor_at(1, 1, 1)), std::invalid_argument);
}

TEST_CASE("a plateau lowers the learning rate", "[train][schedule]") {
    NetTrainOptions options = {.iterations = 40, .batch_size = kBatch, .optimizer = Sgd{3.0}};
    options.eval_every = 2;
    options.schedule = {.course = Course::kPlateau, .factor = 0.5, .every = 2};
    const Trained<float> trained = run_net<float>(options);
    CHECK(trained.result.evaluations.front().lr == 3.0);
    const double last = trained.result.evaluations.back().lr;
    CHECK(last < 3.0);
    CHECK(std::log2(3.0 / last) == std::floor(std::log2(3.0 / last)));
}

TEST_CASE("an optimiser of one's own sees whole gradients and is saved", "[train][net]") {
    Matrix<float> velocity(784, 30);
    std::size_t calls = 0;
    OwnOptimizer<float> own;
    own.name = "half a momentum";
    own.update = [&](NetParams<float>& params, const NetParams<float>& grads, double lr) {
        ++calls;
        velocity = 0.5F * velocity - static_cast<float>(lr) * grads.layers[0].W;
        params.layers[0].W += velocity;
    };
    own.state = {{"velocity", &velocity}};
    NetTrainOptions options = {.iterations = 6, .batch_size = kBatch, .optimizer = Sgd{0.1}};
    options.checkpoint_every = 1;
    CHECK(
        message_of<std::invalid_argument>(
            [&] { run_net<float>(options, nullptr, deep_net<float>(), own); }) ==
        "train: the optimiser half a momentum cannot be saved: its state must be listed, and can_be_saved be "
        "true");
    own.can_be_saved = true;
    const Trained<float> whole = run_net<float>(options, nullptr, deep_net<float>(), own);
    CHECK(calls == 6);
    CHECK(whole.net.params.layers[1] == deep_net<float>().params.layers[1]);
    velocity.fill(7.0F);
    const Trained<float> rest = run_net<float>(options, &whole.states[2], whole.nets[2], own);
    CHECK(rest.net.params == whole.net.params);
}

TEMPLATE_TEST_CASE("a regression is learned and judged by R2", "[train][net][metrics]", float, double) {
    using T = TestType;
    const Samples<T> data = line<T>(400, 1);
    const Samples<T> other = line<T>(100, 2);
    Rng rng(1);
    Net<T> net({3, 16, 2}, {.activation = Activation::kTanh, .loss = Loss::kMeanSquaredError}, rng);
    const NetTrainResult result =
        train(net, data, other, {.epochs = 30, .batch_size = kBatch, .optimizer = Adam{.lr = 0.01}}, rng);
    CHECK(result.evaluations.size() == 30);
    CHECK(evaluate(net, other).score > 0.95);
    CHECK(evaluate(net, other).score == result.evaluations.back().validation.score);
    // The loss is that of the net on all rows at once, whose sum has the same order.
    CHECK(evaluate(net, other).loss == net.loss(other.features(), other.targets()));
    const Matrix<T> y = net.predict(other.features());
    const Matrix<T> t = other.targets();
    double r2 = 0.0;
    for (std::size_t j = 0; j < 2; ++j) {
        double mean = 0.0;
        for (std::size_t i = 0; i < t.rows(); ++i) {
            mean += static_cast<double>(t(i, j)) / 100.0;
        }
        double residual = 0.0;
        double around = 0.0;
        for (std::size_t i = 0; i < t.rows(); ++i) {
            const auto wanted = static_cast<double>(t(i, j));
            residual += (wanted - static_cast<double>(y(i, j))) * (wanted - static_cast<double>(y(i, j)));
            around += (wanted - mean) * (wanted - mean);
        }
        r2 += (1.0 - residual / around) / 2.0;
    }
    CHECK(evaluate(net, other).score == Approx(r2).epsilon(1e-14));
}

TEST_CASE("metrics are those of the whole matrix", "[train][net][metrics]") {
    const Net<float> net = deep_net<float>();
    const Samples<float> many = synthetic_digits(600, 9);
    const std::vector<int> labels = many.labels();
    const Metrics metrics = evaluate(net, many);
    CHECK(metrics.score == net.accuracy(many.features(), labels));
    CHECK(metrics.loss == net.loss(many.features(), labels));
    const Matrix<double> confusion = confusion_matrix(net, many);
    CHECK(sum(confusion) == 600.0);
    double diagonal = 0.0;
    for (std::size_t i = 0; i < 10; ++i) {
        diagonal += confusion(i, i);
    }
    CHECK(diagonal / 600.0 == metrics.score);
    const Matrix<double> rows = sum(confusion, 1);
    CHECK(rows(3, 0) == static_cast<double>(std::count(labels.begin(), labels.end(), 3)));
    CHECK(evaluate(net, Samples<float>()).loss == 0.0);
}

TEST_CASE("a deep net's training stops at a loss that is not finite", "[train][net]") {
    for (const bool pixels : {true, false}) {
        Net<float> net = deep_net<float>();
        net.params.layers[0].W(0, 7) = std::numeric_limits<float>::infinity();
        const NetParams<float> before = net.params;
        Rng rng(1);
        const NetTrainResult result =
            train(net, digits<float>(130, 5, pixels), {}, {.iterations = 5, .batch_size = kBatch}, rng);
        CHECK(result.stop == TrainStop::kLossNotFinite);
        CHECK(result.iterations == 1);
        CHECK(net.params == before);
    }
}

TEST_CASE("epochs that have more updates than can be counted do not wrap", "[train][net]") {
    Net<float> net = deep_net<float>({});
    const Samples<float> samples = digits<float>(130, 5);
    Rng rng(7);
    NetTrainCallbacks<float> callbacks;
    callbacks.on_step = [](const TrainStep& step) { return step.iteration < 3; };
    // Two updates an epoch: one more than can be counted.
    const NetTrainResult result = train(
        net, samples, {},
        {.epochs = std::numeric_limits<std::size_t>::max() / 2 + 1, .batch_size = (samples.size() + 1) / 2},
        rng, callbacks);
    CHECK(result.iterations == 3);
}

TEMPLATE_TEST_CASE("a deep net trains along differences as along its gradient", "[train][net][differences]",
                   float, double) {
    using T = TestType;
    NetTrainOptions options = {.iterations = 30, .batch_size = kBatch};
    const auto trained = [&](std::vector<double>& losses) {
        Net<T> net = deep_net<T>({.weight_decay = 0.01});
        Rng rng(7);
        NetTrainCallbacks<T> callbacks;
        callbacks.on_step = [&](const TrainStep& step) {
            losses.push_back(step.loss);
            return true;
        };
        train(net, digits<T>(130, 5), {}, options, rng, callbacks);
        return net;
    };
    std::vector<double> by_backprop;
    trained(by_backprop);
    options.gradient = GradientSource::kNumerical;
    std::vector<NetParams<T>> ends;
    std::vector<double> losses;
    for (const int threads : kThreadCounts) {
        const ThreadScope scope(threads);
        losses.clear();
        ends.push_back(trained(losses).params);
        CHECK(ends.back() == ends.front());
    }
    // The gradients differ by the 1e-7 in the logarithm, by h^2 and by rounding.
    REQUIRE(losses.size() == by_backprop.size());
    for (std::size_t i = 0; i < losses.size(); ++i) {
        CHECK(losses[i] == Approx(by_backprop[i]).epsilon(1e-3));
    }
}
