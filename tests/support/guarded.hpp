// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Memory that ends, or starts, at an unmapped page: one element too far ends the program. AddressSanitizer
// does the same for the plain heap, so there it is the plain heap.
#pragma once

#ifndef _WIN32
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <cstddef>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define THALWEG_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define THALWEG_TEST_ASAN 1
#endif
#endif

#ifdef _WIN32
// As <windows.h> declares them, which brings macros by the names of variables.
extern "C" {
__declspec(dllimport) void* __stdcall VirtualAlloc(void* at, std::size_t size, unsigned long type,
                                                   unsigned long access);
__declspec(dllimport) int __stdcall VirtualFree(void* at, std::size_t size, unsigned long type);
__declspec(dllimport) int __stdcall VirtualProtect(void* at, std::size_t size, unsigned long access,
                                                   unsigned long* before);
}
#endif

namespace thalweg::test {

// Pages that nobody may touch, of which some become readable and writable, or readable alone.
namespace pages {

#ifdef _WIN32
inline std::size_t size() {
    return 4096;
}
inline void* reserve(std::size_t bytes) {
    constexpr unsigned long kCommit = 0x3000;
    constexpr unsigned long kNoAccess = 1;
    return VirtualAlloc(nullptr, bytes, kCommit, kNoAccess);
}
inline bool allow(void* at, std::size_t bytes, bool writing) {
    unsigned long before = 0;
    return bytes == 0 || VirtualProtect(at, bytes, writing ? 4 : 2, &before) != 0;
}
inline void release(void* at, std::size_t /*bytes*/) {
    constexpr unsigned long kRelease = 0x8000;
    VirtualFree(at, 0, kRelease);
}
#else
inline std::size_t size() {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}
inline void* reserve(std::size_t bytes) {
    void* const at = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? nullptr : at;
}
inline bool allow(void* at, std::size_t bytes, bool writing) {
    return bytes == 0 || ::mprotect(at, bytes, PROT_READ | (writing ? PROT_WRITE : 0)) == 0;
}
inline void release(void* at, std::size_t bytes) {
    ::munmap(at, bytes);
}
#endif

}  // namespace pages

enum class Side { kEnd, kStart };

class GuardedBytes {
public:
    GuardedBytes(std::size_t size, Side side) {
#ifdef THALWEG_TEST_ASAN
        (void)side;
        data_ = static_cast<std::byte*>(::operator new(size));
#else
        const std::size_t page = pages::size();
        const std::size_t usable = (size + page - 1) / page * page;
        mapped_ = usable + 2 * page;
        base_ = pages::reserve(mapped_);
        if (base_ == nullptr) {
            throw std::bad_alloc();
        }
        std::byte* const first = static_cast<std::byte*>(base_) + page;
        if (!pages::allow(first, usable, true)) {
            pages::release(base_, mapped_);
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
        pages::release(base_, mapped_);
#endif
    }

    std::byte* data() const noexcept {
        return data_;
    }

    // From now on writing ends the program as well (not under AddressSanitizer).
    void make_read_only() const noexcept {
#ifndef THALWEG_TEST_ASAN
        const std::size_t page = pages::size();
        pages::allow(static_cast<std::byte*>(base_) + page, mapped_ - 2 * page, false);
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
