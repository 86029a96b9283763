// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Catch2 2.x compiles its whole runner here, once.
#ifndef _WIN32
#define CATCH_CONFIG_MAIN
#include "support/catch.hpp"
#else
#define CATCH_CONFIG_RUNNER
#include <windows.h>

#include <cstdio>
#include <iostream>

#include "support/catch.hpp"

// When a thread that had a team ends, the team's threads end some time later, and at the end of a program
// libgomp deletes a key. winpthreads take the lock of keys and that of threads in one order for this and in
// the other for that: a program in which both happen at once never ends. So nothing is tidied up here; the
// programs of fuzz and the command are.
int main(int argc, char** argv) {
    const int status = Catch::Session().run(argc, argv);
    std::cout.flush();
    std::fflush(nullptr);
    ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(status));
    return status;
}
#endif
