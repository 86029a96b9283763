// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// zlib's raw streams: window bits below zero, no header and no checksum of its own.
#include "io/deflate.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>
#include <utility>

#include "thalweg_config.hpp"

#ifdef THALWEG_HAS_ZLIB
#include <zlib.h>
#endif

namespace thalweg::io {

#ifdef THALWEG_HAS_ZLIB

namespace {
constexpr int kRawWithLargestWindow = -15;
constexpr std::size_t kLargestStep = std::size_t{1} << 30;  // zlib counts in unsigned int
}  // namespace

bool have_deflate() noexcept {
    return true;
}

struct Inflater::State {
    explicit State(Source from) : source(std::move(from)) {
        if (inflateInit2(&stream, kRawWithLargestWindow) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~State() { inflateEnd(&stream); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void refill() {
        if (stream.avail_in == 0) {
            const std::size_t count = source(std::span<std::uint8_t>(buffer));
            fetched += count;
            stream.next_in = buffer.data();
            stream.avail_in = static_cast<uInt>(count);
        }
    }

    void check(int status) {
        if (status == Z_STREAM_END) {
            ended = true;
        } else if (status == Z_MEM_ERROR) {
            throw std::bad_alloc();
        } else if (status == Z_BUF_ERROR) {
            fault = "the end of the compressed bytes";
        } else if (status != Z_OK) {
            fault = stream.msg != nullptr ? stream.msg : "damage";
        }
    }

    Source source;
    z_stream stream{};
    std::array<std::uint8_t, 65536> buffer;
    std::uint64_t fetched = 0;
    std::string fault;
    bool ended = false;
};

std::size_t Inflater::read(std::span<std::uint8_t> out) {
    State& state = *state_;
    std::size_t done = 0;
    while (done < out.size() && !state.ended && state.fault.empty()) {
        state.refill();
        const auto room = static_cast<uInt>(std::min(out.size() - done, kLargestStep));
        state.stream.next_out = out.data() + done;
        state.stream.avail_out = room;
        const int status = inflate(&state.stream, Z_NO_FLUSH);
        done += room - state.stream.avail_out;
        state.check(status);
    }
    return done;
}

std::uint64_t Inflater::consumed() const noexcept {
    return state_->fetched - state_->stream.avail_in;
}

std::optional<std::vector<std::uint8_t>> deflated(std::span<const std::uint8_t> bytes) {
    constexpr int kUsualMemory = 8;
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawWithLargestWindow, kUsualMemory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc();
    }
    struct End {
        z_stream* stream;
        ~End() { deflateEnd(stream); }
    };
    const End end{&stream};
    std::vector<std::uint8_t> out(bytes.size());
    std::size_t used = 0;
    std::size_t done = 0;
    int status = Z_OK;
    while (status == Z_OK && done < out.size()) {
        const std::size_t step = std::min(bytes.size() - used, kLargestStep);
        const std::size_t room = std::min(out.size() - done, kLargestStep);
        stream.next_in =
            const_cast<Bytef*>(bytes.data() + used);  // zlib reads through a pointer to non-const
        stream.avail_in = static_cast<uInt>(step);
        stream.next_out = out.data() + done;
        stream.avail_out = static_cast<uInt>(room);
        status = deflate(&stream, used + step == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
        used += step - stream.avail_in;
        done += room - stream.avail_out;
    }
    if (status != Z_STREAM_END || done >= bytes.size()) {
        return std::nullopt;
    }
    out.resize(done);
    return out;
}

#else

namespace {
[[noreturn]] void fail() {
    throw std::logic_error("this build has no zlib");
}
}  // namespace

bool have_deflate() noexcept {
    return false;
}

struct Inflater::State {
    explicit State(const Source&) { fail(); }
    std::string fault;
    bool ended = false;
};

std::size_t Inflater::read(std::span<std::uint8_t>) {
    fail();
}

std::uint64_t Inflater::consumed() const noexcept {
    return 0;
}

std::optional<std::vector<std::uint8_t>> deflated(std::span<const std::uint8_t>) {
    fail();
}

#endif

Inflater::Inflater(Source source) : state_(std::make_unique<State>(std::move(source))) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

const std::string& Inflater::fault() const noexcept {
    return state_->fault;
}

bool Inflater::ended() const noexcept {
    return state_->ended;
}

}  // namespace thalweg::io
