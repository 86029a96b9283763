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
    std::uint8_t inputs = 0;  // how many of in are something
};

// function: kLeaf for steps; else from `in` to `out`, some with a number.
struct Segment {
    arrays::Op function;
    std::size_t first;
    std::size_t count;
    Place in;
    Place out;
    Place number;
};

struct ArrayPlan {
    InlineVector<PlannedStep, 12> steps;
    InlineVector<Segment, 4> segments;
    std::size_t tiles = 0;
    std::size_t buffers = 0;
    bool blocked = false;

    void clear() noexcept {
        steps.shrink(0);
        segments.shrink(0);
        tiles = 0;
        buffers = 0;
        blocked = false;
    }
};

// A recorded program as a planner reads it: its operations in words (arrays::Program), where they are few, or
// one by one; and which leaves are one number wherever the program runs: bit i for leaf i where they are few.
struct Recorded {
    static constexpr std::size_t kWords = 3;

    std::size_t count;
    const std::uint64_t* words;
    std::uint64_t numbers;
    std::uint64_t twins;  // leaf i has the elements of leaf (twins >> 4 i & 15); where they are few
    const arrays::Op* many_ops;
    const bool* many_numbers;

    arrays::Op op(std::size_t i) const noexcept {
        return words != nullptr ? static_cast<arrays::Op>(words[i / 8] >> i % 8 * 8 & 0xff) : many_ops[i];
    }
    std::uint32_t first_twin(std::uint32_t leaf) const noexcept {
        return words != nullptr ? static_cast<std::uint32_t>(twins >> 4 * leaf & 15) : leaf;
    }
    bool number(std::size_t leaf) const noexcept {
        return words != nullptr ? (numbers >> leaf & 1) != 0 : many_numbers[leaf];
    }
};

// Whether an operation has a kernel of its own.
bool is_function(arrays::Op op) noexcept;

void make_plan(const Recorded& program, ArrayPlan& plan);

// The plan of a program, which the calling thread keeps for the next time: valid until it asks for another
// one.
const ArrayPlan& plan_of(const Recorded& program);

}  // namespace thalweg::ops
