// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// oneDNN 3: matmul, elementwise and softmax primitives on plain row-major memory, and as a peer of its own
// its other way to multiply, the function dnnl_sgemm. Built on OpenMP it takes as many threads as that gives;
// primitives remember the number they were made for.
#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>

#include "peers/loss_from_softmax.hpp"
#include "peers/members.hpp"

namespace thalweg::bench::peers {
namespace {

using dnnl::memory;

std::string version() {
    const dnnl_version_t* v = dnnl_version();
    return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

Pool pool() {
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
    return Pool::kOpenMp;
#else
    return Pool::kOwn;
#endif
}

void use_threads(int threads) {
    omp_set_num_threads(threads);
}

dnnl::engine& engine() {
    static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

dnnl::stream& stream() {
    static dnnl::stream s(engine());
    return s;
}

memory::dim dim(std::size_t n) {
    return static_cast<memory::dim>(n);
}

template <class T>
constexpr memory::data_type kType = sizeof(T) == sizeof(float) ? memory::data_type::f32
                                                               : memory::data_type::f64;

// rows x cols, read transposed where said so.
template <class T>
memory matrix(const T* data, std::size_t rows, std::size_t cols, std::size_t ld, bool transposed) {
    const memory::dims strides = transposed ? memory::dims{1, dim(ld)} : memory::dims{dim(ld), 1};
    return memory({{dim(rows), dim(cols)}, kType<T>, strides}, engine(), const_cast<T*>(data));
}

Run primitive_call(const dnnl::primitive& primitive, std::unordered_map<int, memory> arguments) {
    return [primitive, arguments = std::move(arguments)] {
        primitive.execute(stream(), arguments);
        stream().wait();
    };
}

// Double precision has only the reference implementation on a CPU: not offered.
Run product(const Product<float>& p) {
    const memory a = matrix(p.a, p.m, p.k, p.lda, p.a_transposed);
    const memory b = matrix(p.b, p.k, p.n, p.ldb, p.b_transposed);
    const memory c = matrix(p.c, p.m, p.n, p.ldc, false);
    const dnnl::matmul::primitive_desc plan(engine(), a.get_desc(), b.get_desc(), c.get_desc());
    return primitive_call(dnnl::matmul(plan), {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
}

Run product_by_sgemm(const Product<float>& p) {
    return [p] {
        dnnl_sgemm(p.a_transposed ? 'T' : 'N', p.b_transposed ? 'T' : 'N', dim(p.m), dim(p.n), dim(p.k), 1.0F,
                   p.a, dim(p.lda), p.b, dim(p.ldb), 0.0F, p.c, dim(p.ldc));
    };
}

template <dnnl::algorithm kAlgorithm>
Run elementwise(const Elements& on) {
    const memory x = matrix(on.x, 1, on.n, on.n, false);
    const memory y = matrix(on.y, 1, on.n, on.n, false);
    const dnnl::eltwise_forward::primitive_desc plan(engine(), dnnl::prop_kind::forward_inference, kAlgorithm,
                                                     x.get_desc(), y.get_desc());
    return primitive_call(dnnl::eltwise_forward(plan), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}});
}

Run softmax(const Rows& on) {
    const memory x = matrix(on.x, on.rows, on.cols, on.cols, false);
    const memory y = matrix(on.y, on.rows, on.cols, on.cols, false);
    const dnnl::softmax_forward::primitive_desc plan(engine(), dnnl::prop_kind::forward_inference,
                                                     dnnl::algorithm::softmax_accurate, x.get_desc(),
                                                     y.get_desc(), 1);
    return primitive_call(dnnl::softmax_forward(plan), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}});
}

Run softmax_loss(const LossRows& on) {
    return [on, forward = softmax({on.x, on.dx, on.rows, on.cols})] {
        forward();
        loss_from_softmax(on);
    };
}

constexpr double kEps = std::numeric_limits<float>::epsilon();

}  // namespace

// The logarithm is good to an absolute error only, 3e-6 as measured: near 1 its result keeps few digits.
const Peer onednn = {
    .name = "onednn",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .gemm_f32 = product,
    .exp = {elementwise<dnnl::algorithm::eltwise_exp>, 8.0, 0.0},
    .log = {elementwise<dnnl::algorithm::eltwise_log>, 8.0, 32.0 * kEps},
    .sigmoid = {elementwise<dnnl::algorithm::eltwise_logistic>, 8.0, 0.0},
    .softmax = softmax,
    .softmax_loss = softmax_loss,
};

const Peer onednn_sgemm = {
    .name = "onednn-sgemm",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .gemm_f32 = product_by_sgemm,
};

}  // namespace thalweg::bench::peers
