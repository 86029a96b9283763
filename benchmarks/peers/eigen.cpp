// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Eigen, as its users write it. Its products are parallel where OpenMP is on; its array expressions are not,
// so that large ones are cut in two here.
#include "peers/eigen.hpp"

#include <string>
#include <unsupported/Eigen/SpecialFunctions>

#include "peers/loss_from_softmax.hpp"
#include "peers/members.hpp"
#include "peers/split.hpp"

namespace thalweg::bench::peers {
namespace {

using FloatMap = Eigen::Map<Eigen::ArrayXf>;
using ConstFloatMap = Eigen::Map<const Eigen::ArrayXf>;

std::string version() {
#ifdef EIGEN_PATCH_VERSION
    // Since release 5 the first of the three older numbers stays at 3 and means nothing.
    return std::to_string(EIGEN_MAJOR_VERSION) + "." + std::to_string(EIGEN_MINOR_VERSION) + "." +
           std::to_string(EIGEN_PATCH_VERSION);
#else
    return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
           std::to_string(EIGEN_MINOR_VERSION);
#endif
}

Pool pool() {
#ifdef EIGEN_HAS_OPENMP
    return Pool::kOpenMp;
#else
    return Pool::kNone;
#endif
}

void use_threads(int threads) {
    Eigen::setNbThreads(threads);
}

template <class T>
using StridedMap = Eigen::Map<RowMatrix<T>, 0, Eigen::OuterStride<>>;
template <class T>
using ConstStridedMap = Eigen::Map<const RowMatrix<T>, 0, Eigen::OuterStride<>>;

template <class T>
void multiply(const Product<T>& p) {
    const bool ta = p.a_transposed;
    const bool tb = p.b_transposed;
    const ConstStridedMap<T> a(p.a, index(ta ? p.k : p.m), index(ta ? p.m : p.k),
                               Eigen::OuterStride<>(index(p.lda)));
    const ConstStridedMap<T> b(p.b, index(tb ? p.n : p.k), index(tb ? p.k : p.n),
                               Eigen::OuterStride<>(index(p.ldb)));
    StridedMap<T> c(p.c, index(p.m), index(p.n), Eigen::OuterStride<>(index(p.ldc)));
    if (ta && tb) {
        c.noalias() = a.transpose() * b.transpose();
    } else if (ta) {
        c.noalias() = a.transpose() * b;
    } else if (tb) {
        c.noalias() = a * b.transpose();
    } else {
        c.noalias() = a * b;
    }
}

template <class T>
Run product(const Product<T>& p) {
    return [p] { multiply(p); };
}

template <class Apply>
Run elementwise(const Elements& on, const Apply& apply) {
    return [on, apply, threads = Eigen::nbThreads()] {
        split(on.n, 64, threads, [&](std::size_t first, std::size_t last) {
            FloatMap y(on.y + first, index(last - first));
            apply(ConstFloatMap(on.x + first, index(last - first)), y);
        });
    };
}

Run make_exp(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.exp(); });
}

Run make_log(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.log(); });
}

Run make_expm1(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.expm1(); });
}

Run make_log1p(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.log1p(); });
}

Run make_log2(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.log2(); });
}

Run make_tanh(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.tanh(); });
}

Run make_softplus(const Elements& on) {
    return elementwise(
        on, [](const ConstFloatMap& x, FloatMap& y) { y = x.max(0.0F) + (-x.abs()).exp().log1p(); });
}

Run make_sigmoid(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.logistic(); });
}

Run make_sin(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.sin(); });
}

Run make_cos(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.cos(); });
}

Run make_erf(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) { y = x.erf(); });
}

Run make_gelu(const Elements& on) {
    return elementwise(
        on, [](const ConstFloatMap& x, FloatMap& y) { y = 0.5F * x * (1.0F + (x * 0.70710678F).erf()); });
}

Run make_gelu_tanh(const Elements& on) {
    return elementwise(on, [](const ConstFloatMap& x, FloatMap& y) {
        y = 0.5F * x * (1.0F + (0.79788456F * x * (1.0F + 0.044715F * x.square())).tanh());
    });
}

// Row by row for long rows, which keeps a row in the cache; all at once for short ones.
void softmax_rows(const float* from, float* to, std::size_t rows, std::size_t cols) {
    constexpr std::size_t kLongRow = 64;
    if (cols < kLongRow) {
        const Eigen::Map<const RowArray<float>> x(from, index(rows), index(cols));
        Eigen::Map<RowArray<float>> y(to, index(rows), index(cols));
        y = (x.colwise() - x.rowwise().maxCoeff()).exp();
        y.colwise() *= y.rowwise().sum().inverse().eval();
        return;
    }
    for (std::size_t i = 0; i < rows; ++i) {
        const ConstFloatMap x(from + i * cols, index(cols));
        FloatMap y(to + i * cols, index(cols));
        y = (x - x.maxCoeff()).exp();
        y *= 1.0F / y.sum();
    }
}

Run softmax(const Rows& on) {
    return [on, threads = Eigen::nbThreads()] {
        split(on.rows, 1, threads, [&](std::size_t first, std::size_t last) {
            softmax_rows(on.x + first * on.cols, on.y + first * on.cols, last - first, on.cols);
        });
    };
}

Run softmax_loss(const LossRows& on) {
    return [on] {
        softmax_rows(on.x, on.dx, on.rows, on.cols);
        loss_from_softmax(on);
    };
}

// Releases of Eigen up to 3.4 interpolate sigmoid(x) - 0.5: their error is some units in the last place of
// 0.5, however small the result.
#if EIGEN_VERSION_AT_LEAST(3, 4, 90)
constexpr double kSigmoidError = 0.0;
#else
constexpr double kSigmoidError = 4e-7;
#endif

}  // namespace

const Peer eigen = {
    .name = "eigen",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .gemm_f32 = product<float>,
    .gemm_f64 = product<double>,
    .exp = {make_exp, 4.0, 0.0},
    .log = {make_log, 4.0, 0.0},
    .expm1 = {make_expm1, 8.0, 0.0},
    .log1p = {make_log1p, 8.0, 0.0},
    .log2 = {make_log2, 8.0, 0.0},
    .tanh = {make_tanh, 8.0, 0.0},
    .softplus = {make_softplus, 16.0, 0.0},
    .sigmoid = {make_sigmoid, 8.0, kSigmoidError},
    .sin = {make_sin, 4.0, 1e-6},
    .cos = {make_cos, 4.0, 1e-6},
    .erf = {make_erf, 8.0, 0.0},
    .gelu = {make_gelu, 8.0, 4e-6},
    .gelu_tanh = {make_gelu_tanh, 8.0, 4e-6},
    .arrays = eigen_arrays,
    .softmax = softmax,
    .softmax_loss = softmax_loss,
    .train_f32 = eigen_train<float>,
    .train_f64 = eigen_train<double>,
    .net_loss_f64 = eigen_net_loss,
    .train_deep = eigen_train_deep,
    .predict_row = eigen_predict_row,
};

}  // namespace thalweg::bench::peers
