// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Names the slots of the kernel table. Elements stand for themselves, so it changes no bit whether a block of
// rows is one run or many.
#include "nn/layers/activation.hpp"

#include "dispatch/dispatch.hpp"
#include "ops/elementwise.hpp"

namespace thalweg::nn {
namespace {

using kernels::Kernels;

template <class T>
struct Slots {
    void (*Kernels<T>::*forward)(const T* x, T* y, std::size_t n);
    void (*Kernels<T>::*backward)(const T* z, const T* dz, T* y, std::size_t n);
    const char* name;  // as messages have it
};

template <class T>
const Slots<T>& slots_of(Activation activation) noexcept {
    // In the order of the enumeration; nullptr leaves things as they are.
    static constexpr Slots<T> kSlots[] = {
        {nullptr, nullptr, "identity"},
        {&Kernels<T>::sigmoid, &Kernels<T>::sigmoid_backward, "sigmoid"},
    };
    return kSlots[static_cast<std::size_t>(activation)];
}

}  // namespace

template <class T>
void activate(Activation activation, MatrixView<T> z) noexcept {
    const auto slot = slots_of<T>(activation).forward;
    if (slot == nullptr) {
        return;
    }
    const auto kernel = dispatch::active<T>().*slot;
    if (z.contiguous()) {
        kernel(z.data(), z.data(), z.size());
        return;
    }
    for (std::size_t i = 0; i < z.rows(); ++i) {
        kernel(ops::at(z, i, 0), ops::at(z, i, 0), z.cols());
    }
}

template <class T>
void activate_by_team(Activation activation, MatrixView<T> z) {
    const Slots<T>& slots = slots_of<T>(activation);
    if (slots.forward != nullptr) {
        ops::unary<T>(slots.name, slots.forward, z, z, parallel::kMathGrain);
    }
}

template <class T>
void activate_backward(Activation activation, MatrixView<const T> z, MatrixView<T> dz) noexcept {
    const auto slot = slots_of<T>(activation).backward;
    if (slot == nullptr) {
        return;
    }
    const auto kernel = dispatch::active<T>().*slot;
    if (z.contiguous() && dz.contiguous()) {
        kernel(z.data(), dz.data(), dz.data(), dz.size());
        return;
    }
    for (std::size_t i = 0; i < z.rows(); ++i) {
        kernel(ops::at(z, i, 0), ops::at(dz, i, 0), ops::at(dz, i, 0), z.cols());
    }
}

template void activate(Activation, MatrixView<float>) noexcept;
template void activate(Activation, MatrixView<double>) noexcept;
template void activate_by_team(Activation, MatrixView<float>);
template void activate_by_team(Activation, MatrixView<double>);
template void activate_backward(Activation, MatrixView<const float>, MatrixView<float>) noexcept;
template void activate_backward(Activation, MatrixView<const double>, MatrixView<double>) noexcept;

}  // namespace thalweg::nn
