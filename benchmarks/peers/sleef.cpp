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

    static Vector sigmoid(Vector x) {
        return one() / (one() + exp(-x));
    }
    static Vector sin(Vector x) {
        return THALWEG_SLEEF(sin, u10)(x);
    }
    static Vector cos(Vector x) {
        return THALWEG_SLEEF(cos, u10)(x);
    }
    static Vector erf(Vector x) {
        return THALWEG_SLEEF(erf, u10)(x);
    }
    static Vector tanh(Vector x) {
        return THALWEG_SLEEF(tanh, u10)(x);
    }
};

struct RoughMath : Math {
    static Vector sin(Vector x) { return THALWEG_SLEEF(sin, u35)(x); }
    static Vector cos(Vector x) { return THALWEG_SLEEF(cos, u35)(x); }
    static Vector tanh(Vector x) { return THALWEG_SLEEF(tanh, u35)(x); }
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

// The sigmoid adds the rounding of a sum and of a quotient (which may sit where a unit is worth half as much)
// to one of the exponential.
const Peer sleef = {
    .name = "sleef",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .exp = {elementwise<Math, Math::exp>, 1.0, 0.0},
    .log = {elementwise<Math, Math::log>, 1.0, 0.0},
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
    .sin = {elementwise<RoughMath, RoughMath::sin>, 3.5, 0.0},
    .cos = {elementwise<RoughMath, RoughMath::cos>, 3.5, 0.0},
    .gelu_tanh = {elementwise<RoughMath, gelu_tanh<RoughMath>>, 8.0, kGeluAbsolute},
};

}  // namespace thalweg::bench::peers
