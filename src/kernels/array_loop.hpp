// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Array programs that are one loop: op(x, y) and then(op(x, y), z). Most expressions that people write are
// one of these, and from the first cache a loop takes three quarters of the time of steps (Zen 3).
//
// bound   loads and stores: one vector each cycle is written
#pragma once

#include "kernels/array.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Vectors that a loop takes at a turn. There are some seventy loops for each type: more vectors would be more
// code.
inline constexpr std::size_t kLoopVectors = 4;

template <class T>
using Loop = void (*)(const ArrayStep<T>& step, std::size_t n);

template <class T>
[[gnu::always_inline]] inline Source<T> source_of(const ArrayInput<T>& in) {
    return {in.data, ~std::size_t{0}, in.value};
}

// n is a multiple of a vector.
template <class T, class Op, bool kNumberY>
void pair_loop(const ArrayStep<T>& step, std::size_t n) {
    T* const out = step.out;
    const Source<T> sources[] = {source_of(step.in[0]), source_of(step.in[1])};
    std::size_t i = 0;
    for (; i + kLoopVectors * kWidth<T> <= n; i += kLoopVectors * kWidth<T>) {
        const Input<T, false> x(sources[0], i);
        const Input<T, kNumberY> y(sources[1], i);
#pragma GCC unroll 4
        for (std::size_t k = 0; k < kLoopVectors; ++k) {
            store_full(out + i + k * kWidth<T>, Op::template of<T>(x.vector(k), y.vector(k)));
        }
    }
    for (; i < n; i += kWidth<T>) {
        const Input<T, false> x(sources[0], i);
        const Input<T, kNumberY> y(sources[1], i);
        store_full(out + i, Op::template of<T>(x.vector(0), y.vector(0)));
    }
}

template <class T, class Op, class Then, bool kNumberY, bool kNumberZ>
void two_loop(const ArrayStep<T>& step, std::size_t n) {
    T* const out = step.out;
    const Source<T> sources[] = {source_of(step.in[0]), source_of(step.in[1]), source_of(step.in[2])};
    std::size_t i = 0;
    for (; i + kLoopVectors * kWidth<T> <= n; i += kLoopVectors * kWidth<T>) {
        const Input<T, false> x(sources[0], i);
        const Input<T, kNumberY> y(sources[1], i);
        const Input<T, kNumberZ> z(sources[2], i);
#pragma GCC unroll 4
        for (std::size_t k = 0; k < kLoopVectors; ++k) {
            store_full(out + i + k * kWidth<T>,
                       Then::template of<T>(Op::template of<T>(x.vector(k), y.vector(k)), z.vector(k)));
        }
    }
    for (; i < n; i += kWidth<T>) {
        const Input<T, false> x(sources[0], i);
        const Input<T, kNumberY> y(sources[1], i);
        const Input<T, kNumberZ> z(sources[2], i);
        store_full(out + i, Then::template of<T>(Op::template of<T>(x.vector(0), y.vector(0)), z.vector(0)));
    }
}

template <class T, class Op>
Loop<T> two_loop_of(ArrayOp then, std::size_t numbers) {
#define THALWEG_TWO(name)                                                     \
    {two_loop<T, Op, name, false, false>, two_loop<T, Op, name, true, false>, \
     two_loop<T, Op, name, false, true>, two_loop<T, Op, name, true, true>},
    static constexpr Loop<T> kLoops[kLoopOps][4] = {THALWEG_TWO(Add) THALWEG_TWO(Subtract) THALWEG_TWO(
        Multiply) THALWEG_TWO(Divide) THALWEG_TWO(SubtractFrom)};
#undef THALWEG_TWO
    return kLoops[static_cast<std::size_t>(then)][numbers >> 1];
}

// The loop that a program is; nullptr where it is none.
template <class T>
Loop<T> loop_of(const ArrayStep<T>& step) {
    static constexpr Loop<T> kPairs[][2] = {{pair_loop<T, Add, false>, pair_loop<T, Add, true>},
                                            {pair_loop<T, Subtract, false>, pair_loop<T, Subtract, true>},
                                            {pair_loop<T, Multiply, false>, pair_loop<T, Multiply, true>},
                                            {pair_loop<T, Divide, false>, pair_loop<T, Divide, true>},
                                            {nullptr, pair_loop<T, SubtractFrom, true>},
                                            {nullptr, pair_loop<T, DivideInto, true>}};
    const std::size_t numbers = numbers_of(step);
    if (step.form == ArrayForm::kPairStore) {
        return kPairs[static_cast<std::size_t>(step.op)][numbers >> 1 & 1];
    }
    if (step.form != ArrayForm::kTwoStore) {
        return nullptr;
    }
    switch (step.op) {
        case ArrayOp::kAdd:
            return two_loop_of<T, Add>(step.then, numbers);
        case ArrayOp::kSubtract:
            return two_loop_of<T, Subtract>(step.then, numbers);
        default:
            return two_loop_of<T, Multiply>(step.then, numbers);
    }
}

// Whole vectors, then the elements behind them as a vector of their own, whose other lanes are zeros.
template <class T>
void run_loop(Loop<T> loop, const ArrayStep<T>& step, std::size_t n) {
    const std::size_t whole = n / kWidth<T> * kWidth<T>;
    if (whole != 0) {
        loop(step, whole);
    }
    if (whole == n) {
        return;
    }
    ArrayStep<T> last = step;
    bool apart = whole != 0;
    for (std::size_t j = 0; j < step.inputs; ++j) {
        apart = apart && step.in[j].data != step.out;
    }
    if (apart) {
        // The last vector's length once more: nothing that is written is read.
        for (std::size_t j = 0; j < step.inputs; ++j) {
            last.in[j].data = step.in[j].data == nullptr ? nullptr : step.in[j].data + (n - kWidth<T>);
        }
        last.out = step.out + (n - kWidth<T>);
        loop(last, kWidth<T>);
        return;
    }
    T lanes[3][kWidth<T>];
    T result[kWidth<T>];
    for (std::size_t j = 0; j < 3; ++j) {
        if (j < step.inputs && step.in[j].data != nullptr) {
            store_full(lanes[j], load_partial(step.in[j].data + whole, n - whole));
            last.in[j].data = lanes[j];
        }
    }
    last.out = result;
    loop(last, kWidth<T>);
    store_partial(step.out + whole, load_full(result), n - whole);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
