// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at save_checkpoint(): it lists the members of the file that are the command's own.
#include "checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

#include "cli.hpp"
#include "hash.hpp"
#include "thalweg/checkpoint.hpp"
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

std::uint64_t mix_data(std::uint64_t hash, const Dataset& data) {
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

// An option that the bits depend on, and how it reads.
struct Bound {
    const char* option;
    std::string (*text)(const TrainCommand&);
};

const Bound kBound[] = {
    {"--batch", [](const TrainCommand& c) { return std::to_string(c.batch); }},
    {"--hidden", [](const TrainCommand& c) { return std::to_string(c.hidden); }},
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
    return mix_data(mix_data(0, data.train), data.test);
}

template <class T>
void save_checkpoint(const TrainCommand& command, const TwoLayerNet<T>& net, const TrainState& state,
                     std::uint64_t data) {
    const auto number = [](std::size_t value) { return NpyArray(static_cast<std::uint64_t>(value)); };
    const SimdLevel level = active_level();
    const NpzMember more[] = {{"data", NpyArray::text(command.data)},
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
                              {"checkpoint_every", number(command.checkpoint_every)}};
    save_state(command.save, net, state, more);
}

Checkpoint::Checkpoint(const std::string& path) : arrays(load_npz(path)) {
    if (arrays.find(kVersionName) == nullptr) {
        throw IoError(path + ": expected a file that thalweg train --save wrote, found none: it has no " +
                      kVersionName);
    }
    whole(arrays, kVersionName, kVersion, kVersion);
    iteration = whole(arrays, "iteration", 0, TrainCommand::kMaxIterations);
    read_options();
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
    command.lr = given("--lr") ? asked.lr : saved.lr;
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

void check_origin(const Npz& file, std::uint64_t data) {
    if (data != file.as<std::uint64_t>("data_hash")) {
        throw UsageError("--resume: expected the data that " + in_quotes(file.path()) +
                         " was trained on, found others; --data names them");
    }
    const SimdLevel level = active_level();
    const bool fma = file.as<bool>("fma");
    if (has_fma(level) != fma) {
        throw UsageError("--resume: expected a level " + std::string(fma ? "with" : "without") + " fma, as " +
                         in_quotes(file.path()) + " was trained at " + shown(file.as<std::string>("simd")) +
                         ", found " + std::string(name(level)) +
                         ", which rounds differently; THALWEG_SIMD=LEVEL chooses");
    }
}

template <class T>
TwoLayerNet<T> Checkpoint::net(const TrainTest& data, TrainState& state) const {
    check_origin(arrays, data_hash(data));
    TwoLayerNet<T> result(TwoLayerParams<T>(data.train.image_size(), saved.hidden, data.train.classes()));
    load_state(arrays, result, state);
    try {
        Rng rng(0);
        MiniBatches(data.train.size(), saved.batch, saved.sampling, rng).restore(state.batches);
    } catch (const std::invalid_argument& error) {
        throw IoError(arrays.path() + ": batches_next, batches_order: " + error.what());
    }
    return result;
}

template TwoLayerNet<float> Checkpoint::net(const TrainTest&, TrainState&) const;
template TwoLayerNet<double> Checkpoint::net(const TrainTest&, TrainState&) const;
template void save_checkpoint(const TrainCommand&, const TwoLayerNet<float>&, const TrainState&,
                              std::uint64_t);
template void save_checkpoint(const TrainCommand&, const TwoLayerNet<double>&, const TrainState&,
                              std::uint64_t);

}  // namespace thalweg::cli
