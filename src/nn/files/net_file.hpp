// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net as members of a file: its parameters, and what it is beside them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nn/files/members.hpp"
#include "nn/layers/net_layers.hpp"
#include "thalweg/net.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::nn {

// Of the parameters that early stopping keeps.
inline constexpr const char* kBestPrefix = "best_";

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

// The matrices under their names behind a prefix. Rows have one dimension, as the book's biases, but for a W.
template <class Matrices>
void append_matrices(const std::string& prefix, const Matrices& matrices, std::vector<NpzMember>& members) {
    for (const auto& [name, matrix] : matrices) {
        NpyArray array = matrix->view();
        members.push_back({prefix + std::string(name),
                           name[0] == 'W' ? array : std::move(array).reshaped({matrix->cols()})});
    }
}
// The file's into these, each of exactly the type and shape that it has there.
template <class T, class Matrices>
void read_matrices(const Npz& file, const std::string& prefix, const Matrices& matrices) {
    for (const auto& [name, matrix] : matrices) {
        *matrix = matrix_of<T>(file, prefix + std::string(name), matrix->rows(), matrix->cols());
    }
}

// What a net is beside its parameters.
void append_options(const NetOptions& options, const std::vector<std::uint64_t>& sizes,
                    std::vector<NpzMember>& members);

// Parameters, running statistics, options.
// throws   ShapeError for a net whose shapes no longer fit one another: nobody could load it
template <class T>
std::vector<NpzMember> net_members(const Net<T>& net) {
    views_of(net);
    const std::string prefix = prefix_of(net.options());
    std::vector<NpzMember> members;
    append_matrices(prefix, net.params.matrices(), members);
    append_matrices(prefix, net.running.matrices(), members);
    append_options(net.options(), sizes_of(net.params.matrices()), members);
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
