// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What allocations.cpp counts and refuses.
#pragma once

#include <atomic>
#include <cstddef>

#include "faults/allocations.hpp"

namespace thalweg::test {

struct Counters {
    std::atomic<std::ptrdiff_t> live{0};    // blocks
    std::atomic<bool> watching{false};      // only then the rest is looked at
    std::atomic<std::size_t> asked{0};      // allocations since watching began
    std::atomic<std::size_t> refuse_at{0};  // counted from 1
    std::atomic<Refuse> how{Refuse::kOne};

    // One more allocation; true: it must fail.
    bool refuse() noexcept {
        if (!watching.load()) {
            return false;
        }
        const std::size_t index = asked.fetch_add(1) + 1;
        return index == refuse_at.load() || (how.load() == Refuse::kAllFromThere && index > refuse_at.load());
    }
};

Counters& counters() noexcept;

}  // namespace thalweg::test
