// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// SLEEF's functions of 1.0 ULP ("u10").
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
    .softmax = softmax<Math>,
    .softmax_loss = softmax_loss<Math>,
};

}  // namespace thalweg::bench::peers
