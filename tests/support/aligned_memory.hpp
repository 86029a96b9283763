// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// C's aligned_alloc() and its free(), which Windows has by other names.
#pragma once

#include <cstddef>
#include <cstdlib>

#ifdef _WIN32
#include <malloc.h>
#endif

namespace thalweg::test {

// size is a multiple of alignment; nullptr: there is no memory.
inline void* aligned_memory(std::size_t alignment, std::size_t size) noexcept {
#ifdef _WIN32
    return _aligned_malloc(size, alignment);
#else
    return std::aligned_alloc(alignment, size);
#endif
}

inline void free_aligned(void* memory) noexcept {
#ifdef _WIN32
    _aligned_free(memory);
#else
    std::free(memory);
#endif
}

}  // namespace thalweg::test
