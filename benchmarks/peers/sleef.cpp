// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// SLEEF's functions of 1.0 ULP ("u10"), and of 3.5 ("u35") where it has both.
#include <sleef.h>

#include <string>

#include "peers/members.hpp"
#include "peers/registers.hpp"
#include "peers/vector_math.hpp"

namespace thalweg::bench::peers {
namespace {

struct Math : Registers {
    static inline int threads = 1;

    static Vector exp(Vector x) {
#if defined(__AVX512F__)
        return Sleef_expf16_u10(x);
#elif defined(__AVX2__)
        return Sleef_expf8_u10(x);
#else
        return Sleef_expf4_u10(x);
#endif
    }

    static Vector log(Vector x) {
#if defined(__AVX512F__)
        return Sleef_logf16_u10(x);
#elif defined(__AVX2__)
        return Sleef_logf8_u10(x);
#else
        return Sleef_logf4_u10(x);
#endif
    }

    static Vector expm1(Vector x) {
#if defined(__AVX512F__)
        return Sleef_expm1f16_u10(x);
#elif defined(__AVX2__)
        return Sleef_expm1f8_u10(x);
#else
        return Sleef_expm1f4_u10(x);
#endif
    }

    static Vector log1p(Vector x) {
#if defined(__AVX512F__)
        return Sleef_log1pf16_u10(x);
#elif defined(__AVX2__)
        return Sleef_log1pf8_u10(x);
#else
        return Sleef_log1pf4_u10(x);
#endif
    }

    static Vector log2(Vector x) {
#if defined(__AVX512F__)
        return Sleef_log2f16_u10(x);
#elif defined(__AVX2__)
        return Sleef_log2f8_u10(x);
#else
        return Sleef_log2f4_u10(x);
#endif
    }

    static Vector log10(Vector x) {
#if defined(__AVX512F__)
        return Sleef_log10f16_u10(x);
#elif defined(__AVX2__)
        return Sleef_log10f8_u10(x);
#else
        return Sleef_log10f4_u10(x);
#endif
    }

    static Vector tanh(Vector x) {
#if defined(__AVX512F__)
        return Sleef_tanhf16_u10(x);
#elif defined(__AVX2__)
        return Sleef_tanhf8_u10(x);
#else
        return Sleef_tanhf4_u10(x);
#endif
    }

    static Vector log_u35(Vector x) {
#if defined(__AVX512F__)
        return Sleef_logf16_u35(x);
#elif defined(__AVX2__)
        return Sleef_logf8_u35(x);
#else
        return Sleef_logf4_u35(x);
#endif
    }

    static Vector log2_u35(Vector x) {
#if defined(__AVX512F__)
        return Sleef_log2f16_u35(x);
#elif defined(__AVX2__)
        return Sleef_log2f8_u35(x);
#else
        return Sleef_log2f4_u35(x);
#endif
    }

    static Vector tanh_u35(Vector x) {
#if defined(__AVX512F__)
        return Sleef_tanhf16_u35(x);
#elif defined(__AVX2__)
        return Sleef_tanhf8_u35(x);
#else
        return Sleef_tanhf4_u35(x);
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
    return std::to_string(SLEEF_VERSION_MAJOR) + "." + std::to_string(SLEEF_VERSION_MINOR) + "." +
           std::to_string(SLEEF_VERSION_PATCHLEVEL);
}

Pool pool() {
    return Pool::kOpenMp;
}

void use_threads(int threads) {
    Math::threads = threads;
}

}  // namespace

// Each unit of softplus's exponential counts twice at most, then two more round. The sigmoid adds the
// rounding of a sum and of a quotient (which may sit where a unit is worth half as much) to one of the
// exponential.
const Peer sleef = {
    .name = "sleef",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .exp = {elementwise<Math, Math::exp>, 1.0, 0.0},
    .log = {elementwise<Math, Math::log>, 1.0, 0.0},
    .expm1 = {elementwise<Math, Math::expm1>, 1.0, 0.0},
    .log1p = {elementwise<Math, Math::log1p>, 1.0, 0.0},
    .log2 = {elementwise<Math, Math::log2>, 1.0, 0.0},
    .log10 = {elementwise<Math, Math::log10>, 1.0, 0.0},
    .tanh = {elementwise<Math, Math::tanh>, 1.0, 0.0},
    .softplus = {elementwise<Math, Math::softplus>, 5.0, 0.0},
    .sigmoid = {elementwise<Math, Math::sigmoid>, 4.0, 0.0},
    .softmax = softmax<Math>,
    .softmax_loss = softmax_loss<Math>,
};

const Peer sleef_u35 = {
    .name = "sleef-u35",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .log = {elementwise<Math, Math::log_u35>, 3.5, 0.0},
    .log2 = {elementwise<Math, Math::log2_u35>, 3.5, 0.0},
    .tanh = {elementwise<Math, Math::tanh_u35>, 3.5, 0.0},
};

}  // namespace thalweg::bench::peers
