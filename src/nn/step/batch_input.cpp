// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/step/batch_input.hpp"

#include <algorithm>

#include "dispatch/dispatch.hpp"
#include "nn/layers/products.hpp"

namespace thalweg::nn {

template <class T>
void MatrixInput<T>::sums(const Dense<const T>& layer, MatrixView<T> z, std::size_t first, std::size_t last,
                          T* scratch) const noexcept {
    ops::gemm_alone(product(rows_of(x_, first, last), layer.W, layer.b.data(), rows_of(z, first, last)),
                    scratch);
}

template <class T>
void MatrixInput<T>::gradient(MatrixView<const T> dz, std::size_t first, std::size_t last, bool again,
                              MatrixView<T> out, T* scratch) const noexcept {
    ops::gemm_part_alone(product_down_rows<T>(cols_of(x_, first, last), dz, out), !again, scratch);
}

template <class T>
void GatheredInput<T>::prepare(std::span<const std::size_t> rows) {
    if (memory_.rows() < rows.size()) {
        const std::size_t most = std::max(rows.size(), batch_size_);
        memory_ = Matrix<T>(most, samples_.inputs());
        if (samples_.has_labels()) {
            label_memory_.resize(most);
        } else {
            target_memory_ = Matrix<T>(most, samples_.outputs());
        }
    }
    rows_ = rows;
    const auto targets = samples_.has_labels()
                             ? Targets<T>{label_memory_.data(), {}, loss_}
                             : Targets<T>{nullptr, target_memory_.view().rows(0, rows.size()), loss_};
    this->look_at({memory_.data(), rows.size(), memory_.cols()}, targets);
}

template <class T>
void GatheredInput<T>::arrive(std::size_t first, std::size_t last) noexcept {
    const std::span<const std::size_t> rows = rows_.subspan(first, last - first);
    const MatrixView<T> x = rows_of(memory_.view(), first, last);
    if (samples_.has_labels()) {
        samples_.gather(rows, x, std::span(label_memory_).subspan(first, rows.size()));
    } else {
        samples_.gather(rows, x, rows_of(target_memory_.view(), first, last));
    }
}

template <class T>
void PixelInput<T>::prepare(std::span<const std::size_t> rows) {
    images_.resize(rows.size());
    samples_.source_rows(rows, images_);
    rows_ = images_;
    pixels_.prepare(samples_.inputs(), rows.size());
}

template <class T>
void PixelInput<T>::arrive(std::size_t first, std::size_t last) noexcept {
    pixels_.gather(*samples_.images(), rows_, first, last);
}

template <class T>
void PixelInput<T>::sums(const Dense<const T>& layer, MatrixView<T> z, std::size_t first, std::size_t last,
                         T* /*scratch*/) const noexcept {
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

namespace {

// x^T dz for the pixels from `first` on, as many as c has rows.
template <class T>
kernels::NonzeroBlock<T> pixels_down_rows(const PixelBatch& pixels, const PixelValues<T>& values,
                                          MatrixView<const T> dz, std::size_t first,
                                          MatrixView<T> c) noexcept {
    return {.m = c.rows(),
            .n = c.cols(),
            .x = pixels.row(0) + first,
            .x_row = 1,
            .x_col = pixels.row_bytes(),
            .values = values.of,
            .bits = pixels.column_bits(first),
            .bits_row = pixels.column_words(),
            .words = pixels.column_words(),
            .b = dz.data(),
            .ldb = dz.ld(),
            .c = c.data(),
            .ldc = c.ld(),
            .start = nullptr,
            .start_row = 0,
            .descend = false,
            .factor = T(0)};
}

}  // namespace

template <class T>
void PixelInput<T>::gradient(MatrixView<const T> dz, std::size_t first, std::size_t /*last*/, bool /*again*/,
                             MatrixView<T> out, T* /*scratch*/) const noexcept {
    dispatch::active<T>().gemm_nonzero(pixels_down_rows(pixels_, values_, dz, first, out));
}

template <class T>
bool PixelInput<T>::descend(MatrixView<const T> dz, std::size_t first, std::size_t /*last*/, T factor,
                            MatrixView<T> w) const noexcept {
    kernels::NonzeroBlock<T> block = pixels_down_rows(pixels_, values_, dz, first, w);
    block.descend = true;
    block.factor = factor;
    dispatch::active<T>().gemm_nonzero(block);
    return true;
}

template class MatrixInput<float>;
template class MatrixInput<double>;
template class GatheredInput<float>;
template class GatheredInput<double>;
template class PixelInput<float>;
template class PixelInput<double>;

}  // namespace thalweg::nn
