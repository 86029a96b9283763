// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The journal's file: lines of text that say what it belongs to, an empty line, x, a checksum; then records
// of one size: key, values, checksum. Numbers are the machine's. A record is one write() behind the last:
// what a killed process leaves is whole up to the last one.
#include "differentiate/seam/journal.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include "differentiate/text.hpp"
#include "io/atomic_file.hpp"
#include "io/crc32.hpp"
#include "io/input_file.hpp"
#include "io/posix.hpp"
#include "thalweg/error.hpp"

namespace thalweg::detail {
namespace {

constexpr std::string_view kMagic = "thalweg journal 1";
constexpr std::size_t kKeyBytes = sizeof(Journal::Key);
constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);

template <class Number>
std::span<const std::uint8_t> bytes_of(std::span<const Number> numbers) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size_bytes()};
}

std::string lines_of(const Journal::Owner& owner) {
    for (const std::string* text : {&owner.function, &owner.method}) {
        if (text->find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
            throw std::invalid_argument(owner.op + ": Evaluations::function must be one line, found \"" +
                                        *text + "\"");
        }
    }
    std::string text(kMagic);
    text += "\nbyte order ";
    text += std::endian::native == std::endian::little ? "little" : "big";
    text += "\nfunction " + owner.function + "\nderivative " + owner.op + "\nmethod " + owner.method +
            "\nvariables " + std::to_string(owner.x.size()) + "\noutputs " + std::to_string(owner.outputs) +
            "\n\n";
    return text;
}

std::uint32_t checksum(std::span<const std::uint8_t> bytes) noexcept {
    return io::crc32(0, bytes);
}

std::string_view line(std::string_view text) noexcept {
    return text.substr(0, text.find('\n'));
}

// What the line says, and the line itself where it says nothing in a journal.
std::string quoted(std::string_view text) {
    constexpr std::size_t kShown = 200;
    std::string shown = "\"";
    for (const char c : text.substr(0, kShown)) {
        shown += c >= ' ' && c <= '~' ? c : '?';
    }
    return shown + (text.size() > kShown ? "...\"" : "\"");
}

std::uint64_t mixed(std::uint64_t state, std::uint64_t with) noexcept {
    // source: splitmix64's finalizer
    state ^= with + 0x9e3779b97f4a7c15U;
    state = (state ^ (state >> 30U)) * 0xbf58476d1ce4e5b9U;
    state = (state ^ (state >> 27U)) * 0x94d049bb133111ebU;
    return state ^ (state >> 31U);
}

}  // namespace

Journal::Key Journal::key(const Points& points, std::size_t k) noexcept {
    const Points::Point& point = points.points[k];
    Key key{point.count, ~std::uint64_t{0}};
    for (std::size_t c = 0; c < point.count; ++c) {
        const auto to = std::bit_cast<std::uint64_t>(points.to[point.first + c]);
        key.low = mixed(mixed(key.low, point.variables[c]), to);
        key.high = mixed(mixed(key.high, to), point.variables[c]);
    }
    return key;
}

Journal::Journal(const std::string& path, const Owner& owner) : path_(path), outputs_(owner.outputs) {
    std::string header = lines_of(owner);
    const auto x = bytes_of(owner.x);
    header.append(reinterpret_cast<const char*>(x.data()), x.size());
    const std::uint32_t sum = checksum(bytes_of(std::span<const char>(header)));
    header.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    record_.resize(kKeyBytes + outputs_ * sizeof(double) + kChecksumBytes);
    struct posix::stat found = {};
    if (posix::stat(path.c_str(), &found) != 0 || (S_ISREG(found.st_mode) && found.st_size == 0)) {
        create(header);
    }
    do {
        descriptor_ = posix::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    } while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) {
        fail("cannot be written");
    }
    try {
        // A file system without locks is no reason to do without a journal.
        if (!posix::keep_to_oneself(descriptor_)) {
            throw IoError(path_ + ": expected a journal of this run alone, found it in use by another one");
        }
        const std::size_t whole = read(header, owner);
        if (posix::ftruncate(descriptor_, static_cast<posix::off_t>(whole)) != 0) {
            fail("cannot be cut behind its last whole record");
        }
    } catch (...) {
        posix::close(descriptor_);
        throw;
    }
}

