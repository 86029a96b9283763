// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From the columns of a table to samples.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/float_control.hpp"
#include "data/csv.hpp"
#include "io/message.hpp"
#include "thalweg/error.hpp"
#include "thalweg/tables.hpp"

namespace thalweg {
namespace {

using detail::TableColumn;

bool has_numbers(const TableColumn& column) noexcept {
    return column.codes.empty();
}

bool is_missing(const TableColumn& column, std::size_t row) noexcept {
    return has_numbers(column) ? std::isnan(column.numbers[row]) : column.codes[row] == column.words.size();
}

// As short as it can be read back; of both zeros "0".
std::string number_text(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value == 0.0 ? 0.0 : value).ptr};
}

std::string quoted(const std::string& word) {
    return "\"" + io::printable(word) + "\"";
}

// Which columns are what, and where messages say they are.
struct Plan {
    const std::string& path;
    const std::vector<TableColumn>& columns;
    const std::vector<std::size_t>& lines;
    std::vector<std::size_t> features;
    std::vector<std::size_t> targets;
    std::optional<std::size_t> labels;

    [[noreturn]] void fail(std::size_t row, std::size_t column, const std::string& expected,
                           const std::string& found) const {
        const std::string& name = columns[column].name;
        throw IoError(path + ": line " + std::to_string(lines[row]) + ", column " +
                      std::to_string(column + 1) + (name.empty() ? "" : " (" + io::printable(name) + ")") +
                      ": expected " + expected + ", found " + found);
    }
    void check_numbers(std::size_t column) const;
    std::vector<std::size_t> all() const {
        std::vector<std::size_t> chosen = features;
        chosen.insert(chosen.end(), targets.begin(), targets.end());
        if (labels.has_value()) {
            chosen.push_back(*labels);
        }
        return chosen;
    }
};

// A word means that the whole column has words, numbers among them: the first that is none is shown.
void Plan::check_numbers(std::size_t j) const {
    const TableColumn& column = columns[j];
    for (std::size_t i = 0; !has_numbers(column) && i < lines.size(); ++i) {
        if (is_missing(column, i)) {
            continue;
        }
        const std::string& word = column.words[column.codes[i]];
        if (!data::number(word).has_value()) {
            fail(i, j, "a number", quoted(word));
        }
    }
}

// The places of texts in sorted order.
std::vector<std::size_t> sorted_places(const std::vector<std::string>& texts) {
    std::vector<std::size_t> places(texts.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return texts[a] < texts[b]; });
    return places;
}

// The place of the only text of these that is equal; nothing where there is none, or several.
std::optional<std::size_t> only_place(const std::vector<std::string>& texts,
                                      const std::vector<std::size_t>& sorted, const std::string& text) {
    const auto less = [&](std::size_t a, const std::string& b) { return texts[a] < b; };
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), text, less);
    const bool there = at != sorted.end() && texts[*at] == text;
    return there && (at + 1 == sorted.end() || texts[at[1]] != text) ? std::optional(*at) : std::nullopt;
}

// A table may have a million columns, and each may be named.
std::vector<std::size_t> indices_of(const Table& table, const std::vector<Column>& columns) {
    const std::vector<std::string> names = table.names();
    const std::vector<std::size_t> sorted = sorted_places(names);
    std::vector<std::size_t> found;
    found.reserve(columns.size());
    for (const Column& column : columns) {
        const bool named = column.named() && !column.name().empty();
        const auto place = named ? only_place(names, sorted, column.name()) : std::nullopt;
        found.push_back(place.has_value() ? *place : table.index(column));  // which says what is wrong
    }
    return found;
}

// All columns but those that are something else.
std::vector<std::size_t> others(std::size_t cols, const std::vector<std::size_t>& taken) {
    std::vector<bool> free(cols, true);
    for (const std::size_t j : taken) {
        free[j] = false;
    }
    std::vector<std::size_t> found;
    for (std::size_t j = 0; j < cols; ++j) {
        if (free[j]) {
            found.push_back(j);
        }
    }
    return found;
}

void check_once(const Plan& plan) {
    std::vector<std::size_t> chosen = plan.all();
    std::sort(chosen.begin(), chosen.end());
    const auto twice = std::adjacent_find(chosen.begin(), chosen.end());
    if (twice != chosen.end()) {
        const std::string& name = plan.columns[*twice].name;
        throw std::invalid_argument("samples: a column must be features, targets or labels, once; column " +
                                    std::to_string(*twice + 1) +
                                    (name.empty() ? "" : ", " + quoted(name) + ",") + " is chosen twice");
    }
}

