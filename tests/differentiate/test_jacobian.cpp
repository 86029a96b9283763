// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Jacobians: sparse ones by groups of variables, every method, estimates, what functions of vectors return,
// patterns given and probed.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/jacobian.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;
constexpr double kNotFinite = std::numeric_limits<double>::quiet_NaN();

// A discretised boundary value problem: u'' = exp(u). Its Jacobian is tridiagonal.
void bratu(std::span<const double> u, std::span<double> y) {
    const std::size_t n = u.size();
    for (std::size_t i = 0; i < n; ++i) {
        const double left = i == 0 ? 0.0 : u[i - 1];
        const double right = i + 1 == n ? 0.0 : u[i + 1];
        y[i] = left - 2.0 * u[i] + right + 0.01 * std::exp(u[i]);
    }
}

std::vector<double> grid(std::size_t n) {
    std::vector<double> u(n);
    for (std::size_t i = 0; i < n; ++i) {
        u[i] = std::sin(0.7 * static_cast<double>(i));
    }
    return u;
}

double exact(std::span<const double> u, std::size_t row, std::size_t col) {
    return row == col ? -2.0 + 0.01 * std::exp(u[col]) : 1.0;
}

constexpr Method kMethods[] = {Method::kForward,  Method::kBackward, Method::kCentral2,
                               Method::kCentral4, Method::kCentral6, Method::kRidders};

// No group has two variables of one row.
bool apart(const SparsityPattern& pattern) {
    std::vector<std::uint64_t> seen;
    for (std::size_t e = 0; e < pattern.size(); ++e) {
        seen.push_back(std::uint64_t{pattern.rows()[e]} << 32U | pattern.group_of()[pattern.cols()[e]]);
    }
    std::sort(seen.begin(), seen.end());
    return std::adjacent_find(seen.begin(), seen.end()) == seen.end();
}

SparsityPattern pattern_of(std::size_t outputs, std::size_t variables, std::vector<std::size_t> rows,
                           std::vector<std::size_t> cols) {
    return {outputs, variables, rows, cols};
}

}  // namespace

TEST_CASE("sparse Jacobian: the bits of the dense one, in the pattern's order", "[jacobian]") {
    constexpr std::size_t kSize = 40;
    const std::vector<double> u = grid(kSize);
    const SparsityPattern band = SparsityPattern::band(kSize, 1, 1);
    // The same entries in another order.
    std::vector<std::size_t> rows(band.rows().begin(), band.rows().end());
    std::vector<std::size_t> cols(band.cols().begin(), band.cols().end());
    std::reverse(rows.begin(), rows.end());
    std::reverse(cols.begin(), cols.end());
    const SparsityPattern reversed(kSize, kSize, rows, cols);
    const std::vector<double> lower(kSize, -1.0);
    const std::vector<double> upper(kSize, 1.0);
    for (const Method method : kMethods) {
        for (const bool bounded : {false, true}) {
            GradientOptions options{.method = method};
            if (bounded) {
                options.lower = lower;
                options.upper = upper;
            }
            const Matrix<double> dense = jacobian(bratu, u, kSize, options);
            for (const int threads : {1, 2}) {
                options.threads = threads;
                for (const SparsityPattern* pattern : {&band, &reversed}) {
                    const JacobianResult sparse = jacobian(bratu, u, *pattern, options);
                    test::Failures failures;
                    for (std::size_t e = 0; e < pattern->size(); ++e) {
                        const double expected = dense(pattern->rows()[e], pattern->cols()[e]);
                        failures.expect(test::bits(sparse.values[e]) == test::bits(expected),
                                        sparse.values[e], expected, e);
                    }
                    const Matrix<double> filled = pattern->dense(sparse.values);
                    for (std::size_t k = 0; k < filled.size(); ++k) {
                        failures.expect(
                            !(filled.data()[k] < dense.data()[k]) && !(filled.data()[k] > dense.data()[k]),
                            "dense", k);
                    }
                    CHECK(failures.text() == "");
                }
            }
        }
    }
}

TEST_CASE("sparse Jacobian: four evaluations forward and six central for any tridiagonal one", "[jacobian]") {
    const std::vector<double> u = grid(1000);
    const SparsityPattern pattern = SparsityPattern::band(1000, 1, 1);
    CHECK(pattern.groups() == 3);
    std::size_t calls = 0;
    const auto counted = [&](std::span<const double> x, std::span<double> y) {
        ++calls;
        bratu(x, y);
    };
    CHECK(jacobian(counted, u, pattern, {.method = Method::kForward}).evaluations == 4);
    CHECK(calls == 4);
    const JacobianResult central = jacobian(counted, u, pattern);
    CHECK(central.evaluations == 6);
    CHECK(calls == 10);
    // Truncation h^2/6 f''' with h = cbrt(3 eps) and f''' below 0.03, rounding 4 eps |f| / h with |f| <= 4.
    const double h = std::cbrt(3 * 0x1p-52);
    for (std::size_t e = 0; e < pattern.size(); ++e) {
        const double error = central.values[e] - exact(u, pattern.rows()[e], pattern.cols()[e]);
        CHECK(std::fabs(error) <= 0.03 * h * h / 6 + 16 * 0x1p-52 / h);
    }
}

