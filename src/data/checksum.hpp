// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Whether two machines have the same data, without sending it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/crc32.hpp"
#include "thalweg/samples.hpp"

namespace thalweg::data {

class Checksum {
public:
    template <class T>
    void add(const T* values, std::size_t n) {
        crc_ = io::crc32(crc_, {reinterpret_cast<const std::uint8_t*>(values), n * sizeof(T)});
    }
    std::string text() const {
        constexpr char kDigits[] = "0123456789abcdef";
        std::string text(8, '0');
        for (std::size_t i = 0; i < 8; ++i) {
            text[7 - i] = kDigits[crc_ >> (4 * i) & 15U];
        }
        return text;
    }

private:
    std::uint32_t crc_ = 0;
};

// Of all rows: pixels as bytes, features as numbers, with labels or targets.
template <class T>
Checksum checksum(const Samples<T>& samples);

}  // namespace thalweg::data
