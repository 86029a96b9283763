// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The making of candidates and references.
#include "candidates.hpp"

#include <fstream>

#include "bench_config.hpp"
#include "parallel/team.hpp"
#include "peak.hpp"
#include "support/inputs.hpp"
#include "thalweg/threads.hpp"
#ifdef THALWEG_BENCH_PEERS
#include "peers/all.hpp"
#endif

namespace thalweg::bench {
namespace {

// The level in use when the program began.
SimdLevel home_level() {
    static const SimdLevel level = active_level();
    return level;
}

#ifdef THALWEG_BENCH_PEERS
// The first line of /proc/cpuinfo with the processor's features: two processors with the same ones run each
// other's code.
std::string processor_features() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("flags", 0) == 0) {
            return line;
        }
    }
    return "";
}
#endif

Candidate reference(const std::string& who, int threads) {
    Candidate candidate;
    candidate.who = who;
    candidate.threads = threads;
    candidate.enter = [] {};
    return candidate;
}

}  // namespace

std::string Variant::who() const {
    return level == home_level() ? "thalweg" : "thalweg-" + std::string(name(level));
}

std::vector<Variant> variants(const std::vector<int>& threads, bool all_levels) {
    std::vector<Variant> list;
    for (const int n : threads) {
        list.push_back({home_level(), n});
    }
    for (const SimdLevel level : available_levels()) {
        if (level != home_level() && (all_levels || level == SimdLevel::kAvx2)) {
            list.push_back({level, 1});
        }
    }
    return list;
}

const std::vector<const Peer*>& peers_found() {
#ifdef THALWEG_BENCH_PEERS
    static const std::vector<const Peer*> found =
        processor_features() == THALWEG_BENCH_PROCESSOR ? peers::all() : std::vector<const Peer*>{};
#else
    static const std::vector<const Peer*> found;
#endif
    return found;
}

Candidate ours(const Variant& variant) {
    Candidate candidate;
    candidate.who = variant.who();
    candidate.threads = variant.threads;
    candidate.enter = [variant] {
        select_level(variant.level);
        set_threads(variant.threads);
    };
    return candidate;
}

Candidate peer_candidate(const Peer& peer, int threads) {
    Candidate candidate;
    candidate.who = peer.name;
    candidate.threads = threads;
    candidate.pool = peer.pool();
    candidate.enter = [&peer, threads] { peer.use_threads(threads); };
    return candidate;
}

std::string peak_of(const Variant& variant) {
    return variant.level == home_level() ? "peak" : "peak-" + std::string(name(variant.level));
}

void add_peaks(Contest& contest, const std::vector<Variant>& in, std::size_t element_bytes) {
    for (const Variant& variant : in) {
        Candidate candidate = reference(peak_of(variant), variant.threads);
        const PeakBurst burst = peak_burst(variant.level, element_bytes);
        const auto team = static_cast<std::size_t>(variant.threads);
        candidate.amount = burst.flop * variant.threads;
        candidate.start = [burst, team]() -> Run {
            return [burst, team] { parallel::run(team, [&burst](parallel::Part) { burst.run(); }); };
        };
        contest.candidates.push_back(std::move(candidate));
    }
}

void add_copies(Contest& contest, const std::vector<int>& threads, std::size_t n,
                const std::function<CopyOperands()>& on) {
    for (const int count : threads) {
        for (const bool streaming : {false, true}) {
            Candidate candidate = reference(streaming ? "stream" : "copy", count);
            const CopyLoop loop = copy_loop(streaming);
            if (loop == nullptr) {
                continue;
            }
            const auto team = static_cast<std::size_t>(count);
            candidate.amount = 2.0 * sizeof(float) * static_cast<double>(n);
            candidate.start = [loop, team, n, on]() -> Run {
                return [loop, team, n, operands = on()] {
                    parallel::run(team, [&](parallel::Part part) {
                        const auto [first, last] = part.share(n, 64);
                        loop(operands.x + first, operands.y + first, last - first);
                    });
                };
            };
            contest.candidates.push_back(std::move(candidate));
        }
    }
}

std::vector<std::size_t> sample(std::size_t count, std::size_t at_most) {
    std::vector<std::size_t> chosen;
    if (count <= at_most) {
        for (std::size_t i = 0; i < count; ++i) {
            chosen.push_back(i);
        }
        return chosen;
    }
    test::Source source(count);
    chosen = {0, count - 1};
    while (chosen.size() < at_most) {
        chosen.push_back(source.below(count));
    }
    return chosen;
}

}  // namespace thalweg::bench
