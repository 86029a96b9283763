// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Sums of products and differences and of their squares, without a place for the elements in between: what
// scalar products, lengths, variances and squared errors are made of. The order is that of fold.hpp.
//
// bound   loads
#pragma once

#include "kernels/array_loop.hpp"
#include "kernels/fold.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

template <class T, class Op, bool kSquare>
[[gnu::always_inline]] inline Vec<T> summand(Vec<T> x, Vec<T> y) {
    const Vec<T> value = Op::template of<T>(x, y);
    return kSquare ? value * value : value;
}

// At most a turn, from element i on, by way of memory.
template <class T, bool kSquare>
THALWEG_ONE_COPY void sum_rest(Loop<T> loop, const ArrayStep<T>& step, std::size_t i, std::size_t n,
                               T* kept) {
    T rest[Running<T, Add>::kVectors * kWidth<T>];
    ArrayStep<T> last = step;
    last.out = rest;
    for (std::size_t j = 0; j < 2; ++j) {
        last.in[j].data = step.in[j].data == nullptr ? nullptr : step.in[j].data + i;
    }
    run_loop(loop, &last, 1, n);
    if constexpr (kSquare) {
        map(rest, rest, n, [](Vec<T> value) { return value * value; });
    }
    fold_more<T, Add>(rest, n, kept);
}

template <class T, class Op, bool kNumber, bool kSquare>
void sum_loop(const ArrayStep<T>& step, std::size_t n, T* kept) {
    using Results = Running<T, Add>;
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kTurn = Results::kVectors * w;
    std::size_t i = 0;
    // At width 1 there are 64 running results, and no registers for them.
    if constexpr (kSeveralLanes<T>) {
        const Source<T> sources[] = {source_of(step.in[0]), source_of(step.in[1])};
        Results results(kept);
        for (; i + kTurn <= n; i += kTurn) {
            const Input<T, false> x(sources[0], i);
            const Input<T, kNumber> y(sources[1], i);
            for (std::size_t v = 0; v < Results::kVectors; ++v) {
                results.add(v, summand<T, Op, kSquare>(x.vector(v), y.vector(v)));
            }
        }
        results.store(kept);
    }
    for (; i < n; i += kTurn) {
        sum_rest<T, kSquare>(pair_loop<T, Op, kNumber>, step, i, n - i < kTurn ? n - i : kTurn, kept);
    }
}

template <class T, class Op>
void sum_loop_of(const ArrayStep<T>& step, bool square, std::size_t n, T* kept) {
    const bool number = step.in[1].data == nullptr;
    if (square) {
        number ? sum_loop<T, Op, true, true>(step, n, kept) : sum_loop<T, Op, false, true>(step, n, kept);
    } else {
        number ? sum_loop<T, Op, true, false>(step, n, kept) : sum_loop<T, Op, false, false>(step, n, kept);
    }
}

}  // namespace

template <class T>
bool sum_program(const ArrayStep<T>* steps, std::size_t count, std::size_t n, T* kept) {
    const bool square = count == 3 && steps[0].form == ArrayForm::kPair &&
                        steps[1].form == ArrayForm::kUnary && steps[1].op == ArrayOp::kSquare &&
                        steps[2].form == ArrayForm::kStore;
    if (!square && !(count == 1 && steps[0].form == ArrayForm::kPairStore)) {
        return false;
    }
    switch (steps[0].op) {
        case ArrayOp::kSubtract:
            sum_loop_of<T, Subtract>(steps[0], square, n, kept);
            return true;
        case ArrayOp::kMultiply:
            sum_loop_of<T, Multiply>(steps[0], square, n, kept);
            return true;
        default:
            return false;
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
