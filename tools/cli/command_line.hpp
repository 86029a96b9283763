// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From the words of the command line to the subcommand that they name.
#pragma once

#include <string>

#include "commands.hpp"

namespace thalweg::cli {

// What runs once the options are known to be right. Tests put something harmless in its place.
struct Actions {
    int (*train)(const TrainCommand&) = run_train;
    int (*gradcheck)(const GradcheckCommand&) = run_gradcheck;
    int (*evaluate)(const EvaluateCommand&) = run_evaluate;
    int (*predict)(const PredictCommand&) = run_predict;
    int (*notebook)(const NotebookCommand&) = run_notebook;
    int (*selftest)(const SelftestCommand&) = run_selftest;
    int (*info)(const InfoCommand&) = run_info;
};

// The exit status. command becomes "thalweg train" as soon as the subcommand is known, for messages.
// throws   UsageError for words that make no command, and what the action throws
int run_command_line(int argc, const char* const* argv, std::string& command, const Actions& actions = {});

}  // namespace thalweg::cli
