// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The base of every other header: the language version, the names that a shared library exports, and a link
// error that explains itself where headers and library are of different versions.
#pragma once

#if !(defined(_MSVC_LANG) ? _MSVC_LANG >= 202002L : __cplusplus >= 202002L)
#error "thalweg needs C++20: compile with -std=c++20 or later"
#include "thalweg stops here"  // a missing file ends the compilation: what follows would only repeat it
#endif

// Capitals may be macros; template parameters have whole words.
#if defined(a) || defined(b) || defined(d) || defined(f) || defined(g) || defined(h) || defined(i) ||  \
    defined(j) || defined(k) || defined(m) || defined(n) || defined(p) || defined(r) || defined(s) ||  \
    defined(t) || defined(v) || defined(w) || defined(x) || defined(y) || defined(z) || defined(b1) || \
    defined(b2)
#error "thalweg: a macro named by one small letter (or b1, b2): include thalweg before it is defined"
#include "thalweg stops here"
#endif

// Around what the public headers declare: a shared library exports it, and its exceptions are the same types
// on both sides whatever the user compiles with. Everything else in the library is hidden.
#if defined(__GNUC__)
#define THALWEG_BEGIN_PUBLIC _Pragma("GCC visibility push(default)")
#define THALWEG_END_PUBLIC _Pragma("GCC visibility pop")
// "used" is for the compiler, "retain" for a linker that drops what nobody refers to (--gc-sections).
#if defined(__ELF__) && __has_cpp_attribute(gnu::retain)
#define THALWEG_KEPT [[gnu::used, gnu::retain, gnu::visibility("hidden")]]
#else
#define THALWEG_KEPT [[gnu::used, gnu::visibility("hidden")]]
#endif
#else
#define THALWEG_BEGIN_PUBLIC
#define THALWEG_END_PUBLIC
#define THALWEG_KEPT
#endif

THALWEG_BEGIN_PUBLIC
namespace thalweg::detail {

// Defined by the library of this version and by no other; below 1.0 the minor version is the one that may
// break, and patches may be exchanged. Debug and release code share the name: they may be linked together.
extern const char library_and_headers_differ_in_version_these_headers_are_0_2;

}  // namespace thalweg::detail
THALWEG_END_PUBLIC

namespace thalweg::detail::headers_0_2 {

// Asks the linker for it in every translation unit that sees a header. A constant: nothing runs.
THALWEG_KEPT inline constexpr const char* kVersion =
    &library_and_headers_differ_in_version_these_headers_are_0_2;

}  // namespace thalweg::detail::headers_0_2
