// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrices and gapped views of chosen numbers, and their elements as plain vectors.
#pragma once

#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/compare.hpp"
#include "support/inputs.hpp"
#include "thalweg/array.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::test {

template <class T>
Matrix<T> matrix(std::size_t rows, std::size_t cols, Kind kind = Kind::kNormal, std::uint64_t salt = 1) {
    Matrix<T> m(rows, cols);
    fill(m.data(), m.size(), kind, salt);
    return m;
}

template <class T>
std::vector<std::remove_const_t<T>> elements(MatrixView<T> view) {
    std::vector<std::remove_const_t<T>> values;
    for (std::size_t i = 0; i < view.rows(); ++i) {
        values.insert(values.end(), view.data() + i * view.ld(), view.data() + i * view.ld() + view.cols());
    }
    return values;
}

template <class T>
std::vector<T> elements(const Matrix<T>& m) {
    return elements(m.view());
}

template <class T>
std::vector<T> elements(Expression<T>&& expression) {
    return elements(std::move(expression).eval());
}

template <class T>
Matrix<T> transposed(const Matrix<T>& m) {
    Matrix<T> result(m.cols(), m.rows());
    for (std::size_t i = 0; i < m.rows(); ++i) {
        for (std::size_t j = 0; j < m.cols(); ++j) {
            result(j, i) = m(i, j);
        }
    }
    return result;
}

// A matrix inside a larger one: columns before and after hold NaN, which nothing may read into a result or
// change.
template <class T>
class Gapped {
public:
    Gapped(std::size_t rows, std::size_t cols)
        : around_(rows, cols + kBefore + kAfter, std::numeric_limits<T>::quiet_NaN()), cols_(cols) {
        copy(Matrix<T>(rows, cols));
    }
    explicit Gapped(const Matrix<T>& m) : Gapped(m.rows(), m.cols()) { copy(m); }

    MatrixView<T> view() { return around_.cols(kBefore, kBefore + cols_); }

    bool gaps_untouched() const {
        for (std::size_t i = 0; i < around_.rows(); ++i) {
            for (std::size_t j = 0; j < around_.cols(); ++j) {
                const bool gap = j < kBefore || j >= kBefore + cols_;
                if (gap && bits(around_(i, j)) != bits(std::numeric_limits<T>::quiet_NaN())) {
                    return false;
                }
            }
        }
        return true;
    }

private:
    static constexpr std::size_t kBefore = 3;
    static constexpr std::size_t kAfter = 2;

    void copy(const Matrix<T>& m) {
        for (std::size_t i = 0; i < m.rows(); ++i) {
            for (std::size_t j = 0; j < m.cols(); ++j) {
                around_(i, kBefore + j) = m(i, j);
            }
        }
    }

    Matrix<T> around_;
    std::size_t cols_;
};

}  // namespace thalweg::test
