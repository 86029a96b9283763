// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Samples from whatever a path leads to.
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/one_hot.hpp"
#include "io/input_file.hpp"
#include "io/message.hpp"
#include "io/npy_array.hpp"
#include "io/posix.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/tables.hpp"

namespace thalweg {
namespace {

// What an array says does not fit is the file's fault.
template <class Function>
auto blaming(const Npz& npz, const std::string& name, const Function& function) {
    try {
        return function();
    } catch (const ShapeError& error) {
        throw IoError(npz.path() + ": " + name + ": " + error.what());
    }
}

[[noreturn]] void fail(const Npz& npz, const std::string& name, const std::string& expected,
                       const std::string& found) {
    throw IoError(npz.path() + ": " + name + ": expected " + expected + ", found " + found);
}

[[noreturn]] void fail_without_arrays(const Npz& npz) {
    std::string names;
    for (const NpzMember& member : npz) {
        names += (names.empty() ? "" : ", ") + io::printable(member.name);
    }
    throw IoError(npz.path() + ": expected arrays x and t, or x_train and t_train, found " +
                  (names.empty() ? "none at all" : names));
}

// What belongs to the rows of x: labels, or else numbers.
template <class T>
struct Answers {
    bool labels_given = false;
    std::vector<std::int64_t> labels;
    std::size_t classes = 0;
    Matrix<T> numbers;
};

// One of the two parts of an archive.
template <class T>
struct ArchivePart {
    std::string x_name;
    std::string t_name;
    const NpyArray* x = nullptr;
    Answers<T> answers;

