// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The way from the layers above to the kernels: the table in use, and the part of it for one element type.
#pragma once

#include <type_traits>

#include "kernels/table.hpp"
#include "thalweg/simd.hpp"

namespace thalweg::dispatch {

// The table in use. First call: settles it (thalweg/simd.hpp); may then throw SimdError.
const kernels::KernelTable& active_table();

// The table of one level that is built and can run here; SimdError otherwise.
const kernels::KernelTable& table(SimdLevel level);

template <class T>
const kernels::Kernels<T>& part(const kernels::KernelTable& table) noexcept {
    if constexpr (std::is_same_v<T, float>) {
        return table.f32;
    } else {
        return table.f64;
    }
}

// Kernels of the table in use for float or double.
template <class T>
const kernels::Kernels<T>& active() {
    return part<T>(active_table());
}

}  // namespace thalweg::dispatch
