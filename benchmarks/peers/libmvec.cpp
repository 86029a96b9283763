// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// glibc's vector functions by their names in the vector ABI. Its authors state 4 ULP for all of them.
#include <gnu/libc-version.h>

#include <string>

#include "peers/members.hpp"
#include "peers/registers.hpp"
#include "peers/vector_math.hpp"

// The vector ABI's name of a function: of glibc, which declares it for the compiler alone.
#if defined(__AVX512F__)
#define THALWEG_MVEC(function) _ZGVeN16v_##function##f
using MvecVector = __m512;
#elif defined(__AVX2__)
#define THALWEG_MVEC(function) _ZGVdN8v_##function##f
using MvecVector = __m256;
#else
#define THALWEG_MVEC(function) _ZGVbN4v_##function##f
using MvecVector = __m128;
#endif
#define THALWEG_MVEC_FUNCTIONS(DO) \
    DO(exp) DO(log) DO(expm1) DO(log1p) DO(log2) DO(log10) DO(tanh) DO(sin) DO(cos) DO(erf)

#define THALWEG_DECLARE(function) extern "C" MvecVector THALWEG_MVEC(function)(MvecVector);
THALWEG_MVEC_FUNCTIONS(THALWEG_DECLARE)
#undef THALWEG_DECLARE

namespace thalweg::bench::peers {
namespace {

struct Math : Registers {
    static inline int threads = 1;

#define THALWEG_CALL(function)            \
    static Vector function(Vector x) {    \
        return THALWEG_MVEC(function)(x); \
    }
    THALWEG_MVEC_FUNCTIONS(THALWEG_CALL)
#undef THALWEG_CALL

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
    .sin = {elementwise<Math, Math::sin>, 4.0, 0.0},
    .cos = {elementwise<Math, Math::cos>, 4.0, 0.0},
    .erf = {elementwise<Math, Math::erf>, 4.0, 0.0},
    .gelu = {elementwise<Math, gelu<Math>>, 8.0, kGeluAbsolute},
    .gelu_tanh = {elementwise<Math, gelu_tanh<Math>>, 8.0, kGeluAbsolute},
    .softmax = softmax<Math>,
    .softmax_loss = softmax_loss<Math>,
};

}  // namespace thalweg::bench::peers
