// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Programs of the kernel `array`, written down by hand where a net's step needs a line of arrays and may
// neither throw nor allocate: the same kernel, so the same bits. kernels/array_step.hpp says what each step
// does.
#pragma once

#include <cstddef>

#include "kernels/table.hpp"

namespace thalweg::ops::steps {

using kernels::ArrayForm;
using kernels::ArrayInput;
using kernels::ArrayOp;
using kernels::ArrayStep;

template <class T>
ArrayInput<T> from(const T* data) noexcept {
    return {data, T(0), false};
}
template <class T>
ArrayInput<T> kept(const T* tile) noexcept {
    return {tile, T(0), true};
}
template <class T>
ArrayInput<T> number(T value) noexcept {
    return {nullptr, value, false};
}

template <class T>
ArrayStep<T> load(const T* x) noexcept {
    return {ArrayForm::kLoad, {}, {}, 1, {from(x), {}, {}}, nullptr};
}
template <class T>
ArrayStep<T> unary(ArrayOp op) noexcept {
    return {ArrayForm::kUnary, op, {}, 0, {}, nullptr};
}
template <class T>
ArrayStep<T> binary(ArrayOp op, ArrayInput<T> x) noexcept {
    return {ArrayForm::kBinary, op, {}, 1, {x, {}, {}}, nullptr};
}
template <class T>
ArrayStep<T> pair(ArrayOp op, ArrayInput<T> x, ArrayInput<T> y) noexcept {
    return {ArrayForm::kPair, op, {}, 2, {x, y, {}}, nullptr};
}
template <class T>
ArrayStep<T> choose(ArrayOp op, ArrayInput<T> x, ArrayInput<T> y, ArrayInput<T> z) noexcept {
    return {ArrayForm::kCompareChoose, op, {}, 3, {x, y, z}, nullptr};
}
template <class T>
ArrayStep<T> keep(T* tile) noexcept {
    return {ArrayForm::kKeep, {}, {}, 0, {}, tile};
}
template <class T>
ArrayStep<T> store(T* out) noexcept {
    return {ArrayForm::kStore, {}, {}, 0, {}, out};
}
template <class T>
ArrayStep<T> store(ArrayOp op, ArrayInput<T> x, T* out) noexcept {
    return {ArrayForm::kBinaryStore, op, {}, 1, {x, {}, {}}, out};
}
template <class T>
ArrayStep<T> store_pair(ArrayOp op, ArrayInput<T> x, ArrayInput<T> y, T* out) noexcept {
    return {ArrayForm::kPairStore, op, {}, 2, {x, y, {}}, out};
}
template <class T>
ArrayStep<T> store_two(ArrayOp op, ArrayInput<T> x, ArrayInput<T> y, ArrayOp then, ArrayInput<T> z,
                       T* out) noexcept {
    return {ArrayForm::kTwoStore, op, then, 3, {x, y, z}, out};
}

template <class T, std::size_t kCount>
void run(const kernels::Kernels<T>& kernel, const ArrayStep<T> (&program)[kCount], std::size_t n) noexcept {
    kernel.array(program, kCount, n);
}

}  // namespace thalweg::ops::steps
