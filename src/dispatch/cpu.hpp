// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the CPU and operating system at hand can run.
#pragma once

#include "thalweg/simd.hpp"

namespace thalweg::dispatch {

// True when kernels of this level may be called here. Asks the compiler's builtin, which looks at CPUID and
// at the register state the operating system saves.
bool cpu_runs(SimdLevel level) noexcept;

}  // namespace thalweg::dispatch
