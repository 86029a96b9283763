// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The list of built tables, best first, and the choice among them: select_level(), else THALWEG_SIMD, else
// the best that runs. The choice is one atomic pointer.
#include "dispatch/dispatch.hpp"

#include <atomic>
#include <cstdlib>
#include <string>

#include "dispatch/cpu.hpp"
#include "thalweg/error.hpp"
#include "thalweg_config.hpp"

namespace thalweg {
namespace {

using kernels::KernelTable;

struct Built {
    SimdLevel level;
    const KernelTable* table;
};

constexpr Built kBuilt[] = {
#ifdef THALWEG_CPU_RUNS_AVX512
    {SimdLevel::kAvx512, &kernels::kernels_avx512},
#endif
#ifdef THALWEG_CPU_RUNS_AVX2
    {SimdLevel::kAvx2, &kernels::kernels_avx2},
#endif
#ifdef THALWEG_CPU_RUNS_SSE2
    {SimdLevel::kSse2, &kernels::kernels_sse2},
#endif
#ifdef THALWEG_CPU_RUNS_NEON64
    {SimdLevel::kNeon64, &kernels::kernels_neon64},
#endif
    {SimdLevel::kScalar, &kernels::kernels_scalar},
};

constexpr SimdLevel kAllLevels[] = {SimdLevel::kScalar, SimdLevel::kSse2, SimdLevel::kAvx2,
                                    SimdLevel::kAvx512, SimdLevel::kNeon64};

std::atomic<const Built*> active_built{nullptr};

std::string names(const std::vector<SimdLevel>& levels) {
    std::string text;
    for (const SimdLevel level : levels) {
        text += (text.empty() ? "" : " ") + std::string(name(level));
    }
    return text;
}

// The entry of a level that is built and runs here; `asked_by` begins the message of the error otherwise.
const Built& runnable(SimdLevel level, const std::string& asked_by) {
    for (const Built& built : kBuilt) {
        if (built.level == level) {
            if (dispatch::cpu_runs(level)) {
                return built;
            }
            throw SimdError(asked_by + ": this CPU or operating system cannot run level \"" +
                            std::string(name(level)) + "\"; available: " + names(available_levels()));
        }
    }
    throw SimdError(asked_by + ": level \"" + std::string(name(level)) +
                    "\" is not built into this library; available: " + names(available_levels()));
}

const Built& choose() {
    if (const char* const wanted = std::getenv("THALWEG_SIMD"); wanted != nullptr && *wanted != '\0') {
        for (const SimdLevel level : kAllLevels) {
            if (name(level) == wanted) {
                return runnable(level, "THALWEG_SIMD");
            }
        }
        throw SimdError("THALWEG_SIMD: unknown level \"" + std::string(wanted) +
                        "\"; available: " + names(available_levels()));
    }
    for (const Built& built : kBuilt) {
        if (dispatch::cpu_runs(built.level)) {
            return built;
        }
    }
    return kBuilt[std::size(kBuilt) - 1];
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
    switch (level) {
        case SimdLevel::kScalar:
            return "scalar";
        case SimdLevel::kSse2:
            return "sse2";
        case SimdLevel::kAvx2:
            return "avx2";
        case SimdLevel::kAvx512:
            return "avx512";
        case SimdLevel::kNeon64:
            return "neon64";
    }
    return "unknown";
}

SimdLevel parse_level(std::string_view wanted) {
    std::string known;
    for (const SimdLevel level : kAllLevels) {
        if (name(level) == wanted) {
            return level;
        }
        known += " " + std::string(name(level));
    }
    throw SimdError("unknown SIMD level \"" + std::string(wanted) + "\"; there are:" + known);
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
        if (dispatch::cpu_runs(built.level)) {
            levels.push_back(built.level);
        }
    }
    return levels;
}

SimdLevel active_level() {
    return active_entry().level;
}

bool has_fma(SimdLevel level) noexcept {
    return level == SimdLevel::kAvx2 || level == SimdLevel::kAvx512 || level == SimdLevel::kNeon64;
}

void select_level(SimdLevel level) {
    active_built.store(&runnable(level, "select_level()"), std::memory_order_release);
}

}  // namespace thalweg
