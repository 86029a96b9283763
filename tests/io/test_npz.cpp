// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npz that are right: what is written comes back, and every way of writing one is read.
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "archives.hpp"
#include "io/crc32.hpp"
#include "io/zip_writer.hpp"
#include "support/catch.hpp"
#include "support/inputs.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

using test::Archive;
using test::Bytes;
using test::contents;
using test::dictionary;
using test::io_error;
using test::Member;
using test::npy;
using test::TempDirectory;

std::vector<NpzMember> some_members() {
    return {{"W1", Matrix<float>(30, 20, 0.5F)},
            {"b1", NpyArray(Matrix<double>{{1, 2, 3}}).reshaped({3})},
            {"labels", std::vector<std::uint8_t>{5, 0, 4}},
            {"iteration", std::int64_t{-1}},
            {"options", NpyArray::text("--seed 1")},
            {"none", Matrix<float>(0, 4)},
            {"dir/\xc3\xa9", std::vector<std::uint16_t>{1}}};
}

const Bytes& bytes_of_7_8() {
    static const Bytes bytes = npy(dictionary("|u1", "False", "(2,)"), {7, 8});
    return bytes;
}

TEST_CASE("npz: members come back in order, stored and deflated") {
    const TempDirectory directory;
    const std::string path = directory.path("net.npz");
    const std::vector<NpzMember> members = some_members();
    std::size_t stored_bytes = 0;
    for (const bool deflate : {false, true}) {
        if (deflate && !build_info().zlib) {
            CHECK_THAT(io_error([&] { save_npz(path, members, {.deflate = true}); }),
                       ContainsSubstring("no zlib"));
            continue;
        }
        save_npz(path, members, {.deflate = deflate});
        const Npz loaded = load_npz(path);
        CHECK(std::vector<NpzMember>(loaded.begin(), loaded.end()) == members);
        const std::size_t size = contents(path).size();
        CHECK((!deflate || size < stored_bytes));
        stored_bytes = size;
    }
}

TEST_CASE("npz: what deflating would lengthen is stored") {
    const TempDirectory directory;
    test::Source source(1);
    std::vector<std::uint8_t> noise(100000);
    for (std::uint8_t& byte : noise) {
        byte = static_cast<std::uint8_t>(source.below(256));
    }
    save_npz(directory.path("stored.npz"), {{"x", noise}});
    save_npz(directory.path("a.npz"), std::vector<NpzMember>{{"x", noise}}, {.deflate = build_info().zlib});
    CHECK(load_npz(directory.path("a.npz")).as<std::vector<std::uint8_t>>("x") == noise);
    CHECK(contents(directory.path("a.npz")) == contents(directory.path("stored.npz")));
}

TEST_CASE("npz: the example of docs/files.md") {
    const TempDirectory directory;
    const std::string path = directory.path("net.npz");
    const Matrix<float> w1{{1, 2}, {3, 4}};
    const Matrix<float> b1{{5, 6}};
    save_npz(path, {{"W1", w1}, {"b1", b1}, {"seed", 1}});
    const Npz net = load_npz(path);
    const auto again = net.as<Matrix<float>>("W1");
    CHECK(again == w1);
    CHECK(net.as<int>("seed") == 1);
}

TEST_CASE("npz: no members") {
    const TempDirectory directory;
    save_npz(directory.path("a.npz"), std::vector<NpzMember>());
    CHECK(contents(directory.path("a.npz")).size() == 22);
    CHECK(load_npz(directory.path("a.npz")).size() == 0);
}

TEST_CASE("npz: the same arrays give the same bytes") {
    const TempDirectory directory;
    for (const bool deflate : {false, build_info().zlib}) {
        save_npz(directory.path("a.npz"), some_members(), {.deflate = deflate});
        save_npz(directory.path("b.npz"), some_members(), {.deflate = deflate});
        CHECK(contents(directory.path("a.npz")) == contents(directory.path("b.npz")));
    }
}

// The archive of tests/io/archives.cpp is the same format written a second time, from the specification.
TEST_CASE("npz: the bytes are those of the zip specification") {
    const TempDirectory directory;
    save_npz(directory.path("a.npz"), {{"x", std::vector<std::uint8_t>{7, 8}}});
    save_npy(directory.path("a.npy"), std::vector<std::uint8_t>{7, 8});
    Archive expected = test::zip({{"x.npy", contents(directory.path("a.npy"))}});
    test::poke(expected.bytes, expected.central[0] + 38, 0100644U << 16, 4);
    CHECK(contents(directory.path("a.npz")) == expected.bytes);
}

TEST_CASE("npz: finding arrays") {
    const TempDirectory directory;
    const std::string path = directory.path("net.npz");
    save_npz(path, some_members());
    const Npz loaded = load_npz(path);
    CHECK(loaded.find("W1") == &loaded.members()[0].array);
    CHECK(loaded.find("W2") == nullptr);
    CHECK(loaded.as<Matrix<double>>("b1") == Matrix<double>{{1, 2, 3}});
    CHECK(loaded.as<int>("iteration") == -1);
    CHECK(loaded.as<std::string>("options") == "--seed 1");
    CHECK(io_error([&] { loaded.at("W2"); }) ==
          path + ": expected an array \"W2\", found W1, b1, labels, iteration, options, none, dir/??");
    CHECK(io_error([&] { loaded.as<unsigned>("iteration"); }) ==
          path + ": iteration: NpyArray: element 0: expected a value that uint32 holds, found -1");
}

