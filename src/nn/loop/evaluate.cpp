// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Images that are mostly zero are evaluated on their pixels where they lie: each thread streams through its
// images in blocks that stay in its first two caches. All others are converted block by block.
#include "nn/loop/evaluate.hpp"

#include <algorithm>
#include <numeric>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "data/mostly_zero.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/layers/checks.hpp"
#include "nn/layers/forward.hpp"
#include "nn/step/pixel_bits.hpp"
#include "nn/step/rows.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {
namespace {

// Images converted and predicted at a time: the block stays in the second-level cache (256 x 784 floats are
// 800 KB).
constexpr std::size_t kImageBlock = 256;
// Images a thread takes at a time on their pixels: 64 rows of 50 hidden units are 13 KB, of 512 units 128 KB.
constexpr std::size_t kPixelBlock = 64;

// What a thread needs for its block of images.
template <class T>
struct Block {
    Block(Layers<const T> layers, std::size_t image_size)
        : words(words_of(image_size)), bits(kPixelBlock * words) {
        z.reserve(layers.size());
        for (const Dense<const T>& layer : layers) {
            z.emplace_back(kPixelBlock, layer.outputs());
        }
    }

    std::size_t words;
    std::vector<std::uint64_t> bits;
    std::vector<Matrix<T>> z;
};

// Of images first to first + n - 1.
template <class T>
std::size_t right_in(Layers<const T> layers, const Dataset& data, const PixelValues<T>& values,
                     std::size_t first, std::size_t n, Block<T>& block, T* scratch) noexcept {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    for (std::size_t i = 0; i < n; ++i) {
        dispatch::active_table().nonzero_bits(data.image(first + i).data(), data.image_size(),
                                              block.bits.data() + i * block.words);
    }
    const Dense<const T>& layer = layers.front();
    kernel.gemm_nonzero({.m = n,
                         .n = layer.outputs(),
                         .x = data.image(first).data(),
                         .x_row = data.image_size(),
                         .x_col = 1,
                         .values = values.of,
                         .bits = block.bits.data(),
                         .bits_row = block.words,
                         .words = block.words,
                         .b = layer.W.data(),
                         .ldb = layer.W.ld(),
                         .c = block.z.front().data(),
                         .ldc = layer.outputs(),
                         .start = layer.b.data(),
                         .start_row = 0,
                         .descend = false,
                         .factor = T(0)});
    forward_rows(layers, block.z, 0, n, scratch);
    const std::size_t classes = layers.back().outputs();
    T* const y = block.z.back().data();
    kernel.softmax(y, classes, n, classes, y, classes);
    std::size_t best[kPixelBlock];
    kernel.argmax_cols(y, classes, n, classes, best);
    std::size_t right = 0;
    for (std::size_t i = 0; i < n; ++i) {
        right += best[i] == data.labels()[first + i] ? 1 : 0;
    }
    return right;
}

template <class T>
std::size_t count_right_dense(Layers<const T> layers, const Dataset& data) {
    Matrix<T> x(std::min(kImageBlock, data.size()), data.image_size());
    Matrix<T> y(x.rows(), layers.back().outputs());
    std::vector<int> labels(x.rows());
    std::size_t right = 0;
    for (std::size_t first = 0; first < data.size(); first += kImageBlock) {
        const std::size_t n = std::min(kImageBlock, data.size() - first);
        data.gather<T>(first, x.rows(0, n), std::span(labels).first(n));
        predict<T>(layers, x.rows(0, n), y.rows(0, n));
        const std::vector<std::size_t> best = argmax(y.rows(0, n), 1);
        for (std::size_t i = 0; i < n; ++i) {
            right += best[i] == static_cast<std::size_t>(labels[i]) ? 1 : 0;
        }
    }
    return right;
}

}  // namespace

template <class T>
std::size_t count_right(Layers<const T> layers, const Dataset& data) {
    if (data.size() == 0 || layers.back().outputs() == 0) {
        return 0;
    }
    const PixelValues<T> values;
    const std::size_t team =
        parallel::team_size(data.size() * row_work(layers), parallel::kPixelEvaluationGrain);
    // Before the region: nothing in there may throw.
    const std::size_t scratch_each = scratch_size<T>(layers, kPixelBlock, 1);
    T* const scratch = team_scratch<T>(scratch_each * team);
    std::vector<Block<T>> blocks;
    blocks.reserve(team);
    for (std::size_t i = 0; i < team; ++i) {
        blocks.emplace_back(layers, data.image_size());
    }
    std::vector<std::size_t> right(team);
    parallel::run(team, [&](parallel::Part part) {
        const auto [first, last] = part.share(data.size(), kPixelBlock);
        for (std::size_t i = first; i < last; i += kPixelBlock) {
            right[part.index] += right_in<T>(layers, data, values, i, std::min(kPixelBlock, last - i),
                                             blocks[part.index], scratch + part.index * scratch_each);
        }
    });
    return std::accumulate(right.begin(), right.end(), std::size_t{0});
}

template <class T>
double share_right(Layers<const T> layers, const Dataset& data) {
    check::shape("accuracy", "images", data.size(), layers.front().inputs(), data.size(), data.image_size());
    if (data.size() == 0) {
        return 0.0;
    }
    check_layers("TwoLayerNet", layers);
    const bool skip_zeros = data::mostly_zero(data) && zeros_may_be_left_out(layers);
    const std::size_t right = skip_zeros ? count_right(layers, data) : count_right_dense(layers, data);
    return core::share_of(right, data.size());
}

template std::size_t count_right(Layers<const float>, const Dataset&);
template std::size_t count_right(Layers<const double>, const Dataset&);
template double share_right(Layers<const float>, const Dataset&);
template double share_right(Layers<const double>, const Dataset&);

}  // namespace thalweg::nn
