// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// glibc's vector functions by their names in the vector ABI. Its authors state 4 ULP for all of them.
#include <gnu/libc-version.h>

#include <string>

#include "peers/members.hpp"
#include "peers/registers.hpp"
#include "peers/vector_math.hpp"

#if defined(__AVX512F__)
extern "C" __m512 _ZGVeN16v_expf(__m512);
extern "C" __m512 _ZGVeN16v_logf(__m512);
#elif defined(__AVX2__)
extern "C" __m256 _ZGVdN8v_expf(__m256);
extern "C" __m256 _ZGVdN8v_logf(__m256);
#else
extern "C" __m128 _ZGVbN4v_expf(__m128);
extern "C" __m128 _ZGVbN4v_logf(__m128);
#endif

namespace thalweg::bench::peers {
namespace {

struct Math : Registers {
    static inline int threads = 1;

    static Vector exp(Vector x) {
#if defined(__AVX512F__)
        return _ZGVeN16v_expf(x);
#elif defined(__AVX2__)
        return _ZGVdN8v_expf(x);
#else
        return _ZGVbN4v_expf(x);
#endif
    }

    static Vector log(Vector x) {
#if defined(__AVX512F__)
        return _ZGVeN16v_logf(x);
#elif defined(__AVX2__)
        return _ZGVdN8v_logf(x);
#else
        return _ZGVbN4v_logf(x);
#endif
    }

    static Vector sigmoid(Vector x) {
        return one() / (one() + exp(-x));
    }
};

std::string version() {
    return gnu_get_libc_version();
}

Pool pool() {
    return Pool::kOpenMp;
}

void use_threads(int threads) {
    Math::threads = threads;
}

}  // namespace

// The sigmoid adds the rounding of a sum and of a quotient to four of the exponential.
const Peer libmvec = {
    .name = "libmvec",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .exp = {elementwise<Math, Math::exp>, 4.0, 0.0},
    .log = {elementwise<Math, Math::log>, 4.0, 0.0},
    .sigmoid = {elementwise<Math, Math::sigmoid>, 6.0, 0.0},
    .softmax = softmax<Math>,
    .softmax_loss = softmax_loss<Math>,
};

}  // namespace thalweg::bench::peers
