// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Evaluation of a data set on its pixels where they lie: each thread streams through its images in blocks
// that stay in its first two caches. Nothing of the data set's size is allocated.
#include <algorithm>
#include <vector>

#include "dispatch/dispatch.hpp"
#include "nn/pixel_batch.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {
namespace {

// 64 rows of 50 hidden units are 13 KB, of 512 units 128 KB.
constexpr std::size_t kBlock = 64;
// Multiply-adds of the dense product a thread should have; four fifths are left out.
constexpr std::size_t kGrain = 1'500'000;

// What a thread needs for its block.
template <class T>
struct Block {
    Block(const TwoLayerNet<T>& net, std::size_t image_size)
        : words((image_size + 63) / 64),
          bits(kBlock * words),
          z1(kBlock, net.params.hidden_size()),
          y(kBlock, net.params.output_size()) {}

    std::size_t words;
    std::vector<std::uint64_t> bits;
    Matrix<T> z1;
    Matrix<T> y;
};

template <class T>
std::size_t right_in(const TwoLayerParams<T>& params, const Dataset& data, const T* values, std::size_t first,
                     std::size_t n, Block<T>& block) {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t hidden = params.hidden_size();
    const std::size_t classes = params.output_size();
    for (std::size_t i = 0; i < n; ++i) {
        dispatch::active_table().nonzero_bits(data.image(first + i).data(), data.image_size(),
                                              block.bits.data() + i * block.words);
    }
    kernel.gemm_nonzero({n, hidden, data.image(first).data(), data.image_size(), 1, values, block.bits.data(),
                         block.words, block.words, params.W1.data(), hidden, block.z1.data(), hidden,
                         params.b1.data(), 0, false, T(0)});
    kernel.sigmoid(block.z1.data(), block.z1.data(), n * hidden);
    kernel.gemm({n, classes, hidden, block.z1.data(), hidden, 1, params.W2.data(), classes, block.y.data(),
                 classes, params.b2.data(), 0});
    kernel.softmax(block.y.data(), classes, n, classes, block.y.data(), classes);
    std::size_t best[kBlock];
    kernel.argmax_cols(block.y.data(), classes, n, classes, best);
    std::size_t right = 0;
    for (std::size_t i = 0; i < n; ++i) {
        right += best[i] == data.labels()[first + i] ? 1 : 0;
    }
    return right;
}

}  // namespace

template <class T>
std::size_t count_right(const TwoLayerNet<T>& net, const Dataset& data) {
    if (data.size() == 0 || net.params.output_size() == 0) {
        return 0;
    }
    std::uint8_t all[256];
    for (std::size_t i = 0; i < 256; ++i) {
        all[i] = static_cast<std::uint8_t>(i);
    }
    T values[256];
    dispatch::active<T>().pixels(all, true, values, 256);
    const std::size_t team = parallel::team_size(data.size() * net.params.W1.size(), kGrain);
    // Before the region: nothing in there may throw.
    std::vector<Block<T>> blocks;
    blocks.reserve(team);
    for (std::size_t i = 0; i < team; ++i) {
        blocks.emplace_back(net, data.image_size());
    }
    std::vector<std::size_t> right(team);
    parallel::run(team, [&](parallel::Part part) {
        const auto [first, last] = part.share(data.size(), kBlock);
        for (std::size_t i = first; i < last; i += kBlock) {
            right[part.index] +=
                right_in<T>(net.params, data, values, i, std::min(kBlock, last - i), blocks[part.index]);
        }
    });
    std::size_t total = 0;
    for (const std::size_t of_part : right) {
        total += of_part;
    }
    return total;
}

template std::size_t count_right(const TwoLayerNet<float>&, const Dataset&);
template std::size_t count_right(const TwoLayerNet<double>&, const Dataset&);

}  // namespace thalweg::nn
