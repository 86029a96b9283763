// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which types of C++ files have as elements, and what is offered in their place.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

template <class Type>
concept FileElement =
    std::is_same_v<Type, bool> || std::is_same_v<Type, float> || std::is_same_v<Type, double> ||
    std::is_same_v<Type, signed char> || std::is_same_v<Type, unsigned char> || std::is_same_v<Type, short> ||
    std::is_same_v<Type, unsigned short> || std::is_same_v<Type, int> || std::is_same_v<Type, unsigned> ||
    std::is_same_v<Type, long> || std::is_same_v<Type, unsigned long> || std::is_same_v<Type, long long> ||
    std::is_same_v<Type, unsigned long long>;

template <class Range>
concept HasRows = requires(const Range& range) {
    range.rows();
};
template <class Range>
concept HasRank = requires(const Range& range) {
    range.rank();
};
template <class Range>
concept HasShape = HasRows<Range> || HasRank<Range>;

// What has elements side by side: std::vector, std::array, std::span. Not Matrix or Tensor, which have a
// shape.
template <class Range>
concept SideBySide = !HasShape<Range> && requires(const Range& range) {
    { range.data() } -> std::convertible_to<const typename Range::value_type*>;
    { range.size() } -> std::convertible_to<std::size_t>;
};
template <class Range>
concept ElementRange = FileElement<typename Range::value_type> && SideBySide<Range>;

// What is rejected with a reason: other numbers, ranges of them or not side by side, text.
template <class Type>
concept OtherNumber = std::is_arithmetic_v<Type> && !FileElement<Type>;
template <class Type>
concept Text = std::is_convertible_v<const Type&, std::string_view>;
template <class Range>
concept OtherRange = std::is_arithmetic_v<typename Range::value_type> && !ElementRange<Range> &&
                     !Text<Range> && !HasShape<Range>;

}  // namespace detail
}  // namespace thalweg
THALWEG_END_PUBLIC