TEST_CASE("Jacobians: estimates cover, entry by entry", "[jacobian]") {
    const std::vector<double> u = grid(30);
    const SparsityPattern pattern = SparsityPattern::band(30, 1, 1);
    for (const Method method : kMethods) {
        const JacobianResult result =
            jacobian(bratu, u, pattern, {.method = method, .estimate_error = true, .threads = 2});
        REQUIRE(result.error_estimate.size() == pattern.size());
        CHECK(result.doubtful.empty());
        for (std::size_t e = 0; e < pattern.size(); ++e) {
            const double error = result.values[e] - exact(u, pattern.rows()[e], pattern.cols()[e]);
            CHECK(std::fabs(error) <= result.error_estimate[e]);
            CHECK(result.error_estimate[e] < 1e-5);
        }
        // Each row alone is a gradient: the same bits and doubts.
        const auto row = [](std::span<const double> x) {
            std::vector<double> y(x.size());
            bratu(x, y);
            return y[7];
        };
        const GradientResult gradient =
            numerical_gradient(row, u, GradientOptions{.method = method, .estimate_error = true});
        for (std::size_t e = 0; e < pattern.size(); ++e) {
            if (pattern.rows()[e] == 7) {
                CHECK(test::bits(result.values[e]) == test::bits(gradient.gradient[pattern.cols()[e]]));
                CHECK(test::bits(result.error_estimate[e]) ==
                      test::bits(gradient.error_estimate[pattern.cols()[e]]));
            }
        }
    }
    const auto kinked = [](std::span<const double> x, std::span<double> y) {
        y[0] = std::fabs(x[0]);
        y[1] = x[0] + x[1];
    };
    const JacobianResult doubted = jacobian(kinked, std::vector<double>{0.0, 1.0},
                                            SparsityPattern::band(2, 1, 0), {.estimate_error = true});
    CHECK(doubted.doubtful == std::vector<std::size_t>{0});
}

TEST_CASE("Jacobians: what functions of vectors return", "[jacobian]") {
    const std::vector<double> x = {2.0, 3.0};
    const Matrix<double> expected = {{3.0, 2.0}, {1.0, 1.0}};
    const auto near = [&](const Matrix<double>& found, double bound) {
        test::Failures failures;
        for (std::size_t k = 0; k < expected.size(); ++k) {
            failures.expect(std::fabs(found.data()[k] - expected.data()[k]) <= bound, k, found.data()[k]);
        }
        CHECK(failures.text() == "");
    };
    using View = std::span<const double>;
    near(jacobian([](View v) { return std::vector<double>{v[0] * v[1], v[0] + v[1]}; }, x, 2), 1e-9);
    near(jacobian([](View v) { return std::array<double, 2>{v[0] * v[1], v[0] + v[1]}; }, x, 2), 1e-9);
    const auto with_vector = [](const std::vector<double>& v, std::span<double> y) {
        y[0] = v.at(0) * v.at(1);
        y[1] = v.at(0) + v.at(1);
    };
    near(jacobian(with_vector, x, 2), 1e-9);
    const auto blocks = [](MatrixView<const double> p, MatrixView<double> y) {
        for (std::size_t k = 0; k < p.rows(); ++k) {
            y(k, 0) = p(k, 0) * p(k, 1);
            y(k, 1) = p(k, 0) + p(k, 1);
        }
    };
    near(jacobian(BlockFunction(blocks), x, 2), 1e-9);
    // float: its eps 2^-23 in f, |f| <= 6, over the step cbrt(3 eps) * max(|x|, 1) >= 7e-3.
    const double bound = 2 * 6 * 0x1p-23 / 7e-3;
    const auto narrow = [](View v, std::span<float> y) {
        y[0] = static_cast<float>(v[0] * v[1]);
        y[1] = static_cast<float>(v[0] + v[1]);
    };
    near(jacobian(narrow, x, 2), bound);
    near(jacobian(
             [](View v) {
                 return std::vector<float>{float(v[0] * v[1]), float(v[0] + v[1])};
             },
             x, 2),
         bound);
    // Unsigned numbers would wrap: 5 - 7.
    const auto whole = [](View v) {
        return std::vector<unsigned>{static_cast<unsigned>(10 - v[0]), static_cast<unsigned>(v[1])};
    };
    CHECK(jacobian(whole, x, 2, {.h = 1.0})(0, 0) == -1.0);
    const auto count = [](View v) { return std::vector<double>(v[0] > 2.0 ? 3U : 2U, v[0]); };
    CHECK_THROWS_WITH(jacobian(count, x, 2), "jacobian: f must return 2 values, found 3");
    CHECK_THROWS_AS(jacobian(count, x, 2), ShapeError);
    CHECK(jacobian(with_vector, std::vector<double>{}, 2).rows() == 2);
}

