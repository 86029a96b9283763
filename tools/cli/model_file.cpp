// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "model_file.hpp"

#include <algorithm>
#include <utility>

#include "cli.hpp"
#include "net_checkpoint.hpp"
#include "thalweg/error.hpp"
#include "thalweg/tables.hpp"
#include "train_data.hpp"

namespace thalweg::cli {
namespace {

template <class T>
Net<T> open_net(const Npz& file) {
    Net<T> net = load_net<T>(file);
    if (net.input_size() == 0 || net.output_size() == 0) {
        throw UsageError("--model: expected a net with inputs and outputs, found " +
                         std::to_string(net.input_size()) + " inputs and " +
                         std::to_string(net.output_size()) + " outputs in " + in_quotes(file.path()));
    }
    return net;
}

void check_count(const Npz& file, const char* member, std::size_t expected, std::size_t found) {
    if (found != 0 && found != expected) {
        throw IoError(file.path() + ": " + member + ": expected " + std::to_string(expected) + ", found " +
                      std::to_string(found));
    }
}

std::string text_in(const Npz& file, const char* member) {
    return file.find(member) == nullptr ? "" : file.as<std::string>(member);
}

template <class T>
std::optional<Scaling<T>> scaling_in(const Npz& file, const std::string& of, std::size_t size) {
    const std::string mean = of + "_mean";
    const std::string deviation = of + "_deviation";
    if (file.find(mean) == nullptr) {
        return std::nullopt;
    }
    Scaling<T> scaling(file.as<Matrix<T>>(mean), file.as<Matrix<T>>(deviation));
    check_count(file, mean.c_str(), size, scaling.mean.size());
    check_numbers(file, mean, scaling.mean, std::nullopt);
    check_numbers(file, deviation, scaling.deviation, Lowest::kAboveZero);
    return scaling;
}

}  // namespace

bool is_float(const Npz& file) {
    return std::all_of(file.begin(), file.end(), [](const NpzMember& member) {
        const std::string name = member.name.substr(member.name.starts_with("net_") ? 4 : 0);
        const bool parameter = name.starts_with("W") || name.starts_with("b");
        const bool digits = name.size() > 1 && name.find_first_not_of("0123456789", 1) == std::string::npos;
        return !parameter || !digits || member.array.dtype() == DType::kFloat32;
    });
}

template <class T>
Model<T>::Model(const Npz& file)
    : net(open_net<T>(file)),
      features(lines_of(file, "features")),
      classes(lines_of(file, "classes")),
      target(text_in(file, "train_target")),
      data(text_in(file, "train_data")) {
    check_count(file, "features", net.input_size(), features.size());
    check_count(file, "classes", net.output_size(), classes.size());
    scaling = scaling_in<T>(file, "feature", net.input_size());
    answers = scaling_in<T>(file, "target", net.output_size());
    for (std::size_t i = 0; i < net.running.layers.size(); ++i) {
        check_numbers(file, "running_var" + std::to_string(i + 1), net.running.layers[i].variance,
                      Lowest::kZero);
    }
}

template <class T>
Matrix<T> Model<T>::predict(const Matrix<T>& x) const {
    Matrix<T> y = net.predict(scaling.has_value() ? scaling->apply(x) : x);
    return answers.has_value() ? answers->undo(y) : y;
}

template <class T>
Samples<T> Model<T>::standardized(const Samples<T>& rows) const {
    if (answers.has_value()) {
        const Matrix<T> x = rows.features();
        return {scaling.has_value() ? scaling->apply(x) : x, answers->apply(rows.targets())};
    }
    return scaling.has_value() ? scaling->apply(rows) : rows;
}

template <class T>
Matrix<T> table_rows(const std::string& path, const Model<T>& model) {
    const Table table = load_csv(path, kTableFormat);
    const std::size_t inputs = model.net.input_size();
    std::vector<Column> columns(model.features.begin(), model.features.end());
    if (columns.empty()) {
        if (table.cols() != inputs && table.cols() != inputs + 1) {
            throw IoError(path + ": expected " + std::to_string(inputs) +
                          " columns, the net's inputs, or one more for the answers, found " +
                          std::to_string(table.cols()));
        }
        const std::size_t answers = table.cols() == inputs ? inputs : table.index(column_of(model.target));
        for (std::size_t i = 0; i < table.cols(); ++i) {
            if (i != answers) {
                columns.emplace_back(static_cast<int>(i));
            }
        }
    }
    return table.features<T>({.features = columns});
}

template struct Model<float>;
template struct Model<double>;
template Matrix<float> table_rows(const std::string&, const Model<float>&);
template Matrix<double> table_rows(const std::string&, const Model<double>&);

}  // namespace thalweg::cli
