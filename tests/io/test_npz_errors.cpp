// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npz that are wrong, one kind after another, by their messages.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "archives.hpp"
#include "support/catch.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

using test::Archive;
using test::Bytes;
using test::dictionary;
using test::io_error;
using test::joined;
using test::Member;
using test::npy;
using test::poke;
using test::small_npy;
using test::TempDirectory;

// The archive is refused, or one of its members when it is used.
std::string npz_refusal(const Bytes& bytes) {
    const TempDirectory directory;
    const std::string path = directory.write("a.npz", bytes);
    const std::string message = io_error([&] {
        const Npz npz = load_npz(path);
        for (const NpzMember& member : npz) {
            static_cast<void>(member.array.size());
        }
    });
    return message.rfind(path + ": ", 0) == 0 ? message.substr(path.size() + 2) : message;
}

// Two stored members, x.npy and y.npy, of 130 bytes each; 165 with their local headers.
Archive two() {
    return test::zip({{"x.npy", small_npy()}, {"y.npy", small_npy()}});
}
constexpr std::size_t kY = 165;

struct Broken {
    std::string what;
    std::function<void(Archive&)> breaks;
    std::string expected;
};

void check(const std::vector<Broken>& cases, const std::function<Archive()>& make) {
    for (const Broken& broken : cases) {
        CAPTURE(broken.what);
        Archive archive = make();
        REQUIRE(npz_refusal(archive.bytes) == "(no IoError)");
        broken.breaks(archive);
        CHECK_THAT(npz_refusal(archive.bytes), ContainsSubstring(broken.expected));
    }
}

// What two() is broken in concerns y alone: x is read, y is listed and says why it is not.
void check_member(const std::vector<Broken>& cases) {
    for (const Broken& broken : cases) {
        CAPTURE(broken.what);
        Archive archive = two();
        broken.breaks(archive);
        const TempDirectory directory;
        const std::string path = directory.write("a.npz", archive.bytes);
        const Npz npz = load_npz(path);
        REQUIRE(npz.size() == 2);
        CHECK(npz.as<std::vector<int>>("x") == std::vector<int>{7, 8});
        CHECK(npz.members()[1].name == "y");
        const NpyArray& y = *npz.find("y");
        CHECK(y.error().rfind(path + ": y.npy: offset ", 0) == 0);
        CHECK_THAT(y.error(), ContainsSubstring(broken.expected));
        CHECK(io_error([&] { npz.at("y"); }) == y.error());
        CHECK(io_error([&] { npz.as<Matrix<float>>("y"); }) == y.error());
    }
}

TEST_CASE("npz: no archive at all") {
    CHECK(npz_refusal({}) == "offset 0: expected a zip archive, found nothing: the file is empty");
    CHECK_THAT(npz_refusal(small_npy()), ContainsSubstring("found a single array (.npy)"));
    CHECK_THAT(npz_refusal(Bytes(21)), ContainsSubstring("at least 22 bytes, found 21"));
    const std::string csv = "height,width\n1,2\n3,4\n5,6\n";
    CHECK(npz_refusal(Bytes(csv.begin(), csv.end())) ==
          "offset 0: expected a zip archive (.npz), found text, \"height,width\"");
    CHECK_THAT(npz_refusal(Bytes(100000)),
               ContainsSubstring("offset 34443: expected a zip archive's end record"));
}

