// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Array programs: a tile of eight vectors of running values goes from step to step in registers. Each step is
// a function that computes and then calls the next one, which the compiler makes a jump; the last one stores.
// So all arrays are read and written side by side, as by a loop compiled for the expression. Programs of one
// or two operations, which are the most frequent, are such loops.
//
// Eight vectors, because a step costs cycles beside its work: with four, programs of two operations took a
// third longer from the first cache (Zen 3). Where a compiler makes no jump of the call, the stack is deeper
// by the program's length, and nothing else changes.
//
// error   that of the operations, array_ops.hpp
// source  the tiles: Skia's raster pipeline
#pragma once

#include "kernels/array_ops.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr std::size_t kTileVectors = 8;
template <class T>
inline constexpr std::size_t kTile = kTileVectors* kWidth<T>;
template <class T>
using TileOf = Vec<T>[kTileVectors];

#define THALWEG_TILE(T)                                                                             \
    Register<T> a0, Register<T> a1, Register<T> a2, Register<T> a3, Register<T> a4, Register<T> a5, \
        Register<T> a6, Register<T> a7

// An input of a step as the step sees it. Kept tiles have one place for all of the run: mask is 0.
template <class T>
struct Source {
    const T* data;
    std::size_t mask;
    T value;
};

template <class T>
struct Stage {
    THALWEG_VECTOR_CALL void (*run)(const Stage* stage, std::size_t i, THALWEG_TILE(T));
    Source<T> in[3];
    T* out;
    std::size_t out_mask;
};
template <class T>
using Run = decltype(Stage<T>::run);

template <class T, bool kNumber>
class Input {
public:
    [[gnu::always_inline]] Input(const Source<T>& source, std::size_t i)
        : data_(kNumber ? nullptr : source.data + (i & source.mask)),
          value_(Vec<T>(kNumber ? source.value : T(0))) {}
    [[gnu::always_inline]] Vec<T> vector(std::size_t k) const {
        if constexpr (kNumber) {
            return value_;
        } else {
            return load_full(data_ + k * kWidth<T>);
        }
    }

private:
    const T* data_;
    Vec<T> value_;
};

// The actions: of(stage, i, a) does one step to the tile a.
struct Load {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>& stage, std::size_t i, TileOf<T>& a) {
        const Input<T, false> x(stage.in[0], i);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            a[k] = x.vector(k);
        }
    }
};
struct LoadNumber {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>& stage, std::size_t i, TileOf<T>& a) {
        const Input<T, true> x(stage.in[0], i);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            a[k] = x.vector(k);
        }
    }
};
template <class Op>
struct Unary {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>&, std::size_t, TileOf<T>& a) {
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            a[k] = Op::template of<T>(a[k]);
        }
    }
};
template <class Op, bool kNumber>
struct Binary {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>& stage, std::size_t i, TileOf<T>& a) {
        const Input<T, kNumber> x(stage.in[0], i);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            a[k] = Op::template of<T>(a[k], x.vector(k));
        }
    }
};
template <class Op, bool kNumber>
struct Pair {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>& stage, std::size_t i, TileOf<T>& a) {
        const Input<T, false> x(stage.in[0], i);
        const Input<T, kNumber> y(stage.in[1], i);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            a[k] = Op::template of<T>(x.vector(k), y.vector(k));
        }
    }
};
template <bool kNumberX, bool kNumberY>
struct Choose {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>& stage, std::size_t i, TileOf<T>& a) {
        const Input<T, kNumberX> x(stage.in[0], i);
        const Input<T, kNumberY> y(stage.in[1], i);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            a[k] = choose_by_bits(a[k], x.vector(k), y.vector(k));
        }
    }
};
template <class Op, bool kNumberY, bool kNumberZ>
struct CompareChoose {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>& stage, std::size_t i, TileOf<T>& a) {
        const Input<T, false> x(stage.in[0], i);
        const Input<T, kNumberY> y(stage.in[1], i);
        const Input<T, kNumberZ> z(stage.in[2], i);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            const auto mask = Op::template mask<T>(x.vector(k), y.vector(k));
            a[k] = choose(mask, z.vector(k), a[k]);
        }
    }
};
template <bool kNumberX, bool kNumberY>
struct MultiplyAdd {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>& stage, std::size_t i, TileOf<T>& a) {
        const Input<T, kNumberX> x(stage.in[0], i);
        const Input<T, kNumberY> y(stage.in[1], i);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            a[k] = fma(a[k], x.vector(k), y.vector(k));
        }
    }
};
struct Keep {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>& stage, std::size_t i, TileOf<T>& a) {
        T* const out = stage.out + (i & stage.out_mask);
#pragma GCC unroll 8
        for (std::size_t k = 0; k < kTileVectors; ++k) {
            store_full(out + k * kWidth<T>, a[k]);
        }
    }
};

