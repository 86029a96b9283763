// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One training step on pixels, most of them zero. Everything from the pixels of a row to its dz1 concerns
// that row alone, so a team needs a single barrier: then each part updates its share of the parameters, which
// sums over all rows. Start reading at run().
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/prefetch.hpp"
#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/buffers.hpp"
#include "nn/pixel_batch.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {
namespace {

using kernels::Kernels;
using kernels::NonzeroBlock;

constexpr std::size_t kWordBits = 64;
constexpr std::size_t kRowUnit = 16;    // rows: the groups that kernels take at a time stay whole
constexpr std::size_t kPixelUnit = 16;  // pixels: rows of W1
constexpr std::size_t kHiddenUnit = 16;

// Multiply-adds of the dense step a thread should have. Four fifths are left out, and a region with a barrier
// costs some 5 us.
constexpr std::size_t kGrain = 1'500'000;

// Pixels above this share are better not searched for: then dense products are faster.
constexpr double kMostlyZero = 0.5;
constexpr std::size_t kImagesLookedAt = 1000;

std::size_t words_of(std::size_t n) {
    return (n + kWordBits - 1) / kWordBits;
}

// Images drawn at random come from memory: without this most of gathering is waiting.
constexpr std::size_t kImagesAhead = 6;
void prefetch(std::span<const std::uint8_t> image) {
    for (std::size_t at = 0; at < image.size(); at += 64) {
        core::prefetch(image.data() + at);
    }
}

}  // namespace

bool mostly_zero(const Dataset& data) {
    const std::size_t step = std::max<std::size_t>(1, data.size() / kImagesLookedAt);
    std::size_t looked_at = 0;
    std::size_t nonzero = 0;
    for (std::size_t i = 0; i < data.size(); i += step) {
        for (const std::uint8_t pixel : data.image(i)) {
            nonzero += pixel != 0 ? 1 : 0;
        }
        looked_at += data.image_size();
    }
    return static_cast<double>(nonzero) < kMostlyZero * static_cast<double>(looked_at);
}

template <class T>
bool zeros_may_be_left_out(const TwoLayerNet<T>& net) {
    return dispatch::active<T>().all_finite(net.params.W1.data(), net.params.W1.size());
}

template <class T>
void PixelStep<T>::fit(const TwoLayerParams<T>& params, const Dataset& data, std::size_t batch) {
    constexpr std::size_t kLine = 64 / sizeof(T);
    const std::size_t padded_hidden = (params.hidden_size() + kLine - 1) / kLine * kLine;
    if (values_.empty()) {
        std::uint8_t all[256];
        for (std::size_t i = 0; i < 256; ++i) {
            all[i] = static_cast<std::uint8_t>(i);
        }
        values_.resize(256);
        dispatch::active<T>().pixels(all, true, values_.data(), 256);
    }
    image_words_ = words_of(data.image_size());
    batch_words_ = words_of(batch);
    image_bytes_ = image_words_ * kWordBits;
    bytes_.resize(batch * image_bytes_);
    row_bits_.resize(batch * image_words_);
    pixel_bits_.resize(image_bytes_ * batch_words_);
    labels_.resize(batch);
    losses_.resize(batch);
    picked_.resize(batch);
    nn::fit(z1_, batch, params.hidden_size());
    nn::fit(y_, batch, params.output_size());
    nn::fit(dy_, batch, params.output_size());
    nn::fit(dz1_, batch, padded_hidden);
    nn::fit(w2_transposed_, params.output_size(), params.hidden_size());
    nn::fit(grads_.b1, 1, params.hidden_size());
    nn::fit(grads_.W2, params.hidden_size(), params.output_size());
    nn::fit(grads_.b2, 1, params.output_size());
    batch_ = batch;
}

