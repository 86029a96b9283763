// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/files/members.hpp"

#include <algorithm>
#include <cmath>

#include "differentiate/text.hpp"
#include "thalweg/error.hpp"

namespace thalweg::nn {
namespace {

std::string shape_text(std::size_t rows, std::size_t cols) {
    return "(" + std::to_string(rows) + ", " + std::to_string(cols) + ")";
}

// Printable and short, whatever a file holds.
std::string shown(std::string text) {
    constexpr std::size_t kMost = 60;
    const bool cut = text.size() > kMost;
    text.resize(std::min(text.size(), kMost));
    std::replace_if(
        text.begin(), text.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
    return "\"" + text + (cut ? "...\"" : "\"");
}

}  // namespace

void fail(const Npz& file, std::string_view member, const std::string& expected, const std::string& found) {
    throw IoError(file.path() + ": " + std::string(member) + ": expected " + expected + ", found " + found);
}

std::uint64_t whole_number(const Npz& file, const char* member, std::uint64_t highest) {
    const auto value = file.as<std::uint64_t>(member);
    if (value > highest) {
        fail(file, member, "0 to " + std::to_string(highest), std::to_string(value));
    }
    return value;
}

double finite_number(const Npz& file, const char* member) {
    const auto value = file.as<double>(member);
    if (!std::isfinite(value) || value < 0.0) {
        fail(file, member, "a finite number not below 0", detail::number_text(value));
    }
    return value;
}

std::size_t word(const Npz& file, const char* member, std::span<const std::string_view> words) {
    const auto text = file.as<std::string>(member);
    const auto found = std::find(words.begin(), words.end(), text);
    if (found == words.end()) {
        std::string list;
        for (const std::string_view each : words) {
            list += (list.empty() ? "" : each == words.back() ? " or " : ", ") + std::string(each);
        }
        fail(file, member, list, shown(text));
    }
    return static_cast<std::size_t>(found - words.begin());
}

template <class T>
Matrix<T> matrix_of(const Npz& file, const std::string& member, std::size_t rows, std::size_t cols) {
    const DType found = file.at(member).dtype();
    if (found != detail::dtype_of<T>()) {
        fail(file, member, std::string(name(detail::dtype_of<T>())), std::string(name(found)));
    }
    auto matrix = file.as<Matrix<T>>(member);
    if (matrix.rows() != rows || matrix.cols() != cols) {
        fail(file, member, shape_text(rows, cols), shape_text(matrix.rows(), matrix.cols()));
    }
    return matrix;
}

template Matrix<float> matrix_of(const Npz&, const std::string&, std::size_t, std::size_t);
template Matrix<double> matrix_of(const Npz&, const std::string&, std::size_t, std::size_t);

}  // namespace thalweg::nn
