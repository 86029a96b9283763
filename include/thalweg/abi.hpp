// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The base of every other header: the language version, the names that a shared library exports, and link
// errors that explain themselves where headers and library differ in version, or in the containers of the C++
// library.
#pragma once

#include <cstddef>  // says which C++ library this is

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
#if defined(__GNUC__) && defined(_WIN32)
#define THALWEG_BEGIN_PUBLIC
#define THALWEG_END_PUBLIC
#define THALWEG_KEPT [[gnu::used]]
#elif defined(__GNUC__)
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

// The C++ library whose strings and vectors the functions take and return, in the layout that its macros give
// them: its debug mode, and GCC's strings from before 2015, are others. (_GLIBCXX_ASSERTIONS and the
// hardening modes of libc++ change no layout.)
#if defined(_LIBCPP_VERSION) && _LIBCPP_ABI_VERSION == 1
#define THALWEG_CONTAINERS libcxx
#elif defined(_LIBCPP_VERSION)
#define THALWEG_CONTAINERS libcxx_of_another_LIBCPP_ABI_VERSION
#elif defined(__GLIBCXX__) && defined(_GLIBCXX_DEBUG) && _GLIBCXX_USE_CXX11_ABI
#define THALWEG_CONTAINERS libstdcxx_with_GLIBCXX_DEBUG
#elif defined(__GLIBCXX__) && defined(_GLIBCXX_DEBUG)
#define THALWEG_CONTAINERS libstdcxx_with_GLIBCXX_DEBUG_and_GLIBCXX_USE_CXX11_ABI_0
#elif defined(__GLIBCXX__) && !_GLIBCXX_USE_CXX11_ABI
#define THALWEG_CONTAINERS libstdcxx_with_GLIBCXX_USE_CXX11_ABI_0
#elif defined(__GLIBCXX__)
#define THALWEG_CONTAINERS libstdcxx
#else
#define THALWEG_CONTAINERS those_of_another_cxx_library
#endif
#define THALWEG_JOIN(a, b) a##b
#define THALWEG_NAME(prefix, suffix) THALWEG_JOIN(prefix, suffix)

THALWEG_BEGIN_PUBLIC
namespace thalweg::detail {

// Defined by the library of this version and by no other; below 1.0 the minor version is the one that may
// break, and patches may be exchanged.
extern const char library_and_headers_differ_in_version_these_headers_are_0_2;
// Defined by a library that was compiled with these containers. Debug and release code share both names: they
// may be linked together.
extern const char THALWEG_NAME(library_and_program_differ_in_containers_this_program_has_,
                               THALWEG_CONTAINERS);

}  // namespace thalweg::detail
THALWEG_END_PUBLIC

namespace thalweg::detail::headers_0_2 {

// Ask the linker for them in every translation unit that sees a header. Constants: nothing runs. Their names
// differ as those do, or the linker would keep one for units that disagree.
THALWEG_KEPT inline constexpr const char* kVersion =
    &library_and_headers_differ_in_version_these_headers_are_0_2;
THALWEG_KEPT inline constexpr const char* THALWEG_NAME(kContainersAre_, THALWEG_CONTAINERS) =
    &THALWEG_NAME(library_and_program_differ_in_containers_this_program_has_, THALWEG_CONTAINERS);

}  // namespace thalweg::detail::headers_0_2
