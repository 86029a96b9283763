// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the subcommands share: exit statuses, the one kind of error they report, and checked numbers.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace thalweg::cli {

// The exit statuses that --help promises.
enum ExitStatus {
    kDone = 0,
    kLossNotFinite = 1,
    kGradientInDoubt = 1,
    kBitsDiffer = 1,
    kBadUse = 2,    // wrong option, input or output
    kSignal = 128,  // and the signal's number: 130 for Ctrl-C
};

// A wrong option, input or output. The message is one line: what, expected, found.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The text in quotes, for "found ..." in messages.
std::string in_quotes(std::string_view text);

// Text from inside a file for a message: in quotes, printable ASCII, short, whatever it holds.
std::string shown(std::string_view text);

// Prints "command: message" on stderr as exactly one line, whatever bytes a file name brought into the
// message.
void print_error(std::string_view command, std::string_view message);

// The number that text spells out completely. option begins the message of the UsageError otherwise.
std::uint64_t whole_number(const std::string& option, const std::string& text, std::uint64_t lowest,
                           std::uint64_t highest);

// Which finite numbers an option takes.
enum class Lowest { kZero, kAboveZero };
double finite_number(const std::string& option, const std::string& text, Lowest lowest);

// The shortest decimal text that reads back as the same double; not_finite instead of "nan" or "inf" when
// given.
std::string number_text(double value, const char* not_finite = nullptr);
// With so many digits behind the point; what rounds to 0 has no sign.
std::string fixed_text(double value, int digits);

}  // namespace thalweg::cli
