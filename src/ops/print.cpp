// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NumPy's printing of arrays, with its default options: FloatingFormat, _formatArray and
// _extendLine of numpy/_core/arrayprint.py, in its words where there are any.
#include "thalweg/print.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ostream>
#include <string_view>

#include "core/float_control.hpp"

namespace thalweg {
namespace {

using core::fenced;

constexpr std::size_t kPrecision = 8;
constexpr std::size_t kThreshold = 1000;
constexpr std::size_t kEdgeItems = 3;
constexpr std::size_t kLineWidth = 75;
constexpr std::string_view kSummary = "...";

// The indices along one axis that are shown: all, or those at the edges.
class Shown {
public:
    Shown(std::size_t length, std::size_t size) noexcept
        : length_(length), cut_(size > kThreshold && length > 2 * kEdgeItems) {}
    std::size_t count() const noexcept { return cut_ ? 2 * kEdgeItems : length_; }
    std::size_t at(std::size_t k) const noexcept {
        return cut_ && k >= kEdgeItems ? length_ - 2 * kEdgeItems + k : k;
    }
    bool summary_before(std::size_t k) const noexcept { return cut_ && k == kEdgeItems; }

private:
    std::size_t length_;
    bool cut_;
};

// A finite number as digits: "-12", "25" behind the point, "+07" behind the e.
class Digits {
public:
    // The fewest digits behind the point that make the same number, at most 8.
    template <class T>
    Digits(T value, bool scientific) noexcept {
        split(std::to_chars(begin(), end(), value, form(scientific)).ptr);
        if (fraction_.size() > kPrecision) {
            split(std::to_chars(begin(), end(), value, form(scientific), int{kPrecision}).ptr);
        }
        while (fraction_.ends_with('0')) {
            fraction_.remove_suffix(1);
        }
    }
    // So many digits, and a power of ten. Those beyond the fewest are the number's own, which need not be
    // zeros: 9.9109128e-02 for what is 0.09910913 in float.
    template <class T>
    Digits(T value, std::size_t precision) noexcept : Digits(value, true) {
        if (fraction_.size() < precision) {
            split(std::to_chars(begin(), end(), value, form(true), static_cast<int>(precision)).ptr);
        }
    }
    Digits(const Digits&) = delete;  // the parts look at the text
    Digits& operator=(const Digits&) = delete;
    ~Digits() = default;

    std::string_view whole() const noexcept { return whole_; }
    std::string_view fraction() const noexcept { return fraction_; }
    std::string_view exponent() const noexcept { return exponent_; }

private:
    static std::chars_format form(bool scientific) noexcept {
        return scientific ? std::chars_format::scientific : std::chars_format::fixed;
    }
    char* begin() noexcept { return text_.data(); }
    char* end() noexcept { return text_.data() + text_.size(); }
    void split(const char* text_end) noexcept {
        const std::string_view text(text_.data(), static_cast<std::size_t>(text_end - text_.data()));
        const std::size_t e = std::min(text.find('e'), text.size());
        exponent_ = text.substr(std::min(e + 1, text.size()));
        const std::size_t point = std::min(text.find('.'), e);
        whole_ = text.substr(0, point);
        fraction_ = text.substr(std::min(point + 1, e), e - std::min(point + 1, e));
    }

    std::array<char, 64> text_;  // fixed: at most 8 digits, and 21 behind the point
    std::string_view whole_;
    std::string_view fraction_;
    std::string_view exponent_;
};

// How the numbers that are shown are written: with as many places on each side of the point as the one that
// has the most.
template <class T>
class NumberFormat {
public:
    // for_each(body) calls body(value) for every number that is shown.
    template <class ForEach>
    explicit NumberFormat(const ForEach& for_each) {
        choose_exponents(for_each);
        bool all_finite = true;
        bool negative_infinity = false;
        for_each([&](T value) {
            if (std::isfinite(value)) {
                measure(Digits(value, scientific_));
            } else {
                all_finite = false;
                negative_infinity = negative_infinity || (std::isinf(value) && std::signbit(value));
            }
        });
        if (scientific_) {
            right_ = exponent_ + 2 + precision_;
        } else {
            right_ = precision_;
        }
        if (!all_finite) {
            const std::size_t word = negative_infinity ? 4 : 3;
            left_ = std::max(left_, word - std::min(word, right_ + 1));
        }
    }

