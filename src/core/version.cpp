// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the compiler and the build say about this library.
#include "thalweg/version.hpp"

#include "thalweg_config.hpp"

namespace thalweg {

// Their addresses are all that anyone wants; see abi.hpp.
const char detail::library_and_headers_differ_in_version_these_headers_are_0_2 = 0;
const char detail::THALWEG_NAME(library_and_program_differ_in_containers_this_program_has_,
                                THALWEG_CONTAINERS) = 0;

BuildInfo build_info() {
    BuildInfo info;
    info.version = std::to_string(kVersionMajor) + "." + std::to_string(kVersionMinor) + "." +
                   std::to_string(kVersionPatch) + kVersionSuffix;
#if defined(__clang__)
    info.compiler = "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__) + "." +
                    std::to_string(__clang_patchlevel__);
#elif defined(__GNUC__)
    info.compiler = "gcc " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." +
                    std::to_string(__GNUC_PATCHLEVEL__);
#else
    info.compiler = "unknown";
#endif
    info.xsimd = THALWEG_XSIMD_VERSION;
#ifdef _OPENMP
    info.openmp = true;
#else
    info.openmp = false;
#endif
#ifdef THALWEG_HAS_ZLIB
    info.zlib = true;
#else
    info.zlib = false;
#endif
    return info;
}

}  // namespace thalweg
