// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// thalweg::Communicator over MPI: a header over MPI's C functions, which the program's own compiler wrapper
// (mpicxx) compiles. The library itself knows no MPI; thalweg.hpp does not include this.
//
//     int main(int count, char** arguments) {
//         return thalweg::mpi_main(count, arguments, [](thalweg::MpiCommunicator& processes) {
//             ...
//             return 0;
//         });
//     }
#pragma once

// The functions of C are enough: the classes that MPI once had for C++ bring warnings, and a library to link.
#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX
#endif
#include <mpi.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "thalweg/communicator.hpp"

namespace thalweg {

/// The processes of an MPI communicator. Messages have their own copy of it, so that they meet no others.
class MpiCommunicator final : public Communicator {
public:
    /// Takes a communicator of MPI, which must have been initialised with MPI_THREAD_FUNNELED at least. Every
    /// process of it makes its object at the same time.
    explicit MpiCommunicator(MPI_Comm processes = MPI_COMM_WORLD) {
        int rank = 0;
        int size = 1;
        check(MPI_Comm_dup(processes, &comm_), "MPI_Comm_dup");
        check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
        check(MPI_Comm_rank(comm_, &rank), "MPI_Comm_rank");
        check(MPI_Comm_size(comm_, &size), "MPI_Comm_size");
        rank_ = static_cast<std::size_t>(rank);
        size_ = static_cast<std::size_t>(size);
        counts_.resize(size_);
        begins_.resize(size_);
    }
    MpiCommunicator(const MpiCommunicator&) = delete;
    MpiCommunicator& operator=(const MpiCommunicator&) = delete;
    ~MpiCommunicator() override { MPI_Comm_free(&comm_); }

    /// Returns this process's rank in the communicator.
    std::size_t rank() const noexcept override { return rank_; }
    /// Returns the communicator's size.
    std::size_t size() const noexcept override { return size_; }

    /// Gathers with MPI_Iallgatherv, in place, and lets others have the CPU while it waits.
    /// shape    as Communicator::gather
    void gather(std::span<std::byte> all, std::span<const std::size_t> counts) override {
        if (all.size() > kMost) {
            gather_in_turn(all, counts);
            return;
        }
        int begin = 0;
        for (std::size_t r = 0; r < size_; ++r) {
            counts_[r] = static_cast<int>(counts[r]);
            begins_[r] = begin;
            begin += counts_[r];
        }
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all.data(), counts_.data(), begins_.data(),
                              MPI_BYTE, comm_, &request),
              "MPI_Iallgatherv");
        wait(request, all.size());
    }
    /// Copies with MPI_Ibcast, and waits as gather() does.
    /// shape    as Communicator::broadcast
    void broadcast(std::span<std::byte> bytes, std::size_t from) override {
        for (std::size_t at = 0; at < bytes.size(); at += kMost) {
            const std::size_t n = bytes.size() - at < kMost ? bytes.size() - at : kMost;
            MPI_Request request = MPI_REQUEST_NULL;
            check(MPI_Ibcast(bytes.data() + at, static_cast<int>(n), MPI_BYTE, static_cast<int>(from), comm_,
                             &request),
                  "MPI_Ibcast");
            wait(request, n);
        }
    }
    /// Sends a message below 1 GB.
    /// shape    as Communicator::send
    /// throws   CommunicatorError also for a longer one
    void send(std::size_t to, std::span<const std::byte> message) override {
        if (message.size() >= kMost) {
            throw CommunicatorError("MpiCommunicator::send: expected a message below 1 GB, found " +
                                    std::to_string(message.size()) + " bytes");
        }
        check(MPI_Send(message.data(), static_cast<int>(message.size()), MPI_BYTE, static_cast<int>(to), kTag,
                       comm_),
              "MPI_Send");
    }
    /// Receives with MPI_Iprobe, and sleeps between two looks after a while.
    bool receive(std::size_t& from, std::vector<std::byte>& message, bool wait) override {
        MPI_Status status;
        int there = 0;
        for (int look = 0; there == 0; look += look < std::numeric_limits<int>::max() ? 1 : 0) {
            check(MPI_Iprobe(MPI_ANY_SOURCE, kTag, comm_, &there, &status), "MPI_Iprobe");
            if (there == 0 && !wait) {
                return false;
            }
            if (there == 0) {
                pause(look, true);
            }
        }
        int n = 0;
        check(MPI_Get_count(&status, MPI_BYTE, &n), "MPI_Get_count");
        message.resize(static_cast<std::size_t>(n));
        check(MPI_Recv(message.data(), n, MPI_BYTE, status.MPI_SOURCE, kTag, comm_, MPI_STATUS_IGNORE),
              "MPI_Recv");
        from = static_cast<std::size_t>(status.MPI_SOURCE);
        return true;
    }

