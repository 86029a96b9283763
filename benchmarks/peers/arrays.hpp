// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From an expression of bench_arrays.cpp to a peer's function for it.
#pragma once

#include "peers/peer.hpp"

namespace thalweg::bench::peers {
namespace {

// One call of an expression, written for all expressions by a class Expressions with a static function for
// each.
template <class Expressions>
Run array_run(Expression expression, const Arrays& on) {
    switch (expression) {
        case Expression::kMultiplyAdd:
            return [on] { Expressions::multiply_add(on); };
        case Expression::kFour:
            return [on] { Expressions::four(on); };
        case Expression::kDescend:
            return [on] { Expressions::descend(on); };
        case Expression::kWhere:
            return [on] { Expressions::where(on); };
        case Expression::kSquaredSum:
            return [on] { Expressions::squared_sum(on); };
        case Expression::kMinusMean:
            return [on] { Expressions::minus_mean(on); };
        case Expression::kOverSum:
            return [on] { Expressions::over_sum(on); };
        default:
            return {};
    }
}

}  // namespace
}  // namespace thalweg::bench::peers