Journal::~Journal() {
    posix::fsync(descriptor_);
    posix::close(descriptor_);
}

void Journal::fail(const char* what) const {
    throw IoError(path_ + ": " + what + ": " + std::strerror(errno));
}

void Journal::create(const std::string& header) {
    io::AtomicFile file(path_);
    file.write(std::string_view(header));
    file.commit();
}

// Rejects the journal of something else; returns the bytes of its header and whole records.
std::size_t Journal::read(const std::string& header, const Owner& owner) {
    const io::InputFile file(path_);
    const auto size = static_cast<std::size_t>(file.size());
    std::vector<std::uint8_t> bytes(std::min(header.size(), size));
    file.read(0, bytes);
    const std::string_view found(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::string_view rest = found;
    std::string_view mine = header;
    if (line(rest) != kMagic) {
        throw IoError(path_ + ": expected a journal, found a file that begins with " + quoted(line(rest)));
    }
    for (; !line(mine).empty(); mine.remove_prefix(line(mine).size() + 1)) {
        if (line(rest) != line(mine)) {
            throw IoError(path_ + ": expected a journal of " + quoted(line(mine)) + ", found one of " +
                          quoted(line(rest)));
        }
        rest.remove_prefix(std::min(rest.size(), line(rest).size() + 1));
    }
    for (std::size_t i = 0; found.size() == header.size() && i < owner.x.size(); ++i) {
        double other = 0.0;
        std::memcpy(&other, rest.data() + 1 + i * sizeof other, sizeof other);
        if (std::bit_cast<std::uint64_t>(other) != std::bit_cast<std::uint64_t>(owner.x[i])) {
            throw IoError(path_ + ": expected a journal of x[" + std::to_string(i) +
                          "] = " + number_text(owner.x[i]) + ", found one of " + number_text(other));
        }
    }
    if (found != header) {
        throw IoError(path_ + ": expected a journal, found one whose beginning is damaged");
    }
    const std::size_t records = (size - header.size()) / record_.size();
    std::vector<double> values(outputs_);
    for (std::size_t k = 0; k < records; ++k) {
        file.read(header.size() + k * record_.size(), record_);
        std::uint32_t sum = 0;
        const std::size_t covered = record_.size() - kChecksumBytes;
        std::memcpy(&sum, record_.data() + covered, sizeof sum);
        if (sum != checksum(std::span(record_).first(covered))) {
            ++rejected_;
            continue;
        }
        Key key{};
        std::memcpy(&key, record_.data(), sizeof key);
        std::memcpy(values.data(), record_.data() + kKeyBytes, outputs_ * sizeof(double));
        if (places_.emplace(key, values_.size()).second) {
            values_.insert(values_.end(), values.begin(), values.end());
        }
    }
    return header.size() + records * record_.size();
}

const double* Journal::find(const Key& key) const noexcept {
    const auto place = places_.find(key);
    return place == places_.end() ? nullptr : values_.data() + place->second;
}

void Journal::append(const Key& key, std::span<const double> values) {
    std::memcpy(record_.data(), &key, sizeof key);
    std::memcpy(record_.data() + kKeyBytes, values.data(), values.size_bytes());
    const std::size_t covered = record_.size() - kChecksumBytes;
    const std::uint32_t sum = checksum(std::span(record_).first(covered));
    std::memcpy(record_.data() + covered, &sum, sizeof sum);
    write(record_);
}

void Journal::write(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const posix::ssize_t count = posix::write(descriptor_, bytes.data(), bytes.size());
        if (count > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            fail("writing failed");
        }
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - synced_ >= std::chrono::seconds(1)) {
        posix::fsync(descriptor_);
        synced_ = now;
    }
}

}  // namespace thalweg::detail
