// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Cache lines, where threads write next to one another and read what others wrote.
#pragma once

#include <cstddef>

#include "core/prefetch.hpp"

namespace thalweg::nn {

template <class T>
inline constexpr std::size_t kLine = 64 / sizeof(T);

// Rows of matrices that begin on a cache line, so that no two threads write into one.
template <class T>
constexpr std::size_t padded(std::size_t n) noexcept {
    constexpr std::size_t line = kLine<T>;
    return (n + line - 1) / line * line;
}

template <class T>
void prefetch(const T* first, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; i += kLine<T>) {
        core::prefetch(first + i);
    }
}

}  // namespace thalweg::nn
