// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net from a file, with what the command has written beside it: how features become inputs, what the
// classes are called.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "thalweg/checkpoint.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/scaling.hpp"

namespace thalweg::cli {

// Whether all parameters are float32: then the net computes in float.
bool is_float(const Npz& file);

template <class T>
struct Model {
    // throws   IoError for a file that is no net, or contradicts itself; UsageError for a net without inputs
    //          or outputs
    explicit Model(const Npz& file);

    // What the net answers to features as files have them, in the units of the answers there.
    Matrix<T> predict(const Matrix<T>& x) const;
    // Rows as the net was shown its own.
    Samples<T> standardized(const Samples<T>& rows) const;

    Net<T> net;
    std::optional<Scaling<T>> scaling;
    std::optional<Scaling<T>> answers;  // of numbers to predict
    std::vector<std::string> features;  // names of a table's columns
    std::vector<std::string> classes;   // names in the order of the labels
    std::string target;                 // the column of the answers; empty: the last
    std::string data;                   // what it was trained on
};

// The feature columns of a table for the net: those that it was trained on, by name; else all, or all but the
// column of the answers.
template <class T>
Matrix<T> table_rows(const std::string& path, const Model<T>& model);

}  // namespace thalweg::cli
