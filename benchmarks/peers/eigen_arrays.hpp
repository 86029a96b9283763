// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Expressions by Eigen, compiled by eigen_arrays.cpp for this processor and by eigen_plain.cpp for any.
#pragma once

#include <Eigen/Core>

#include "peers/arrays.hpp"

namespace thalweg::bench::peers {
namespace {

struct EigenExpressions {
    using Map = Eigen::Map<Eigen::ArrayXf>;
    using ConstMap = Eigen::Map<const Eigen::ArrayXf>;
    using Rows = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using RowsMap = Eigen::Map<Rows>;
    using ConstRowsMap = Eigen::Map<const Rows>;

    static Eigen::Index index(std::size_t n) { return static_cast<Eigen::Index>(n); }
    static ConstMap in(const float* x, const Arrays& on) { return {x, index(on.n)}; }
    static Map out(const Arrays& on) { return {on.out, index(on.n)}; }
    static ConstRowsMap rows(const Arrays& on) { return {on.a, index(on.n / on.cols), index(on.cols)}; }
    static RowsMap out_rows(const Arrays& on) { return {on.out, index(on.n / on.cols), index(on.cols)}; }

    [[gnu::noinline]] static void multiply_add(const Arrays& on) {
        out(on) = in(on.a, on) * in(on.b, on) + in(on.c, on);
    }
    [[gnu::noinline]] static void four(const Arrays& on) {
        out(on) = ((in(on.a, on) - in(on.b, on)) * in(on.c, on) + in(on.a, on)) / on.number;
    }
    [[gnu::noinline]] static void descend(const Arrays& on) { out(on) -= on.number * in(on.b, on); }
    [[gnu::noinline]] static void where(const Arrays& on) {
        out(on) = (in(on.a, on) > 0.0F).select(in(on.a, on), 0.01F * in(on.a, on));
    }
    [[gnu::noinline]] static void squared_sum(const Arrays& on) {
        on.out[0] = ((in(on.a, on) - in(on.b, on)) * (in(on.a, on) - in(on.b, on))).sum();
    }
    [[gnu::noinline]] static void minus_mean(const Arrays& on) {
        const Eigen::Array<float, 1, Eigen::Dynamic> mean = rows(on).colwise().mean();
        out_rows(on) = rows(on).rowwise() - mean;
    }
    [[gnu::noinline]] static void over_sum(const Arrays& on) {
        const Eigen::ArrayXf sums = rows(on).rowwise().sum();
        out_rows(on) = rows(on).colwise() / sums;
    }
};

}  // namespace
}  // namespace thalweg::bench::peers
