// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Memory that ends, or starts, at an unmapped page: one element too far ends the program. AddressSanitizer
// does the same for the plain heap, so there it is the plain heap.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define THALWEG_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define THALWEG_TEST_ASAN 1
#endif
#endif

namespace thalweg::test {

enum class Side { kEnd, kStart };

class GuardedBytes {
public:
    GuardedBytes(std::size_t size, Side side) {
#ifdef THALWEG_TEST_ASAN
        (void)side;
        data_ = static_cast<std::byte*>(::operator new(size));
#else
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const std::size_t usable = (size + page - 1) / page * page;
        mapped_ = usable + 2 * page;
        base_ = ::mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base_ == MAP_FAILED) {
            throw std::bad_alloc();
        }
        std::byte* const first = static_cast<std::byte*>(base_) + page;
        if (usable > 0 && ::mprotect(first, usable, PROT_READ | PROT_WRITE) != 0) {
            ::munmap(base_, mapped_);
            throw std::bad_alloc();
        }
        data_ = side == Side::kEnd ? first + (usable - size) : first;
#endif
    }
    GuardedBytes(const GuardedBytes&) = delete;
    GuardedBytes& operator=(const GuardedBytes&) = delete;
    ~GuardedBytes() {
#ifdef THALWEG_TEST_ASAN
        ::operator delete(data_);
#else
        ::munmap(base_, mapped_);
#endif
    }

    std::byte* data() const noexcept {
        return data_;
    }

    // From now on writing ends the program as well (not under AddressSanitizer).
    void make_read_only() const noexcept {
#ifndef THALWEG_TEST_ASAN
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        ::mprotect(static_cast<std::byte*>(base_) + page, mapped_ - 2 * page, PROT_READ);
#endif
    }

private:
    std::byte* data_ = nullptr;
#ifndef THALWEG_TEST_ASAN
    void* base_ = nullptr;
    std::size_t mapped_ = 0;
#endif
};

}  // namespace thalweg::test
