// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Nets in files, alone or with the state of their training. A file is an .npz of numeric arrays, which NumPy
// reads; what is in it is listed in docs/files.md. It is written whole or not at all.
//
// Common to all:
// threads  of two that save to one path, the later one's file stays, whole
// throws   IoError with path, member, expected and found
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/net.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/train.hpp"
#include "thalweg/train_net.hpp"
#include "thalweg/two_layer_net.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Saves a net: parameters, running statistics, sizes and options, and members of your own.
///
///     Rng rng(1);
///     const Net<float> net({2, 8, 3}, {.activation = Activation::kTanh, .init = Init::kXavier}, rng);
///     save_net("net.npz", net);
///     const Net<float> again = load_net<float>("net.npz");
///     again.params == net.params;                        // true
///     again.options().activation == Activation::kTanh;   // true
///
/// A net that version 0.1 can predict with (sigmoid, softmax) keeps the names W1, b1 and so on. Those of
/// others begin with net_, so that 0.1 rejects the file.
/// throws   ShapeError also for a member whose name is taken
void save_net(const std::string& path, const Net<float>& net, std::span<const NpzMember> more = {});
void save_net(const std::string& path, const Net<double>& net, std::span<const NpzMember> more = {});
/// Saves the same, with members that are written down in the call: `{{"feature_mean", scaling.mean}}`.
template <class Element>
void save_net(const std::string& path, const Net<Element>& net, std::initializer_list<NpzMember> more) {
    save_net(path, net, std::span<const NpzMember>(more.begin(), more.size()));
}

/// Loads a net from a file of save_net(), save_state() or `thalweg train --save`, or from one that holds W1,
/// b1, ..., Wn, bn alone, which is a net with sigmoid, as 0.1 saved it. Of a run with early stopping it has
/// the best parameters so far.
/// error    parameters of another type are rounded to nearest
template <class Element>
Net<Element> load_net(const std::string& path);
/// The same from a file that was read already.
template <class Element>
Net<Element> load_net(const Npz& file);

/// Saves a net with the state of its training, which on_checkpoint hands out, and members of your own.
///
///     Rng rng(1);
///     const TrainTest digits = {synthetic_digits(200, 1), synthetic_digits(100, 2)};
///     TwoLayerNet<float> net(784, 20, 10, rng);
///     const auto save = [&](const TrainState& state) {
///         save_state("run.npz", net, state);
///         return true;
///     };
///     train(net, digits, {.iterations = 10, .batch_size = 20}, rng, {.on_checkpoint = save});
///     TrainState state;
///     load_state("run.npz", net, state);
///     resume_training(net, digits, {.iterations = 20, .batch_size = 20}, state).iterations;  // 20
///
/// throws   ShapeError also for a member whose name is taken
void save_state(const std::string& path, const TwoLayerNet<float>& net, const TrainState& state,
                std::span<const NpzMember> more = {});
void save_state(const std::string& path, const TwoLayerNet<double>& net, const TrainState& state,
                std::span<const NpzMember> more = {});
void save_state(const std::string& path, const Net<float>& net, const NetTrainState<float>& state,
                std::span<const NpzMember> more = {});
void save_state(const std::string& path, const Net<double>& net, const NetTrainState<double>& state,
                std::span<const NpzMember> more = {});

/// Loads parameters and state, to continue with resume_training(). The net must be one like the saved one:
/// of its sizes, element type, activation and loss. Where something does not fit, net and state stay as they
/// are.
void load_state(const std::string& path, TwoLayerNet<float>& net, TrainState& state);
void load_state(const std::string& path, TwoLayerNet<double>& net, TrainState& state);
void load_state(const std::string& path, Net<float>& net, NetTrainState<float>& state);
void load_state(const std::string& path, Net<double>& net, NetTrainState<double>& state);
/// The same from a file that was read already.
void load_state(const Npz& file, TwoLayerNet<float>& net, TrainState& state);
void load_state(const Npz& file, TwoLayerNet<double>& net, TrainState& state);
void load_state(const Npz& file, Net<float>& net, NetTrainState<float>& state);
void load_state(const Npz& file, Net<double>& net, NetTrainState<double>& state);

// In the library.
extern template Net<float> load_net(const std::string& path);
extern template Net<double> load_net(const std::string& path);
extern template Net<float> load_net(const Npz& file);
extern template Net<double> load_net(const Npz& file);

}  // namespace thalweg
THALWEG_END_PUBLIC
