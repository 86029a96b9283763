// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Making what detail::Shared holds.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "thalweg/images.hpp"  // detail::Shared

namespace thalweg::detail {

struct Counted {
    Counted() = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    virtual ~Counted() = default;

    mutable std::atomic<std::size_t> holders = 1;
};

template <class Value>
struct Held final : Counted {
    explicit Held(Value of) : value(std::move(of)) {}
    const Value value;
};

// Keeps a value in memory of its own; `owner` holds it from then on.
template <class Value>
const Value* share(Value value, Shared& owner) {
    const auto* const held = new Held<Value>(std::move(value));
    owner = Shared(held);
    return &held->value;
}

}  // namespace thalweg::detail
