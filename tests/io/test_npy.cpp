// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npy: round trips, every form that NumPy writes, and the message for everything else.
#include <sys/stat.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "archives.hpp"
#include "io/npy_array.hpp"
#include "support/catch.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"

namespace thalweg {
namespace {

using test::Bytes;
using test::contents;
using test::dictionary;
using test::io_error;
using test::joined;
using test::npy;
using test::TempDirectory;

// What is written: this machine's.
constexpr char kOrder = std::endian::native == std::endian::big ? '>' : '<';

NpyArray load(const Bytes& bytes) {
    const TempDirectory directory;
    return load_npy(directory.write("a.npy", bytes));
}

// What load_npy says about a file of these bytes, without the path.
std::string refusal(const Bytes& bytes) {
    const TempDirectory directory;
    const std::string path = directory.write("a.npy", bytes);
    const std::string message = io_error([&] { load_npy(path); });
    return message.rfind(path + ": ", 0) == 0 ? message.substr(path.size() + 2) : message;
}

// Two floats, 1 and 2, under a dictionary of one's own.
std::string refusal_of_header(const std::string& text) {
    return refusal(npy(text, {0, 0, 128, 63, 0, 0, 0, 64}));
}

constexpr DType kTypes[] = {DType::kBool,   DType::kInt8,    DType::kInt16,  DType::kInt32,
                            DType::kInt64,  DType::kUint8,   DType::kUint16, DType::kUint32,
                            DType::kUint64, DType::kFloat32, DType::kFloat64};

NpyArray patterned(DType type, const std::vector<std::size_t>& shape) {
    Bytes bytes(NpyArray(type, shape).bytes().size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(type == DType::kBool ? i % 2 : 37 * i + 11);
    }
    return {type, shape, bytes};
}

// All shapes go into one archive, whose members are whole .npy files: each file saved waits for the disk.
TEST_CASE("npy: every type and shape comes back as it was") {
    const TempDirectory directory;
    const std::string path = directory.path("a.npy");
    std::string wrong;
    std::vector<NpzMember> all;
    for (const DType type : kTypes) {
        const NpyArray array = patterned(type, {2, 3});
        save_npy(path, array);
        if (!(load_npy(path) == array)) {
            wrong += std::string(name(type)) + " ";
        }
        for (const std::vector<std::size_t>& shape :
             std::vector<std::vector<std::size_t>>{{},
                                                   {0},
                                                   {1},
                                                   {5},
                                                   {1, 1},
                                                   {3, 0},
                                                   {0, 3},
                                                   {17, 5},
                                                   {1, 28, 28},
                                                   {2, 3, 4},
                                                   {3, 0, 2},
                                                   {2, 1, 3, 1, 2, 5}}) {
            all.push_back({std::to_string(all.size()), patterned(type, shape)});
        }
    }
    CHECK(wrong.empty());
    save_npz(directory.path("a.npz"), all);
    const Npz loaded = load_npz(directory.path("a.npz"));
    CHECK(std::vector<NpzMember>(loaded.begin(), loaded.end()) == all);
}

TEST_CASE("npy: matrices and labels in one line each") {
    const TempDirectory directory;
    const Matrix<float> weights{{1.5F, -0.0F}, {std::nanf(""), 4}};
    save_npy(directory.path("w.npy"), weights);
    CHECK(load_npy(directory.path("w.npy")) == NpyArray(weights));
    save_npy(directory.path("t.npy"), std::vector<int>{3, 1, 4});
    CHECK(load_npy(directory.path("t.npy")).as<std::vector<std::uint8_t>>() ==
          std::vector<std::uint8_t>{3, 1, 4});
}

TEST_CASE("npy: the bytes are those of np.save") {
    const TempDirectory directory;
    save_npy(directory.path("a.npy"), std::vector<float>{1, 2});
    // numpy 1.24: np.save(file, np.array([1, 2], np.float32)), in the machine's byte order. The elements
    // begin at 128.
    const std::string text =
        std::string("{'descr': '") + kOrder + "f4', 'fortran_order': False, 'shape': (2,), }";
    const Bytes elements =
        kOrder == '>' ? Bytes{63, 128, 0, 0, 64, 0, 0, 0} : Bytes{0, 0, 128, 63, 0, 0, 0, 64};
    const Bytes expected = npy(text + std::string(117 - text.size(), ' ') + "\n", elements);
    CHECK(expected.size() == 136);
    CHECK(contents(directory.path("a.npy")) == expected);
}

// Element (i0, i1, ...) is 1 + i0 + 10 i1 + 100 i2 ..., stored with the first index running fastest.
TEST_CASE("npy: Fortran order of any rank becomes C order") {
    for (const std::vector<std::size_t>& shape : std::vector<std::vector<std::size_t>>{
             {5}, {2, 3}, {4, 3, 2}, {1, 3, 1, 2}, {2, 3, 4, 5, 1, 2}, {2, 0, 3}}) {
        CAPTURE(io::shape_text(shape));
        const std::size_t count = NpyArray(DType::kUint8, shape).size();
        const auto value = [&](std::vector<std::size_t> index) {
            std::uint32_t sum = 1;
            std::uint32_t unit = 1;
            for (const std::size_t i : index) {
                sum += unit * static_cast<std::uint32_t>(i);
                unit *= 10;
            }
            return sum;
        };
        std::vector<std::uint32_t> c_order;
        std::vector<std::uint32_t> fortran;
        for (std::size_t k = 0; k < count; ++k) {
            std::vector<std::size_t> last_fastest(shape.size());
            std::vector<std::size_t> first_fastest(shape.size());
            std::size_t a = k;
            std::size_t b = k;
            for (std::size_t axis = 0; axis < shape.size(); ++axis) {
                first_fastest[axis] = b % shape[axis];
                b /= shape[axis];
                const std::size_t from_behind = shape.size() - 1 - axis;
                last_fastest[from_behind] = a % shape[from_behind];
                a /= shape[from_behind];
            }
            c_order.push_back(value(last_fastest));
            fortran.push_back(value(first_fastest));
        }
        const NpyArray stored = fortran;
        const NpyArray found = load(npy(dictionary(kOrder + std::string("u4"), "True", io::shape_text(shape)),
                                        {stored.bytes().begin(), stored.bytes().end()}));
        CHECK(found == NpyArray(c_order).reshaped(shape));
    }
}

TEST_CASE("npy: out of memory") {
    const Bytes right = npy(dictionary("<f4", "False", "(2,)"), {0, 0, 128, 63, 0, 0, 0, 64});
    const NpyArray expected = std::vector<float>{1, 2};
    CHECK(load_npy(right, "name") == expected);
    CHECK(io_error([&] { load_npy(std::span(right).first(9), "name"); }) ==
          "name: offset 8: expected 2 bytes of the header's length, found 1");
}

#ifndef _WIN32  // where pipes and links are others
TEST_CASE("npy: through a pipe") {
    const TempDirectory directory;
    const Bytes right = npy(dictionary("<f4", "False", "(2,)"), {0, 0, 128, 63, 0, 0, 0, 64});
    const NpyArray expected = std::vector<float>{1, 2};
    const std::string pipe = directory.path("pipe");
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    const auto through_pipe = [&](const Bytes& bytes, const std::function<void()>& read) {
        std::thread writer([&] { directory.write("pipe", bytes); });
        read();
        writer.join();
    };
    through_pipe(right, [&] { CHECK(load_npy(pipe) == expected); });
    const std::vector<double> many(300000, 0.5);  // several times what a pipe holds
    save_npy(directory.path("many.npy"), many);
    through_pipe(contents(directory.path("many.npy")), [&] { CHECK(load_npy(pipe) == NpyArray(many)); });
    through_pipe({}, [&] {
        CHECK(io_error([&] { load_npy(pipe); }) ==
              pipe + ": offset 0: expected 8 bytes of an .npy header, found nothing: it is empty");
    });
    // An archive is read from its end.
    CHECK(io_error([&] { load_npz(pipe); }) == pipe + ": expected a file, found a pipe");
}

TEST_CASE("npy: links that lead nowhere are named") {
    const TempDirectory directory;
    const std::string link = directory.path("link.npy");
    std::filesystem::create_symlink("nowhere.npy", link);
    CHECK(io_error([&] { load_npy(link); }) ==
          link + ": expected a readable file, found: a link to \"nowhere.npy\", which does not exist");
    std::filesystem::remove(link);
    std::filesystem::create_symlink("link.npy", link);
    CHECK(io_error([&] { load_npy(link); }) ==
          link + ": expected a readable file, found: a link to \"link.npy\", which leads back to the link");
}
#endif

TEST_CASE("npy: versions 1.0, 2.0 and 3.0") {
    const NpyArray expected = std::vector<float>{1, 2};
    for (const int version : {1, 2, 3}) {
        CHECK(load(npy(dictionary("<f4", "False", "(2,)"), {0, 0, 128, 63, 0, 0, 0, 64}, version)) ==
              expected);
    }
}

TEST_CASE("npy: byte orders") {
    const NpyArray expected = std::vector<std::int16_t>{1, -2};
    CHECK(load(npy(dictionary("<i2", "False", "(2,)"), {1, 0, 0xfe, 0xff})) == expected);
    CHECK(load(npy(dictionary(">i2", "False", "(2,)"), {0, 1, 0xff, 0xfe})) == expected);
    CHECK(load(npy(dictionary(">f8", "False", "()"), {0x3f, 0xf8, 0, 0, 0, 0, 0, 0})) == NpyArray(1.5));
    CHECK(load(npy(dictionary(">u4", "False", "()"), {1, 2, 3, 4})) == NpyArray(std::uint32_t{0x01020304}));
    CHECK(load(npy(dictionary(">u1", "False", "()"), {7})) == NpyArray(std::uint8_t{7}));
    const NpyArray native = NpyArray(std::int16_t{-2});
    const Bytes bytes(native.bytes().begin(), native.bytes().end());
    CHECK(load(npy(dictionary("=i2", "False", "()"), bytes)) == native);
    CHECK(load(npy(dictionary("|i2", "False", "()"), bytes)) == native);
    CHECK(load(npy(dictionary("i2", "False", "()"), bytes)) == native);
}

TEST_CASE("npy: Fortran order becomes C order") {
    const Bytes columns = {1, 4, 2, 5, 3, 6};
    CHECK(load(npy(dictionary("|u1", "True", "(2, 3)"), columns)).as<Matrix<float>>() ==
          Matrix<float>{{1, 2, 3}, {4, 5, 6}});
    CHECK(load(npy(dictionary("|u1", "True", "(6,)"), columns)).as<Matrix<float>>() ==
          Matrix<float>{{1, 4, 2, 5, 3, 6}});
    CHECK(load(npy(dictionary(">i2", "True", "(2, 2)"), {0, 1, 0, 3, 0, 2, 0, 4})).as<Matrix<double>>() ==
          Matrix<double>{{1, 2}, {3, 4}});
    const Bytes floats = {0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x40, 0, 0, 0,    0x40,
                          0, 0, 0xa0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0xc0, 0x40};
    CHECK(load(npy(dictionary("<f4", "True", "(2, 3)"), floats)).as<Matrix<float>>() ==
          Matrix<float>{{1, 2, 3}, {4, 5, 6}});
    const Bytes doubles = {0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0x08, 0x40,
                           0, 0, 0, 0, 0, 0, 0x00, 0x40, 0, 0, 0, 0, 0, 0, 0x10, 0x40};
    CHECK(load(npy(dictionary("<f8", "True", "(2, 2)"), doubles)).as<Matrix<double>>() ==
          Matrix<double>{{1, 2}, {3, 4}});
    CHECK(load(npy(dictionary("|u1", "True", "(0, 3)"), {})).as<Matrix<float>>().cols() == 3);
}

// Compilers that optimise leave the empty rows out; without that they are a loop of years.
TEST_CASE("npy: rows without elements in Fortran order cost no time") {
    const std::string rows = std::to_string(std::numeric_limits<std::ptrdiff_t>::max());
    const NpyArray array =
        load(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (" + rows + ", 0), }", {}));
    CHECK(array.size() == 0);
    CHECK(array.shape() == std::vector<std::size_t>{std::numeric_limits<std::ptrdiff_t>::max(), 0});
}

TEST_CASE("npy: the dictionary as anybody has ever written it") {
    const NpyArray expected = std::vector<std::uint8_t>{7, 8};
    for (const char* text : {"{'shape': (2,), 'fortran_order': False, 'descr': '|u1'}",
                             "{'descr':'|u1','fortran_order':False,'shape':(2,)}",
                             "{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (2,), }\n",
                             " { 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( 2 , ) , } \n",
                             "{'descr': '|u1', 'fortran_order': False, 'shape': (2L,), }   \n",
                             "{'descr': '|u1', 'fortran_order': True,\n 'shape': (2,), }"}) {
        CAPTURE(text);
        CHECK(load(npy(text, {7, 8})) == expected);
    }
}

TEST_CASE("npy: every malformed header gets its own line") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "offset 10: expected '{' (the dictionary of the header), found the end of the header"},
        {"[]", "offset 10: expected '{'"},
        {"{", "expected a key of the header in quotes, found the end of the header"},
        {"{'descr", "expected the closing quote of a key of the header"},
        {"{'descr' '<f4'", "expected ':' (a value), found '''"},
        {"{'descr': 4", "offset 20: expected a dtype in quotes, found '4'"},
        {"{'descr': '<f4' 'shape'", "expected '}' (the end of the dictionary)"},
        {"{'descr': '<f4', 'descr': '<f4'}", "once each, found 'descr'"},
        {"{'descr': '<f4', 'colour': 1}", "once each, found 'colour'"},
        {"{'descr': '<f4', 'shape': (2,)}",
         "expected the keys descr, fortran_order and shape, found the end"},
        {"{'fortran_order': true}", "expected True or False, found 't'"},
        {"{'fortran_order': 0}", "expected True or False, found '0'"},
        {"{'shape': 2}", "expected '(' (the shape), found '2'"},
        {"{'shape': (2)}", "expected a tuple, which of one element has a comma, found (2)"},
        {"{'shape': (2 3)}", "expected ',' or ')' in the shape, found '3'"},
        {"{'shape': (,)}", "expected a size, found ','"},
        {"{'shape': (-1,)}", "expected a size, found '-'"},
        {"{'shape': (2.0,)}", "expected ',' or ')' in the shape, found '.'"},
        {"{'shape': (1, 2, 3, 4, 5, 6, 7)}",
         "expected at most 6 dimensions, found 7: shape (1, 2, 3, 4, 5, 6, 7)"},
        {"{'shape': (99999999999999999999999,)}", "expected a size that memory can hold"},
        {"{'shape': (18446744073709551616,)}", "expected a size that memory can hold"},
        {"{'descr': '|O'}", "Python objects, which are pickled; unpickling runs code of the file"},
        {"{'descr': 'O8'}", "Python objects"},
        {"{'descr': [('a', '<f4')]}", "found a structured dtype"},
        {"{'descr': '<f2'}", "found dtype '<f2'"},
        {"{'descr': '<c8'}", "found dtype '<c8'"},
        {"{'descr': '<U5'}", "found dtype '<U5'"},
        {"{'descr': '<M8[s]'}", "found dtype '<M8[s]'"},
        {"{'descr': ''}", "found dtype ''"},
        {"{'descr': '<'}", "found dtype '<'"},
        {"{'descr': '\x1b[2J'}", "found dtype '?[2J'"},
        {dictionary("<f4", "False", "(2,)") + "x", "expected blanks up to the end of the header, found 'x'"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_THAT(refusal_of_header(text), ContainsSubstring(expected));
    }
}

