// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "thalweg/callback.hpp"

#include <stdexcept>

namespace thalweg::detail {

void throw_no_callback() {
    throw std::invalid_argument("Callback: expected a function to call, found none");
}

}  // namespace thalweg::detail
