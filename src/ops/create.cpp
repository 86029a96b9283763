// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrices made of numbers: ranges, diagonals, one-hot rows. Lengths are checked as doubles, before they
// become sizes.
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "core/float_control.hpp"
#include "core/indices.hpp"
#include "thalweg/shape.hpp"

namespace thalweg::detail {
namespace {

using core::fenced;

std::string number(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// NumPy's rule: ceil((stop - start) / step), rounded three times. A quotient that underflowed is one step or
// none.
std::size_t length_of(double start, double stop, double step, std::size_t element_bytes) {
    if (step == 0.0) {
        throw std::invalid_argument("arange: step must not be 0, from " + number(start) + " to " +
                                    number(stop));
    }
    const double distance = stop - start;
    const double quotient = distance / step;
    const double length =
        quotient == 0.0 && distance != 0.0 && !std::signbit(quotient) ? 1.0 : std::ceil(quotient);
    const auto most = static_cast<double>(std::numeric_limits<std::size_t>::max() / 2 / element_bytes);
    if (!(length < most) || std::isinf(length)) {  // nor NaN
        throw std::invalid_argument("arange: expected a length that memory can hold, found " +
                                    number(length) + ", from " + number(start) + " to " + number(stop) +
                                    " in steps of " + number(step));
    }
    return length > 0.0 ? static_cast<std::size_t>(length) : 0;
}

// NumPy computes the first two elements in double, and all others from these in the type of the elements.
template <class T>
void count_up(double start_, double stop, double step_, Matrix<T>& out) {
    const core::FloatControlScope standard;
    const double start = fenced(start_);
    const double step = fenced(step_);
    out = Matrix<T>(1, length_of(start, fenced(stop), step, sizeof(T)), Uninitialized{});
    const T first = static_cast<T>(start);
    const T delta = static_cast<T>(start + step) - first;
    for (std::size_t i = 2; i < out.size(); ++i) {
        out.data()[i] = first + static_cast<T>(i) * delta;
    }
    if (!out.empty()) {
        out.data()[0] = first;
    }
    if (out.size() > 1) {
        out.data()[1] = static_cast<T>(start + step);
    }
}

template <class T>
void divide(double start_, double stop_, std::size_t count, Matrix<T>& out) {
    const core::FloatControlScope standard;
    const double start = fenced(start_);
    const double stop = fenced(stop_);
    out = Matrix<T>(1, count, Uninitialized{});
    const double distance = stop - start;
    const double parts = count > 1 ? static_cast<double>(count - 1) : 1.0;
    const double step = distance / parts;
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = static_cast<double>(i);
        // Where the step is lost, NumPy divides first.
        const double offset = step == 0.0 ? at / parts * distance : at * step;
        out.data()[i] = static_cast<T>(offset + start);
    }
    if (count > 1) {
        out.data()[count - 1] = static_cast<T>(stop);
    }
}

template <class T>
void set_diagonal(std::ptrdiff_t diagonal, MatrixView<T> out) {
    const std::size_t i0 = diagonal < 0 ? std::size_t{0} - static_cast<std::size_t>(diagonal) : 0;
    const std::size_t j0 = diagonal > 0 ? static_cast<std::size_t>(diagonal) : 0;
    if (i0 >= out.rows() || j0 >= out.cols()) {
        return;
    }
    for (std::size_t n = 0; i0 + n < out.rows() && j0 + n < out.cols(); ++n) {
        out.data()[(i0 + n) * out.ld() + j0 + n] = T(1);
    }
}

template <class T>
void set_labels(const Indices& labels, std::size_t classes, Matrix<T>& out) {
    core::check_indices("one_hot", "labels", labels, classes);
    out = Matrix<T>(labels.size(), classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        out.data()[i * classes + core::index_at(labels, i)] = T(1);
    }
}

}  // namespace

#define THALWEG_CREATE(T)                                                         \
    void arange(double start, double stop, double step, Matrix<T>& out) {         \
        count_up(start, stop, step, out);                                         \
    }                                                                             \
    void linspace(double start, double stop, std::size_t count, Matrix<T>& out) { \
        divide(start, stop, count, out);                                          \
    }                                                                             \
    void ones_at(std::ptrdiff_t diagonal, MatrixView<T> out) {                    \
        set_diagonal(diagonal, out);                                              \
    }                                                                             \
    void one_hot(const Indices& labels, std::size_t classes, Matrix<T>& out) {    \
        set_labels(labels, classes, out);                                         \
    }
THALWEG_CREATE(float)
THALWEG_CREATE(double)

}  // namespace thalweg::detail
