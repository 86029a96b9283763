// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A contest: one piece of work, done by this library at several levels and by its peers on the same data. All
// candidates are timed in rounds, A B C, A B C, ..., so that whatever the machine does meanwhile happens to
// all of them; figures are medians over the rounds, and ratios are of medians of one contest. After the last
// round each candidate's result is judged. Google Benchmark is the register and the writer: one benchmark a
// candidate, named <op>/<type>/<shape>/<who>/threads:<n>, of which the first to be asked runs the contest.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "peers/peer.hpp"

namespace thalweg::bench {

using peers::Pool;
using peers::Run;

// What the check of a result found: a complaint, or nothing; and the largest error where
// that is what the work is judged by: in units in the last place, or absolute.
struct Verdict {
    std::string complaint;
    double max_ulp = std::numeric_limits<double>::quiet_NaN();
    double max_error = std::numeric_limits<double>::quiet_NaN();
};

struct Candidate {
    std::string who;  // "thalweg", "thalweg-avx2", "openblas"; or a reference: "peak", "copy"
    int threads = 1;
    Pool pool = Pool::kOpenMp;    // whose threads it wakes
    double amount = 0.0;          // FLOP, bytes or parameters of one call
    double parameters = 0.0;      // of a gradient: how many of its entries one call gives, 0 for other work
    double gradient = 0.0;        // and how many it has
    std::function<void()> enter;  // before its part of each round: level, number of threads
    std::function<Run()> start;   // prepares and returns one call; empty: it does not take this work
    std::function<Verdict()> check;       // empty for references, which have no result
    std::vector<std::string> references;  // the fastest of these with as many threads is the 100 %

    bool is_reference() const { return !check; }
};

enum class Unit { kFlop, kByte, kParameter };

struct Contest {
    std::string path;
    Unit unit = Unit::kFlop;
    bool heavy = false;             // tens of milliseconds a call: not for a smoke test
    std::function<void()> reset;    // puts what the calls write back to where it was, or to NaN
    std::function<void()> release;  // frees the operands
    std::vector<Candidate> candidates;
};

// How long to measure. Rounds are as many as the seconds allow, within the limits.
struct Effort {
    double contest_seconds = 4.0;
    double sample_seconds = 4e-3;  // a candidate's part of a round: as many calls as fill it
    std::size_t least_rounds = 5;
    std::size_t most_rounds = 25;
    bool heavy = true;
};
inline constexpr Effort kFull{};
inline constexpr Effort kQuick{1.0, 1e-3, 3, 9, true};
// One call each: are the results right?
inline constexpr Effort kSmoke{0.0, 0.0, 1, 1, false};

// Before the contests are added.
void set_effort(const Effort& effort);
// Candidates whose names do not match Google Benchmark's filter stay out of their contest.
void add(Contest contest);

// How many candidates' results were wrong so far: Google Benchmark itself ends with status 0.
int failed_runs();

// Operands that exist from the first use in a contest to its end: all that are registered would not fit into
// memory together.
template <class T>
class Shared {
public:
    explicit Shared(std::function<std::unique_ptr<T>()> make) : state_(new State{std::move(make), nullptr}) {}

    T& operator*() const {
        if (!state_->value) {
            state_->value = state_->make();
        }
        return *state_->value;
    }
    T* operator->() const { return &**this; }
    void release() const { state_->value.reset(); }

private:
    struct State {
        std::function<std::unique_ptr<T>()> make;
        std::unique_ptr<T> value;
    };
    std::shared_ptr<State> state_;
};

}  // namespace thalweg::bench
