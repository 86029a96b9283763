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
extern "C" __m512 _ZGVeN16v_expm1f(__m512);
extern "C" __m512 _ZGVeN16v_log1pf(__m512);
extern "C" __m512 _ZGVeN16v_log2f(__m512);
extern "C" __m512 _ZGVeN16v_log10f(__m512);
extern "C" __m512 _ZGVeN16v_tanhf(__m512);
#elif defined(__AVX2__)
extern "C" __m256 _ZGVdN8v_expf(__m256);
extern "C" __m256 _ZGVdN8v_logf(__m256);
extern "C" __m256 _ZGVdN8v_expm1f(__m256);
extern "C" __m256 _ZGVdN8v_log1pf(__m256);
extern "C" __m256 _ZGVdN8v_log2f(__m256);
extern "C" __m256 _ZGVdN8v_log10f(__m256);
extern "C" __m256 _ZGVdN8v_tanhf(__m256);
#else
extern "C" __m128 _ZGVbN4v_expf(__m128);
extern "C" __m128 _ZGVbN4v_logf(__m128);
extern "C" __m128 _ZGVbN4v_expm1f(__m128);
extern "C" __m128 _ZGVbN4v_log1pf(__m128);
extern "C" __m128 _ZGVbN4v_log2f(__m128);
extern "C" __m128 _ZGVbN4v_log10f(__m128);
extern "C" __m128 _ZGVbN4v_tanhf(__m128);
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

    static Vector expm1(Vector x) {
#if defined(__AVX512F__)
        return _ZGVeN16v_expm1f(x);
#elif defined(__AVX2__)
        return _ZGVdN8v_expm1f(x);
#else
        return _ZGVbN4v_expm1f(x);
#endif
    }

    static Vector log1p(Vector x) {
#if defined(__AVX512F__)
        return _ZGVeN16v_log1pf(x);
#elif defined(__AVX2__)
        return _ZGVdN8v_log1pf(x);
#else
        return _ZGVbN4v_log1pf(x);
#endif
    }

    static Vector log2(Vector x) {
#if defined(__AVX512F__)
        return _ZGVeN16v_log2f(x);
#elif defined(__AVX2__)
        return _ZGVdN8v_log2f(x);
#else
        return _ZGVbN4v_log2f(x);
#endif
    }

    static Vector log10(Vector x) {
#if defined(__AVX512F__)
        return _ZGVeN16v_log10f(x);
#elif defined(__AVX2__)
        return _ZGVdN8v_log10f(x);
#else
        return _ZGVbN4v_log10f(x);
#endif
    }

    static Vector tanh(Vector x) {
#if defined(__AVX512F__)
        return _ZGVeN16v_tanhf(x);
#elif defined(__AVX2__)
        return _ZGVdN8v_tanhf(x);
#else
        return _ZGVbN4v_tanhf(x);
#endif
    }

    static Vector softplus(Vector x) {
        return positive(x) + log1p(exp(minus_size(x)));
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

// Each unit of softplus's exponential counts twice at most. The sigmoid adds the rounding of a sum and of a
// quotient to four of the exponential.
const Peer libmvec = {
    .name = "libmvec",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .exp = {elementwise<Math, Math::exp>, 4.0, 0.0},
    .log = {elementwise<Math, Math::log>, 4.0, 0.0},
    .expm1 = {elementwise<Math, Math::expm1>, 4.0, 0.0},
    .log1p = {elementwise<Math, Math::log1p>, 4.0, 0.0},
    .log2 = {elementwise<Math, Math::log2>, 4.0, 0.0},
    .log10 = {elementwise<Math, Math::log10>, 4.0, 0.0},
    .tanh = {elementwise<Math, Math::tanh>, 4.0, 0.0},
    .softplus = {elementwise<Math, Math::softplus>, 13.0, 0.0},
    .sigmoid = {elementwise<Math, Math::sigmoid>, 6.0, 0.0},
    .softmax = softmax<Math>,
    .softmax_loss = softmax_loss<Math>,
};

}  // namespace thalweg::bench::peers
