// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// libxsmm: machine code made for one small product. Its matrices lie column after column, so it is given
// c^T = b^T a^T. A long product goes through one such code in blocks of rows, shared between the threads;
// products that need blocking in k or n as well are not its trade.
#include <libxsmm.h>

#include <algorithm>
#include <memory>
#include <string>
#include <type_traits>

#include "peers/members.hpp"
#include "peers/split.hpp"

namespace thalweg::bench::peers {
namespace {

// Rows that one code does at a time, and how much of b such a code walks through for each of them: as much as
// half a usual second-level cache holds.
constexpr std::size_t kBlockRows = 100;
constexpr std::size_t kLargestBytes = std::size_t{512} << 10;

int threads_now = 1;

std::string version() {
    return std::string(LIBXSMM_VERSION) + " " + libxsmm_get_target_arch();
}

Pool pool() {
    return Pool::kOpenMp;
}

void use_threads(int threads) {
    threads_now = threads;
}

template <class T>
using Kernel = std::conditional_t<sizeof(T) == sizeof(float), libxsmm_smmfunction, libxsmm_dmmfunction>;

// The code for `rows` rows of c; null where there is none.
template <class T>
Kernel<T> kernel_for(const Product<T>& p, std::size_t rows) {
    const auto m = static_cast<libxsmm_blasint>(p.n);
    const auto n = static_cast<libxsmm_blasint>(rows);
    const auto k = static_cast<libxsmm_blasint>(p.k);
    const auto lda = static_cast<libxsmm_blasint>(p.ldb);
    const auto ldb = static_cast<libxsmm_blasint>(p.lda);
    const auto ldc = static_cast<libxsmm_blasint>(p.ldc);
    const T alpha = 1;
    const T beta = 0;
    const int flags = (p.b_transposed ? LIBXSMM_GEMM_FLAG_TRANS_A : LIBXSMM_GEMM_FLAG_NONE) |
                      (p.a_transposed ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE);
    const int prefetch = LIBXSMM_PREFETCH_NONE;
    if constexpr (sizeof(T) == sizeof(float)) {
        return libxsmm_smmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, &prefetch);
    } else {
        return libxsmm_dmmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, &prefetch);
    }
}

template <class T>
Run product(const Product<T>& p) {
    if (p.k * p.n * sizeof(T) > kLargestBytes) {
        return {};
    }
    const auto threads = static_cast<std::size_t>(threads_now);
    const std::size_t block = std::min((p.m + threads - 1) / threads, kBlockRows);
    const Kernel<T> full = kernel_for(p, block);
    const Kernel<T> rest = p.m % block == 0 ? full : kernel_for(p, p.m % block);
    if (full == nullptr || rest == nullptr) {
        return {};
    }
    if (block == p.m) {
        return [p, full] { full(p.b, p.a, p.c); };
    }
    return [p, full, rest, block] {
        split(p.m, block, threads_now, [&](std::size_t first, std::size_t last) {
            for (std::size_t i = first; i < last; i += block) {
                const T* a = p.a + (p.a_transposed ? i : i * p.lda);
                (last - i < block ? rest : full)(p.b, a, p.c + i * p.ldc);
            }
        });
    };
}

}  // namespace

const Peer libxsmm = {
    .name = "libxsmm",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .gemm_f32 = product<float>,
    .gemm_f64 = product<double>,
};

}  // namespace thalweg::bench::peers
