// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The file of a run with a net of any depth: the library's checkpoint, and the options of the run as words,
// by the names that they have on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "thalweg/checkpoint.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::cli {

// Whether the file is one of these.
bool is_net_checkpoint(const Npz& file);

// What a file holds, each word one that its option takes.
struct NetCheckpoint {
    // throws   IoError with the path for a file that is none, or that contradicts itself
    explicit NetCheckpoint(Npz file);

    // The options asked for, with those not asked for taken from the file.
    // throws   UsageError where the two disagree on something that the bits depend on and that may not change
    TrainCommand complete(const TrainCommand& asked) const;

    Npz arrays;
    TrainCommand saved;
    std::size_t iteration = 0;  // updates done
};

// throws   IoError with the member for a number that is not finite, or below what training makes
template <class T>
void check_numbers(const Npz& file, const std::string& member, const Matrix<T>& numbers,
                   std::optional<Lowest> lowest);

// What the command adds to the library's members.
std::vector<NpzMember> run_members(const TrainCommand& command, std::uint64_t data_hash);

// Lines of text in one array, and back.
// throws   IoError for a name that is not one line; it begins with what
NpyArray lines_array(const std::string& what, const std::vector<std::string>& lines);
std::vector<std::string> lines_of(const Npz& file, const char* member);  // none where there is no such member

}  // namespace thalweg::cli
