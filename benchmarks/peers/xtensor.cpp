// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Expressions by xtensor, with xsimd's vectors.
#define XTENSOR_USE_XSIMD
#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#endif

#include <array>
#include <string>

#include "peers/arrays.hpp"
#include "peers/members.hpp"

namespace thalweg::bench::peers {
namespace {

struct XtensorExpressions {
    template <class T>
    static auto flat(T* x, const Arrays& on) {
        return xt::adapt(x, on.n, xt::no_ownership(), std::array<std::size_t, 1>{on.n});
    }
    template <class T>
    static auto rows(T* x, const Arrays& on) {
        return xt::adapt(x, on.n, xt::no_ownership(), std::array<std::size_t, 2>{on.n / on.cols, on.cols});
    }

    static void multiply_add(const Arrays& on) {
        auto out = flat(on.out, on);
        xt::noalias(out) = flat(on.a, on) * flat(on.b, on) + flat(on.c, on);
    }
    static void four(const Arrays& on) {
        auto out = flat(on.out, on);
        xt::noalias(out) = ((flat(on.a, on) - flat(on.b, on)) * flat(on.c, on) + flat(on.a, on)) / on.number;
    }
    static void descend(const Arrays& on) {
        auto out = flat(on.out, on);
        xt::noalias(out) -= on.number * flat(on.b, on);
    }
    static void where(const Arrays& on) {
        auto out = flat(on.out, on);
        const auto a = flat(on.a, on);
        xt::noalias(out) = xt::where(a > 0.0F, a, 0.01F * a);
    }
    static void squared_sum(const Arrays& on) {
        const auto a = flat(on.a, on);
        const auto b = flat(on.b, on);
        on.out[0] = xt::sum((a - b) * (a - b), xt::evaluation_strategy::immediate)();
    }
    static void minus_mean(const Arrays& on) {
        const auto x = rows(on.a, on);
        auto out = rows(on.out, on);
        const auto mean = xt::eval(xt::mean(x, {0}));
        xt::noalias(out) = x - mean;
    }
    static void over_sum(const Arrays& on) {
        const auto x = rows(on.a, on);
        auto out = rows(on.out, on);
        const auto sums = xt::eval(xt::sum(x, {1}, xt::keep_dims));
        xt::noalias(out) = x / sums;
    }
};

std::string version() {
    return std::to_string(XTENSOR_VERSION_MAJOR) + "." + std::to_string(XTENSOR_VERSION_MINOR) + "." +
           std::to_string(XTENSOR_VERSION_PATCH);
}
Pool pool() {
    return Pool::kNone;
}
void use_threads(int) {}

}  // namespace

const Peer xtensor = {
    .name = "xtensor",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .arrays = array_run<XtensorExpressions>,
};

}  // namespace thalweg::bench::peers
