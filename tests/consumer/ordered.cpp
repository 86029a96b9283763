// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Reads and writes what the library's threads have written and read: ThreadSanitizer must see the order.
#include <thread>
#include <vector>

#include <thalweg/thalweg.hpp>
namespace tw = thalweg;

namespace {

void compute(std::uint32_t seed) {
    tw::Rng rng(seed);
    const tw::TrainTest digits = {tw::synthetic_digits(300, seed), tw::synthetic_digits(100, seed + 1)};
    tw::TwoLayerNet<float> net(784, 50, 10, rng);
    tw::train(net, digits, {.iterations = 10}, rng);
    net.params.W1(0, 0) += 1.0F;
    const std::vector<int> labels(300, 1);
    net.gradient(digits.train.images<float>(), labels).W1(0, 0) += 1.0F;
    net.numerical_gradient(digits.train.images<float>(), labels).W2(0, 0) += 1.0F;
    std::vector<double> x(64, 1.0);
    std::vector<double> weights(64, 2.0);
    const auto f = [&](std::span<const double> values) {
        double sum = 0.0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            sum += values[i] * values[i] * weights[i];
        }
        return sum;
    };
    for (std::size_t i = 0; i < x.size(); ++i) {
        weights[i] += 1.0;
        x[i] += 0x1p-30 * tw::numerical_gradient(f, x, {.threads = 2}).gradient[i];
    }
}

}  // namespace

int main() {
    tw::set_threads(2);
    compute(1);
    std::thread other(compute, 2);
    compute(3);
    other.join();
    return 0;
}
