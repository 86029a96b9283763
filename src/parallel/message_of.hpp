// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The message of what was thrown, for a process that cannot catch it.
#pragma once

#include <exception>
#include <string>

namespace thalweg::parallel {

// who: who threw it
inline std::string message_of(const std::exception_ptr& thrown, const char* who) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return std::string(who) + " threw what is no std::exception";
    }
}

}  // namespace thalweg::parallel