template <class T, class Action>
THALWEG_VECTOR_CALL void stage(const Stage<T>* s, std::size_t i, THALWEG_TILE(T)) {
    Vec<T> a[kTileVectors] = {Vec<T>(a0), Vec<T>(a1), Vec<T>(a2), Vec<T>(a3),
                              Vec<T>(a4), Vec<T>(a5), Vec<T>(a6), Vec<T>(a7)};
    Action::template of<T>(*s, i, a);
    s[1].run(s + 1, i, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
}
// The last one: what the action leaves is stored.
template <class T, class Action>
THALWEG_VECTOR_CALL void final_stage(const Stage<T>* s, std::size_t i, THALWEG_TILE(T)) {
    Vec<T> a[kTileVectors] = {Vec<T>(a0), Vec<T>(a1), Vec<T>(a2), Vec<T>(a3),
                              Vec<T>(a4), Vec<T>(a5), Vec<T>(a6), Vec<T>(a7)};
    Action::template of<T>(*s, i, a);
    Keep::of<T>(*s, i, a);
}
struct Nothing {
    template <class T>
    [[gnu::always_inline]] static inline void of(const Stage<T>&, std::size_t, TileOf<T>&) {}
};

// The numbers among a step's inputs as a number: bit j for input j.
template <class T>
std::size_t numbers_of(const ArrayStep<T>& step) {
    const std::size_t x = step.inputs > 0 && step.in[0].data == nullptr ? 1 : 0;
    const std::size_t y = step.inputs > 1 && step.in[1].data == nullptr ? 2 : 0;
    const std::size_t z = step.inputs > 2 && step.in[2].data == nullptr ? 4 : 0;
    return x | y | z;
}

template <class T, class Op>
Run<T> compare_choose(std::size_t numbers) {
    static constexpr Run<T> kRuns[] = {
        stage<T, CompareChoose<Op, false, false>>, stage<T, CompareChoose<Op, true, false>>,
        stage<T, CompareChoose<Op, false, true>>, stage<T, CompareChoose<Op, true, true>>};
    return kRuns[numbers >> 1];
}

template <class T>
Run<T> stage_of(const ArrayStep<T>& step) {
#define THALWEG_UNARY_STAGE(name) stage<T, Unary<name>>,
#define THALWEG_BINARY_STAGE(name) {stage<T, Binary<name, false>>, stage<T, Binary<name, true>>},
#define THALWEG_PAIR_STAGE(name) {stage<T, Pair<name, false>>, stage<T, Pair<name, true>>},
#define THALWEG_LAST_STAGE(name) {final_stage<T, Binary<name, false>>, final_stage<T, Binary<name, true>>},
#define THALWEG_CHOOSE_CASE(name) \
    case ArrayOp::k##name:        \
        return compare_choose<T, name>(numbers);
    static constexpr Run<T> kUnary[] = {THALWEG_ARRAY_UNARY(THALWEG_UNARY_STAGE)};
    static constexpr Run<T> kBinary[][2] = {THALWEG_ARRAY_ARITHMETIC(THALWEG_BINARY_STAGE)
                                                THALWEG_ARRAY_COMPARISON(THALWEG_BINARY_STAGE)
                                                    THALWEG_ARRAY_OTHER(THALWEG_BINARY_STAGE)};
    static constexpr Run<T> kPair[][2] = {THALWEG_ARRAY_ARITHMETIC(THALWEG_PAIR_STAGE)
                                              THALWEG_ARRAY_COMPARISON(THALWEG_PAIR_STAGE)};
    static constexpr Run<T> kLast[][2] = {THALWEG_ARRAY_ARITHMETIC(THALWEG_LAST_STAGE)};
    static constexpr Run<T> kChoose[] = {stage<T, Choose<false, false>>, stage<T, Choose<true, false>>,
                                         stage<T, Choose<false, true>>, stage<T, Choose<true, true>>};
    static constexpr Run<T> kFma[] = {stage<T, MultiplyAdd<false, false>>, stage<T, MultiplyAdd<true, false>>,
                                      stage<T, MultiplyAdd<false, true>>, stage<T, MultiplyAdd<true, true>>};
    const std::size_t numbers = numbers_of(step);
    const auto op = static_cast<std::size_t>(step.op);
    switch (step.form) {
        case ArrayForm::kLoad:
            return (numbers & 1) != 0 ? stage<T, LoadNumber> : stage<T, Load>;
        case ArrayForm::kUnary:
            return kUnary[op - kBinaryOps];
        case ArrayForm::kBinary:
            return kBinary[op][numbers & 1];
        case ArrayForm::kPair:
            return kPair[op][numbers >> 1 & 1];
        case ArrayForm::kChoose:
            return kChoose[numbers & 3];
        case ArrayForm::kFma:
            return kFma[numbers & 3];
        case ArrayForm::kKeep:
            return stage<T, Keep>;
        case ArrayForm::kBinaryStore:
            return kLast[op][numbers & 1];
        case ArrayForm::kCompareChoose:
            switch (step.op) {
                THALWEG_ARRAY_ORDER(THALWEG_CHOOSE_CASE)
                default:
                    break;
            }
            break;
        default:
            break;
    }
    return final_stage<T, Nothing>;
#undef THALWEG_UNARY_STAGE
#undef THALWEG_BINARY_STAGE
#undef THALWEG_PAIR_STAGE
#undef THALWEG_LAST_STAGE
#undef THALWEG_CHOOSE_CASE
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
