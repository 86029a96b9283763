// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Training in several processes has the bits of one, whatever their number and that of their threads. The
// processes are threads here; under MPI tests/mpi runs the same.
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "nn/training.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "support/thread_processes.hpp"
#include "thalweg/error.hpp"
#include "thalweg/train_net.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

struct JointCase {
    bool pixels = false;
    UpdateRule rule = Sgd{.lr = 0.1};
    NetOptions net = {};
    std::size_t iterations = 6;
    double clip_norm = 0.0;
    std::size_t early_stop = 0;
};

template <class T>
struct TrainedJointly {
    Net<T> net;
    std::vector<double> losses;
    std::vector<NetTrainState<T>> states;
    NetTrainResult result;
};

NetTrainOptions options_of(const JointCase& c, Communicator* communicator) {
    NetTrainOptions options;
    options.iterations = c.iterations;
    options.batch_size = 50;
    options.eval_every = c.iterations / 3;
    options.checkpoint_every = c.iterations / 3;
    options.optimizer = c.rule;
    options.clip_norm = c.clip_norm;
    options.early_stop = c.early_stop;
    options.communicator = communicator;
    return options;
}

// Processes but the first begin with another net and another generator, and have no callbacks.
template <class T>
TrainedJointly<T> trained(const JointCase& c, Communicator* communicator, const Samples<T>& samples,
                          const Samples<T>& validation, const NetTrainState<T>* from = nullptr,
                          const Net<T>* net = nullptr) {
    const bool first = communicator == nullptr || communicator->rank() == 0;
    Rng rng(first ? 3 : 4);
    TrainedJointly<T> out{net != nullptr ? *net : Net<T>({784, 40, 24, 10}, c.net, rng), {}, {}, {}};
    NetTrainCallbacks<T> callbacks;
    if (first) {
        callbacks.on_step = [&](const TrainStep& step) {
            out.losses.push_back(step.loss);
            return true;
        };
        callbacks.on_checkpoint = [&](const NetTrainState<T>& state) {
            out.states.push_back(state);
            return true;
        };
    }
    const NetTrainOptions options = options_of(c, communicator);
    out.result = from == nullptr ? train(out.net, samples, validation, options, rng, callbacks)
                                 : resume_training(out.net, samples, validation, options, *from, callbacks);
    return out;
}

template <class T>
void check_same(const TrainedJointly<T>& found, const TrainedJointly<T>& wanted) {
    CHECK(found.net.params == wanted.net.params);
    CHECK(found.net.running == wanted.net.running);
    CHECK(found.result.last_loss == wanted.result.last_loss);
    REQUIRE(found.result.evaluations.size() == wanted.result.evaluations.size());
    for (std::size_t i = 0; i < found.result.evaluations.size(); ++i) {
        CHECK(found.result.evaluations[i].loss == wanted.result.evaluations[i].loss);
        CHECK(found.result.evaluations[i].validation.loss == wanted.result.evaluations[i].validation.loss);
    }
}

// What the first process saw.
template <class T>
void check_seen(const TrainedJointly<T>& found, const TrainedJointly<T>& wanted) {
    CHECK(found.losses == wanted.losses);
    REQUIRE(found.states.size() == wanted.states.size());
    for (std::size_t i = 0; i < found.states.size(); ++i) {
        CHECK(found.states[i].optimizer == wanted.states[i].optimizer);
        CHECK(found.states[i].batches == wanted.states[i].batches);
    }
}

template <class T>
std::vector<TrainedJointly<T>> in_processes(std::size_t size, const JointCase& c, const Samples<T>& samples,
                                            const Samples<T>& validation,
                                            const NetTrainState<T>* from = nullptr,
                                            const Net<T>* net = nullptr) {
    std::vector<std::optional<TrainedJointly<T>>> found(size);
    const auto thrown = as_processes(size, [&](Communicator& communicator) {
        found[communicator.rank()] = trained<T>(c, &communicator, samples, validation, from, net);
    });
    std::vector<TrainedJointly<T>> all;
    for (std::size_t r = 0; r < size; ++r) {
        if (thrown[r]) {
            std::rethrow_exception(thrown[r]);
        }
        all.push_back(std::move(*found[r]));
    }
    return all;
}

