// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at run(): samples go by in blocks; of each block a team first lists the inputs and runs the
// forward pass, every thread its samples, and then adds up the differences, every thread its units.
#include "nn/difference/two_layer.hpp"

#include <algorithm>
#include <atomic>
#include <type_traits>

#include "dispatch/dispatch.hpp"
#include "nn/layers/buffers.hpp"
#include "parallel/grain.hpp"

namespace thalweg::nn {
namespace {

// Samples whose lists and forward pass are held at a time.
constexpr std::size_t kSampleBlock = 128;

// The largest distance of two weights out of one unit.
template <class T>
double widest_spread(const Matrix<T>& w) {
    double widest = 0.0;
    for (std::size_t j = 0; j < w.rows(); ++j) {
        const auto [least, most] =
            std::minmax_element(w.data() + j * w.cols(), w.data() + (j + 1) * w.cols());
        widest = std::max(widest, static_cast<double>(*most) - static_cast<double>(*least));
    }
    return widest;
}

}  // namespace

template <class T>
void StructuredDifferences<T>::share_out(const TwoLayerParams<T>& params, std::size_t team) {
    workers_.resize(team);
    for (std::size_t i = 0; i < team; ++i) {
        workers_[i].list.resize(inputs_.inputs());
        workers_[i].sums.prepare({.index = i, .count = team}, params);
    }
}

// The workers of one thread: its own, and those of threads that the team asked for and did not get.
template <class T>
template <class Body>
void StructuredDifferences<T>::each_worker(parallel::Part part, const Body& body) noexcept {
    for (std::size_t i = part.index; i < workers_.size(); i += part.count) {
        body(workers_[i], parallel::Part{i, workers_.size()});
    }
}

// False when a float net's moves are not small.
template <class T>
bool StructuredDifferences<T>::run_samples(const TwoLayerParams<T>& params, const Block& block,
                                           std::size_t first, std::size_t last,
                                           ListScratch& scratch) noexcept {
    if (first == last) {
        return true;
    }
    bool all_small = true;
    scratch.forget();
    for (std::size_t n = first; n < last; ++n) {
        inputs_.list(row_of(block.x, n), n, scratch);
        all_small = all_small && inputs_.moves_are_small(n);
    }
    forward_.run(params, block.x, block.t, first, last, block.losses);
    return all_small || std::is_same_v<T, double>;
}

template <class T>
bool StructuredDifferences<T>::run_block(const TwoLayerParams<T>& params, const Block& block) noexcept {
    std::atomic<bool> needs_double{false};
    const auto by_samples = [&](Worker& worker, parallel::Part part) {
        const auto samples = part.share(block.t.size(), 1);
        if (!run_samples(params, block, samples.first, samples.last, worker.list)) {
            needs_double.store(true, std::memory_order_relaxed);
        }
    };
    const auto by_units = [&](Worker& worker, parallel::Part) {
        if (needs_double.load(std::memory_order_relaxed)) {
            return;
        }
        if (block.starts_sums) {
            worker.sums.clear();
        }
        worker.sums.add(inputs_, forward_, block.t);
        if (block.gradient != nullptr) {
            worker.sums.write(block.factor, *block.gradient);
        }
    };
    parallel::run(workers_.size(), [&](parallel::Part part) {
        each_worker(part, by_samples);
        parallel::meet(part);
        each_worker(part, by_units);
    });
    return !needs_double.load();
}

template <class T>
typename StructuredDifferences<T>::Outcome StructuredDifferences<T>::run(const TwoLayerParams<T>& params,
                                                                         MatrixView<const T> x, Labels t,
                                                                         double h, double epsilon,
                                                                         TwoLayerParams<T>& gradient) {
    const std::size_t held = std::min(kSampleBlock, x.rows());
    inputs_.prepare(held, params.input_size() + 1, h, widest_spread(params.W2));
    forward_.prepare(params, held, h, epsilon);
    losses_.resize(x.rows());
    const std::size_t most = std::max<std::size_t>(params.hidden_size(), 1);
    const std::size_t team = parallel::team_size(held * params.W1.size(), parallel::kDifferenceGrain);
    share_out(params, std::clamp<std::size_t>(team, 1, most));
    const double factor = 1.0 / (2.0 * h * static_cast<double>(x.rows()));
    for (std::size_t first = 0; first < x.rows(); first += kSampleBlock) {
        const std::size_t last = std::min(first + kSampleBlock, x.rows());
        const Block block{.x = x.rows(first, last),
                          .t = t.subspan(first, last - first),
                          .losses = losses_.data() + first,
                          .starts_sums = first == 0,
                          .gradient = last == x.rows() ? &gradient : nullptr,
                          .factor = factor};
        if (!run_block(params, block)) {
            return Outcome::kNeedsDouble;
        }
    }
    loss_ = dispatch::active<double>().sum(losses_.data(), x.rows()) / static_cast<double>(x.rows());
    return Outcome::kDone;
}

template class StructuredDifferences<float>;
template class StructuredDifferences<double>;

}  // namespace thalweg::nn
