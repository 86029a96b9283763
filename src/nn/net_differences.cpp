// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at run(): samples go by in blocks; of each block a team first lists the inputs and runs the
// forward pass, every thread its rows, and then adds up the differences, every thread its units.
#include "nn/net_differences.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <type_traits>

#include "core/prefetch.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/buffers.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {
namespace {

// Samples whose lists and forward pass are held at a time; the sums go on from block to block.
constexpr std::size_t kRowBlock = 128;
// Units whose sums stay in the second-level cache while the samples pass.
constexpr std::size_t kUnitBlock = 64;
// Pairs of a weight of W1 and a sample a thread should have: half a nanosecond each when most inputs are
// zero, and a region with its barrier costs some 5 us.
constexpr std::size_t kGrain = 20'000;

// Rows of matrices begin on a cache line, so that no two threads write into one.
template <class T>
std::size_t padded(std::size_t n) {
    constexpr std::size_t line = 64 / sizeof(T);
    return (n + line - 1) / line * line;
}

template <class T>
void prefetch(const T* first, std::size_t n) {
    constexpr std::size_t kLine = 64 / sizeof(T);
    for (std::size_t i = 0; i < n; i += kLine) {
        core::prefetch(first + i);
    }
}

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
void NetDifferences<T>::fit(const TwoLayerParams<T>& params, std::size_t rows) {
    inputs_ = params.input_size() + 1;
    outputs_ = params.hidden_size() + 1;
    lists_.resize(rows);
    picked_.resize(rows);
    slots_.resize(rows * inputs_);
    rows_.resize(rows * inputs_);
    moves_.resize(rows * inputs_);
    moves_sinh_.resize(rows * inputs_);
    moves_cosh1_.resize(rows * inputs_);
    nn::fit(sinh_, rows, inputs_);
    nn::fit(cosh1_, rows, inputs_);
    nn::fit(z_, rows, params.hidden_size());
    nn::fit(zm_, rows, params.hidden_size());
    nn::fit(p_, rows, params.output_size());
    nn::fit(wide_w2_, params.hidden_size(), params.output_size());
    nn::fit(wide_b2_, 1, params.output_size());
    nn::fit(wide_z_, rows, outputs_);
    nn::fit(wide_p_, rows, params.output_size());
    copy_as(params.W2.data(), params.W2.size(), wide_w2_.data());
    copy_as(params.b2.data(), params.b2.size(), wide_b2_.data());
    nn::fit(others_, rows, 2);
    nn::fit(out_moves_, rows, outputs_);
    nn::fit(out_sinh_, rows, outputs_);
    nn::fit(out_cosh1_, rows, outputs_);
    nn::fit(w2_transposed_, params.output_size(), params.hidden_size());
    dispatch::active<T>().transpose(params.W2.data(), params.W2.cols(), params.W2.rows(), params.W2.cols(),
                                    w2_transposed_.data(), params.W2.rows());
}

// Half of the samples were listed by other cores, and a line from there takes as long as one from memory:
// asked for while the sample before is worked on, it costs nothing.
template <class T>
void NetDifferences<T>::prefetch_sample(std::size_t row, std::size_t first, std::size_t count) {
    const Inputs& list = lists_[row];
    prefetch(slots_.data() + row * inputs_, list.entries);
    prefetch(rows_.data() + row * inputs_, list.entries);
    prefetch(row_of(sinh_, row), list.different);
    prefetch(row_of(cosh1_, row), list.different);
    prefetch(row_of(z_, row) + first, count);
    prefetch(row_of(zm_, row) + first, count);
    prefetch(row_of(p_, row), p_.cols());
    prefetch(row_of(others_, row), 2);
}

template <class T>
void NetDifferences<T>::add_unit_differences(Part& part, std::size_t row, std::size_t label,
                                             std::size_t first, std::size_t count) {
    const std::size_t hidden = z_.cols();
    const kernels::UnitDifferences<T> d{count,
                                        lists_[row].different,
                                        p_.cols(),
                                        label,
                                        row_of(z_, row) + first,
                                        row_of(zm_, row) + first,
                                        w2_transposed_.data() + first,
                                        hidden,
                                        row_of(p_, row),
                                        static_cast<T>(row_of(others_, row)[1]),
                                        row_of(sinh_, row),
                                        row_of(cosh1_, row),
                                        part.one_sample.data(),
                                        part.one_sample.cols()};
    if constexpr (std::is_same_v<T, double>) {
        (lists_[row].small ? dispatch::active<T>().unit_differences
                           : dispatch::active_table().unit_differences_any)(d);
    } else {
        dispatch::active<T>().unit_differences(d);
    }
    dispatch::active<T>().add_rows({lists_[row].entries, count, slots_.data() + row * inputs_,
                                    rows_.data() + row * inputs_, d.y, d.ldy,
                                    part.input_sums.data() + (first - part.first), part.input_sums.cols()});
}

template <class T>
void NetDifferences<T>::add_output_differences(Part& part, std::size_t row, std::size_t label) {
    const bool small = h_ <= SmallMoves<double>::kInput;
    const kernels::KernelTable& table = dispatch::active_table();
    (small ? table.output_differences : table.output_differences_any)(
        {part.last - part.first + (part.has_bias ? 1U : 0U), wide_p_.cols(), label, row_of(wide_p_, row),
         row_of(others_, row)[0], row_of(others_, row)[1],
         row_of(small ? out_sinh_ : out_moves_, row) + part.first, row_of(out_cosh1_, row) + part.first,
         part.output_sums.data(), part.output_sums.cols()});
}

template <class T>
void NetDifferences<T>::units_part(Part& part, const Batch& batch, bool start) noexcept {
    const std::size_t rows = batch.t.size();
    if (start) {
        std::fill_n(part.input_sums.data(), part.input_sums.size(), T(0));
        std::fill_n(part.output_sums.data(), part.output_sums.size(), 0.0);
    }
    for (std::size_t j = part.first; j < part.last; j += kUnitBlock) {
        const std::size_t count = std::min(kUnitBlock, part.last - j);
        for (std::size_t n = 0; n < rows; ++n) {
            if (n + 1 < rows) {
                prefetch_sample(n + 1, j, count);
            }
            add_unit_differences(part, n, static_cast<std::size_t>(batch.t[n]), j, count);
        }
    }
    for (std::size_t n = 0; n < rows; ++n) {
        add_output_differences(part, n, static_cast<std::size_t>(batch.t[n]));
    }
    if (batch.result.gradient != nullptr) {
        finish(part, batch.result.factor, *batch.result.gradient);
    }
}

template <class T>
void NetDifferences<T>::finish(const Part& part, double factor, TwoLayerParams<T>& gradient) const {
    const std::size_t units = part.last - part.first;
    for (std::size_t i = 0; i < inputs_; ++i) {
        T* const to = i + 1 < inputs_ ? row_of(gradient.W1, i) : gradient.b1.data();
        dispatch::active<T>().scale(static_cast<T>(factor),
                                    part.input_sums.data() + i * part.input_sums.cols(), to + part.first,
                                    units);
    }
    for (std::size_t k = 0; k < p_.cols(); ++k) {
        const double* const sums = part.output_sums.data() + k * part.output_sums.cols();
        for (std::size_t j = 0; j < units; ++j) {
            row_of(gradient.W2, part.first + j)[k] = static_cast<T>(factor * sums[j]);
        }
        if (part.has_bias) {
            gradient.b2.data()[k] = static_cast<T>(factor * sums[units]);
        }
    }
}

template <class T>
void NetDifferences<T>::share_units(std::size_t team) {
    parts_.resize(team);
    for (std::size_t i = 0; i < team; ++i) {
        Part& part = parts_[i];
        const auto units = parallel::Part{i, team}.share(outputs_ - 1, 1);
        part.first = units.first;
        part.last = units.last;
        part.has_bias = i + 1 == team;
        const std::size_t places = std::bit_ceil(2 * inputs_);
        part.table.values.resize(places);
        part.table.slots.resize(places);
        part.table.stamps.resize(places);
        nn::fit(part.input_sums, inputs_, padded<T>(part.last - part.first));
        nn::fit(part.output_sums, p_.cols(), padded<double>(part.last - part.first + 1));
        nn::fit(part.one_sample, inputs_, padded<T>(std::min(kUnitBlock, part.last - part.first)));
    }
}

// The parts of one thread: its own, and those of threads that the team asked for and did not get.
template <class T>
template <class Body>
void NetDifferences<T>::each_part(parallel::Part me, const Body& body) noexcept {
    for (std::size_t i = me.index; i < parts_.size(); i += me.count) {
        body(parts_[i], parallel::Part{i, parts_.size()});
    }
}

template <class T>
bool NetDifferences<T>::run_block(const TwoLayerParams<T>& params, const Batch& batch, bool start) noexcept {
    std::atomic<bool> needs_double{false};
    const auto by_rows = [&](Part& part, parallel::Part me) {
        const auto mine = me.share(batch.t.size(), 1);
        if (!rows_part(params, batch, mine.first, mine.last, part.table)) {
            needs_double.store(true, std::memory_order_relaxed);
        }
    };
    const auto by_units = [&](Part& part, parallel::Part) {
        if (!needs_double.load(std::memory_order_relaxed)) {
            units_part(part, batch, start);
        }
    };
    parallel::run(
        parts_.size(), [&](parallel::Part me) { each_part(me, by_rows); },
        [&](parallel::Part me) { each_part(me, by_units); });
    return !needs_double.load();
}

template <class T>
typename NetDifferences<T>::Outcome NetDifferences<T>::run(const TwoLayerParams<T>& params,
                                                           MatrixView<const T> x, Labels t, double h,
                                                           double epsilon, TwoLayerParams<T>& gradient) {
    h_ = h;
    epsilon_ = epsilon;
    spread_ = widest_spread(params.W2);
    fit(params, std::min(kRowBlock, x.rows()));
    losses_.resize(x.rows());
    const std::size_t work = std::min(kRowBlock, x.rows()) * params.W1.size();
    const std::size_t most = std::max<std::size_t>(params.hidden_size(), 1);
    share_units(std::clamp<std::size_t>(parallel::team_size(work, kGrain), 1, most));
    const double factor = 1.0 / (2.0 * h * static_cast<double>(x.rows()));
    for (std::size_t first = 0; first < x.rows(); first += kRowBlock) {
        const std::size_t last = std::min(first + kRowBlock, x.rows());
        const Result result{last == x.rows() ? &gradient : nullptr, factor};
        const Batch batch{x.rows(first, last), t.subspan(first, last - first), losses_.data() + first,
                          result};
        if (!run_block(params, batch, first == 0)) {
            return Outcome::kNeedsDouble;
        }
    }
    loss_ = dispatch::active<double>().sum(losses_.data(), x.rows()) / static_cast<double>(x.rows());
    return Outcome::kDone;
}

template class NetDifferences<float>;
template class NetDifferences<double>;

}  // namespace thalweg::nn