template <class T>
void check_case(const JointCase& c) {
    const Samples<T> samples = digits<T>(130, 5, c.pixels);
    const Samples<T> validation = digits<T>(40, 6, c.pixels);
    const TrainedJointly<T> wanted = trained<T>(c, nullptr, samples, validation);
    for (const int threads : {1, 2}) {
        const ThreadScope scope(threads);
        for (const std::size_t size : {1U, 2U, 3U, 5U, 8U}) {
            INFO(size << " processes, " << threads << " threads, rule " << c.rule.index()
                      << (c.pixels ? ", pixels" : ", numbers"));
            const auto all = in_processes<T>(size, c, samples, validation);
            for (const TrainedJointly<T>& each : all) {
                check_same(each, wanted);
            }
            check_seen(all[0], wanted);
        }
    }
}

}  // namespace

TEMPLATE_TEST_CASE("processes that train a net together have the bits of one", "[processes]", float, double) {
    check_case<TestType>({.pixels = true});
    check_case<TestType>({.pixels = false, .rule = Adam{}});
}

TEMPLATE_TEST_CASE("so they have with batch normalisation and dropout", "[processes]", float, double) {
    const NetOptions both = {.weight_decay = 0.01, .dropout = 0.3, .batch_norm = true};
    check_case<TestType>({.pixels = true, .rule = Adam{}, .net = both});
    check_case<TestType>({.pixels = false, .net = both});
}

TEMPLATE_TEST_CASE("so they have where the gradient is clipped, and with every rule", "[processes]", float,
                   double) {
    check_case<TestType>({.pixels = true, .rule = Momentum{}, .clip_norm = 0.5});
    check_case<TestType>(
        {.pixels = false, .rule = AdamW{}, .net = {.activation = Activation::kGelu}, .early_stop = 1});
}

TEMPLATE_TEST_CASE("so they have after 300 steps", "[processes][slow]", float, double) {
    const NetOptions both = {.dropout = 0.3, .batch_norm = true};
    for (const bool pixels : {true, false}) {
        for (const UpdateRule& rule : {UpdateRule(Sgd{.lr = 0.1}), UpdateRule(Adam{})}) {
            check_case<TestType>({.pixels = pixels, .rule = rule, .iterations = 300});
            check_case<TestType>({.pixels = pixels, .rule = rule, .net = both, .iterations = 300});
        }
    }
}

namespace {

// Rows that differ in every feature.
template <class T>
Samples<T> rows_of_numbers(std::size_t n, std::size_t inputs, int classes) {
    Rng rng(9);
    Matrix<T> features(n, inputs);
    for (std::size_t i = 0; i < features.size(); ++i) {
        features.data()[i] = static_cast<T>(rng.randn());
    }
    std::vector<int> labels(n);
    for (std::size_t i = 0; i < n; ++i) {
        labels[i] = static_cast<int>(i) % classes;
    }
    return {std::move(features), labels};
}

template <class T>
TrainedJointly<T> trained_by_differences(const NetOptions& of_net, const NetTrainOptions& options,
                                         Communicator* communicator) {
    NetTrainOptions own = options;
    own.communicator = communicator;
    Rng rng(communicator == nullptr || communicator->rank() == 0 ? 3 : 4);
    TrainedJointly<T> out{Net<T>({6, 5, 4, 3}, of_net, rng), {}, {}, {}};
    out.result = train(out.net, rows_of_numbers<T>(30, 6, 3), {}, own, rng);
    return out;
}

template <class T>
void check_differences(const NetOptions& of_net, const NetTrainOptions& options) {
    const TrainedJointly<T> wanted = trained_by_differences<T>(of_net, options, nullptr);
    for (const int threads : {1, 2}) {
        const ThreadScope scope(threads);
        for (const std::size_t size : {1U, 2U, 3U, 8U}) {
            INFO(size << " processes, " << threads << " threads");
            const auto thrown = as_processes(size, [&](Communicator& communicator) {
                const TrainedJointly<T> found = trained_by_differences<T>(of_net, options, &communicator);
                if (!(found.net.params == wanted.net.params) || !(found.net.running == wanted.net.running) ||
                    found.result.stop != wanted.result.stop ||
                    found.result.iterations != wanted.result.iterations) {
                    throw std::runtime_error("process " + std::to_string(communicator.rank()) +
                                             ": other bits than one process");
                }
            });
            for (const std::exception_ptr& each : thrown) {
                CHECK(!each);
                if (each) {
                    std::rethrow_exception(each);
                }
            }
        }
    }
}

}  // namespace

