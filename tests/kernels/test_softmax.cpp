// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// softmax and the three loss slots: their documented order on top of the level's own exp and log, bit for
// bit.
#include <algorithm>
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

namespace {

// Around the change of the sum's order at 32, and the usual suspects.
constexpr std::size_t kWidths[] = {1, 2, 3, 10, 31, 32, 33, 34, 50, 63, 64, 65, 127, 128, 129, 300};

// How far logits are stretched: within what the fast paths take, and beyond; there quotients of whole rows
// come near underflow (43), and exponentials are 0 (200).
constexpr int kStretches[] = {20, 43, 200};

// Logits: a memory's numbers, stretched so that the exponentials differ by many orders of magnitude.
template <class T>
Block<T> logits(Memory& memory, std::size_t rows, std::size_t cols, std::size_t ld, int stretch) {
    const Block<T> x = memory.input<T>(rows, cols, ld);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < cols; ++j) {
            x.data[i * ld + j] *= static_cast<T>(stretch);
        }
    }
    return x;
}

}  // namespace

TEMPLATE_TEST_CASE("softmax follows its documented order", "[kernels][softmax]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        const auto& part = dispatch::part<TestType>(table);
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t cols : kWidths) {
                const std::size_t rows = 1 + cols % 18;
                for (const int stretch : kStretches) {
                    Memory memory(Place::kMargins, kind, cols);
                    const Block<TestType> x = logits<TestType>(memory, rows, cols, cols + cols % 3, stretch);
                    const Block<TestType> y = memory.output<TestType>(rows, cols, cols + cols % 4);
                    std::vector<TestType> expected;
                    for (std::size_t i = 0; i < rows; ++i) {
                        const auto row =
                            softmax_row(rounding_of(table.fma), part.exp, x.data + i * x.ld, cols);
                        expected.insert(expected.end(), row.p.begin(), row.p.end());
                    }
                    part.softmax(x.data, x.ld, rows, cols, y.data, y.ld);
                    failures.compare(y.elements(), expected, name(kind), rows, "x", cols);
                    failures.expect(memory.untouched(), name(kind), rows, "x", cols, "wrote into a gap");
                    part.softmax(x.data, x.ld, rows, cols, x.data, x.ld);
                    failures.compare(x.elements(), expected, name(kind), rows, "x", cols, "in place");
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("a softmax row with NaN or Inf is NaN, -Inf gives 0", "[kernels][softmax]", float,
                   double) {
    using Limits = std::numeric_limits<TestType>;
    const TestType inf = Limits::infinity();
    const TestType nan = Limits::quiet_NaN();
    each_table([&](const kernels::KernelTable& table) {
        const auto& part = dispatch::part<TestType>(table);
        Failures failures;
        for (const std::size_t cols : kWidths) {
            for (const TestType bad : {nan, inf}) {
                std::vector<TestType> x(cols, TestType(1));
                x[cols / 2] = bad;
                part.softmax(x.data(), cols, 1, cols, x.data(), cols);
                failures.compare(x, std::vector<TestType>(cols, nan), "cols", cols, "with", bad);
            }
            std::vector<TestType> x(cols, -inf);
            part.softmax(x.data(), cols, 1, cols, x.data(), cols);
            failures.compare(x, std::vector<TestType>(cols, nan), "cols", cols, "all -Inf");
            std::vector<TestType> one(cols, -inf);
            one[cols - 1] = TestType(-3);
            std::vector<TestType> expected(cols, TestType(0));
            expected[cols - 1] = TestType(1);
            part.softmax(one.data(), cols, 1, cols, one.data(), cols);
            failures.compare(one, expected, "cols", cols, "all -Inf but one");
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("softmax_loss follows its documented order", "[kernels][loss]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        const auto& part = dispatch::part<TestType>(table);
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t cols : kWidths) {
                const std::size_t rows = 1 + cols % 18;
                const auto divisor = static_cast<TestType>(rows);
                for (const int stretch : kStretches) {
                    Memory memory(Place::kMargins, kind, cols);
                    const Block<TestType> x = logits<TestType>(memory, rows, cols, cols + cols % 3, stretch);
                    const Block<TestType> p = memory.output<TestType>(rows, cols, cols + cols % 4);
                    const Block<TestType> dx = memory.output<TestType>(rows, cols, cols + cols % 2);
                    const std::vector<int> labels = labels_below(cols, rows, cols);
                    std::vector<TestType> expected_p;
                    std::vector<TestType> expected_dx;
                    std::vector<double> expected_loss;
                    for (std::size_t i = 0; i < rows; ++i) {
                        const auto label = static_cast<std::size_t>(labels[i]);
                        const auto row =
                            softmax_row(rounding_of(table.fma), part.exp, x.data + i * x.ld, cols);
                        const auto gradient = softmax_gradient_row(row, label, divisor);
                        expected_p.insert(expected_p.end(), row.p.begin(), row.p.end());
                        expected_dx.insert(expected_dx.end(), gradient.begin(), gradient.end());
                        expected_loss.push_back(
                            softmax_loss_row(table.f64.log, row, x.data[i * x.ld + label]));
                    }
                    std::vector<double> loss(rows);
                    part.softmax_loss({rows, cols, x.data, x.ld, labels.data(), divisor, p.data, p.ld,
                                       dx.data, dx.ld, loss.data()});
                    failures.compare(p.elements(), expected_p, "p", name(kind), rows, "x", cols);
                    failures.compare(dx.elements(), expected_dx, "dx", name(kind), rows, "x", cols);
                    failures.compare(loss, expected_loss, "loss", name(kind), rows, "x", cols);
                    failures.expect(memory.untouched(), name(kind), rows, "x", cols, "wrote into a gap");
                    std::vector<double> loss_again(rows);
                    part.softmax_loss({rows, cols, x.data, x.ld, labels.data(), divisor, nullptr, 0, x.data,
                                       x.ld, loss_again.data()});
                    failures.compare(x.elements(), expected_dx, "dx over x, no p", name(kind), rows, "x",
                                     cols);
                    failures.compare(loss_again, expected_loss, "loss, no p", name(kind), rows, "x", cols);
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

// Ten columns without gaps are read and written by permutations of their own.
TEMPLATE_TEST_CASE("ten classes without gaps are like ten with gaps", "[kernels][softmax][loss]", float,
                   double) {
    each_table([](const kernels::KernelTable& table) {
        const auto& part = dispatch::part<TestType>(table);
        Failures failures;
        for (const std::size_t rows : Sizes{1, 7, 8, 15, 16, 17, 32, 100, 128, 200}) {
            for (const int stretch : kStretches) {
                Memory memory(Place::kEnd, Kind::kNormal, rows);
                const Block<TestType> tight = logits<TestType>(memory, rows, 10, 10, stretch);
                const Block<TestType> gapped = memory.output<TestType>(rows, 10, 13);
                // Groups of rows that take the slow way stand among others.
                tight.data[rows / 2 * 10 + 3] = std::numeric_limits<TestType>::quiet_NaN();
                tight.data[rows / 3 * 10 + 4] = TestType(-1000);
                tight.data[rows / 4 * 10 + 5] = -std::numeric_limits<TestType>::infinity();
                for (std::size_t i = 0; i < rows * 10; ++i) {
                    gapped.data[i / 10 * 13 + i % 10] = tight.data[i];
                }
                const Block<TestType> y = memory.output<TestType>(rows, 10, 10);
                const Block<TestType> dx = memory.output<TestType>(rows, 10, 10);
                const std::vector<int> labels = labels_below(10, rows);
                std::vector<double> loss(rows);
                std::vector<double> gapped_loss(rows);
                const auto divisor = static_cast<TestType>(rows);
                std::vector<std::size_t> largest(rows);
                std::vector<std::size_t> expected;
                for (std::size_t i = 0; i < rows; ++i) {
                    expected.push_back(argmax(tight.data + 10 * i, 10, 1));
                }
                part.argmax_cols(tight.data, 10, rows, 10, largest.data());
                failures.compare(largest, expected, "argmax", rows);
                part.softmax(tight.data, 10, rows, 10, y.data, 10);
                const Block<TestType> over = memory.output<TestType>(rows, 10, 10);
                std::copy_n(tight.data, rows * 10, over.data);
                part.softmax(over.data, 10, rows, 10, over.data, 10);
                part.softmax_loss(
                    {rows, 10, tight.data, 10, labels.data(), divisor, nullptr, 0, dx.data, 10, loss.data()});
                const Block<TestType> gapped_dx = memory.output<TestType>(rows, 10, 11);
                part.softmax_loss({rows, 10, gapped.data, 13, labels.data(), divisor, nullptr, 0,
                                   gapped_dx.data, 11, gapped_loss.data()});
                part.softmax(gapped.data, 13, rows, 10, gapped.data, 13);
                failures.compare(y.elements(), gapped.elements(), "softmax", rows, stretch);
                failures.compare(over.elements(), gapped.elements(), "softmax over x", rows, stretch);
                failures.compare(dx.elements(), gapped_dx.elements(), "gradient", rows, stretch);
                failures.compare(loss, gapped_loss, "loss", rows, stretch);
                std::vector<double> loss_in_place(rows);
                part.softmax_loss({rows, 10, tight.data, 10, labels.data(), divisor, nullptr, 0, tight.data,
                                   10, loss_in_place.data()});
                failures.compare(tight.elements(), gapped_dx.elements(), "gradient over x", rows, stretch);
                failures.compare(loss_in_place, gapped_loss, "loss over x", rows, stretch);
                failures.expect(memory.untouched(), rows, "wrote into a gap");
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("log_loss and soft_log_loss follow their documented order", "[kernels][loss]", float,
                   double) {
    each_table([](const kernels::KernelTable& table) {
        const auto& part = dispatch::part<TestType>(table);
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t n : lengths<TestType>()) {
                std::vector<TestType> x = numbers<TestType>(n, kind, n);
                const std::vector<TestType> t = numbers<TestType>(n, Kind::kProbability, n + 1);
                if (n > 0) {
                    x[n / 2] = static_cast<TestType>(1.0 - 1e-7);  // in double a loss of -0
                }
                std::vector<double> expected;
                for (const TestType value : x) {
                    expected.push_back(log_loss(table.f64.log, value));
                }
                std::vector<double> got(n);
                part.log_loss(x.data(), got.data(), n);
                failures.compare(got, expected, "log_loss", name(kind), "n =", n);
                const double soft =
                    soft_log_loss(table.f64.log, rounding_of(table.fma), x.data(), t.data(), n);
                failures.compare(std::vector{part.soft_log_loss(x.data(), t.data(), n)}, std::vector{soft},
                                 "soft_log_loss", name(kind), "n =", n);
            }
        }
        REQUIRE(failures.text() == "");
    });
}
