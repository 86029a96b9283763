// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The messages of ShapeError, and what counts as overlap.
#include "core/shape_check.hpp"

#include <cstdint>

namespace thalweg::check {

std::string size_text(std::size_t size) {
    const auto negative = static_cast<std::ptrdiff_t>(size);
    return negative < 0 ? std::to_string(negative) : std::to_string(size);
}

std::string shape_text(std::size_t rows, std::size_t cols) {
    return "[" + size_text(rows) + "," + size_text(cols) + "]";
}

std::string shape_text(const arrays::Layout& layout) {
    std::string text = "[";
    for (std::size_t i = 0; i < layout.rank; ++i) {
        text += (i == 0 ? "" : ",") + size_text(layout.extents[i]);
    }
    return text + "]";
}

std::string shape_text(const arrays::Extents& extents) {
    std::string text = "[";
    for (std::size_t i = extents.rank; i-- > 0;) {
        text += size_text(extents.of[i]) + (i == 0 ? "" : ",");
    }
    return text + "]";
}

void shape(const char* op, const char* name, std::size_t rows, std::size_t cols, std::size_t found_rows,
           std::size_t found_cols) {
    if (rows != found_rows || cols != found_cols) {
        throw ShapeError(std::string(op) + ": " + name + " must be " + shape_text(rows, cols) + ", found " +
                         shape_text(found_rows, found_cols));
    }
}

bool shares(const Region& x, const Region& y, Alias allowed) noexcept {
    const bool empty = x.rows == 0 || x.row_bytes == 0 || y.rows == 0 || y.row_bytes == 0;
    const auto x_first = reinterpret_cast<std::uintptr_t>(x.data);
    const auto y_first = reinterpret_cast<std::uintptr_t>(y.data);
    const bool apart = empty || x_first + x.span_bytes() <= y_first || y_first + y.span_bytes() <= x_first;
    if (apart) {
        return false;
    }
    const bool same_rows = x.ld_bytes == y.ld_bytes || (x.rows == 1 && y.rows == 1);
    if (allowed == Alias::kSame && x_first == y_first && same_rows) {
        return false;
    }
    // Column blocks of one matrix interleave without touching: same distance between rows, different columns.
    if (x.ld_bytes == y.ld_bytes && x.ld_bytes != 0) {
        const std::size_t ld = x.ld_bytes;
        const std::size_t shift =
            x_first < y_first ? (y_first - x_first) % ld : ld - (x_first - y_first) % ld;
        if (shift >= x.row_bytes && shift + y.row_bytes <= ld) {
            return false;
        }
    }
    return true;
}

void overlap(const char* op, const Region& x, const Region& y, Alias allowed) {
    if (!shares(x, y, allowed)) {
        return;
    }
    throw ShapeError(std::string(op) + ": " + x.name + " and " + y.name + " must not share memory" +
                     (allowed == Alias::kSame ? " unless they are the same view" : "") +
                     "; found overlapping views");
}

void labels(const char* op, const int* labels, std::size_t count, std::size_t rows, std::size_t classes) {
    if (count != rows) {
        throw ShapeError(std::string(op) + ": expected " + std::to_string(rows) +
                         " labels, one a row, found " + std::to_string(count));
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= classes) {
            throw ShapeError(std::string(op) + ": the label of row " + std::to_string(i) +
                             (classes == 0 ? " must be below 0, the number of classes"
                                           : " must be from 0 to " + std::to_string(classes - 1)) +
                             ", found " + std::to_string(labels[i]));
        }
    }
}

}  // namespace thalweg::check