void choose_features(Plan& plan, const Table& table, const SampleColumns& columns) {
    plan.features = indices_of(table, columns.features);
    if (columns.features.empty()) {
        std::vector<std::size_t> taken = plan.all();
        const std::vector<std::size_t> without = indices_of(table, columns.without);
        taken.insert(taken.end(), without.begin(), without.end());
        plan.features = others(table.cols(), taken);
    }
    if (plan.features.empty()) {
        throw IoError(table.path() + ": expected a column for features beside labels or targets, found " +
                      std::to_string(table.cols()) + " columns in all; is the separator another one?");
    }
    check_once(plan);
    std::for_each(plan.features.begin(), plan.features.end(), [&](std::size_t j) { plan.check_numbers(j); });
}

void choose(Plan& plan, const Table& table, const SampleColumns& columns) {
    if (columns.labels.has_value() == !columns.targets.empty()) {
        throw std::invalid_argument(std::string("samples: columns must name labels or targets, found ") +
                                    (columns.targets.empty() ? "none; " : "both; ") + table.path() + " has " +
                                    std::to_string(table.cols()) + " columns");
    }
    plan.targets = indices_of(table, columns.targets);
    if (columns.labels.has_value()) {
        plan.labels = table.index(*columns.labels);
    }
    choose_features(plan, table, columns);
    std::for_each(plan.targets.begin(), plan.targets.end(), [&](std::size_t j) { plan.check_numbers(j); });
}

// The answers, which rows to predict from may have or not.
std::vector<Column> answers_in(const Table& table, const SampleColumns& columns) {
    std::vector<Column> answers = columns.targets;
    if (columns.labels.has_value()) {
        answers.push_back(*columns.labels);
    }
    const std::vector<std::string> names = table.names();
    std::erase_if(answers, [&](const Column& column) {
        return column.named() && std::find(names.begin(), names.end(), column.name()) == names.end();
    });
    return answers;
}

// The rows to use, in their order. A label is never filled, whatever else its row misses.
std::vector<std::size_t> rows_of(const Plan& plan, const SampleColumns& columns) {
    const std::vector<std::size_t> chosen = plan.all();
    const bool fill = columns.missing == Missing::kFill;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < plan.lines.size(); ++i) {
        const auto gap = std::find_if(chosen.begin(), chosen.end(), [&](std::size_t j) {
            return (!fill || plan.labels == j) && is_missing(plan.columns[j], i);
        });
        if (gap == chosen.end()) {
            rows.push_back(i);
        } else if (columns.missing != Missing::kSkip) {
            plan.fail(i, *gap, plan.labels == *gap ? "a label" : "a number", "a missing value");
        }
    }
    if (rows.empty()) {
        throw IoError(
            plan.path + ": expected at least one row of data, found " +
            (plan.lines.empty() ? "none" : "missing values in all " + std::to_string(plan.lines.size())));
    }
    return rows;
}

template <class T>
Matrix<T> matrix_of(const Plan& plan, const std::vector<std::size_t>& columns,
                    const std::vector<std::size_t>& rows, double fill) {
    Matrix<T> out(rows.size(), columns.size());
    for (std::size_t k = 0; k < columns.size(); ++k) {
        const std::vector<double>& numbers = plan.columns[columns[k]].numbers;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const double value = numbers[rows[i]];
            const auto rounded = static_cast<T>(std::isnan(value) ? fill : value);
            if (!std::isfinite(rounded) && !std::isnan(value)) {
                plan.fail(rows[i], columns[k], "a number that float can hold", number_text(value));
            }
            out(i, k) = rounded;
        }
    }
    return out;
}

struct ClassLabels {
    std::vector<int> labels;
    std::vector<std::string> names;  // none: labels are the numbers of the file
};

bool are_labels(const std::vector<double>& numbers, const std::vector<std::size_t>& rows) {
    return std::all_of(rows.begin(), rows.end(), [&](std::size_t i) {
        return numbers[i] >= 0 && numbers[i] < std::numeric_limits<int>::max() &&
               numbers[i] == std::floor(numbers[i]);
    });
}

// Each row's word, or its number as text.
std::string word_of(const TableColumn& column, std::size_t row) {
    return has_numbers(column) ? number_text(column.numbers[row]) : column.words[column.codes[row]];
}

// Words as word_of() gives those of a column of numbers, which may have been written in another way: 01, 1e5.
std::vector<std::string> as_numbers(std::vector<std::string> words) {
    for (std::string& word : words) {
        const std::optional<double> value = data::number(word);
        word = value.has_value() ? number_text(*value) : word;
    }
    return words;
}

