// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Nets and runs in files: what comes back, what version 0.1 reads and rejects, what does not fit.
#include <functional>
#include <string>
#include <vector>

#include "data/files.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "thalweg/checkpoint.hpp"
#include "thalweg/error.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

const std::string& path() {
    static const TempDirectory folder;
    static const std::string file = folder.path("net.npz");
    return file;
}

std::vector<std::string> names(const Npz& file) {
    std::vector<std::string> all;
    for (const NpzMember& member : file) {
        all.push_back(member.name);
    }
    return all;
}

// The file again with one member exchanged, left out (an array of error()) or added.
void change(const std::string& name, const std::function<NpyArray(const NpyArray&)>& to) {
    std::vector<NpzMember> members;
    for (const NpzMember& member : load_npz(path())) {
        members.push_back({member.name, member.name == name ? to(member.array) : member.array});
    }
    save_npz(path(), members);
}
void leave_out(const std::string& name) {
    std::vector<NpzMember> members;
    for (const NpzMember& member : load_npz(path())) {
        if (member.name != name) {
            members.push_back(member);
        }
    }
    save_npz(path(), members);
}

const std::vector<std::size_t> kSizes = {5, 4, 3};

}  // namespace

TEMPLATE_TEST_CASE("a net comes back as it was", "[checkpoint]", float, double) {
    using T = TestType;
    Rng rng(1);
    for (const Activation activation :
         {Activation::kIdentity, Activation::kSigmoid, Activation::kTanh, Activation::kRelu,
          Activation::kLeakyRelu, Activation::kSoftplus, Activation::kGelu}) {
        for (const Loss loss :
             {Loss::kSoftmaxCrossEntropy, Loss::kMeanSquaredError, Loss::kBinaryCrossEntropy}) {
            const Net<T> net(kSizes, {.activation = activation, .loss = loss, .weight_decay = 0.25}, rng);
            save_net(path(), net);
            const Net<T> again = load_net<T>(path());
            CHECK(again.params == net.params);
            CHECK(again.options().activation == activation);
            CHECK(again.options().loss == loss);
            CHECK(again.options().weight_decay == 0.25);
            const Matrix<T> x = Matrix<T>::randn(6, 5, rng);
            CHECK(again.predict(x) == net.predict(x));
        }
    }
}

TEST_CASE("names in a net's file: version 0.1 finds those of nets that it knows", "[checkpoint]") {
    Rng rng(1);
    const Net<float> known(kSizes, {.activation = Activation::kSigmoid, .weight_decay = 1.0}, rng);
    save_net(path(), known, std::vector<NpzMember>{{"note", 7}});
    CHECK(names(load_npz(path())) == std::vector<std::string>{"W1", "b1", "W2", "b2", "activation", "loss",
                                                              "sizes", "weight_decay", "dropout",
                                                              "batch_norm", "note"});
    // As 0.1 reads it.
    CHECK(Net<float>(load_npz(path())).params == known.params);
    CHECK(load_npz(path()).at("b1").shape() == std::vector<std::size_t>{4});
    const Net<float> relu(kSizes, {.activation = Activation::kRelu}, rng);
    save_net(path(), relu);
    CHECK(names(load_npz(path()))[0] == "net_W1");
    CHECK(message_of<IoError>([] { Net<float>(load_npz(path())); }).find("W1") != std::string::npos);
    const Net<float> bce(kSizes, {.activation = Activation::kSigmoid, .loss = Loss::kBinaryCrossEntropy},
                         rng);
    save_net(path(), bce);
    CHECK(names(load_npz(path()))[3] == "net_b2");
    CHECK_THROWS_AS(save_net(path(), bce, std::vector<NpzMember>{{"loss", 7}}), ShapeError);
}