private:
    static constexpr int kTag = 7;
    // Bytes at once: MPI counts in int.
    static constexpr std::size_t kMost = std::size_t{1} << 30;

    // MPI's own waiting takes a core from those that compute, and with more processes than cores from those
    // that are waited for: with MPICH, 8 processes on two cores, 14 % of the ideal speed of a function that
    // sleeps for 50 ms instead of 99 %. So: a few looks, then others may run between two looks, and where
    // little is on its way, a short sleep.
    static void pause(int look, bool may_sleep) {
        constexpr int kLooks = 100;
        constexpr int kYields = 120;
        if (look >= kYields && may_sleep) {
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        } else if (look >= kLooks) {
            std::this_thread::yield();
        }
    }
    static void wait(MPI_Request& request, std::size_t bytes) {
        constexpr std::size_t kAtOnce = std::size_t{1} << 16;
        int done = 0;
        for (int look = 0;; look += look < std::numeric_limits<int>::max() ? 1 : 0) {
            check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
            if (done != 0) {
                return;
            }
            pause(look, bytes <= kAtOnce);
        }
    }

    // Piece after piece, where all of them are more than MPI can count.
    void gather_in_turn(std::span<std::byte> all, std::span<const std::size_t> counts) {
        std::size_t begin = 0;
        for (std::size_t r = 0; r < size_; ++r) {
            broadcast(all.subspan(begin, counts[r]), r);
            begin += counts[r];
        }
    }
    static void check(int error, const char* what) {
        if (error != MPI_SUCCESS) {
            char text[MPI_MAX_ERROR_STRING] = {};
            int length = 0;
            MPI_Error_string(error, text, &length);
            throw CommunicatorError(std::string(what) + ": " +
                                    std::string(text, static_cast<std::size_t>(length)));
        }
    }

    MPI_Comm comm_ = MPI_COMM_NULL;
    std::size_t rank_ = 0;
    std::size_t size_ = 1;
    std::vector<int> counts_{};
    std::vector<int> begins_{};
};

/// Initialises MPI, calls body(MpiCommunicator&) and ends MPI; returns what body returns, for main(). When
/// body throws in one process, a line on stderr names that process and says why, and all processes end: none
/// is left waiting.
template <class Body>
int mpi_main(int count, char** arguments, const Body& body) {
    int provided = MPI_THREAD_SINGLE;
    MPI_Init_thread(&count, &arguments, MPI_THREAD_FUNNELED, &provided);
    int rank = 0;
    int size = 1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char host[MPI_MAX_PROCESSOR_NAME] = {};
    int length = 0;
    MPI_Get_processor_name(host, &length);
    int result = 0;
    const auto end_all = [&](const char* why) {
        std::fprintf(stderr, "thalweg: process %d of %d on %s: %s\n", rank, size, host, why);
        std::fflush(nullptr);
        // MPICH's mpirun drops what it has not read when the job ends.
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        MPI_Abort(MPI_COMM_WORLD, 1);
    };
    try {
        if (provided < MPI_THREAD_FUNNELED) {
            throw CommunicatorError("this MPI allows no threads: MPI_THREAD_FUNNELED is not provided");
        }
        MpiCommunicator processes;
        result = body(processes);
    } catch (const std::exception& error) {
        end_all(error.what());
    } catch (...) {
        end_all("what was thrown is no std::exception");
    }
    MPI_Finalize();
    return result;
}

}  // namespace thalweg
