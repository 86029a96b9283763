// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "data/csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <locale>
#include <sstream>
#include <system_error>

#include "io/message.hpp"
#include "thalweg/error.hpp"

namespace thalweg::data {
namespace {

using namespace std::string_view_literals;

// What pandas, R, SQL, Excel and the UCI archive write.
constexpr auto kMissingWords =
    std::to_array<std::string_view>({"", "#N/A", "-NaN", "-nan", "<NA>", "?", "N/A", "NA", "NULL", "NaN",
                                     "None", "n/a", "na", "nan", "null"});

bool digit(char letter) noexcept {
    return letter >= '0' && letter <= '9';
}

// A decimal number taken apart as far as is needed to tell a number from a word, and large from small.
struct Decimal {
    bool valid = false;
    // Where the first digit that is not 0 stands: 1 right before the point of the written number, 0 right
    // behind it. Without such a digit, 0.
    long long magnitude = 0;
};

// Digits from `at` on: how many, and how many zeros come before the first other digit.
struct Digits {
    std::size_t count = 0;
    std::size_t zeros = 0;
};
Digits digits_from(std::string_view text, std::size_t at) noexcept {
    Digits found;
    while (at + found.count < text.size() && digit(text[at + found.count])) {
        found.zeros += found.zeros == found.count && text[at + found.count] == '0' ? 1 : 0;
        ++found.count;
    }
    return found;
}

// The number behind the e, which is at most a billion here.
long long exponent_of(std::string_view digits) noexcept {
    constexpr long long kMost = 1'000'000'000;
    long long value = 0;
    for (const char letter : digits) {
        value = std::min(kMost, value * 10 + (letter - '0'));
    }
    return value;
}

// text: without a sign
Decimal decimal(std::string_view text) noexcept {
    const Digits whole = digits_from(text, 0);
    std::size_t at = whole.count;
    Digits fraction;
    if (at < text.size() && text[at] == '.') {
        fraction = digits_from(text, ++at);
        at += fraction.count;
    }
    if (whole.count + fraction.count == 0) {
        return {};
    }
    long long exponent = 0;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        const bool negative = at < text.size() && text[at] == '-';
        at += at < text.size() && (text[at] == '-' || text[at] == '+') ? 1 : 0;
        const Digits digits = digits_from(text, at);
        if (digits.count == 0) {
            return {};
        }
        exponent = exponent_of(text.substr(at, digits.count)) * (negative ? -1 : 1);
        at += digits.count;
    }
    const auto before = static_cast<long long>(whole.count - whole.zeros);
    const long long first = before > 0 ? before : -static_cast<long long>(fraction.zeros);
    return {at == text.size(), first + exponent};
}

// The nearest double of a decimal number without a plus sign; none where it is beyond the largest or, as the
// implementation pleases, below the smallest one.
std::optional<double> nearest(std::string_view text) {
    double value = 0.0;
#if defined(__cpp_lib_to_chars)
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool ok = result.ec == std::errc() && result.ptr == text.data() + text.size();
#else
    std::istringstream stream{std::string(text)};
    stream.imbue(std::locale::classic());
    const bool ok = static_cast<bool>(stream >> value);
#endif
    return ok && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// "'x'", or what cannot be shown.
std::string letter_text(std::string_view text, std::size_t at) {
    return "'" + io::printable(text.substr(at, 1)) + "'";
}

}  // namespace

bool CsvCell::missing() const noexcept {
    return text.empty() || (!quoted && std::binary_search(kMissingWords.begin(), kMissingWords.end(), text));
}

std::string_view CsvCell::plain(std::string& keep) const {
    if (!doubled_quotes) {
        return text;
    }
    keep.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
        keep += text[i];
        i += text[i] == '"' ? 1 : 0;  // the second of two
    }
    return keep;
}

