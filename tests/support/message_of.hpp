// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a rejected call says.
#pragma once

#include <string>

namespace thalweg::test {

template <class Error, class Body>
std::string message_of(const Body& body) {
    try {
        body();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace thalweg::test
