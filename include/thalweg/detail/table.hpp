// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/tables.hpp is made of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg::detail {

// A column has numbers, NaN where one is missing, or words.
struct TableColumn {
    std::string name;
    std::vector<double> numbers;
    std::vector<std::string> words;    // sorted
    std::vector<std::uint32_t> codes;  // of each row, into words, or words.size() where it is missing
};

}  // namespace thalweg::detail
THALWEG_END_PUBLIC
