// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A matrix that knows which threads wrote it: its pages begin without access, and the fault of the first
// write to each page names the thread before it opens the page.
#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "thalweg/matrix.hpp"

namespace thalweg::test {

// One at a time in a process.
class WrittenMatrix {
public:
    WrittenMatrix(std::size_t rows, std::size_t cols);
    WrittenMatrix(const WrittenMatrix&) = delete;
    WrittenMatrix& operator=(const WrittenMatrix&) = delete;
    ~WrittenMatrix();

    MatrixView<float> view() const;

    // How many threads were the first on some page. A share of less than two pages may hide its thread.
    std::size_t writers() const;

private:
    std::size_t rows_;
    std::size_t cols_;
};

}  // namespace thalweg::test
