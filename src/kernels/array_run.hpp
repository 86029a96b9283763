// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs an array program over n elements: whole tiles, then what is left through a copy that fills a tile.
//
// shape   every array of the program: n elements; out may be exactly one that is read
// error   array_ops.hpp
#pragma once

#include "kernels/array.hpp"
#include "kernels/array_loop.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

static_assert(kTile<float> * sizeof(float) <= kKeptBytes, "a kept tile needs more memory");

// n is a multiple of a tile.
template <class T>
void run_stages(const ArrayStep<T>* steps, std::size_t count, std::size_t n) {
    Stage<T> stages[kMostArraySteps];
    for (std::size_t s = 0; s < count; ++s) {
        const ArrayStep<T>& step = steps[s];
        stages[s].run = stage_of(step);
        for (std::size_t j = 0; j < 3; ++j) {
            const ArrayInput<T>& in = step.in[j];
            stages[s].in[j] = {in.data, in.kept ? std::size_t{0} : ~std::size_t{0}, in.value};
        }
        stages[s].out = step.out;
        stages[s].out_mask = step.form == ArrayForm::kKeep ? 0 : ~std::size_t{0};
    }
    const Register<T> zero = Vec<T>(T(0));
    for (std::size_t i = 0; i < n; i += kTile<T>) {
        stages[0].run(stages, i, zero, zero, zero, zero, zero, zero, zero, zero);
    }
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
    plain[1] = steps[0];
    plain[1].form = form == ArrayForm::kPairStore ? ArrayForm::kStore : ArrayForm::kBinaryStore;
    plain[1].op = steps[0].then;
    plain[1].in[0] = steps[0].in[2];
    return 2;
}

template <class T>
void run_tiles(const ArrayStep<T>* steps, std::size_t count, std::size_t n) {
    if constexpr (kSeveralLanes<T>) {
        if (run_loop(steps[0], n)) {
            return;
        }
        run_stages(steps, count, n);
    } else {
        ArrayStep<T> plain[kMostArraySteps];
        run_stages(plain, without_loops(steps, count, plain), n);
    }
}

template <class T>
void copy_elements(const T* from, T* to, std::size_t n) {
    map(from, to, n, [](Vec<T> v) { return v; });
}

}  // namespace

template <class T>
void array(const ArrayStep<T>* steps, std::size_t count, std::size_t n) {
    const std::size_t whole = n / kTile<T> * kTile<T>;
    if (whole != 0) {
        run_tiles(steps, count, whole);
    }
    if (whole == n) {
        return;
    }
    // The arrays' last elements in tiles of their own; the others there are zeros.
    const std::size_t rest = n - whole;
    T tiles[kMostArrayInputs][kTile<T>];
    T result[kTile<T>];
    ArrayStep<T> copies[kMostArraySteps];
    std::size_t used = 0;
    for (std::size_t s = 0; s < count; ++s) {
        copies[s] = steps[s];
        for (ArrayInput<T>& in : copies[s].in) {
            if (in.data != nullptr && !in.kept) {
                T* const tile = tiles[used++];
                for (std::size_t k = rest / kWidth<T>; k < kTileVectors; ++k) {
                    store_full(tile + k * kWidth<T>, Vec<T>(T(0)));
                }
                copy_elements(in.data + whole, tile, rest);
                in.data = tile;
            }
        }
    }
    T* const out = copies[count - 1].out + whole;
    copies[count - 1].out = result;
    run_tiles(copies, count, kTile<T>);
    copy_elements<T>(result, out, rest);
}

}  // namespace thalweg::kernels::THALWEG_ISA