template <class T>
void PixelStep<T>::gather(const Dataset& data, std::span<const std::size_t> rows, std::size_t first,
                          std::size_t last) {
    const auto nonzero_bits = dispatch::active_table().nonzero_bits;
    for (std::size_t i = first; i < std::min(first + kImagesAhead, last); ++i) {
        prefetch(data.image(rows[i]));
    }
    for (std::size_t i = first; i < last; ++i) {
        if (i + kImagesAhead < last) {
            prefetch(data.image(rows[i + kImagesAhead]));
        }
        const std::span<const std::uint8_t> image = data.image(rows[i]);
        std::uint8_t* const bytes = bytes_.data() + i * image_bytes_;
        std::memcpy(bytes, image.data(), image.size());
        nonzero_bits(bytes, image.size(), row_bits_.data() + i * image_words_);
        labels_[i] = data.labels()[rows[i]];
    }
}

template <class T>
void PixelStep<T>::losses_of(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
        picked_[i] = row_of(y_, i)[static_cast<std::size_t>(labels_[i])];
    }
    dispatch::active<T>().log_loss(picked_.data() + first, losses_.data() + first, last - first);
}

template <class T>
void PixelStep<T>::output_gradient(const TwoLayerParams<T>& params, std::size_t first, std::size_t last) {
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t hidden = params.hidden_size();
    const std::size_t classes = params.output_size();
    kernel.gemm({last - first, hidden, classes, row_of(dy_, first), classes, 1, w2_transposed_.data(), hidden,
                 row_of(dz1_, first), dz1_.cols(), nullptr, 0});
    for (std::size_t i = first; i < last; ++i) {
        kernel.sigmoid_backward(row_of(z1_, i), row_of(dz1_, i), row_of(dz1_, i), hidden);
    }
}

template <class T>
void PixelStep<T>::forward_backward(const TwoLayerParams<T>& params, const Dataset& data,
                                    std::span<const std::size_t> rows, std::size_t first, std::size_t last) {
    if (first == last) {
        return;
    }
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t hidden = params.hidden_size();
    const std::size_t classes = params.output_size();
    gather(data, rows, first, last);
    NonzeroBlock<T> product{};
    product.m = last - first;
    product.n = hidden;
    product.x = bytes_.data() + first * image_bytes_;
    product.x_row = image_bytes_;
    product.x_col = 1;
    product.values = values_.data();
    product.bits = row_bits_.data() + first * image_words_;
    product.bits_row = image_words_;
    product.words = image_words_;
    product.b = params.W1.data();
    product.ldb = hidden;
    product.c = row_of(z1_, first);
    product.ldc = hidden;
    product.start = params.b1.data();
    kernel.gemm_nonzero(product);
    kernel.sigmoid(row_of(z1_, first), row_of(z1_, first), (last - first) * hidden);
    kernel.gemm({last - first, classes, hidden, row_of(z1_, first), hidden, 1, params.W2.data(), classes,
                 row_of(y_, first), classes, params.b2.data(), 0});
    kernel.softmax_loss({last - first, classes, row_of(y_, first), classes, labels_.data() + first,
                         static_cast<T>(batch_), row_of(y_, first), classes, row_of(dy_, first), classes,
                         losses_.data() + first});
    losses_of(first, last);
    output_gradient(params, first, last);
}

template <class T>
void PixelStep<T>::descend_pixels(TwoLayerParams<T>& params, T factor, std::size_t first, std::size_t last) {
    if (first == last) {
        return;
    }
    const auto transpose_bits = dispatch::active_table().transpose_bits;
    for (std::size_t word = first / kWordBits; word * kWordBits < last; ++word) {
        for (std::size_t row = 0; row < batch_; row += kWordBits) {
            std::uint64_t block[kWordBits];
            transpose_bits(row_bits_.data() + row * image_words_ + word, image_words_,
                           std::min(kWordBits, batch_ - row), block);
            const std::size_t begin = std::max(first, word * kWordBits);
            const std::size_t end = std::min(last, (word + 1) * kWordBits);
            for (std::size_t p = begin; p < end; ++p) {
                pixel_bits_[p * batch_words_ + row / kWordBits] = block[p % kWordBits];
            }
        }
    }
    NonzeroBlock<T> product{};
    product.m = last - first;
    product.n = params.hidden_size();
    product.x = bytes_.data() + first;
    product.x_row = 1;
    product.x_col = image_bytes_;
    product.values = values_.data();
    product.bits = pixel_bits_.data() + first * batch_words_;
    product.bits_row = batch_words_;
    product.words = batch_words_;
    product.b = dz1_.data();
    product.ldb = dz1_.cols();
    product.c = row_of(params.W1, first);
    product.ldc = params.hidden_size();
    product.descend = true;
    product.factor = factor;
    dispatch::active<T>().gemm_nonzero(product);
}

