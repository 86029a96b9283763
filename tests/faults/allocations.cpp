// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// operator new and delete of the whole program, and the linker's --wrap for C's functions.
#include "faults/allocations.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "faults/counters.hpp"

namespace thalweg::test {

Counters& counters() noexcept {
    static Counters all;
    return all;
}

namespace {

void* counted(void* block) noexcept {
    if (block != nullptr) {
        counters().live.fetch_add(1);
    }
    return block;
}

void* allocate(std::size_t size) noexcept {
    return counters().refuse() ? nullptr : counted(std::malloc(size > 0 ? size : 1));
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
    const auto unit = static_cast<std::size_t>(alignment);
    const std::size_t whole = (size + unit - 1) / unit * unit;
    return counters().refuse() ? nullptr : counted(std::aligned_alloc(unit, whole > 0 ? whole : unit));
}

void* given(void* block) {
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}

void release(void* block) noexcept {
    if (block != nullptr) {
        counters().live.fetch_sub(1);
        std::free(block);
    }
}

}  // namespace
}  // namespace thalweg::test

using thalweg::test::allocate;
using thalweg::test::counters;
using thalweg::test::given;
using thalweg::test::release;

void* operator new(std::size_t size) {
    return given(allocate(size));
}
void* operator new[](std::size_t size) {
    return given(allocate(size));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return given(allocate(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return given(allocate(size, alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return allocate(size, alignment);
}
void operator delete(void* block) noexcept {
    release(block);
}
void operator delete[](void* block) noexcept {
    release(block);
}
void operator delete(void* block, std::size_t) noexcept {
    release(block);
}
void operator delete[](void* block, std::size_t) noexcept {
    release(block);
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
    release(block);
}
void operator delete[](void* block, const std::nothrow_t&) noexcept {
    release(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
    release(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
    release(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
    release(block);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
    release(block);
}
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept {
    release(block);
}
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept {
    release(block);
}

// NOLINTBEGIN(bugprone-reserved-identifier): the names that ld's --wrap makes.
extern "C" {

char* __real_realpath(const char* path, char* resolved);
char* __wrap_realpath(const char* path, char* resolved);
char* __wrap_realpath(const char* path, char* resolved) {
    if (counters().refuse()) {
        errno = ENOMEM;
        return nullptr;
    }
    return __real_realpath(path, resolved);
}

// With 64-bit file offsets, as Meson asks for, glibc's headers turn fopen into fopen64.
std::FILE* THALWEG_REAL_FOPEN(const char* path, const char* mode);
std::FILE* THALWEG_WRAP_FOPEN(const char* path, const char* mode);
std::FILE* THALWEG_WRAP_FOPEN(const char* path, const char* mode) {
    if (counters().refuse()) {
        errno = ENOMEM;
        return nullptr;
    }
    return THALWEG_REAL_FOPEN(path, mode);
}

std::FILE* __real_fdopen(int descriptor, const char* mode);
std::FILE* __wrap_fdopen(int descriptor, const char* mode);
std::FILE* __wrap_fdopen(int descriptor, const char* mode) {
    if (counters().refuse()) {
        errno = ENOMEM;
        return nullptr;
    }
    return __real_fdopen(descriptor, mode);
}

}  // extern "C"

#ifdef THALWEG_TEST_ZLIB

#include <zlib.h>

namespace {

void* zlib_allocate(void*, unsigned items, unsigned size) {
    return thalweg::test::allocate(std::size_t{items} * size);
}
void zlib_release(void*, void* block) {
    release(block);
}
void use_ours(z_stream* stream) {
    stream->zalloc = zlib_allocate;
    stream->zfree = zlib_release;
}

}  // namespace

extern "C" {

int __real_inflateInit2_(z_stream* stream, int window_bits, const char* version, int size);
int __wrap_inflateInit2_(z_stream* stream, int window_bits, const char* version, int size);
int __wrap_inflateInit2_(z_stream* stream, int window_bits, const char* version, int size) {
    use_ours(stream);
    return __real_inflateInit2_(stream, window_bits, version, size);
}

int __real_deflateInit2_(z_stream* stream, int level, int method, int window_bits, int memory, int strategy,
                         const char* version, int size);
int __wrap_deflateInit2_(z_stream* stream, int level, int method, int window_bits, int memory, int strategy,
                         const char* version, int size);
int __wrap_deflateInit2_(z_stream* stream, int level, int method, int window_bits, int memory, int strategy,
                         const char* version, int size) {
    use_ours(stream);
    return __real_deflateInit2_(stream, level, method, window_bits, memory, strategy, version, size);
}

}  // extern "C"

#endif
// NOLINTEND(bugprone-reserved-identifier)
