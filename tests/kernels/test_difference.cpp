// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The kernels of the net's differences: sinh and cosh - 1 against the truth, the polynomials for small moves
// against the general routine at the very edge of their range, and lanes that know nothing of each other.
// What they add up to: tests/nn/test_net_differences.cpp.
#include <cmath>
#include <cstdlib>
#include <vector>

#include "kernels/memory.hpp"
#include "nn/difference/small_moves.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "support/shapes.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

using nn::SmallMoves;

// Inputs of one sample: h x from `most` down to nothing, both signs.
std::vector<double> moves_up_to(double most, std::size_t count) {
    std::vector<double> moves;
    for (std::size_t e = 0; e < count; ++e) {
        moves.push_back(most * std::ldexp(e % 2 == 0 ? 1.0 : -1.0, -static_cast<int>(e / 2)));
    }
    return moves;
}

// Five classes, the label in the middle; weights as far apart as `spread`.
struct Sample {
    static constexpr std::size_t kClasses = 5;
    static constexpr std::size_t kLabel = 2;

    Sample(std::size_t units, double spread, const std::vector<double>& moves)
        : w(numbers<double>(kClasses * units, Kind::kNormal, 1)),
          sinh(moves.size()),
          cosh1(moves.size()),
          y(moves.size() * units) {
        for (std::size_t j = 0; j < units; ++j) {
            const double a = static_cast<double>(j) * 0.37 - 3.0;
            z.push_back(1.0 / (1.0 + std::exp(-a)));
            zm.push_back(1.0 / (1.0 + std::exp(a)));
        }
        for (double& weight : w) {
            weight = std::fmax(-0.5, std::fmin(0.5, weight)) * spread;
        }
        for (std::size_t e = 0; e < moves.size(); ++e) {
            sinh[e] = std::sinh(moves[e]);
            cosh1[e] = 2.0 * std::sinh(moves[e] / 2) * std::sinh(moves[e] / 2);
        }
    }
    kernels::UnitDifferences<double> block(std::size_t first, std::size_t units, double q) {
        const std::size_t all = z.size();
        return {
            units, sinh.size(), kClasses, kLabel,      z.data() + first, zm.data() + first, w.data() + first,
            all,   p.data(),    q,        sinh.data(), cosh1.data(),     y.data() + first,  all};
    }

    std::vector<double> z;
    std::vector<double> zm;
    std::vector<double> w;
    std::vector<double> p = {0.1, 0.3, 0.05, 0.35, 0.2};
    std::vector<double> sinh;
    std::vector<double> cosh1;
    std::vector<double> y;
};

}  // namespace

TEST_CASE("sinh and cosh - 1 are good to a few ULP", "[kernels][accuracy]") {
    std::vector<double> x = {0.0, 1e-300, 1e-8, 1.0, std::nextafter(1.0, 2.0), -1.0, 36.0, 700.0, -700.0};
    for (const double value : numbers<double>(20'000, Kind::kNormal, 3)) {
        x.push_back(value);
        x.push_back(value * 1e-4);
        x.push_back(value * 30.0);
    }
    each_table([&](const kernels::KernelTable& table) {
        std::vector<double> sinh(x.size());
        std::vector<double> cosh1(x.size());
        table.sinh_cosh1(x.data(), sinh.data(), cosh1.data(), x.size());
        double worst_sinh = 0.0;
        double worst_cosh1 = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const long double half = std::sinh(static_cast<long double>(x[i]) / 2);
            const long double true_sinh = std::sinh(static_cast<long double>(x[i]));
            const long double true_cosh1 = 2 * half * half;
            const auto error = [](double found, long double truth) {
                return truth == 0 ? std::fabs(found)
                                  : static_cast<double>(
                                        std::fabs((static_cast<long double>(found) - truth) / truth)) /
                                        0x1p-53;
            };
            worst_sinh = std::fmax(worst_sinh, error(sinh[i], true_sinh));
            worst_cosh1 = std::fmax(worst_cosh1, x[i] == 1e-300 ? 0.0 : error(cosh1[i], true_cosh1));
        }
        // Relative, in units of 2^-53: 2 ULP are 4 of them at worst. Just above 1 the subtraction from cosh
        // triples what its rounding was.
        CHECK(worst_sinh <= 8.0);
        CHECK(worst_cosh1 <= 12.0);
        CHECK(sinh[1] == 1e-300);
    });
}

