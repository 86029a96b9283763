// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numbers as Python and NumPy print them.
#include "notebook/page.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "figures/review.hpp"

namespace thalweg::notebook {
namespace {

// Which synthetic digits are used without --data: those of `thalweg train`.
constexpr std::uint32_t kDigitsSeed = 1;
// NumPy's linewidth.
constexpr std::size_t kLineWidth = 75;

// Python writes powers below 1e-4 and from 1e16 on with an exponent of two digits at least, and a fraction in
// any case otherwise.
template <class T>
std::string repr_of(T value) {
    if (!std::isfinite(value)) {
        return std::isnan(value) ? "nan" : value > T(0) ? "inf" : "-inf";
    }
    char text[64];
    std::to_chars_result end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
    std::string scientific(text, end.ptr);
    const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
    if (exponent < -4 || exponent >= 16) {
        return scientific;
    }
    end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
    std::string fixed(text, end.ptr);
    return fixed.find('.') == std::string::npos ? fixed + ".0" : fixed;
}

}  // namespace

std::string repr(double value) {
    return repr_of(value);
}

std::string repr(std::span<const std::size_t> values) {
    std::size_t width = 0;
    for (const std::size_t value : values) {
        width = std::max(width, std::to_string(value).size());
    }
    const std::string begin = "array([";
    std::string text = begin;
    std::size_t column = begin.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string number = std::to_string(values[i]);
        const bool last = i + 1 == values.size();
        // The last number takes the closing brackets with it.
        if (i > 0 && column + 1 + width + (last ? 2 : 1) > kLineWidth) {
            text += '\n' + std::string(begin.size(), ' ');
            column = begin.size();
        } else if (i > 0) {
            text += ' ';
            ++column;
        }
        text += std::string(width - number.size(), ' ') + number + (last ? "" : ",");
        column += width + 1;
    }
    return text + (values.empty() ? "], dtype=int64)" : "])");
}

std::vector<double> arange(double first, double last, double step) {
    std::vector<double> values;
    const double count = std::ceil((last - first) / step);
    for (double i = 0.0; i < count; i += 1.0) {
        values.push_back(first + i * step);
    }
    return values;
}

const TrainTest& Page::digits() {
    if (!digits_.has_value()) {
        digits_ = data_.empty() ? synthetic_digits_train_test(kDigitsSeed) : load_mnist(data_);
    }
    return *digits_;
}

std::string Page::source() const {
    return data_.empty() ? "synthetic (for MNIST: --data DIR)" : "from " + data_;
}

void Page::print(float value) {
    line(repr_of(value));
}

void Page::print(const std::vector<double>& values) {
    std::string text = "[";
    for (std::size_t i = 0; i < values.size(); ++i) {
        text += (i > 0 ? ", " : "") + repr(values[i]);
    }
    line(text + "]");
}

void Page::printf(const char* format, ...) {
    char text[400];
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    line(text);
}

void Page::draw(const figures::Figure& figure) {
    line(figures_ == nullptr ? "(a picture: --out DIR draws it)" : figures_->draw(figure));
}

void Page::draw_run(const Trained& run) {
    if (figures_ == nullptr) {
        line("(pictures: --out DIR draws them)");
        return;
    }
    const figures::Review review = figures::review(run.net, digits().test);
    for (const std::string& message :
         figures::draw_run(*figures_, 1, run.losses, run.result.evaluations, review)) {
        line(message);
    }
}

std::string Page::take_output() {
    std::string text;
    std::swap(text, output_);
    return text;
}

void Page::line(std::string_view text) {
    output_ += text;
    output_ += '\n';
}

}  // namespace thalweg::notebook
