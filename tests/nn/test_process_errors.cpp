// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Processes that would not compute the same refuse one another, and what one of them throws ends the run of
// all. The processes are threads here, as in test_processes.cpp.
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/training.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/thread_processes.hpp"
#include "thalweg/error.hpp"
#include "thalweg/train_net.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

NetTrainOptions six_steps(Communicator& communicator) {
    NetTrainOptions options;
    options.iterations = 6;
    options.batch_size = 50;
    options.eval_every = 2;
    options.checkpoint_every = 2;
    options.optimizer = Sgd{.lr = 0.1};
    options.communicator = &communicator;
    return options;
}

}  // namespace

TEST_CASE("processes that would not compute the same refuse one another", "[processes]") {
    const Samples<float> samples = digits<float>(130, 5, true);
    const auto said = [&](const auto& change) {
        std::vector<std::string> messages(3);
        const auto thrown = as_processes(3, [&](Communicator& communicator) {
            NetTrainOptions options = six_steps(communicator);
            Samples<float> own = samples;
            std::vector<std::size_t> sizes = {784, 20, 10};
            if (communicator.rank() == 2) {
                change(options, own, sizes);
            }
            Rng rng(3);
            Net<float> net(sizes, {}, rng);
            train(net, own, {}, options, rng);
        });
        for (std::size_t r = 0; r < 3; ++r) {
            REQUIRE(thrown[r]);
            messages[r] = message_of<std::exception>([&] { std::rethrow_exception(thrown[r]); });
        }
        CHECK(messages[1] == messages[0]);
        return messages;
    };
    SECTION("data") {
        const auto messages = said([](auto&, auto& own, auto&) { own = digits<float>(130, 7, true); });
        CHECK(messages[0].find("train: process 2 differs in the data: expected 130 rows, checksum ") == 0);
        CHECK(messages[2] == messages[0]);
    }
    SECTION("options") {
        const auto messages = said([](auto& options, auto&, auto&) { options.optimizer = Adam{}; });
        CHECK(messages[2].find("process 2 differs in the optimiser") != std::string::npos);
        CHECK(messages[2] == messages[0]);
    }
    SECTION("net") {
        const auto messages = said([](auto&, auto&, auto& sizes) { sizes[1] = 21; });
        CHECK(messages[0].find("process 2 differs in the net: expected float 784-20-10, ") !=
              std::string::npos);
        CHECK(messages[0].find("found float 784-21-10, ") != std::string::npos);
    }
    SECTION("an option that one of them cannot take") {
        const auto messages = said([](auto& options, auto&, auto&) { options.batch_size = 0; });
        CHECK(messages[2] == "train: batch_size must be at least 1, found 0");
        CHECK(messages[0] == "train: process 2: train: batch_size must be at least 1, found 0");
    }
}