TEST_CASE("npz: broken end records") {
    check(
        {{"signature", [](Archive& a) { poke(a.bytes, a.end, 0, 4); }, "end record (0x06054b50), found none"},
         {"comment length", [](Archive& a) { poke(a.bytes, a.end + 20, 1, 2); }, "end record"},
         {"bytes behind", [](Archive& a) { a.bytes.push_back(0); }, "end record"},
         {"bytes in front", [](Archive& a) { a.bytes.insert(a.bytes.begin(), 7, 0); },
          "expected a directory that ends at the end record"},
         {"disk", [](Archive& a) { poke(a.bytes, a.end + 4, 1, 2); },
          "an archive on one disk, found several"},
         {"entries here", [](Archive& a) { poke(a.bytes, a.end + 8, 1, 2); }, "an archive on one disk"},
         {"too many entries", [](Archive& a) { poke(a.bytes, a.end + 8, 0x00030003, 4); },
          "at most 2 members in a directory of 102 bytes, found 3"},
         {"too few entries", [](Archive& a) { poke(a.bytes, a.end + 8, 0x00010001, 4); },
          "expected the end of the directory, found 51 more bytes"},
         {"directory offset", [](Archive& a) { poke(a.bytes, a.end + 16, 1, 4); }, "directory that ends"},
         {"directory size", [](Archive& a) { poke(a.bytes, a.end + 12, 5, 4); }, "directory that ends"},
         {"directory at the end of the world", [](Archive& a) { poke(a.bytes, a.end + 16, 0xffffffff, 4); },
          "102 bytes at offset 4294967295"}},
        two);
}

TEST_CASE("npz: broken ZIP64 end records") {
    check({{"locator", [](Archive& a) { poke(a.bytes, a.end64 + 56, 0, 4); }, "directory that ends"},
           {"disk", [](Archive& a) { poke(a.bytes, a.end64 + 56 + 4, 1, 4); }, "one disk"},
           {"disks", [](Archive& a) { poke(a.bytes, a.end64 + 56 + 16, 2, 4); }, "one disk"},
           {"offset beyond", [](Archive& a) { poke(a.bytes, a.end64 + 56 + 8, ~std::uint64_t{0}, 8); },
            "in front of its locator, found offset 18446744073709551615"},
           {"offset elsewhere", [](Archive& a) { poke(a.bytes, a.end64 + 56 + 8, 0, 8); },
            "expected the ZIP64 end record (0x06064b50), found 0x04034b50"},
           {"size", [](Archive& a) { poke(a.bytes, a.end64 + 4, 45, 8); }, "record of 44, found 45"},
           {"entries here", [](Archive& a) { poke(a.bytes, a.end64 + 24, 1, 8); }, "one disk"},
           {"entries",
            [](Archive& a) {
                poke(a.bytes, a.end64 + 24, 1U << 30, 8), poke(a.bytes, a.end64 + 32, 1U << 30, 8);
            },
            "found 1073741824"},
           {"directory size", [](Archive& a) { poke(a.bytes, a.end64 + 40, ~std::uint64_t{0}, 8); },
            "directory that ends"},
           {"directory offset", [](Archive& a) { poke(a.bytes, a.end64 + 48, ~std::uint64_t{0}, 8); },
            "directory that ends"},
           {"contradiction", [](Archive& a) { poke(a.bytes, a.end + 10, 1, 2); },
            "agrees with its ZIP64 form"}},
          [] {
              return test::zip({{"x.npy", small_npy()}, {"y.npy", small_npy()}}, true);
          });
}

TEST_CASE("npz: broken directory entries") {
    check(
        {
            {"signature", [](Archive& a) { poke(a.bytes, a.central[1], 0, 4); },
             "expected a directory entry (0x02014b50), found 0x00000000"},
            {"disk", [](Archive& a) { poke(a.bytes, a.central[1] + 34, 1, 2); }, "one disk"},
            {"longer name", [](Archive& a) { poke(a.bytes, a.central[1] + 28, 6, 2); },
             "expected 52 bytes of a directory entry, found 51"},
            {"shorter name", [](Archive& a) { poke(a.bytes, a.central[1] + 28, 4, 2); },
             "end of the directory"},
            {"no name", [](Archive& a) { poke(a.bytes, a.central[1] + 28, 0, 2); },
             "a member's name, found none"},
            {"zero in the name", [](Archive& a) { poke(a.bytes, a.central[1] + 46, 0, 1); },
             "a zero byte in it"},
        },
        two);
}

