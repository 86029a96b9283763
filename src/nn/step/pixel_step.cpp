// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at run().
#include "nn/step/pixel_step.hpp"

#include <cmath>

#include "dispatch/dispatch.hpp"
#include "nn/optimize/sgd.hpp"
#include "nn/step/parameters.hpp"
#include "parallel/grain.hpp"

namespace thalweg::nn {
template <class T>
void PixelSgdStep<T>::prepare(Layers<T> layers, const Dataset& data, std::span<const std::size_t> rows,
                              const Sgd& sgd) {
    // The kernel reads dz of the first layer by whole cache lines.
    constexpr std::size_t kLine = 64 / sizeof(T);
    const std::size_t padded = (layers.front().outputs() + kLine - 1) / kLine * kLine;
    pixels_.prepare(data.image_size(), rows.size());
    gradient_.fit(layers, 1);
    pass_.prepare(layers, rows.size(), padded);
    scratch_size_ = nn::scratch_size<T>(pass_.layers(), rows.size(), 1);
    layers_ = layers;
    data_ = &data;
    rows_ = rows;
    factor_ = sgd_factor<T>(sgd);
    needs_zeros_.store(false);
}

template <class T>
typename PixelSgdStep<T>::Outcome PixelSgdStep<T>::run(Layers<T> layers, const Dataset& data,
                                                       std::span<const std::size_t> rows, const Sgd& sgd) {
    prepare(layers, data, rows, sgd);
    const std::size_t team = parallel::team_size(2 * rows.size() * row_work(layers), parallel::kPixelGrain);
    scratch_ = team_scratch<T>(scratch_size_ * team);
    TwoPhases::run(team);
    if (needs_zeros_.load()) {
        return Outcome::kNeedsZeros;
    }
    return std::isfinite(loss_) ? Outcome::kDone : Outcome::kLossNotFinite;
}

// From the pixels of a row to its dz. Whether W and dz are finite, so that zeros may be left out, is seen on
// the way: of W each thread looks at the rows that are its own in the second phase, which lie in its caches.
template <class T>
void PixelSgdStep<T>::row_phase(parallel::Part part) noexcept {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    const auto own = part.share(layers_.front().inputs(), kParameterUnit);
    const MatrixView<T> w = layers_.front().W;
    if (!kernel.all_finite(w.data() + own.first * w.ld(), (own.last - own.first) * w.ld())) {
        needs_zeros_.store(true, std::memory_order_relaxed);
    }
    const auto [first, last] = part.share(rows_.size(), kRowUnit);
    if (first < last) {
        pixels_.gather(*data_, rows_, first, last);
        sum_first_layer(first, last);
    }
    pass_.forward_back({.labels = pixels_.labels()}, part, scratch_ + part.index * scratch_size_);
    const MatrixView<T> dz = rows_of(pass_.dz(0), first, last);
    if (!kernel.all_finite(dz.data(), dz.rows() * dz.ld())) {
        needs_zeros_.store(true, std::memory_order_relaxed);
    }
}

template <class T>
void PixelSgdStep<T>::parameter_phase(parallel::Part part) noexcept {
    const double loss = pass_.loss();
    if (part.index == 0) {
        loss_ = loss;
    }
    if (!std::isfinite(loss) || needs_zeros_.load(std::memory_order_relaxed)) {
        return;
    }
    const auto [first, last] = part.share(layers_.front().inputs(), kParameterUnit);
    if (first < last) {
        descend_first_weights(first, last);
    }
    sum_and_descend(pass_, factor_, gradient_.layers(), layers_, part, scratch_ + part.index * scratch_size_);
}

// x W + b of rows first to last - 1.
template <class T>
void PixelSgdStep<T>::sum_first_layer(std::size_t first, std::size_t last) noexcept {
    const Dense<T>& layer = layers_.front();
    const MatrixView<T> z = pass_.z(0);
    dispatch::active<T>().gemm_nonzero({.m = last - first,
                                        .n = layer.outputs(),
                                        .x = pixels_.row(first),
                                        .x_row = pixels_.row_bytes(),
                                        .x_col = 1,
                                        .values = values_.of,
                                        .bits = pixels_.row_bits(first),
                                        .bits_row = pixels_.row_words(),
                                        .words = pixels_.row_words(),
                                        .b = layer.W.data(),
                                        .ldb = layer.W.ld(),
                                        .c = z.data() + first * z.ld(),
                                        .ldc = z.ld(),
                                        .start = layer.b.data(),
                                        .start_row = 0,
                                        .descend = false,
                                        .factor = T(0)});
}

// W's rows of pixels first to last - 1 move along x^T dz.
template <class T>
void PixelSgdStep<T>::descend_first_weights(std::size_t first, std::size_t last) noexcept {
    pixels_.list_columns(first, last);
    const MatrixView<T> w = layers_.front().W;
    const MatrixView<T> dz = pass_.dz(0);
    dispatch::active<T>().gemm_nonzero({.m = last - first,
                                        .n = w.cols(),
                                        .x = pixels_.row(0) + first,
                                        .x_row = 1,
                                        .x_col = pixels_.row_bytes(),
                                        .values = values_.of,
                                        .bits = pixels_.column_bits(first),
                                        .bits_row = pixels_.column_words(),
                                        .words = pixels_.column_words(),
                                        .b = dz.data(),
                                        .ldb = dz.ld(),
                                        .c = w.data() + first * w.ld(),
                                        .ldc = w.ld(),
                                        .start = nullptr,
                                        .start_row = 0,
                                        .descend = true,
                                        .factor = factor_});
}

template class PixelSgdStep<float>;
template class PixelSgdStep<double>;

}  // namespace thalweg::nn
