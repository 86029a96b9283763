// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What all runs of `thalweg train` share, whichever net is trained.
#pragma once

#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "commands.hpp"
#include "output_file.hpp"

namespace thalweg::cli {

inline constexpr const char* kTrain = "thalweg train";

// Where the run tells how it goes: beside results that go to standard output, on the other stream.
std::FILE* told_on(const TrainCommand& command);

// A file that the command names, tried before there is anything to write; none: it names none.
std::optional<OutputFile> output_for(const char* option, const std::string& path);

// False when the file could not be written, which has then been said; the other file is still worth trying.
bool write_output(const std::optional<OutputFile>& output, const std::function<void(std::FILE*)>& write);

// Runs save(); false, with the reason in error, when that is not possible. Training ends then: a run of days
// must not continue with nothing to fall back on.
bool try_to_save(const std::function<void()>& save, std::string& error);

// That a resumed run goes on with another learning rate, if so.
void print_rate(const TrainCommand& command, double before);

// How training ended, as far as it was ended: a line on the stream that tells.
void print_end(const TrainCommand& command, std::size_t iterations, std::size_t wanted,
               const std::string& save_error);

// Rejects what this machine cannot hold before any of it is allocated: being killed halfway is no error
// message. what: "--batch 100 with --hidden 50"
void check_memory(double bytes, const std::string& what);

// The exit status of a run that has told its own errors; loss: of the update that was not made, if so.
struct Ending {
    bool outputs_written;
    bool loss_not_finite;
    std::size_t iterations;
    double loss;
    const std::string& save_error;
};
int exit_status(const Ending& ending);

// The rows of a table that a resumed run goes on with: those of the file, if it is there, up to update
// `first`; else the header.
// throws   UsageError for a file with another header
std::string csv_to_continue(const TrainCommand& command, const std::string& header, std::size_t first);

// Nets of any depth: train_net.cpp.
int run_train_net(const TrainCommand& asked);

}  // namespace thalweg::cli
