// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The same expressions and folds at the end of a page, in every rounding mode and with 1 to 16 threads.
#include <cstddef>
#include <limits>
#include <vector>

#include "kernels/memory.hpp"
#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/float_modes.hpp"
#include "support/levels.hpp"
#include "support/shapes.hpp"
#include "thalweg/array.hpp"
#include "thalweg/reductions.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// One place for all operands of a run.
template <class T>
struct Views {
    MatrixView<const T> x;
    MatrixView<const T> y;
    MatrixView<const T> row;
    MatrixView<const T> column;
};

// Each way that steps, loops and functions are put together, written to out.
template <class T>
using Formula = void (*)(const Views<T>& v, MatrixView<T> out);

template <class T>
const std::vector<Formula<T>>& formulas() {
    using V = const Views<T>&;
    using Out = MatrixView<T>;
    static const std::vector<Formula<T>> all = {
        [](V v, Out out) { out.assign(v.x); },
        [](V v, Out out) { out.assign(v.row); },
        [](V v, Out out) { out.assign(v.column + T(1)); },
        [](V v, Out out) { out.assign(v.x + v.y); },
        [](V v, Out out) { out.assign(T(1) / v.x); },
        [](V v, Out out) { out.assign(v.x * v.y + v.x); },
        [](V v, Out out) { out.assign((v.x - v.y) * v.row / v.column); },
        [](V v, Out out) { out.assign((v.x - v.row) * (v.y - v.column) * T(0.1)); },
        // 0.125, because a number becomes a float in the caller's code and in the caller's rounding mode.
        [](V v, Out out) { out.assign(where(v.x > 0, v.y, 0.125 * v.row)); },
        [](V v, Out out) { out.assign((v.x < v.y) | ~isfinite(v.column / v.x)); },
        [](V v, Out out) { out.assign(fma(v.x, v.y, v.row) + sqrt(abs(v.x))); },
        [](V v, Out out) { out.assign(round(v.x * 7) + floor(v.y * 7) - ceil(v.row * 7)); },
        [](V v, Out out) { out.assign(exp(v.x)); },
        [](V v, Out out) { out.assign(exp(v.x * v.row) + log(abs(v.y)) * sigmoid(v.column)); },
        [](V v, Out out) { out.assign(sigmoid_grad(v.x) * clip(v.y, -0.5, 0.5) + relu(v.x - v.y)); },
        [](V v, Out out) {
            out.assign(v.x * v.y + v.row / (v.x - v.column) -
                       (v.y + v.x) * (v.x - v.row) / (v.y * v.column + 3) +
                       maximum(v.x, v.y) * minimum(v.row, v.column));
        },
        [](V v, Out out) {
            out.assign(v.x);
            out += v.y;
            out *= v.row;
            out -= v.column;
            out /= T(3);
        },
    };
    return all;
}

template <class T>
void append(std::vector<T>& all, const Matrix<T>& m) {
    all.insert(all.end(), m.data(), m.data() + m.size());
}

// A count as a number. Through a signed integer: clang converts an unsigned 0 to -0 while rounding is
// downward.
template <class T>
T number(std::size_t count) {
    return static_cast<T>(static_cast<std::ptrdiff_t>(count));
}

// Folds of memory and of expressions.
template <class T>
std::vector<T> folds(const Views<T>& v) {
    std::vector<T> all;
    for (const int axis : {0, 1}) {
        append(all, sum(v.x, axis));
        append(all, sum(v.x * v.y, axis));
        append(all, sum(exp(v.x) / v.row, axis));
        append(all, prod(v.x + v.column, axis));
        append(all, any(v.x < v.y, axis));
        for (const std::size_t count : count_nonzero(v.x - v.y, axis)) {
            all.push_back(number<T>(count));
        }
        if (v.x.empty()) {
            continue;
        }
        append(all, max(v.x - v.y, axis));
        append(all, min(v.x, axis));
        append(all, mean(v.x * 3, axis));
        append(all, var(v.x, axis));
        append(all, thalweg::std(v.x - v.row, axis));
        append(all, norm(v.y, axis));
        for (const std::size_t index : argmin(v.x * v.y, axis)) {
            all.push_back(number<T>(index));
        }
    }
    all.push_back(sum(v.x));
    all.push_back(sum((v.x - v.y) * (v.x - v.y)));
    all.push_back(prod(v.y + 1));
    all.push_back(norm(v.x));
    all.push_back(number<T>(count_nonzero(v.x > v.y)));
    if (!v.x.empty()) {
        all.push_back(mean(v.x));
        all.push_back(var(exp(v.x)));
        all.push_back(thalweg::std(v.y));
        all.push_back(max(v.x));
        all.push_back(min(v.x * v.y));
        all.push_back(number<T>(argmax(v.x - v.y)));
    }
    return all;
}

