// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the threads of these tests do: enough for a team, little enough for a slow machine; and the bits that
// must come of it, found by one thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include "ops/matrices.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/train.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::test {

template <class T>
std::vector<T> elements(const TwoLayerParams<T>& params) {
    std::vector<T> all;
    for (const auto& [name, matrix] : params.matrices()) {
        all.insert(all.end(), matrix->data(), matrix->data() + matrix->size());
    }
    return all;
}

inline const TrainTest& digits() {
    static const TrainTest data{synthetic_digits(200, 1), synthetic_digits(50, 2)};
    return data;
}

// The parameters after a short training run from this seed.
inline std::vector<float> trained(std::uint32_t seed) {
    Rng rng(seed);
    TwoLayerNet<float> net(784, 50, 10, rng);
    TrainOptions options;
    options.iterations = 12;
    options.eval_every = 5;
    train(net, digits(), options, rng);
    return elements(net.params);
}

// One of each kind of region on shared, read-only operands: products by all paths, elementwise, reductions,
// the two halves of a gradient, and the net's differences.
class SharedWork {
public:
    std::vector<float> run() const {
        std::vector<float> all = elements(dot(x_, w_));
        for (const Matrix<float>& m :
             {dot(wide_, wide_.transposed()), softmax(x_), thalweg::sum(x_, 0), thalweg::sum(x_, 1)}) {
            all.insert(all.end(), m.data(), m.data() + m.size());
        }
        for (const auto& params : {net_.gradient(x_, labels_), net_.numerical_gradient(x_, labels_)}) {
            const std::vector<float> more = elements(params);
            all.insert(all.end(), more.begin(), more.end());
        }
        all.push_back(static_cast<float>(net_.loss(x_, labels_)));
        return all;
    }

private:
    Matrix<float> x_ = matrix<float>(120, 784);
    Matrix<float> w_ = matrix<float>(784, 70, Kind::kNormal, 2);
    Matrix<float> wide_ = matrix<float>(100, 3000, Kind::kNormal, 3);
    std::vector<int> labels_ = labels_below(10, 120);
    Rng rng_{3};
    TwoLayerNet<float> net_{784, 10, 10, rng_};
};

inline const SharedWork& shared_work() {
    static const SharedWork work;
    return work;
}

// What f() returns with one thread.
template <class F>
auto serially(const F& f) {
    set_threads(1);
    auto result = f();
    set_threads(0);
    return result;
}

// How many threads call the user's function in a numerical gradient of 64 variables.
inline std::size_t threads_calling_f(int threads) {
    std::mutex mutex;
    std::set<std::thread::id> seen;
    const auto f = [&](std::span<const double> v) {
        const std::lock_guard lock(mutex);
        seen.insert(std::this_thread::get_id());
        return v[0];
    };
    numerical_gradient(f, std::vector<double>(64, 1.0), {.threads = threads});
    return seen.size();
}

}  // namespace thalweg::test
