// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// All memory of the program comes by way of here: counted, and refused where a test says so. That is every
// form of operator new, what zlib allocates, and the functions of the C library that allocate for the library
// (realpath, fopen, fdopen).
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace thalweg::test {

enum class Refuse { kOne, kAllFromThere };

// Calls the operation with its first allocation refused, then with its second, and so on until it needs no
// more; then again with all refused from there on. It returns whether its result is right. Each call must
// return true or throw std::bad_alloc or IoError, and leave as many blocks and open files as there were, and
// nothing that `left` complains about. It runs in a thread of its own, so that what the library keeps for a
// thread is allocated each time.
struct Survival {
    std::string fault;  // empty: none
    std::size_t allocations = 0;
    std::size_t thrown = 0;  // runs that threw
};
Survival survive(const std::function<bool()>& operation, const std::function<std::string()>& left = {});

}  // namespace thalweg::test
