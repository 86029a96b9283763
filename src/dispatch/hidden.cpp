// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "dispatch/hidden.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include "thalweg/error.hpp"

namespace thalweg::dispatch {
namespace {

[[noreturn]] void refuse(std::string_view word, std::string_view why) {
    std::string built;
    for (const SimdLevel level : built_levels()) {
        built += " " + std::string(name(level));
    }
    throw SimdError("THALWEG_SIMD_HIDE: \"" + std::string(word) + "\" " + std::string(why) +
                    "; it takes names of levels, separated by commas; built:" + built);
}

SimdLevel level_to_hide(std::string_view word) {
    SimdLevel level{};
    try {
        level = parse_level(word);
    } catch (const SimdError&) {
        refuse(word, "is no level");
    }
    if (level == SimdLevel::kScalar) {
        refuse(word, "cannot be hidden: it runs everywhere");
    }
    return level;
}

}  // namespace

bool hidden(SimdLevel level) {
    const char* const variable = std::getenv("THALWEG_SIMD_HIDE");
    if (variable == nullptr || *variable == '\0') {
        return false;
    }
    bool found = false;
    for (std::string_view rest = variable;;) {
        const std::size_t comma = rest.find(',');
        found = level_to_hide(rest.substr(0, comma)) == level || found;
        if (comma == std::string_view::npos) {
            return found;
        }
        rest.remove_prefix(comma + 1);
    }
}

}  // namespace thalweg::dispatch
