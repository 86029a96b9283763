// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Memory and random filling of Matrix; everything else about it is in its header.
#include "thalweg/matrix.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "thalweg/random.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define THALWEG_EXACT_ALLOCATION 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define THALWEG_EXACT_ALLOCATION 1
#endif
#endif

namespace thalweg {
namespace detail {
namespace {

#if defined(THALWEG_EXACT_ALLOCATION)
// The block ends where the elements do, so that AddressSanitizer sees the first access behind them.
void* allocate_aligned(std::size_t bytes) {
    return ::operator new(bytes, std::align_val_t(kAlignment));
}
void free_aligned(void* data) noexcept {
    ::operator delete(data, std::align_val_t(kAlignment));
}
#else
// An ordinary block with room for the alignment, and before the elements the block's address: small ones
// come from the C library's list of the thread then. Aligned ones do not: 450 instructions more (glibc 2.36).
static_assert(__STDCPP_DEFAULT_NEW_ALIGNMENT__ >= sizeof(void*) && kAlignment > sizeof(void*));
void* allocate_aligned(std::size_t bytes) {
    auto* const block = static_cast<unsigned char*>(::operator new(bytes + kAlignment));
    unsigned char* const data = block + (kAlignment - reinterpret_cast<std::uintptr_t>(block) % kAlignment);
    std::memcpy(data - sizeof block, &block, sizeof block);
    return data;
}
void free_aligned(void* data) noexcept {
    if (data != nullptr) {
        void* block = nullptr;
        std::memcpy(&block, static_cast<unsigned char*>(data) - sizeof block, sizeof block);
        ::operator delete(block);
    }
}
#endif

}  // namespace

void* allocate(std::size_t rows, std::size_t cols, std::size_t element_bytes) {
    // Half of the address space, so that differences of pointers stay within ptrdiff_t; -1 as a size is
    // beyond.
    const std::size_t most = std::numeric_limits<std::size_t>::max() / 2 / element_bytes;
    if (rows > most / std::max<std::size_t>(cols, 1) || cols > most) {
        throw ShapeError("Matrix: " + check::shape_text(rows, cols) +
                         " has more elements than memory can address");
    }
    if (rows == 0 || cols == 0) {
        return nullptr;
    }
    return allocate_aligned(rows * cols * element_bytes);
}

void* allocate_zeroed(std::size_t rows, std::size_t cols, std::size_t element_bytes) {
    void* const data = allocate(rows, cols, element_bytes);
    if (data != nullptr) {
        std::memset(data, 0, rows * cols * element_bytes);
    }
    return data;
}

void deallocate(void* data) noexcept {
    free_aligned(data);
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
                     check::size_text(index));
}

void throw_ragged(std::size_t row, std::size_t expected, std::size_t found) {
    throw ShapeError("Matrix{{...}}: row " + std::to_string(row) + " must have " + std::to_string(expected) +
                     " elements as row 0 has, found " + std::to_string(found));
}

}  // namespace detail
}  // namespace thalweg