TEST_CASE("a file with nothing but parameters is a net with sigmoid", "[checkpoint]") {
    Rng rng(1);
    const TwoLayerNet<double> net(5, 4, 3, rng);
    save_npz(path(),
             {{"b2", net.params.b2}, {"W1", net.params.W1}, {"b1", net.params.b1}, {"W2", net.params.W2}});
    const Net<double> again = load_net<double>(path());
    CHECK(again.options().activation == Activation::kSigmoid);
    CHECK(again.options().loss == Loss::kSoftmaxCrossEntropy);
    const Matrix<double> x = Matrix<double>::randn(6, 5, rng);
    CHECK(again.predict(x) == net.predict(x));
}

TEST_CASE("what does not fit in a net's file", "[checkpoint]") {
    Rng rng(1);
    const Net<float> net(kSizes, {.activation = Activation::kRelu}, rng);
    const auto message = [&](const std::string& member, const NpyArray& array) {
        save_net(path(), net);
        change(member, [&](const NpyArray&) { return array; });
        return message_of<IoError>([] { load_net<float>(path()); });
    };
    CHECK(message("activation", NpyArray::text("swish\n")) ==
          path() +
              ": activation: expected identity, sigmoid, tanh, relu, leaky_relu, softplus or gelu, found "
              "\"swish?\"");
    CHECK(message("activation", NpyArray::text("sigmoid")) ==
          path() +
              ": net_W1: expected the name W1, as the activation is sigmoid and the loss softmax, found "
              "net_W1");
    CHECK(message("loss", NpyArray::text("")) == path() + ": loss: expected softmax, mse or bce, found \"\"");
    CHECK(message("weight_decay", -1.0) ==
          path() + ": weight_decay: expected a finite number not below 0, found -1");
    CHECK(message("sizes", std::vector<std::uint64_t>{5, 4, 9}) ==
          path() + ": sizes: expected 5-4-3, found 5-4-9");
    CHECK(message("sizes", std::vector<std::uint64_t>{}) == path() + ": sizes: expected 5-4-3, found none");
    CHECK(message("net_b1", std::vector<float>(3)).find(path() + ": ") == 0);
    for (const std::string name : {"activation", "loss", "weight_decay", "net_W2", "net_b1"}) {
        save_net(path(), net);
        leave_out(name);
        const std::string without_prefix = name.substr(name.starts_with("net_") ? 4 : 0);
        CHECK_THAT(message_of<IoError>([] { load_net<float>(path()); }), ContainsSubstring(without_prefix));
    }
    // A name that belongs to another activation.
    save_net(path(), Net<float>(kSizes, {.activation = Activation::kSigmoid}, rng));
    change("activation", [](const NpyArray&) { return NpyArray::text("relu"); });
    CHECK(message_of<IoError>([] { load_net<float>(path()); }) ==
          path() +
              ": W1: expected the name net_W1, as the activation is relu and the loss softmax, found W1");
}

TEMPLATE_TEST_CASE("a run comes back as it was", "[checkpoint]", float, double) {
    using T = TestType;
    const TrainTest digits = {synthetic_digits(60, 1), synthetic_digits(20, 2)};
    for (const Sampling sampling : {Sampling::kReplacement, Sampling::kShuffle}) {
        Rng rng(1);
        TwoLayerNet<T> net(784, 9, 10, rng);
        const TrainOptions whole = {.iterations = 13, .batch_size = 20, .sampling = sampling};
        TrainOptions part = whole;
        part.iterations = 7;
        TrainState seen;
        const auto save = [&](const TrainState& state) {
            seen = state;
            save_state(path(), net, state, std::vector<NpzMember>{{"mine", 3}});
            return true;
        };
        train(net, digits, part, rng, {.on_checkpoint = save});
        Rng other(5);
        TwoLayerNet<T> resumed(784, 9, 10, other);
        TrainState state;
        load_state(path(), resumed, state);
        CHECK(resumed.params == net.params);
        CHECK(state.iteration == 7);
        CHECK(state.batches == seen.batches);
        CHECK(load_npz(path()).as<int>("mine") == 3);
        Rng first(1);
        TwoLayerNet<T> straight(784, 9, 10, first);
        train(straight, digits, whole, first);
        resume_training(resumed, digits, whole, state);
        CHECK(resumed.params == straight.params);
        // The net alone.
        CHECK(load_net<T>(path()).predict(digits.test.images<T>()) == net.predict(digits.test.images<T>()));
    }
}