TEST_CASE("npz: directory entries of members that cannot be read") {
    check_member(
        {{"ZIP64 without its field", [](Archive& a) { poke(a.bytes, a.central[1] + 24, 0xffffffff, 4); },
          "expected a ZIP64 extra field, found none"},
         {"encrypted", [](Archive& a) { poke(a.bytes, a.central[1] + 8, 1, 2); },
          "a member that is not encrypted, found an encrypted one"},
         {"strong encryption", [](Archive& a) { poke(a.bytes, a.central[1] + 8, 0x41, 2); }, "encrypted"},
         {"masked", [](Archive& a) { poke(a.bytes, a.central[1] + 8, 1U << 13, 2); }, "encrypted"},
         {"patch data", [](Archive& a) { poke(a.bytes, a.central[1] + 8, 1U << 5, 2); }, "patch data"},
         {"method", [](Archive& a) { poke(a.bytes, a.central[1] + 10, 14, 2); },
          "method 0 (stored) or 8 (deflated), found method 14 (LZMA)"},
         {"stored sizes", [](Archive& a) { poke(a.bytes, a.central[1] + 20, 129, 4); },
          "equal sizes, the member being stored, found 129 and 130"},
         {"beyond the directory",
          [](Archive& a) {
              poke(a.bytes, a.central[1] + 20, 1000, 4), poke(a.bytes, a.central[1] + 24, 1000, 4);
          },
          "1000 bytes, to end before the directory"},
         {"header offset", [](Archive& a) { poke(a.bytes, a.central[1] + 42, 0xfffffffe, 4); },
          "a local header in front of the directory, found offset 4294967294"},
         {"header elsewhere", [](Archive& a) { poke(a.bytes, a.central[1] + 42, 1, 4); },
          "offset 1: expected the local header (0x04034b50)"}});
}

TEST_CASE("npz: broken ZIP64 extra fields") {
    check(
        {{"block beyond", [](Archive& a) { poke(a.bytes, a.central[0] + 46 + 5 + 2, 100, 2); },
          "a whole extra field, found 28 bytes"},
         {"block too short",
          [](Archive& a) {
              poke(a.bytes, a.central[0] + 46 + 5 + 2, 20, 2),
                  poke(a.bytes, a.central[0] + 46 + 5 + 24 + 2, 0, 2);
          },
          "ZIP64 extra field"},
         {"another block", [](Archive& a) { poke(a.bytes, a.central[0] + 46 + 5, 0x7075, 2); }, "found none"},
         {"size", [](Archive& a) { poke(a.bytes, a.central[0] + 46 + 5 + 4, ~std::uint64_t{0}, 8); },
          "equal sizes"},
         {"both sizes",
          [](Archive& a) {
              poke(a.bytes, a.central[0] + 46 + 5 + 4, ~std::uint64_t{0}, 8);
              poke(a.bytes, a.central[0] + 46 + 5 + 12, ~std::uint64_t{0}, 8);
          },
          "18446744073709551615 bytes, to end before the directory"},
         {"header offset",
          [](Archive& a) { poke(a.bytes, a.central[0] + 46 + 5 + 20, ~std::uint64_t{0}, 8); },
          "found offset 18446744073709551615"}},
        [] {
            Member member{"x.npy", small_npy()};
            member.zip64 = true;
            return test::zip({member});
        });
}

TEST_CASE("npz: local headers that contradict the directory") {
    check_member(
        {{"signature", [](Archive& a) { poke(a.bytes, kY, 0, 4); }, "offset 165: expected the local header"},
         {"encrypted", [](Archive& a) { poke(a.bytes, kY + 6, 1, 2); }, "offset 171: expected a member that"},
         {"method", [](Archive& a) { poke(a.bytes, kY + 8, 8, 2); },
          "the directory's method, found method 8"},
         {"checksum", [](Archive& a) { poke(a.bytes, kY + 14, 0, 4); }, "the directory's checksum"},
         {"stored size", [](Archive& a) { poke(a.bytes, kY + 18, 5, 4); },
          "the directory's size 130, found 5"},
         {"size", [](Archive& a) { poke(a.bytes, kY + 22, 5, 4); }, "the directory's size 130, found 5"},
         {"name", [](Archive& a) { poke(a.bytes, kY + 30, 'z', 1); },
          "the directory's name \"y.npy\", found \"z.npy\""},
         {"length of the name", [](Archive& a) { poke(a.bytes, kY + 26, 65535, 2); }, "before the directory"},
         {"length of the extra field", [](Archive& a) { poke(a.bytes, kY + 28, 1, 2); },
          "before the directory"},
         {"no room for a header", [](Archive& a) { poke(a.bytes, a.central[1] + 42, a.central[0] - 29, 4); },
          "in front of the directory"}});
}

