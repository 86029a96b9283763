// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// BLIS through its typed interface, which takes row and column strides. BLIS_ARCH_TYPE chooses its kernels
// where it does not know the processor; version() tells which ones run.
#include <blis.h>

#include <string>

#include "peers/members.hpp"

namespace thalweg::bench::peers {
namespace {

// Asked before it is initialised, it takes every BLIS_ARCH_TYPE for an invalid one.
std::string version() {
    bli_init();
    return std::string(bli_info_get_version_str()) + " " + bli_arch_string(bli_arch_query_id());
}

Pool pool() {
#ifdef BLIS_ENABLE_OPENMP
    return Pool::kOpenMp;
#else
    return Pool::kOwn;
#endif
}

void use_threads(int threads) {
    bli_thread_set_num_threads(threads);
}

void gemm(const Product<float>& p, trans_t ta, trans_t tb) {
    float one = 1.0F;
    float zero = 0.0F;
    bli_sgemm(ta, tb, static_cast<dim_t>(p.m), static_cast<dim_t>(p.n), static_cast<dim_t>(p.k), &one,
              const_cast<float*>(p.a), static_cast<inc_t>(p.lda), 1, const_cast<float*>(p.b),
              static_cast<inc_t>(p.ldb), 1, &zero, p.c, static_cast<inc_t>(p.ldc), 1);
}

void gemm(const Product<double>& p, trans_t ta, trans_t tb) {
    double one = 1.0;
    double zero = 0.0;
    bli_dgemm(ta, tb, static_cast<dim_t>(p.m), static_cast<dim_t>(p.n), static_cast<dim_t>(p.k), &one,
              const_cast<double*>(p.a), static_cast<inc_t>(p.lda), 1, const_cast<double*>(p.b),
              static_cast<inc_t>(p.ldb), 1, &zero, p.c, static_cast<inc_t>(p.ldc), 1);
}

template <class T>
Run product(const Product<T>& p) {
    return [p] {
        gemm(p, p.a_transposed ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE,
             p.b_transposed ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE);
    };
}

}  // namespace

const Peer blis = {
    .name = "blis",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .gemm_f32 = product<float>,
    .gemm_f64 = product<double>,
};

}  // namespace thalweg::bench::peers
