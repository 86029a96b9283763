// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Asks for a cache line ahead of its use, where the compiler has a word for that.
#pragma once

namespace thalweg::core {

inline void prefetch([[maybe_unused]] const void* p) noexcept {
#if defined(__GNUC__)
    __builtin_prefetch(p);
#endif
}

}  // namespace thalweg::core
