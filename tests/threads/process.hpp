// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Child processes that may hang or die: the test goes on and says which.
#pragma once

#include <functional>
#include <string>

namespace thalweg::test {

// Ends a child. As a program does, with its destructors; under AddressSanitizer at once, whose search for
// leaks at the end cannot see what the threads of the parent still held.
[[noreturn]] void finish(int status);

// How a child ended: "" for exit status 0, else "exit status 3", "signal 11" or "hangs".
// body runs in a child of fork(), and its result is the exit status; it must not use Catch2. A child that is
// not done after two minutes is ended.
std::string in_child(const std::function<int()>& body);

}  // namespace thalweg::test
