// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at save_checkpoint(): it lists the members of the file.
#include "checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cli.hpp"
#include "thalweg/error.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::cli {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr const char* kVersionName = "checkpoint_version";

constexpr const char* word(bool second, const char* first, const char* other) {
    return second ? other : first;
}
const char* gradient_word(const TrainCommand& command) {
    return word(command.numerical, "backprop", "numerical");
}
const char* dtype_word(const TrainCommand& command) {
    return word(command.f64, "f32", "f64");
}
const char* sampling_word(const TrainCommand& command) {
    return word(command.sampling == Sampling::kShuffle, "replacement", "shuffle");
}

// Multiplication by an odd number and the fold of the high half are bijections of the state: one changed word
// always changes the result.
std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 32);
}

std::uint64_t mix(std::uint64_t hash, std::span<const std::uint8_t> bytes) {
    hash = mix(hash, bytes.size());
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data() + at, std::min<std::size_t>(8, bytes.size() - at));
        hash = mix(hash, value);
    }
    return hash;
}

std::uint64_t mix(std::uint64_t hash, const Dataset& data) {
    hash = mix(mix(mix(hash, data.image_rows()), data.image_cols()), data.classes());
    return mix(mix(hash, data.pixels()), data.labels());
}

[[noreturn]] void fail(const Npz& file, const char* member, const std::string& expected,
                       const std::string& found) {
    throw IoError(file.path() + ": " + member + ": expected " + expected + ", found " + found);
}

std::uint64_t whole(const Npz& file, const char* member, std::uint64_t lowest, std::uint64_t highest) {
    const auto value = file.as<std::uint64_t>(member);
    if (value < lowest || value > highest) {
        fail(file, member, std::to_string(lowest) + " to " + std::to_string(highest), std::to_string(value));
    }
    return value;
}

double real(const Npz& file, const char* member, Lowest lowest) {
    const auto value = file.as<double>(member);
    const bool above = lowest == Lowest::kAboveZero;
    if (!std::isfinite(value) || value < 0.0 || (above && value == 0.0)) {
        fail(file, member, above ? "a finite number above 0" : "a finite number not below 0",
             number_text(value));
    }
    return value;
}

// One of two words; true: the second.
bool second(const Npz& file, const char* member, const char* first, const char* other) {
    const auto text = file.as<std::string>(member);
    if (text != first && text != other) {
        fail(file, member, std::string(first) + " or " + other, shown(text));
    }
    return text == other;
}

// Of exactly this type: a conversion would be another net. Nothing is allocated from the numbers asked for.
template <class T>
Matrix<T> parameter(const Npz& file, const char* member, std::size_t rows, std::size_t cols) {
    const DType found = file.at(member).dtype();
    if (found != detail::dtype_of<T>()) {
        fail(file, member, std::string(name(detail::dtype_of<T>())), std::string(name(found)));
    }
    const auto shape = [](std::size_t m, std::size_t n) {
        return "(" + std::to_string(m) + ", " + std::to_string(n) + ")";
    };
    auto matrix = file.as<Matrix<T>>(member);
    if (matrix.rows() != rows || matrix.cols() != cols) {
        fail(file, member, shape(rows, cols), shape(matrix.rows(), matrix.cols()));
    }
    return matrix;
}

// An option that the bits depend on, and how it reads.
struct Bound {
    const char* option;
    std::string (*text)(const TrainCommand&);
};

const Bound kBound[] = {
    {"--batch", [](const TrainCommand& c) { return std::to_string(c.batch); }},
    {"--hidden", [](const TrainCommand& c) { return std::to_string(c.hidden); }},
    {"--lr", [](const TrainCommand& c) { return number_text(c.lr); }},
    {"--init-std", [](const TrainCommand& c) { return number_text(c.init_std); }},
    {"--seed", [](const TrainCommand& c) { return std::to_string(c.seed); }},
    {"--sampling", [](const TrainCommand& c) { return std::string(sampling_word(c)); }},
    {"--gradient", [](const TrainCommand& c) { return std::string(gradient_word(c)); }},
    {"--dtype", [](const TrainCommand& c) { return std::string(dtype_word(c)); }},
};

