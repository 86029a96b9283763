// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The list of built tables, best first, and the choice among them: select_level(), else THALWEG_SIMD, else
// the best that runs and that THALWEG_SIMD_HIDE leaves. The choice is one atomic pointer.
#include "dispatch/dispatch.hpp"

#include <atomic>
#include <cstdlib>
#include <string>

#include "dispatch/caches.hpp"
#include "dispatch/cpu.hpp"
#include "dispatch/hidden.hpp"
#include "thalweg/error.hpp"
#include "thalweg_config.hpp"

namespace thalweg {

namespace kernels {
#define THALWEG_EXTERN(name, enumerator, runs) extern const KernelTable kernels_##name;
THALWEG_BUILT_LEVELS(THALWEG_EXTERN)
}  // namespace kernels

namespace {

using kernels::KernelTable;

struct Built {
    SimdLevel level;
    const KernelTable* table;
};
constexpr Built kBuilt[] = {
#define THALWEG_BUILT(name, enumerator, runs) {SimdLevel::enumerator, &kernels::kernels_##name},
    THALWEG_BUILT_LEVELS(THALWEG_BUILT)};

// All levels there are, of other CPU families, too.
struct Known {
    SimdLevel level;
    std::string_view name;
    bool fma;
};
constexpr Known kKnown[] = {
#define THALWEG_KNOWN(name, enumerator, fma) {SimdLevel::enumerator, #name, fma},
    THALWEG_LEVELS(THALWEG_KNOWN)};

std::atomic<const Built*> active_built{nullptr};

std::string names(const std::vector<SimdLevel>& levels) {
    std::string text;
    for (const SimdLevel level : levels) {
        text += (text.empty() ? "" : " ") + std::string(name(level));
    }
    return text;
}

const Built* built_entry(SimdLevel level) {
    for (const Built& built : kBuilt) {
        if (built.level == level) {
            return &built;
        }
    }
    return nullptr;
}

// The entry of a level that can run here; `asked_by` begins the message of the error otherwise.
const Built& runnable(SimdLevel level, const std::string& asked_by) {
    const std::string_view reason = why_unavailable(level);
    if (!reason.empty()) {
        throw SimdError(asked_by + ": level \"" + std::string(name(level)) + "\" cannot be used: " +
                        std::string(reason) + "; available: " + names(available_levels()));
    }
    dispatch::caches();  // whoever computes has no place to throw from
    return *built_entry(level);
}

const Built& choose() {
    if (const char* const wanted = std::getenv("THALWEG_SIMD"); wanted != nullptr && *wanted != '\0') {
        for (const Known& known : kKnown) {
            if (known.name == wanted) {
                return runnable(known.level, "THALWEG_SIMD");
            }
        }
        throw SimdError("THALWEG_SIMD: unknown level \"" + std::string(wanted) +
                        "\"; available: " + names(available_levels()));
    }
    return runnable(available_levels().front(), "");
}

const Built& active_entry() {
    const Built* built = active_built.load(std::memory_order_acquire);
    if (built == nullptr) {
        // Two first callers choose the same; a select_level() between must not be overwritten.
        const Built* expected = nullptr;
        const Built* const chosen = &choose();
        built = active_built.compare_exchange_strong(expected, chosen) ? chosen : expected;
    }
    return *built;
}

}  // namespace

namespace dispatch {

const KernelTable& active_table() {
    return *active_entry().table;
}

const KernelTable& table(SimdLevel level) {
    return *runnable(level, "table()").table;
}

}  // namespace dispatch

std::string_view name(SimdLevel level) noexcept {
    for (const Known& known : kKnown) {
        if (known.level == level) {
            return known.name;
        }
    }
    return "unknown";
}

SimdLevel parse_level(std::string_view wanted) {
    std::string names;
    for (const Known& known : kKnown) {
        if (known.name == wanted) {
            return known.level;
        }
        names += " " + std::string(known.name);
    }
    throw SimdError("unknown SIMD level \"" + std::string(wanted) + "\"; there are:" + names);
}

std::vector<SimdLevel> built_levels() {
    std::vector<SimdLevel> levels;
    for (const Built& built : kBuilt) {
        levels.push_back(built.level);
    }
    return levels;
}

std::vector<SimdLevel> available_levels() {
    std::vector<SimdLevel> levels;
    for (const Built& built : kBuilt) {
        if (why_unavailable(built.level).empty()) {
            levels.push_back(built.level);
        }
    }
    return levels;
}

std::string_view why_unavailable(SimdLevel level) {
    const bool is_hidden =
        dispatch::hidden(level);  // first: a wrong variable is refused whichever level is asked for
    if (built_entry(level) == nullptr) {
        return "not built into this library";
    }
    if (is_hidden) {
        return "hidden by THALWEG_SIMD_HIDE";
    }
    return dispatch::cpu_runs(level) ? "" : "this CPU or operating system cannot run it";
}

SimdLevel active_level() {
    return active_entry().level;
}

bool has_fma(SimdLevel level) noexcept {
    for (const Known& known : kKnown) {
        if (known.level == level) {
            return known.fma;
        }
    }
    return false;
}

void select_level(SimdLevel level) {
    active_built.store(&runnable(level, "select_level()"), std::memory_order_release);
}

}  // namespace thalweg
