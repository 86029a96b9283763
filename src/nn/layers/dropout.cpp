// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/layers/dropout.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/twister.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/layers/buffers.hpp"
#include "ops/array_steps.hpp"

namespace thalweg::nn {

namespace {

// uniform() is (high * 2^26 + low) / 2^53 with a word's upper 27 bits and the next one's upper 26, so it is
// above ratio just where high and low are above those of the whole number below ratio * 2^53.
struct Limit {
    explicit Limit(double ratio) noexcept
        : high(static_cast<std::int32_t>(ratio * 0x1p27)),
          low(static_cast<std::int32_t>((ratio * 0x1p27 - high) * 0x1p26)) {}
    template <class T>
    T mask(std::uint32_t first, std::uint32_t second) const noexcept {
        const auto above = static_cast<std::int32_t>(core::tempered(first) >> 5);
        const auto below = static_cast<std::int32_t>(core::tempered(second) >> 6);
        const bool taken = (static_cast<int>(above > high) |
                            (static_cast<int>(above == high) & static_cast<int>(below > low))) != 0;
        return static_cast<T>(static_cast<int>(taken));
    }

    std::int32_t high;
    std::int32_t low;
};

}  // namespace

template <class T>
void draw_mask(Rng& rng, double ratio, Matrix<T>& mask) noexcept {
    const Limit limit(ratio);
    Rng::State state = rng.state();
    T* out = mask.data();
    T* const end = out + mask.size();
    while (out < end) {
        if (state.position == core::kTwisterWords) {
            core::refill(state);
        }
        const std::uint32_t* const words = state.words + state.position;
        const std::size_t pairs = std::min<std::size_t>((core::kTwisterWords - state.position) / 2,
                                                        static_cast<std::size_t>(end - out));
        for (std::size_t i = 0; i < pairs; ++i) {
            out[i] = limit.mask<T>(words[2 * i], words[2 * i + 1]);
        }
        out += pairs;
        state.position += static_cast<std::uint32_t>(2 * pairs);
        if (pairs == 0) {
            const std::uint32_t last = words[0];
            core::refill(state);
            *out++ = limit.mask<T>(last, state.words[state.position++]);
        }
    }
    rng.restore(state);
}

template <class T>
void apply_mask(MatrixView<const T> mask, MatrixView<T> z) noexcept {
    using namespace ops::steps;  // NOLINT: a program reads as a list of them
    for (std::size_t i = 0; i < z.rows(); ++i) {
        T* const row = z.data() + i * z.ld();
        run<T>(dispatch::active<T>(),
               {store_pair(ArrayOp::kMultiply, from<T>(row), from(row_of(mask, i)), row)}, z.cols());
    }
}

template <class T>
void scale_for_prediction(double ratio, MatrixView<T> z) noexcept {
    for (std::size_t i = 0; i < z.rows(); ++i) {
        T* const row = z.data() + i * z.ld();
        dispatch::active<T>().scale(static_cast<T>(1.0 - ratio), row, row, z.cols());
    }
}

template void draw_mask(Rng&, double, Matrix<float>&) noexcept;
template void draw_mask(Rng&, double, Matrix<double>&) noexcept;
template void apply_mask(MatrixView<const float>, MatrixView<float>) noexcept;
template void apply_mask(MatrixView<const double>, MatrixView<double>) noexcept;
template void scale_for_prediction(double, MatrixView<float>) noexcept;
template void scale_for_prediction(double, MatrixView<double>) noexcept;

}  // namespace thalweg::nn