[[noreturn]] void disagree(const char* option, const std::string& saved, const std::string& path,
                           const std::string& asked) {
    throw UsageError(std::string(option) + ": expected " + saved + " as in " + in_quotes(path) +
                     ", which --resume continues, found " + asked);
}

}  // namespace

std::uint64_t data_hash(const TrainTest& data) {
    return mix(mix(0, data.train), data.test);
}

template <class T>
void save_checkpoint(const TrainCommand& command, const TwoLayerParams<T>& params, const TrainState& state,
                     std::uint64_t data) {
    const auto vector = [](const Matrix<T>& bias) { return NpyArray(bias).reshaped({bias.size()}); };
    const auto number = [](std::size_t value) { return NpyArray(static_cast<std::uint64_t>(value)); };
    // Row numbers of a data set fit 32 bits: Rng shuffles no more than 2^32.
    std::vector<std::uint32_t> order(state.batches.order.size());
    std::transform(state.batches.order.begin(), state.batches.order.end(), order.begin(),
                   [](std::size_t row) { return static_cast<std::uint32_t>(row); });
    const SimdLevel level = active_level();
    save_npz(command.save, {{"W1", params.W1},
                            {"b1", vector(params.b1)},
                            {"W2", params.W2},
                            {"b2", vector(params.b2)},
                            {kVersionName, number(kVersion)},
                            {"iteration", number(state.iteration)},
                            {"rng_words", std::span<const std::uint32_t>(state.rng.words)},
                            {"rng_position", state.rng.position},
                            {"rng_has_normal", state.rng.has_normal},
                            {"rng_normal", state.rng.normal},
                            {"batches_next", number(state.batches.next)},
                            {"batches_order", order},
                            {"data", NpyArray::text(command.data)},
                            {"data_hash", data},
                            {"simd", NpyArray::text(name(level))},
                            {"fma", has_fma(level)},
                            {"iters", number(command.iters)},
                            {"batch", number(command.batch)},
                            {"hidden", number(command.hidden)},
                            {"lr", command.lr},
                            {"init_std", command.init_std},
                            {"seed", command.seed},
                            {"gradient", NpyArray::text(gradient_word(command))},
                            {"h", command.numerical ? command.step() : 0.0},
                            {"dtype", NpyArray::text(dtype_word(command))},
                            {"sampling", NpyArray::text(sampling_word(command))},
                            {"threads", static_cast<std::uint32_t>(command.threads)},
                            {"eval_every", number(command.eval_every)},
                            {"checkpoint_every", number(command.checkpoint_every)}});
}

Checkpoint::Checkpoint(const std::string& path) : arrays(load_npz(path)) {
    if (arrays.find(kVersionName) == nullptr) {
        throw IoError(path + ": expected a file that thalweg train --save wrote, found none: it has no " +
                      kVersionName);
    }
    whole(arrays, kVersionName, kVersion, kVersion);
    read_options();
    read_state();
}

void Checkpoint::read_options() {
    const Npz& file = arrays;
    saved.data = file.as<std::string>("data");
    saved.iters = whole(file, "iters", 1, TrainCommand::kMaxIterations);
    saved.batch = whole(file, "batch", 1, TrainCommand::kMaxBatch);
    saved.hidden = whole(file, "hidden", 1, TrainCommand::kMaxHidden);
    saved.lr = real(file, "lr", Lowest::kAboveZero);
    saved.init_std = real(file, "init_std", Lowest::kZero);
    saved.seed = file.as<std::uint32_t>("seed");
    saved.numerical = second(file, "gradient", "backprop", "numerical");
    saved.h = real(file, "h", saved.numerical ? Lowest::kAboveZero : Lowest::kZero);
    saved.f64 = second(file, "dtype", "f32", "f64");
    saved.sampling =
        second(file, "sampling", "replacement", "shuffle") ? Sampling::kShuffle : Sampling::kReplacement;
    saved.threads = static_cast<int>(whole(file, "threads", 0, kMaxThreads));
    saved.eval_every = whole(file, "eval_every", 1, TrainCommand::kMaxIterations);
    saved.checkpoint_every = whole(file, "checkpoint_every", 0, TrainCommand::kMaxIterations);
}

