// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Raw deflate streams, as zip members hold them, by way of zlib.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace thalweg::io {

// Whether this build can deflate and inflate at all.
bool have_deflate() noexcept;

// Inflates bytes that come in order from `source`, which fills a span as far as there are bytes.
class Inflater {
public:
    using Source = std::function<std::size_t(std::span<std::uint8_t>)>;

    // throws   std::logic_error without zlib: ask have_deflate() first
    explicit Inflater(Source source);
    ~Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;

    // Fills `out` as far as the stream goes; fewer only at its end or at damage, which fault() then names.
    std::size_t read(std::span<std::uint8_t> out);

    // What is wrong with the stream; empty: nothing so far.
    const std::string& fault() const noexcept;
    // Compressed bytes used so far.
    std::uint64_t consumed() const noexcept;
    // The stream has come to its end by itself.
    bool ended() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The bytes deflated at zlib's default level; none where that makes them no shorter.
// throws   std::logic_error without zlib
std::optional<std::vector<std::uint8_t>> deflated(std::span<const std::uint8_t> bytes);

}  // namespace thalweg::io
