// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// load_idx: what it reads, and the message for everything it refuses.
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "files.hpp"
#include "support/catch.hpp"
#include "thalweg/images.hpp"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

using test::Bytes;
using test::gzip;
using test::idx;
using test::io_error;
using test::joined;
using test::TempDirectory;

Bytes counting(std::size_t n) {
    Bytes bytes(n);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    return bytes;
}

// "<path>: " + what load_idx says about a file of these bytes.
std::string refusal(const Bytes& bytes) {
    const TempDirectory directory;
    const std::string path = directory.write("file", bytes);
    const std::string message = io_error([&] { load_idx(path); });
    return message.rfind(path + ": ", 0) == 0 ? message.substr(path.size() + 2) : message;
}

TEST_CASE("idx: raw files of 1 to 4 dimensions") {
    const TempDirectory directory;
    const std::vector<std::vector<std::uint32_t>> shapes = {{6}, {2, 3}, {1, 2, 3}, {3, 1, 1, 2}};
    for (const auto& shape : shapes) {
        const IdxFile file = load_idx(directory.write("raw", idx(shape, counting(6))));
        CHECK(file.shape == std::vector<std::size_t>(shape.begin(), shape.end()));
        CHECK(file.values == counting(6));
    }
}

TEST_CASE("idx: a dimension of zero means no values, however large the others") {
    const TempDirectory directory;
    const IdxFile file =
        load_idx(directory.write("raw", idx({0xffffffffU, 0xffffffffU, 0xffffffffU, 0}, {})));
    CHECK(file.shape == std::vector<std::size_t>{0xffffffffU, 0xffffffffU, 0xffffffffU, 0});
    CHECK(file.values.empty());
}

TEST_CASE("idx: gzip files, told by content and read in steps") {
    if (!build_info().zlib) {
        WARN("skipped: built without zlib");
        return;
    }
    const TempDirectory directory;
    const Bytes values = counting(5'000'001);
    const Bytes content = idx({5'000'001}, values);
    CHECK(load_idx(directory.write("no ending", gzip(content))).values == values);

    // Members in a row are one file (RFC 1952, 2.2), wherever they were cut.
    const Bytes head(content.begin(), content.begin() + 6);
    const Bytes tail(content.begin() + 6, content.end());
    CHECK(load_idx(directory.write("two", joined(gzip(head), gzip(tail)))).values == values);
    CHECK(load_idx(directory.write("empty", joined(gzip(content), gzip({})))).values == values);
}

TEST_CASE("idx: compressed gzip, as gzip -9 wrote it") {
    if (!build_info().zlib) {
        WARN("skipped: built without zlib");
        return;
    }
    const TempDirectory directory;
    // One dimension, 1000 values of 7.
    const Bytes bytes = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x63, 0x60,
                         0xe0, 0x60, 0x64, 0x60, 0x60, 0x7e, 0xc1, 0x3e, 0x0a, 0x46, 0xc1, 0x28,
                         0x18, 0xf6, 0x00, 0x00, 0xe7, 0xba, 0xb0, 0xb1, 0xf0, 0x03, 0x00, 0x00};
    CHECK(load_idx(directory.write("packed.gz", bytes)).values == Bytes(1000, 7));
}

TEST_CASE("idx: no file to read") {
    const TempDirectory directory;
    CHECK(io_error([&] { load_idx(directory.path("none")); }) ==
          directory.path("none") + ": expected a readable file, found: No such file or directory");
    CHECK(io_error([&] { load_idx(directory.path()); }) ==
          directory.path() + ": expected a file, found a directory");
    CHECK(io_error([] { load_idx(test::kNoFile); }) ==
          std::string(test::kNoFile) + ": expected a file, found a device");
}

TEST_CASE("idx: what is no IDX is called by its name") {
    const auto text = [](const std::string& words) { return Bytes(words.begin(), words.end()); };
    const Bytes page = text("<!DOCTYPE html><html><body>403 Forbidden</body></html>");
    CHECK(refusal(page) == "offset 0: expected IDX or gzip, found a web page (HTML)");
    CHECK(refusal(text("404: Not Found")) ==
          "offset 0: expected IDX or gzip, found text, \"404: Not Found\"");
    CHECK(refusal(text("{\"error\": 1}")) == "offset 0: expected IDX or gzip, found JSON text");
    CHECK(refusal(text("version https://git-lfs.github.com/spec/v1")) ==
          "offset 0: expected IDX or gzip, found a Git LFS pointer, not the file itself");
    CHECK(refusal({'P', '5', '\n', '2'}) == "offset 0: expected IDX or gzip, found a PGM picture");
    if (build_info().zlib) {
        CHECK(refusal(gzip(page)) == "offset 0: expected IDX in the gzip file, found a web page (HTML)");
    }
}

TEST_CASE("idx: out of memory") {
    const Bytes bytes = idx({2, 3}, counting(6));
    CHECK(load_idx(bytes, "name").values == counting(6));
    CHECK(io_error([&] { load_idx(std::span(bytes).first(15), "name"); }) ==
          "name: offset 12: expected 6 bytes of values (2 x 3), found 3");
    if (build_info().zlib) {
        CHECK(load_idx(gzip(bytes), "name").shape == std::vector<std::size_t>{2, 3});
    }
}

