// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A plan and where its operands, kept tiles and buffers lie: runs over consecutive elements.
#pragma once

#include <algorithm>
#include <cstddef>

#include "dispatch/dispatch.hpp"
#include "ops/plan.hpp"

namespace thalweg::ops {

// Elements of a block: its buffers stay in the first cache.
inline constexpr std::size_t kBlock = 1024;

template <class T>
struct BoundPlan {
    static constexpr std::size_t kTile = kernels::kKeptBytes / sizeof(T);

    const ArrayPlan& plan;
    const kernels::Kernels<T>& kernels;
    kernels::ArrayInput<T>* inputs;  // one a leaf
    T* tiles;                        // kTile elements each
    T* buffers;                      // kBlock elements each

    // Elements [0, n) of the operands.
    void run(std::size_t n, T* out) const noexcept {
        // One function of one array needs no buffer, and no blocks.
        const std::size_t block = plan.blocked && plan.buffers != 0 ? kBlock : n;
        for (std::size_t at = 0; at < n; at += block) {
            run_block(at, std::min(block, n - at), out + at);
        }
    }

    // Goes on with a sum of the elements; false where there is no loop for it.
    bool sum(std::size_t n, T* kept) const noexcept {
        if (plan.blocked || plan.steps.size() > 3) {
            return false;
        }
        kernels::ArrayStep<T> steps[kernels::kMostArraySteps];
        bind(plan.segments[0], 0, steps, nullptr);
        return kernels.sum_program(steps, plan.steps.size(), n, kept);
    }

private:
    void bind(const Segment& segment, std::size_t at, kernels::ArrayStep<T>* steps, T* out) const noexcept {
        for (std::size_t k = 0; k < segment.count; ++k) {
            const PlannedStep& step = plan.steps[segment.first + k];
            steps[k].form = step.form;
            steps[k].op = step.op;
            steps[k].then = step.then;
            for (std::size_t j = 0; j < step.inputs; ++j) {
                steps[k].in[j] = input(step.in[j], at);
            }
            steps[k].inputs = step.inputs;
            steps[k].out = output(step.out, out);
        }
    }
    kernels::ArrayInput<T> input(const Place& place, std::size_t at) const noexcept {
        switch (place.kind) {
            case Place::kLeaf:
                return {inputs[place.index].data + at, T(0), false};
            case Place::kNumber:
                return {nullptr, inputs[place.index].value, false};
            case Place::kTile:
                return {tiles + place.index * kTile, T(0), true};
            case Place::kBuffer:
                return {buffers + place.index * kBlock, T(0), false};
            default:
                return {nullptr, T(0), false};
        }
    }
    T* output(const Place& place, T* out) const noexcept {
        switch (place.kind) {
            case Place::kTile:
                return tiles + place.index * kTile;
            case Place::kBuffer:
                return buffers + place.index * kBlock;
            default:
                return out;
        }
    }
    void function(const Segment& segment, std::size_t at, std::size_t n, T* out) const noexcept {
        const T* const x = input(segment.in, at).data;
        T* const y = output(segment.out, out);
        switch (segment.function) {
            case arrays::Op::kExp:
                return kernels.exp(x, y, n);
            case arrays::Op::kLog:
                return kernels.log(x, y, n);
            case arrays::Op::kSigmoid:
                return kernels.sigmoid(x, y, n);
            case arrays::Op::kSigmoidGrad:
                return kernels.sigmoid_grad(x, y, n);
            case arrays::Op::kSin:
                return kernels.sin(x, y, n);
            case arrays::Op::kCos:
                return kernels.cos(x, y, n);
            case arrays::Op::kErf:
                return kernels.erf(x, y, n);
            case arrays::Op::kGelu:
                return kernels.gelu(x, y, n);
            case arrays::Op::kGeluTanh:
                return kernels.gelu_tanh(x, y, n);
            default:
                return kernels.power(inputs[segment.number.index].value, x, y, n);
        }
    }
    void run_block(std::size_t at, std::size_t n, T* out) const noexcept {
        kernels::ArrayStep<T> steps[kernels::kMostArraySteps];
        for (std::size_t s = 0; s < plan.segments.size(); ++s) {
            const Segment& segment = plan.segments[s];
            if (segment.function != arrays::Op::kLeaf) {
                function(segment, at, n, out);
                continue;
            }
            bind(segment, at, steps, out);
            kernels.array(steps, segment.count, n);
        }
    }
};

}  // namespace thalweg::ops
