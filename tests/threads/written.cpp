// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "threads/written.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <new>

namespace thalweg::test {
namespace {

// What the handler reads: set before the pages are closed.
std::byte* base = nullptr;
std::size_t page_size = 0;
std::size_t page_count = 0;
constexpr std::size_t kMostPages = 1024;
std::atomic<long> first_writer[kMostPages];
struct sigaction before;

// mprotect() and gettid() are plain system calls, which a handler may make.
void note_writer(int, siginfo_t* info, void*) {
    auto* const address = static_cast<std::byte*>(info->si_addr);
    if (address < base || address >= base + page_count * page_size) {
        ::sigaction(SIGSEGV, &before, nullptr);
        return;
    }
    const std::size_t page = static_cast<std::size_t>(address - base) / page_size;
    long nobody = 0;
    first_writer[page].compare_exchange_strong(nobody, ::syscall(SYS_gettid));
    ::mprotect(base + page * page_size, page_size, PROT_READ | PROT_WRITE);
}

}  // namespace

WrittenMatrix::WrittenMatrix(std::size_t rows, std::size_t cols) : rows_(rows), cols_(cols) {
    page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    page_count = (rows * cols * sizeof(float) + page_size - 1) / page_size;
    void* const memory = page_count > kMostPages ? MAP_FAILED
                                                 : ::mmap(nullptr, page_count * page_size, PROT_NONE,
                                                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    base = static_cast<std::byte*>(memory);
    for (std::atomic<long>& writer : first_writer) {
        writer = 0;
    }
    struct sigaction action = {};
    action.sa_sigaction = note_writer;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSEGV, &action, &before);
}

WrittenMatrix::~WrittenMatrix() {
    ::sigaction(SIGSEGV, &before, nullptr);
    ::munmap(base, page_count * page_size);
    base = nullptr;
}

MatrixView<float> WrittenMatrix::view() const {
    return {reinterpret_cast<float*>(base), rows_, cols_, cols_};
}

std::size_t WrittenMatrix::writers() const {
    std::set<long> found;
    for (std::size_t page = 0; page < page_count; ++page) {
        found.insert(first_writer[page].load());
    }
    found.erase(0);
    return found.size();
}

}  // namespace thalweg::test
