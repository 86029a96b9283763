// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Shape and overlap checks at the ops boundary. Each throws ShapeError with one line: what, expected, found.
#pragma once

#include <cstddef>
#include <string>

#include "thalweg/matrix.hpp"
#include "thalweg/tensor.hpp"

namespace thalweg::check {

// "3", and "-1" for what was a negative number before it became a size.
std::string size_text(std::size_t size);
// "[3,4]"
std::string shape_text(std::size_t rows, std::size_t cols);
std::string shape_text(const arrays::Layout& layout);
std::string shape_text(const arrays::Extents& extents);

// Throws "op: name must be [rows,cols], found [r,c]" unless the shapes agree.
void shape(const char* op, const char* name, std::size_t rows, std::size_t cols, std::size_t found_rows,
           std::size_t found_cols);

template <class T>
void shape(const char* op, const char* name, MatrixView<T> found, std::size_t rows, std::size_t cols) {
    shape(op, name, rows, cols, found.rows(), found.cols());
}

// Where a view lies in memory.
struct Region {
    const char* name;
    const void* data;
    std::size_t rows;
    std::size_t row_bytes;
    std::size_t ld_bytes;

    std::size_t span_bytes() const noexcept { return (rows - 1) * ld_bytes + row_bytes; }
};

template <class T>
Region region(const char* name, MatrixView<T> view) noexcept {
    return {name, view.data(), view.rows(), view.cols() * sizeof(T), view.ld() * sizeof(T)};
}

// Whether x and y share memory, except that kSame allows the very same view.
enum class Alias { kNone, kSame };
bool shares(const Region& x, const Region& y, Alias allowed) noexcept;
// Throws when they do.
void overlap(const char* op, const Region& x, const Region& y, Alias allowed);

template <class X, class Y>
void overlap(const char* op, const char* x_name, MatrixView<X> x, const char* y_name, MatrixView<Y> y,
             Alias allowed) {
    overlap(op, region(x_name, x), region(y_name, y), allowed);
}

// Throws unless every label is in [0, classes); names the first row that is not.
void labels(const char* op, const int* labels, std::size_t count, std::size_t rows, std::size_t classes);

}  // namespace thalweg::check