void Checkpoint::read_state() {
    state.iteration = whole(arrays, "iteration", 0, TrainCommand::kMaxIterations);
    const auto words = arrays.as<std::vector<std::uint32_t>>("rng_words");
    constexpr std::size_t kWords = std::extent_v<decltype(state.rng.words)>;
    if (words.size() != kWords) {
        fail(arrays, "rng_words", std::to_string(kWords) + " of them", std::to_string(words.size()));
    }
    std::copy(words.begin(), words.end(), std::begin(state.rng.words));
    state.rng.position = static_cast<std::uint32_t>(whole(arrays, "rng_position", 0, kWords));
    state.rng.has_normal = arrays.as<bool>("rng_has_normal");
    state.rng.normal = arrays.as<double>("rng_normal");
    state.batches.next = arrays.as<std::size_t>("batches_next");
    state.batches.order = arrays.as<std::vector<std::size_t>>("batches_order");
}

TrainCommand Checkpoint::complete(const TrainCommand& asked) const {
    const auto given = [&](const char* option) { return asked.given.contains(option); };
    for (const auto& [option, text] : kBound) {
        if (given(option) && text(asked) != text(saved)) {
            disagree(option, text(saved), arrays.path(), text(asked));
        }
    }
    TrainCommand command = asked;
    if (!given("--h")) {
        command.h = saved.numerical ? saved.h : 0.0;
    } else if (saved.numerical && asked.h != saved.h) {
        disagree("--h", number_text(saved.h), arrays.path(), number_text(asked.h));
    }
    command.batch = saved.batch;
    command.hidden = saved.hidden;
    command.lr = saved.lr;
    command.init_std = saved.init_std;
    command.seed = saved.seed;
    command.sampling = saved.sampling;
    command.numerical = saved.numerical;
    command.f64 = saved.f64;
    command.data = given("--data") ? asked.data : saved.data;
    command.iters = given("--iters") ? asked.iters : saved.iters;
    command.threads = given("--threads") ? asked.threads : saved.threads;
    command.eval_every = given("--eval-every") ? asked.eval_every : saved.eval_every;
    command.checkpoint_every = given("--checkpoint-every") ? asked.checkpoint_every : saved.checkpoint_every;
    return command;
}

void Checkpoint::check_origin(const TrainTest& data) const {
    if (data_hash(data) != arrays.as<std::uint64_t>("data_hash")) {
        throw UsageError("--resume: expected the data that " + in_quotes(arrays.path()) +
                         " was trained on, found others; --data DIR names a directory");
    }
    const SimdLevel level = active_level();
    const bool fma = arrays.as<bool>("fma");
    if (has_fma(level) != fma) {
        throw UsageError("--resume: expected a level " + std::string(fma ? "with" : "without") + " fma, as " +
                         in_quotes(arrays.path()) + " was trained at " +
                         shown(arrays.as<std::string>("simd")) + ", found " + std::string(name(level)) +
                         ", which rounds differently; THALWEG_SIMD=LEVEL chooses");
    }
}

template <class T>
TwoLayerNet<T> Checkpoint::net(const TrainTest& data) const {
    check_origin(data);
    TwoLayerParams<T> params;
    const std::size_t inputs = data.train.image_size();
    const std::size_t outputs = data.train.classes();
    params.W1 = parameter<T>(arrays, "W1", inputs, saved.hidden);
    params.b1 = parameter<T>(arrays, "b1", 1, saved.hidden);
    params.W2 = parameter<T>(arrays, "W2", saved.hidden, outputs);
    params.b2 = parameter<T>(arrays, "b2", 1, outputs);
    try {
        Rng rng(0);
        MiniBatches(data.train.size(), saved.batch, saved.sampling, rng).restore(state.batches);
    } catch (const std::invalid_argument& error) {
        throw IoError(arrays.path() + ": batches_next, batches_order: " + error.what());
    }
    return TwoLayerNet<T>(std::move(params));
}

template TwoLayerNet<float> Checkpoint::net(const TrainTest&) const;
template TwoLayerNet<double> Checkpoint::net(const TrainTest&) const;
template void save_checkpoint(const TrainCommand&, const TwoLayerParams<float>&, const TrainState&,
                              std::uint64_t);
template void save_checkpoint(const TrainCommand&, const TwoLayerParams<double>&, const TrainState&,
                              std::uint64_t);

}  // namespace thalweg::cli