TEST_CASE("what does not fit in a run's file leaves net and state as they are", "[checkpoint]") {
    Rng rng(1);
    const TwoLayerNet<float> saved(5, 4, 3, rng);
    const auto message = [&](const std::string& member, const NpyArray& array) {
        save_state(path(), saved, TrainState{.iteration = 3, .rng = rng.state(), .batches = {}});
        change(member, [&](const NpyArray&) { return array; });
        TwoLayerNet<float> net(5, 4, 3, rng);
        const TwoLayerParams<float> before = net.params;
        TrainState state = {.iteration = 99, .rng = {}, .batches = {}};
        std::string text = message_of<IoError>([&] { load_state(path(), net, state); });
        CHECK(net.params == before);
        CHECK(state.iteration == 99);
        return text;
    };
    CHECK(message("checkpoint_version", std::uint64_t{2}) ==
          path() + ": checkpoint_version: expected 1, found 2");
    CHECK(message("activation", NpyArray::text("relu")) ==
          path() +
              ": W1: expected the name net_W1, as the activation is relu and the loss softmax, found W1");
    CHECK(message("sizes", std::vector<std::uint64_t>{5, 3}) ==
          path() + ": sizes: expected 5-4-3, found 5-3");
    CHECK(message("W1", Matrix<float>(5, 5)) == path() + ": W1: expected (5, 4), found (5, 5)");
    CHECK(message("b2", std::vector<double>(3)) == path() + ": b2: expected float32, found float64");
    CHECK(message("rng_words", std::vector<std::uint32_t>(3)) ==
          path() + ": rng_words: expected 624 of them, found 3");
    CHECK(message("rng_position", std::uint32_t{625}) ==
          path() + ": rng_position: expected 0 to 624, found 625");
    CHECK(message("iteration", -1).find(": iteration: ") != std::string::npos);
    CHECK(message("batches_order", 1.5).find(": batches_order: ") != std::string::npos);
    TwoLayerNet<double> other(5, 4, 3, rng);
    TrainState state;
    save_state(path(), saved, TrainState{});
    CHECK(message_of<IoError>([&] { load_state(path(), other, state); }) ==
          path() + ": W1: expected float64, found float32");
    save_net(path(), Net<float>(kSizes, {.activation = Activation::kSigmoid}, rng));
    TwoLayerNet<float> net(5, 4, 3, rng);
    CHECK(message_of<IoError>([&] { load_state(path(), net, state); }) ==
          path() +
              ": expected a file with the state of a training, found none: it has no checkpoint_version");
}

namespace {

template <class T>
Net<T> net_of_seed(std::uint32_t seed) {
    Rng rng(seed);
    return Net<T>(std::vector<std::size_t>{4, 6, 5, 3},
                  {.activation = Activation::kRelu, .weight_decay = 1e-3, .dropout = 0.2, .batch_norm = true},
                  rng);
}

template <class T>
TrainTestSamples<T> flowers() {
    Rng rng(7);
    Matrix<T> x = Matrix<T>::randn(90, 4, rng);
    std::vector<int> labels(90);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        labels[i] = static_cast<int>(i % 3);
        x(i, i % 3) += T(2);
    }
    return Samples<T>(std::move(x), labels).split(20);
}

}  // namespace

