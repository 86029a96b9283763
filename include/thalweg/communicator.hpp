// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Processes that compute together: what the library asks of whatever connects them. thalweg/mpi.hpp answers
// over MPI. Every process calls the same functions of the library in the same order; results have the bits of
// one process, however many there are.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/callback.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables"
#endif

/// Another process cannot go on, differs from this one, or cannot be reached.
class CommunicatorError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// This process and the others. The library calls it from one thread at a time: the one that called the
/// library.
///
/// throws   CommunicatorError when another process cannot be reached; it is not called again then
class Communicator {
public:
    /// Ends nothing but this object.
    virtual ~Communicator();
    /// Returns this process's number, from 0.
    virtual std::size_t rank() const noexcept = 0;
    /// Returns how many processes there are, at least 1.
    virtual std::size_t size() const noexcept = 0;
    /// Gathers a piece from each process in all of them. Pieces lie in `all` one after another, counts[r]
    /// bytes of process r; the own one is there already.
    /// shape    counts: size(), alike in all processes   all: their sum
    virtual void gather(std::span<std::byte> all, std::span<const std::size_t> counts) = 0;
    /// Copies the bytes of process `from` over those of the others.
    /// shape    bytes: alike in all processes
    virtual void broadcast(std::span<std::byte> bytes, std::size_t from) = 0;
    /// Sends a message, which may be empty, to one process; returns when message may be changed.
    /// shape    to: below size()   message: of any length
    virtual void send(std::size_t to, std::span<const std::byte> message) = 0;
    /// Receives the next message of any process: its number and the message. With wait it returns when there
    /// is one, without it false when there is none yet. Messages of one process come in their order.
    virtual bool receive(std::size_t& from, std::vector<std::byte>& message, bool wait) = 0;
};

/// The one process that there is without others.
class OneProcess final : public Communicator {
public:
    /// Returns 0.
    std::size_t rank() const noexcept override { return 0; }
    /// Returns 1.
    std::size_t size() const noexcept override { return 1; }
    /// Does nothing: the own piece is there.
    /// shape    as Communicator::gather
    void gather(std::span<std::byte> all, std::span<const std::size_t> counts) override;
    /// Does nothing.
    /// shape    as Communicator::broadcast
    void broadcast(std::span<std::byte> bytes, std::size_t from) override;
    /// Rejects every message: there is nobody else.
    /// shape    as Communicator::send
    void send(std::size_t to, std::span<const std::byte> message) override;
    /// Returns false; rejects a call that would wait.
    bool receive(std::size_t& from, std::vector<std::byte>& message, bool wait) override;
};

/// Calls body in every process and waits until it has ended in all. Where it threw in some, each of these
/// throws that, and the others name the lowest of them: a file that one process cannot read ends all.
/// throws   CommunicatorError "op: process 2: message"; what body throws
void together(Communicator& communicator, const char* op, const Callback<void()>& body);

/// Checks that all processes say the same: names and values, such as {"data", "60000 rows, checksum ..."}.
/// Versions of the library and how products are rounded, with FMA or without, are among them already.
/// throws   CommunicatorError, in every process: which process, what it says, and what process 0 says
void check_alike(Communicator& communicator, const char* op,
                 const std::vector<std::pair<std::string, std::string>>& values);

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace thalweg
THALWEG_END_PUBLIC
