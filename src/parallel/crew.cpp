// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "parallel/crew.hpp"

// Nothing where OpenMP's threads serve.
#ifdef THALWEG_OWN_THREADS

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace thalweg::parallel {
namespace {

// Some 3 ms: longer than it takes to wake a sleeper (1 ms was seen), or those who were late would find the
// others asleep, one after the other. Hardly any where there are more threads than CPUs, since the one that
// is waited for may want this one's.
constexpr int kLooks = 100'000;
constexpr int kCrowdedLooks = 20;

// OpenMP's variable counts for these threads, too.
bool may_look() noexcept {
    const char* const policy = std::getenv("OMP_WAIT_POLICY");
    return policy == nullptr ||
           (std::string_view(policy) != "passive" && std::string_view(policy) != "PASSIVE");
}

int looks_of(std::size_t size) noexcept {
    static const std::size_t cpus = std::thread::hardware_concurrency();
    static const bool look = may_look();
    if (!look) {
        return 0;
    }
    return size <= cpus ? kLooks : kCrowdedLooks;
}

// Tells the CPU that this thread does nothing but wait.
void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    _mm_pause();
#endif
}

// A number that grows, and threads that wait for that.
class Signal {
public:
    std::size_t value() const noexcept { return value_.load(std::memory_order_acquire); }
    // What was written before is seen by those who see the new value. Returns whether somebody slept.
    bool raise() noexcept {
        bool sleepers = false;
        {
            const std::lock_guard lock(mutex_);
            value_.store(value_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
            sleepers = asleep_ != 0;
        }
        if (sleepers) {
            raised_.notify_all();
        }
        return sleepers;
    }
    // Returns when the value is another one than that.
    void wait_while(std::size_t value, int looks) noexcept {
        for (; looks > 0; --looks) {
            if (this->value() != value) {
                return;
            }
            pause();
        }
        std::unique_lock lock(mutex_);
        ++asleep_;
        raised_.wait(lock, [&] { return this->value() != value; });
        --asleep_;
    }

private:
    std::atomic<std::size_t> value_{0};
    std::mutex mutex_;
    std::condition_variable raised_;
    std::size_t asleep_ = 0;
};

}  // namespace

// What the members of a run share. Helpers keep it alive: they end some time after the crew.
struct Crew::Run {
    std::size_t size = 1;
    int looks = 0;
    Work work{};
    std::atomic<std::size_t> working{0};
    Signal done;
    std::atomic<std::size_t> met{0};
    Signal all_met;

    // Of the calling thread; null while it is in none.
    static thread_local Run* now;

    void work_as(std::size_t index) noexcept {
        now = this;
        work.call(work.body, index, size);
        now = nullptr;
    }
};

thread_local Crew::Run* Crew::Run::now = nullptr;

struct Crew::Helper {
    std::size_t index;
    Signal called;
    bool dismissed = false;
};

struct Crew::Members {
    std::shared_ptr<Run> run = std::make_shared<Run>();
    std::vector<std::shared_ptr<Helper>> helpers{};
    std::size_t largest = 1;  // run so far
    bool woke = false;        // in the last run
};

Crew::Crew() : members_(std::make_unique<Members>()) {}

// The helpers are not waited for: on Windows a thread that ends may hold a lock which they need to end.
Crew::~Crew() {
    for (const std::shared_ptr<Helper>& helper : members_->helpers) {
        helper->dismissed = true;
        helper->called.raise();
    }
}

std::size_t Crew::grow(std::size_t size) noexcept {
    std::vector<std::shared_ptr<Helper>>& helpers = members_->helpers;
    try {
        while (1 + helpers.size() < size) {
            const auto helper = std::make_shared<Helper>();
            helper->index = 1 + helpers.size();
            helpers.reserve(helpers.size() + 1);
            std::thread(serve, members_->run, helper).detach();
            helpers.push_back(helper);
        }
    } catch (const std::exception&) {  // no memory, or no thread
    }
    return 1 + helpers.size();
}

void Crew::serve(const std::shared_ptr<Run>& run, const std::shared_ptr<Helper>& self) noexcept {
    int looks = 0;
    for (std::size_t calls = 0;; ++calls) {
        self->called.wait_while(calls, looks);
        if (self->dismissed) {
            return;
        }
        looks = run->looks;
        run->work_as(self->index);
        if (run->working.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            run->done.raise();
        }
    }
}

bool Crew::run(std::size_t size, Work work) noexcept {
    Run& run = *members_->run;
    // A thread that asks once more while it ends has a new crew.
    size = std::min(size, 1 + members_->helpers.size());
    const std::size_t runs = run.done.value();
    run.size = size;
    run.looks = looks_of(size);
    run.work = work;
    run.working.store(size - 1, std::memory_order_relaxed);
    bool wakes = size > members_->largest;  // a new helper is on its way
    members_->largest = std::max(members_->largest, size);
    for (std::size_t i = 0; i + 1 < size; ++i) {
        wakes = members_->helpers[i]->called.raise() || wakes;
    }
    run.work_as(0);
    if (size > 1) {
        run.done.wait_while(runs, run.looks);
    }
    return std::exchange(members_->woke, wakes) || !wakes;
}

void Crew::meet() noexcept {
    Run& run = *Run::now;
    const std::size_t meetings = run.all_met.value();
    if (run.met.fetch_add(1, std::memory_order_acq_rel) + 1 == run.size) {
        run.met.store(0, std::memory_order_relaxed);
        run.all_met.raise();
    } else {
        run.all_met.wait_while(meetings, run.looks);
    }
}

bool Crew::at_work() noexcept {
    return Run::now != nullptr;
}

}  // namespace thalweg::parallel

#endif
