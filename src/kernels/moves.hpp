// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How far units and losses move when their sums move, as exact identities: nothing is subtracted that is
// nearly equal, and no derivative of anything is formed. Lanes run along the moves; what belongs to a unit or
// a class is the same in all of them.
//
//   sigmoid    z zm E / (1 + z E), E = e^u - 1; for u < 0 with the sides exchanged, so that 1 + z E is not
//              small: -zm z E / (1 + zm E), E = e^-u - 1
//   tanh       2 sigmoid(2a) - 1
//   softplus   log(1 + z E); for u < -1 with softplus(a) = a + softplus(-a): u + log(1 + zm E)
//   gelu       a P(a): u P(a) + (a + u) (P(a + u) - P(a)), the last by four points of Gauss' rule up to
//              |u| = 0.1 (error 6e-8 u^8 of it), beyond from erf
//   slopes     slope times u on either side of 0; across, the difference of the values
//   label      log((p- + eps) / (p+ + eps)), p+- = p_label / (A +- G) as in difference.hpp, with
//              G = sum p_c (E+ - E-)/2, A = 1 + sum p_c (E+ + E-)/2, E+- = e^v+- - 1, v = the class's move
//              minus the label's
//   squares    sum of (d+ - d-) (y - t + (d+ + d-)/2)
//   binary     softplus(s + d+) - softplus(s + d-), both as above, minus t (d+ - d-)
//
// range   |u| up to 700; beyond, results may be NaN or Inf
// error   a few ULP of each term; see docs/numerics.md
// bound   the multiply-add pipes; sigmoid with small moves: 8 operations and a division a vector
// source  identities: docs/numerics.md
#pragma once

#include "kernels/difference.hpp"
#include "kernels/difference_any.hpp"
#include "kernels/erf.hpp"
#include "kernels/expm1.hpp"
#include "kernels/log1p.hpp"
#include "kernels/node_products.hpp"
#include "kernels/table.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// e^u - 1 for |u| <= kSmallMove; the first term left out is u^5 / 720 of it.
[[gnu::always_inline]] inline Double small_expm1(Double u) {
    constexpr double kSeries[] = {1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120};
    return u * polynomial(u, kSeries);
}

struct UnitState {
    Double a;
    Double z;
    Double zm;
    Double below;
};

[[gnu::always_inline]] inline Double sigmoid_move(Double u, Double z, Double zm) {
    const auto back = u < Double(0.0);
    const Double e = expm1_lanes(absolute(u));
    const Double size = divide(z * zm * e, fma(choose(back, zm, z), e, Double(1.0)));
    return choose(back, -size, size);
}

[[gnu::always_inline]] inline Double small_sigmoid_move(Double u, Double z, Double zm) {
    const Double e = small_expm1(u);
    return divide(z * zm * e, fma(z, e, Double(1.0)));
}

[[gnu::always_inline]] inline Double softplus_move(Double u, Double z, Double zm) {
    const auto back = u < Double(-1.0);
    const Double e = expm1_lanes(choose(back, -u, u));
    return choose(back, u, Double(0.0)) + log1p_lanes(choose(back, zm, z) * e);
}

// P(a + u) - P(a).
[[gnu::always_inline]] inline Double normal_move(Double u, Double a) {
    constexpr double kPoints[] = {0.069431844202973712388, 0.33000947820757186760, 0.66999052179242813240,
                                  0.93056815579702628761};
    // Of Gauss' rule on [0, 1], times the density at 0.
    constexpr double kOuter = 0.17392742256872692869 * 0.39894228040143267794;
    constexpr double kInner = 0.32607257743127307131 * 0.39894228040143267794;
    Double density[4];
    for (std::size_t i = 0; i < 4; ++i) {
        const Double at = fma(u, Double(kPoints[i]), a);
        density[i] = exp_double(Double(-0.5) * at * at);
    }
    const Double near =
        u * fma(Double(kInner), density[1] + density[2], Double(kOuter) * (density[0] + density[3]));
    const auto far = absolute(u) > Double(0.1);
    if (!any_lane(far)) {
        return near;
    }
    const Double root_half(0.70710678118654752440);
    const Double after = exact_erf((a + u) * root_half).high;
    const Double before = exact_erf(a * root_half).high;
    return choose(far, Double(0.5) * (after - before), near);
}

[[gnu::always_inline]] inline Double slope_move(Double u, Double a, Double below) {
    const Double zero(0.0);
    const Double moved = a + u;
    const auto above = both(a >= zero, moved >= zero);
    const auto under = both(a <= zero, moved <= zero);
    const Double across = choose(moved > zero, moved, below * moved) - choose(a > zero, a, below * a);
    return choose(above, u, choose(under, below * u, across));
}

