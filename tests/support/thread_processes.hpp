// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Processes for tests without MPI: threads of this one, each with a communicator; one that counts and one
// that is slow.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "thalweg/communicator.hpp"

namespace thalweg::test {

class ThreadGroup {
public:
    explicit ThreadGroup(std::size_t size) : size_(size), given_(size), mail_(size) {}

    std::size_t size() const noexcept { return size_; }

    // Waits for all.
    void meet() {
        std::unique_lock<std::mutex> lock(mutex_);
        check();
        if (++waiting_ == size_) {
            waiting_ = 0;
            ++round_;
            changed_.notify_all();
            return;
        }
        const std::size_t round = round_;
        changed_.wait(lock, [&] { return round_ != round || gone_; });
        if (round_ == round) {
            check();
        }
    }
    void give(std::size_t rank, std::span<std::byte> bytes) { given_[rank] = bytes; }
    std::span<std::byte> given(std::size_t rank) const { return given_[rank]; }

    void post(std::size_t from, std::size_t to, std::span<const std::byte> message) {
        const std::lock_guard<std::mutex> lock(mutex_);
        mail_[to].emplace_back(from, std::vector<std::byte>(message.begin(), message.end()));
        changed_.notify_all();
    }
    bool take(std::size_t to, std::size_t& from, std::vector<std::byte>& message, bool wait) {
        std::unique_lock<std::mutex> lock(mutex_);
        if (wait) {
            changed_.wait(lock, [&] { return !mail_[to].empty() || gone_; });
        }
        check();
        if (mail_[to].empty()) {
            return false;
        }
        from = mail_[to].front().first;
        message = std::move(mail_[to].front().second);
        mail_[to].pop_front();
        return true;
    }
    // A process that has ended for good: whoever waits for it learns so.
    void leave(std::size_t rank) {
        const std::lock_guard<std::mutex> lock(mutex_);
        who_ = gone_ ? who_ : rank;
        gone_ = true;
        changed_.notify_all();
    }

private:
    void check() const {
        if (gone_) {
            throw CommunicatorError("process " + std::to_string(who_) + " is gone");
        }
    }

    std::size_t size_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t waiting_ = 0;
    std::size_t round_ = 0;
    bool gone_ = false;
    std::size_t who_ = 0;
    std::vector<std::span<std::byte>> given_;
    std::vector<std::deque<std::pair<std::size_t, std::vector<std::byte>>>> mail_;
};

class ThreadProcess : public Communicator {
public:
    ThreadProcess(ThreadGroup& group, std::size_t rank) : group_(group), rank_(rank) {}

    std::size_t rank() const noexcept override { return rank_; }
    std::size_t size() const noexcept override { return group_.size(); }
    void gather(std::span<std::byte> all, std::span<const std::size_t> counts) override {
        group_.give(rank_, all);
        group_.meet();
        std::size_t at = 0;
        for (std::size_t r = 0; r < size(); ++r) {
            if (r != rank_ && counts[r] != 0) {
                std::memcpy(all.data() + at, group_.given(r).data() + at, counts[r]);
            }
            at += counts[r];
        }
        group_.meet();
        received_ += all.size() - counts[rank_];
        ++calls_;
    }
    void broadcast(std::span<std::byte> bytes, std::size_t from) override {
        group_.give(rank_, bytes);
        group_.meet();
        if (rank_ != from && !bytes.empty()) {
            std::memcpy(bytes.data(), group_.given(from).data(), bytes.size());
            received_ += bytes.size();
        }
        group_.meet();
        ++calls_;
    }
    void send(std::size_t to, std::span<const std::byte> message) override {
        group_.post(rank_, to, message);
    }
    bool receive(std::size_t& from, std::vector<std::byte>& message, bool wait) override {
        return group_.take(rank_, from, message, wait);
    }

    // Bytes that came from other processes in gather() and broadcast(), and how many of these there were.
    std::size_t received() const noexcept { return received_; }
    std::size_t calls() const noexcept { return calls_; }

private:
    ThreadGroup& group_;
    std::size_t rank_;
    std::size_t received_ = 0;
    std::size_t calls_ = 0;
};

// A link: a gather passes pieces around in a ring, size - 1 times one after another; a broadcast goes over a
// tree.
class SlowProcess final : public ThreadProcess {
public:
    SlowProcess(ThreadGroup& group, std::size_t rank, double latency, double bytes_per_second)
        : ThreadProcess(group, rank), latency_(latency), speed_(bytes_per_second) {}

    void gather(std::span<std::byte> all, std::span<const std::size_t> counts) override {
        ThreadProcess::gather(all, counts);
        const double steps = static_cast<double>(size() - 1);
        wait(steps * latency_ +
             static_cast<double>(all.size()) * steps / static_cast<double>(size()) / speed_);
    }
    void broadcast(std::span<std::byte> bytes, std::size_t from) override {
        ThreadProcess::broadcast(bytes, from);
        double rounds = 0;
        for (std::size_t reached = 1; reached < size(); reached *= 2) {
            ++rounds;
        }
        wait(rounds * (latency_ + static_cast<double>(bytes.size()) / speed_));
    }

private:
    static void wait(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

    double latency_;
    double speed_;
};

// Calls body(communicator) in a thread for each of `size` processes; returns what each threw, or nullptr.
template <class Process = ThreadProcess, class Body, class... Arguments>
std::vector<std::exception_ptr> as_processes(std::size_t size, const Body& body, Arguments... arguments) {
    ThreadGroup group(size);
    std::vector<std::exception_ptr> thrown(size);
    std::vector<std::thread> threads;
    for (std::size_t r = 0; r < size; ++r) {
        threads.emplace_back([&, r] {
            Process process(group, r, arguments...);
            try {
                body(process);
            } catch (...) {
                thrown[r] = std::current_exception();
                group.leave(r);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    return thrown;
}

}  // namespace thalweg::test
