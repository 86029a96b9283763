// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The rounds, the medians, and how they reach Google Benchmark.
#include "contest.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <regex>
#include <thread>

#include "clock.hpp"
#include "reporter.hpp"

namespace thalweg::bench {
namespace {

int failed = 0;
Effort effort = kFull;

// Spinning threads of one pool would take the CPUs of the next one's. OpenBLAS's own pool, the most patient
// one known, spins for 2^26 cycles.
constexpr auto kPoolPause = std::chrono::milliseconds(100);
// A third cache that takes what the second one drops is full only after several calls, and the first
// candidate would pay for what the references before it left there. Calls that need it are longer than
// kCachedCall.
constexpr double kWarmUp = 3e-3;
constexpr double kCachedCall = 50e-6;
// From here on a warm-up call is a waste: whatever the caches held is gone after a fraction of a call.
constexpr double kLongCall = 20e-3;
// From here on a first call is as good as any other and counts as the first round, three are enough, and the
// last one's result is the one that is judged.
constexpr double kVeryLongCall = 0.1;
constexpr std::size_t kVeryLongRounds = 3;
// A first call shorter than this may have been long by accident only.
constexpr double kSurelyLongCall = 0.5;

struct Entrant {
    const Candidate* candidate;
    Run call;
    std::size_t calls = 1;  // in one round
    double estimate = 0.0;  // seconds a call
    std::vector<double> seconds;
    Verdict verdict;
};

struct Figures {
    double median = 0.0;
    double first_quartile = 0.0;
    double third_quartile = 0.0;
    std::size_t rounds = 0;
    double share = 0.0;  // of the best reference; 0 without one
    bool took_part = false;
    Verdict verdict;
};

// As Google Benchmark reads its filter: a leading minus turns it around.
bool wanted(const std::string& name) {
    std::string filter = benchmark::GetBenchmarkFilter();
    if (filter.empty() || filter == "all") {
        return true;
    }
    const bool negative = filter.front() == '-';
    filter.erase(0, negative ? 1 : 0);
    return std::regex_search(name, std::regex(filter, std::regex::extended)) != negative;
}

std::string name_of(const Contest& contest, const Candidate& candidate) {
    return contest.path + "/" + candidate.who + "/threads:" + std::to_string(candidate.threads);
}

class Field {
public:
    explicit Field(Contest contest) : contest_(std::move(contest)) {}

    const Contest& contest() const { return contest_; }

    const Figures& figures_of(std::size_t candidate) {
        if (figures_.empty()) {
            figures_.resize(contest_.candidates.size());
            run();
            contest_.release();
        }
        return figures_[candidate];
    }

private:
    void run() {
        std::vector<Entrant> entrants = line_up();
        const bool very_long = std::any_of(entrants.begin(), entrants.end(), is_very_long);
        const std::size_t rounds =
            very_long ? std::min(kVeryLongRounds, effort.most_rounds) : rounds_for(entrants);
        for (std::size_t round = 1; round <= rounds; ++round) {
            for (Entrant& entrant : entrants) {
                if (is_very_long(entrant) && round == 1) {
                    entrant.seconds.push_back(entrant.estimate);
                } else if (is_very_long(entrant) && round == rounds) {
                    contest_.reset();
                    time_once(entrant);
                    judge(entrant);
                } else {
                    time_once(entrant);
                }
            }
        }
        for (Entrant& entrant : entrants) {
            if (!is_very_long(entrant) || rounds == 1) {
                contest_.reset();
                enter(*entrant.candidate);
                entrant.call();
                judge(entrant);
            }
        }
        for (const Entrant& entrant : entrants) {
            figures_[index_of(entrant)] = summarise(entrant, entrants);
        }
    }

    std::vector<Entrant> line_up() {
        std::vector<Entrant> entrants;
        contest_.reset();
        for (const Candidate& candidate : contest_.candidates) {
            if (!candidate.is_reference() && !wanted(name_of(contest_, candidate))) {
                continue;
            }
            enter(candidate);
            Entrant entrant{&candidate, candidate.start(), 1, 0.0, {}, {}};
            if (entrant.call) {
                estimate(entrant);
                entrants.push_back(std::move(entrant));
            }
        }
        return entrants;
    }

    void enter(const Candidate& candidate) {
        if (candidate.threads > 1 && candidate.pool != Pool::kNone) {
            if (last_pool_ != Pool::kNone && last_pool_ != candidate.pool) {
                std::this_thread::sleep_for(kPoolPause);
            }
            last_pool_ = candidate.pool;
        }
        candidate.enter();
    }

    // The first call pays for page faults, code generation and threads: it only bounds the second one.
    void estimate(Entrant& entrant) {
        const bool wall = entrant.candidate->threads > 1;
        const auto once = [&] {
            const double begin = seconds_now(wall);
            entrant.call();
            return seconds_now(wall) - begin;
        };
        const double first = once();
        entrant.estimate = first;
        if (effort.most_rounds > 1 && first < kSurelyLongCall) {
            entrant.estimate = std::min(first, once());
        }
        constexpr double kMostCalls = 1e6;
        const double fill = effort.sample_seconds / std::max(entrant.estimate, 1e-9);
        entrant.calls = static_cast<std::size_t>(std::clamp(fill, 1.0, kMostCalls));
    }

