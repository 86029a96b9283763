// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From the words of `thalweg train` to what the library takes, for nets of any depth.
#pragma once

#include <string>
#include <vector>

#include "commands.hpp"
#include "thalweg/train_net.hpp"

namespace thalweg::cli {

struct Option;

// The options that NetWords holds, for the command line and for the file of a run.
std::vector<Option> net_word_options(NetWords& words);

// Whether the command asks for more than the book's net, trained in the book's way on images.
bool asks_for_net(const TrainCommand& command);

// The command with what it leaves open decided. With --layers: relu, adam, epochs; without it the book's.
// throws   UsageError where options do not go together
TrainCommand with_defaults(const TrainCommand& command);

// Of a command that has gone through with_defaults().
NetOptions net_options(const TrainCommand& command);
NetTrainOptions net_train_options(const TrainCommand& command);

// The value of an option in words, as the command line would take it; "" where it is not set.
std::string net_word(const TrainCommand& command, const std::string& option);

}  // namespace thalweg::cli
