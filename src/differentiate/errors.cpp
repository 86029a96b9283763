// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The messages about steps, variables and values that no difference quotient can be made of.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>

#include "differentiate/text.hpp"
#include "thalweg/derivatives.hpp"

namespace thalweg::detail {
namespace {

std::string variable(std::size_t i) {
    return i == kScalar ? "x" : "x[" + std::to_string(i) + "]";
}

std::size_t coordinate(std::size_t i) {
    return i == kScalar ? 0 : i;
}

// "x + h" or "x[3] - h"; with the multiple of h that orders 4 and 6 and Ridders' method go to.
std::string side(double step) {
    return (step < 0.0 ? " - " : " + ") + number_text(std::fabs(step));
}

// What to do where f is not defined on both sides of x.
const char* remedy(double step) {
    return step < 0.0 ? "; where f ends there, GradientOptions has lower, and kForward"
                      : "; where f ends there, GradientOptions has upper, and kBackward";
}

}  // namespace

std::string number_text(double value) {
    if (std::isnan(value)) {
        return "nan";  // its sign says nothing
    }
    char text[40];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    return std::string(text, error == std::errc() ? end : text);
}

std::string suggested_step(double x, double eps) {
    char text[40];
    const double step = std::cbrt(3.0 * eps) * std::max(std::fabs(x), 1.0);
    const auto [end, error] = std::to_chars(text, text + sizeof text, step, std::chars_format::general, 2);
    return std::string(text, error == std::errc() ? end : text);
}

void throw_bad_step(const char* op, double h) {
    throw std::invalid_argument(std::string(op) + ": h must be finite and above 0, found " + number_text(h));
}

void throw_lost_step(const char* op, std::size_t i, double x, double h, double eps) {
    throw DifferenceError(std::string(op) + ": h must move " + variable(i) + " = " + number_text(x) +
                              " to both sides, found h = " + number_text(h) +
                              ", which is lost in rounding; try " + suggested_step(x, eps),
                          coordinate(i));
}

void throw_bad_variable(const char* op, std::size_t i, double x) {
    throw DifferenceError(std::string(op) + ": " + variable(i) +
                              " and the points h to either side must be finite, found " + number_text(x),
                          coordinate(i));
}

void throw_bad_value(const char* op, std::size_t i, double x, double step, double value) {
    if (step == 0.0) {
        throw DifferenceError(std::string(op) + ": f(x) must be finite, found " + number_text(value),
                              coordinate(i));
    }
    throw DifferenceError(std::string(op) + ": f at " + variable(i) + side(step) + ", with " + variable(i) +
                              " = " + number_text(x) + ", must be finite, found " + number_text(value) +
                              remedy(step),
                          coordinate(i));
}

void throw_bad_value_along(const char* op, double s, double value) {
    throw DifferenceError(std::string(op) + ": f at x + s v, with s = " + number_text(s) +
                              ", must be finite, found " + number_text(value) + remedy(s),
                          0);
}

void throw_not_real(const char* op, std::size_t i, double x, double imaginary) {
    throw DifferenceError(std::string(op) + ": f must be real for real variables, found imaginary part " +
                              number_text(imaginary) + " at " + variable(i) + " = " + number_text(x) +
                              "; a power or logarithm of a negative number has one: for a square write x * x",
                          coordinate(i));
}

void throw_not_analytic(const char* op, std::size_t i, double x, double found, double difference) {
    throw DifferenceError(std::string(op) + ": f must be analytic, found the derivative " +
                              number_text(found) + " at " + variable(i) + " = " + number_text(x) +
                              ", where differences of f give " + number_text(difference) +
                              "; conj, abs and comparisons are not analytic",
                          coordinate(i));
}

void throw_bad_index(const char* op, std::size_t i, std::size_t size) {
    throw ShapeError(std::string(op) + ": i must be below " + std::to_string(size) + ", found " +
                     std::to_string(i));
}

void throw_gaps(const char* op) {
    throw ShapeError(std::string(op) + ": x must be a view without gaps between rows, found one with gaps");
}

void check_range(const char* op, std::size_t first, std::size_t count, std::size_t size) {
    if (count > size || first > size - count) {
        throw ShapeError(std::string(op) + ": variables must be below " + std::to_string(size) + ", found " +
                         std::to_string(first) + " to " + std::to_string(first + count - 1));
    }
}

void check_sizes(const char* op, std::size_t a, std::size_t b) {
    if (a != b) {
        throw ShapeError(std::string(op) + ": both must have the same size, found " + std::to_string(a) +
                         " and " + std::to_string(b));
    }
}

double distance(double a, double b) noexcept {
    if (a == b) {
        return 0.0;
    }
    const double apart = std::fabs(a - b);
    return std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart;
}

}  // namespace thalweg::detail
