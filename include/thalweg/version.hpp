// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The version, and how the library was built: the facts a bug report needs.
#pragma once

#include <string>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

inline constexpr int kVersionMajor = 0;            ///< of the headers; semantic versioning
inline constexpr int kVersionMinor = 2;            ///< of the headers
inline constexpr int kVersionPatch = 0;            ///< of the headers
inline constexpr const char* kVersionSuffix = "";  ///< of the headers: empty in a release

/// How the library at hand was built.
struct BuildInfo {
    std::string version;   ///< "0.2.0"
    std::string compiler;  ///< "gcc 12.2.0"
    std::string xsimd;     ///< "8.1.0", or "none" when only the scalar level was built
    bool openmp;           ///< whether large operations are split over threads
    bool zlib;             ///< whether gzip files and deflated .npz can be read
};

/// Describes the library that the program is linked with; `thalweg info` prints it.
BuildInfo build_info();

}  // namespace thalweg
THALWEG_END_PUBLIC
