// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Magic numbers are those of the formats' specifications; what has none is looked at as text.
#include "thalweg/file_kind.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "io/message.hpp"

namespace thalweg {
namespace {

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    std::string_view kind;
};

using namespace std::string_view_literals;

constexpr auto kMagic = std::to_array<Magic>({
    {0, "\x93NUMPY"sv, "a NumPy array (.npy)"},
    {0, "PK\3\4"sv, "a zip archive"},
    {0, "PK\5\6"sv, "an empty zip archive"},
    {0, "\x1f\x8b"sv, "a gzip file"},
    {0, "BZh"sv, "a bzip2 file"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "an xz file"},
    {0, "\x28\xb5\x2f\xfd"sv, "a Zstandard file"},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7z archive"},
    {0, "Rar!\x1a\7"sv, "a RAR archive"},
    {257, "ustar"sv, "a tar archive"},
    {0, "\x89PNG"sv, "a PNG picture"},
    {0, "\xff\xd8\xff"sv, "a JPEG picture"},
    {0, "GIF8"sv, "a GIF picture"},
    {0, "II*\0"sv, "a TIFF picture"},
    {0, "MM\0*"sv, "a TIFF picture"},
    {0, "II+\0"sv, "a TIFF picture"},
    {0, "MM\0+"sv, "a TIFF picture"},
    {8, "WEBP"sv, "a WebP picture"},
    {4, "ftypavif"sv, "an AVIF picture"},
    {4, "ftyphei"sv, "a HEIC picture"},
    {4, "ftyphev"sv, "a HEIC picture"},
    {4, "ftypmif1"sv, "a HEIC picture"},
    {4, "ftypmsf1"sv, "a HEIC picture"},
    {4, "ftyp"sv, "a film (MP4)"},
    {4, "jP  \r\n"sv, "a JPEG 2000 picture"},
    {4, "JXL \r\n"sv, "a JPEG XL picture"},
    {0, "\xff\x0a"sv, "a JPEG XL picture"},
    {0, "8BPS"sv, "a Photoshop picture"},
    {0, "gimp xcf"sv, "a GIMP picture"},
    {0, "qoif"sv, "a QOI picture"},
    {0, "\0\0\1\0"sv, "an icon (ICO)"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "%!PS"sv, "a PostScript document"},
    {0, "\x89HDF"sv, "an HDF5 file"},
    {0, "MATLAB 5.0"sv, "a MATLAB file"},
    {0, "SQLite format 3"sv, "an SQLite file"},
    {0,
     "\x7f"
     "ELF"sv,
     "a program"},
    {0, "version https://git-lfs.github.com/"sv, "a Git LFS pointer, not the file itself"},
});

bool has(std::string_view text, std::size_t offset, std::string_view part) {
    return text.size() >= offset + part.size() && text.substr(offset, part.size()) == part;
}

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool blank(char letter) {
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

// BMP's magic number is two letters; the reserved words behind the size tell it from text.
bool is_bmp(std::string_view text) {
    return has(text, 0, "BM") && has(text, 6, "\0\0\0\0"sv);
}

bool is_pickle(std::string_view text) {
    return text.size() > 2 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5;
}

// P1 to P6, a blank, and digits or a comment; P7 and a new line.
std::string_view netpbm(std::string_view text) {
    if (text.size() < 3 || text[0] != 'P' || !blank(text[2])) {
        return "";
    }
    constexpr std::string_view kKinds[] = {"a PBM picture", "a PGM picture", "a PPM picture"};
    return text[1] >= '1' && text[1] <= '6' ? kKinds[(text[1] - '1') % 3]
           : text[1] == '7'                 ? "a PAM picture"
                                            : "";
}

// Whether these are printable characters in UTF-8, the last of which may be cut.
bool is_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t more = byte < 0x80 ? 0 : byte < 0xc2 ? 9 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        if (more == 9 || byte > 0xf4 || (byte < 0x20 && !blank(text[i])) || byte == 0x7f) {
            return false;
        }
        for (std::size_t j = i + 1; j <= i + more && j < text.size(); ++j) {
            if ((static_cast<unsigned char>(text[j]) & 0xc0U) != 0x80) {
                return false;
            }
        }
        i += 1 + more;
    }
    return true;
}

std::string text_kind(std::string_view text) {
    constexpr std::size_t kShown = 40;
    if (has(text, 0, "\xef\xbb\xbf")) {
        text.remove_prefix(3);
    }
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    if (text.empty() || !is_text(text)) {
        return "";
    }
    std::string start(text.substr(0, text.find_first_of("\r\n")));
    std::string all(text);
    std::transform(all.begin(), all.end(), all.begin(), lower);
    for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<body", "<title", "<script"}) {
        if (all.find(tag) != std::string::npos) {
            return "a web page (HTML)";
        }
    }
    if (all.find("<svg") != std::string::npos) {
        return "an SVG picture";
    }
    if (has(all, 0, "<?xml") || has(all, 0, "<error")) {
        return "XML, such as servers send with an error";
    }
    const std::size_t second = all.find_first_not_of(" \t\r\n", 1);
    if ((all[0] == '{' && second != std::string::npos && (all[second] == '"' || all[second] == '}')) ||
        (all[0] == '[' && second != std::string::npos && (all[second] == '{' || all[second] == '"'))) {
        return "JSON text";
    }
    if (start.size() > kShown) {
        start.resize(kShown);
        start += "...";
    }
    return "text, \"" + io::printable(start) + "\"";
}

}  // namespace

std::string file_kind(std::span<const std::uint8_t> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                                std::min(bytes.size(), kFileKindBytes));
    const auto* const known = std::find_if(kMagic.begin(), kMagic.end(), [&](const Magic& magic) {
        return has(text, magic.offset, magic.bytes);
    });
    if (known != kMagic.end()) {
        return std::string(known->kind);
    }
    if (is_bmp(text)) {
        return "a BMP picture";
    }
    if (is_pickle(text)) {
        return "a Python pickle";
    }
    if (has(text, 0, "\xff\xfe") || has(text, 0, "\xfe\xff")) {
        return "text in UTF-16";
    }
    if (const std::string_view picture = netpbm(text); !picture.empty()) {
        return std::string(picture);
    }
    return text_kind(text);
}

}  // namespace thalweg
