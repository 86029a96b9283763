// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What units of a moved net make of moves of their sums, as calls of the kernels.
#pragma once

#include <algorithm>
#include <cstddef>

#include "dispatch/dispatch.hpp"
#include "nn/difference/mover.hpp"
#include "nn/layers/products.hpp"

namespace thalweg::nn {

// Moves of layer l's sums that are so large at most are small for its curve.
inline bool small_for(kernels::Curve curve, double most) noexcept {
    return most <= (curve == kernels::Curve::kTanh ? 0.5 : 1.0) * kernels::kSmallMove;
}

// f(a + u) - f(a) of hidden units from `first` on, or u itself for the last layer's.
inline kernels::UnitMoves moves_of(const MovedLayer& at, std::size_t l, std::size_t first = 0) noexcept {
    kernels::UnitMoves d{};
    const bool last = l + 1 == at.net.depth();
    d.curve = last ? kernels::Curve::kIdentity : at.net.curve();
    d.small = small_for(d.curve, at.most * at.reach.move(at.layer, l));
    d.below = at.net.below();
    d.units = at.net.layer(l).outputs() - first;
    if (d.curve == kernels::Curve::kGelu || d.curve == kernels::Curve::kSlopes) {
        d.a = at.samples.sums(l, at.sample) + first;
    }
    if (d.curve != kernels::Curve::kIdentity && d.curve != kernels::Curve::kSlopes) {
        d.z = at.samples.z(l, at.sample) + first;
        d.zm = at.samples.zm(l, at.sample) + first;
    }
    return d;
}

inline void run_moves(const kernels::UnitMoves& d) noexcept {
    dispatch::active_table().unit_moves(d);
}

// Outputs of layer l that dropout leaves out do not move: a row each from `first` on.
inline void hold_dropped(const MovedLayer& at, std::size_t l, std::size_t first, std::size_t units,
                         double* moves, std::size_t columns) noexcept {
    const double* const mask = at.samples.mask(l, at.sample);
    for (std::size_t j = 0; mask != nullptr && j < units; ++j) {
        if (mask[first + j] == 0.0) {
            std::fill_n(moves + j * columns, columns, 0.0);
        }
    }
}

inline kernels::GemmBlock<double> product_through(MatrixView<const double> w, const double* moves,
                                                  std::size_t columns, double* out) noexcept {
    return product_down_rows<double>(w, {moves, w.rows(), columns}, {out, w.cols(), columns});
}

}  // namespace thalweg::nn
