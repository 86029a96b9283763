// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Members of a net's file, written and read one by one. A file is what somebody wrote: every number is
// checked before anything depends on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "thalweg/matrix.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::nn {

// throws   IoError: path, member, expected and found
[[noreturn]] void fail(const Npz& file, std::string_view member, const std::string& expected,
                       const std::string& found);

// throws   IoError also where it is none
std::uint64_t whole_number(const Npz& file, const char* member, std::uint64_t highest);
// Finite, and not below 0.
double finite_number(const Npz& file, const char* member);

// The place of the member's text among these words.
std::size_t word(const Npz& file, const char* member, std::span<const std::string_view> words);

// Of exactly this type: a conversion would be another net. Nothing is allocated from the numbers asked for.
template <class T>
Matrix<T> matrix_of(const Npz& file, const std::string& member, std::size_t rows, std::size_t cols);

}  // namespace thalweg::nn