TEMPLATE_TEST_CASE("so they have along differences", "[processes]", float, double) {
    NetTrainOptions options;
    options.iterations = 4;
    options.batch_size = 20;
    options.gradient = GradientSource::kNumerical;
    for (const auto method : {NetDifferenceMethod::kShared, NetDifferenceMethod::kPlain}) {
        options.differences.method = method;
        check_differences<TestType>({.weight_decay = 0.01, .dropout = 0.3}, options);
        // Its kinks are single inputs.
        check_differences<TestType>({.activation = Activation::kRelu}, options);
        check_differences<TestType>({.batch_norm = true}, options);
        // Steps that are lost in huge parameters end all, not only those whose share has them.
        NetTrainOptions wild = options;
        wild.optimizer = Sgd{.lr = 1e38};
        const auto thrown = as_processes(3, [&](Communicator& communicator) {
            trained_by_differences<TestType>({.activation = Activation::kRelu}, wild, &communicator);
        });
        for (const std::exception_ptr& each : thrown) {
            REQUIRE(each);
            CHECK_THROWS_AS(std::rethrow_exception(each), DifferenceError);
        }
    }
}

// docs/cluster.md: what all processes together receive in a step, and in how many messages each.
TEST_CASE("processes receive in a step what the model says", "[processes]") {
    constexpr std::size_t kBatch = 50;
    const std::vector<std::size_t> sizes = {20, 33, 17, 3};
    const std::size_t layers = sizes.size() - 1;
    const Samples<double> samples = rows_of_numbers<double>(100, 20, 3);
    for (const bool batch_norm : {false, true}) {
        std::size_t units = sizes.back();
        std::size_t parameters = 0;
        for (std::size_t l = 0; l < layers; ++l) {
            const bool hidden = l + 1 < layers;
            units += hidden ? 2 * sizes[l + 1] : 0;
            parameters += (sizes[l] + 1 + (hidden && batch_norm ? 2 : 0)) * sizes[l + 1];
        }
        const std::size_t bytes = sizeof(double) * kBatch * units + 8 * kBatch + sizeof(double) * parameters;
        for (std::size_t size = 1; size <= 8; ++size) {
            INFO(size << " processes");
            // Of so many steps.
            const auto counted = [&](std::size_t steps) {
                std::vector<std::size_t> received(size);
                std::vector<std::size_t> calls(size);
                const auto thrown = as_processes(size, [&](ThreadProcess& process) {
                    Rng rng(3);
                    Net<double> net(sizes, {.batch_norm = batch_norm}, rng);
                    NetTrainOptions options;
                    options.iterations = steps;
                    options.batch_size = kBatch;
                    options.communicator = &process;
                    train(net, samples, {}, options, rng);
                    received[process.rank()] = process.received();
                    calls[process.rank()] = process.calls();
                });
                for (const std::exception_ptr& each : thrown) {
                    REQUIRE(!each);
                }
                std::size_t all = 0;
                for (const std::size_t each : received) {
                    all += each;
                }
                return std::pair(all, calls[0]);
            };
            const auto [few_bytes, few_calls] = counted(2);
            const auto [more_bytes, more_calls] = counted(5);
            CHECK(more_bytes - few_bytes == 3 * (size - 1) * bytes);
            const std::size_t messages = batch_norm ? 6 * layers - 2 : 4 * layers;
            CHECK(more_calls - few_calls == (size == 1 ? 0 : 3 * messages));
        }
    }
}

TEST_CASE("a run resumes on another number of processes", "[processes]") {
    const JointCase c = {.rule = Adam{}, .net = {.dropout = 0.2, .batch_norm = true}};
    const Samples<float> samples = digits<float>(130, 5, true);
    const Samples<float> validation = digits<float>(40, 6, true);
    const TrainedJointly<float> wanted = trained<float>(c, nullptr, samples, validation);
    JointCase third = c;
    third.iterations = 2;
    TrainedJointly<float> begun = in_processes<float>(3, third, samples, validation)[0];
    JointCase whole = c;
    for (const std::size_t size : {1U, 2U, 5U}) {
        INFO(size << " processes");
        const auto all =
            in_processes<float>(size, whole, samples, validation, &begun.states.back(), &begun.net);
        for (const TrainedJointly<float>& each : all) {
            CHECK(each.net.params == wanted.net.params);
            CHECK(each.net.running == wanted.net.running);
            CHECK(each.result.last_loss == wanted.result.last_loss);
        }
        CHECK(all[0].states.back().optimizer == wanted.states.back().optimizer);
    }
}