// All different words, or numbers as text, in sorted order.
std::vector<std::string> sorted_classes(const TableColumn& column, const std::vector<std::size_t>& rows) {
    if (!has_numbers(column)) {
        return column.words;
    }
    std::vector<double> values;
    values.reserve(rows.size());
    for (const std::size_t i : rows) {
        values.push_back(column.numbers[i]);
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    std::vector<std::string> names;
    std::transform(values.begin(), values.end(), std::back_inserter(names), number_text);
    return names;
}

ClassLabels labels_of(const Plan& plan, const std::vector<std::size_t>& rows,
                      const std::vector<std::string>& classes) {
    const TableColumn& column = plan.columns[*plan.labels];
    ClassLabels found;
    if (classes.empty() && has_numbers(column) && are_labels(column.numbers, rows)) {
        std::transform(rows.begin(), rows.end(), std::back_inserter(found.labels),
                       [&](std::size_t i) { return static_cast<int>(column.numbers[i]); });
        return found;
    }
    found.names = classes.empty() ? sorted_classes(column, rows) : classes;
    const std::vector<std::string> words = has_numbers(column) ? as_numbers(found.names) : found.names;
    const std::vector<std::size_t> sorted = sorted_places(words);
    for (const std::size_t i : rows) {
        const std::string word = word_of(column, i);
        const auto place = only_place(words, sorted, word);
        if (!place.has_value()) {
            const bool several = std::find(words.begin(), words.end(), word) != words.end();
            plan.fail(i, *plan.labels,
                      several ? "one class of this number"
                              : "one of the " + std::to_string(classes.size()) + " classes",
                      quoted(word));
        }
        found.labels.push_back(static_cast<int>(*place));
    }
    return found;
}

// Names for a message.
std::string list_of(const std::vector<TableColumn>& columns) {
    constexpr std::size_t kMostNamed = 20;
    std::string text;
    for (std::size_t j = 0; j < std::min(columns.size(), kMostNamed); ++j) {
        text += (j == 0 ? "" : ", ") + quoted(columns[j].name);
    }
    return text + (columns.size() > kMostNamed ? ", ..." : "");
}

}  // namespace

std::vector<std::string> Table::names() const {
    std::vector<std::string> all;
    std::transform(columns_.begin(), columns_.end(), std::back_inserter(all),
                   [](const TableColumn& column) { return column.name; });
    return all;
}

std::size_t Table::index(const Column& column) const {
    const auto count = static_cast<long long>(cols());
    if (!column.named()) {
        const long long number = column.number() < 0 ? column.number() + count : column.number();
        if (number < 0 || number >= count) {
            throw IoError(path_ + ": expected a column from " + std::to_string(-count) + " to " +
                          std::to_string(count - 1) + ", found " + std::to_string(column.number()));
        }
        return static_cast<std::size_t>(number);
    }
    const auto same = [&](const TableColumn& each) { return each.name == column.name(); };
    const auto found = std::find_if(columns_.begin(), columns_.end(), same);
    if (found == columns_.end() || column.name().empty()) {
        const bool names = std::any_of(columns_.begin(), columns_.end(),
                                       [](const TableColumn& each) { return !each.name.empty(); });
        throw IoError(path_ + ": expected a column " + quoted(column.name()) + ", found " +
                      (names ? list_of(columns_)
                             : std::to_string(cols()) + " columns without names; choose by number"));
    }
    const auto again = std::find_if(found + 1, columns_.end(), same);
    if (again != columns_.end()) {
        throw IoError(path_ + ": expected one column " + quoted(column.name()) + ", found it above columns " +
                      std::to_string(found - columns_.begin() + 1) + " and " +
                      std::to_string(again - columns_.begin() + 1) + "; choose by number");
    }
    return static_cast<std::size_t>(found - columns_.begin());
}

bool Table::is_number(const Column& column) const {
    return has_numbers(columns_[index(column)]);
}

std::span<const double> Table::numbers(const Column& column) const {
    const std::size_t j = index(column);
    Plan{path_, columns_, lines_, {}, {}, {}}.check_numbers(j);
    return columns_[j].numbers;
}

template <class T>
Samples<T> Table::samples(const SampleColumns& columns) const {
    const core::FloatControlScope standard;
    Plan plan{path_, columns_, lines_, {}, {}, {}};
    choose(plan, *this, columns);
    const std::vector<std::size_t> rows = rows_of(plan, columns);
    Matrix<T> features = matrix_of<T>(plan, plan.features, rows, columns.fill);
    if (!plan.labels.has_value()) {
        return {std::move(features), matrix_of<T>(plan, plan.targets, rows, columns.fill)};
    }
    ClassLabels classes = labels_of(plan, rows, columns.classes);
    if (classes.names.empty()) {
        return {std::move(features), classes.labels};
    }
    return {std::move(features), classes.labels, std::move(classes.names)};
}

template <class T>
Matrix<T> Table::features(const SampleColumns& columns) const {
    const core::FloatControlScope standard;
    Plan plan{path_, columns_, lines_, {}, {}, {}};
    plan.targets = indices_of(*this, answers_in(*this, columns));
    choose_features(plan, *this, columns);
    plan.targets.clear();
    return matrix_of<T>(plan, plan.features, rows_of(plan, columns), columns.fill);
}

template Matrix<float> Table::features(const SampleColumns&) const;
template Matrix<double> Table::features(const SampleColumns&) const;
template Samples<float> Table::samples(const SampleColumns&) const;
template Samples<double> Table::samples(const SampleColumns&) const;

}  // namespace thalweg
