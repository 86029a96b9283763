// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at deal() and work(): process 0 deals runs of evaluations to the others and to a thread of
// its own; whoever has finished a run sends its outcomes and gets the next one.
#include "thalweg/process_server.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>

namespace thalweg {
namespace {

using Clock = std::chrono::steady_clock;

struct Run {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  // first: there is nothing more to do
};

// Long enough that dealing costs nothing beside it; what is longer than this is dealt one by one.
constexpr std::chrono::duration<double> kRunTime{0.005};
// Between two looks at the mail, while everybody computes.
constexpr std::chrono::microseconds kLook{50};

// Which runs come next, and how long they should be.
class Dealer {
public:
    Dealer(const EvaluationBatch& batch, std::size_t processes, std::size_t at_once)
        : batch_(batch), processes_(processes), at_once_(at_once) {}

    Run next() {
        const std::size_t size = batch_.size();
        while (next_ < size && !batch_.needed(next_)) {
            ++next_;
        }
        std::size_t length = at_once_;
        if (mean_ > 0.0) {
            // At the end runs are short again, so that all end at the same time.
            const double fits = std::min(kRunTime.count() / mean_, static_cast<double>(size));
            const std::size_t fair = (size - next_) / (4 * processes_);
            length = std::max(at_once_, std::min(static_cast<std::size_t>(fits), fair));
        }
        const std::size_t first = next_;
        next_ += std::min(length, size - next_);
        return {first, next_};
    }
    // How long a run took that has come back.
    void took(const Run& run, Clock::duration time) noexcept {
        const auto each =
            std::chrono::duration<double>(time).count() / static_cast<double>(run.last - run.first);
        mean_ = mean_ > 0.0 ? 0.5 * (mean_ + each) : each;
    }

private:
    const EvaluationBatch& batch_;
    std::size_t processes_;
    std::size_t at_once_;
    std::size_t next_ = 0;
    double mean_ = 0.0;  // seconds of an evaluation
};

// The thread of process 0 that computes, so that the mail is answered meanwhile.
class OwnWorker {
public:
    explicit OwnWorker(EvaluationBatch& batch) : thread_([this, &batch] { work(batch); }) {}
    OwnWorker(const OwnWorker&) = delete;
    OwnWorker& operator=(const OwnWorker&) = delete;
    ~OwnWorker() {
        give({});
        thread_.join();
    }

    void give(const Run& run) {
        const std::lock_guard<std::mutex> lock(mutex_);
        run_ = run;
        changed_.notify_all();
    }
    // The outcomes of the run that was given last, once they are there.
    // throws   what went wrong beside f
    bool take(std::vector<std::byte>& outcomes) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
        if (!done_) {
            return false;
        }
        done_ = false;
        outcomes = std::move(outcomes_);
        outcomes_.clear();
        return true;
    }
    // Waits a little for it.
    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait_for(lock, kLook, [this] { return done_; });
    }

private:
    void work(EvaluationBatch& batch) {
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return run_.has_value(); });
            const Run run = *run_;
            run_.reset();
            if (run.first == run.last) {
                return;
            }
            lock.unlock();
            std::vector<std::byte> outcomes;
            std::exception_ptr thrown;
            try {
                batch.compute(run.first, run.last, outcomes);
            } catch (...) {
                thrown = std::current_exception();
            }
            lock.lock();
            outcomes_ = std::move(outcomes);
            thrown_ = thrown;
            done_ = true;
            changed_.notify_all();
        }
    }

    std::mutex mutex_{};
    std::condition_variable changed_{};
    std::optional<Run> run_{};
    std::vector<std::byte> outcomes_{};
    std::exception_ptr thrown_{};
    bool done_ = false;
    std::thread thread_;
};

