// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// OpenBLAS: products through CBLAS, and the training step that one would write by hand on top of them
// (train_by_hand.hpp). Releases before a processor fall back to old kernels on it; OPENBLAS_CORETYPE chooses,
// and version() tells which ones run.
#include <cblas.h>
#include <dlfcn.h>
#include <omp.h>
#include <openblas_config.h>

#include <string>

#include "peers/members.hpp"
#include "peers/train_by_hand.hpp"
#include "peers/train_deep_by_hand.hpp"

namespace thalweg::bench::peers {
namespace {

int threads_now = 1;

std::string version() {
    return openblas_get_config();
}

Pool pool() {
    constexpr int kBuiltOnOpenMp = 2;
    const int kind = openblas_get_parallel();
    return kind == kBuiltOnOpenMp ? Pool::kOpenMp : (kind == 0 ? Pool::kNone : Pool::kOwn);
}

// Built on OpenMP it cuts its work for the first number and runs it with the second: with fewer threads than
// parts it waits for ever (release 0.3.34).
void use_threads(int threads) {
    threads_now = threads;
    openblas_set_num_threads(threads);
    omp_set_num_threads(threads);
}

// BLIS and others have a cblas_sgemm, too: the one at hand must be OpenBLAS's.
bool is_really_openblas() {
    Dl_info info{};
    return dladdr(reinterpret_cast<void*>(&cblas_sgemm), &info) != 0 && info.dli_fname != nullptr &&
           std::string(info.dli_fname).find("openblas") != std::string::npos;
}

void gemm(bool ta, bool tb, std::size_t m, std::size_t k, std::size_t n, float alpha, const float* a,
          std::size_t lda, const float* b, std::size_t ldb, float beta, float* c, std::size_t ldc) {
    cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
                static_cast<blasint>(m), static_cast<blasint>(n), static_cast<blasint>(k), alpha, a,
                static_cast<blasint>(lda), b, static_cast<blasint>(ldb), beta, c, static_cast<blasint>(ldc));
}

void gemm(bool ta, bool tb, std::size_t m, std::size_t k, std::size_t n, double alpha, const double* a,
          std::size_t lda, const double* b, std::size_t ldb, double beta, double* c, std::size_t ldc) {
    cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
                static_cast<blasint>(m), static_cast<blasint>(n), static_cast<blasint>(k), alpha, a,
                static_cast<blasint>(lda), b, static_cast<blasint>(ldb), beta, c, static_cast<blasint>(ldc));
}

template <class T>
Run product(const Product<T>& p) {
    if (!is_really_openblas()) {
        return {};
    }
    return [p] {
        gemm(p.a_transposed, p.b_transposed, p.m, p.k, p.n, T(1), p.a, p.lda, p.b, p.ldb, T(0), p.c, p.ldc);
    };
}

template <class T>
void update(const GemmUpdate<T>& u) {
    gemm(u.a_transposed, u.b_transposed, u.m, u.k, u.n, u.alpha, u.a, u.lda, u.b, u.ldb, u.beta, u.c, u.n);
}

template <class T>
Run train(const Step<T>& step) {
    return is_really_openblas() ? train_by_hand<T>(step, threads_now, update<T>) : Run();
}

template <class T>
Run net_loss(const Loss<T>& step) {
    return is_really_openblas() ? loss_by_hand<T>(step, threads_now, update<T>) : Run();
}

Run train_deep(const DeepStep& step) {
    return is_really_openblas() ? train_deep_by_hand(step, threads_now, update<float>) : Run();
}

// y += x W.
void add_row_product(const DeepLayer& layer, const float* x, float* y) {
    cblas_sgemv(CblasRowMajor, CblasTrans, static_cast<blasint>(layer.inputs),
                static_cast<blasint>(layer.outputs), 1.0F, layer.W.p, static_cast<blasint>(layer.outputs), x,
                1, 1.0F, y, 1);
}

Run predict_row(const DeepRow& row) {
    return is_really_openblas() ? predict_row_by_hand(row, add_row_product) : Run();
}

}  // namespace

const Peer openblas = {
    .name = "openblas",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .gemm_f32 = product<float>,
    .gemm_f64 = product<double>,
    .train_f32 = train<float>,
    .train_f64 = train<double>,
    .net_loss_f64 = net_loss<double>,
    .train_deep = train_deep,
    .predict_row = predict_row,
};

}  // namespace thalweg::bench::peers
