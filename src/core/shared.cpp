// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "core/shared.hpp"

namespace thalweg::detail {

Shared::Shared(const Shared& other) noexcept : held_(other.held_) {
    if (held_ != nullptr) {
        held_->holders.fetch_add(1, std::memory_order_relaxed);
    }
}

Shared& Shared::operator=(const Shared& other) noexcept {
    Shared copy(other);
    std::swap(held_, copy.held_);
    return *this;
}

// The last one sees what all others did before they let go.
Shared::~Shared() {
    if (held_ != nullptr && held_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        delete held_;
    }
}

}  // namespace thalweg::detail
