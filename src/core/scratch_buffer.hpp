// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Memory that one operation of one thread reuses from call to call, so that a training step allocates
// nothing.
#pragma once

#include <cstddef>
#include <new>

#include "thalweg/matrix.hpp"

namespace thalweg {

// A growing, uninitialised, 64-byte aligned block. Keep one of_this_thread() per use; its content
// does not survive reserve().
class ScratchBuffer {
public:
    ScratchBuffer() = default;
    ScratchBuffer(const ScratchBuffer&) = delete;
    ScratchBuffer& operator=(const ScratchBuffer&) = delete;
    ~ScratchBuffer() { release(); }

    // Memory for count elements of T.
    template <class T>
    T* reserve(std::size_t count) {
        const std::size_t bytes = count * sizeof(T);
        if (bytes > bytes_) {
            release();
            data_ = ::operator new(bytes, std::align_val_t(kAlignment));
            bytes_ = bytes;
        }
        return static_cast<T*>(data_);
    }

private:
    void release() noexcept {
        ::operator delete(data_, std::align_val_t(kAlignment));
        data_ = nullptr;
        bytes_ = 0;
    }

    void* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace thalweg
