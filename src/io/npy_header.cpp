// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Source: numpy/lib/format.py, "Format Version 1.0" to "3.0". NumPy evaluates the dictionary as Python; here
// it is exactly the three keys in any order, with blanks and a comma at the end as Python allows them.
#include "io/npy_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "io/message.hpp"
#include "io/npy_array.hpp"
#include "thalweg/file_kind.hpp"

namespace thalweg::io {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
// Three keys and two numbers take 100 bytes; NumPy itself rejects headers beyond 10,000.
constexpr std::size_t kLongestHeader = 65536;
// More entries than this are not worth remembering: the message only says that there are too many.
constexpr std::size_t kMostListed = 32;

struct TypeCode {
    std::string_view code;
    DType dtype;
};
constexpr std::array<TypeCode, 11> kTypeCodes = {{{"b1", DType::kBool},
                                                  {"i1", DType::kInt8},
                                                  {"i2", DType::kInt16},
                                                  {"i4", DType::kInt32},
                                                  {"i8", DType::kInt64},
                                                  {"u1", DType::kUint8},
                                                  {"u2", DType::kUint16},
                                                  {"u4", DType::kUint32},
                                                  {"u8", DType::kUint64},
                                                  {"f4", DType::kFloat32},
                                                  {"f8", DType::kFloat64}}};

// Walks through the dictionary. Places in messages are offsets from the beginning of the array.
class Parser {
public:
    Parser(const ArrayStream& stream, std::string_view text, std::uint64_t offset)
        : stream_(&stream), text_(text), offset_(offset) {}

    NpyHeader dictionary() {
        NpyHeader header;
        bool have[3] = {};
        expect('{', "the dictionary of the header");
        while (!accept('}')) {
            blanks();
            const std::size_t at = at_;
            const std::string_view key = quoted("a key of the header");
            const std::size_t index = key == "descr"           ? 0
                                      : key == "fortran_order" ? 1
                                      : key == "shape"         ? 2
                                                               : 3;
            if (index == 3 || have[index]) {
                fail(at, "the keys descr, fortran_order and shape, once each", "'" + printable(key) + "'");
            }
            have[index] = true;
            expect(':', "a value");
            value(index, header);
            if (!accept(',')) {
                expect('}', "the end of the dictionary");
                break;
            }
        }
        if (!have[0] || !have[1] || !have[2]) {
            fail(at_, "the keys descr, fortran_order and shape", "the end without all of them");
        }
        blanks();
        if (at_ != text_.size()) {
            fail(at_, "blanks up to the end of the header", here());
        }
        return header;
    }

private:
    [[noreturn]] void fail(std::size_t at, const std::string& expected, const std::string& found) const {
        stream_->fail(offset_ + at, expected, found);
    }

    std::string here() const {
        return at_ == text_.size() ? "the end of the header" : "'" + printable(text_.substr(at_, 1)) + "'";
    }

    void blanks() {
        constexpr std::string_view kBlanks = " \t\n\r\f";
        at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    }

    bool accept(char letter) {
        blanks();
        if (at_ < text_.size() && text_[at_] == letter) {
            ++at_;
            return true;
        }
        return false;
    }

    void expect(char letter, const char* what) {
        if (!accept(letter)) {
            fail(at_, "'" + std::string(1, letter) + "' (" + what + ")", here());
        }
    }

    std::string_view quoted(const char* what) {
        blanks();
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        if (quote != '\'' && quote != '"') {
            fail(at_, std::string(what) + " in quotes", here());
        }
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) {
            fail(at_, std::string("the closing quote of ") + what, "the end of the header");
        }
        const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return inside;
    }

    void value(std::size_t index, NpyHeader& header) {
        blanks();
        if (index == 0) {
            descr(header);
        } else if (index == 1) {
            header.fortran_order = boolean();
        } else {
            header.shape = tuple();
        }
    }

    bool boolean() {
        for (const std::string_view word : {std::string_view("True"), std::string_view("False")}) {
            if (text_.substr(at_, word.size()) == word) {
                at_ += word.size();
                return word == "True";
            }
        }
        fail(at_, "True or False", here());
    }

