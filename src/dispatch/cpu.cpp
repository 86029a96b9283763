// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// CPU detection. src/meson.build turns the features each level is compiled with into
// THALWEG_CPU_RUNS_<LEVEL>, so that flags and detection cannot drift apart; a level that was not built has no
// such macro.
#include "dispatch/cpu.hpp"

#include "thalweg_config.hpp"

namespace thalweg::dispatch {

bool cpu_runs(SimdLevel level) noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
#endif
    switch (level) {
        case SimdLevel::kScalar:  // NOLINT(bugprone-branch-clone): what SSE2 needs may be "true", too
            return true;
#ifdef THALWEG_CPU_RUNS_SSE2
        case SimdLevel::kSse2:
            return THALWEG_CPU_RUNS_SSE2;
#endif
#ifdef THALWEG_CPU_RUNS_AVX2
        case SimdLevel::kAvx2:
            return THALWEG_CPU_RUNS_AVX2;
#endif
#ifdef THALWEG_CPU_RUNS_AVX512
        case SimdLevel::kAvx512:
            return THALWEG_CPU_RUNS_AVX512;
#endif
#ifdef THALWEG_CPU_RUNS_NEON64
        case SimdLevel::kNeon64:
            return THALWEG_CPU_RUNS_NEON64;
#endif
        default:
            return false;
    }
}

}  // namespace thalweg::dispatch
