// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Memory and random filling of Matrix; everything else about it is in its header.
#include "thalweg/matrix.hpp"

#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "thalweg/random.hpp"

namespace thalweg {
namespace detail {

void* allocate(std::size_t rows, std::size_t cols, std::size_t element_bytes) {
    if (rows == 0 || cols == 0) {
        return nullptr;
    }
    // Half of the address space, so that differences of pointers stay within ptrdiff_t.
    const std::size_t most = std::numeric_limits<std::size_t>::max() / 2 / element_bytes;
    if (rows > most / cols) {
        throw ShapeError("Matrix: " + check::shape_text(rows, cols) +
                         " has more elements than memory can address");
    }
    return ::operator new(rows* cols* element_bytes, std::align_val_t(kAlignment));
}

void* allocate_zeroed(std::size_t rows, std::size_t cols, std::size_t element_bytes) {
    void* const data = allocate(rows, cols, element_bytes);
    if (data != nullptr) {
        std::memset(data, 0, rows * cols * element_bytes);
    }
    return data;
}

void deallocate(void* data) noexcept {
    ::operator delete(data, std::align_val_t(kAlignment));
}

namespace {
template <class T, class Draw>
void fill(T* data, std::size_t count, const Draw& draw) {
    const core::FloatControlScope standard;
    for (std::size_t i = 0; i < count; ++i) {
        data[i] = static_cast<T>(draw());
    }
}
}  // namespace

void fill_randn(float* data, std::size_t count, Rng& rng, double std) {
    fill(data, count, [&] { return std * rng.randn(); });
}

void fill_randn(double* data, std::size_t count, Rng& rng, double std) {
    fill(data, count, [&] { return std * rng.randn(); });
}

void fill_rand(float* data, std::size_t count, Rng& rng) {
    fill(data, count, [&] { return rng.uniform(); });
}

void fill_rand(double* data, std::size_t count, Rng& rng) {
    fill(data, count, [&] { return rng.uniform(); });
}

void throw_index(const char* what, std::size_t index, std::size_t size) {
    throw ShapeError(std::string(what) + " must be below " + std::to_string(size) + ", found " +
                     std::to_string(index));
}

void throw_ragged(std::size_t row, std::size_t expected, std::size_t found) {
    throw ShapeError("Matrix{{...}}: row " + std::to_string(row) + " must have " + std::to_string(expected) +
                     " elements as row 0 has, found " + std::to_string(found));
}

}  // namespace detail
}  // namespace thalweg
