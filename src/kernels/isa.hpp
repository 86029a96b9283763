// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which instruction set this translation unit is compiled for. The build defines THALWEG_ISA, the name
// of the level, used as a namespace, and THALWEG_VEC, the level's own header; and it renames xsimd's
// namespace to match.
#pragma once

#include <cstddef>
#include <cstdint>

#if !defined(THALWEG_ISA) || !defined(THALWEG_VEC)
#error "compile src/kernels/units once per instruction set, through meson.build or CMakeLists.txt"
#endif

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Bit i of the result is p[i] != 0, for 64 bytes: where there is no instruction for it.
[[maybe_unused]] inline std::uint64_t nonzero_64_bytewise(const std::uint8_t* p) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 64; ++i) {
        bits |= static_cast<std::uint64_t>(p[i] != 0 ? 1 : 0) << i;
    }
    return bits;
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
