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

#include "dispatch/dispatch.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {
namespace {

using kernels::Kernels;

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
void fit_matrix(Matrix<T>& m, std::size_t rows, std::size_t cols) {
    if (m.rows() < rows || m.cols() != cols) {
        m = Matrix<T>(rows, cols);
    }
}

template <class From, class To>
void copy_as(const From* from, std::size_t n, To* to) {
    std::transform(from, from + n, to, [](From value) { return static_cast<To>(value); });
}

template <class T>
T* row_of(Matrix<T>& m, std::size_t i) {
    return m.data() + i * m.cols();
}

// Zeros come in runs: a branch for each would be predicted wrongly more often than one for eight.
constexpr std::size_t kZerosAtOnce = 8;
template <class T>
bool all_zero(const T* first, const T* last) {
    bool nonzero = false;
    for (; first != last; ++first) {
        nonzero |= *first != T(0);
    }
    return !nonzero;
}

template <class T>
void prefetch(const T* first, std::size_t n) {
    constexpr std::size_t kLine = 64 / sizeof(T);
    for (std::size_t i = 0; i < n; i += kLine) {
        __builtin_prefetch(first + i);
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

// z(1-z) <= 1/4, z(1-z)|1-2z| < 0.0963, and below 0.05 sinh u < 1.001 u, cosh u - 1 < 1.001 u^2/2.
template <class T>
bool moves_are_small(double move, double h, double spread) {
    using Limits = SmallMoves<T>;
    return move <= Limits::input && h <= Limits::input && 0.2503 * move * spread <= Limits::weight &&
           0.0964 * 0.5 * move * move * spread <= Limits::level;
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
    fit_matrix(sinh_, rows, inputs_);
    fit_matrix(cosh1_, rows, inputs_);
    fit_matrix(z_, rows, params.hidden_size());
    fit_matrix(zm_, rows, params.hidden_size());
    fit_matrix(p_, rows, params.output_size());
    fit_matrix(wide_w2_, params.hidden_size(), params.output_size());
    fit_matrix(wide_b2_, 1, params.output_size());
    fit_matrix(wide_z_, rows, outputs_);
    fit_matrix(wide_p_, rows, params.output_size());
    copy_as(params.W2.data(), params.W2.size(), wide_w2_.data());
    copy_as(params.b2.data(), params.b2.size(), wide_b2_.data());
    fit_matrix(others_, rows, 2);
    fit_matrix(out_moves_, rows, outputs_);
    fit_matrix(out_sinh_, rows, outputs_);
    fit_matrix(out_cosh1_, rows, outputs_);
    fit_matrix(w2_transposed_, params.output_size(), params.hidden_size());
    dispatch::active<T>().transpose(params.W2.data(), params.W2.cols(), params.W2.rows(), params.W2.cols(),
                                    w2_transposed_.data(), params.W2.rows());
}

template <class T>
void NetDifferences<T>::list_inputs(const T* x, std::size_t row, SlotTable& table) {
    const std::size_t places = table.values.size();
    const int shift = std::countl_zero(places - 1);
    const auto stamp = static_cast<std::uint32_t>(row + 1);
    std::uint32_t* const slots = slots_.data() + row * inputs_;
    std::uint32_t* const rows = rows_.data() + row * inputs_;
    double* const moves = moves_.data() + row * inputs_;
    std::uint32_t different = 0;
    std::uint32_t entries = 0;
    double largest = 1.0;
    const auto enter = [&](double value, std::size_t i) {
        // Fibonacci hashing: the high bits of the product depend on all bits of the value.
        std::size_t at = std::bit_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15ULL >> shift;
        while (table.stamps[at] == stamp && table.values[at] != value) {
            at = (at + 1) & (places - 1);
        }
        if (table.stamps[at] != stamp) {
            table.stamps[at] = stamp;
            table.values[at] = value;
            table.slots[at] = different;
            largest = std::max(largest, std::fabs(value));
            moves[different++] = h_ * value;
        }
        slots[entries] = table.slots[at];
        rows[entries++] = static_cast<std::uint32_t>(i);
    };
    for (std::size_t i = 0; i + 1 < inputs_; i += kZerosAtOnce) {
        const std::size_t end = std::min(i + kZerosAtOnce, inputs_ - 1);
        if (all_zero(x + i, x + end)) {
            continue;
        }
        for (std::size_t k = i; k < end; ++k) {
            if (x[k] != T(0)) {
                enter(static_cast<double>(x[k]), k);
            }
        }
    }
    enter(1.0, inputs_ - 1);
    lists_[row] = {different, entries, moves_are_small<T>(h_ * largest, h_, spread_)};
}

template <class T>
void NetDifferences<T>::rows_part(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
                                  std::size_t first, std::size_t last, double* losses) {
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t hidden = params.hidden_size();
    const std::size_t rows = last - first;
    kernel.gemm({rows, hidden, params.input_size(), x.row(first).data(), x.ld(), 1, params.W1.data(), hidden,
                 row_of(z_, first), hidden, params.b1.data(), 0});
    kernel.scale(T(-1), row_of(z_, first), row_of(zm_, first), rows * hidden);
    kernel.sigmoid(row_of(z_, first), row_of(z_, first), rows * hidden);
    kernel.sigmoid(row_of(zm_, first), row_of(zm_, first), rows * hidden);
    second_layer(t, first, last);
    const kernels::KernelTable& table = dispatch::active_table();
    dispatch::active<double>().log_loss(picked_.data() + first, losses + first, rows);
    table.sinh_cosh1(row_of(out_moves_, first), row_of(out_sinh_, first), row_of(out_cosh1_, first),
                     rows * outputs_);
    // Of the inputs in double, then in T.
    double* const sinh = moves_sinh_.data() + first * inputs_;
    double* const cosh1 = moves_cosh1_.data() + first * inputs_;
    for (std::size_t n = first; n < last; ++n) {
        const std::size_t count = lists_[n].different;
        table.sinh_cosh1(moves_.data() + n * inputs_, sinh, cosh1, count);
        copy_as(sinh, count, row_of(sinh_, n));
        copy_as(cosh1, count, row_of(cosh1_, n));
    }
}

// Everything from z to the probabilities in double: cheap, and the gradients of W2 and b2 are the largest.
template <class T>
void NetDifferences<T>::second_layer(Labels t, std::size_t first, std::size_t last) {
    const Kernels<double>& kernel = dispatch::active<double>();
    const std::size_t hidden = outputs_ - 1;
    const std::size_t classes = p_.cols();
    for (std::size_t n = first; n < last; ++n) {
        copy_as(row_of(z_, n), hidden, row_of(wide_z_, n));
        row_of(wide_z_, n)[hidden] = 1.0;
    }
    kernel.scale(h_, row_of(wide_z_, first), row_of(out_moves_, first), (last - first) * outputs_);
    kernel.gemm({last - first, classes, hidden, row_of(wide_z_, first), outputs_, 1, wide_w2_.data(), classes,
                 row_of(wide_p_, first), classes, wide_b2_.data(), 0});
    kernel.softmax(row_of(wide_p_, first), classes, last - first, classes, row_of(wide_p_, first), classes);
    copy_as(row_of(wide_p_, first), (last - first) * classes, row_of(p_, first));
    for (std::size_t n = first; n < last; ++n) {
        const double* const p = row_of(wide_p_, n);
        const auto label = static_cast<std::size_t>(t[n]);
        double others = 0.0;
        for (std::size_t c = 0; c < classes; ++c) {
            others += c == label ? 0.0 : p[c];
        }
        picked_[n] = p[label];
        others_(n, 0) = others;
        others_(n, 1) = epsilon_ == 0.0 ? 0.0 : epsilon_ / p[label];
    }
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
                                        static_cast<T>(others_(row, 1)),
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
    const bool small = h_ <= SmallMoves<double>::input;
    const kernels::KernelTable& table = dispatch::active_table();
    (small ? table.output_differences : table.output_differences_any)(
        {part.last - part.first + (part.has_bias ? 1U : 0U), wide_p_.cols(), label, row_of(wide_p_, row),
         others_(row, 0), others_(row, 1), row_of(small ? out_sinh_ : out_moves_, row) + part.first,
         row_of(out_cosh1_, row) + part.first, part.output_sums.data(), part.output_sums.cols()});
}

template <class T>
void NetDifferences<T>::units_part(Part& part, Labels t, std::size_t first_row, std::size_t rows) {
    if (first_row == 0) {
        std::fill_n(part.input_sums.data(), part.input_sums.size(), T(0));
        std::fill_n(part.output_sums.data(), part.output_sums.size(), 0.0);
    }
    for (std::size_t j = part.first; j < part.last; j += kUnitBlock) {
        const std::size_t count = std::min(kUnitBlock, part.last - j);
        for (std::size_t n = 0; n < rows; ++n) {
            if (n + 1 < rows) {
                prefetch_sample(n + 1, j, count);
            }
            add_unit_differences(part, n, static_cast<std::size_t>(t[first_row + n]), j, count);
        }
    }
    for (std::size_t n = 0; n < rows; ++n) {
        add_output_differences(part, n, static_cast<std::size_t>(t[first_row + n]));
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
            gradient.W2(part.first + j, k) = static_cast<T>(factor * sums[j]);
        }
        if (part.has_bias) {
            gradient.b2(0, k) = static_cast<T>(factor * sums[units]);
        }
    }
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
    const std::size_t hidden = params.hidden_size();
    const std::size_t work = std::min(kRowBlock, x.rows()) * params.W1.size();
    const std::size_t team =
        std::clamp<std::size_t>(parallel::team_size(work, kGrain), 1, std::max<std::size_t>(hidden, 1));
    parts_.resize(team);
    for (std::size_t i = 0; i < team; ++i) {
        Part& part = parts_[i];
        const auto units = parallel::Part{i, team}.share(hidden, 1);
        part.first = units.first;
        part.last = units.last;
        part.has_bias = i + 1 == team;
        const std::size_t places = std::bit_ceil(2 * inputs_);
        part.table.values.resize(places);
        part.table.slots.resize(places);
        part.table.stamps.resize(places);
        fit_matrix(part.input_sums, inputs_, padded<T>(part.last - part.first));
        fit_matrix(part.output_sums, params.output_size(), padded<double>(part.last - part.first + 1));
        fit_matrix(part.one_sample, inputs_, padded<T>(std::min(kUnitBlock, part.last - part.first)));
    }
    std::atomic<bool> needs_double{false};
    for (std::size_t first = 0; first < x.rows(); first += kRowBlock) {
        const std::size_t rows = std::min(kRowBlock, x.rows() - first);
        const MatrixView<const T> block = x.rows(first, first + rows);
        const auto each_part = [team](parallel::Part me, const auto& body) {
            for (std::size_t i = me.index; i < team; i += me.count) {
                body(i);
            }
        };
        parallel::run(
            team,
            [&](parallel::Part me) {
                each_part(me, [&](std::size_t i) {
                    const auto mine = parallel::Part{i, team}.share(rows, 1);
                    std::fill(parts_[i].table.stamps.begin(), parts_[i].table.stamps.end(), 0U);
                    for (std::size_t n = mine.first; n < mine.last; ++n) {
                        list_inputs(block.row(n).data(), n, parts_[i].table);
                        if (!lists_[n].small && !std::is_same_v<T, double>) {
                            needs_double.store(true, std::memory_order_relaxed);
                        }
                    }
                    if (mine.first < mine.last) {
                        rows_part(params, block, t.subspan(first, rows), mine.first, mine.last,
                                  losses_.data() + first);
                    }
                });
            },
            [&](parallel::Part me) {
                if (needs_double.load(std::memory_order_relaxed)) {
                    return;
                }
                each_part(me, [&](std::size_t i) {
                    units_part(parts_[i], t, first, rows);
                    if (first + rows == x.rows()) {
                        finish(parts_[i], 1.0 / (2.0 * h * static_cast<double>(x.rows())), gradient);
                    }
                });
            });
        if (needs_double.load()) {
            return Outcome::kNeedsDouble;
        }
    }
    loss_ = dispatch::active<double>().sum(losses_.data(), x.rows()) / static_cast<double>(x.rows());
    return Outcome::kDone;
}

template class NetDifferences<float>;
template class NetDifferences<double>;

}  // namespace thalweg::nn