template <Curve kCurve, bool kSmall>
[[gnu::always_inline]] inline Double unit_move(Double u, const UnitState& unit) {
    if constexpr (kCurve == Curve::kSigmoid) {
        return kSmall ? small_sigmoid_move(u, unit.z, unit.zm) : sigmoid_move(u, unit.z, unit.zm);
    } else if constexpr (kCurve == Curve::kTanh) {
        const Double v = u + u;
        const Double half =
            kSmall ? small_sigmoid_move(v, unit.z, unit.zm) : sigmoid_move(v, unit.z, unit.zm);
        return half + half;
    } else if constexpr (kCurve == Curve::kSoftplus) {
        return softplus_move(u, unit.z, unit.zm);
    } else if constexpr (kCurve == Curve::kGelu) {
        return fma(u, unit.z, (unit.a + u) * normal_move(u, unit.a));
    } else if constexpr (kCurve == Curve::kSlopes) {
        return slope_move(u, unit.a, unit.below);
    } else {
        return u;
    }
}

template <Curve kCurve, bool kSmall>
void unit_moves_of(const UnitMoves& d) {
    for (std::size_t i = 0; i < d.units; ++i) {
        UnitState unit{Double(0.0), Double(0.0), Double(0.0), Double(d.below)};
        if constexpr (kCurve == Curve::kGelu || kCurve == Curve::kSlopes) {
            unit.a = Double(d.a[i]);
        }
        if constexpr (kCurve != Curve::kIdentity && kCurve != Curve::kSlopes) {
            unit.z = Double(d.z[i]);
        }
        if constexpr (kCurve == Curve::kSigmoid || kCurve == Curve::kTanh || kCurve == Curve::kSoftplus) {
            unit.zm = Double(d.zm[i]);
        }
        const double* const x = d.x + i * d.ldx;
        double* const y = d.y + i * d.ldy;
        if (d.factor != nullptr) {
            along_moves(x, y, d.moves, [&](Double v, std::size_t r, std::size_t n) THALWEG_INLINE_LAMBDA {
                return unit_move<kCurve, kSmall>(v * load_partial_or_full(d.factor + r, n), unit);
            });
        } else {
            along_moves(x, y, d.moves, [&](Double v, std::size_t, std::size_t) THALWEG_INLINE_LAMBDA {
                return unit_move<kCurve, kSmall>(v, unit);
            });
        }
    }
}

inline void unit_moves(const UnitMoves& d) {
    switch (d.curve) {
        case Curve::kIdentity:
            return unit_moves_of<Curve::kIdentity, false>(d);
        case Curve::kSigmoid:
            return d.small ? unit_moves_of<Curve::kSigmoid, true>(d)
                           : unit_moves_of<Curve::kSigmoid, false>(d);
        case Curve::kTanh:
            return d.small ? unit_moves_of<Curve::kTanh, true>(d) : unit_moves_of<Curve::kTanh, false>(d);
        case Curve::kSoftplus:
            return unit_moves_of<Curve::kSoftplus, false>(d);
        case Curve::kGelu:
            return unit_moves_of<Curve::kGelu, false>(d);
        case Curve::kSlopes:
            return unit_moves_of<Curve::kSlopes, false>(d);
    }
}

// Moves u = x, or x times a factor, that are slope times as long behind the unit.
[[gnu::always_inline]] inline void scaled_moves(const LinearMoves& d, std::size_t i, double slope) {
    const double* const x = d.x + i * d.ldx;
    double* const y = d.y + i * d.ldy;
    if (slope == 0.0) {
        for (std::size_t r = 0; r < d.moves; ++r) {
            y[r] = 0.0;
        }
    } else if (d.factor == nullptr) {
        along_moves(x, y, d.moves, [&](Double v, std::size_t, std::size_t) THALWEG_INLINE_LAMBDA {
            return Double(slope) * v;
        });
    } else {
        along_moves(x, y, d.moves, [&](Double v, std::size_t r, std::size_t n) THALWEG_INLINE_LAMBDA {
            return Double(slope) * (v * load_partial_or_full(d.factor + r, n));
        });
    }
}

inline void linear_moves(const LinearMoves& d) {
    for (std::size_t i = 0; i < d.units; ++i) {
        const double slope = d.a[i] > 0.0 ? 1.0 : d.below;
        const double size = d.a[i] > 0.0 ? d.a[i] : -d.a[i];
        if (d.largest != nullptr && d.reach * d.largest[i] < size) {
            scaled_moves(d, i, slope);
            continue;
        }
        along_moves(d.x + i * d.ldx, d.y + i * d.ldy, d.moves,
                    [&](Double v, std::size_t r, std::size_t n) THALWEG_INLINE_LAMBDA {
                        const Double u = d.factor == nullptr ? v : v * load_partial_or_full(d.factor + r, n);
                        const Double margin = load_partial_or_full(d.margin + r, n);
                        store_partial_or_full(
                            d.margin + r, larger(margin, fma(Double(d.reach), absolute(u), Double(-size))),
                            n);
                        return Double(slope) * u;
                    });
    }
}

