// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A file of finished evaluations. It begins with what they belong to; every record has a checksum, and is
// found by what its point differs from x in, so that the order of records means nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "thalweg/finite_differences.hpp"

namespace thalweg::detail {

class Journal {
public:
    // What a journal belongs to.
    struct Owner {
        std::string op;
        std::string function;
        std::string method;
        std::size_t outputs;
        std::span<const double> x;
    };
    // Reads the file that is there, drops what was cut off, and goes on behind it.
    /// throws   IoError when it belongs to another owner, saying what differs, or cannot be used
    Journal(const std::string& path, const Owner& owner);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    struct Key {
        std::uint64_t low;
        std::uint64_t high;
        friend bool operator==(const Key&, const Key&) = default;
    };
    static Key key(const Points& points, std::size_t k) noexcept;

    // The values of a point; null where it has none.
    const double* find(const Key& key) const noexcept;
    void append(const Key& key, std::span<const double> values);
    std::size_t rejected() const noexcept { return rejected_; }

private:
    struct Hash {
        std::size_t operator()(const Key& key) const noexcept { return static_cast<std::size_t>(key.low); }
    };
    [[noreturn]] void fail(const char* what) const;
    void create(const std::string& header);
    std::size_t read(const std::string& header, const Owner& owner);
    void write(std::span<const std::uint8_t> bytes);

    std::string path_;
    std::size_t outputs_;
    std::size_t rejected_ = 0;
    int descriptor_ = -1;
    std::vector<double> values_{};
    std::unordered_map<Key, std::size_t, Hash> places_{};
    std::vector<std::uint8_t> record_{};
    std::chrono::steady_clock::time_point synced_{};
};

}  // namespace thalweg::detail