    void append(T value, std::string& text) const {
        const std::size_t before = text.size();
        if (!std::isfinite(value)) {
            const std::string_view word = std::isnan(value) ? "nan" : std::signbit(value) ? "-inf" : "inf";
            text.append(left_ + right_ + 1 - word.size(), ' ').append(word);
            return;
        }
        if (scientific_) {
            append(Digits(value, precision_), text);
        } else {
            append(Digits(value, false), text);
            text.append(left_ + 1 + right_ - (text.size() - before), ' ');
        }
    }

private:
    void append(const Digits& digits, std::string& text) const {
        text.append(left_ - digits.whole().size(), ' ').append(digits.whole());
        text.append(1, '.').append(digits.fraction());
        if (scientific_) {
            const std::string_view exponent = digits.exponent().substr(1);
            text.append(1, 'e').append(1, digits.exponent().front());
            text.append(exponent_ - std::min(exponent_, exponent.size()), '0').append(exponent);
        }
    }

    template <class ForEach>
    void choose_exponents(const ForEach& for_each) {
        T least = T(0);
        T most = T(0);
        for_each([&](T value) {
            const T size = std::abs(value);
            if (std::isfinite(size) && size > T(0)) {
                least = least > T(0) ? std::min(least, size) : size;
                most = std::max(most, size);
            }
        });
        constexpr double kMost = sizeof(T) == sizeof(float) ? 1e6 : 1e8;
        const double largest = fenced(static_cast<double>(most));
        const double smallest = fenced(static_cast<double>(least));
        // NumPy divides in T: a quotient of floats rounded to double and then to float is the same.
        scientific_ = largest > 0.0 && (largest >= kMost || smallest < static_cast<double>(T(1e-4)) ||
                                        static_cast<T>(fenced(largest / smallest)) > T(1000));
    }

    void measure(const Digits& digits) noexcept {
        left_ = std::max(left_, digits.whole().size());
        precision_ = std::max(precision_, digits.fraction().size());
        exponent_ = std::max(exponent_, digits.exponent().size() - (scientific_ ? 1 : 0));
    }

    bool scientific_ = false;
    std::size_t left_ = 0;       // places before the point, with the sign
    std::size_t right_ = 0;      // all behind it
    std::size_t precision_ = 0;  // digits behind it
    std::size_t exponent_ = 0;   // digits of the exponent
};

// An array as nested brackets. word(offset, text) appends the element that is so far from the first.
class Brackets {
public:
    explicit Brackets(const arrays::Layout& layout) noexcept : layout_(layout), size_(layout.size()) {}

    // Calls body(offset) for every element that is shown.
    template <class Body>
    void for_each(const Body& body, std::size_t axis = 0, std::size_t offset = 0) const {
        if (axis == layout_.rank) {
            return body(offset);
        }
        const Shown shown(layout_.extents[axis], size_);
        for (std::size_t k = 0; k < shown.count(); ++k) {
            for_each(body, axis + 1, offset + shown.at(k) * layout_.strides[axis]);
        }
    }
    template <class Word>
    std::string text(const Word& word) const {
        std::string text;
        append(0, 0, word, text);
        return text;
    }

private:
    template <class Word>
    void append(std::size_t axis, std::size_t offset, const Word& word, std::string& text) const {
        if (axis + 1 == layout_.rank) {
            return append_row(offset, word, text);
        }
        const Shown shown(layout_.extents[axis], size_);
        const std::size_t stride = layout_.strides[axis];
        text += '[';
        for (std::size_t k = 0; k < shown.count(); ++k) {
            // As many ends of lines as brackets end.
            const std::size_t lines = layout_.rank - axis - 1;
            if (shown.summary_before(k)) {
                text.append(lines, '\n').append(axis + 1, ' ').append(kSummary);
            }
            if (k > 0) {
                text.append(lines, '\n').append(axis + 1, ' ');
            }
            append(axis + 1, offset + shown.at(k) * stride, word, text);
        }
        text += ']';
    }
    // Appends a row of words, wrapped.
    template <class Word>
    void append_row(std::size_t offset, const Word& word, std::string& text) const {
        const std::size_t last = layout_.rank - 1;
        const Shown along(layout_.extents[last], size_);
        const std::string indent(layout_.rank, ' ');  // below the brackets of the first line
        const std::size_t room = kLineWidth - layout_.rank;
        std::string line = indent;
        const std::size_t begin = text.size();
        const auto extend = [&](std::string_view next) {
            if (line.size() + next.size() > room && line.size() > indent.size()) {
                line.erase(line.find_last_not_of(' ') + 1);
                text.append(line).append(1, '\n');
                line = indent;
            }
            line += next;
        };
        std::string next;
        for (std::size_t k = 0; k < along.count(); ++k) {
            if (along.summary_before(k)) {
                extend(kSummary);
                line += ' ';
            }
            next.clear();
            word(offset + along.at(k) * layout_.strides[last], next);
            extend(next);
            if (k + 1 < along.count()) {
                line += ' ';
            }
        }
        text.append(line).append(1, ']');
        text.replace(begin, indent.size(), "[");
    }

