// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A system that interrupts: while one of these lives, every other read(), pread(), write(), fsync() of the
// program ends with EINTR, and the others move at most seven bytes.
#pragma once

namespace thalweg::test {

class Interrupted {
public:
    Interrupted();
    Interrupted(const Interrupted&) = delete;
    Interrupted& operator=(const Interrupted&) = delete;
    ~Interrupted();

    // Calls that were ended.
    static unsigned long count();
};

}  // namespace thalweg::test