CsvReader::CsvReader(std::string_view text, char separator, const std::string& path)
    : text_(text), separator_(separator), path_(path) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (text_.starts_with(kByteOrderMark)) {
        text_.remove_prefix(kByteOrderMark.size());
    }
}

void CsvReader::fail(std::size_t line, std::size_t column, const std::string& expected,
                     const std::string& found) const {
    throw IoError(path_ + ": line " + std::to_string(line) + ", column " + std::to_string(column + 1) +
                  ": expected " + expected + ", found " + found);
}

bool CsvReader::blank(std::size_t at) const noexcept {
    return (text_[at] == ' ' || text_[at] == '\t') && text_[at] != separator_;
}

bool CsvReader::ends_line(std::size_t at) const noexcept {
    return at == text_.size() || text_[at] == '\n' || text_[at] == '\r';
}

void CsvReader::skip_blanks() noexcept {
    while (at_ < text_.size() && blank(at_)) {
        ++at_;
    }
}

// "\n", "\r\n" or "\r"; nothing at the end.
void CsvReader::take_line_end() noexcept {
    if (at_ == text_.size()) {
        return;
    }
    const bool two = text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
    at_ += two ? 2 : 1;
    ++line_;
}

// True where a row follows, at whose beginning it then is.
bool CsvReader::skip_blank_lines() noexcept {
    while (at_ < text_.size()) {
        const std::size_t begin = at_;
        skip_blanks();
        if (!ends_line(at_)) {
            at_ = begin;
            return true;
        }
        take_line_end();
    }
    return false;
}

CsvCell CsvReader::quoted_cell(std::size_t column) {
    CsvCell cell{.text = {}, .quoted = true, .doubled_quotes = false, .line = line_};
    const std::size_t begin = ++at_;
    for (;; ++at_) {
        const std::size_t stop = text_.find_first_of("\"\r\n"sv, at_);
        if (stop == std::string_view::npos) {
            fail(cell.line, column, "a closing quote", "the file's end");
        }
        at_ = stop;
        if (text_[at_] == '"') {
            if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') {
                break;
            }
            cell.doubled_quotes = true;
            ++at_;
        } else {
            take_line_end();
            --at_;
        }
    }
    cell.text = text_.substr(begin, at_ - begin);
    ++at_;
    skip_blanks();
    if (!ends_line(at_) && text_[at_] != separator_) {
        fail(line_, column, "a separator or the line's end behind the closing quote",
             letter_text(text_, at_));
    }
    return cell;
}

// Stops at the separator or the line's end behind it.
CsvCell CsvReader::cell(std::size_t column) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '"') {
        return quoted_cell(column);
    }
    const std::size_t begin = at_;
    while (!ends_line(at_) && text_[at_] != separator_) {
        ++at_;
    }
    std::size_t end = at_;
    while (end > begin && blank(end - 1)) {
        --end;
    }
    return {
        .text = text_.substr(begin, end - begin), .quoted = false, .doubled_quotes = false, .line = line_};
}

bool CsvReader::next(std::vector<CsvCell>& row) {
    row.clear();
    if (!skip_blank_lines()) {
        return false;
    }
    for (;;) {
        if (row.size() == kMostColumns) {
            fail(line_, row.size(), "at most " + std::to_string(kMostColumns) + " cells in a row", "another");
        }
        row.push_back(cell(row.size()));
        if (ends_line(at_)) {
            take_line_end();
            return true;
        }
        ++at_;
    }
}

std::optional<double> number(std::string_view text) {
    const bool negative = text.starts_with('-');
    const std::string_view digits = text.substr(negative || text.starts_with('+') ? 1 : 0);
    const Decimal parts = decimal(digits);
    if (!parts.valid) {
        return std::nullopt;
    }
    std::optional<double> value = nearest(digits);
    if (!value.has_value() && parts.magnitude < 0) {
        value = 0.0;  // too small for an implementation that says so
    }
    return value.has_value() && negative ? -*value : value;
}

}  // namespace thalweg::data
