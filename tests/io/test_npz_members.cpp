// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npz with members that are no arrays, or none that can be read: they spoil none of the others.
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "archives.hpp"
#include "support/catch.hpp"
#include "thalweg/npy.hpp"

namespace thalweg {
namespace {

using test::Bytes;
using test::contents;
using test::dictionary;
using test::io_error;
using test::Member;
using test::npy;
using test::small_npy;
using test::TempDirectory;

TEST_CASE("npz: members that are no arrays spoil none of the others") {
    const auto text = [](const std::string& words) { return Bytes(words.begin(), words.end()); };
    const std::string seven = dictionary("<f4", "False", "(2, 1, 1, 1, 1, 1, 1)");
    const std::vector<std::pair<Member, std::string>> useless = {
        {{"README.txt", text("hello")},
         "README.txt: offset 205: expected an .npy file (93 'NUMPY'), found text, \"hello\""},
        {{"page.html", text("<!DOCTYPE html>\n<html>")}, "found a web page (HTML)"},
        {{"empty.txt", {}}, "expected 8 bytes of an .npy header, found nothing: it is empty"},
        {{"short.bin", {1, 2, 3}}, "expected 8 bytes of an .npy header, found 3"},
        {{"long.bin", Bytes(100)}, "expected an .npy file (93 'NUMPY'), found something else"},
        {{"dir/", {}}, "dir/: expected an array (.npy), found a folder"},
        {{"inner.npz", test::zip({{"x.npy", small_npy()}}).bytes}, "found a zip archive"},
        {{"object.npy", npy(dictionary("|O", "False", "(1,)"), {1})},
         "'|O': Python objects, which are pickled"},
        {{"text.npy", npy(dictionary("<U3", "False", "(1,)"), Bytes(12))}, "found dtype '<U3'"},
        {{"bytes.npy", npy(dictionary("|S3", "False", "(1,)"), Bytes(3))}, "found dtype '|S3'"},
        {{"date.npy", npy(dictionary("<M8[D]", "False", "(1,)"), Bytes(8))}, "found dtype '<M8[D]'"},
        {{"half.npy", npy(dictionary("<f2", "False", "(1,)"), Bytes(2))}, "found dtype '<f2'"},
        {{"complex.npy", npy(dictionary("<c16", "False", "(1,)"), Bytes(16))}, "found dtype '<c16'"},
        {{"seven.npy", npy(seven, Bytes(8))}, "at most 6 dimensions, found 7: shape (2, 1, 1, 1, 1, 1, 1)"},
        {{"\x1b[31m" + std::string(100, 'x'), text("no")}, ": ?[31m" + std::string(55, 'x') + "...: offset "},
    };
    const TempDirectory directory;
    for (const auto& [member, expected] : useless) {
        CAPTURE(member.name);
        // In the middle, with arrays before and behind.
        const Npz npz = load_npz(directory.write(
            "a.npz", test::zip({{"a.npy", small_npy()}, member, {"b.npy", small_npy()}}).bytes));
        REQUIRE(npz.size() == 3);
        const NpzMember& found = npz.members()[1];
        const std::size_t ending = member.name.find(".npy");
        CHECK(found.name == member.name.substr(0, ending));
        CHECK_THAT(io_error([&] { npz.at(found.name); }), ContainsSubstring(expected));
        CHECK(npz.as<std::vector<int>>("a") == std::vector<int>{7, 8});
        CHECK(npz.as<std::vector<int>>("b") == std::vector<int>{7, 8});
        CHECK_THAT(io_error([&] { npz.at("c"); }), ContainsSubstring("found a, "));
    }
}

TEST_CASE("npz: an array is known by its content, and a name is only a key") {
    const TempDirectory directory;
    for (const char* name : {"readme.txt", "x.NPY", ".npy", "noext", "../../x", "a/b/c"}) {
        CAPTURE(name);
        const Npz npz = load_npz(directory.write("a.npz", test::zip({{name, small_npy()}}).bytes));
        CHECK(npz.as<std::vector<int>>(name) == std::vector<int>{7, 8});
    }
    const Npz npz = load_npz(directory.write("a.npz", test::zip({{"../../x.npy", small_npy()}}).bytes));
    CHECK(npz.members()[0].name == "../../x");
}

TEST_CASE("npz: whatever is done with an array that could not be read says why") {
    const TempDirectory directory;
    const std::string path =
        directory.write("a.npz", test::zip({{"x.npy", npy(dictionary("|O", "False", "(1,)"), {1})}}).bytes);
    const Npz npz = load_npz(path);
    const NpyArray x = npz.members()[0].array;  // a copy
    REQUIRE(x.error().rfind(path + ": x.npy: offset ", 0) == 0);
    const std::vector<std::function<void()>> uses = {
        [&] { static_cast<void>(x.dtype()); },
        [&] { static_cast<void>(x.shape()); },
        [&] { static_cast<void>(x.size()); },
        [&] { static_cast<void>(x.bytes()); },
        [&] { static_cast<void>(x.reshaped({0})); },
        [&] { static_cast<void>(x.as<double>()); },
        [&] { static_cast<void>(x.as<std::string>()); },
        [&] { static_cast<void>(x.as<std::vector<float>>()); },
        [&] { static_cast<void>(x.as<Matrix<double>>()); },
        [&] { save_npy(directory.path("b.npy"), x); },
        [&] {
            save_npz(directory.path("b.npz"), {{"x", x}});
        },
    };
    for (const std::function<void()>& use : uses) {
        CHECK(io_error(use) == x.error());
    }
    CHECK(contents(directory.path("b.npy")).empty());
    CHECK(contents(directory.path("b.npz")).empty());
    CHECK(x == npz.members()[0].array);
    CHECK_FALSE(x == NpyArray());
}

}  // namespace
}  // namespace thalweg
