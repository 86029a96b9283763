// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numbers in messages.
#pragma once

#include <string>

namespace thalweg::detail {

// The shortest decimal text that reads back as the same double.
std::string number_text(double value);

}  // namespace thalweg::detail