    arrays::Layout layout_;
    std::size_t size_;
};

// Without axes: as Python prints a number, the fewest digits that make it.
template <class T>
std::string number(T value) {
    if (!std::isfinite(value)) {
        return std::isnan(value) ? "nan" : std::signbit(value) ? "-inf" : "inf";
    }
    std::array<char, 64> buffer;
    char* const end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
    const std::string text(buffer.data(), end);
    const double size = fenced(std::abs(static_cast<double>(value)));
    if (size != 0.0 && (size < 1e-4 || size >= 1e16)) {
        return text;
    }
    // The same digits around a point: behind the fewest that make it there are zeros.
    const std::size_t e = text.find('e');
    int exponent = 0;
    std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(), exponent);
    std::string digits = text.substr(0, e);
    const std::string sign = std::signbit(value) ? "-" : "";
    std::erase_if(digits, [](char c) { return c == '-' || c == '.'; });
    if (exponent < 0) {
        return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    }
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    digits.resize(std::max(digits.size(), whole + 1), '0');
    return sign + digits.insert(whole, 1, '.');
}

template <class T>
std::string numbers(const T* data, const arrays::Layout& layout) {
    if (layout.size() == 0) {
        return "[]";
    }
    // std::to_chars compares numbers as well: where subnormals are flushed, all of them would be 0.
    const core::FloatControlScope standard;
    if (layout.rank == 0) {
        return number(*data);
    }
    const Brackets brackets(layout);
    const NumberFormat<T> format(
        [&](const auto& body) { brackets.for_each([&](std::size_t offset) { body(data[offset]); }); });
    return brackets.text([&](std::size_t offset, std::string& text) { format.append(data[offset], text); });
}

template <class T>
std::string numbers(MatrixView<const T> x) {
    return numbers(x.data(), arrays::layout_of_matrix(x.rows(), x.cols(), x.ld()));
}

template <class T>
std::string truths(const Tensor<T>& x) {
    if (x.empty()) {
        return "[]";
    }
    if (x.rank() == 0) {
        return *x.data() != T(0) ? "True" : "False";
    }
    return Brackets(x.layout()).text([&](std::size_t offset, std::string& text) {
        text += x.data()[offset] != T(0) ? " True" : "False";
    });
}

// Not formatted by the stream, which would pad it to its width.
std::ostream& write(std::ostream& stream, const std::string& text) {
    return stream.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace

std::string to_string(MatrixView<const float> x) {
    return numbers(x);
}
std::string to_string(MatrixView<const double> x) {
    return numbers(x);
}
std::string to_string(Expression<float>&& x) {
    return detail::tensor_text(Tensor<float>(static_cast<Expression<float>&&>(x)));
}
std::string to_string(Expression<double>&& x) {
    return detail::tensor_text(Tensor<double>(static_cast<Expression<double>&&>(x)));
}
std::string to_string(Mask<float>&& x) {
    return truths(Tensor<float>(static_cast<Mask<float>&&>(x)));
}
std::string to_string(Mask<double>&& x) {
    return truths(Tensor<double>(static_cast<Mask<double>&&>(x)));
}

namespace detail {

std::string tensor_text(TensorView<const float> x) {
    return numbers(x.data(), x.layout());
}
std::string tensor_text(TensorView<const double> x) {
    return numbers(x.data(), x.layout());
}
std::ostream& write_text(std::ostream& stream, const std::string& text) {
    return write(stream, text);
}

}  // namespace detail

namespace arrays {

std::ostream& operator<<(std::ostream& stream, Expression<float>&& x) {
    return write(stream, to_string(static_cast<Expression<float>&&>(x)));
}
std::ostream& operator<<(std::ostream& stream, Expression<double>&& x) {
    return write(stream, to_string(static_cast<Expression<double>&&>(x)));
}
std::ostream& operator<<(std::ostream& stream, MatrixView<const float> x) {
    return write(stream, to_string(x));
}
std::ostream& operator<<(std::ostream& stream, MatrixView<const double> x) {
    return write(stream, to_string(x));
}
std::ostream& operator<<(std::ostream& stream, Mask<float>&& x) {
    return write(stream, to_string(static_cast<Mask<float>&&>(x)));
}
std::ostream& operator<<(std::ostream& stream, Mask<double>&& x) {
    return write(stream, to_string(static_cast<Mask<double>&&>(x)));
}

}  // namespace arrays

}  // namespace thalweg
