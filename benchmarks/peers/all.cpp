// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The peers that the machine had when this was built, in the order in which they compete.
#include "peers/all.hpp"

#include "bench_config.hpp"
#include "peers/members.hpp"

namespace thalweg::bench::peers {

std::vector<const Peer*> all() {
    return {
#ifdef THALWEG_BENCH_PEER_OPENBLAS
        &openblas,
#endif
#ifdef THALWEG_BENCH_PEER_BLIS
        &blis,
#endif
#ifdef THALWEG_BENCH_PEER_ONEDNN
        &onednn,     &onednn_sgemm,
#endif
#ifdef THALWEG_BENCH_PEER_LIBXSMM
        &libxsmm,
#endif
#ifdef THALWEG_BENCH_PEER_EIGEN
        &eigen,      &eigen_plain,
#endif
#ifdef THALWEG_BENCH_PEER_SLEEF
        &sleef,      &sleef_u35,
#endif
#ifdef THALWEG_BENCH_PEER_LIBMVEC
        &libmvec,
#endif
#ifdef THALWEG_BENCH_PEER_XTENSOR
        &xtensor,
#endif
#ifdef THALWEG_BENCH_PEER_LIBTORCH
        &libtorch(),
#endif
        &loops,
    };
}

}  // namespace thalweg::bench::peers
