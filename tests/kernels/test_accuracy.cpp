// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The functions of functions.inc against what they owe; their special values; and that an element's result
// depends on nothing but the element.
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/functions.hpp"
#include "support/levels.hpp"
#include "support/shapes.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// Values at equal steps through all bit patterns: every exponent of both signs, Inf and NaN among them.
template <class T>
std::vector<T> walk_of_bit_patterns(std::size_t count) {
    Source source(7);
    const BitsOf<T> step = std::numeric_limits<BitsOf<T>>::max() / static_cast<BitsOf<T>>(count);
    std::vector<T> values;
    BitsOf<T> pattern = static_cast<BitsOf<T>>(source.next()) % step;
    for (std::size_t i = 0; i < count; ++i, pattern = static_cast<BitsOf<T>>(pattern + step)) {
        values.push_back(std::bit_cast<T>(pattern));
    }
    return values;
}

// Even and uneven points of the interesting range, the neighbourhood of 0 and 1, and the ends of the type.
template <class T>
std::vector<T> walk_of_range(double low, double high, std::size_t count) {
    using Limits = std::numeric_limits<T>;
    Source source(8);
    std::vector<T> values = {T(0),
                             -T(0),
                             T(1),
                             -T(1),
                             Limits::min(),
                             -Limits::min(),
                             Limits::max(),
                             -Limits::max(),
                             Limits::denorm_min(),
                             -Limits::denorm_min(),
                             Limits::infinity(),
                             -Limits::infinity(),
                             static_cast<T>(low),
                             static_cast<T>(high)};
    T near_one = T(1) - 64 * Limits::epsilon();
    for (int i = 0; i < 200; ++i, near_one = std::nextafter(near_one, T(2))) {
        values.push_back(near_one);
    }
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(static_cast<T>(source.uniform(low, high)));
        values.push_back(static_cast<T>(source.uniform(-1.0, 1.0)));
    }
    return values;
}

template <class T>
struct Worst {
    double ulp = 0.0;
    T x = 0;
    T got = 0;
};

template <class T>
Worst<T> worst_of(const Function<T>& row, const kernels::Kernels<T>& part, const std::vector<T>& x) {
    std::vector<T> y(x.size());
    (part.*row.slot)(x.data(), y.data(), x.size());
    Worst<T> worst;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double ulp = row.error(x[i], y[i]);
        if (ulp > worst.ulp) {
            worst = {ulp, x[i], y[i]};
        }
    }
    return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("elementwise functions keep their budgets", "[kernels][accuracy]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        for (const Function<TestType>& row : functions<TestType>()) {
            if (!row.can_judge()) {
                WARN(row.name << " skipped: long double is no wider than double here");
                continue;
            }
            for (const auto& x : {walk_of_bit_patterns<TestType>(100003),
                                  walk_of_range<TestType>(row.owed.low, row.owed.high, 50000)}) {
                const Worst<TestType> worst = worst_of(row, dispatch::part<TestType>(table), x);
                INFO(row.name << "(" << text_of(worst.x) << ") = " << text_of(worst.got));
                CHECK(worst.ulp <= row.owed.max_ulp);
            }
        }
    });
}

TEST_CASE("sigmoid of double loses what exp has lost and one rounding", "[kernels][accuracy]") {
    if (!long_double_is_extended()) {
        WARN("skipped: long double is no wider than double here, so it cannot judge double results");
        return;
    }
    Source source(9);
    std::vector<double> x;
    for (int i = 0; i < 40000; ++i) {
        x.push_back(source.uniform(-40.0, 40.0));
        x.push_back(source.uniform(1.0, 8.0));
    }
    std::vector<double> y(x.size());
    const auto true_sigmoid = function<double>("sigmoid").truth;
    each_table([&](const kernels::KernelTable& table) {
        table.f64.sigmoid(x.data(), y.data(), x.size());
        Failures failures;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const long double truth = true_sigmoid(static_cast<long double>(x[i]));
            // exp's budget of one unit, 2^-52 of e at most, moves y by y (1 - y) as much: 2 (1 - y) of y's
            // units, which are at least 2^-53 of y. The truth itself has a few roundings of 2^-11 units.
            const double most = 0.5 + 2.0 * static_cast<double>(1 - truth) + 8 * 0x1p-11;
            const double found = ulp_error(y[i], truth);
            if (found > most) {
                failures.add("is " + text_of(found) + " units off, allowed " + text_of(most), table.name,
                             text_of(x[i]));
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("elementwise functions at special values", "[kernels][accuracy]", float, double) {
    using T = TestType;
    each_table([&](const kernels::KernelTable& table) {
        Failures failures;
        for (const Function<T>& row : functions<T>()) {
            for (const Special<T>& special : row.specials) {
                // Once as a tail and once in the middle of full vectors.
                const std::vector<T> x(67, special.x);
                std::vector<T> y(67, T(3));
                (dispatch::part<T>(table).*row.slot)(x.data(), y.data(), x.size());
                failures.compare(y, std::vector<T>(67, special.y), row.name, text_of(special.x));
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("an element's result depends on neither place nor length", "[kernels][accuracy]", float,
                   double) {
    each_table([](const kernels::KernelTable& table) {
        Failures failures;
        for (const Function<TestType>& row : functions<TestType>()) {
            const auto slot = dispatch::part<TestType>(table).*row.slot;
            std::vector<TestType> x = walk_of_bit_patterns<TestType>(503);
            const std::vector<TestType> more = walk_of_range<TestType>(row.owed.low, row.owed.high, 100);
            x.insert(x.end(), more.begin(), more.end());
            // In each vector of eight one for which the quick ways have no answer.
            using Limits = std::numeric_limits<TestType>;
            const TestType far[] = {Limits::max(), Limits::lowest(), Limits::infinity()};
            for (std::size_t i = 5; i < x.size(); i += 6) {
                x[i] = far[i / 6 % 3];
            }
            std::vector<TestType> alone(x.size());
            for (std::size_t i = 0; i < x.size(); ++i) {
                slot(&x[i], &alone[i], 1);
            }
            for (const std::size_t n : lengths<TestType>()) {
                const std::size_t count = n < x.size() ? n : x.size();
                std::vector<TestType> y(count);
                slot(x.data() + (x.size() - count), y.data(), count);
                const std::vector<TestType> expected(alone.end() - static_cast<std::ptrdiff_t>(count),
                                                     alone.end());
                failures.compare(y, expected, row.name, "n =", count);
                std::vector<TestType> in_place(x.end() - static_cast<std::ptrdiff_t>(count), x.end());
                slot(in_place.data(), in_place.data(), count);
                failures.compare(in_place, expected, row.name, "in place, n =", count);
            }
        }
        REQUIRE(failures.text() == "");
    });
}
