// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How text reaches a person: no line is wider than the terminal, and no name in it moves the cursor.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

// mingw-w64 has two printf(), and says by this macro that C's, which knows %zu, is the one here.
#ifdef __MINGW_PRINTF_FORMAT
#define THALWEG_PRINTF __MINGW_PRINTF_FORMAT
#else
#define THALWEG_PRINTF printf
#endif

namespace thalweg::cli {

// Text with what a terminal would obey or reorder spelled out: control characters and bytes that are no UTF-8
// as \x1b, characters that turn the direction of writing and separators of lines as \u202e.
std::string escaped(std::string_view text);

// How many columns a terminal takes for it.
std::size_t columns(std::string_view text);

// At most so many columns: of a longer name the end, which tells files apart.
std::string shortened(const std::string& name, std::size_t most);

// Behind as many spaces as fill width columns.
std::string right(const std::string& text, std::size_t width);

// Columns of a line on file: the terminal's, COLUMNS, or 80.
std::size_t line_width(std::FILE* file);

// Whether a line on file may be drawn over: a terminal that can do that, and whose user has not declined
// (NO_COLOR).
bool can_redraw(std::FILE* file);

// Prints one line, escaped. What is too wide continues below, behind the label that the line begins with.
void print_line(std::FILE* file, std::string_view line);

// The same of what std::snprintf would make.
[[gnu::format(THALWEG_PRINTF, 2, 3)]] void print_linef(std::FILE* file, const char* format, ...);

// Text of --help: lines of prose are joined and broken anew, others keep their own.
void print_help(std::FILE* file, std::string_view text);

}  // namespace thalweg::cli