    std::size_t rows() const { return x->shape()[0]; }
    std::size_t inputs() const { return rows() == 0 ? 0 : x->size() / rows(); }
};

// The array, with a row for each entry of its first axis.
NpyArray in_rows(const NpyArray& array) {
    const std::size_t rows = array.shape()[0];
    return array.reshaped({rows, rows == 0 ? 0 : array.size() / rows});
}

template <class T>
Answers<T> read_answers(const Npz& npz, const std::string& name, std::size_t rows) {
    const NpyArray& t = npz.at(name);
    if (t.shape().empty() || t.shape()[0] != rows || t.size() == 0) {
        fail(npz, name, "labels or targets for " + std::to_string(rows) + " rows",
             "shape " + io::shape_text(t.shape()));
    }
    Answers<T> answers;
    const bool integers = t.dtype() != DType::kFloat32 && t.dtype() != DType::kFloat64;
    if (integers && t.size() == rows) {
        answers.labels_given = true;
        answers.labels = t.reshaped({rows}).template as<std::vector<std::int64_t>>();
        answers.classes =
            static_cast<std::size_t>(
                std::max(std::int64_t{0}, *std::max_element(answers.labels.begin(), answers.labels.end()))) +
            1;
        return answers;
    }
    answers.numbers = in_rows(t).template as<Matrix<T>>();
    std::vector<int> labels;
    if (answers.numbers.cols() > 1 &&
        core::labels_of_one_hot(std::as_const(answers.numbers).view(), labels)) {
        answers.labels_given = true;
        answers.labels.assign(labels.begin(), labels.end());
        answers.classes = answers.numbers.cols();
    }
    return answers;
}

template <class T>
ArchivePart<T> read_part(const Npz& npz, const std::string& ending) {
    ArchivePart<T> part;
    part.x_name = "x" + ending;
    part.t_name =
        (npz.find("t" + ending) == nullptr && npz.find("y" + ending) != nullptr ? "y" : "t") + ending;
    part.x = &npz.at(part.x_name);
    if (part.x->shape().empty() || part.x->size() == 0) {
        fail(npz, part.x_name, "at least one row of at least one number",
             "shape " + io::shape_text(part.x->shape()));
    }
    part.answers = blaming(npz, part.t_name, [&] { return read_answers<T>(npz, part.t_name, part.rows()); });
    return part;
}

// All images, with labels of their own where they have such, else with zeros.
template <class T>
Dataset images_of(const ArchivePart<T>& part, bool labelled, std::size_t classes) {
    const std::vector<std::size_t>& shape = part.x->shape();
    std::vector<std::uint8_t> labels(part.rows());
    if (labelled) {
        std::transform(part.answers.labels.begin(), part.answers.labels.end(), labels.begin(),
                       [](std::int64_t label) { return static_cast<std::uint8_t>(label); });
    }
    const auto bytes = part.x->bytes();
    return {shape[1], part.inputs() / shape[1], {bytes.begin(), bytes.end()}, std::move(labels), classes};
}

template <class T>
Samples<T> samples_of(const Npz& npz, const ArchivePart<T>& part, std::size_t classes) {
    constexpr std::size_t kMostClassesOfImages = 256;
    const bool pixels = part.x->dtype() == DType::kUint8 && part.x->shape().size() > 1;
    const std::vector<std::int64_t>& labels = part.answers.labels;
    const bool bytes_suffice =
        part.answers.labels_given && classes <= kMostClassesOfImages &&
        std::all_of(labels.begin(), labels.end(), [](std::int64_t label) { return label >= 0; });
    if (pixels && bytes_suffice) {
        return images_of(part, true, classes);
    }
    Matrix<T> features = blaming(npz, part.x_name, [&] {
        return pixels ? images_of(part, false, 1).template images<T>()
                      : in_rows(*part.x).template as<Matrix<T>>();
    });
    return blaming(npz, part.x_name + ", " + part.t_name, [&] {
        return part.answers.labels_given ? Samples<T>(std::move(features), labels, classes)
                                         : Samples<T>(std::move(features), part.answers.numbers);
    });
}

// What rows have. Bytes of an array with one axis are numbers, and of more axes pixels.
template <class T>
std::string rows_text(const ArchivePart<T>& part) {
    return std::to_string(part.inputs()) + " " + std::string(name(part.x->dtype())) +
           (part.x->dtype() == DType::kUint8 && part.x->shape().size() == 1 ? " in one axis" : "");
}

// Targets may be one-hot by chance: where those of the other part are not, both are numbers.
template <class T>
void agree(Answers<T>& one, Answers<T>& other) {
    if (one.labels_given != other.labels_given && one.numbers.cols() == other.numbers.cols()) {
        one.labels_given = false;
        other.labels_given = false;
    }
}

template <class T>
TrainTestSamples<T> from_npz(const std::string& path) {
    const Npz npz = load_npz(path);
    const bool one = npz.find("x_train") == nullptr && npz.find("x") != nullptr;
    if (!one && npz.find("x_train") == nullptr) {
        fail_without_arrays(npz);
    }
    ArchivePart<T> train = read_part<T>(npz, one ? "" : "_train");
    if (one || npz.find("x_test") == nullptr) {
        return {samples_of(npz, train, train.answers.classes), {}};
    }
    ArchivePart<T> test = read_part<T>(npz, "_test");
    if (rows_text(test) != rows_text(train)) {
        fail(npz, test.x_name, "rows of " + rows_text(train) + ", as in " + train.x_name, rows_text(test));
    }
    agree(train.answers, test.answers);
    const std::size_t outputs = train.answers.numbers.cols();
    if (test.answers.labels_given != train.answers.labels_given ||
        (!train.answers.labels_given && test.answers.numbers.cols() != outputs)) {
        fail(npz, test.t_name, "what " + train.t_name + " has, labels or the same number of targets",
             "something else");
    }
    const std::size_t classes = std::max(train.answers.classes, test.answers.classes);
    return {samples_of(npz, train, classes), samples_of(npz, test, classes)};
}

enum class PathKind { kDirectory, kArchive, kArray, kTable };

// A pipe cannot be looked into: what comes out of it is a table.
PathKind path_kind(const std::string& path) {
    struct posix::stat found = {};
    if (posix::stat(path.c_str(), &found) != 0 || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode))) {
        return PathKind::kTable;
    }
    if (S_ISDIR(found.st_mode)) {
        return PathKind::kDirectory;
    }
    const io::InputFile file(path);
    std::array<std::uint8_t, 6> start{};
    file.read(0, std::span(start).first(std::min<std::uint64_t>(start.size(), file.size())));
    const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
    return text.starts_with("PK") && start[2] < '\t' ? PathKind::kArchive
           : text == "\x93NUMPY"                     ? PathKind::kArray
                                                     : PathKind::kTable;
}

}  // namespace

template <class T>
TrainTestSamples<T> load_samples(const std::string& path, const SampleColumns& columns,
                                 const CsvOptions& csv) {
    switch (path_kind(path)) {
        case PathKind::kDirectory: {
            const TrainTest mnist = load_mnist(path);
            return {mnist.train, mnist.test};
        }
        case PathKind::kArchive:
            return from_npz<T>(path);
        case PathKind::kArray:
            throw IoError(path + ": expected an .npz with x and t, found one array (.npy), without labels");
        case PathKind::kTable:
            break;
    }
    return {load_csv(path, csv).samples<T>(columns), {}};
}

template TrainTestSamples<float> load_samples(const std::string&, const SampleColumns&, const CsvOptions&);
template TrainTestSamples<double> load_samples(const std::string&, const SampleColumns&, const CsvOptions&);

}  // namespace thalweg
