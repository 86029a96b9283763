// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Catch2 2.x or 3.x, whichever the machine has: the only file that knows the difference.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
using Catch::Matchers::Contains;
inline auto ContainsSubstring(const std::string& text) {
    return Contains(text);
}
#endif
