// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Stored and deflated members behind one way of reading.
#include "io/array_stream.hpp"

#include <algorithm>

#include "io/crc32.hpp"
#include "io/message.hpp"
#include "thalweg/error.hpp"

namespace thalweg::io {

ArrayStream::ArrayStream(const InputFile& file) : file_(&file), stored_(file.size()), bytes_(file.size()) {}

ArrayStream::ArrayStream(const InputFile& file, const ZipEntry& entry)
    : file_(&file),
      name_(entry.name),
      begin_(entry.data_offset),
      stored_(entry.stored_bytes),
      bytes_(entry.bytes),
      expected_crc_(entry.crc) {
    if (!entry.deflated) {
        return;
    }
    if (!have_deflate()) {
        file.fail(entry.header_offset, "a stored member, for this build has no zlib",
                  "\"" + printable(entry.name) + "\", a deflated one");
    }
    inflater_.emplace([this](std::span<std::uint8_t> out) {
        const std::size_t count = std::min<std::uint64_t>(out.size(), stored_ - taken_);
        file_->read(begin_ + taken_, out.first(count));
        taken_ += count;
        return count;
    });
}

void ArrayStream::fetch(std::span<std::uint8_t> out) {
    if (!inflater_) {
        file_->read(begin_ + offset_, out);
    } else if (const std::size_t count = inflater_->read(out); count < out.size()) {
        const std::string fault = inflater_->ended() ? "the end of the deflate stream" : inflater_->fault();
        fail(offset_ + count, "a deflate stream of " + std::to_string(bytes_) + " inflated bytes", fault);
    }
    offset_ += out.size();
    if (expected_crc_) {
        crc_ = crc32(crc_, out);
    }
}

void ArrayStream::read(std::span<std::uint8_t> out, const std::string& meaning) {
    if (out.size() > rest()) {
        const bool empty = bytes_ == 0;
        fail(offset_, std::to_string(out.size()) + " bytes of " + meaning,
             empty ? "nothing: it is empty" : std::to_string(rest()));
    }
    fetch(out);
}

std::vector<std::uint8_t> ArrayStream::read(std::uint64_t count, const std::string& meaning) {
    if (count > rest()) {
        fail(offset_, std::to_string(count) + " bytes of " + meaning, std::to_string(rest()));
    }
    constexpr std::uint64_t kStep = std::uint64_t{1} << 20;
    std::vector<std::uint8_t> bytes;
    while (bytes.size() < count) {
        const std::size_t done = bytes.size();
        const std::uint64_t step = inflater_ ? std::min(count - done, kStep) : count;
        if (bytes.capacity() < done + step) {
            bytes.reserve(std::min(count, std::max<std::uint64_t>(2 * done, done + step)));
        }
        bytes.resize(done + step);
        fetch(std::span<std::uint8_t>(bytes).subspan(done));
    }
    return bytes;
}

// The stream must end where the directory says, on both sides.
void ArrayStream::check_stream_end() {
    std::uint8_t beyond = 0;
    if (inflater_->read({&beyond, 1}) != 0) {
        fail(offset_, "the end of the deflate stream", "more bytes");
    }
    if (!inflater_->ended()) {
        fail(offset_, "the end of the deflate stream", inflater_->fault());
    }
    if (inflater_->consumed() != stored_) {
        fail(offset_, "a deflate stream of " + std::to_string(stored_) + " bytes",
             std::to_string(inflater_->consumed()));
    }
}

void ArrayStream::finish() {
    if (rest() != 0) {
        fail(offset_, "the end of the array", std::to_string(rest()) + " more bytes");
    }
    if (inflater_) {
        check_stream_end();
    }
    if (expected_crc_ && crc_ != *expected_crc_) {
        fail(0, "bytes of checksum " + hex(*expected_crc_), hex(crc_));
    }
}

void ArrayStream::fail(std::uint64_t offset, const std::string& expected, const std::string& found) const {
    if (name_.empty()) {
        file_->fail(offset, expected, found);
    }
    const std::string place =
        inflater_ ? "inflated offset " + std::to_string(offset) : "offset " + std::to_string(begin_ + offset);
    throw IoError(file_->path() + ": " + printable(name_) + ": " + place + ": expected " + expected +
                  ", found " + found);
}

}  // namespace thalweg::io
