// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// For levels without a ten_columns_*.hpp: declared, because code that is discarded still names them.
#pragma once

#include "kernels/isa.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr bool kTenColumns = false;
template <class T, class V>
void read_ten_columns(const T* x, std::size_t rows, V* columns);
template <class T, class V>
void write_ten_columns(T* y, std::size_t rows, const V* columns);

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