    void descr(NpyHeader& header) {
        const std::size_t at = at_;
        if (at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '(')) {
            fail(at, "one of bool, int8 to int64, uint8 to uint64, float32, float64", "a structured dtype");
        }
        const std::string_view text = quoted("a dtype");
        const bool marked = !text.empty() && std::string_view("<>|=").find(text[0]) != std::string_view::npos;
        const std::string_view code = text.substr(marked ? 1 : 0);
        if (!code.empty() && code[0] == 'O') {
            fail(at, "an array of numbers",
                 "'" + printable(text) +
                     "': Python objects, which are pickled; unpickling runs code of the file");
        }
        const auto* const found = std::find_if(kTypeCodes.begin(), kTypeCodes.end(),
                                               [&](const TypeCode& type) { return type.code == code; });
        if (found == kTypeCodes.end()) {
            fail(at, "one of bool, int8 to int64, uint8 to uint64, float32, float64",
                 "dtype '" + printable(text) + "'");
        }
        header.dtype = found->dtype;
        // '=' and '|' mean the machine's order, as in NumPy.
        const char foreign = std::endian::native == std::endian::little ? '>' : '<';
        header.swapped = marked && text[0] == foreign && element_bytes(header.dtype) > 1;
    }

    std::size_t number() {
        blanks();
        const std::size_t at = at_;
        std::size_t result = 0;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
            const auto digit = static_cast<std::size_t>(text_[at_] - '0');
            if (result > (std::numeric_limits<std::size_t>::max() - digit) / 10) {
                fail(at, "a size that memory can hold", printable(text_.substr(at, at_ + 1 - at)) + "...");
            }
            result = 10 * result + digit;
            ++at_;
        }
        if (at_ == at) {
            fail(at, "a size", here());
        }
        // Python 2 wrote long integers as 3L.
        if (at_ < text_.size() && text_[at_] == 'L') {
            ++at_;
        }
        return result;
    }

    std::vector<std::size_t> tuple() {
        std::vector<std::size_t> shape;
        std::size_t count = 0;
        bool comma = true;
        const std::size_t at = at_;
        expect('(', "the shape");
        while (!accept(')')) {
            if (!comma) {
                fail(at_, "',' or ')' in the shape", here());
            }
            const std::size_t size = number();
            if (count++ < kMostListed) {
                shape.push_back(size);
            }
            comma = accept(',');
        }
        if (count == 1 && !comma) {
            fail(at, "a tuple, which of one element has a comma", "(" + std::to_string(shape[0]) + ")");
        }
        if (count > kMostDimensions) {
            fail(at, "at most " + std::to_string(kMostDimensions) + " dimensions",
                 std::to_string(count) + (count > kMostListed ? "" : ": shape " + shape_text(shape)));
        }
        return shape;
    }

    const ArrayStream* stream_;
    std::string_view text_;
    std::uint64_t offset_;
    std::size_t at_ = 0;
};

// Magic and version. What begins otherwise is named, if it can be.
std::vector<std::uint8_t> read_start(ArrayStream& stream) {
    constexpr std::uint64_t kStartBytes = 8;
    const std::uint64_t begin = stream.offset();
    std::vector<std::uint8_t> start = stream.read(std::min(stream.rest(), kStartBytes), "an .npy header");
    const bool npy =
        start.size() >= kMagic.size() && std::memcmp(start.data(), kMagic.data(), kMagic.size()) == 0;
    if (!npy && !start.empty()) {
        const std::uint64_t more = std::min<std::uint64_t>(stream.rest(), kFileKindBytes - start.size());
        const std::vector<std::uint8_t> behind = stream.read(more, "the file");
        start.insert(start.end(), behind.begin(), behind.end());
        const std::string kind = file_kind(start);
        if (!kind.empty() || start.size() >= kStartBytes) {
            stream.fail(begin, "an .npy file (93 'NUMPY')", kind.empty() ? "something else" : kind);
        }
    }
    if (start.size() < kStartBytes) {
        stream.fail(begin, std::to_string(kStartBytes) + " bytes of an .npy header",
                    start.empty() ? "nothing: it is empty" : std::to_string(start.size()));
    }
    return start;
}

}  // namespace

NpyHeader read_npy_header(ArrayStream& stream) {
    const std::uint64_t begin = stream.offset();
    const std::vector<std::uint8_t> start = read_start(stream);
    if (start[6] < 1 || start[6] > 3 || start[7] != 0) {
        stream.fail(begin + 6, "version 1.0, 2.0 or 3.0",
                    std::to_string(start[6]) + "." + std::to_string(start[7]));
    }
    std::array<std::uint8_t, 4> length_bytes{};
    const std::uint64_t length_at = stream.offset();
    stream.read(std::span<std::uint8_t>(length_bytes).first(start[6] == 1 ? 2 : 4), "the header's length");
    const std::size_t length = std::size_t{length_bytes[0]} | std::size_t{length_bytes[1]} << 8 |
                               std::size_t{length_bytes[2]} << 16 | std::size_t{length_bytes[3]} << 24;
    if (length > kLongestHeader) {
        stream.fail(length_at, "a header of at most " + std::to_string(kLongestHeader) + " bytes",
                    std::to_string(length));
    }
    const std::uint64_t text_at = stream.offset();
    const std::vector<std::uint8_t> text = stream.read(length, "the header");
    return Parser(stream, {reinterpret_cast<const char*>(text.data()), text.size()}, text_at).dictionary();
}

std::string npy_header(DType dtype, const std::vector<std::size_t>& shape) {
    constexpr std::size_t kPrefix = 10;      // magic, version 1.0, length
    constexpr std::size_t kBoundary = 64;    // where the elements begin: NumPy maps files into memory
    constexpr std::size_t kRoomToGrow = 21;  // NumPy leaves this many digits to the first size, for appending
    const char order = element_bytes(dtype) == 1                    ? '|'
                       : std::endian::native == std::endian::little ? '<'
                                                                    : '>';
    const auto* const type = std::find_if(kTypeCodes.begin(), kTypeCodes.end(),
                                          [&](const TypeCode& entry) { return entry.dtype == dtype; });
    std::string text = std::string("{'descr': '") + order + std::string(type->code) +
                       "', 'fortran_order': False, 'shape': " + shape_text(shape) + ", }";
    if (!shape.empty()) {
        text.append(kRoomToGrow - std::to_string(shape[0]).size(), ' ');
    }
    const std::size_t without_padding = kPrefix + text.size() + 1;
    text.append(kBoundary - without_padding % kBoundary, ' ');
    text += '\n';
    std::string header(kMagic);
    header += {'\1', '\0', static_cast<char>(text.size() & 0xffU), static_cast<char>(text.size() >> 8)};
    return header + text;
}

}  // namespace thalweg::io
