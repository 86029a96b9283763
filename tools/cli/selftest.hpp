// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg selftest` against another table than the committed one: for its tests.
#pragma once

#include <span>

#include "bits/rows.hpp"
#include "commands.hpp"

namespace thalweg::cli {

// As run_selftest(command), which compares with bits::expected_hashes().
int run_selftest(const SelftestCommand& command, std::span<const bits::Expected> table);

}  // namespace thalweg::cli
