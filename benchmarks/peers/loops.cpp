// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Expressions as the loops that one would write for them.
#include <string>

#include "peers/arrays.hpp"
#include "peers/members.hpp"

namespace thalweg::bench::peers {
namespace {

struct Loops {
    [[gnu::noinline]] static void multiply_add(const Arrays& on) {
        const float *a = on.a, *b = on.b, *c = on.c;
        float* const out = on.out;
        for (std::size_t i = 0; i < on.n; ++i) {
            out[i] = a[i] * b[i] + c[i];
        }
    }
    [[gnu::noinline]] static void four(const Arrays& on) {
        const float *a = on.a, *b = on.b, *c = on.c;
        const float s = on.number;
        float* const out = on.out;
        for (std::size_t i = 0; i < on.n; ++i) {
            out[i] = ((a[i] - b[i]) * c[i] + a[i]) / s;
        }
    }
    [[gnu::noinline]] static void descend(const Arrays& on) {
        const float* const b = on.b;
        const float s = on.number;
        float* const out = on.out;
        for (std::size_t i = 0; i < on.n; ++i) {
            out[i] -= s * b[i];
        }
    }
    [[gnu::noinline]] static void where(const Arrays& on) {
        const float* const a = on.a;
        float* const out = on.out;
        for (std::size_t i = 0; i < on.n; ++i) {
            out[i] = a[i] > 0.0F ? a[i] : 0.01F * a[i];
        }
    }
    // In one accumulator, as one would write it: without -ffast-math the compiler may not use more.
    [[gnu::noinline]] static void squared_sum(const Arrays& on) {
        float sum = 0.0F;
        for (std::size_t i = 0; i < on.n; ++i) {
            sum += (on.a[i] - on.b[i]) * (on.a[i] - on.b[i]);
        }
        on.out[0] = sum;
    }
    [[gnu::noinline]] static void minus_mean(const Arrays& on) {
        const std::size_t cols = on.cols;
        const std::size_t rows = on.n / cols;
        float mean[1024] = {};
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < cols; ++j) {
                mean[j] += on.a[i * cols + j];
            }
        }
        for (std::size_t j = 0; j < cols; ++j) {
            mean[j] /= static_cast<float>(rows);
        }
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t j = 0; j < cols; ++j) {
                on.out[i * cols + j] = on.a[i * cols + j] - mean[j];
            }
        }
    }
    [[gnu::noinline]] static void over_sum(const Arrays& on) {
        const std::size_t cols = on.cols;
        for (std::size_t i = 0; i < on.n / cols; ++i) {
            float sum = 0.0F;
            for (std::size_t j = 0; j < cols; ++j) {
                sum += on.a[i * cols + j];
            }
            for (std::size_t j = 0; j < cols; ++j) {
                on.out[i * cols + j] = on.a[i * cols + j] / sum;
            }
        }
    }
};

std::string version() {
    return __VERSION__;
}
Pool pool() {
    return Pool::kNone;
}
void use_threads(int) {}

}  // namespace

const Peer loops = {
    .name = "loop",
    .version = version,
    .pool = pool,
    .use_threads = use_threads,
    .arrays = array_run<Loops>,
};

}  // namespace thalweg::bench::peers