TEST_CASE("small moves: the polynomials equal the general routine at the edge of their range",
          "[kernels][differences]") {
    using Limits = SmallMoves<double>;
    // The largest input moves allow but little weight, the largest weights but a smaller move.
    const struct {
        double move;
        double spread;
    } edges[] = {{Limits::kInput, Limits::kWeight / 0.2503 / Limits::kInput},
                 {Limits::kInput, Limits::kLevel / (0.0482 * Limits::kInput * Limits::kInput)},
                 {1e-4, Limits::kWeight / 0.2503 / 1e-4}};
    each_table([&](const kernels::KernelTable& table) {
        for (const auto& edge : edges) {
            for (const double q : {0.0, 1e-6, 3.0}) {
                Sample small(21, edge.spread, moves_up_to(edge.move, 11));
                Sample any = small;
                table.f64.unit_differences(small.block(0, 21, q));
                table.unit_differences_any(any.block(0, 21, q));
                double worst = 0.0;
                double largest = 0.0;
                for (std::size_t i = 0; i < small.y.size(); ++i) {
                    worst = std::fmax(worst, std::fabs(small.y[i] - any.y[i]));
                    largest = std::fmax(largest, std::fabs(any.y[i]));
                }
                CAPTURE(table.name, edge.move, edge.spread, q);
                // Some twenty roundings each, of terms as large as the largest difference.
                CHECK(worst <= 40 * 0x1p-53 * largest);
                CHECK(largest > 0.0);
            }
        }
    });
}

TEST_CASE("small moves of the outputs: the polynomials equal the general routine", "[kernels][differences]") {
    constexpr double kStep = SmallMoves<double>::kInput;
    const std::vector<double> p = {0.02, 0.9, 0.05, 0.03};
    const std::vector<double> moves = moves_up_to(kStep, 11);
    each_table([&](const kernels::KernelTable& table) {
        std::vector<double> sinh(moves.size());
        std::vector<double> cosh1(moves.size());
        table.sinh_cosh1(moves.data(), sinh.data(), cosh1.data(), moves.size());
        for (std::size_t label = 0; label < p.size(); ++label) {
            for (const double q : {0.0, 1e-6, 3.0}) {
                std::vector<double> small(p.size() * moves.size());
                std::vector<double> any(small.size());
                const double others = 1.0 - p[label];
                table.output_differences({moves.size(), p.size(), label, p.data(), others, q, sinh.data(),
                                          cosh1.data(), small.data(), moves.size()});
                table.output_differences_any({moves.size(), p.size(), label, p.data(), others, q,
                                              moves.data(), cosh1.data(), any.data(), moves.size()});
                for (std::size_t i = 0; i < small.size(); ++i) {
                    CAPTURE(table.name, label, q, i);
                    // Some twenty roundings each, of the difference's own size.
                    CHECK(std::fabs(small[i] - any[i]) <= 40 * 0x1p-53 * std::fabs(any[i]));
                    CHECK(any[i] != 0.0);
                }
            }
        }
    });
}

TEST_CASE("a class that a move lifts from out of sight, as far as numbers go", "[kernels][differences]") {
    // One of the two moves lifts the other class by e^(a quarter of the weight times sinh / D).
    const double z = 0.5;
    const double sinh[] = {std::sinh(20.0), std::sinh(-20.0)};
    const double cosh1[] = {std::cosh(20.0) - 1.0, std::cosh(20.0) - 1.0};
    const double reach = 0.25 * sinh[0] / (1.0 + 0.5 * cosh1[0]);
    each_table([&](const kernels::KernelTable& table) {
        const auto differences = [&](double weight, double seldom, double q, double label, double still) {
            const double p[] = {label, seldom, still};
            const double w[] = {weight, 0.0, weight};
            std::vector<double> y(2);
            table.unit_differences_any({1, 2, 3, 0, &z, &z, w, 1, p, q, sinh, cosh1, y.data(), 1});
            return y;
        };
        CAPTURE(table.name);
        // log of 1 + p e^lift; of 1 + p e^-lift, which is 0. Ten roundings of exponents near 690.
        const double expected = std::log1p(std::exp(1380.0 * reach + std::log(1e-290)));
        const auto within = differences(1380.0, 1e-290, 0.0, 1.0, 0.0);
        CHECK(std::fabs(within[0] + expected) <= 10 * 690 * 0x1p-53);
        CHECK(std::fabs(within[1] - expected) <= 10 * 690 * 0x1p-53);
        // Farther than a double can scale: no number at all, where 0 would be taken for the answer.
        for (const auto& y :
             {differences(1440.0, 1e-5, 0.0, 1.0, 0.0), differences(1440.0, 1e-5, 1e-7, 1.0, 0.0),
              differences(1412.0, 1.0, 100.0, 1e-9, 1.0)}) {
            CHECK(!std::isfinite(y[0]));
            CHECK(!std::isfinite(y[1]));
        }
    });
}

