// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// sum and argmax along rows and down columns: the documented order bit for bit, and the error bound it
// promises.
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/memory.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "support/oracle.hpp"
#include "support/shapes.hpp"

using namespace thalweg;
using namespace thalweg::test;

TEMPLATE_TEST_CASE("sum adds in the documented order", "[kernels][sum]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t n : lengths<TestType>()) {
                const std::vector<TestType> x = numbers<TestType>(n, kind, n);
                const TestType got = dispatch::part<TestType>(table).sum(x.data(), n);
                failures.compare(std::vector{got}, std::vector{sum(x.data(), n)}, name(kind), "n =", n);
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("sum keeps the bound n eps sum|x|", "[kernels][sum]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const Kind kind : {Kind::kNormal, Kind::kCancellation}) {
            for (const std::size_t n : lengths<TestType>()) {
                const std::vector<TestType> x = numbers<TestType>(n, kind, n);
                long double truth = 0.0L;
                long double magnitude = 0.0L;
                for (const TestType value : x) {
                    truth += static_cast<long double>(value);
                    magnitude += std::fabs(static_cast<long double>(value));
                }
                const auto eps = static_cast<long double>(std::numeric_limits<TestType>::epsilon());
                const auto got = static_cast<long double>(dispatch::part<TestType>(table).sum(x.data(), n));
                failures.expect(std::fabs(got - truth) <= static_cast<long double>(n) * eps * magnitude,
                                name(kind), "n =", n);
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("sum_each is sum of every row", "[kernels][sum]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        const auto& kernel = dispatch::part<TestType>(table);
        for (const Kind kind : all_kinds()) {
            for (const std::size_t rows : Sizes{0, 1, 7}) {
                for (const std::size_t cols : lengths<TestType>()) {
                    Memory memory(Place::kMargins, kind, cols);
                    const Block<TestType> x = memory.input<TestType>(rows, cols, cols + rows % 3);
                    std::vector<TestType> got(2 * rows, TestType(5));
                    kernel.sum_each(x.data, x.ld, rows, cols, got.data(), 2);
                    std::vector<TestType> expected(2 * rows, TestType(5));
                    for (std::size_t i = 0; i < rows; ++i) {
                        expected[2 * i] = kernel.sum(x.data + i * x.ld, cols);
                    }
                    failures.compare(got, expected, name(kind), rows, "x", cols);
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("sum_rows is one chain down each column", "[kernels][sum]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t rows : Sizes{0, 1, 2, 7, 100}) {
                for (const std::size_t cols : lengths<TestType>()) {
                    Memory memory(Place::kMargins, kind, cols);
                    const Block<TestType> x = memory.input<TestType>(rows, cols, cols + rows % 3);
                    std::vector<TestType> got(cols);
                    dispatch::part<TestType>(table).sum_rows(x.data, x.ld, rows, cols, got.data());
                    std::vector<TestType> expected(cols);
                    for (std::size_t j = 0; j < cols; ++j) {
                        expected[j] = chain_sum(x.data + j, rows, x.ld);
                    }
                    failures.compare(got, expected, name(kind), rows, "x", cols);
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("argmax finds the first of equals and the first NaN", "[kernels][argmax]", float, double) {
    using Limits = std::numeric_limits<TestType>;
    each_table([](const kernels::KernelTable& table) {
        const auto& part = dispatch::part<TestType>(table);
        Failures failures;
        for (const std::size_t n : lengths<TestType>()) {
            if (n == 0) {
                continue;
            }
            for (const Kind kind : all_kinds()) {
                const std::vector<TestType> x = numbers<TestType>(n, kind, n);
                failures.expect(part.argmax(x.data(), n) == argmax(x.data(), n, 1), name(kind), "n =", n);
            }
            // A largest element, then an equal one, then a NaN, then a second NaN, placed anywhere.
            Source source(n);
            std::vector<TestType> x(n, -Limits::infinity());
            failures.expect(part.argmax(x.data(), n) == 0, "all -Inf, n =", n);
            for (const TestType value :
                 {TestType(-2), TestType(-2), Limits::quiet_NaN(), Limits::quiet_NaN()}) {
                x[source.below(n)] = value;
                failures.expect(part.argmax(x.data(), n) == argmax(x.data(), n, 1), "planted", value,
                                "n =", n);
            }
        }
        const std::vector<TestType> zeros = {TestType(-0.0), TestType(0.0), TestType(-0.0)};
        failures.expect(part.argmax(zeros.data(), zeros.size()) == 0, "-0 equals +0");
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("argmax_rows gives the row of each column's largest", "[kernels][argmax]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t rows : Sizes{1, 2, 9, 33}) {
                for (const std::size_t cols : lengths<TestType>()) {
                    Memory memory(Place::kMargins, kind, cols);
                    const Block<TestType> x = memory.input<TestType>(rows, cols, cols + rows % 4);
                    std::vector<std::size_t> got(cols, 77);
                    dispatch::part<TestType>(table).argmax_rows(x.data, x.ld, rows, cols, got.data());
                    std::vector<std::size_t> expected(cols);
                    for (std::size_t j = 0; j < cols; ++j) {
                        expected[j] = argmax(x.data + j, rows, x.ld);
                    }
                    failures.compare(got, expected, name(kind), rows, "x", cols);
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("argmax_cols gives the column of each row's largest", "[kernels][argmax]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t rows : Sizes{1, 2, 16, 35, 64}) {
                for (const std::size_t cols : Sizes{1, 2, 3, 4, 7, 10, 31, 32, 33, 100}) {
                    Memory memory(Place::kEnd, kind, cols);
                    const Block<TestType> x = memory.input<TestType>(rows, cols, cols + rows % 3);
                    std::vector<std::size_t> got(rows, 77);
                    dispatch::part<TestType>(table).argmax_cols(x.data, x.ld, rows, cols, got.data());
                    std::vector<std::size_t> expected(rows);
                    for (std::size_t i = 0; i < rows; ++i) {
                        expected[i] = argmax(x.data + i * x.ld, cols, 1);
                    }
                    failures.compare(got, expected, name(kind), rows, "x", cols);
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}