TEST_CASE("sparse Jacobian: failures concern the entries that need the value", "[jacobian]") {
    const std::vector<double> u = grid(12);
    const SparsityPattern pattern = SparsityPattern::band(12, 1, 1);
    const JacobianResult plain = jacobian(bratu, u, pattern);
    Evaluations evaluations;
    evaluations.on_failure = OnFailure::kSkip;
    const auto partly = [&](std::span<const double> x, std::span<double> y) {
        bratu(x, y);
        y[4] = x[5] > u[5] ? kNotFinite : y[4];
    };
    for (const int threads : {1, 2}) {
        const JacobianResult skipped =
            jacobian(partly, u, pattern, {.threads = threads, .evaluations = &evaluations});
        REQUIRE(skipped.skipped.size() == 1);
        const std::size_t e = skipped.skipped[0];
        CHECK(pattern.rows()[e] == 4);
        CHECK(pattern.cols()[e] == 5);
        for (std::size_t k = 0; k < pattern.size(); ++k) {
            CHECK((k == e ? std::isnan(skipped.values[k])
                          : test::bits(skipped.values[k]) == test::bits(plain.values[k])));
        }
    }
    // Nobody knows which of the moved variables is to blame: all of them take shorter steps.
    evaluations.on_failure = OnFailure::kShrink;
    const auto narrow = [&](std::span<const double> x, std::span<double> y) {
        if (std::fabs(x[5] - u[5]) > 1e-6) {
            throw std::runtime_error("too far");
        }
        bratu(x, y);
    };
    const JacobianResult shrunk = jacobian(narrow, u, pattern, {.evaluations = &evaluations});
    CHECK(shrunk.shrunk == std::vector<std::size_t>{2, 5, 8, 11});
    CHECK(shrunk.skipped.empty());
    for (std::size_t e = 0; e < pattern.size(); ++e) {
        CHECK(std::fabs(shrunk.values[e] - exact(u, pattern.rows()[e], pattern.cols()[e])) < 1e-7);
    }
    evaluations.on_failure = OnFailure::kThrow;
    const auto thrower = [&](std::span<const double> x, std::span<double> y) {
        for (const std::size_t i : {11U, 10U, 6U, 4U, 9U}) {
            if (x[i] != u[i]) {
                throw std::runtime_error(std::to_string(i % 3));
            }
        }
        bratu(x, y);
    };
    for (const int threads : {1, 2, 3}) {
        CHECK_THROWS_WITH(jacobian(thrower, u, pattern, {.threads = threads, .evaluations = &evaluations}),
                          "0");
    }
}

TEST_CASE("patterns: groups keep apart what meets in a row", "[jacobian]") {
    std::mt19937 rng(1);
    for (int round = 0; round < 200; ++round) {
        const std::size_t outputs = 1 + rng() % 90;
        const std::size_t variables = 1 + rng() % 150;
        const std::size_t share = 1 + rng() % 40;
        std::vector<std::size_t> rows;
        std::vector<std::size_t> cols;
        std::size_t longest = 0;
        for (std::size_t r = 0; r < outputs; ++r) {
            const std::size_t before = rows.size();
            for (std::size_t i = 0; i < variables; ++i) {
                if (rng() % share == 0) {
                    rows.push_back(r);
                    cols.push_back(i);
                }
            }
            longest = std::max(longest, rows.size() - before);
        }
        const SparsityPattern pattern(outputs, variables, rows, cols);
        CHECK(apart(pattern));
        CHECK(pattern.groups() >= longest);
        CHECK(pattern.groups() <= variables);
        // The same every time.
        const SparsityPattern again(outputs, variables, rows, cols);
        CHECK(std::equal(pattern.group_of().begin(), pattern.group_of().end(), again.group_of().begin()));
    }
    // An arrow: its first column meets all others' rows only in its own; longest first.
    std::vector<std::size_t> rows;
    std::vector<std::size_t> cols;
    for (std::size_t i = 0; i < 100; ++i) {
        rows.insert(rows.end(), {i, i});
        cols.insert(cols.end(), {i, 99});
    }
    rows.pop_back();
    cols.pop_back();
    CHECK(pattern_of(100, 100, rows, cols).groups() == 2);
    const std::vector<std::size_t> starts = {0, 2, 2, 3};
    const std::vector<std::size_t> by_rows = {0, 3, 1};
    const SparsityPattern compressed = SparsityPattern::from_rows(3, 4, starts, by_rows);
    CHECK(compressed.rows()[2] == 2);
    CHECK(compressed.groups() == 2);
}