TEST_CASE("idx: broken headers") {
    CHECK(refusal({}) == "offset 0: expected 4 bytes of IDX magic number, found nothing: the file is empty");
    CHECK(refusal({0, 0, 8}) == "offset 0: expected 4 bytes of IDX magic number, found 3 bytes");
    CHECK(refusal({0, 0, 8, 2, 0, 0, 0, 1, 0, 0}) ==
          "offset 8: expected 4 bytes of size of dimension 1, found 2 bytes");
    const std::string magic =
        "offset 0: expected magic number 2049 to 2052 (unsigned bytes in 1 to 4 dimensions), found ";
    CHECK(refusal({0, 0, 8, 0}) == magic + "2048");
    CHECK(refusal({0, 0, 8, 5}) == magic + "2053");
    CHECK(refusal({0, 0, 9, 1}) == magic + "2305");
    CHECK(refusal({1, 0, 8, 1}) == magic + "16779265");
}

TEST_CASE("idx: headers that promise what is not there") {
    CHECK(refusal(idx({2, 3}, counting(5))) == "offset 12: expected 6 bytes of values (2 x 3), found 5");
    CHECK(refusal(idx({0x7fffffffU}, counting(5))) ==
          "offset 8: expected 2147483647 bytes of values (2147483647), found 5");
    // 2^63 - 1, or 2^31 - 1 where a size has 32 bits.
    using Limits = std::numeric_limits<std::ptrdiff_t>;
    const std::string too_many =
        "offset 4: expected at most " + std::to_string(Limits::max()) + " values, found ";
    CHECK(refusal(idx({0xffffffffU, 0x40000000U}, {})) ==
          (Limits::digits == 63
               ? "offset 12: expected 4611686017353646080 bytes of values (4294967295 x 1073741824), found 0"
               : too_many + "4294967295 x 1073741824"));
    CHECK(refusal(idx({0xffffffffU, 0xffffffffU, 0xffffffffU, 0xffffffffU}, {})) ==
          too_many + "4294967295 x 4294967295 x 4294967295 x 4294967295");
    CHECK(refusal(idx({5}, counting(7))) == "offset 13: expected the end of the file, found 2 more bytes");
    CHECK(refusal(idx({0}, counting(1))) == "offset 8: expected the end of the file, found 1 more bytes");
}

TEST_CASE("idx: gzip whose content is wrong") {
    if (!build_info().zlib) {
        WARN("skipped: built without zlib");
        return;
    }
    CHECK(refusal(gzip({})) ==
          "offset 0: expected 4 bytes of IDX magic number, found nothing: the file is empty");
    CHECK(refusal(gzip(idx({2, 3}, counting(5)))) ==
          "offset 12: expected 6 bytes of values (2 x 3), found 5");
    // More than a process can have: nothing of the sort may be asked for.
    CHECK(refusal(gzip(idx({0x7fffffffU}, counting(5)))) ==
          "offset 8: expected 2147483647 bytes of values (2147483647), found 5");
    if constexpr (sizeof(std::size_t) > 4) {
        CHECK(refusal(gzip(idx({0xffffffffU, 0x40000000U}, counting(5)))) ==
              "offset 12: expected 4611686017353646080 bytes of values (4294967295 x 1073741824), found 5");
    }
    CHECK(refusal(gzip(idx({5}, counting(7)))) ==
          "offset 13: expected the end of the file, found more bytes");
}

TEST_CASE("idx: damaged gzip") {
    if (!build_info().zlib) {
        WARN("skipped: built without zlib");
        return;
    }
    const Bytes good = gzip(idx({1000}, counting(1000)));
    REQUIRE(refusal(good) == "(no IoError)");
    const std::string size = std::to_string(good.size());

    Bytes damaged = good;
    damaged[500] ^= 1U;
    CHECK_THAT(refusal(damaged), ContainsSubstring("expected intact gzip data, found incorrect data check"));
    damaged = good;
    damaged[good.size() - 1] ^= 1U;
    CHECK_THAT(refusal(damaged),
               ContainsSubstring("expected intact gzip data, found incorrect length check"));
    damaged = good;
    damaged[10] = 7;
    CHECK_THAT(refusal(damaged), ContainsSubstring("expected intact gzip data, found invalid block type"));

    // Cut anywhere, it is refused; in the data and in the checksum alike.
    for (const std::size_t kept :
         {std::size_t{2}, std::size_t{10}, std::size_t{500}, good.size() - 8, good.size() - 1}) {
        CHECK(refusal(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(kept))) ==
              "compressed offset " + std::to_string(kept) +
                  ": expected more gzip data, found the file's end");
    }
    CHECK_THAT(refusal(joined(good, {'x', 'y', 'z'})),
               ContainsSubstring("expected intact gzip data, found incorrect header check"));
}

TEST_CASE("idx: gzip without zlib is a clear error") {
    if (build_info().zlib) {
        WARN("skipped: built with zlib");
        return;
    }
    CHECK(refusal(gzip(idx({5}, counting(5)))) ==
          "offset 0: expected an uncompressed file, for this build has no zlib, found gzip (1f 8b); gunzip "
          "it first");
}

}  // namespace
}  // namespace thalweg
