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

template <class T>
concept Element = std::is_same_v<T, bool> || std::is_same_v<T, float> || std::is_same_v<T, double> ||
    std::is_same_v<T, signed char> || std::is_same_v<T, unsigned char> || std::is_same_v<T, short> ||
    std::is_same_v<T, unsigned short> || std::is_same_v<T, int> || std::is_same_v<T, unsigned> ||
    std::is_same_v<T, long> || std::is_same_v<T, unsigned long> || std::is_same_v<T, long long> ||
    std::is_same_v<T, unsigned long long>;

template <class Range>
concept HasRows = requires(const Range& range) {
    range.rows();
};

// What has elements side by side: std::vector, std::array, std::span. Not Matrix, which has a shape.
template <class Range>
concept SideBySide = !HasRows<Range> && requires(const Range& range) {
    { range.data() } -> std::convertible_to<const typename Range::value_type*>;
    { range.size() } -> std::convertible_to<std::size_t>;
};
template <class Range>
concept ElementRange = Element<typename Range::value_type> && SideBySide<Range>;

// What is rejected with a reason: other numbers, ranges of them or not side by side, text.
template <class T>
concept OtherNumber = std::is_arithmetic_v<T> && !Element<T>;
template <class T>
concept Text = std::is_convertible_v<const T&, std::string_view>;
template <class Range>
concept OtherRange = std::is_arithmetic_v<typename Range::value_type> && !ElementRange<Range> &&
                     !Text<Range> && !HasRows<Range>;

}  // namespace detail
}  // namespace thalweg
THALWEG_END_PUBLIC
