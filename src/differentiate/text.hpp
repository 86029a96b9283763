// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numbers in messages.
#pragma once

#include <string>

namespace thalweg::detail {

// The shortest decimal text that reads back as the same double.
std::string number_text(double value);
// A step that is not lost in numbers as large as x, with two digits.
std::string suggested_step(double x, double eps);

}  // namespace thalweg::detail
