// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// SLEEF's functions of 1.0 ULP ("u10"), and by themselves those of 3.5 ("u35").
#include <sleef.h>

#include <string>

#include "peers/members.hpp"
#include "peers/registers.hpp"
#include "peers/vector_math.hpp"

namespace thalweg::bench::peers {
namespace {

// Sleef_<function>f<width>_<error>
#if defined(__AVX512F__)
#define THALWEG_SLEEF(function, error) Sleef_##function##f16_##error
#elif defined(__AVX2__)
#define THALWEG_SLEEF(function, error) Sleef_##function##f8_##error
#else
#define THALWEG_SLEEF(function, error) Sleef_##function##f4_##error
#endif

struct Math : Registers {
    static inline int threads = 1;

#define THALWEG_U10(function)                   \
    static Vector function(Vector x) {          \
        return THALWEG_SLEEF(function, u10)(x); \
    }
    THALWEG_U10(exp)
    THALWEG_U10(log)
    THALWEG_U10(expm1)
    THALWEG_U10(log1p)
    THALWEG_U10(log2)
    THALWEG_U10(log10)
    THALWEG_U10(tanh)
    THALWEG_U10(sin)
    THALWEG_U10(cos)
    THALWEG_U10(erf)
#undef THALWEG_U10

    static Vector softplus(Vector x) {
        return positive(x) + log1p(exp(minus_size(x)));
    }
    static Vector sigmoid(Vector x) {
        return one() / (one() + exp(-x));
    }
};

struct RoughMath : Math {
#define THALWEG_U35(function)                   \
    static Vector function(Vector x) {          \
        return THALWEG_SLEEF(function, u35)(x); \
    }
    THALWEG_U35(log)
    THALWEG_U35(log2)
    THALWEG_U35(tanh)
    THALWEG_U35(sin)
    THALWEG_U35(cos)
#undef THALWEG_U35
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
    .sin = {elementwise<Math, Math::sin>, 1.0, 0.0},
    .cos = {elementwise<Math, Math::cos>, 1.0, 0.0},
    .erf = {elementwise<Math, Math::erf>, 1.0, 0.0},
    .gelu = {elementwise<Math, gelu<Math>>, 4.0, kGeluAbsolute},
    .gelu_tanh = {elementwise<Math, gelu_tanh<Math>>, 4.0, kGeluAbsolute},
    .softmax = softmax<Math>,
    .softmax_loss = softmax_loss<Math>,
};

const Peer sleef_u35 = {
    .name = "sleef-u35",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .log = {elementwise<RoughMath, RoughMath::log>, 3.5, 0.0},
    .log2 = {elementwise<RoughMath, RoughMath::log2>, 3.5, 0.0},
    .tanh = {elementwise<RoughMath, RoughMath::tanh>, 3.5, 0.0},
    .sin = {elementwise<RoughMath, RoughMath::sin>, 3.5, 0.0},
    .cos = {elementwise<RoughMath, RoughMath::cos>, 3.5, 0.0},
    .gelu_tanh = {elementwise<RoughMath, gelu_tanh<RoughMath>>, 8.0, kGeluAbsolute},
};

}  // namespace thalweg::bench::peers