TEST_CASE("processes that resume from other states, or by other differences, refuse one another",
          "[processes]") {
    const Samples<float> samples = digits<float>(130, 5, true);
    Net<float> net = deep_net<float>();
    NetTrainState<float> last;
    NetTrainCallbacks<float> keeps;
    keeps.on_checkpoint = [&](const NetTrainState<float>& state) {
        last = state;
        return true;
    };
    Rng rng(3);
    NetTrainOptions begun = {
        .iterations = 2, .batch_size = 50, .optimizer = Adam{}, .eval_every = 1, .early_stop = 5};
    train(net, samples, samples.slice(0, 30), begun, rng, keeps);
    const auto said = [&](const auto& change) {
        const auto thrown = as_processes(2, [&](Communicator& communicator) {
            NetTrainOptions options = begun;
            options.iterations = 3;
            options.communicator = &communicator;
            NetTrainState<float> from = last;
            NetTrainCallbacks<float> callbacks;
            Matrix<float> memory(1, 1);
            if (communicator.rank() == 1) {
                change(options, from, callbacks, memory);
            }
            Net<float> own = net;
            resume_training(own, samples, samples.slice(0, 30), options, from, callbacks);
        });
        REQUIRE((thrown[0] && thrown[1]));
        return message_of<std::exception>([&] { std::rethrow_exception(thrown[0]); });
    };
    const std::string state = "train: process 1 differs in the state to resume from";
    CHECK(said([](auto&, auto& from, auto&...) { from.plateau_factor = 0.5; }).find(state) == 0);
    CHECK(said([](auto&, auto& from, auto&...) { from.optimizer.beta1_power = 0.1; }).find(state) == 0);
    CHECK(said([](auto&, auto& from, auto&...) { from.best.layers[0].W(0, 0) += 1.0F; }).find(state) == 0);
    CHECK(said([](auto&, auto& from, auto&...) { from.best_loss = -1.0; }).find(state) == 0);
    CHECK(said([](auto&, auto& from, auto&...) { from.loss_sum = 7.0; }).find(state) == 0);
    CHECK(said([](auto&, auto& from, auto&...) { ++from.batches.next; }).find(state) == 0);
    CHECK(said([](auto&, auto& from, auto&...) { from.rng.position = 625; }) ==
          "train: process 1: Rng::restore: expected a position from 0 to 624, found 625");
    CHECK(said([](auto& options, auto&...) {
              options.differences.method = NetDifferenceMethod::kPlain;
          }).find("train: process 1 differs in the gradient") == 0);
    CHECK(said([](auto& options, auto&...) {
              options.differences.clean_loss = true;
          }).find("train: process 1 differs in the gradient") == 0);
    // Only one of them has an optimiser that misses its memory.
    CHECK(said([](auto&, auto&, auto& callbacks, auto& memory) {
              callbacks.own_optimizer.name = "mine";
              callbacks.own_optimizer.state = {{"m", &memory}};
          }) ==
          "resume_training: process 1: resume_training: the optimiser mine remembers m, found no such "
          "matrix in the state");
}

TEST_CASE("what a callback of the first process throws ends all", "[processes]") {
    const Samples<float> samples = digits<float>(130, 5, true);
    const auto thrown = as_processes(3, [&](Communicator& communicator) {
        NetTrainCallbacks<float> callbacks;
        if (communicator.rank() == 0) {
            callbacks.on_evaluation = [](const NetEvaluation&) -> bool {
                throw std::runtime_error("no space left");
            };
        }
        Rng rng(3);
        Net<float> net({784, 20, 10}, {}, rng);
        train(net, samples, {}, six_steps(communicator), rng, callbacks);
    });
    REQUIRE((thrown[0] && thrown[1] && thrown[2]));
    CHECK(message_of<std::runtime_error>([&] { std::rethrow_exception(thrown[0]); }) == "no space left");
    CHECK(message_of<CommunicatorError>([&] { std::rethrow_exception(thrown[2]); }) ==
          "train: process 0: no space left");
}

TEST_CASE("a process that is lost ends the run of the others", "[processes]") {
    const Samples<float> samples = digits<float>(130, 5, false);
    class Lost final : public ThreadProcess {
    public:
        using ThreadProcess::ThreadProcess;
        void gather(std::span<std::byte> all, std::span<const std::size_t> counts) override {
            if (rank() == 1 && ++gathers_ == 20) {
                throw CommunicatorError("the cable is cut");
            }
            ThreadProcess::gather(all, counts);
        }

    private:
        int gathers_ = 0;
    };
    for (const bool batch_norm : {false, true}) {
        const auto thrown = as_processes<Lost>(3, [&](Communicator& communicator) {
            Rng rng(3);
            Net<float> net({784, 20, 20, 10}, {.batch_norm = batch_norm}, rng);
            train(net, samples, {}, six_steps(communicator), rng);
        });
        REQUIRE((thrown[0] && thrown[1] && thrown[2]));
        CHECK(message_of<CommunicatorError>([&] { std::rethrow_exception(thrown[0]); }) ==
              "process 1 is gone");
        CHECK(message_of<CommunicatorError>([&] { std::rethrow_exception(thrown[1]); }) ==
              "the cable is cut");
    }
}
