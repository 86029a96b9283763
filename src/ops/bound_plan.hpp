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

    // A program that is one loop, whose operands and result a caller moves from row to row.
    bool one_loop() const noexcept { return !plan.blocked && plan.steps.size() == 1; }
    void bind_loop(kernels::ArrayStep<T>& step) const noexcept { bind(plan.segments[0], 0, &step, nullptr); }

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
                put_input(step.in[j], at, steps[k].in[j]);
            }
            steps[k].inputs = step.inputs;
            steps[k].out = output(step.out, out);
        }
    }
    // Word by word, where it goes: a copy of the whole would load from words that were stored a moment ago
    // one by one, and wait until all that was written before has reached the cache, 100 ns behind a result.
    [[gnu::always_inline]] void put_input(const Place& place, std::size_t at,
                                          kernels::ArrayInput<T>& to) const noexcept {
        to.data = place.kind == Place::kNumber ? nullptr : data_of(place, at);
        to.value = place.kind == Place::kNumber ? inputs[place.index].value : T(0);
        to.kept = place.kind == Place::kTile;
    }
    const T* data_of(const Place& place, std::size_t at) const noexcept {
        switch (place.kind) {
            case Place::kLeaf:
                return inputs[place.index].data + at;
            case Place::kTile:
                return tiles + place.index * kTile;
            default:
                return buffers + place.index * kBlock;
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
        const T* const x = data_of(segment.in, at);
        T* const y = output(segment.out, out);
        switch (segment.function) {
            case arrays::Op::kExp:
                return kernels.exp(x, y, n);
            case arrays::Op::kLog:
                return kernels.log(x, y, n);
            case arrays::Op::kExpm1:
                return kernels.expm1(x, y, n);
            case arrays::Op::kLog1p:
                return kernels.log1p(x, y, n);
            case arrays::Op::kLog2:
                return kernels.log2(x, y, n);
            case arrays::Op::kLog10:
                return kernels.log10(x, y, n);
            case arrays::Op::kTanh:
                return kernels.tanh(x, y, n);
            case arrays::Op::kSoftplus:
                return kernels.softplus(x, y, n);
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
