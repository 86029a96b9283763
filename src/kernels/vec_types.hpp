// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Vectors on xsimd, and their whole loads and stores. Arch and kRegisterBytes: from vec_<level>.hpp, which
// includes this.
#pragma once

#include "kernels/isa.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

template <class T>
using Vec = xsimd::batch<T, Arch>;
// What a function passes on in a register.
template <class T>
using Register = typename Vec<T>::register_type;
using Floats = Vec<float>;
using Doubles = Vec<double>;

template <class T>
inline constexpr std::size_t kWidth = kRegisterBytes / sizeof(T);
static_assert(Floats::size == kWidth<float> && Doubles::size == kWidth<double>,
              "the flags of this unit do not match");

template <class T>
[[gnu::always_inline]] inline Vec<T> load_full(const T* p) {
    return Vec<T>::load_unaligned(p);
}
template <class T>
[[gnu::always_inline]] inline void store_full(T* p, Vec<T> v) {
    v.store_unaligned(p);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
