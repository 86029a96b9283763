// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// <windows.h> without what nobody asked for, and text between its UTF-16 and our UTF-8. Only for
// io/windows_*.cpp.
#pragma once

#ifndef NOMINMAX
#define NOMINMAX
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
// What needs the types of windows.h.
#include <shellapi.h>

#include <cwchar>
#include <string>
#include <string_view>

namespace thalweg::posix {

// Empty where the text is no UTF-8.
inline std::wstring to_wide(std::string_view text) {
    const int size = static_cast<int>(text.size());
    std::wstring out(text.size(), L'\0');
    const int count =
        size == 0 ? 0
                  : MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(), size, out.data(), size);
    out.resize(static_cast<std::size_t>(count));
    return out;
}

inline std::string to_utf8(const wchar_t* text) {
    const int length = static_cast<int>(std::wcslen(text));
    std::string out(3 * static_cast<std::size_t>(length), '\0');
    const int size = static_cast<int>(out.size());
    const int count =
        length == 0 ? 0 : WideCharToMultiByte(CP_UTF8, 0, text, length, out.data(), size, nullptr, nullptr);
    out.resize(static_cast<std::size_t>(count));
    return out;
}

}  // namespace thalweg::posix
