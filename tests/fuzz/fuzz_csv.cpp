// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// CSV: the first byte chooses options, the rest is the file. What was read is written, with every cell in
// quotes and other line ends, and must read back the same; samples are made of all columns that there are.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "data/csv.hpp"
#include "fuzz.hpp"
#include "thalweg/error.hpp"
#include "thalweg/tables.hpp"

namespace {

using namespace thalweg;

constexpr char kSeparators[] = {',', ';', '\t', '|', ' '};

std::string in_quotes(std::string_view text) {
    std::string quoted = "\"";
    for (const char letter : text) {
        quoted += letter == '"' ? "\"\"" : std::string(1, letter);
    }
    return quoted + "\"";
}

// The rows as cells in quotes, but for missing ones.
std::string written_again(std::string_view text, char separator) {
    const std::string name = "again";
    data::CsvReader reader(text, separator, name);
    std::vector<data::CsvCell> row;
    std::string out;
    std::string keep;
    while (reader.next(row)) {
        for (std::size_t j = 0; j < row.size(); ++j) {
            out += j == 0 ? "" : std::string(1, separator);
            out += row[j].missing() && !row[j].text.empty() ? std::string(row[j].text)
                                                            : in_quotes(row[j].plain(keep));
        }
        out += "\r\n";
    }
    return out;
}

bool same_numbers(std::span<const double> a, std::span<const double> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
        return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y) ||
               (std::isnan(x) && std::isnan(y));
    });
}

void compare(const Table& a, const Table& b) {
    fuzz::require(a.rows() == b.rows() && a.names() == b.names(), "what is written reads back the same");
    for (std::size_t j = 0; j < a.cols(); ++j) {
        const Column column(static_cast<int>(j));
        fuzz::require(a.is_number(column) == b.is_number(column), "numbers stay numbers");
        if (a.is_number(column)) {
            fuzz::require(same_numbers(a.numbers(column), b.numbers(column)), "numbers stay the same");
        } else {
            fuzz::require(!fuzz::reads([&] { static_cast<void>(a.numbers(column)); }),
                          "words are no numbers");
        }
    }
}

// Rejected or not: what comes out fits the table.
template <class T>
void use(const Table& table, const SampleColumns& columns) {
    fuzz::reads([&] {
        const Samples<T> samples = table.samples<T>(columns);
        fuzz::require(samples.size() <= table.rows() && samples.size() > 0,
                      "no more rows than the table has");
        fuzz::require(samples.has_labels() == columns.labels.has_value(), "labels where they were asked for");
        fuzz::require(samples.inputs() + 1 == table.cols(), "all other columns are features");
        const Matrix<T> x = samples.features();
        fuzz::require(
            std::all_of(x.data(), x.data() + x.size(), [](T value) { return std::isfinite(value); }),
            "features are finite");
        if (samples.has_labels()) {
            for (const int label : samples.labels()) {
                fuzz::require(label >= 0 && static_cast<std::size_t>(label) < samples.classes(),
                              "labels fit");
            }
            fuzz::require(samples.class_names().empty() || samples.class_names().size() == samples.classes(),
                          "a name for each class");
        }
    });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    fuzz::Cursor cursor(std::span(bytes, size));
    const std::uint8_t how = cursor.byte();
    const CsvOptions options = {.separator = kSeparators[how % std::size(kSeparators)],
                                .header = static_cast<Header>(how / 8 % 3)};
    const fuzz::Bytes rest = cursor.take(size);
    const std::string text(rest.begin(), rest.end());
    Table table;
    if (!fuzz::reads([&] { table = load_csv(std::span(text), "memory", options); })) {
        return 0;
    }
    static fuzz::MemoryFile file;
    file.write(rest);
    const bool in_file = fuzz::reads([&] { compare(table, load_csv(file.path(), options)); });
    fuzz::require(in_file || (rest.size() > 1 && rest[0] == 0x1f && rest[1] == 0x8b),
                  "in a file as in memory");
    const std::string again = written_again(text, options.separator);
    const CsvOptions as_found = {.separator = options.separator, .header = options.header};
    fuzz::require(fuzz::reads([&] { compare(table, load_csv(std::span(again), "again", as_found)); }),
                  "what is written can be read");
    const Missing missing = static_cast<Missing>(how / 32 % 3);
    use<float>(table, {.labels = 0, .missing = missing});
    use<double>(table, {.targets = {-1}, .missing = missing});
    return 0;
}