TEST_CASE("a unit's differences are the same alone and among others", "[kernels][differences]") {
    each_table([](const kernels::KernelTable& table) {
        for (const std::size_t inputs : std::vector<std::size_t>{1, 3, 4, 8, 9, 17}) {
            Sample together(37, 1.0, moves_up_to(1e-4, inputs));
            Sample alone = together;
            table.f64.unit_differences(together.block(0, 37, 1e-6));
            for (std::size_t j = 0; j < 37; ++j) {
                table.f64.unit_differences(alone.block(j, 1, 1e-6));
            }
            Failures failures;
            failures.compare(alone.y, together.y, table.name, "inputs", inputs);
            REQUIRE(failures.text() == "");
        }
    });
}

TEST_CASE("a move of the label by nothing is -0 at every level", "[kernels][differences]") {
    // Valgrind 3.19 gives fnmadd's zeros the sign of fmadd's, turned; its test set-up names it.
    const bool signed_zeros = std::getenv("THALWEG_TEST_VALGRIND") == nullptr;
    each_table([signed_zeros](const kernels::KernelTable& table) {
        const std::vector<double> p = {0.25, 0.5, 0.25};
        const std::vector<double> moves(11, 0.0);
        for (const std::size_t units : std::vector<std::size_t>{1, 4, 8, 11}) {
            std::vector<double> sum(p.size() * units, -0.0);
            table.output_differences_any(
                {units, p.size(), 1, p.data(), 0.5, 1e-6, moves.data(), moves.data(), sum.data(), units});
            for (std::size_t j = 0; j < units; ++j) {
                CAPTURE(table.name, units, j);
                CHECK(sum[units + j] == 0.0);
                CHECK((std::signbit(sum[units + j]) || !signed_zeros));
                CHECK(!std::signbit(sum[j]));
            }
        }
    });
}

TEST_CASE("kernels in double alone stay inside their arrays, with equal bits within a class",
          "[kernels][guarded]") {
    const auto run = [](const kernels::KernelTable& table, Memory& memory, std::size_t n) {
        std::vector<double> found;
        const auto keep = [&](const Block<double>& block) {
            const std::vector<double> values = block.elements();
            found.insert(found.end(), values.begin(), values.end());
        };
        const double* const x = memory.input<double>(n);
        const Block<double> sinh = memory.output<double>(1, n, n);
        const Block<double> cosh1 = memory.output<double>(1, n, n);
        table.sinh_cosh1(x, sinh.data, cosh1.data, n);
        const Block<double> y = memory.output<double>(3, n, n + 1);
        const Block<double> w = memory.input<double>(4, n, n + 2);
        const double* const p = memory.input<double>(4);
        const double* const moves = memory.input<double>(6);
        table.unit_differences_any({n, 3, 4, 0, memory.input<double>(n), memory.input<double>(n), w.data,
                                    w.ld, p, 1e-6, moves, moves + 3, y.data, y.ld});
        keep(sinh);
        keep(cosh1);
        keep(y);
        for (const auto output : {table.output_differences, table.output_differences_any}) {
            const Block<double> sum = memory.output<double>(4, n, n + 3);
            for (std::size_t k = 0; k < 4; ++k) {
                fill(sum.data + k * sum.ld, n, Kind::kNormal, k);
            }
            output({n, 4, 3, p, 0.7, 1e-6, sinh.data, cosh1.data, sum.data, sum.ld});
            keep(sum);
        }
        return found;
    };
    for (const bool fma : {true, false}) {
        const kernels::KernelTable* first = nullptr;
        each_table([&](const kernels::KernelTable& table) {
            if (table.fma != fma) {
                return;
            }
            first = first == nullptr ? &table : first;
            Failures failures;
            for (const std::size_t n : lengths<double>()) {
                Memory reference(Place::kMargins, Kind::kNormal, n);
                const auto expected = run(*first, reference, n);
                for (const Place place : {Place::kMargins, Place::kEnd, Place::kStart}) {
                    Memory memory(place, Kind::kNormal, n);
                    failures.compare(run(table, memory, n), expected, table.name, "n =", n);
                    failures.expect(memory.untouched(), table.name, "n =", n, "wrote into a gap");
                }
            }
            REQUIRE(failures.text() == "");
        });
    }
}