void append(std::vector<std::byte>& all, const std::vector<std::byte>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

void ProcessServer::share(std::vector<std::byte>& bytes) {
    std::uint64_t length = bytes.size();
    processes_.broadcast(std::as_writable_bytes(std::span(&length, 1)), 0);
    bytes.resize(static_cast<std::size_t>(length));
    if (length != 0) {
        processes_.broadcast(bytes, 0);
    }
}

void ProcessServer::check_same(const char* op,
                               const std::vector<std::pair<std::string, std::string>>& values) {
    auto all = values;
    all.emplace_back("Dealing", dealing_ == Dealing::kStatic ? "kStatic" : "kDynamic");
    check_alike(processes_, op, all);
}

void ProcessServer::serve(EvaluationBatch& batch) {
    if (processes_.size() == 1) {
        serve_alone(batch);
    } else if (dealing_ == Dealing::kStatic) {
        serve_shares(batch);
    } else if (leads()) {
        deal(batch);
    } else {
        work(batch);
    }
}

// Run after run, for the journal and the progress.
void ProcessServer::serve_alone(EvaluationBatch& batch) {
    Dealer dealer(batch, 1, at_once_);
    std::vector<std::byte> outcomes;
    for (Run run = dealer.next(); run.first != run.last; run = dealer.next()) {
        const Clock::time_point begin = Clock::now();
        outcomes.clear();
        batch.compute(run.first, run.last, outcomes);
        batch.accept(outcomes);
        dealer.took(run, Clock::now() - begin);
    }
}

void ProcessServer::serve_shares(EvaluationBatch& batch) {
    const std::size_t size = processes_.size();
    const std::size_t rank = processes_.rank();
    std::vector<std::byte> own;
    batch.compute(batch.size() * rank / size, batch.size() * (rank + 1) / size, own);
    std::vector<std::uint64_t> lengths(size);
    lengths[rank] = own.size();
    processes_.gather(std::as_writable_bytes(std::span(lengths)),
                      std::vector<std::size_t>(size, sizeof(std::uint64_t)));
    const std::vector<std::size_t> counts(lengths.begin(), lengths.end());
    std::size_t total = 0;
    std::size_t begin = 0;
    for (std::size_t r = 0; r < size; ++r) {
        begin = r == rank ? total : begin;
        total += counts[r];
    }
    std::vector<std::byte> all(total);
    std::copy(own.begin(), own.end(), all.begin() + static_cast<std::ptrdiff_t>(begin));
    processes_.gather(all, counts);
    batch.accept(all);
}

// Process 0. It ends when everybody knows that there is nothing more to do.
void ProcessServer::deal(EvaluationBatch& batch) {
    struct Dealt {
        Run run;
        Clock::time_point when;
    };
    const std::size_t size = processes_.size();
    Dealer dealer(batch, size, at_once_);
    std::vector<Dealt> dealt(size);
    std::vector<std::byte> all;
    std::vector<std::byte> outcomes;
    std::size_t busy = size;
    const auto next_for = [&](std::size_t r) {
        dealt[r] = {dealer.next(), Clock::now()};
        busy -= dealt[r].run.first == dealt[r].run.last ? 1 : 0;
        return dealt[r].run;
    };
    const auto come_back = [&](std::size_t r) {
        const Dealt& before = dealt[r];
        if (before.run.first != before.run.last) {
            dealer.took(before.run, Clock::now() - before.when);
            batch.accept(outcomes);
            append(all, outcomes);
        }
    };
    {
        OwnWorker own(batch);
        Run mine = next_for(0);
        own.give(mine);
        while (busy != 0) {
            std::size_t from = 0;
            if (processes_.receive(from, outcomes, false)) {
                come_back(from);
                const Run run = next_for(from);
                processes_.send(from, std::as_bytes(std::span(&run, 1)));
            } else if (mine.first != mine.last && own.take(outcomes)) {
                come_back(0);
                mine = next_for(0);
                own.give(mine);
            } else {
                own.wait();
            }
        }
    }
    share(all);
}

// Every other process. A message to process 0 has outcomes, the first one none.
void ProcessServer::work(EvaluationBatch& batch) {
    std::vector<std::byte> outcomes;
    for (;;) {
        processes_.send(0, outcomes);
        std::vector<std::byte> message;
        std::size_t from = 0;
        processes_.receive(from, message, true);
        Run run;
        if (message.size() != sizeof run) {
            throw CommunicatorError("ProcessServer: expected a message of " + std::to_string(sizeof run) +
                                    " bytes, found " + std::to_string(message.size()));
        }
        std::memcpy(&run, message.data(), sizeof run);
        if (run.first == run.last) {
            break;
        }
        outcomes.clear();
        batch.compute(static_cast<std::size_t>(run.first), static_cast<std::size_t>(run.last), outcomes);
    }
    std::vector<std::byte> all;
    share(all);
    batch.accept(all);
}

}  // namespace thalweg
