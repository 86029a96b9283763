// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How the subcommands declare options whose text is checked by us.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "cli.hpp"

namespace thalweg::cli {

// An option whose text is checked by us: CLI11's own messages know no ranges. The last one given counts.
template <class Use>
void option(CLI::App& app, const std::string& name, const char* type, const char* help, Use use) {
    app.add_option_function<std::string>(
           name, [name, use](const std::string& text) { use(name, text); }, help)
        ->type_name(type)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// One of two words; true: the second.
inline bool second_word(const std::string& name, const std::string& text, const char* first,
                        const char* second) {
    if (text != first && text != second) {
        throw UsageError(name + ": expected " + first + " or " + second + ", found " + in_quotes(text));
    }
    return text == second;
}

inline void nonempty(const std::string& name, const std::string& text, const char* what, std::string& value) {
    if (text.empty()) {
        throw UsageError(name + ": expected " + what + ", found \"\"");
    }
    value = text;
}

}  // namespace thalweg::cli
