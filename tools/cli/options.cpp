// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "options.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <utility>

namespace thalweg::cli {
namespace {

// Without dashes in front, in lower case.
std::string bare(std::string_view word) {
    word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
    std::string result(word);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return result;
}

// How many letters must be changed, added, left out or swapped with their neighbour to make one of the other
// (Damerau 1964, each letter touched once).
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

}  // namespace

// Close is a slip in every third letter, or the same beginning: --iterations, --check.
std::string did_you_mean(std::string_view text, const std::vector<std::string>& words) {
    constexpr std::size_t kLongest = 40;
    constexpr std::size_t kBeginning = 4;
    const std::string typed = bare(text);
    if (typed.empty() || typed.size() > kLongest) {
        return "";
    }
    std::pair<std::size_t, std::string> best(kLongest, "");
    for (const std::string& word : words) {
        const std::string wanted = bare(word);
        const std::size_t letters = std::max<std::size_t>(std::min(typed.size(), wanted.size()), 1);
        const std::size_t slips = distance(typed, wanted);
        const bool same_beginning =
            typed.substr(0, kBeginning) == wanted.substr(0, kBeginning) && letters >= kBeginning;
        if ((slips <= (letters + 2) / 3 && slips < letters) || same_beginning || wanted.starts_with(typed)) {
            best = std::min(best, std::pair(slips, word));
        }
    }
    return best.second.empty() ? "" : "; did you mean " + best.second + "?";
}

bool second_word(const std::string& option, const std::string& text, const char* first, const char* second) {
    if (text != first && text != second) {
        throw UsageError(option + ": expected " + first + " or " + second + ", found " + in_quotes(text) +
                         did_you_mean(text, {first, second}));
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
    return text_option("--data", "PATH",
                       "MNIST's directory, folders of images, .csv or .npz (default: synthetic digits)",
                       "a path", value);
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
