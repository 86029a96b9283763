// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Plans of long programs: the kernel has room for so many steps and inputs, and no way of saying that there
// are more.
#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/array_step.hpp"
#include "ops/plan.hpp"
#include "support/catch.hpp"

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

}  // namespace
}  // namespace thalweg::ops
