// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/file_kind.hpp"

namespace thalweg {
namespace {

using namespace std::string_view_literals;

std::string kind_of(std::string_view bytes) {
    return file_kind(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

TEST_CASE("file_kind: what first bytes say") {
    const std::vector<std::pair<std::string_view, std::string>> cases = {
        {"<!DOCTYPE html><html><body>403 Forbidden</body></html>", "a web page (HTML)"},
        {"\xef\xbb\xbf\r\n  <HTML lang=\"en\">", "a web page (HTML)"},
        {"<!-- saved -->\n<html>", "a web page (HTML)"},
        {"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
         "XML, such as servers send with an error"},
        {"<?xml version=\"1.0\"?><svg></svg>", "an SVG picture"},
        {"{\"message\": \"Not Found\"}", "JSON text"},
        {" [\n {\"a\": 1}]", "JSON text"},
        {"{}", "JSON text"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0",
         "a Git LFS pointer, not the file itself"},
        {"404: Not Found", "text, \"404: Not Found\""},
        {"Zugriff verweigert: f\xc3\xbcr immer\nund mehr", "text, \"Zugriff verweigert: f??r immer\""},
        {"a line of more than forty characters, which is cut",
         "text, \"a line of more than forty characters, wh...\""},
        {"\xff\xd8\xff\xe0 JFIF", "a JPEG picture"},
        {"\x89PNG\r\n\x1a\n", "a PNG picture"},
        {"GIF89a", "a GIF picture"},
        {"BM\x36\0\0\0\0\0\0\0"sv, "a BMP picture"},
        {"II*\0\x8"sv, "a TIFF picture"},
        {"MM\0*\0"sv, "a TIFF picture"},
        {"RIFF\x10\0\0\0WEBPVP8 "sv, "a WebP picture"},
        {"\0\0\0\x18"
         "ftypheic"sv,
         "a HEIC picture"},
        {"\0\0\0\x1c"
         "ftypavif"sv,
         "an AVIF picture"},
        {"%PDF-1.7", "a PDF document"},
        {"P5\n28 28\n255\n", "a PGM picture"},
        {"P1 1 1 1", "a PBM picture"},
        {"P6 1 1 255 ", "a PPM picture"},
        {"P7\nWIDTH 1", "a PAM picture"},
        {"PK\3\4", "a zip archive"},
        {"\x1f\x8b\x8", "a gzip file"},
        {"\x80\x4\x95\0"sv, "a Python pickle"},
        {"\x89HDF\r\n", "an HDF5 file"},
        {"\xff\xfeh\0i\0"sv, "text in UTF-16"},
        {"\x93NUMPY\1\0"sv, "a NumPy array (.npy)"},
        // Nothing that is known, and nothing that is text.
        {"", ""},
        {" \n\t ", ""},
        {"\0\0\x8\3\0\0\0\1"sv, ""},
        {"BMW and other words", "text, \"BMW and other words\""},
        {"abc\0def"sv, ""},
        {"\xc3(", ""},
        {"\xff\xff\xff", ""},
    };
    for (const auto& [bytes, expected] : cases) {
        CAPTURE(expected);
        CHECK(kind_of(bytes) == expected);
    }
    // A character that the end cuts in two is still one.
    CHECK(kind_of(std::string(kFileKindBytes - 1, 'a') + "\xc3\xbc") ==
          "text, \"" + std::string(40, 'a') + "...\"");
}

}  // namespace
}  // namespace thalweg
