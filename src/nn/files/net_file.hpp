// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net as members of a file: its parameters, and what it is beside them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nn/files/members.hpp"
#include "thalweg/net.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::nn {

// What version 0.1 takes for its own: W1 and so on of a net with sigmoid and softmax. Other nets' parameters
// have a prefix, without which 0.1 would predict with them as if they were such a net.
std::string prefix_of(const NetOptions& options);

// The sizes of a net whose parameters matrices() lists: inputs, units of each layer.
template <class Matrices>
std::vector<std::uint64_t> sizes_of(const Matrices& matrices) {
    std::vector<std::uint64_t> sizes;
    for (const auto& [name, matrix] : matrices) {
        if (name[0] == 'W') {
            sizes.resize(sizes.empty() ? 1 : sizes.size(), matrix->rows());
            sizes.push_back(matrix->cols());
        }
    }
    return sizes;
}

// Parameters and description. matrices: what matrices() of the parameters lists.
template <class Matrices>
std::vector<NpzMember> net_members(const Matrices& matrices, const NetOptions& options) {
    const std::string prefix = prefix_of(options);
    std::vector<NpzMember> members;
    for (const auto& [name, matrix] : matrices) {
        NpyArray array = matrix->view();
        // A bias has one dimension, as in the book.
        members.push_back({prefix + std::string(name),
                           name[0] == 'W' ? array : std::move(array).reshaped({matrix->cols()})});
    }
    members.push_back({"activation", NpyArray::text(name(options.activation))});
    members.push_back({"loss", NpyArray::text(name(options.loss))});
    members.push_back({"sizes", sizes_of(matrices)});
    members.push_back({"weight_decay", options.weight_decay});
    return members;
}

// What the net in a file is. One that does not say so is of version 0.1.
NetOptions read_options(const Npz& file);

// What a file's parameters are called: with the prefix, if there is one.
std::string prefix_in(const Npz& file);

// throws   IoError unless the file's net has these options and sizes, as far as it says
void check_same_options(const Npz& file, const NetOptions& options);
void check_same_sizes(const Npz& file, const std::vector<std::uint64_t>& sizes);

}  // namespace thalweg::nn
