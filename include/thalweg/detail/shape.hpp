// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/shape.hpp is made of: which ranges hold indices, and what its templates call.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/element.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

class Indices;

namespace detail {

template <class Type>
concept IndexType = std::integral<Type> && !std::is_same_v<Type, bool> && sizeof(Type) <= sizeof(long long);
template <class Range>
concept IndexRange = SideBySide<Range> && IndexType<typename Range::value_type>;

void arange(double start, double stop, double step, Matrix<float>& out);
void arange(double start, double stop, double step, Matrix<double>& out);
void linspace(double start, double stop, std::size_t count, Matrix<float>& out);
void linspace(double start, double stop, std::size_t count, Matrix<double>& out);
void ones_at(std::ptrdiff_t diagonal, MatrixView<float> out);
void ones_at(std::ptrdiff_t diagonal, MatrixView<double> out);
void one_hot(const Indices& labels, std::size_t classes, Matrix<float>& out);
void one_hot(const Indices& labels, std::size_t classes, Matrix<double>& out);

}  // namespace detail
}  // namespace thalweg
THALWEG_END_PUBLIC