TEST_CASE("patterns that do not fit", "[jacobian]") {
    CHECK_THROWS_WITH(pattern_of(2, 2, {0, 2}, {0, 0}), "SparsityPattern: rows[1] must be below 2, found 2");
    CHECK_THROWS_WITH(pattern_of(2, 2, {0, 1}, {0, 5}), "SparsityPattern: cols[1] must be below 2, found 5");
    CHECK_THROWS_WITH(pattern_of(2, 2, {0, 1}, {0}),
                      "SparsityPattern: rows and cols must have the same size, found 2 and 1");
    CHECK_THROWS_WITH(pattern_of(2, 2, {0, 1, 0}, {1, 0, 1}),
                      "SparsityPattern: each entry must be listed once, found row 0, column 1 twice");
    const std::vector<std::size_t> cols = {0, 1};
    for (const std::vector<std::size_t>& starts :
         {std::vector<std::size_t>{0, 2}, {0, 2, 1}, {0, 1, 1}, {1, 1, 2}, {0, 3, 2}}) {
        CHECK_THROWS_AS(SparsityPattern::from_rows(2, 2, starts, cols), ShapeError);
    }
    // One more than that many outputs is none.
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    CHECK_THROWS_WITH(SparsityPattern::from_rows(most, 2, {}, cols),
                      ContainsSubstring("outputs must be below 4294967295"));
    CHECK_THROWS_WITH(SparsityPattern::band(std::size_t{1} << 40, 0, 0),
                      ContainsSubstring("size must be below 4294967295"));
    CHECK_THROWS_WITH(SparsityPattern::band(1'000'000, 5'000, most),
                      ContainsSubstring("entries must be below 4294967295"));
    CHECK(SparsityPattern::band(5, most, most).size() == 25);
    CHECK(SparsityPattern::band(5, 1, 2).size() == 16);
    CHECK_THROWS_WITH(jacobian(bratu, grid(3), SparsityPattern::band(4, 1, 1)),
                      "jacobian: the pattern must have as many variables as x, which has 3, found 4");
    CHECK_THROWS_AS(SparsityPattern::band(4, 1, 1).dense(grid(3)), ShapeError);
    CHECK(jacobian(bratu, std::vector<double>{}, SparsityPattern::band(0, 1, 1)).values.empty());
}

TEST_CASE("patterns that are found by moving variables", "[jacobian]") {
    const std::vector<double> u = grid(20);
    std::size_t calls = 0;
    const auto counted = [&](std::span<const double> x, std::span<double> y) {
        ++calls;
        bratu(x, y);
    };
    const SparsityPattern expected = SparsityPattern::band(20, 1, 1);
    const SparsityPattern found = probe_sparsity(counted, u, 20);
    CHECK(calls == 42);
    CHECK(
        std::equal(found.rows().begin(), found.rows().end(), expected.rows().begin(), expected.rows().end()));
    CHECK(
        std::equal(found.cols().begin(), found.cols().end(), expected.cols().begin(), expected.cols().end()));
    // A product of two variables that are 0, and a square root at its bound.
    const auto vanishing = [](std::span<const double> x, std::span<double> y) {
        y[0] = x[0] * x[1];
        y[1] = std::sqrt(x[2]);
    };
    const std::vector<double> zeros = {0.0, 0.0, 0.0};
    const std::vector<double> lower = {-1.0, -1.0, 0.0};
    CHECK(probe_sparsity(vanishing, zeros, 2, {.threads = 2, .lower = lower}).size() == 3);
    // Where bounds leave less than the step, the two points that are compared are still two.
    const auto bent = [](std::span<const double> x, std::span<double> y) {
        y[0] = x[0] * x[0];
        y[1] = x[0] + x[1];
    };
    const std::vector<double> middle = {0.5, 0.5};
    const std::vector<double> at_least = {0.4, 0.4};
    const std::vector<double> at_most = {0.6, 0.6};
    for (const double h : {0.05, 0.1, 1.0}) {
        INFO(h);
        CHECK(probe_sparsity(bent, middle, 2, {.h = h, .lower = at_least, .upper = at_most}).size() == 3);
    }
}
