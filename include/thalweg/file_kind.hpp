// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a file is, by its first bytes, for the messages of readers: whoever expects an array and has a web
// page learns of the web page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// How many of a file's first bytes file_kind looks at.
inline constexpr std::size_t kFileKindBytes = 512;

/// Names what the first bytes of a file say that it is: "a JPEG picture", "a web page (HTML)", "a gzip file".
/// Of other text it shows the beginning. Empty where the bytes say nothing.
///
///     const std::vector<std::uint8_t> bytes = {0xff, 0xd8, 0xff, 0xe0};
///     file_kind(bytes);  // "a JPEG picture"
///
/// shape    bytes: a whole file or its beginning
std::string file_kind(std::span<const std::uint8_t> bytes);

}  // namespace thalweg
THALWEG_END_PUBLIC
