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

// Of the book's net, as in version 0.1, and of others.
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kNetVersion = 2;
constexpr const char* kVersionName = "checkpoint_version";
constexpr const char* kOwnPrefix = "own_";
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

template <class T>
void save(const std::string& path, const TwoLayerNet<T>& net, const TrainState& state,
          std::span<const NpzMember> more) {
    std::vector<NpzMember> members;
    nn::append_matrices("", net.params.matrices(), members);
    nn::append_options(kTwoLayerOptions, nn::sizes_of(net.params.matrices()), members);
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
    TwoLayerParams<T> params = net.params;
    nn::read_matrices<T>(file, nn::prefix_in(file), params.matrices());
    nn::check_same_sizes(file, nn::sizes_of(params.matrices()));
    state = {file.as<std::size_t>("iteration"), read_rng(file), read_batches(file)};
    net.params = std::move(params);
}

// What a rule remembers of each parameter, by the parameter's name.
template <class T>
void append_memories(const std::string& prefix, const std::vector<Matrix<T>>& memories,
                     const NetParams<T>& params, std::vector<NpzMember>& members) {
    const auto named = params.matrices();
    for (std::size_t i = 0; i < memories.size(); ++i) {
        members.push_back({prefix + std::string(named.at(i).name), memories[i]});
    }
}

template <class T>
std::vector<Matrix<T>> read_memories(const std::string& prefix, const NetParams<T>& params, const Npz& file) {
    std::vector<Matrix<T>> memories;
    for (const auto& [name, matrix] : params.matrices()) {
        const std::string member = prefix + std::string(name);
        if (memories.empty() && file.find(member) == nullptr) {
            break;  // the rule remembers nothing here
        }
        memories.push_back(nn::matrix_of<T>(file, member, matrix->rows(), matrix->cols()));
    }
    return memories;
}

template <class T>
void append_state(const NetTrainState<T>& state, const NetParams<T>& params,
                  std::vector<NpzMember>& members) {
    const auto number = [&](const char* name, std::size_t value) {
        members.push_back({name, static_cast<std::uint64_t>(value)});
    };
    number("iteration", state.iteration);
    append_draws(state.rng, state.batches, members);
    number("optimizer_updates", state.optimizer.updates);
    members.push_back({"optimizer_beta1_power", state.optimizer.beta1_power});
    members.push_back({"optimizer_beta2_power", state.optimizer.beta2_power});
    append_memories("optimizer_first_", state.optimizer.first, params, members);
    append_memories("optimizer_second_", state.optimizer.second, params, members);
    for (const SavedMatrix<T>& own : state.own) {
        members.push_back({kOwnPrefix + own.name, own.values});
    }
    members.push_back({"plateau_factor", state.plateau_factor});
    number("plateau_evaluations", state.plateau_evaluations);
    members.push_back({"loss_sum", state.loss_sum});
    number("loss_count", state.loss_count);
    number("best_iteration", state.best_iteration);
    members.push_back({"best_loss", state.best_loss});
    number("evaluations_since_best", state.evaluations_since_best);
    nn::append_matrices(nn::kBestPrefix, state.best.matrices(), members);
    nn::append_matrices(nn::kBestPrefix, state.best_running.matrices(), members);
}

template <class T>
NetTrainState<T> read_state(const Npz& file, const Net<T>& net) {
    NetTrainState<T> state;
    state.iteration = file.as<std::size_t>("iteration");
    state.rng = read_rng(file);
    state.batches = read_batches(file);
    state.optimizer.updates = file.as<std::size_t>("optimizer_updates");
    state.optimizer.beta1_power = nn::finite_number(file, "optimizer_beta1_power");
    state.optimizer.beta2_power = nn::finite_number(file, "optimizer_beta2_power");
    state.optimizer.first = read_memories("optimizer_first_", net.params, file);
    state.optimizer.second = read_memories("optimizer_second_", net.params, file);
    for (const NpzMember& member : file) {
        if (member.name.starts_with(kOwnPrefix)) {
            const std::string name = member.name.substr(std::string_view(kOwnPrefix).size());
            state.own.push_back({name, file.as<Matrix<T>>(member.name)});
        }
    }
    state.plateau_factor = nn::finite_number(file, "plateau_factor");
    state.plateau_evaluations = file.as<std::size_t>("plateau_evaluations");
    state.loss_sum = file.as<double>("loss_sum");
    state.loss_count = file.as<std::size_t>("loss_count");
    state.best_iteration = file.as<std::size_t>("best_iteration");
    state.best_loss = file.as<double>("best_loss");
    state.evaluations_since_best = file.as<std::size_t>("evaluations_since_best");
    if (file.find(nn::kBestPrefix + std::string("W1")) != nullptr) {
        state.best = net.params;
        state.best_running = net.running;
        nn::read_matrices<T>(file, nn::kBestPrefix, state.best.matrices());
        nn::read_matrices<T>(file, nn::kBestPrefix, state.best_running.matrices());
    }
    return state;
}

template <class T>
void save(const std::string& path, const Net<T>& net, const NetTrainState<T>& state,
          std::span<const NpzMember> more) {
    std::vector<NpzMember> members = nn::net_members(net);
    members.push_back({kVersionName, kNetVersion});
    append_state(state, net.params, members);
    members.insert(members.end(), more.begin(), more.end());
    save_npz(path, members);
}

template <class T>
void load(const Npz& file, Net<T>& net, NetTrainState<T>& state) {
    check_version(file, kNetVersion);
    nn::check_same_options(file, net.options());
    Net<T> read = net;
    nn::read_matrices<T>(file, nn::prefix_in(file), read.params.matrices());
    nn::read_matrices<T>(file, nn::prefix_in(file), read.running.matrices());
    nn::check_same_sizes(file, nn::sizes_of(read.params.matrices()));
    state = read_state(file, read);
    net = std::move(read);
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

void save_state(const std::string& path, const Net<float>& net, const NetTrainState<float>& state,
                std::span<const NpzMember> more) {
    save(path, net, state, more);
}
void save_state(const std::string& path, const Net<double>& net, const NetTrainState<double>& state,
                std::span<const NpzMember> more) {
    save(path, net, state, more);
}

void load_state(const Npz& file, TwoLayerNet<float>& net, TrainState& state) {
    load(file, net, state);
}
void load_state(const Npz& file, TwoLayerNet<double>& net, TrainState& state) {
    load(file, net, state);
}
void load_state(const Npz& file, Net<float>& net, NetTrainState<float>& state) {
    load(file, net, state);
}
void load_state(const Npz& file, Net<double>& net, NetTrainState<double>& state) {
    load(file, net, state);
}

void load_state(const std::string& path, TwoLayerNet<float>& net, TrainState& state) {
    load(load_npz(path), net, state);
}
void load_state(const std::string& path, TwoLayerNet<double>& net, TrainState& state) {
    load(load_npz(path), net, state);
}
void load_state(const std::string& path, Net<float>& net, NetTrainState<float>& state) {
    load(load_npz(path), net, state);
}
void load_state(const std::string& path, Net<double>& net, NetTrainState<double>& state) {
    load(load_npz(path), net, state);
}

}  // namespace thalweg