TEST_CASE("npy: what is wrong around the header") {
    const Bytes right = npy(dictionary("<f4", "False", "(2,)"), {0, 0, 128, 63, 0, 0, 0, 64});
    CHECK(refusal({}) == "offset 0: expected 8 bytes of an .npy header, found nothing: it is empty");
    Bytes bytes = right;
    bytes[1] = 'n';
    CHECK_THAT(refusal(bytes), ContainsSubstring("offset 0: expected an .npy file"));
    CHECK_THAT(refusal(test::zip({{"a.npy", right}}).bytes), ContainsSubstring("found a zip archive"));
    bytes = right;
    bytes[6] = 4;
    CHECK_THAT(refusal(bytes), ContainsSubstring("offset 6: expected version 1.0, 2.0 or 3.0, found 4.0"));
    bytes[6] = 1;
    bytes[7] = 1;
    CHECK_THAT(refusal(bytes), ContainsSubstring("found 1.1"));
    bytes = npy(dictionary("<f4", "False", "(2,)"), {}, 2);
    test::poke(bytes, 8, 0xffffffff, 4);
    CHECK_THAT(refusal(bytes),
               ContainsSubstring("offset 8: expected a header of at most 65536 bytes, found 4294967295"));
    bytes = right;
    test::poke(bytes, 8, 1000, 2);
    CHECK_THAT(refusal(bytes), ContainsSubstring("offset 10: expected 1000 bytes of the header, found 126"));
    CHECK_THAT(refusal(joined(right, {0})),
               ContainsSubstring("offset 128: expected 8 bytes of float32 elements of shape (2,), found 9"));
    CHECK_THAT(refusal(npy(dictionary("|b1", "False", "(3,)"), {0, 1, 2})),
               ContainsSubstring("offset 130: expected a bool, 0 or 1, found 2"));
}

