// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Array programs that are one loop: op(x, y), then(op(x, y), z) and op(x, number) ? z : u * number. Most
// expressions that people write are one of these, and from the first cache a loop takes three quarters of the
// time of steps (Zen 3).
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
using Loop = void (*)(const ArrayStep<T>* steps, std::size_t n);

template <class T>
[[gnu::always_inline]] inline Source<T> source_of(const ArrayInput<T>& in) {
    return {in.data, ~std::size_t{0}, in.value};
}

// n is a multiple of a vector.
template <class T, class Op, bool kNumberY>
void pair_loop(const ArrayStep<T>* steps, std::size_t n) {
    const ArrayStep<T>& step = steps[0];
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
void two_loop(const ArrayStep<T>* steps, std::size_t n) {
    const ArrayStep<T>& step = steps[0];
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

// op(x, number) ? z : u or u * number, which where() is made of. z and u may be numbers: then they are read
// from memory as well, always at one place.
template <class T, class Op, bool kProduct>
void choice_loop(const ArrayStep<T>* steps, std::size_t n) {
    const ArrayStep<T>& choose_step = steps[1];
    T* const out = steps[2].out;
    const T* const x = choose_step.in[0].data;
    const Vec<T> bound(choose_step.in[1].value);
    const Vec<T> factor(steps[0].in[1].value);
    T numbers[2][kWidth<T>];
    Source<T> chosen = source_of(choose_step.in[2]);
    Source<T> other = source_of(steps[0].in[0]);
    std::size_t used = 0;
    Source<T>* const sources[] = {&chosen, &other};
    for (Source<T>* const source : sources) {
        if (source->data == nullptr) {
            store_full(numbers[used], Vec<T>(source->value));
            *source = {numbers[used++], 0, T(0)};
        }
    }
    const auto at = [&](std::size_t i) THALWEG_INLINE_LAMBDA {
        const Vec<T> u = load_full(other.data + (i & other.mask));
        const Vec<T> z = load_full(chosen.data + (i & chosen.mask));
        const auto mask = Op::template mask<T>(load_full(x + i), bound);
        store_full(out + i, choose(mask, z, kProduct ? u * factor : u));
    };
    std::size_t i = 0;
    for (; i + kLoopVectors * kWidth<T> <= n; i += kLoopVectors * kWidth<T>) {
#pragma GCC unroll 4
        for (std::size_t k = 0; k < kLoopVectors; ++k) {
            at(i + k * kWidth<T>);
        }
    }
    for (; i < n; i += kWidth<T>) {
        at(i);
    }
}

template <class T>
Loop<T> choice_loop_of(const ArrayStep<T>* steps) {
#define THALWEG_CHOICE_CASE(name) \
    case ArrayOp::k##name:        \
        return product ? choice_loop<T, name, true> : choice_loop<T, name, false>;
    const bool product = steps[0].form == ArrayForm::kPair && steps[0].op == ArrayOp::kMultiply &&
                         steps[0].in[1].data == nullptr;
    const bool alone = steps[2].form == ArrayForm::kStore;
    if (!alone || steps[1].form != ArrayForm::kCompareChoose || steps[1].in[1].data != nullptr ||
        !(product || steps[0].form == ArrayForm::kLoad)) {
        return nullptr;
    }
    switch (steps[1].op) {
        THALWEG_ARRAY_ORDER(THALWEG_CHOICE_CASE)
        default:
            return nullptr;
    }
#undef THALWEG_CHOICE_CASE
}

// The loop that a program is; nullptr where it is none.
template <class T>
Loop<T> loop_of(const ArrayStep<T>* steps, std::size_t count) {
    static constexpr Loop<T> kPairs[][2] = {{pair_loop<T, Add, false>, pair_loop<T, Add, true>},
                                            {pair_loop<T, Subtract, false>, pair_loop<T, Subtract, true>},
                                            {pair_loop<T, Multiply, false>, pair_loop<T, Multiply, true>},
                                            {pair_loop<T, Divide, false>, pair_loop<T, Divide, true>},
                                            {nullptr, pair_loop<T, SubtractFrom, true>},
                                            {nullptr, pair_loop<T, DivideInto, true>}};
    if (count == 3) {
        return choice_loop_of(steps);
    }
    const ArrayStep<T>& step = steps[0];
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

// Whether elements may be computed twice: what is written is not read.
template <class T>
bool may_repeat(const ArrayStep<T>* steps, std::size_t count) {
    for (std::size_t s = 0; s < count; ++s) {
        for (std::size_t j = 0; j < steps[s].inputs; ++j) {
            if (steps[s].in[j].data == steps[count - 1].out) {
                return false;
            }
        }
    }
    return true;
}

// Whole vectors, then what is left: the last vector's length once more where elements may be computed twice,
// else a vector of its own, whose other lanes are zeros.
template <class T>
void run_loop(Loop<T> loop, const ArrayStep<T>* steps, std::size_t count, std::size_t n) {
    const std::size_t whole = n / kWidth<T> * kWidth<T>;
    if (whole != 0) {
        loop(steps, whole);
    }
    if (whole == n) {
        return;
    }
    constexpr std::size_t kMostSteps = 3;
    T lanes[3 * kMostSteps][kWidth<T>];
    T result[kWidth<T>];
    ArrayStep<T> last[kMostSteps];
    const bool repeat = whole != 0 && may_repeat(steps, count);
    std::size_t used = 0;
    for (std::size_t s = 0; s < count; ++s) {
        last[s] = steps[s];
        for (std::size_t j = 0; j < steps[s].inputs; ++j) {
            const T* const data = steps[s].in[j].data;
            if (data != nullptr && repeat) {
                last[s].in[j].data = data + (n - kWidth<T>);
            } else if (data != nullptr) {
                store_full(lanes[used], load_partial(data + whole, n - whole));
                last[s].in[j].data = lanes[used++];
            }
        }
    }
    T* const out = last[count - 1].out;
    last[count - 1].out = repeat ? out + (n - kWidth<T>) : result;
    loop(last, kWidth<T>);
    if (!repeat) {
        store_partial(out + whole, load_full(result), n - whole);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
