// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every allocation of training refused once. A net that training leaves behind is always that of some whole
// number of updates.
#include <algorithm>
#include <string>
#include <vector>

#include "faults/allocations.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "thalweg/images.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/train.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

constexpr std::size_t kUpdates = 2;

// Digits are mostly zero; noise is not, and takes the dense products.
TrainTest noise() {
    const auto part = [](std::size_t size) {
        std::vector<std::uint8_t> pixels(size * 784);
        std::vector<std::uint8_t> labels(size);
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            pixels[i] = static_cast<std::uint8_t>(1 + i * 2654435761U % 255);
        }
        for (std::size_t i = 0; i < size; ++i) {
            labels[i] = static_cast<std::uint8_t>(i % 10);
        }
        return Dataset(28, 28, pixels, labels);
    };
    return {part(220), part(60)};
}

template <class T>
struct Trained {
    std::vector<TwoLayerParams<T>> after;  // so many updates: params and, from the first on, states
    std::vector<TrainState> states;
};

// What the first net of a run is. By differences a narrow one, or most of this suite's time would go there.
template <class T>
TwoLayerNet<T> first_net(const TrainOptions& options, Rng& rng) {
    return {784, options.gradient == GradientSource::kNumerical ? std::size_t{8} : std::size_t{50}, 10, rng};
}

template <class T>
Trained<T> without_faults(const TrainTest& data, const TrainOptions& options) {
    Trained<T> trained;
    Rng rng(1);
    TwoLayerNet<T> net = first_net<T>(options, rng);
    trained.after.push_back(net.params);
    trained.states.emplace_back();
    TrainCallbacks callbacks;
    callbacks.on_checkpoint = [&](const TrainState& state) {
        trained.after.push_back(net.params);
        trained.states.push_back(state);
        return true;
    };
    train(net, data, options, rng, callbacks);
    return trained;
}

template <class T>
void check_training(const char* what, const TrainTest& data, TrainOptions options) {
    options.iterations = kUpdates;
    options.batch_size = 100;
    options.checkpoint_every = 1;
    const Trained<T> expected = without_faults<T>(data, options);
    REQUIRE(expected.after.size() == kUpdates + 1);
    for (const bool resumed : {false, true}) {
        TwoLayerNet<T> net(expected.after[0]);
        const auto operation = [&] {
            const std::size_t first = resumed ? 1 : 0;
            const auto from = expected.after[first].matrices();
            const auto to = net.params.matrices();
            for (std::size_t i = 0; i < to.size(); ++i) {
                std::copy_n(from[i].matrix->data(), from[i].matrix->size(), to[i].matrix->data());
            }
            if (resumed) {
                resume_training(net, data, options, expected.states[1]);
            } else {
                Rng rng(1);
                first_net<T>(options, rng);
                train(net, data, options, rng);
            }
            return net.params == expected.after[kUpdates];
        };
        const auto left = [&]() -> std::string {
            const bool whole =
                std::find(expected.after.begin(), expected.after.end(), net.params) != expected.after.end();
            return whole ? "" : "left a net between two updates";
        };
        const Survival survival = survive(operation, left);
        CAPTURE(what, resumed, survival.allocations, survival.thrown);
        CHECK(survival.fault == "");
        CHECK(survival.allocations >= 15);
        CHECK(survival.thrown >= survival.allocations);
    }
}

void check_all(const char* what, const TrainTest& data) {
    for (const int n : {1, 2}) {
        const ThreadScope scope(n);
        TrainOptions shuffled;
        shuffled.sampling = Sampling::kShuffle;
        check_training<float>(what, data, {});
        check_training<double>(what, data, shuffled);
        TrainOptions numerical;
        numerical.gradient = GradientSource::kNumerical;
        check_training<float>(what, data, numerical);
    }
}

}  // namespace

TEST_CASE("allocations: training on digits", "[faults][allocations]") {
    check_all("digits", {synthetic_digits(220, 1), synthetic_digits(60, 2)});
}

TEST_CASE("allocations: training on dense images", "[faults][allocations]") {
    check_all("noise", noise());
}
