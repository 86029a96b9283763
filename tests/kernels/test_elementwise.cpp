// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The elementwise slots that are exact by definition: add, axpy, scale, adam, sigmoid_backward and pixels,
// out of place and in place.
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "support/oracle.hpp"
#include "support/shapes.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// body(part, rounding, x, z, failures) for every level, kind and length.
template <class T, class Body>
void each_input(const Body& body) {
    each_table([&](const kernels::KernelTable& table) {
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t n : lengths<T>()) {
                body(dispatch::part<T>(table), rounding_of(table.fma), numbers<T>(n, kind, 1),
                     numbers<T>(n, kind, 2), failures);
            }
        }
        REQUIRE(failures.text() == "");
    });
}

}  // namespace

TEMPLATE_TEST_CASE("add rounds once", "[kernels][add]", float, double) {
    using Values = std::vector<TestType>;
    each_input<TestType>([](const auto& part, Rounding, Values x, Values z, Failures& failures) {
        const std::size_t n = x.size();
        Values expected(n);
        for (std::size_t i = 0; i < n; ++i) {
            expected[i] = x[i] + z[i];
        }
        Values y(n);
        part.add(x.data(), z.data(), y.data(), n);
        failures.compare(y, expected, "add, n =", n);
        part.add(x.data(), z.data(), x.data(), n);
        failures.compare(x, expected, "add into x1, n =", n);
    });
}

TEMPLATE_TEST_CASE("axpy is a multiply-add of its class", "[kernels][axpy]", float, double) {
    using Values = std::vector<TestType>;
    each_input<TestType>([](const auto& part, Rounding rounding, Values x, Values z, Failures& failures) {
        const std::size_t n = x.size();
        const TestType a = TestType(-0.1);
        Values expected(n);
        Values expected_same(n);
        for (std::size_t i = 0; i < n; ++i) {
            expected[i] = multiply_add(rounding, a, x[i], z[i]);
            expected_same[i] = multiply_add(rounding, a, x[i], x[i]);
        }
        part.axpy(a, x.data(), z.data(), n);
        failures.compare(z, expected, "axpy, n =", n);
        part.axpy(a, x.data(), x.data(), n);
        failures.compare(x, expected_same, "axpy with y = x, n =", n);
    });
}

TEMPLATE_TEST_CASE("scale rounds once", "[kernels][scale]", float, double) {
    using Values = std::vector<TestType>;
    each_input<TestType>([](const auto& part, Rounding, Values x, Values, Failures& failures) {
        const std::size_t n = x.size();
        const TestType a = TestType(0.7);
        Values expected(n);
        for (std::size_t i = 0; i < n; ++i) {
            expected[i] = a * x[i];
        }
        Values y(n);
        part.scale(a, x.data(), y.data(), n);
        failures.compare(y, expected, "scale, n =", n);
        part.scale(a, x.data(), x.data(), n);
        failures.compare(x, expected, "scale in place, n =", n);
    });
}

TEMPLATE_TEST_CASE("adam rounds each operation", "[kernels][adam]", float, double) {
    using T = TestType;
    using Values = std::vector<T>;
    each_input<T>([](const auto& part, Rounding, Values g, Values p, Failures& failures) {
        const std::size_t n = g.size();
        for (const T divisor : {T(1), T(0.3)}) {
            Values first = p;
            Values second(n);
            Values moved = p;
            Values expected(n);
            Values expected_first(n);
            Values expected_second(n);
            for (std::size_t i = 0; i < n; ++i) {
                second[i] = p[i] * p[i];
                const T step = (g[i] - first[i]) * T(0.1);
                expected_first[i] = first[i] + step;
                const T square = g[i] * g[i];
                const T step_2 = (square - second[i]) * T(0.01);
                expected_second[i] = second[i] + step_2;
                const T root = std::sqrt(expected_second[i]) / divisor;
                const T quotient = expected_first[i] * T(0.002) / (root + T(1e-7));
                expected[i] = p[i] - quotient;
            }
            part.adam({n, g.data(), moved.data(), first.data(), second.data(), T(0.002), T(0.1), T(0.01),
                       T(1e-7), divisor});
            failures.compare(first, expected_first, "the first memory, n =", n);
            failures.compare(second, expected_second, "the second memory, n =", n);
            failures.compare(moved, expected, "parameters, n =", n);
        }
    });
}

TEMPLATE_TEST_CASE("sigmoid_backward rounds three times", "[kernels][sigmoid]", float, double) {
    using Values = std::vector<TestType>;
    each_input<TestType>([](const auto& part, Rounding, Values z, Values dz, Failures& failures) {
        const std::size_t n = z.size();
        Values expected(n);
        for (std::size_t i = 0; i < n; ++i) {
            expected[i] = (z[i] * (TestType(1) - z[i])) * dz[i];
        }
        Values y(n);
        part.sigmoid_backward(z.data(), dz.data(), y.data(), n);
        failures.compare(y, expected, "out of place, n =", n);
        Values over_dz = dz;
        part.sigmoid_backward(z.data(), over_dz.data(), over_dz.data(), n);
        failures.compare(over_dz, expected, "over dz, n =", n);
        part.sigmoid_backward(z.data(), dz.data(), z.data(), n);
        failures.compare(z, expected, "over z, n =", n);
    });
}
