// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// UTF-8, columns and the ends of lines.
#include "terminal.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "io/posix.hpp"

namespace thalweg::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;
constexpr std::size_t kWidestProse = 100;

// A character and the bytes that it takes; valid is false for a byte that begins none.
struct Character {
    std::uint32_t code;
    std::size_t bytes;
    bool valid;
};

// text is not empty. RFC 3629: no overlong forms, no surrogates, nothing above 0x10ffff.
Character first_character(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) {
        return {lead, 1, true};
    }
    const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) {
        return {lead, 1, false};
    }
    std::uint32_t code = lead & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) {
            return {lead, 1, false};
        }
        code = code << 6U | (byte(i) & 0x3fU);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < kLeast[bytes] || surrogate || code > 0x10ffff) {
        return {lead, 1, false};
    }
    return {code, bytes, true};
}

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

template <std::size_t N>
bool in_any(std::uint32_t code, const Range (&ranges)[N]) {
    return std::any_of(std::begin(ranges), std::end(ranges),
                       [code](const Range& range) { return code >= range.first && code <= range.last; });
}

// Control characters of ASCII and of ISO 6429's upper half.
constexpr Range kControls[] = {{0x00, 0x1f}, {0x7f, 0x9f}};
// Marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs; the byte order
// mark; tags.
constexpr Range kUnseen[] = {{0x061c, 0x061c}, {0x200b, 0x200f}, {0x2028, 0x202e},
                             {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}};
constexpr Range kCombining[] = {{0x0300, 0x036f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
// East Asian letters and pictographs.
constexpr Range kWide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
                           {0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                           {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};

std::size_t columns_of(const Character& character) {
    return in_any(character.code, kCombining) ? 0 : in_any(character.code, kWide) ? 2 : 1;
}

// How many bytes of text fit, and at least one character.
std::size_t bytes_that_fit(std::string_view text, std::size_t most) {
    std::size_t bytes = 0;
    std::size_t used = 0;
    while (bytes < text.size()) {
        const Character next = first_character(text.substr(bytes));
        used += columns_of(next);
        if (used > most && bytes > 0) {
            break;
        }
        bytes += next.bytes;
    }
    return bytes;
}

// Where the continuation of a line begins: behind its label ("data   60000 images", "  --csv FILE  write") if
// that leaves room; prose goes on at the left, everything else a little to the right.
std::size_t hanging_indent(std::string_view line, std::size_t width) {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t gap = line.find("  ", begin);
    const std::size_t behind = gap == std::string_view::npos ? gap : line.find_first_not_of(' ', gap);
    if (behind != std::string_view::npos && behind <= width / 3) {
        return behind;
    }
    constexpr std::size_t kALittle = 4;
    return begin == 0 ? 0 : std::min(begin + kALittle, width / 4);
}

// line has no line ends.
std::vector<std::string> broken(std::string_view line, std::size_t width) {
    std::vector<std::string> lines;
    const std::size_t indent = hanging_indent(line, width);
    std::string margin;
    while (columns(line) > width - margin.size()) {
        const std::size_t fits = bytes_that_fit(line, width - margin.size());
        // At the last blank that leaves something before it; a word that is too long by itself is cut.
        const std::size_t first_word = line.find_first_not_of(' ');
        std::size_t cut = line.rfind(' ', fits);
        if (cut == std::string_view::npos || cut <= first_word) {
            cut = fits;
        }
        const std::size_t end = line.find_last_not_of(' ', cut - 1);
        lines.push_back(margin + std::string(line.substr(0, end + 1)));
        line.remove_prefix(std::min(line.find_first_not_of(' ', cut), line.size()));
        margin.assign(indent, ' ');
    }
    if (!line.empty() || lines.empty()) {
        lines.push_back(margin + std::string(line));
    }
    return lines;
}

void print_broken(std::FILE* file, std::string_view line, std::size_t width) {
    for (const std::string& each : broken(line, width)) {
        std::fputs((each + "\n").c_str(), file);
    }
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const Character next = first_character(text);
        char code[16];
        if (!next.valid || in_any(next.code, kControls)) {
            std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(next.code));
            line += code;
        } else if (in_any(next.code, kUnseen)) {
            std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(next.code));
            line += code;
        } else {
            line += text.substr(0, next.bytes);
        }
        text.remove_prefix(next.bytes);
    }
    return line;
}

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const Character next = first_character(text);
        count += columns_of(next);
        text.remove_prefix(next.bytes);
    }
    return count;
}

std::string shortened(const std::string& name, std::size_t most) {
    constexpr std::string_view kLeftOut = "...";
    if (columns(name) <= most) {
        return name;
    }
    std::string_view end = name;
    while (columns(end) + kLeftOut.size() > most && !end.empty()) {
        end.remove_prefix(first_character(end).bytes);
    }
    return std::string(kLeftOut) + std::string(end);
}

std::string right(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, columns(text)), ' ') + text;
}

std::size_t line_width(std::FILE* file) {
    if (const std::size_t width = posix::terminal_width(posix::fileno(file)); width > 0) {
        return width;
    }
    const char* const told = std::getenv("COLUMNS");
    const long number = told == nullptr ? 0 : std::strtol(told, nullptr, 10);
    return number > 0 && number < 10'000 ? static_cast<std::size_t>(number) : kUsualWidth;
}

bool can_redraw(std::FILE* file) {
    const char* const terminal = std::getenv("TERM");
    const char* const plain = std::getenv("NO_COLOR");
#ifdef _WIN32  // whose console needs no name
    const bool dumb = terminal != nullptr && std::string_view(terminal) == "dumb";
#else
    const bool dumb = terminal == nullptr || *terminal == '\0' || std::string_view(terminal) == "dumb";
#endif
    return posix::isatty(posix::fileno(file)) == 1 && !dumb && (plain == nullptr || *plain == '\0');
}

void print_line(std::FILE* file, std::string_view line) {
    print_broken(file, escaped(line), line_width(file));
}

void print_linef(std::FILE* file, const char* format, ...) {
    std::va_list arguments;
    va_start(arguments, format);
    std::va_list again;
    va_copy(again, arguments);
    const int size = std::vsnprintf(nullptr, 0, format, arguments);
    va_end(arguments);
    std::string line(static_cast<std::size_t>(std::max(size, 0)), '\0');
    std::vsnprintf(line.data(), line.size() + 1, format, again);
    va_end(again);
    print_line(file, line);
}

void print_help(std::FILE* file, std::string_view text) {
    const std::size_t width = std::min(line_width(file), kWidestProse);
    const auto is_prose = [](std::string_view line) {
        return !line.empty() && line.front() != ' ' && line.back() != ':' && !line.starts_with("Usage:");
    };
    std::string paragraph;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!is_prose(line) && !paragraph.empty()) {
            print_broken(file, paragraph, width);
            paragraph.clear();
        }
        if (is_prose(line)) {
            paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
        } else {
            print_broken(file, line, width);
        }
    }
    if (!paragraph.empty()) {
        print_broken(file, paragraph, width);
    }
}

}  // namespace thalweg::cli
