// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A training run in a file: its net, and everything that the next updates depend on.
#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <utility>

#include "nn/files/net_file.hpp"
#include "thalweg/checkpoint.hpp"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr const char* kVersionName = "checkpoint_version";
constexpr NetOptions kTwoLayerOptions = {.activation = Activation::kSigmoid};

void append_draws(const Rng::State& rng, const MiniBatches::State& batches, std::vector<NpzMember>& members) {
    // Row numbers of a data set fit 32 bits: Rng shuffles no more than 2^32.
    std::vector<std::uint32_t> order(batches.order.size());
    std::transform(batches.order.begin(), batches.order.end(), order.begin(),
                   [](std::size_t row) { return static_cast<std::uint32_t>(row); });
    members.push_back({"rng_words", std::span<const std::uint32_t>(rng.words)});
    members.push_back({"rng_position", rng.position});
    members.push_back({"rng_has_normal", rng.has_normal});
    members.push_back({"rng_normal", rng.normal});
    members.push_back({"batches_next", static_cast<std::uint64_t>(batches.next)});
    members.push_back({"batches_order", order});
}

Rng::State read_rng(const Npz& file) {
    Rng::State rng = {};
    const auto words = file.as<std::vector<std::uint32_t>>("rng_words");
    constexpr std::size_t kWords = std::extent_v<decltype(rng.words)>;
    if (words.size() != kWords) {
        nn::fail(file, "rng_words", std::to_string(kWords) + " of them", std::to_string(words.size()));
    }
    std::copy(words.begin(), words.end(), std::begin(rng.words));
    rng.position = static_cast<std::uint32_t>(nn::whole_number(file, "rng_position", kWords));
    rng.has_normal = file.as<bool>("rng_has_normal");
    rng.normal = file.as<double>("rng_normal");
    return rng;
}

MiniBatches::State read_batches(const Npz& file) {
    return {file.as<std::size_t>("batches_next"), file.as<std::vector<std::size_t>>("batches_order")};
}

void check_version(const Npz& file, std::uint64_t version) {
    if (file.find(kVersionName) == nullptr) {
        throw IoError(file.path() + ": expected a file with the state of a training, found none: it has no " +
                      kVersionName);
    }
    const auto found = file.as<std::uint64_t>(kVersionName);
    if (found != version) {
        nn::fail(file, kVersionName, std::to_string(version), std::to_string(found));
    }
}

// The parameters of the file in matrices like these.
template <class T, class Params>
Params read_params(const Npz& file, Params params) {
    const std::string prefix = nn::prefix_in(file);
    for (const auto& [name, matrix] : params.matrices()) {
        *matrix = nn::matrix_of<T>(file, prefix + std::string(name), matrix->rows(), matrix->cols());
    }
    return params;
}

template <class T>
void save(const std::string& path, const TwoLayerNet<T>& net, const TrainState& state,
          std::span<const NpzMember> more) {
    std::vector<NpzMember> members = nn::net_members(net.params.matrices(), kTwoLayerOptions);
    members.push_back({kVersionName, kVersion});
    members.push_back({"iteration", static_cast<std::uint64_t>(state.iteration)});
    append_draws(state.rng, state.batches, members);
    members.insert(members.end(), more.begin(), more.end());
    save_npz(path, members);
}

template <class T>
void load(const Npz& file, TwoLayerNet<T>& net, TrainState& state) {
    check_version(file, kVersion);
    nn::check_same_options(file, kTwoLayerOptions);
    TwoLayerParams<T> params = read_params<T>(file, net.params);
    nn::check_same_sizes(file, nn::sizes_of(params.matrices()));
    state = {file.as<std::size_t>("iteration"), read_rng(file), read_batches(file)};
    net.params = std::move(params);
}

}  // namespace

void save_state(const std::string& path, const TwoLayerNet<float>& net, const TrainState& state,
                std::span<const NpzMember> more) {
    save(path, net, state, more);
}
void save_state(const std::string& path, const TwoLayerNet<double>& net, const TrainState& state,
                std::span<const NpzMember> more) {
    save(path, net, state, more);
}

void load_state(const Npz& file, TwoLayerNet<float>& net, TrainState& state) {
    load(file, net, state);
}
void load_state(const Npz& file, TwoLayerNet<double>& net, TrainState& state) {
    load(file, net, state);
}
void load_state(const std::string& path, TwoLayerNet<float>& net, TrainState& state) {
    load(load_npz(path), net, state);
}
void load_state(const std::string& path, TwoLayerNet<double>& net, TrainState& state) {
    load(load_npz(path), net, state);
}

}  // namespace thalweg
