// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Data from files: tables of numbers and words (CSV), and samples from whatever file holds them. What is
// read, and within which limits, is in docs/files.md.
//
// Common to all:
// error    a number is rounded to the nearest double, whatever the locale, and from there to Element
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/table.hpp"
#include "thalweg/images.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/samples.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Which column of a table: its name, or its number, counted from 0; -1 is the last. Made implicitly.
class Column {
public:
    // NOLINTBEGIN(google-explicit-constructor): a column is a parameter type
    /// Takes a name.
    Column(std::string name) : name_(std::move(name)), named_(true) {}
    Column(std::string_view name) : Column(std::string(name)) {}
    Column(const char* name) : Column(std::string(name)) {}
    /// Takes a number.
    Column(int number) : name_(), number_(number) {}
    // NOLINTEND(google-explicit-constructor)

    /// Tells whether it is chosen by name.
    bool named() const noexcept { return named_; }
    /// Returns the name; empty for a number.
    const std::string& name() const noexcept { return name_; }
    /// Returns the number; 0 for a name.
    int number() const noexcept { return number_; }

private:
    std::string name_;
    int number_ = 0;
    bool named_ = false;
};

/// Whether a table begins with the names of its columns.
enum class Header {
    kDetect,    ///< it does where no cell of the first row is a number
    kFirstRow,  ///< it does
    kNone,      ///< it does not
};

/// How a CSV file is written.
struct CsvOptions {
    /// What stands between cells. '\0': the one of comma, semicolon and tab that the first row has most of.
    char separator = ',';
    Header header = Header::kDetect;  ///< whether the first row has names
};

/// What becomes of rows in which a chosen cell is missing.
enum class Missing {
    kReject,  ///< an error, with line and column
    kSkip,    ///< they are left out
    kFill,    ///< features and targets get SampleColumns::fill; a missing label is an error
};

/// What to make of a table's columns.
struct SampleColumns {
    /// The class of each row. Whole numbers from 0 on are labels as they are. Other words or numbers become
    /// labels 0, 1, ... in sorted order, and stay as Samples::class_names().
    std::optional<Column> labels = {};
    /// The numbers to predict, in place of labels.
    std::vector<Column> targets = {};
    /// What to predict from, in this order; all other columns where it is empty.
    std::vector<Column> features = {};
    /// Columns that are no features, such as row numbers.
    std::vector<Column> without = {};
    /// The classes in the order of their labels, for a second file that must agree with the first.
    std::vector<std::string> classes = {};
    /// What to do about missing cells.
    Missing missing = Missing::kReject;
    /// The number for Missing::kFill.
    double fill = 0.0;
};

/// A table as it stood in a file. A column has numbers, if every cell that is not missing is one, else words.
class Table {
public:
    /// Makes a table without rows.
    Table() = default;

    /// Returns the path of the file.
    const std::string& path() const noexcept { return path_; }
    /// Returns the number of rows, the header not counted.
    std::size_t rows() const noexcept { return lines_.size(); }
    /// Returns the line of the file on which a row begins, counted from 1.
    /// range    row < rows(), not checked
    std::size_t line(std::size_t row) const noexcept { return lines_[row]; }
    /// Returns the number of columns.
    std::size_t cols() const noexcept { return columns_.size(); }
    /// Returns the names of all columns; empty ones without a header.
    std::vector<std::string> names() const;
    /// Returns the number of a column, counted from 0.
    /// throws   IoError with the columns that there are, also when several have that name
    std::size_t index(const Column& column) const;
    /// Tells whether a column has numbers.
    /// throws   as index()
    bool is_number(const Column& column) const;
    /// Returns the numbers of a column, NaN where one is missing.
    /// shape    rows()
    /// throws   IoError with line and column for a cell that is no number, and as index()
    std::span<const double> numbers(const Column& column) const;

    /// Makes samples of the columns.
    ///
    ///     const std::string text = "height,width,kind\n5.1,3.5,cat\n4.7,3.2,dog\n6.3,,cat\n";
    ///     const Table table = load_csv(std::span(text), "animals.csv");
    ///     const auto animals = table.samples<float>({.labels = "kind", .missing = Missing::kSkip});
    ///     animals.size();             // 2
    ///     animals.class_names()[1];   // "dog"
    ///
    /// shape    at least one row and one feature; every feature and target a number
    /// throws   IoError with path, line and column; std::invalid_argument without labels and targets, with
    ///          both, or for a column that is chosen twice
    template <class Element>
    Samples<Element> samples(const SampleColumns& columns) const;
    /// Makes a matrix of the features alone, to predict from, by the columns that made the samples. The
    /// answers need not be there; where labels or targets are, they are left out.
    ///
    ///     const std::string text = "height,width,name\n5.1,3.5,tom\n4.7,3.2,rex\n";
    ///     const SampleColumns columns = {.labels = "kind", .features = {"width", "height"}};
    ///     const Matrix<float> x = load_csv(std::span(text), "new.csv").features<float>(columns);
    ///     x.cols();  // 2
    ///
    /// shape    as samples()
    /// throws   IoError as samples(): only an answer that is chosen by its name may be missing
    template <class Element>
    Matrix<Element> features(const SampleColumns& columns = {}) const;

private:
    friend Table load_csv(std::span<const char> text, const std::string& name, const CsvOptions& options);

    std::string path_;
    std::vector<detail::TableColumn> columns_;
    std::vector<std::size_t> lines_;  // on which each row begins
};

// In the library.
extern template Matrix<float> Table::features(const SampleColumns&) const;
extern template Matrix<double> Table::features(const SampleColumns&) const;
extern template Samples<float> Table::samples(const SampleColumns&) const;
extern template Samples<double> Table::samples(const SampleColumns&) const;

/// Reads a CSV file, plain or gzip: cells in quotes with separators, line ends and doubled quotes in them,
/// any line ends, a byte order mark. Blank lines are skipped. Memory follows what the file holds. A pipe is
/// read to its end.
/// throws   IoError with path, line, column, expected and found; lines and columns count from 1, as editors
///          count them. std::invalid_argument for a separator that may be part of a number or of a quote
Table load_csv(const std::string& path, const CsvOptions& options = {});
/// The same from text in memory; messages begin with the name.
/// shape    text: the whole file
Table load_csv(std::span<const char> text, const std::string& name, const CsvOptions& options = {});

/// Reads samples to train and, where the file has them, to test with. By its content the path is
///   a directory: MNIST's four files
///   an .npz: x and t; or x_train, t_train, x_test, t_test; y for t as in Keras's mnist.npz
///   else a CSV file, of which columns must say where labels or targets are; the test part is empty
/// In an .npz, x of uint8 with two or more axes are pixels; other x are numbers. An integer for each row in t
/// is a label, and so is a row of zeros with a one; other t are targets.
///
///     const Matrix<float> x{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
///     save_npz("xor.npz", {{"x", x}, {"t", std::vector<int>{0, 1, 1, 0}}});
///     load_samples<float>("xor.npz").train.classes();  // 2
///
/// shape    x: [n, ...], flattened to [n,inputs]   t: (n,), (n,1) or (n,outputs)
/// throws   IoError with path, what was expected and found
template <class Element>
TrainTestSamples<Element> load_samples(const std::string& path, const SampleColumns& columns = {},
                                       const CsvOptions& csv = {});

// In the library.
extern template TrainTestSamples<float> load_samples(const std::string&, const SampleColumns&,
                                                     const CsvOptions&);
extern template TrainTestSamples<double> load_samples(const std::string&, const SampleColumns&,
                                                      const CsvOptions&);

}  // namespace thalweg
THALWEG_END_PUBLIC
