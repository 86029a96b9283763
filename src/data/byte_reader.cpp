// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Opening, reading and inflating; zlib appears in this file only.
#include "data/byte_reader.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "thalweg/error.hpp"
#include "thalweg_config.hpp"

#ifdef THALWEG_HAS_ZLIB
#include <zlib.h>
#endif

namespace thalweg::data {

#ifdef THALWEG_HAS_ZLIB

// Inflates the members of a gzip file one after another; `source` delivers the compressed bytes.
class Inflater {
public:
    Inflater() {
        constexpr int kGzipWithLargestWindow = 15 + 16;
        if (inflateInit2(&stream_, kGzipWithLargestWindow) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    template <class Source, class Fail>
    std::size_t read(std::span<std::uint8_t> out, const Source& source, const Fail& fail) {
        std::size_t done = 0;
        while (done < out.size() && !ended_) {
            refill(source);
            if (member_ended_ && !next_member(fail)) {
                break;
            }
            const auto room = static_cast<uInt>(std::min(out.size() - done, kLargestStep));
            stream_.next_out = out.data() + done;
            stream_.avail_out = room;
            const int status = inflate(&stream_, Z_NO_FLUSH);
            done += room - stream_.avail_out;
            check(status, fail);
        }
        return done;
    }

private:
    static constexpr std::size_t kLargestStep = std::size_t{1} << 30;  // zlib counts in unsigned int

    std::uint64_t compressed_offset() const { return fetched_ - stream_.avail_in; }

    template <class Source>
    void refill(const Source& source) {
        if (stream_.avail_in == 0) {
            const std::size_t count = source(std::span<std::uint8_t>(buffer_));
            fetched_ += count;
            stream_.next_in = buffer_.data();
            stream_.avail_in = static_cast<uInt>(count);
        }
    }

    // After a member: false at the file's end, else on to the next. What is no gzip member, zlib rejects.
    template <class Fail>
    bool next_member(const Fail& fail) {
        if (stream_.avail_in == 0) {
            ended_ = true;
            return false;
        }
        member_ended_ = false;
        check(inflateReset(&stream_), fail);
        return true;
    }

    template <class Fail>
    void check(int status, const Fail& fail) {
        if (status == Z_STREAM_END) {
            member_ended_ = true;
        } else if (status == Z_BUF_ERROR) {
            fail(compressed_offset(), "more gzip data", "the file's end");
        } else if (status == Z_MEM_ERROR) {
            throw std::bad_alloc();
        } else if (status != Z_OK) {
            fail(compressed_offset(), "intact gzip data", stream_.msg != nullptr ? stream_.msg : "damage");
        }
    }

    z_stream stream_{};
    std::array<std::uint8_t, 65536> buffer_;
    std::uint64_t fetched_ = 0;
    bool member_ended_ = false;
    bool ended_ = false;
};

#else

class Inflater {
public:
    template <class Source, class Fail>
    std::size_t read(std::span<std::uint8_t>, const Source&, const Fail&) {
        return 0;
    }
};

#endif

ByteReader::ByteReader(const std::string& path, io::Pipes pipes)
    : ByteReader(std::make_unique<io::InputFile>(path, pipes)) {}

ByteReader::ByteReader(const std::string& name, std::span<const std::uint8_t> bytes)
    : ByteReader(std::make_unique<io::InputFile>(name, bytes)) {}

ByteReader::ByteReader(std::unique_ptr<io::InputFile> file) : file_(std::move(file)) {
    std::array<std::uint8_t, 2> start{};
    const bool gzip = read_file(start) == 2 && start[0] == 0x1f && start[1] == 0x8b;
    fetched_ = 0;
    if (gzip) {
#ifdef THALWEG_HAS_ZLIB
        inflater_ = std::make_unique<Inflater>();
#else
        fail(0, "an uncompressed file, for this build has no zlib", "gzip (1f 8b); gunzip it first");
#endif
    }
}

ByteReader::~ByteReader() = default;

void ByteReader::check_unchanged() const {
    file_->check_unchanged();
}

std::size_t ByteReader::read_file(std::span<std::uint8_t> out) {
    const std::size_t count = std::min<std::uint64_t>(out.size(), file_->size() - fetched_);
    file_->read(fetched_, out.first(count));
    fetched_ += count;
    return count;
}

std::size_t ByteReader::read(std::span<std::uint8_t> out) {
    const auto source = [this](std::span<std::uint8_t> bytes) { return read_file(bytes); };
    const auto damaged = [this](std::uint64_t at, const std::string& expected, const std::string& found) {
        throw IoError(file_->path() + ": compressed offset " + std::to_string(at) + ": expected " + expected +
                      ", found " + found);
    };
    const std::size_t count = inflater_ ? inflater_->read(out, source, damaged) : read_file(out);
    offset_ += count;
    return count;
}

std::optional<std::uint64_t> ByteReader::rest() const {
    if (inflater_) {
        return std::nullopt;
    }
    return file_->size() - offset_;
}

void ByteReader::fail(std::uint64_t offset, const std::string& expected, const std::string& found) const {
    file_->fail(offset, expected, found);
}

}  // namespace thalweg::data
