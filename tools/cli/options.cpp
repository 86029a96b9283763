// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "options.hpp"

#include <limits>

namespace thalweg::cli {

bool second_word(const std::string& option, const std::string& text, const char* first, const char* second) {
    if (text != first && text != second) {
        throw UsageError(option + ": expected " + first + " or " + second + ", found " + in_quotes(text));
    }
    return text == second;
}

Option flag(const char* name, const char* help, bool& value) {
    return {name, "", help, nullptr, &value};
}

Option text_option(const char* name, const char* type, const char* help, const char* what,
                   std::string& value) {
    return {name, type, help, [what, &value](const std::string& option, const std::string& text) {
                if (text.empty()) {
                    throw UsageError(option + ": expected " + what + ", found \"\"");
                }
                value = text;
            }};
}

Option whole_option(const char* name, const char* help, std::uint64_t lowest, std::uint64_t highest,
                    std::size_t& value) {
    return {name, "N", help, [lowest, highest, &value](const std::string& option, const std::string& text) {
                value = whole_number(option, text, lowest, highest);
            }};
}

Option finite_option(const char* name, const char* help, Lowest lowest, double& value) {
    return {name, "X", help, [lowest, &value](const std::string& option, const std::string& text) {
                value = finite_number(option, text, lowest);
            }};
}

Option word_option(const char* name, const char* help, const char* first, const char* second,
                   bool& second_given) {
    return {name, "WORD", help,
            [first, second, &second_given](const std::string& option, const std::string& text) {
                second_given = second_word(option, text, first, second);
            }};
}

Option data_option(std::string& value) {
    return text_option("--data", "DIR", "directory with MNIST's four files (default: synthetic digits)",
                       "a directory", value);
}

Option seed_option(const char* help, std::uint32_t& value) {
    return {"--seed", "N", help, [&value](const std::string& option, const std::string& text) {
                value = static_cast<std::uint32_t>(
                    whole_number(option, text, 0, std::numeric_limits<std::uint32_t>::max()));
            }};
}

Option step_option(double& value) {
    return finite_option("--h", "step of the differences (default 1e-4)", Lowest::kAboveZero, value);
}

}  // namespace thalweg::cli
