// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Text in cells (RFC 4180), one row after another, and what cells mean.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg::data {

// A table has at most so many columns: each costs memory, however short it is.
inline constexpr std::size_t kMostColumns = std::size_t{1} << 20;

struct CsvCell {
    std::string_view text;  // as it stands in the file, without blanks around it and without its quotes
    bool quoted = false;
    bool doubled_quotes = false;  // among the text
    std::size_t line = 0;         // on which it begins, from 1

    // Empty, or one of the words that programs write for "not available", without quotes.
    bool missing() const noexcept;
    // What it says, kept where the text has doubled quotes.
    std::string_view plain(std::string& keep) const;
};

class CsvReader {
public:
    // The text must stay there; messages begin with the path.
    CsvReader(std::string_view text, char separator, const std::string& path);

    // Reads the next row that is not blank; false at the end.
    // throws   IoError for a quote that is not closed, or has something behind it
    bool next(std::vector<CsvCell>& row);

    // Throws IoError "path: line N, column M: expected ..., found ...".
    [[noreturn]] void fail(std::size_t line, std::size_t column, const std::string& expected,
                           const std::string& found) const;

private:
    bool blank(std::size_t at) const noexcept;
    bool ends_line(std::size_t at) const noexcept;
    void skip_blanks() noexcept;
    void take_line_end() noexcept;
    bool skip_blank_lines() noexcept;
    CsvCell cell(std::size_t column);
    CsvCell quoted_cell(std::size_t column);

    std::string_view text_;
    char separator_;
    const std::string& path_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

// The nearest double, if the text is a decimal number and not beyond the largest double: "-1.5e3", ".5",
// "+2."; whatever the locale. To be called under a FloatControlScope.
std::optional<double> number(std::string_view text);

}  // namespace thalweg::data
