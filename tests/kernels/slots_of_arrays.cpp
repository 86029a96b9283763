// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The calls of every_slot.hpp that compute expressions of arrays and fold them.
#include <cstddef>
#include <iterator>
#include <vector>

#include "kernels/every_slot.hpp"

namespace thalweg::test {
namespace {

// x1 * x2 + x3, kept halfway and chosen by a comparison: loads, pairs, kept tiles and stores of n elements.
template <class T>
Results array(const Table<T>& table, Memory& memory, std::size_t n) {
    using kernels::ArrayForm;
    using kernels::ArrayOp;
    using Input = kernels::ArrayInput<T>;
    const Input one{memory.input<T>(n), T(0), false};
    const Input two{memory.input<T>(n), T(0), false};
    const Input three{memory.input<T>(n), T(0), false};
    const Input number{nullptr, T(0.25), false};
    const Block<T> kept =
        memory.output<T>(1, kernels::kKeptBytes / sizeof(T), kernels::kKeptBytes / sizeof(T));
    const Input halfway{kept.data, T(0), true};
    const Block<T> y = memory.output<T>(1, n, n);
    const kernels::ArrayStep<T> steps[] = {
        {ArrayForm::kPair, ArrayOp::kMultiply, ArrayOp::kAdd, 2, {one, two, {}}, nullptr},
        {ArrayForm::kBinary, ArrayOp::kAdd, ArrayOp::kAdd, 1, {three, {}, {}}, nullptr},
        {ArrayForm::kKeep, ArrayOp::kAdd, ArrayOp::kAdd, 0, {}, kept.data},
        {ArrayForm::kBinary, ArrayOp::kMaximum, ArrayOp::kAdd, 1, {number, {}, {}}, nullptr},
        {ArrayForm::kUnary, ArrayOp::kSqrt, ArrayOp::kAdd, 0, {}, nullptr},
        {ArrayForm::kCompareChoose, ArrayOp::kLess, ArrayOp::kAdd, 3, {one, two, halfway}, nullptr},
        {ArrayForm::kFma, ArrayOp::kAdd, ArrayOp::kAdd, 2, {halfway, three, {}}, nullptr},
        {ArrayForm::kStore, ArrayOp::kAdd, ArrayOp::kAdd, 0, {}, y.data},
    };
    table.array(steps, std::size(steps), n);
    return results(y);
}

// Forms that are a whole program.
template <class T, kernels::ArrayForm form>
Results array_at_once(const Table<T>& table, Memory& memory, std::size_t n) {
    using kernels::ArrayOp;
    using Input = kernels::ArrayInput<T>;
    const Input one{memory.input<T>(n), T(0), false};
    const Input two{memory.input<T>(n), T(0), false};
    const Input three{memory.input<T>(n), T(0), false};
    const Block<T> y = memory.output<T>(1, n, n);
    const kernels::ArrayStep<T> step = {form,
                                        ArrayOp::kMultiply,
                                        ArrayOp::kSubtractFrom,
                                        form == kernels::ArrayForm::kTwoStore ? 3 : 2,
                                        {one, two, three},
                                        y.data};
    table.array(&step, 1, n);
    return results(y);
}

// where(x1 > 0.25, x2 or 0.25, x3 * 0.25 or 0.25)
template <class T, bool kNumbers>
Results array_choice(const Table<T>& table, Memory& memory, std::size_t n) {
    using kernels::ArrayForm;
    using kernels::ArrayOp;
    using Input = kernels::ArrayInput<T>;
    const Input one{memory.input<T>(n), T(0), false};
    const Input two{memory.input<T>(n), T(0), false};
    const Input three{memory.input<T>(n), T(0), false};
    const Input number{nullptr, T(0.25), false};
    const Block<T> y = memory.output<T>(1, n, n);
    const kernels::ArrayStep<T> steps[] = {
        kNumbers ? kernels::ArrayStep<T>{ArrayForm::kLoad,
                                         ArrayOp::kAdd,
                                         ArrayOp::kAdd,
                                         1,
                                         {number, {}, {}},
                                         nullptr}
                 : kernels::ArrayStep<T>{ArrayForm::kPair,
                                         ArrayOp::kMultiply,
                                         ArrayOp::kAdd,
                                         2,
                                         {three, number, {}},
                                         nullptr},
        {ArrayForm::kCompareChoose,
         ArrayOp::kGreater,
         ArrayOp::kAdd,
         3,
         {one, number, kNumbers ? number : two},
         nullptr},
        {ArrayForm::kStore, ArrayOp::kAdd, ArrayOp::kAdd, 0, {}, y.data},
    };
    table.array(steps, std::size(steps), n);
    return results(y);
}

constexpr kernels::Fold kFolds[] = {kernels::Fold::kSum, kernels::Fold::kProduct, kernels::Fold::kMaximum,
                                    kernels::Fold::kMinimum};

// fold_start, fold and folded of a row in two parts, the first a multiple of 4 x 64 bytes.
template <class T>
Results fold(const Table<T>& table, Memory& memory, std::size_t n) {
    constexpr std::size_t kTurn = 4 * 64 / sizeof(T);
    const T* x = memory.input<T>(n);
    const std::size_t first = n / 2 / kTurn * kTurn;
    Results all;
    for (const kernels::Fold each : kFolds) {
        const Block<T> kept = memory.output<T>(1, kTurn, kTurn);
        table.fold_start(each, kept.data);
        table.fold(each, x, first, kept.data);
        table.fold(each, x + first, n - first, kept.data);
        all.push_back(static_cast<double>(table.folded(each, kept.data)));
    }
    return all;
}

// Of x1 * x2, of its square, and of no such thing.
template <class T>
Results sum_program(const Table<T>& table, Memory& memory, std::size_t n) {
    using kernels::ArrayForm;
    using kernels::ArrayOp;
    constexpr std::size_t kTurn = 4 * 64 / sizeof(T);
    const kernels::ArrayInput<T> one{memory.input<T>(n), T(0), false};
    const kernels::ArrayInput<T> two{memory.input<T>(n), T(0), false};
    const kernels::ArrayStep<T> pair = {
        ArrayForm::kPair, ArrayOp::kMultiply, ArrayOp::kAdd, 2, {one, two, {}}, nullptr};
    kernels::ArrayStep<T> alone = pair;
    alone.form = ArrayForm::kPairStore;
    const kernels::ArrayStep<T> squared[] = {
        pair,
        {ArrayForm::kUnary, ArrayOp::kSquare, ArrayOp::kAdd, 0, {}, nullptr},
        {ArrayForm::kStore, ArrayOp::kAdd, ArrayOp::kAdd, 0, {}, nullptr}};
    const Block<T> kept = memory.output<T>(1, kTurn, kTurn);
    table.fold_start(kernels::Fold::kSum, kept.data);
    const bool first = table.sum_program(&alone, 1, n, kept.data);
    const bool second = table.sum_program(squared, 3, n, kept.data);
    const bool third = table.sum_program(squared, 2, n, kept.data);
    return {static_cast<double>(table.folded(kernels::Fold::kSum, kept.data)), first ? 1.0 : 0.0,
            second ? 1.0 : 0.0, third ? 1.0 : 0.0};
}

template <class T>
Results fold_rows(const Table<T>& table, Memory& memory, std::size_t n) {
    const Block<T> x = memory.input<T>(9, n, n + 2);
    Results all;
    for (const kernels::Fold each : kFolds) {
        const Block<T> y = memory.output<T>(1, n, n);
        fill(y.data, n, Kind::kNormal, 99);
        table.fold_rows(each, x.data, x.ld, x.rows, x.cols, y.data);
        const Results more = results(y);
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

}  // namespace

template <class T>
std::vector<SlotCall<T>> array_slots() {
    return {
        {"array", array<T>},
        {"array, a pair", array_at_once<T, kernels::ArrayForm::kPairStore>},
        {"array, two of three", array_at_once<T, kernels::ArrayForm::kTwoStore>},
        {"array, a choice", array_choice<T, false>},
        {"array, a choice of numbers", array_choice<T, true>},
        {"fold_start, fold, folded", fold<T>},
        {"fold_rows", fold_rows<T>},
        {"sum_program", sum_program<T>},
    };
}

template std::vector<SlotCall<float>> array_slots<float>();
template std::vector<SlotCall<double>> array_slots<double>();

}  // namespace thalweg::test