    std::size_t rounds_for(const std::vector<Entrant>& entrants) const {
        double round = 0.0;
        for (const Entrant& entrant : entrants) {
            round += static_cast<double>(entrant.calls) * entrant.estimate;
        }
        const double fit = effort.contest_seconds / std::max(round, 1e-6);
        return std::clamp(static_cast<std::size_t>(fit), effort.least_rounds, effort.most_rounds);
    }

    void time_once(Entrant& entrant) {
        const Candidate& candidate = *entrant.candidate;
        enter(candidate);
        if (entrant.estimate < kLongCall && effort.most_rounds > 1) {
            const double wanted = entrant.estimate < kCachedCall ? 0.0 : kWarmUp;
            double warm = 0.0;
            do {
                entrant.call();
                warm += entrant.estimate;
            } while (warm < wanted);
        }
        const bool wall = candidate.threads > 1;
        const double begin = seconds_now(wall);
        for (std::size_t call = 0; call < entrant.calls; ++call) {
            entrant.call();
            benchmark::ClobberMemory();
        }
        entrant.seconds.push_back((seconds_now(wall) - begin) / static_cast<double>(entrant.calls));
    }

    // After exactly one call since the operands were reset: what more of them leave behind may depend on how
    // many they were.
    static void judge(Entrant& entrant) {
        if (entrant.candidate->check) {
            entrant.verdict = entrant.candidate->check();
        }
    }

    static bool is_very_long(const Entrant& entrant) { return entrant.estimate >= kVeryLongCall; }

    std::size_t index_of(const Entrant& entrant) const {
        return static_cast<std::size_t>(entrant.candidate - contest_.candidates.data());
    }

    static double quantile(std::vector<double> sorted, std::size_t quarters) {
        const double at = static_cast<double>((sorted.size() - 1) * quarters) / 4.0;
        const auto below = static_cast<std::size_t>(at);
        const std::size_t above = std::min(below + 1, sorted.size() - 1);
        return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
    }

    static double rate(const Entrant& entrant) {
        std::vector<double> sorted = entrant.seconds;
        std::sort(sorted.begin(), sorted.end());
        return entrant.candidate->amount / quantile(sorted, 2);
    }

    static Figures summarise(const Entrant& entrant, const std::vector<Entrant>& all) {
        std::vector<double> sorted = entrant.seconds;
        std::sort(sorted.begin(), sorted.end());
        double best = 0.0;
        for (const Entrant& other : all) {
            const auto& names = entrant.candidate->references;
            const bool named = std::find(names.begin(), names.end(), other.candidate->who) != names.end();
            if (named && other.candidate->threads == entrant.candidate->threads) {
                best = std::max(best, rate(other));
            }
        }
        return {quantile(sorted, 2),
                quantile(sorted, 1),
                quantile(sorted, 3),
                sorted.size(),
                best > 0.0 ? rate(entrant) / best : 0.0,
                true,
                entrant.verdict};
    }

    Contest contest_;
    std::vector<Figures> figures_;
    Pool last_pool_ = Pool::kNone;
};

const char* rate_counter(Unit unit) {
    return unit == Unit::kFlop ? "FLOP/s" : (unit == Unit::kByte ? "bytes/s" : "parameters/s");
}

void report(benchmark::State& state, Field& field, std::size_t index) {
    const Figures& figures = field.figures_of(index);
    const Contest& contest = field.contest();
    for (auto _ : state) {
    }
    if (!figures.took_part) {
        state.SetLabel("does not take this work");
        state.counters[kSecondsCounter] = 0.0;
        return;
    }
    state.counters[kSecondsCounter] = figures.median;
    const Candidate& candidate = contest.candidates[index];
    state.counters[rate_counter(contest.unit)] = candidate.amount / figures.median;
    if (figures.share > 0.0) {
        state.counters[contest.unit == Unit::kFlop ? "of_peak" : "of_copy"] = figures.share;
    }
    state.counters["q1_us"] = 1e6 * figures.first_quartile;
    state.counters["q3_us"] = 1e6 * figures.third_quartile;
    state.counters["rounds"] = static_cast<double>(figures.rounds);
    if (!std::isnan(figures.verdict.max_ulp)) {
        state.counters["max_ulp"] = figures.verdict.max_ulp;
    }
    if (!std::isnan(figures.verdict.max_error)) {
        state.counters["max_error"] = figures.verdict.max_error;
    }
    if (candidate.parameters > 0.0) {
        state.counters["parameters"] = candidate.parameters;
        state.counters["gradient_us"] = 1e6 * figures.median * candidate.gradient / candidate.parameters;
    }
    if (!figures.verdict.complaint.empty()) {
        ++failed;
        state.SkipWithError(("wrong result: " + figures.verdict.complaint).c_str());
    }
}

}  // namespace

void set_effort(const Effort& wanted_effort) {
    effort = wanted_effort;
}

void add(Contest contest) {
    if (contest.heavy && !effort.heavy) {
        return;
    }
    const auto field = std::make_shared<Field>(std::move(contest));
    for (std::size_t i = 0; i < field->contest().candidates.size(); ++i) {
        const std::string name = name_of(field->contest(), field->contest().candidates[i]);
        benchmark::RegisterBenchmark(name.c_str(), [field, i](benchmark::State& state) {
            try {
                report(state, *field, i);
            } catch (const std::exception& error) {
                ++failed;
                state.SkipWithError(error.what());
            }
        })->Unit(benchmark::kMicrosecond);
    }
}

int failed_runs() {
    return failed;
}

}  // namespace thalweg::bench