TEST_CASE("npz: members that share a name or bytes") {
    const TempDirectory directory;
    for (const char* again : {"x.npy", "x"}) {
        const Npz npz = load_npz(directory.write(
            "a.npz",
            test::zip({{"x.npy", small_npy()}, {"y.npy", small_npy()}, {again, small_npy()}}).bytes));
        REQUIRE(npz.size() == 2);
        CHECK_THAT(io_error([&] { npz.at("x"); }),
                   ContainsSubstring("a name of its own for each member, found \"" + std::string(again) +
                                     "\" again"));
        CHECK(npz.as<std::vector<int>>("y") == std::vector<int>{7, 8});
    }
    // An archive inside a member, which the directory of the outer one lists as well.
    Archive inner = test::zip({{"y.npy", small_npy()}});
    const Archive outer = test::zip({{"x.npy", joined(inner.bytes, small_npy())}, {"y.npy", small_npy()}});
    Bytes bytes = outer.bytes;
    poke(bytes, outer.central[1] + 42, outer.data[0], 4);
    CHECK_THAT(npz_refusal(bytes),
               ContainsSubstring(
                   "offset 35: expected members that do not overlap, found \"y.npy\" inside \"x.npy\""));
}

TEST_CASE("npz: broken contents") {
    const auto archive_of = [](const Bytes& content) { return test::zip({{"x.npy", content}}).bytes; };
    Archive damaged = two();
    damaged.bytes[damaged.data[1] + 129] = 9;
    CHECK_THAT(npz_refusal(damaged.bytes),
               ContainsSubstring("y.npy: offset 200: expected bytes of checksum 0x"));
    CHECK_THAT(npz_refusal(archive_of({})),
               ContainsSubstring("x.npy: offset 35: expected 8 bytes of an .npy header"));
    CHECK_THAT(
        npz_refusal(archive_of(joined(small_npy(), {0}))),
        ContainsSubstring("x.npy: offset 163: expected 2 bytes of uint8 elements of shape (2,), found 3"));
    CHECK_THAT(npz_refusal(archive_of(npy(dictionary("|O", "False", "()"), {1}))),
               ContainsSubstring("pickled"));
    CHECK_THAT(npz_refusal(archive_of(npy(dictionary("<f8", "False", "(1000, 100000)"), {0}))),
               ContainsSubstring("expected 800000000 bytes"));
}

