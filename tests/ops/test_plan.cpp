// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Plans of long programs: the kernel has room for so many steps and inputs, and no way of saying that there
// are more.
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/array_step.hpp"
#include "ops/plan.hpp"
#include "support/catch.hpp"
#include "thalweg/array.hpp"

namespace thalweg::ops {
namespace {

using arrays::Op;

// Room for inputs is what the step at the end of an array takes: what lies in memory is copied, each time it
// is read.
void check_segments(const std::vector<Op>& operations) {
    std::size_t leaves = 0;
    for (const Op op : operations) {
        leaves += op == Op::kLeaf ? 1 : 0;
    }
    const auto numbers = std::make_unique<bool[]>(leaves);
    ArrayPlan plan;
    make_plan({operations.size(), nullptr, 0, 0, operations.data(), numbers.get()}, plan);
    std::size_t steps = 0;
    for (std::size_t s = 0; s < plan.segments.size(); ++s) {
        const Segment& segment = plan.segments[s];
        std::size_t inputs = 0;
        for (std::size_t i = segment.first; i < segment.first + segment.count; ++i) {
            for (const Place& place : plan.steps[i].in) {
                inputs += place.kind == Place::kLeaf || place.kind == Place::kBuffer ? 1 : 0;
            }
        }
        CAPTURE(operations.size(), s, segment.count, inputs);
        CHECK(segment.count <= kernels::kMostArraySteps);
        CHECK(inputs <= kernels::kMostArrayInputs);
        steps += segment.count;
    }
    CHECK(steps == plan.steps.size());
}

TEST_CASE("plans cut programs into segments that the kernel has room for") {
    for (std::size_t depth = 1; depth <= 40; ++depth) {
        // where(x < y, z, where(x < y, z, ...)): three inputs a step. A sum: one. Negations: none.
        std::vector<Op> choices;
        std::vector<Op> sum{Op::kLeaf};
        std::vector<Op> negations{Op::kLeaf};
        for (std::size_t i = 0; i < depth; ++i) {
            choices.insert(choices.end(), {Op::kLeaf, Op::kLeaf, Op::kLess, Op::kLeaf});
            sum.insert(sum.end(), {Op::kLeaf, Op::kAdd});
            negations.push_back(Op::kNegate);
        }
        choices.push_back(Op::kLeaf);
        choices.insert(choices.end(), depth, Op::kWhere);
        check_segments(choices);
        check_segments(sum);
        check_segments(negations);
    }
}

// Small whole numbers: every result below is exact, or one division of such.
constexpr std::size_t kCount = 40;

template <class T>
Matrix<T> row(int step) {
    Matrix<T> m(1, kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
        m.data()[i] = static_cast<T>(static_cast<int>(i) * step % 11 - 5);
    }
    return m;
}

template <class T, class F>
void check_each(const Matrix<T>& found, const F& expected) {
    for (std::size_t i = 0; i < kCount; ++i) {
        CAPTURE(i);
        CHECK(found.data()[i] == expected(i));
    }
}

TEMPLATE_TEST_CASE("plans: numbers on the left, products of sums, values that wait", "", float, double) {
    using T = TestType;
    const Matrix<T> a = row<T>(1);
    const Matrix<T> b = row<T>(3);
    const Matrix<T> c = row<T>(7);
    const T* const x = a.data();
    const T* const y = b.data();
    const T* const z = c.data();
    check_each<T>(T(2) - a, [&](std::size_t i) { return T(2) - x[i]; });
    check_each<T>(T(1) / (a + T(9)), [&](std::size_t i) { return T(1) / (x[i] + T(9)); });
    check_each<T>(T(2) < a, [&](std::size_t i) { return T(T(2) < x[i]); });
    check_each<T>(T(2) >= a, [&](std::size_t i) { return T(T(2) >= x[i]); });
    check_each<T>((a + b) * (a + c), [&](std::size_t i) { return (x[i] + y[i]) * (x[i] + z[i]); });
    check_each<T>((a + b) * (a + b), [&](std::size_t i) { return (x[i] + y[i]) * (x[i] + y[i]); });
    check_each<T>(abs(a) - (abs(b) - (abs(c) - abs(a + b))), [&](std::size_t i) {
        return std::abs(x[i]) - (std::abs(y[i]) - (std::abs(z[i]) - std::abs(x[i] + y[i])));
    });
    check_each<T>((a * b + c) - ((b * c + a) - ((a * c + b) - (a * b - c))), [&](std::size_t i) {
        return (x[i] * y[i] + z[i]) - ((y[i] * z[i] + x[i]) - ((x[i] * z[i] + y[i]) - (x[i] * y[i] - z[i])));
    });
}

}  // namespace
}  // namespace thalweg::ops
