// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Checked numbers and one-line errors.
#include "cli.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "terminal.hpp"

namespace thalweg::cli {
namespace {

// std::from_chars takes no leading blank or plus sign and knows no locale: what it reads is what the user
// sees.
template <class T>
bool read_all(const std::string& text, T& value) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end;
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string result(1, '"');
    result += text;
    result += '"';
    return result;
}

std::string shown(std::string_view text) {
    constexpr std::size_t kMost = 60;
    std::string result(text.substr(0, kMost));
    for (char& letter : result) {
        letter = letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return in_quotes(text.size() > kMost ? result + "..." : result);
}

void print_error(std::string_view command, std::string_view message) {
    const std::string line = escaped(std::string(command) + ": " + std::string(message)) + "\n";
    // What was printed before belongs before the error where both go to one place.
    std::fflush(stdout);
    std::fputs(line.c_str(), stderr);
}

std::uint64_t whole_number(const std::string& option, const std::string& text, std::uint64_t lowest,
                           std::uint64_t highest) {
    std::uint64_t value = 0;
    if (!read_all(text, value) || value < lowest || value > highest) {
        throw UsageError(option + ": expected a whole number from " + std::to_string(lowest) + " to " +
                         std::to_string(highest) + ", found " + in_quotes(text));
    }
    return value;
}

double finite_number(const std::string& option, const std::string& text, Lowest lowest) {
    double value = 0.0;
    const bool number = read_all(text, value) && std::isfinite(value);
    if (!number || value < 0.0 || (lowest == Lowest::kAboveZero && value == 0.0)) {
        throw UsageError(option + ": expected a finite number " +
                         (lowest == Lowest::kZero ? "not below 0" : "above 0") + ", found " +
                         in_quotes(text));
    }
    return value;
}

std::string number_text(double value, const char* not_finite) {
    if (not_finite != nullptr && !std::isfinite(value)) {
        return not_finite;
    }
    if (std::isnan(value)) {
        return "nan";  // its sign says nothing
    }
    char text[40];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return std::string(text, error == std::errc() ? end : text);
}

std::string fixed_text(double value, int digits) {
    char text[400];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    const bool signed_zero = text[0] == '-' && std::strpbrk(text, "123456789in") == nullptr;
    return signed_zero ? text + 1 : text;
}

}  // namespace thalweg::cli
