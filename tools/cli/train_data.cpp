// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "train_data.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <span>
#include <utility>

#include "cli.hpp"
#include "hash.hpp"
#include "image_folders.hpp"
#include "io/posix.hpp"
#include "terminal.hpp"
#include "thalweg/error.hpp"
#include "thalweg/images.hpp"

namespace thalweg::cli {
namespace {

bool is_directory(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_directory(path, error);
}

// What cannot be asked for is not there, and whoever opens it says why.
bool exists(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

// Where rows are read at a time.
constexpr std::size_t kBlock = 4096;

template <class T>
std::uint64_t hash_part(std::uint64_t hash, const Samples<T>& part) {
    hash = mix(mix(mix(hash, part.size()), part.inputs()), part.outputs());
    for (std::size_t first = 0; first < part.size(); first += kBlock) {
        const std::size_t rows = std::min(kBlock, part.size() - first);
        Matrix<T> x(rows, part.inputs());
        Matrix<T> t(rows, part.outputs());
        part.gather(first, x, t);
        hash = mix(hash, std::span<const T>(x.data(), x.size()));
        hash = mix(hash, std::span<const T>(t.data(), t.size()));
    }
    return hash;
}

// id,name
std::vector<Column> columns_of(const std::string& words) {
    std::vector<Column> columns;
    for (std::size_t at = 0; !words.empty() && at <= words.size();) {
        const std::size_t end = std::min(words.find(',', at), words.size());
        if (end == at) {
            throw UsageError(
                "--without: expected names or numbers of columns with a comma between two, found " +
                in_quotes(words));
        }
        columns.push_back(column_of(words.substr(at, end - at)));
        at = end + 1;
    }
    return columns;
}

// The net will find its features by these names, if there are any, in other tables as well.
void check_names(const Table& table, const std::vector<std::string>& features, std::size_t inputs) {
    if (!features.empty() && features.size() != inputs) {
        throw IoError(table.path() + ": expected a name above each column or above none, found none above " +
                      std::to_string(inputs - features.size()) + " of the " + std::to_string(inputs) +
                      " features");
    }
    std::vector<std::string> names = table.names();
    std::sort(names.begin(), names.end());
    for (const std::string& name : features) {
        const auto [first, last] = std::equal_range(names.begin(), names.end(), name);
        if (last - first != 1) {
            table.index(name);  // says what is wrong
        }
    }
}

[[noreturn]] void fail_probability(const std::string& where, double found) {
    throw IoError(where + ": expected a number from 0 to 1 with --loss bce, found " + number_text(found));
}

// That answers are probabilities of a yes.
void check_yes_or_no(const Table& table, std::size_t column) {
    const std::span<const double> numbers = table.numbers(static_cast<int>(column));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        if (numbers[i] < 0.0 || numbers[i] > 1.0) {
            const std::string name = table.names()[column];
            fail_probability(table.path() + ": line " + std::to_string(table.line(i)) + ", column " +
                                 std::to_string(column + 1) +
                                 (name.empty() ? "" : " (" + escaped(name) + ")"),
                             numbers[i]);
        }
    }
}
template <class T>
void check_yes_or_no(const std::string& path, const Samples<T>& part) {
    const Matrix<T> targets = part.targets();
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto value = static_cast<double>(targets.data()[i]);
        if (value < 0.0 || value > 1.0) {
            fail_probability(path + ": row " + std::to_string(i / targets.cols()) + ", column " +
                                 std::to_string(i % targets.cols()) + " of the targets",
                             value);
        }
    }
}

// That rows are probabilities of the classes, give or take what a file's decimals leave out.
template <class T>
void check_distributions(const std::string& path, const Samples<T>& part) {
    constexpr double kLeftOut = 0.01;
    const Matrix<T> targets = part.targets();
    for (std::size_t i = 0; i < targets.rows(); ++i) {
        double sum = 0.0;
        double least = 0.0;
        for (std::size_t j = 0; j < targets.cols(); ++j) {
            const auto value = static_cast<double>(targets(i, j));
            sum += value;
            least = std::min(least, value);
        }
        if (least < 0.0 || !(std::fabs(sum - 1.0) <= kLeftOut)) {
            throw IoError(
                path + ": row " + std::to_string(i) +
                " of the targets: expected probabilities that sum to 1 with --loss softmax, found " +
                (least < 0.0 ? "one of " : "a sum of ") + number_text(least < 0.0 ? least : sum));
        }
    }
}

// "; --without date,name leaves out columns of words" if some that have names would be features.
std::string how_to_leave_out_words(const Table& table, const Column& target, const SampleColumns& columns,
                                   const std::string& without) {
    const std::vector<std::string> names = table.names();
    std::vector<bool> is_feature(names.size(), true);
    is_feature[table.index(target)] = false;
    for (const Column& left_out : columns.without) {
        is_feature[table.index(left_out)] = false;
    }
    std::string words = without;
    for (std::size_t i = 0; i < is_feature.size(); ++i) {
        if (is_feature[i] && !names[i].empty() && !table.is_number(static_cast<int>(i))) {
            words += (words.empty() ? "" : ",") + names[i];
        }
    }
    return words == without ? "" : "; --without " + escaped(words) + " leaves out columns of words";
}

template <class T>
Samples<T> samples_of(const Table& table, const Column& target, const SampleColumns& columns,
                      const std::string& without) {
    try {
        return table.samples<T>(columns);
    } catch (const IoError& error) {
        // A net from a file needs the features that it has.
        throw IoError(error.what() + (columns.features.empty()
                                          ? how_to_leave_out_words(table, target, columns, without)
                                          : ""));
    }
}

template <class T>
TrainData<T> from_table(const std::string& path, const DataOptions& options) {
    const Table table = load_csv(path, kTableFormat);
    const Column target = column_of(options.target);
    SampleColumns columns;
    if (options.targets) {
        columns.targets = {target};
        if (options.yes_or_no) {
            check_yes_or_no(table, table.index(target));
        }
    } else {
        columns.labels = target;
        columns.classes = options.classes;
    }
    for (const std::string& feature : options.features) {
        columns.features.emplace_back(feature);
    }
    columns.without = columns_of(options.without);
    TrainData<T> data;
    data.train = samples_of<T>(table, target, columns, options.without);
    data.features = options.features;
    std::vector<std::string> names = table.names();
    names[table.index(target)].clear();
    for (const Column& left_out : columns.without) {
        names[table.index(left_out)].clear();
    }
    if (options.features.empty()) {
        std::copy_if(names.begin(), names.end(), std::back_inserter(data.features),
                     [](const std::string& name) { return !name.empty(); });
    }
    if (!options.without.empty() && data.features.empty()) {
        throw UsageError("--without: expected a table with a name above each column, found none");
    }
    check_names(table, data.features, data.train.inputs());
    data.sorted = true;
    return data;
}

template <class T>
TrainData<T> from_folders(const std::string& path, const DataOptions& options) {
    ImageFolders folders = read_image_folders(path, options.classes);
    TrainData<T> data;
    data.train = Samples<T>(std::move(folders.train));
    data.test = folders.test.size() == 0 ? Samples<T>() : Samples<T>(std::move(folders.test));
    data.classes = std::move(folders.classes);
    data.sorted = true;
    return data;
}

std::string lower_end(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    std::string end = dot == std::string::npos ? "" : path.substr(dot);
    std::transform(end.begin(), end.end(), end.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return end;
}

}  // namespace

bool is_mnist(const std::string& data) {
    return data.empty() || (is_directory(data) && !has_image_folders(data)) ||
           (!is_directory(data) && !exists(data));
}

Column column_of(const std::string& word) {
    int number = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (word.empty()) {
        return -1;
    }
    return error == std::errc() && stop == word.data() + word.size() ? Column(number) : Column(word);
}

void check_columns(const std::string& data, const std::string& target, const std::string& without) {
    if (target.empty() && without.empty()) {
        return;
    }
    if (data.empty() || is_directory(data) || lower_end(data) == ".npz") {
        throw UsageError(std::string(target.empty() ? "--without" : "--target") +
                         ": expected a table (CSV) as --data, whose columns it names, found " +
                         (data.empty() ? "none" : data));
    }
}

TrainTest load_digits(const std::string& data) {
    if (data.empty()) {
        return synthetic_digits_train_test(kDigitsSeed);
    }
    struct posix::stat found = {};
    if (posix::stat(data.c_str(), &found) != 0) {
        throw IoError(data + ": expected a directory, a table (CSV) or an .npz file, found " +
                      posix::strerror(errno));
    }
    if (!may_have_mnist(data)) {
        throw IoError(data +
                      ": expected MNIST's four files, or a folder of images for each class, found neither");
    }
    return load_mnist(data);
}

template <class T>
TrainData<T> load_data(const std::string& data, const DataOptions& options) {
    TrainData<T> result;
    if (!is_mnist(data)) {
        if (is_directory(data)) {
            result = from_folders<T>(data, options);
        } else if (lower_end(data) == ".npz") {
            TrainTestSamples<T> parts = load_samples<T>(data);
            result.train = std::move(parts.train);
            result.test = std::move(parts.test);
            result.sorted = result.test.size() == 0;
            for (const Samples<T>* const part : {&result.train, &result.test}) {
                if (part->has_labels()) {
                    continue;
                }
                if (options.yes_or_no) {
                    check_yes_or_no(data, *part);
                } else if (!options.targets) {
                    check_distributions(data, *part);
                }
            }
        } else {
            result = from_table<T>(data, options);
        }
    } else {
        TrainTest digits = load_digits(data);
        result.train = Samples<T>(std::move(digits.train));
        result.test = Samples<T>(std::move(digits.test));
    }
    if (result.classes.empty()) {
        const auto names = result.train.class_names();
        result.classes.assign(names.begin(), names.end());
    }
    return result;
}

template <class T>
Samples<T> split_validation(TrainData<T>& data, const std::string& words) {
    if (words.empty()) {
        return {};
    }
    const std::size_t all = data.train.size();
    const double number = std::stod(words);
    const bool share = words.find('.') != std::string::npos;
    const auto rows =
        static_cast<std::size_t>(std::lround(share ? number * static_cast<double>(all) : number));
    if (rows < 1 || rows >= all) {
        throw UsageError("--validation: expected 1 to " + std::to_string(all - 1) + " of the " +
                         std::to_string(all) + " rows, found " +
                         (share ? words + ", which are " + std::to_string(rows) : words));
    }
    if (data.sorted) {
        Rng rng(kDigitsSeed);
        data.train = data.train.shuffled(rng);
    }
    TrainTestSamples<T> parts = data.train.split(rows);
    data.train = std::move(parts.train);
    return std::move(parts.test);
}

template <class T>
std::uint64_t data_hash(const TrainData<T>& data) {
    return hash_part(hash_part(0, data.train), data.test);
}

template TrainData<float> load_data(const std::string&, const DataOptions&);
template TrainData<double> load_data(const std::string&, const DataOptions&);
template Samples<float> split_validation(TrainData<float>&, const std::string&);
template Samples<double> split_validation(TrainData<double>&, const std::string&);
template std::uint64_t data_hash(const TrainData<float>&);
template std::uint64_t data_hash(const TrainData<double>&);

}  // namespace thalweg::cli
