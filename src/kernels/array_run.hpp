// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs an array program over n elements: whole tiles, then what is left: the last tile's length once more, so
// that some elements are computed twice, or through a copy that fills a tile.
//
// shape   every array of the program: n elements; out may be exactly one that is read
// error   array_ops.hpp
#pragma once

#include "kernels/array.hpp"
#include "kernels/array_loop.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

static_assert(kTile<float> * sizeof(float) <= kKeptBytes, "a kept tile needs more memory");

template <class T>
void begin_stages(const ArrayStep<T>* steps, std::size_t count, Stage<T>* stages) {
    for (std::size_t s = 0; s < count; ++s) {
        const ArrayStep<T>& step = steps[s];
        stages[s].run = stage_of(step);
        for (std::size_t j = 0; j < step.inputs; ++j) {
            const ArrayInput<T>& in = step.in[j];
            stages[s].in[j] = {in.data, in.kept ? std::size_t{0} : ~std::size_t{0}, in.value};
        }
        stages[s].out = step.out;
        stages[s].out_mask = step.form == ArrayForm::kKeep ? 0 : ~std::size_t{0};
    }
}

// Elements [first, n), whole tiles. The stages hand vectors on, so none of them clears the upper halves of
// the registers; code that uses only the lower ones would wait for them afterwards, 100 ns on Zen 3.
template <class T>
void run_stages(const Stage<T>* stages, std::size_t first, std::size_t n) {
    const Register<T> zero = Vec<T>(T(0));
    for (std::size_t i = first; i < n; i += kTile<T>) {
        stages[0].run(stages, i, zero, zero, zero, zero, zero, zero, zero, zero);
    }
    leave_vectors();
}

// The same program without loops, which at width 1 would be the longest code of all and gain nothing.
template <class T>
std::size_t without_loops(const ArrayStep<T>* steps, std::size_t count, ArrayStep<T>* plain) {
    for (std::size_t s = 0; s < count; ++s) {
        plain[s] = steps[s];
    }
    const ArrayForm form = steps[0].form;
    if (form != ArrayForm::kPairStore && form != ArrayForm::kTwoStore) {
        return count;
    }
    plain[0].form = ArrayForm::kPair;
    plain[0].inputs = 2;
    plain[1] = steps[0];
    plain[1].form = form == ArrayForm::kPairStore ? ArrayForm::kStore : ArrayForm::kBinaryStore;
    plain[1].op = steps[0].then;
    plain[1].inputs = form == ArrayForm::kPairStore ? 0 : 1;
    plain[1].in[0] = steps[0].in[2];
    return 2;
}

// The last n elements of an array, fewer than a tile, in a tile of their own; the others there are zeros.
template <class T>
[[gnu::always_inline]] inline void fill_tile(const T* from, std::size_t n, T* tile) {
    for (std::size_t k = 0; k < kTileVectors; ++k) {
        const std::size_t at = k * kWidth<T>;
        if (at + kWidth<T> <= n) {
            store_full(tile + at, load_full(from + at));
        } else {
            store_full(tile + at, at < n ? load_partial(from + at, n - at) : Vec<T>(T(0)));
        }
    }
}

template <class T>
void run_program(const ArrayStep<T>* steps, std::size_t count, std::size_t n) {
    const std::size_t whole = n / kTile<T> * kTile<T>;
    Stage<T> stages[kMostArraySteps];
    begin_stages(steps, count, stages);
    if (whole != 0) {
        run_stages(stages, 0, whole);
    }
    if (whole == n) {
        return;
    }
    // The last tile once more, further behind, unless it would read its own results.
    if (whole != 0 && may_repeat(steps, count)) {
        return run_stages(stages, n - kTile<T>, n);
    }
    T tiles[kMostArrayInputs][kTile<T>];
    T result[kTile<T>];
    std::size_t used = 0;
    for (std::size_t s = 0; s < count; ++s) {
        for (std::size_t j = 0; j < steps[s].inputs; ++j) {
            const ArrayInput<T>& in = steps[s].in[j];
            if (in.data != nullptr && !in.kept) {
                fill_tile(in.data + whole, n - whole, tiles[used]);
                stages[s].in[j].data = tiles[used++];
            }
        }
    }
    stages[count - 1].out = result;
    run_stages(stages, 0, kTile<T>);
    map(result, steps[count - 1].out + whole, n - whole, [](Vec<T> v) { return v; });
}

}  // namespace

template <class T>
void array(const ArrayStep<T>* steps, std::size_t count, std::size_t n) {
    if constexpr (kSeveralLanes<T>) {
        if (const Loop<T> loop = loop_of(steps, count)) {
            run_loop(loop, steps, count, n);
        } else {
            run_program(steps, count, n);
        }
    } else {
        ArrayStep<T> plain[kMostArraySteps];
        run_program(plain, without_loops(steps, count, plain), n);
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