// The header is believed only after the file's size: none of these allocates what it promises.
TEST_CASE("npy: promises that the file does not keep") {
    // 2^63 - 1, or 2^31 - 1 where a size has 32 bits.
    using Limits = std::numeric_limits<std::ptrdiff_t>;
    const std::string most = std::to_string(Limits::max());
    const std::string too_many = "expected more than 2^" + std::to_string(Limits::digits) + " bytes";
    CHECK_THAT(refusal(npy(dictionary("<f8", "False", "(1000, 100000)"), {0})),
               ContainsSubstring("expected 800000000 bytes"));
    CHECK_THAT(refusal(npy(dictionary("<f8", "False", "(1000000000, 1000000)"), {0})),
               ContainsSubstring(Limits::digits == 63 ? "expected 8000000000000000 bytes" : too_many));
    CHECK_THAT(refusal(npy(dictionary("<f8", "False", "(" + most + ", 4)"), {0})),
               ContainsSubstring(too_many));
    CHECK(load(npy(dictionary("<f8", "False", "(0, " + most + ")"), {})).size() == 0);
}

TEST_CASE("npy: every truncation is an IoError") {
    const Bytes right = npy(dictionary("<f4", "False", "(2,)"), {0, 0, 128, 63, 0, 0, 0, 64});
    std::string loaded;
    for (std::size_t n = 0; n < right.size(); ++n) {
        if (refusal(Bytes(right.begin(), right.begin() + static_cast<std::ptrdiff_t>(n))) == "(no IoError)") {
            loaded += std::to_string(n) + " ";
        }
    }
    CHECK(loaded.empty());
}

// Elements have no checksum here, and a flipped bit of the header may still make sense; anything but an array
// or an IoError escapes and fails the test.
TEST_CASE("npy: a flipped bit gives an array or an IoError") {
    const TempDirectory directory;
    const Bytes right = npy(dictionary("<f4", "False", "(2, 1)"), {0, 0, 128, 63, 0, 0, 0, 64});
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < 8 * right.size(); ++bit) {
        Bytes bytes = right;
        bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        const std::string path = directory.write("a.npy", bytes);
        refused += io_error([&] { load_npy(path); }) == "(no IoError)" ? 0 : 1;
    }
    CHECK(refused > right.size());
}

TEST_CASE("npy: what is no file") {
    const TempDirectory directory;
    CHECK_THAT(io_error([&] { load_npy(directory.path("none")); }), ContainsSubstring("No such file"));
    CHECK_THAT(io_error([&] { load_npy(directory.path()); }), ContainsSubstring("found a directory"));
    CHECK_THAT(io_error([] { load_npy(test::kNoFile); }),
               ContainsSubstring("expected a file, found a device"));
}

}  // namespace
}  // namespace thalweg
