// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How a recorded program is run: as segments, each a list of steps for the kernel `array` or one function
// that has a kernel of its own. Results that segments hand on lie in buffers of a block of elements; those
// that only later steps of one segment need, in kept tiles.
//
// A program without functions is one segment and runs over all elements at once. Another runs block by block,
// so that its buffers stay in the first cache.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/inline_vector.hpp"
#include "kernels/table.hpp"
#include "thalweg/array.hpp"

namespace thalweg::ops {

// What a step reads or writes, before anybody knows where that lies.
struct Place {
    enum Kind : std::uint8_t { kNowhere, kLeaf, kNumber, kTile, kBuffer, kOut };
    Kind kind = kNowhere;
    std::uint32_t index = 0;

    bool operator==(const Place&) const = default;
};

struct PlannedStep {
    kernels::ArrayForm form;
    kernels::ArrayOp op;
    kernels::ArrayOp then;
    Place in[3];
    Place out;
};

// function: kLeaf for steps; else from `in` to `out`.
struct Segment {
    arrays::Op function;
    std::size_t first;
    std::size_t count;
    Place in;
    Place out;
};

struct ArrayPlan {
    InlineVector<PlannedStep, 12> steps;
    InlineVector<Segment, 4> segments;
    std::size_t tiles = 0;
    std::size_t buffers = 0;
    bool blocked = false;
};

// number[i]: leaf i is one number wherever the program runs. Below two leaves that are numbers there is no
// operation of two arrays.
void make_plan(const arrays::Op* ops, std::size_t count, const bool* number, ArrayPlan& plan);

}  // namespace thalweg::ops
