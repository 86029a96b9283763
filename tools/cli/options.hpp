// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How the subcommands declare what they take from the command line, as data: command_line.cpp alone knows the
// library that parses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli.hpp"

namespace thalweg::cli {

// One option. Exactly one of `use`, `flag` and `words` receives what the command line says.
struct Option {
    std::string name;  // "--iters", or "IMAGE" for the words that belong to no option
    std::string type;  // what --help calls the value
    std::string help;
    // The option's name and the text behind it; the last one given counts. Throws UsageError.
    std::function<void(const std::string& name, const std::string& text)> use;
    bool* flag = nullptr;
    std::vector<std::string>* words = nullptr;
};

// A subcommand as its author writes it down.
struct Syntax {
    std::string name;
    std::string help;    // one line
    std::string footer;  // below the options
    std::vector<Option> options;
    std::set<std::string>* given = nullptr;  // where the names of the options that were given go
};

// "; did you mean --iters?" where one of the words is close to text, else "".
std::string did_you_mean(std::string_view text, const std::vector<std::string>& words);

// Whether text is the second of two words.
// throws   UsageError when it is neither
bool second_word(const std::string& option, const std::string& text, const char* first, const char* second);

// Options of the usual kinds, checked by us: the parser's own messages know no ranges. The referenced values
// are set when the command line is parsed.
Option flag(const char* name, const char* help, bool& value);
// Any text but none; what: "a file name", for the message.
Option text_option(const char* name, const char* type, const char* help, const char* what,
                   std::string& value);
Option whole_option(const char* name, const char* help, std::uint64_t lowest, std::uint64_t highest,
                    std::size_t& value);
Option finite_option(const char* name, const char* help, Lowest lowest, double& value);
Option word_option(const char* name, const char* help, const char* first, const char* second,
                   bool& second_given);

// Those that several subcommands have.
Option mnist_option(std::string& value);
Option data_option(std::string& value);
Option seed_option(const char* help, std::uint32_t& value);
Option step_option(double& value);

}  // namespace thalweg::cli
