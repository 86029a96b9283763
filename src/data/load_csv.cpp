// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From the text of a CSV file to a table. Every cell is read as a number first; a column in which that fails
// is read again as words.
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/float_control.hpp"
#include "data/byte_reader.hpp"
#include "data/csv.hpp"
#include "thalweg/error.hpp"
#include "thalweg/file_kind.hpp"
#include "thalweg/tables.hpp"

namespace thalweg {
namespace {

using data::CsvCell;
using data::CsvReader;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

void check_separator(char separator) {
    const bool allowed =
        (separator >= ' ' && separator <= '~' && separator != '"' && separator != '.' && separator != '+' &&
         separator != '-' && separator != '_' && !(separator >= '0' && separator <= '9') &&
         !(separator >= 'A' && separator <= 'Z') && !(separator >= 'a' && separator <= 'z')) ||
        separator == '\t' || separator == '\0';
    if (!allowed) {
        throw std::invalid_argument(
            "load_csv: separator must be a tab, a space or a sign such as ',' ';' or '|' that no number has, "
            "found character " +
            std::to_string(static_cast<unsigned char>(separator)));
    }
}

// The sign that cuts the first row best: few quotes are letters of a cell then, as in 5", and cells are many.
// Of equals the first.
char common_separator(std::string_view text, const std::string& path) {
    char best = ',';
    std::pair<std::size_t, std::size_t> fewest = {text.size(), 0};  // quotes; and cells from the most down
    for (const char sign : {',', ';', '\t'}) {
        std::vector<CsvCell> row;
        try {
            CsvReader(text, sign, path).next(row);
        } catch (const IoError&) {
            continue;  // as that sign cuts it, it is no row
        }
        std::size_t quotes = 0;
        for (const CsvCell& cell : row) {
            quotes += cell.quoted
                          ? 0
                          : static_cast<std::size_t>(std::count(cell.text.begin(), cell.text.end(), '"'));
        }
        const std::pair found = {quotes, data::kMostColumns - row.size()};
        if (found < fewest) {
            best = sign;
            fewest = found;
        }
    }
    return best;
}

// That the bytes may be a table: no zeros, and no other format of text.
void check_kind(std::string_view text, const std::string& path) {
    const std::size_t zero = text.find('\0');
    const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const bool other =
        first < text.size() && std::string_view("<{[%").find(text[first]) != std::string_view::npos;
    if (zero == std::string_view::npos && !other) {
        return;
    }
    std::string kind = file_kind({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    if (kind.starts_with("text, ")) {
        kind.clear();
    }
    if (zero == std::string_view::npos && kind.empty()) {
        return;
    }
    throw IoError(path + ": offset " +
                  std::to_string(zero == std::string_view::npos || !kind.empty() ? 0 : zero) +
                  ": expected a table as text (CSV), found " + (kind.empty() ? "a byte 0" : kind));
}

bool is_header(const std::vector<CsvCell>& row, Header header) {
    if (header != Header::kDetect) {
        return header == Header::kFirstRow;
    }
    std::string keep;
    bool any = false;
    for (const CsvCell& cell : row) {
        if (data::number(cell.plain(keep)).has_value()) {
            return false;
        }
        any = any || !cell.missing();
    }
    return any;
}

class TableReader {
public:
    TableReader(std::string_view text, const std::string& path, const CsvOptions& options)
        : text_(text), path_(path), options_(options) {}

    void read() {
        read_numbers();
        if (std::find(is_word_.begin(), is_word_.end(), true) != is_word_.end()) {
            read_words();
        }
    }
    std::vector<detail::TableColumn>& columns() { return columns_; }
    std::vector<std::size_t>& lines() { return lines_; }

private:
    // The first row decides how many columns there are.
    bool first_row(CsvReader& reader, std::vector<CsvCell>& row) {
        if (!reader.next(row)) {
            reader.fail(1, 0, "a table", "nothing: the file is empty");
        }
        columns_.resize(row.size());
        is_word_.assign(row.size(), false);
        header_ = is_header(row, options_.header);
        std::string keep;
        for (std::size_t j = 0; header_ && j < row.size(); ++j) {
            columns_[j].name = row[j].plain(keep);
        }
        return header_ ? reader.next(row) : true;
    }

    void check_width(const CsvReader& reader, const std::vector<CsvCell>& row) const {
        const std::size_t cols = columns_.size();
        if (row.size() != cols) {
            reader.fail(row.front().line, std::min(row.size(), cols),
                        std::to_string(cols) + " cells, as in the first row", std::to_string(row.size()));
        }
    }

    void read_numbers() {
        CsvReader reader(text_, options_.separator, path_);
        std::vector<CsvCell> row;
        std::string keep;
        for (bool more = first_row(reader, row); more; more = reader.next(row)) {
            check_width(reader, row);
            lines_.push_back(row.front().line);
            for (std::size_t j = 0; j < row.size(); ++j) {
                if (is_word_[j]) {
                    continue;
                }
                const auto value = row[j].missing() ? kNone : data::number(row[j].plain(keep));
                if (value.has_value()) {
                    columns_[j].numbers.push_back(*value);
                } else {
                    is_word_[j] = true;
                    columns_[j].numbers = {};
                }
            }
        }
    }

    void read_words() {
        std::vector<std::size_t> chosen;
        for (std::size_t j = 0; j < is_word_.size(); ++j) {
            if (is_word_[j]) {
                chosen.push_back(j);
            }
        }
        // Cells as they lie in the file; nullptr where one is missing. What had doubled quotes is kept aside.
        std::vector<std::vector<std::string_view>> cells(chosen.size());
        std::deque<std::string> aside;
        CsvReader reader(text_, options_.separator, path_);
        std::vector<CsvCell> row;
        if (header_) {
            reader.next(row);
        }
        std::string keep;
        while (reader.next(row)) {
            for (std::size_t k = 0; k < chosen.size(); ++k) {
                const CsvCell& cell = row[chosen[k]];
                std::string_view word = cell.missing() ? std::string_view() : cell.plain(keep);
                if (cell.doubled_quotes && !cell.missing()) {
                    word = aside.emplace_back(word);
                }
                cells[k].push_back(word);
            }
        }
        for (std::size_t k = 0; k < chosen.size(); ++k) {
            number_words(cells[k], columns_[chosen[k]]);
        }
    }

    void number_words(const std::vector<std::string_view>& cells, detail::TableColumn& column) const {
        std::vector<std::string_view> words;
        std::copy_if(cells.begin(), cells.end(), std::back_inserter(words),
                     [](std::string_view word) { return word.data() != nullptr; });
        std::sort(words.begin(), words.end());
        words.erase(std::unique(words.begin(), words.end()), words.end());
        if (words.size() > std::numeric_limits<std::uint32_t>::max()) {
            throw IoError(path_ + ": expected at most 4294967295 different words in a column, found " +
                          std::to_string(words.size()));
        }
        column.words.assign(words.begin(), words.end());
        column.codes.reserve(cells.size());
        for (const std::string_view word : cells) {
            const auto at =
                word.data() == nullptr ? words.end() : std::lower_bound(words.begin(), words.end(), word);
            column.codes.push_back(static_cast<std::uint32_t>(at - words.begin()));
        }
    }

    std::string_view text_;
    const std::string& path_;
    const CsvOptions& options_;
    bool header_ = false;
    std::vector<detail::TableColumn> columns_;
    std::vector<bool> is_word_;
    std::vector<std::size_t> lines_;
};

// All of a file, inflated where it is gzip, into memory that grows with what has come.
std::vector<char> whole_file(const std::string& path) {
    data::ByteReader reader(path, io::Pipes::kRead);
    std::vector<char> text(static_cast<std::size_t>(reader.rest().value_or(0)));
    std::size_t done = 0;
    for (;;) {
        const std::size_t count =
            reader.read({reinterpret_cast<std::uint8_t*>(text.data()) + done, text.size() - done});
        done += count;
        if (done < text.size()) {
            break;
        }
        if (reader.rest() == 0) {
            break;
        }
        text.resize(std::max(std::size_t{65536}, 2 * done));
    }
    text.resize(done);
    reader.check_unchanged();
    return text;
}

}  // namespace

Table load_csv(std::span<const char> text, const std::string& name, const CsvOptions& options) {
    const core::FloatControlScope standard;
    const std::string_view all(text.data(), text.size());
    check_separator(options.separator);
    check_kind(all, name);
    CsvOptions found = options;
    found.separator = options.separator == '\0' ? common_separator(all, name) : options.separator;
    TableReader reader(all, name, found);
    reader.read();
    Table table;
    table.path_ = name;
    table.columns_ = std::move(reader.columns());
    table.lines_ = std::move(reader.lines());
    return table;
}

Table load_csv(const std::string& path, const CsvOptions& options) {
    check_separator(options.separator);
    return load_csv(whole_file(path), path, options);
}

}  // namespace thalweg
