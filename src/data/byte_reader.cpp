// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Opening, reading and inflating; zlib appears in this file only.
#include "data/byte_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>

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

std::string not_a_file(const std::string& path) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    switch (status.type()) {
        case std::filesystem::file_type::regular:
            return "";
        case std::filesystem::file_type::directory:
            return "a directory";
        case std::filesystem::file_type::not_found:
            return "no such file or directory";
        case std::filesystem::file_type::none:
            return error.message();
        default:
            return "a device, pipe or socket";
    }
}

ByteReader::ByteReader(const std::string& path) : path_(path) {
    if (const std::string found = not_a_file(path); !found.empty()) {
        throw IoError(path + ": expected a file, found " + found);
    }
    std::error_code gone;
    modified_ = std::filesystem::last_write_time(path, gone);  // before opening: what comes after is seen
    errno = 0;
    file_.open(path, std::ios::binary | std::ios::ate);
    const std::streamoff end = file_ ? static_cast<std::streamoff>(file_.tellg()) : -1;
    if (end < 0) {
        throw IoError(path + ": expected a readable file, found: " + std::strerror(errno));
    }
    file_bytes_ = static_cast<std::uint64_t>(end);
    file_.seekg(0);
    std::array<std::uint8_t, 2> start{};
    const bool gzip = read_file(start) == 2 && start[0] == 0x1f && start[1] == 0x8b;
    file_.clear();
    file_.seekg(0);
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
    std::error_code error;
    const auto modified = std::filesystem::last_write_time(path_, error);
    const std::uintmax_t bytes = error ? 0 : std::filesystem::file_size(path_, error);
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
        return;  // gone, the open file is what it was
    }
    if (error) {
        throw IoError(path_ + ": reading failed: " + error.message());
    }
    if (bytes != file_bytes_ || modified != modified_) {
        throw IoError(path_ + ": expected a file that stays as it is, found it changed while it was read");
    }
}

std::size_t ByteReader::read_file(std::span<std::uint8_t> out) {
    file_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
    if (file_.bad()) {
        throw IoError(path_ + ": reading failed: " + std::strerror(errno));
    }
    return static_cast<std::size_t>(file_.gcount());
}

std::size_t ByteReader::read(std::span<std::uint8_t> out) {
    const auto source = [this](std::span<std::uint8_t> bytes) { return read_file(bytes); };
    const auto damaged = [this](std::uint64_t at, const std::string& expected, const std::string& found) {
        throw IoError(path_ + ": compressed offset " + std::to_string(at) + ": expected " + expected +
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
    return file_bytes_ - std::min(offset_, file_bytes_);
}

void ByteReader::fail(std::uint64_t offset, const std::string& expected, const std::string& found) const {
    throw IoError(path_ + ": offset " + std::to_string(offset) + ": expected " + expected + ", found " +
                  found);
}

}  // namespace thalweg::data
