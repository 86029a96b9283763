// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/mover.hpp"

#include <algorithm>
#include <utility>

#include "dispatch/dispatch.hpp"
#include "nn/difference/cache_lines.hpp"
#include "nn/difference/unit_moves.hpp"

namespace thalweg::nn {
namespace {

// What lies between two layers stays in the second cache.
constexpr std::size_t kBlockElements = 24 << 10;
constexpr std::size_t kFewestColumns = 64;  // no fewer than 2 * kMostNodes
constexpr std::size_t kMostColumns = 512;

}  // namespace

void Mover::prepare(const MovedNet& net, std::size_t samples) {
    const std::size_t widest = net.widest();
    columns_ = std::clamp(kBlockElements / widest / 8 * 8, kFewestColumns, kMostColumns);
    std::size_t scratch = MovedSamples::scratch_size(net, samples);
    for (std::size_t l = 1; l < net.depth(); ++l) {
        scratch =
            std::max(scratch, ops::gemm_scratch(product_through(net.layer(l).W, nullptr, columns_, nullptr)));
    }
    const MatrixView<const double> rows(nullptr, kMostRows, columns_);
    scratch = std::max(scratch, ops::gemm_scratch(product_down_rows<double>(
                                    {nullptr, kMostRows, widest}, rows, {nullptr, widest, columns_})));
    const std::size_t block = padded<double>(widest * columns_);
    const std::size_t row = padded<double>(columns_);
    const std::size_t parts = padded<double>(widest * kMostRows);
    most_rows_ = std::min(kMostRows, widest);
    double* memory =
        memory_.reserve<double>(padded<double>(scratch) + 2 * block + 4 * row + 2 * parts + kMostRows);
    const auto take = [&memory](std::size_t count) {
        double* const taken = memory;
        memory += count;
        return taken;
    };
    scratch_ = take(padded<double>(scratch));
    moves_[0] = take(block);
    moves_[1] = take(block);
    own_ = take(row);
    turned_ = take(row);
    found_ = take(row);
    margin_ = take(row);
    parts_[0] = take(parts);
    parts_[1] = take(parts);
    reaches_ = take(kMostRows);
}

// The moves of the outputs before layer `into` become those of its sums.
void Mover::pass(const MovedLayer& at, std::size_t into, Block& block) noexcept {
    double* const out = block.moves == moves_[0] ? moves_[1] : moves_[0];
    ops::gemm_alone(product_through(at.net.layer(into).W, block.moves, block.columns, out), scratch_);
    block.moves = out;
}

// From the outputs of the layer after `at` to the last layer's sums.
void Mover::through(const MovedLayer& at, Block& block) noexcept {
    for (std::size_t l = at.layer + 2; l < at.net.depth(); ++l) {
        pass(at, l, block);
        if (l + 1 < at.net.depth()) {
            kernels::UnitMoves d = moves_of(at, l);
            d.moves = block.columns;
            d.x = d.y = block.moves;
            d.ldx = d.ldy = block.columns;
            run_moves(d);
            hold_dropped(at, l, 0, d.units, block.moves, block.columns);
        }
    }
}

void Mover::losses(const MovedLayer& at, const Block& block, double* out) noexcept {
    const std::size_t count = block.columns / 2;
    std::fill_n(out, count, 0.0);
    const bool small = at.most * at.reach.spread(at.layer) <= kernels::kSmallMove;
    at.samples.add_loss_moves(at.sample, block.moves, block.moves + count, block.columns, count, small, out);
}

// turned_[k * units + j]: how the outputs of units first and on move by u[k], and by -u[k] behind them all.
void Mover::start(const MovedLayer& at, std::size_t first, std::size_t units, const double* u,
                  std::size_t count) noexcept {
    double both[2 * kMostNodes];
    for (std::size_t k = 0; k < count; ++k) {
        both[k] = u[k];
        both[count + k] = -u[k];
    }
    kernels::UnitMoves d = moves_of(at, at.layer, first);
    d.units = units;
    d.moves = 2 * count;
    d.x = both;
    d.ldx = 0;
    d.y = own_;
    d.ldy = 2 * count;
    run_moves(d);
    hold_dropped(at, at.layer, first, units, own_, 2 * count);
    dispatch::active<double>().transpose(own_, 2 * count, units, 2 * count, turned_, units);
}

// Whole cache lines of units, where there is room for more than one.
std::size_t Mover::units_at_once(std::size_t count) const noexcept {
    const std::size_t units = columns_ / (2 * count);
    return units < kLine<double> ? units : units / kLine<double> * kLine<double>;
}

void Mover::units(const MovedLayer& at, const double* u, std::size_t count, double* out,
                  std::size_t ld) noexcept {
    const std::size_t all = at.net.layer(at.layer).outputs();
    if (at.layer + 1 == at.net.depth()) {
        // moves_ has room: count is less than its columns.
        if (at.samples.class_moves(at.sample, u, count, at.most, moves_[0])) {
            dispatch::active<double>().transpose(moves_[0], count, all, count, out, ld);
            return;
        }
        for (std::size_t j = 0; j < all; ++j) {
            last_layer(at, j, u, count, found_);
            for (std::size_t k = 0; k < count; ++k) {
                out[k * ld + j] = found_[k];
            }
        }
        return;
    }
    const std::size_t most = units_at_once(count);
    const Matrix<double>& into = at.net.transposed(at.layer + 1);
    for (std::size_t first = 0; first < all; first += most) {
        const std::size_t units = std::min(most, all - first);
        start(at, first, units, u, count);
        Block block{moves_[0], 2 * count * units};
        kernels::UnitMoves d = moves_of(at, at.layer + 1);
        d.moves = units;
        d.x = into.data() + first;
        d.ldx = into.cols();
        d.ldy = block.columns;
        for (std::size_t k = 0; k < 2 * count; ++k) {
            d.factor = turned_ + k * units;
            d.y = block.moves + k * units;
            run_moves(d);
        }
        hold_dropped(at, at.layer + 1, 0, d.units, block.moves, block.columns);
        through(at, block);
        losses(at, block, found_);
        for (std::size_t k = 0; k < count; ++k) {
            std::copy_n(found_ + k * units, units, out + k * ld + first);
        }
    }
}

// What moves of 1 of units first and on do to the last layer's sums while nothing crosses 0; margin_ says
// what would by at.most.
Mover::Block Mover::slopes(const MovedLayer& at, std::size_t first, std::size_t units) noexcept {
    const double* const sums = at.samples.sums(at.layer, at.sample) + first;
    for (std::size_t j = 0; j < units; ++j) {
        own_[j] = sums[j] > 0.0 ? 1.0 : at.net.below();
        margin_[j] = at.most - (sums[j] > 0.0 ? sums[j] : -sums[j]);
    }
    hold_dropped(at, at.layer, first, units, own_, 1);
    const Matrix<double>& into = at.net.transposed(at.layer + 1);
    Block block{moves_[0], units};
    for (std::size_t l = at.layer + 1; l < at.net.depth(); ++l) {
        const bool opens = l == at.layer + 1;
        const bool last = l + 1 == at.net.depth();
        if (!opens) {
            pass(at, l, block);
        }
        kernels::LinearMoves d{};
        d.units = at.net.layer(l).outputs();
        d.moves = units;
        d.x = opens ? into.data() + first : block.moves;
        d.ldx = opens ? into.cols() : units;
        d.factor = opens ? own_ : nullptr;
        d.y = block.moves;
        d.ldy = units;
        if (!last) {
            d.below = at.net.below();
            d.reach = at.most;
            d.a = at.samples.sums(l, at.sample);
            d.largest = opens ? at.net.largest_into(l).data() : nullptr;
            d.margin = margin_;
            dispatch::active_table().linear_moves(d);
            hold_dropped(at, l, 0, d.units, block.moves, units);
        } else if (opens) {
            kernels::UnitMoves of = moves_of(at, l);
            of.moves = d.moves;
            of.x = d.x;
            of.ldx = d.ldx;
            of.factor = d.factor;
            of.y = d.y;
            of.ldy = d.ldy;
            run_moves(of);
        }
    }
    return block;
}

void Mover::units_without_kinks(const MovedLayer& at, const double* u, std::size_t count, double* out,
                                std::size_t ld, unsigned char* crosses) noexcept {
    const kernels::Kernels<double>& kernel = dispatch::active<double>();
    const std::size_t all = at.net.layer(at.layer).outputs();
    const std::size_t classes = at.net.layer(at.net.depth() - 1).outputs();
    const std::size_t most = units_at_once(count);
    for (std::size_t first = 0; first < all; first += most) {
        const std::size_t units = std::min(most, all - first);
        const Block linear = slopes(at, first, units);
        // By u to either side the sums move u times as far.
        const Block nodes{linear.moves == moves_[0] ? moves_[1] : moves_[0], 2 * count * units};
        for (std::size_t c = 0; c < classes; ++c) {
            for (std::size_t k = 0; k < count; ++k) {
                double* const up = nodes.moves + c * nodes.columns + k * units;
                kernel.scale(u[k], linear.moves + c * units, up, units);
                kernel.scale(-u[k], linear.moves + c * units, up + count * units, units);
            }
        }
        losses(at, nodes, found_);
        for (std::size_t k = 0; k < count; ++k) {
            std::copy_n(found_ + k * units, units, out + k * ld + first);
        }
        for (std::size_t j = 0; j < units; ++j) {
            crosses[first + j] = margin_[j] >= 0.0 ? 1 : 0;
        }
    }
}

// Of a sum of the last layer: no other one moves.
void Mover::last_layer(const MovedLayer& at, std::size_t j, const double* u, std::size_t count,
                       double* out) noexcept {
    const Block block{moves_[0], 2 * count};
    std::fill_n(block.moves, at.net.layer(at.layer).outputs() * block.columns, 0.0);
    double* const row = block.moves + j * block.columns;
    for (std::size_t r = 0; r < count; ++r) {
        row[r] = u[r];
        row[count + r] = -u[r];
    }
    losses(at, block, out);
}

// Of layer l's units, those that the moves of their sums may take across 0 get a row of their own behind the
// `rows` of block.moves: how their outputs move. What the others do to the next layer's sums stays linear in
// the rows that there are. Returns how many rows there are then, or 0 for too many.
std::size_t Mover::add_crossing(const MovedLayer& at, std::size_t l, std::size_t rows,
                                Block& block) noexcept {
    const std::size_t units = at.net.layer(l).outputs();
    const double* const sums = at.samples.sums(l, at.sample);
    const double* const mask = at.samples.mask(l, at.sample);
    const MatrixView<const double> next = at.net.layer(l + 1).W;
    std::size_t all = rows;
    std::size_t crossing[kMostRows];
    for (std::size_t k = 0; k < units; ++k) {
        double* const part = parts_[0] + k * kMostRows;
        double reach = 0.0;
        for (std::size_t r = 0; r < rows; ++r) {
            reach += reaches_[r] * (part[r] > 0.0 ? part[r] : -part[r]);
        }
        double slope = mask != nullptr && mask[k] == 0.0 ? 0.0 : sums[k] > 0.0 ? 1.0 : at.net.below();
        if (!(reach < (sums[k] > 0.0 ? sums[k] : -sums[k])) && (mask == nullptr || mask[k] != 0.0)) {
            if (all == most_rows_) {
                return 0;
            }
            double* const moves = block.moves + all * block.columns;
            ops::gemm_alone(product_down_rows<double>({part, rows, 1}, {block.moves, rows, block.columns},
                                                      {moves, 1, block.columns}),
                            scratch_);
            kernels::UnitMoves d = moves_of(at, l, k);
            d.units = 1;
            d.moves = block.columns;
            d.x = d.y = moves;
            d.ldx = d.ldy = block.columns;
            run_moves(d);
            reaches_[all] = reach;
            crossing[all++] = k;
            slope = 0.0;
        }
        for (std::size_t r = 0; r < rows; ++r) {
            part[r] *= slope;
        }
    }
    ops::gemm_alone(product_through(next, parts_[0], kMostRows, parts_[1]), scratch_);
    for (std::size_t r = rows; r < all; ++r) {
        for (std::size_t i = 0; i < next.cols(); ++i) {
            parts_[1][i * kMostRows + r] = next(crossing[r], i);
        }
    }
    std::swap(parts_[0], parts_[1]);
    return all;
}

// unit() of nets that are linear between their kinks. With o_0 the moves of unit j's output, and o_1, ...
// those of the outputs of the few units that may cross 0, the sums of every layer behind move by
//
//     sum over r of parts[i][r] o_r                                        i the unit
//
// so that a product with whole layers has as many columns as there are o_r, not as there are moves. Which
// units may cross, at.most decides. False: they are too many.
bool Mover::unit_across(const MovedLayer& at, std::size_t j, const double* u, std::size_t count,
                        double* out) noexcept {
    Block block{moves_[0], 2 * count};
    const double sides[] = {at.most, -at.most};
    double reached[2] = {};
    kernels::UnitMoves own = moves_of(at, at.layer, j);
    own.units = 1;
    own.moves = 2;
    own.x = sides;
    own.y = reached;
    run_moves(own);
    reaches_[0] = std::max(reached[0], -reached[1]);
    for (std::size_t r = 0; r < count; ++r) {
        block.moves[r] = u[r];
        block.moves[count + r] = -u[r];
    }
    own.moves = block.columns;
    own.x = own.y = block.moves;
    run_moves(own);
    hold_dropped(at, at.layer, j, 1, block.moves, block.columns);

    const MatrixView<const double> into = at.net.layer(at.layer + 1).W;
    std::fill_n(parts_[0], into.cols() * kMostRows, 0.0);
    for (std::size_t i = 0; i < into.cols(); ++i) {
        parts_[0][i * kMostRows] = into(j, i);
    }
    std::size_t rows = 1;
    for (std::size_t l = at.layer + 1; rows != 0 && l + 1 < at.net.depth(); ++l) {
        rows = add_crossing(at, l, rows, block);
    }
    if (rows == 0) {
        return false;
    }
    const std::size_t classes = at.net.layer(at.net.depth() - 1).outputs();
    dispatch::active<double>().transpose(parts_[0], kMostRows, classes, rows, parts_[1], classes);
    const Block last{moves_[1], block.columns};
    ops::gemm_alone(product_down_rows<double>({parts_[1], rows, classes}, {block.moves, rows, block.columns},
                                              {last.moves, classes, last.columns}),
                    scratch_);
    losses(at, last, out);
    return true;
}

void Mover::unit(const MovedLayer& at, std::size_t j, const double* u, std::size_t count,
                 double* out) noexcept {
    const std::size_t most = columns_ / 2;
    for (std::size_t first = 0; first < count; first += most) {
        const std::size_t moves = std::min(most, count - first);
        if (at.layer + 1 == at.net.depth()) {
            last_layer(at, j, u + first, moves, out + first);
            continue;
        }
        if (at.net.is_linear() && unit_across(at, j, u + first, moves, out + first)) {
            continue;
        }
        Block block{moves_[0], 2 * moves};
        for (std::size_t r = 0; r < moves; ++r) {
            own_[r] = u[first + r];
            own_[moves + r] = -u[first + r];
        }
        kernels::UnitMoves own = moves_of(at, at.layer, j);
        own.units = 1;
        own.moves = 2 * moves;
        own.x = own.y = own_;
        run_moves(own);
        hold_dropped(at, at.layer, j, 1, own_, own.moves);
        kernels::UnitMoves d = moves_of(at, at.layer + 1);
        const double* const weights = row_of(at.net.layer(at.layer + 1).W, j);
        for (std::size_t k = 0; k < d.units; ++k) {
            dispatch::active<double>().scale(weights[k], own_, block.moves + k * block.columns,
                                             block.columns);
        }
        d.moves = block.columns;
        d.x = d.y = block.moves;
        d.ldx = d.ldy = block.columns;
        run_moves(d);
        hold_dropped(at, at.layer + 1, 0, d.units, block.moves, block.columns);
        through(at, block);
        losses(at, block, out + first);
    }
}

}  // namespace thalweg::nn