TEST_CASE("npz: broken deflate streams") {
    if (!build_info().zlib) {
        return;
    }
    const auto make = [] { return test::zip({{"x.npy", small_npy(), true}}); };
    // The stream: 1, 130, 0, ~130, ~0, then the bytes.
    check({{"block type", [](Archive& a) { poke(a.bytes, a.data[0], 7, 1); },
            "x.npy: inflated offset 0: expected a deflate stream of 130 inflated bytes, found invalid block "
            "type"},
           {"not the last block", [](Archive& a) { poke(a.bytes, a.data[0], 0, 1); },
            "expected the end of the deflate stream, found the end of the compressed bytes"},
           {"block length",
            [](Archive& a) { poke(a.bytes, a.data[0] + 1, 129, 1), poke(a.bytes, a.data[0] + 3, 0x7e, 1); },
            "inflated offset 129: expected a deflate stream of 130 inflated bytes, found the end of the "
            "deflate stream"},
           {"content", [](Archive& a) { poke(a.bytes, a.data[0] + 5 + 129, 9, 1); }, "bytes of checksum"},
           {"a larger size",
            [](Archive& a) {
                poke(a.bytes, a.central[0] + 24, 131, 4), poke(a.bytes, a.local[0] + 22, 131, 4);
            },
            "expected 2 bytes of uint8 elements of shape (2,), found 3"},
           {"a smaller size",
            [](Archive& a) {
                poke(a.bytes, a.central[0] + 24, 129, 4), poke(a.bytes, a.local[0] + 22, 129, 4);
            },
            "expected 2 bytes of uint8 elements of shape (2,), found 1"},
           {"a size that deflate cannot have",
            [](Archive& a) {
                poke(a.bytes, a.central[0] + 24, 1U << 30, 4), poke(a.bytes, a.local[0] + 22, 1U << 30, 4);
            },
            "expected a size that 135 deflated bytes can have, found 1073741824"},
           // 136 times 1032, the most that a byte can become.
           {"one more than that",
            [](Archive& a) {
                poke(a.bytes, a.central[0] + 24, 140352, 4), poke(a.bytes, a.local[0] + 22, 140352, 4);
            },
            "expected a size that 135 deflated bytes can have, found 140352"}},
          make);
    // A stream that gives more than directory and header say, and one with bytes behind it.
    Archive more = test::zip({{"x.npy", joined(small_npy(), {0}), true}});
    poke(more.bytes, more.central[0] + 24, 130, 4);
    poke(more.bytes, more.local[0] + 22, 130, 4);
    CHECK_THAT(npz_refusal(more.bytes),
               ContainsSubstring("expected the end of the deflate stream, found more bytes"));
    Member member{"x.npy", small_npy(), true};
    member.behind = {1, 2, 3};
    CHECK_THAT(npz_refusal(test::zip({member}).bytes),
               ContainsSubstring("expected a deflate stream of 138 bytes, found 135"));
}

TEST_CASE("npz: every truncation is an IoError") {
    std::string loaded;
    for (const bool deflated : {false, true}) {
        for (const bool zip64 : {false, true}) {
            Member member{"x.npy", small_npy(), deflated};
            member.zip64 = zip64;
            const Bytes right = test::zip({member}, zip64).bytes;
            for (std::size_t n = 0; n < right.size(); ++n) {
                if (npz_refusal(Bytes(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(n))) ==
                    "(no IoError)") {
                    loaded += std::to_string(n) + " ";
                }
            }
        }
    }
    CHECK(loaded.empty());
}

// What loads in spite of a flipped bit, a date or an attribute, is what was saved: the checksum sees to the
// rest.
TEST_CASE("npz: a flipped bit gives the same arrays or an IoError") {
    const TempDirectory directory;
    std::string wrong;
    for (const bool deflated : {false, build_info().zlib}) {
        Member member{"x.npy", small_npy(), deflated};
        member.zip64 = true;
        const Bytes right = test::zip({member, {"y.npy", small_npy(), deflated}}, true).bytes;
        for (std::size_t bit = 0; bit < 8 * right.size(); ++bit) {
            Bytes bytes = right;
            bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
            const std::string path = directory.write("a.npz", bytes);
            const NpyArray array = std::vector<std::uint8_t>{7, 8};
            const std::vector<NpzMember> expected = {{"x", array}, {"y", array}};
            bool same = true;
            static_cast<void>(io_error([&] {
                const Npz npz = load_npz(path);
                // Those that can be read are right, and none is missing: x and y are one bit apart, and two
                // of one name are listed as one that cannot be read.
                same = npz.size() == 2 || !npz.members()[0].array.error().empty();
                for (const NpzMember& each : npz) {
                    same = same && (!each.array.error().empty() ||
                                    std::find(expected.begin(), expected.end(), each) != expected.end());
                }
            }));
            if (!same) {
                wrong += std::to_string(bit / 8) + "." + std::to_string(bit % 8) + " ";
            }
        }
    }
    CHECK(wrong.empty());
}

}  // namespace
}  // namespace thalweg
