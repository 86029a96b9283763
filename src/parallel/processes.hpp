// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A team of threads that has further threads in other processes: a process is a group of threads with a
// memory of their own. Shares are cut by process first, then by thread, so that processes may have teams of
// different sizes; what they then exchange are whole shares, in place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "parallel/team.hpp"
#include "thalweg/communicator.hpp"

namespace thalweg::parallel {

class Processes {
public:
    // This one alone.
    Processes() = default;
    // Those of a communicator, which must outlive this; nullptr: this one alone.
    explicit Processes(Communicator* communicator)
        : communicator_(communicator),
          rank_(communicator != nullptr ? communicator->rank() : 0),
          size_(communicator != nullptr ? communicator->size() : 1),
          counts_(size_) {}

    bool alone() const noexcept { return size_ == 1; }
    std::size_t rank() const noexcept { return rank_; }
    std::size_t size() const noexcept { return size_; }
    Communicator& communicator() const noexcept { return *communicator_; }
    // A part of this process's team as one of the teams of all processes.
    Part among(Part part) const noexcept {
        part.process = rank_;
        part.processes = size_;
        return part;
    }

    // Within a region: waits until all parts have come here; then, where there are other processes, the first
    // part does body, which exchanges something with them, and all wait for it. What it throws is kept for
    // rethrow(); later exchanges do nothing then.
    template <class Body>
    void exchange(Part part, const Body& body) noexcept {
        meet(part);
        if (alone()) {
            return;
        }
        if (part.index == 0 && !thrown_) {
            try {
                body();
            } catch (...) {
                thrown_ = std::current_exception();
            }
        }
        meet(part);
    }
    // Between two exchanges: whether one has failed.
    bool failed() const noexcept { return thrown_ != nullptr; }
    // Throws what an exchange threw, once the region is over.
    void rethrow() {
        if (thrown_) {
            std::rethrow_exception(std::exchange(thrown_, nullptr));
        }
    }

    // Every process has filled its share of [0, total), `stride` elements each, as Part::share() cuts it;
    // afterwards all have all. Nothing where there is one process.
    // throws   CommunicatorError
    template <class T>
    void gather(T* data, std::size_t total, std::size_t unit, std::size_t stride = 1) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (alone() || total * stride == 0) {
            return;
        }
        for (std::size_t r = 0; r < size_; ++r) {
            const auto [first, last] =
                Part{.index = 0, .count = 1, .process = r, .processes = size_}.share(total, unit);
            counts_[r] = (last - first) * stride * sizeof(T);
        }
        communicator_->gather(std::as_writable_bytes(std::span(data, total * stride)), counts_);
    }
    // True in every process where it is true in any.
    // throws   CommunicatorError
    bool any(bool here) {
        if (alone()) {
            return here;
        }
        flags_.assign(size_, std::byte{0});
        flags_[rank_] = std::byte{here};
        std::fill(counts_.begin(), counts_.end(), std::size_t{1});
        communicator_->gather(flags_, counts_);
        return std::find(flags_.begin(), flags_.end(), std::byte{1}) != flags_.end();
    }
    // Those of one process, in every process.
    // throws   CommunicatorError
    template <class T>
    void broadcast(T* data, std::size_t n, std::size_t from) {
        static_assert(std::is_trivially_copyable_v<T>);
        if (!alone() && n != 0) {
            communicator_->broadcast(std::as_writable_bytes(std::span(data, n)), from);
        }
    }

private:
    Communicator* communicator_ = nullptr;
    std::size_t rank_ = 0;
    std::size_t size_ = 1;
    std::vector<std::size_t> counts_{};
    std::vector<std::byte> flags_{};
    std::exception_ptr thrown_{};
};

}  // namespace thalweg::parallel
