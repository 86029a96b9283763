// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What was built: version and the facts a bug report needs.
#pragma once

#include <string>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

inline constexpr int kVersionMajor = 0;  ///< of the headers; semantic versioning
inline constexpr int kVersionMinor = 1;  ///< of the headers
inline constexpr int kVersionPatch = 0;  ///< of the headers

/// How the library at hand was built.
struct BuildInfo {
    std::string version;   ///< "0.1.0"
    std::string compiler;  ///< "gcc 12.2.0"
    std::string xsimd;     ///< "8.1.0", or "none" when only the scalar level was built
    bool openmp;           ///< whether large operations are split over threads
    bool zlib;             ///< whether gzip files and deflated .npz can be read
};

/// What the library that is linked says of itself, `thalweg info` in words.
/// threads  safe to call from any thread
/// throws   std::bad_alloc
BuildInfo build_info();

}  // namespace thalweg
THALWEG_END_PUBLIC