// Rows of W2 and elements of b1.
template <class T>
void PixelStep<T>::descend_hidden(TwoLayerParams<T>& params, T factor, std::size_t first, std::size_t last) {
    if (first == last) {
        return;
    }
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t hidden = params.hidden_size();
    const std::size_t classes = params.output_size();
    kernel.gemm({last - first, classes, batch_, z1_.data() + first, 1, hidden, dy_.data(), classes,
                 row_of(grads_.W2, first), classes, nullptr, 0});
    kernel.axpy(factor, row_of(grads_.W2, first), row_of(params.W2, first), (last - first) * classes);
    kernel.sum_rows(dz1_.data() + first, dz1_.cols(), batch_, last - first, grads_.b1.data() + first);
    kernel.axpy(factor, grads_.b1.data() + first, params.b1.data() + first, last - first);
}

template <class T>
typename PixelStep<T>::Outcome PixelStep<T>::run(TwoLayerNet<T>& net, const Dataset& data,
                                                 std::span<const std::size_t> rows, const Sgd& sgd) {
    TwoLayerParams<T>& params = net.params;
    const Kernels<T>& kernel = dispatch::active<T>();
    fit(params, data, rows.size());
    kernel.transpose(params.W2.data(), params.W2.cols(), params.W2.rows(), params.W2.cols(),
                     w2_transposed_.data(), params.W2.rows());
    const T factor = -static_cast<T>(sgd.lr);
    const std::size_t classes = params.output_size();
    std::atomic<bool> needs_zeros{false};
    const std::size_t work = rows.size() * params.W1.size() * 2;
    const auto rows_part = [&](parallel::Part part) {
        const auto [first, last] = part.share(batch_, kRowUnit);
        forward_backward(params, data, rows, first, last);
        if (first < last && !kernel.all_finite(row_of(dz1_, first), (last - first) * dz1_.cols())) {
            needs_zeros.store(true, std::memory_order_relaxed);
        }
    };
    const auto parameters_part = [&](parallel::Part part) {
        const double total = dispatch::active<double>().sum(losses_.data(), batch_);
        if (part.index == 0) {
            loss_ = total / static_cast<double>(batch_);
        }
        if (!std::isfinite(total) || needs_zeros.load(std::memory_order_relaxed)) {
            return;
        }
        const auto pixels = part.share(params.input_size(), kPixelUnit);
        const auto units = part.share(params.hidden_size(), kHiddenUnit);
        descend_pixels(params, factor, pixels.first, pixels.last);
        descend_hidden(params, factor, units.first, units.last);
        if (part.index + 1 == part.count) {
            kernel.sum_rows(dy_.data(), classes, batch_, classes, grads_.b2.data());
            kernel.axpy(factor, grads_.b2.data(), params.b2.data(), classes);
        }
    };
    parallel::run(parallel::team_size(work, kGrain), rows_part, parameters_part);
    if (!std::isfinite(loss_)) {
        return Outcome::kLossNotFinite;
    }
    return needs_zeros.load() ? Outcome::kNeedsZeros : Outcome::kDone;
}

template bool zeros_may_be_left_out(const TwoLayerNet<float>&);
template bool zeros_may_be_left_out(const TwoLayerNet<double>&);
template class PixelStep<float>;
template class PixelStep<double>;

}  // namespace thalweg::nn
