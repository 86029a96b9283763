// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Instruction sets that the environment variable THALWEG_SIMD_HIDE takes away, as if the CPU lacked them.
#pragma once

#include "thalweg/simd.hpp"

namespace thalweg::dispatch {

// True when THALWEG_SIMD_HIDE names this level. Reads the whole variable at every call and throws SimdError
// for a name in it that is unknown, and for "scalar", which every machine can run.
bool hidden(SimdLevel level);

}  // namespace thalweg::dispatch