[[gnu::always_inline]] inline Double small_label_move(const LossMoves& d, std::size_t r, std::size_t n) {
    const Double up_label = load_partial_or_full(d.up + d.label * d.ld + r, n);
    const Double down_label = load_partial_or_full(d.down + d.label * d.ld + r, n);
    Double g(0.0);
    Double a(0.0);
    for (std::size_t c = 0; c < d.classes; ++c) {
        if (c == d.label) {
            continue;
        }
        const Double p(d.p[c]);
        const Double raised = small_expm1(load_partial_or_full(d.up + c * d.ld + r, n) - up_label);
        const Double lowered = small_expm1(load_partial_or_full(d.down + c * d.ld + r, n) - down_label);
        g = fma(p, raised - lowered, g);
        a = fma(p, raised + lowered, a);
    }
    return small_loss_difference<double>(Double(0.5) * g, fma(Double(0.5), a, Double(1.0)), Double(d.q));
}

[[gnu::always_inline]] inline Double label_move(const LossMoves& d, std::size_t r, std::size_t n) {
    const Double up_label = load_partial_or_full(d.up + d.label * d.ld + r, n);
    const Double down_label = load_partial_or_full(d.down + d.label * d.ld + r, n);
    Double most(0.0);
    for (std::size_t c = 0; c < d.classes; ++c) {
        most = larger(most, larger(load_partial_or_full(d.up + c * d.ld + r, n) - up_label,
                                   load_partial_or_full(d.down + c * d.ld + r, n) - down_label));
    }
    Double up = Double(d.p[d.label]) * exp_double(-most);
    Double down = up;
    Double g(0.0);
    for (std::size_t c = 0; c < d.classes; ++c) {
        if (c == d.label) {
            continue;
        }
        const Double p(d.p[c]);
        const Double v_up = load_partial_or_full(d.up + c * d.ld + r, n) - up_label;
        const Double v_down = load_partial_or_full(d.down + c * d.ld + r, n) - down_label;
        const Double level = exp_double(Double(0.5) * (v_up + v_down) - most);
        const Double raised = exp_double(v_up - most);
        const Double lowered = exp_double(v_down - most);
        up = fma(p, raised, up);
        down = fma(p, lowered, down);
        g = fma(p, scaled_sinh(Double(0.5) * (v_up - v_down), level, raised, lowered), g);
    }
    // As in difference_any.hpp.
    const Double scaled_q = d.q == 0.0 ? Double(0.0) : Double(d.q) * exp_double(most);
    const auto in_range = most < Double(708.0);
    return choose(in_range, loss_difference(g, up, down, scaled_q), Double(kNaN));
}

[[gnu::always_inline]] inline Double squares_move(const LossMoves& d, std::size_t r, std::size_t n) {
    Double sum(0.0);
    for (std::size_t c = 0; c < d.classes; ++c) {
        const Double up = load_partial_or_full(d.up + c * d.ld + r, n);
        const Double down = load_partial_or_full(d.down + c * d.ld + r, n);
        sum = fma(up - down, fma(Double(0.5), up + down, Double(d.p[c])), sum);
    }
    return sum;
}

[[gnu::always_inline]] inline Double binary_move(const LossMoves& d, std::size_t r, std::size_t n) {
    Double sum(0.0);
    for (std::size_t c = 0; c < d.classes; ++c) {
        const Double up = load_partial_or_full(d.up + c * d.ld + r, n);
        const Double down = load_partial_or_full(d.down + c * d.ld + r, n);
        const Double z(d.z[c]);
        const Double zm(d.zm[c]);
        const Double both_sides = softplus_move(up, z, zm) - softplus_move(down, z, zm);
        sum = sum + fma(Double(-d.t[c]), up - down, both_sides);
    }
    return sum;
}

template <class F>
[[gnu::always_inline]] inline void add_losses(const LossMoves& d, F f) {
    constexpr std::size_t w = kWidth<double>;
    for (std::size_t r = 0; r < d.moves; r += w) {
        const std::size_t n = d.moves - r < w ? d.moves - r : w;
        const Double sum = load_partial_or_full(d.sum + r, n);
        store_partial_or_full(d.sum + r, fma(Double(d.weight), f(r, n), sum), n);
    }
}

inline void loss_moves(const LossMoves& d) {
    using Size = std::size_t;
    if (d.curve == LossCurve::kSquares) {
        add_losses(d, [&](Size r, Size n) THALWEG_INLINE_LAMBDA { return squares_move(d, r, n); });
    } else if (d.curve == LossCurve::kBinary) {
        add_losses(d, [&](Size r, Size n) THALWEG_INLINE_LAMBDA { return binary_move(d, r, n); });
    } else if (d.small) {
        add_losses(d, [&](Size r, Size n) THALWEG_INLINE_LAMBDA { return small_label_move(d, r, n); });
    } else {
        add_losses(d, [&](Size r, Size n) THALWEG_INLINE_LAMBDA { return label_move(d, r, n); });
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
