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
extern "C" __m512 _ZGVeN16v_sinf(__m512);
extern "C" __m512 _ZGVeN16v_cosf(__m512);
extern "C" __m512 _ZGVeN16v_erff(__m512);
extern "C" __m512 _ZGVeN16v_tanhf(__m512);
#elif defined(__AVX2__)
extern "C" __m256 _ZGVdN8v_expf(__m256);
extern "C" __m256 _ZGVdN8v_logf(__m256);
extern "C" __m256 _ZGVdN8v_sinf(__m256);
extern "C" __m256 _ZGVdN8v_cosf(__m256);
extern "C" __m256 _ZGVdN8v_erff(__m256);
extern "C" __m256 _ZGVdN8v_tanhf(__m256);
#else
extern "C" __m128 _ZGVbN4v_expf(__m128);
extern "C" __m128 _ZGVbN4v_logf(__m128);
extern "C" __m128 _ZGVbN4v_sinf(__m128);
extern "C" __m128 _ZGVbN4v_cosf(__m128);
extern "C" __m128 _ZGVbN4v_erff(__m128);
extern "C" __m128 _ZGVbN4v_tanhf(__m128);
#endif

// The vector ABI's name of a function.
#if defined(__AVX512F__)
#define THALWEG_MVEC(function) _ZGVeN16v_##function##f
#elif defined(__AVX2__)
#define THALWEG_MVEC(function) _ZGVdN8v_##function##f
#else
#define THALWEG_MVEC(function) _ZGVbN4v_##function##f
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
    static Vector sin(Vector x) {
        return THALWEG_MVEC(sin)(x);
    }
    static Vector cos(Vector x) {
        return THALWEG_MVEC(cos)(x);
    }
    static Vector erf(Vector x) {
        return THALWEG_MVEC(erf)(x);
    }
    static Vector tanh(Vector x) {
        return THALWEG_MVEC(tanh)(x);
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
    .sin = {elementwise<Math, Math::sin>, 4.0, 0.0},
    .cos = {elementwise<Math, Math::cos>, 4.0, 0.0},
    .erf = {elementwise<Math, Math::erf>, 4.0, 0.0},
    .gelu = {elementwise<Math, gelu<Math>>, 8.0, kGeluAbsolute},
    .gelu_tanh = {elementwise<Math, gelu_tanh<Math>>, 8.0, kGeluAbsolute},
    .softmax = softmax<Math>,
    .softmax_loss = softmax_loss<Math>,
};

}  // namespace thalweg::bench::peers
