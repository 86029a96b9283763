// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A system that fails: while one of these lives, the n-th call of open, fstat, stat, lstat, access, read,
// pread, write, fchmod, fsync, linkat, close and rename that the program makes fails, or that and all later
// ones. A close() that fails has closed.
#pragma once

#include <cerrno>
#include <string>

namespace thalweg::test {

enum class Fail { kOne, kAllFromThere };

class Failing {
public:
    Failing(unsigned long n, Fail how, int error = EIO);
    Failing(const Failing&) = delete;
    Failing& operator=(const Failing&) = delete;
    ~Failing();

    // Calls since it began to live.
    static unsigned long calls();
    // Which function the n-th call was of; empty: there were not so many.
    static std::string first_failed();
};

}  // namespace thalweg::test