// All results, one after another.
template <class T>
std::vector<T> everything(const Views<T>& v) {
    std::vector<T> all;
    for (const Formula<T> formula : formulas<T>()) {
        Matrix<T> out(v.x.rows(), v.x.cols());
        formula(v, out);
        append(all, out);
    }
    if constexpr (sizeof(T) == sizeof(double)) {
        append(all, cast<double>(cast<float>(v.x * T(0.7) + v.column)));
    }
    const std::vector<T> more = folds(v);
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

template <class T>
struct Inputs {
    Inputs(std::size_t rows, std::size_t cols)
        : x(matrix<T>(rows, cols)),
          y(matrix<T>(rows, cols, Kind::kNormal, 2)),
          row(matrix<T>(1, cols, Kind::kNormal, 3)),
          column(matrix<T>(rows, 1, Kind::kNormal, 4)) {
        for (std::size_t i = 0; i < x.size(); i += 5) {
            x.data()[i] = static_cast<T>(i + 1) * std::numeric_limits<T>::denorm_min();
        }
    }
    Views<T> views() const { return {x, y, row, column}; }

    Matrix<T> x;
    Matrix<T> y;
    Matrix<T> row;
    Matrix<T> column;
};

template <class T>
MatrixView<const T> read(const Block<T>& block) {
    return {block.data, block.rows, block.cols, block.ld};
}

}  // namespace

TEMPLATE_TEST_CASE("expressions stay within their operands", "[arrays][guarded]", float, double) {
    using T = TestType;
    each_level([&](Rounding) {
        Failures failures;
        for (const Place place : {Place::kEnd, Place::kStart, Place::kMargins}) {
            for (const std::size_t cols : lengths<T>()) {
                for (const std::size_t rows : Sizes{1, 3}) {
                    for (const std::size_t gap : Sizes{0, 3}) {
                        Memory memory(place, Kind::kNormal, cols);
                        memory.keep_inputs_read_only();
                        const Views<T> views = {read(memory.input<T>(rows, cols, cols + gap)),
                                                read(memory.input<T>(rows, cols, cols)),
                                                read(memory.input<T>(1, cols, cols)),
                                                read(memory.input<T>(rows, 1, 1 + gap))};
                        const Matrix<T> x(views.x);
                        const Matrix<T> y(views.y);
                        const Matrix<T> row(views.row);
                        const Matrix<T> column(views.column);
                        const Views<T> copies = {x, y, row, column};
                        for (std::size_t f = 0; f < formulas<T>().size(); ++f) {
                            const Block<T> out = memory.output<T>(rows, cols, cols + gap);
                            formulas<T>()[f](views, {out.data, rows, cols, out.ld});
                            Matrix<T> expected(rows, cols);
                            formulas<T>()[f](copies, expected);
                            failures.compare(out.elements(), elements(expected), "formula", f, "of", rows,
                                             cols, gap);
                        }
                        failures.compare(folds(views), folds(copies), "folds of", rows, cols, gap);
                        failures.expect(memory.untouched(), "nothing beside", rows, cols, gap);
                    }
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("expressions and folds do not depend on the rounding mode", "[arrays][modes]", float,
                   double) {
    const std::vector<std::vector<std::size_t>> shapes = {{37, 23}, {3, 300}, {700, 130}};
    for (const std::vector<std::size_t>& shape : shapes) {
        const Inputs<TestType> in(shape[0], shape[1]);
        each_level([&](Rounding) {
            const std::vector<TestType> expected = everything(in.views());
            for (const FloatMode& mode : float_modes()) {
                CAPTURE(mode.name, shape[0], shape[1]);
                std::vector<TestType> found;
                bool kept = false;
                {
                    const FloatModeScope scope(mode);
                    const auto word = float_word();
                    found = everything(in.views());
                    kept = float_word() == word;
                }
                CHECK(kept);
                CHECK(first_difference(found.data(), expected.data(), expected.size()) == "");
            }
        });
    }
}

TEMPLATE_TEST_CASE("expressions and folds do not depend on the number of threads", "[arrays][threads]", float,
                   double) {
    // One row, one column, short rows, long rows; each beyond what one thread takes alone.
    const std::vector<std::vector<std::size_t>> shapes = {
        {1, 300'007}, {300'007, 1}, {30'011, 10}, {401, 513}};
    for (const std::vector<std::size_t>& shape : shapes) {
        const Inputs<TestType> in(shape[0], shape[1]);
        std::vector<TestType> expected;
        for (int count = 1; count <= 16; count = count < 4 ? count + 1 : count * 2 - 1) {
            const ThreadScope scope(count);
            const std::vector<TestType> found = everything(in.views());
            expected = count == 1 ? found : expected;
            CAPTURE(count, shape[0], shape[1]);
            CHECK(first_difference(found.data(), expected.data(), expected.size()) == "");
        }
    }
}

TEST_CASE("a mean of more elements than float counts is rounded to nearest", "[arrays][modes]") {
    // 2^24 + 3 lies in the middle of two floats.
    const std::size_t count = (std::size_t{1} << 24) + 3;
    Matrix<float> x(1, count);
    x(0, 0) = 3.0F;
    const float expected = mean(x);
    for (const FloatMode& mode : float_modes()) {
        const FloatModeScope scope(mode);
        const float found = mean(x);
        const bool same = bits(found) == bits(expected);
        CHECK(same);
    }
}