TEST_CASE("npz: names that cannot be written") {
    const TempDirectory directory;
    const std::string path = directory.path("a.npz");
    for (const std::string& name : {std::string(), std::string(65532, 'x'), std::string("a\0b", 3)}) {
        CHECK_THROWS_AS(save_npz(path, {{name, 1}}), ShapeError);
    }
    CHECK_THROWS_WITH(save_npz(path, {{"x", 1}, {"y", 1}, {"x", 2}}), ContainsSubstring("found \"x\" twice"));
    save_npz(path, {{std::string(65531, 'x'), 1}});
    CHECK(load_npz(path).members()[0].name.size() == 65531);
}

TEST_CASE("npz: deflated, streamed, ZIP64, with a comment") {
    const TempDirectory directory;
    std::string wrong;
    for (unsigned form = 0; form < 32; ++form) {
        Member member{"x.npy", bytes_of_7_8()};
        member.deflated = (form & 1U) != 0;
        member.descriptor = (form & 2U) != 0;
        member.zip64 = (form & 4U) != 0;
        if (member.deflated && !build_info().zlib) {
            continue;
        }
        Member other = member;
        other.name = "y.npy";
        // A comment with the end record's signature in it must not mislead.
        const std::string comment = (form & 16U) != 0 ? "PK\5\6 and more than 22 bytes of comment" : "";
        const Archive archive = test::zip({member, other}, (form & 8U) != 0, comment);
        const std::string path = directory.write("a.npz", archive.bytes);
        std::string error = io_error([&] {
            const Npz npz = load_npz(path);
            if (npz.size() != 2 || npz.as<std::vector<int>>("y") != std::vector<int>{7, 8}) {
                throw IoError("another content");
            }
        });
        if (error != "(no IoError)") {
            wrong += std::to_string(form) + ": " + error + "\n";
        }
    }
    CHECK(wrong.empty());
}

TEST_CASE("npz: a deflated member without zlib says so, stored ones are read") {
    if (build_info().zlib) {
        return;
    }
    const TempDirectory directory;
    const Archive archive = test::zip({{"x.npy", bytes_of_7_8(), true}, {"y.npy", bytes_of_7_8(), false}});
    const Npz npz = load_npz(directory.write("a.npz", archive.bytes));
    CHECK_THAT(io_error([&] { npz.as<std::vector<int>>("x"); }), ContainsSubstring("this build has no zlib"));
    CHECK(npz.as<std::vector<int>>("y") == std::vector<int>{7, 8});
}

// Every field that can move to a ZIP64 record does so: numbers from 1 on count as large.
TEST_CASE("npz: ZIP64 as it is written is read") {
    const TempDirectory directory;
    for (const bool deflate : {false, build_info().zlib}) {
        Bytes bytes;
        io::ZipWriter zip(
            [&](std::span<const std::uint8_t> more) { bytes.insert(bytes.end(), more.begin(), more.end()); },
            1);
        const Bytes zeros(1000);
        const Bytes head = npy(dictionary("|u1", "False", "(1000,)"), {});
        zip.add("x.npy", head, zeros, deflate);
        zip.add("y.npy", head, zeros, deflate);
        zip.finish();
        const Npz npz = load_npz(directory.write("a.npz", bytes));
        CHECK(npz.size() == 2);
        CHECK(npz.as<std::vector<int>>("y") == std::vector<int>(1000));
    }
}

TEST_CASE("npz: more members than 16 bits count") {
    const TempDirectory directory;
    // 65535 fits, but says "elsewhere".
    for (const std::size_t count : {65534U, 65535U, 65536U}) {
        std::vector<NpzMember> members(count);
        for (std::size_t i = 0; i < members.size(); ++i) {
            members[i] = {std::to_string(i), static_cast<std::uint32_t>(i)};
        }
        save_npz(directory.path("a.npz"), members);
        const Npz npz = load_npz(directory.path("a.npz"));
        REQUIRE(npz.size() == members.size());
        CHECK(npz.members()[count - 1] == members[count - 1]);
        CHECK(npz.members()[0] == members[0]);
        std::ifstream file(directory.path("a.npz"), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        const bool zip64_end = bytes.find("PK\x06\x06") != std::string::npos;
        CHECK(zip64_end == (count >= 65535));
    }
}

TEST_CASE("crc32: the check value, by either way and in pieces") {
    const std::string text = "123456789";
    const Bytes bytes(text.begin(), text.end());
    const std::span<const std::uint8_t> span(bytes);
    // The check value of CRC-32/ISO-HDLC.
    CHECK(io::crc32(0, bytes) == 0xcbf43926U);
    CHECK(io::crc32_by_table(0, bytes) == 0xcbf43926U);
    CHECK(io::crc32(io::crc32(0, span.first(4)), span.subspan(4)) == 0xcbf43926U);
    CHECK(io::crc32_by_table(io::crc32_by_table(0, span.first(4)), span.subspan(4)) == 0xcbf43926U);
    CHECK(io::crc32(0xcbf43926U, {}) == 0xcbf43926U);
}

}  // namespace
}  // namespace thalweg
