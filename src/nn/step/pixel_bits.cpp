// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/step/pixel_bits.hpp"

#include <algorithm>
#include <cstring>

#include "core/float_control.hpp"
#include "core/prefetch.hpp"
#include "dispatch/dispatch.hpp"

namespace thalweg::nn {
namespace {

// Images drawn at random come from memory: without this most of gathering is waiting.
constexpr std::size_t kImagesAhead = 6;
void prefetch(std::span<const std::uint8_t> image) {
    for (std::size_t at = 0; at < image.size(); at += 64) {
        core::prefetch(image.data() + at);
    }
}

}  // namespace

template <class T>
PixelValues<T>::PixelValues() {
    std::uint8_t all[256];
    for (std::size_t i = 0; i < 256; ++i) {
        all[i] = static_cast<std::uint8_t>(i);
    }
    const core::FloatControlScope standard;
    dispatch::active<T>().pixels(all, true, of, 256);
}

template <class T>
bool zeros_may_be_left_out(Layers<const T> layers) noexcept {
    const MatrixView<const T> w = layers.front().W;
    return dispatch::active<T>().all_finite(w.data(), w.size());
}

void PixelBatch::prepare(std::size_t image_size, std::size_t rows) {
    row_words_ = words_of(image_size);
    column_words_ = words_of(rows);
    pixels_.resize(rows * row_bytes());
    row_bits_.resize(rows * row_words_);
    column_bits_.resize(row_bytes() * column_words_);
    labels_.resize(rows);
}

void PixelBatch::gather(const Dataset& data, std::span<const std::size_t> images, std::size_t first,
                        std::size_t last) noexcept {
    const auto nonzero_bits = dispatch::active_table().nonzero_bits;
    for (std::size_t i = first; i < std::min(first + kImagesAhead, last); ++i) {
        prefetch(data.image(images[i]));
    }
    for (std::size_t i = first; i < last; ++i) {
        if (i + kImagesAhead < last) {
            prefetch(data.image(images[i + kImagesAhead]));
        }
        const std::span<const std::uint8_t> image = data.image(images[i]);
        std::uint8_t* const bytes = pixels_.data() + i * row_bytes();
        std::memcpy(bytes, image.data(), image.size());
        nonzero_bits(bytes, image.size(), row_bits_.data() + i * row_words_);
        labels_[i] = data.labels()[images[i]];
    }
}

void PixelBatch::list_columns(std::size_t first, std::size_t last) noexcept {
    const auto transpose_bits = dispatch::active_table().transpose_bits;
    for (std::size_t word = first / kWordBits; word * kWordBits < last; ++word) {
        for (std::size_t row = 0; row < rows(); row += kWordBits) {
            std::uint64_t block[kWordBits];
            transpose_bits(row_bits(row) + word, row_words_, std::min(kWordBits, rows() - row), block);
            const std::size_t begin = std::max(first, word * kWordBits);
            const std::size_t end = std::min(last, (word + 1) * kWordBits);
            for (std::size_t p = begin; p < end; ++p) {
                column_bits_[p * column_words_ + row / kWordBits] = block[p % kWordBits];
            }
        }
    }
}

template struct PixelValues<float>;
template struct PixelValues<double>;
template bool zeros_may_be_left_out(Layers<const float>) noexcept;
template bool zeros_may_be_left_out(Layers<const double>) noexcept;

}  // namespace thalweg::nn