TEMPLATE_TEST_CASE("a run of a deep net comes back as it was, with whatever its rule remembers",
                   "[checkpoint]", float, double) {
    using T = TestType;
    const auto [rows, validation] = flowers<T>();
    for (const UpdateRule& rule :
         {UpdateRule(Sgd{}), UpdateRule(Momentum{}), UpdateRule(RmsProp{}), UpdateRule(AdamW{})}) {
        NetTrainOptions whole = {.iterations = 23, .batch_size = 16, .optimizer = rule, .early_stop = 50};
        whole.eval_every = 4;
        whole.schedule = {.course = Course::kPlateau, .factor = 0.5, .every = 1};
        NetTrainOptions part = whole;
        part.iterations = 9;
        Net<T> net = net_of_seed<T>(1);
        NetTrainCallbacks<T> saving;
        saving.on_checkpoint = [&](const NetTrainState<T>& state) {
            save_state(path(), net, state);
            return state.iteration < 9;
        };
        Rng rng(3);
        train(net, rows, validation, part, rng, saving);
        Net<T> resumed = net_of_seed<T>(2);
        NetTrainState<T> state;
        load_state(path(), resumed, state);
        CHECK(state.iteration == 9);
        CHECK(state.best_iteration > 0);
        CHECK(state.optimizer.updates == 9);
        // The best parameters are the net that predicts.
        CHECK(load_net<T>(path()).params == state.best);
        Net<T> straight = net_of_seed<T>(1);
        Rng again(3);
        const NetTrainResult expected = train(straight, rows, validation, whole, again);
        const NetTrainResult found = resume_training(resumed, rows, validation, whole, state);
        CHECK(resumed.params == straight.params);
        CHECK(resumed.running == straight.running);
        CHECK(found.best_iteration == expected.best_iteration);
        CHECK(found.last_loss == expected.last_loss);
    }
}

TEST_CASE("what does not fit in a deep run's file leaves net and state as they are", "[checkpoint]") {
    const Net<float> saved = net_of_seed<float>(1);
    NetTrainState<float> state;
    state.iteration = 5;
    state.own.push_back({"mine", Matrix<float>(2, 2, 3.0F)});
    for (const auto& [name, matrix] : saved.params.matrices()) {
        state.optimizer.first.emplace_back(matrix->rows(), matrix->cols());
    }
    const auto message = [&](const std::string& member, const NpyArray& array) {
        save_state(path(), saved, state);
        change(member, [&](const NpyArray&) { return array; });
        Net<float> net = net_of_seed<float>(2);
        NetTrainState<float> found;
        found.iteration = 99;
        std::string text = message_of<IoError>([&] { load_state(path(), net, found); });
        CHECK(net.params == net_of_seed<float>(2).params);
        CHECK(found.iteration == 99);
        return text;
    };
    CHECK(message("activation", NpyArray::text("tanh")) ==
          path() + ": activation: expected relu, the net's, found tanh");
    CHECK(message("loss", NpyArray::text("mse")) ==
          path() + ": loss: expected softmax, the net's, found mse");
    CHECK(message("batch_norm", false) == path() + ": batch_norm: expected true, as in the net, found false");
    CHECK(message("dropout", 1.0) == path() + ": dropout: expected a number from 0, below 1, found 1");
    CHECK(message("checkpoint_version", std::uint64_t{1}) ==
          path() + ": checkpoint_version: expected 2, found 1");
    CHECK(message("net_gamma1", std::vector<float>(5)) ==
          path() + ": net_gamma1: expected (1, 6), found (1, 5)");
    CHECK(message("optimizer_first_b2", std::vector<float>(4)) ==
          path() + ": optimizer_first_b2: expected (1, 5), found (1, 4)");
    CHECK(message("plateau_factor", -1.0) ==
          path() + ": plateau_factor: expected a finite number not below 0, found -1");
    save_state(path(), saved, state);
    Net<float> net = net_of_seed<float>(2);
    NetTrainState<float> again;
    load_state(path(), net, again);
    CHECK(again.own == state.own);
    CHECK(again.optimizer == state.optimizer);
    leave_out("optimizer_first_beta2");
    CHECK_THROWS_AS(load_state(path(), net, again), IoError);
    // A deep net's file is none of the book's net, and the other way.
    TwoLayerNet<float> book(TwoLayerParams<float>(4, 6, 3));
    TrainState simple;
    CHECK(message_of<IoError>([&] { load_state(path(), book, simple); }) ==
          path() + ": checkpoint_version: expected 1, found 2");
}
