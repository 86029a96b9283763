// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 8-bit images for products that leave out zero pixels: which are not zero, by rows and by columns, and what
// number a pixel stands for. Nothing is ever converted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/layers/layers.hpp"
#include "thalweg/images.hpp"

namespace thalweg::nn {

inline constexpr std::size_t kWordBits = 64;

constexpr std::size_t words_of(std::size_t bits) noexcept {
    return (bits + kWordBits - 1) / kWordBits;
}

// What the 256 pixels stand for: the quotients of gather().
template <class T>
struct PixelValues {
    T of[256];

    PixelValues();
};

// Whether zeros may be left out: 0 * Inf is NaN, so the weights that they would meet must be finite.
template <class T>
bool zeros_may_be_left_out(Layers<const T> layers) noexcept;

// A batch of images, each padded to whole words of bits.
class PixelBatch {
public:
    // Memory for it. Buffers grow with the first batch and stay.
    // throws   std::bad_alloc
    void prepare(std::size_t image_size, std::size_t rows);
    // Rows first to last - 1 of the batch become those images of the data set, with their labels.
    void gather(const Dataset& data, std::span<const std::size_t> images, std::size_t first,
                std::size_t last) noexcept;
    // The bits of pixels first to last - 1 by columns, once all rows are there.
    void list_columns(std::size_t first, std::size_t last) noexcept;

    std::size_t rows() const noexcept { return labels_.size(); }
    const int* labels() const noexcept { return labels_.data(); }
    const std::uint8_t* row(std::size_t i) const noexcept { return pixels_.data() + i * row_bytes(); }
    std::size_t row_bytes() const noexcept { return row_words_ * kWordBits; }
    // Of row i: which pixels are not zero.
    const std::uint64_t* row_bits(std::size_t i) const noexcept { return row_bits_.data() + i * row_words_; }
    std::size_t row_words() const noexcept { return row_words_; }
    // Of pixel p: in which rows it is not zero.
    const std::uint64_t* column_bits(std::size_t p) const noexcept {
        return column_bits_.data() + p * column_words_;
    }
    std::size_t column_words() const noexcept { return column_words_; }

private:
    std::size_t row_words_ = 0;
    std::size_t column_words_ = 0;
    std::vector<std::uint8_t> pixels_;
    std::vector<std::uint64_t> row_bits_;
    std::vector<std::uint64_t> column_bits_;
    std::vector<int> labels_;
};

}  // namespace thalweg::nn
