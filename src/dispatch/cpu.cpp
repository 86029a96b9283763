// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// CPU detection. The build makes THALWEG_BUILT_LEVELS of the features that each level is compiled with,
// so that flags and detection cannot drift apart.
#include "dispatch/cpu.hpp"

#include "thalweg_config.hpp"

namespace thalweg::dispatch {

bool cpu_runs(SimdLevel level) noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
#endif
    switch (level) {  // NOLINT(bugprone-branch-clone): several levels may run everywhere
#define THALWEG_CASE(name, enumerator, runs) \
    case SimdLevel::enumerator:              \
        return runs;
        THALWEG_BUILT_LEVELS(THALWEG_CASE)
        default:
            return false;
    }
}

}  // namespace thalweg::dispatch
