// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/callback.hpp takes.
#pragma once

#include <concepts>
#include <utility>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg::detail {

[[noreturn]] void throw_no_callback();

// Whether it can be called is asked first: most that is tried as a callback, by overloads, cannot.
template <class Function, class Result, class... Arguments>
concept CalledWith = requires(Function& function, Result (*returned)(), Arguments&&... arguments) {
    static_cast<decltype(returned())>(function(std::forward<Arguments>(arguments)...));
    requires std::copy_constructible<Function>;
};

}  // namespace thalweg::detail
THALWEG_END_PUBLIC
