// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The file that `thalweg train --save` writes and `--resume` reads: the library's checkpoint of net and
// state, with the options of the run. Every member is a numeric array; text is uint8.
#pragma once

#include <cstdint>
#include <string>

#include "commands.hpp"
#include "thalweg/images.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/train.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::cli {

// Stands for both parts of a data set: sizes, pixels, labels. It finds another data set, not a forged one.
std::uint64_t data_hash(const TrainTest& data);

// throws   UsageError when the file is from a run on other data, or when one of its level and the active one
//          has fma and the other has not
void check_origin(const Npz& file, std::uint64_t data);

// What a file holds, each number within its range.
struct Checkpoint {
    // throws   IoError with the path for a file that is none, or that contradicts itself
    explicit Checkpoint(const std::string& path);

    // The options asked for, with those not asked for taken from the file.
    // throws   UsageError where the two disagree on something that the bits depend on
    TrainCommand complete(const TrainCommand& asked) const;

    // The net, of the type that the file's options name, and the state to go on from.
    // throws   UsageError when the file is from a run on other data, or when one of its level and the active
    //          one has fma and the other has not; IoError when its arrays do not fit the data
    template <class T>
    TwoLayerNet<T> net(const TrainTest& data, TrainState& state) const;

    Npz arrays;
    TrainCommand saved;
    std::size_t iteration = 0;  // updates done

private:
    void read_options();
};

// Replaces the file, or leaves it as it was.
// throws   IoError
template <class T>
void save_checkpoint(const TrainCommand& command, const TwoLayerNet<T>& net, const TrainState& state,
                     std::uint64_t data);

}  // namespace thalweg::cli
