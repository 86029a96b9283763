// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Somebody else's program: a small training, a file, an error. It prints what every way of linking must print
// alike: the losses' bits do not depend on it.
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "other.hpp"
#include <thalweg/thalweg.hpp>

namespace tw = thalweg;

int main(int count, char** arguments) {
    const tw::TrainTest digits{tw::synthetic_digits(300, 1), tw::synthetic_digits(100, 2)};
    tw::Rng rng(1);
    tw::TwoLayerNet<float> net(784, 20, 10, rng);
    std::uint64_t hash = 14695981039346656037U;  // FNV-1a over the losses' bytes
    tw::TrainCallbacks callbacks;
    callbacks.on_step = [&hash](const tw::TrainStep& step) {
        unsigned char bytes[sizeof(double)];
        std::memcpy(bytes, &step.loss, sizeof(double));
        for (const unsigned char byte : bytes) {
            hash = (hash ^ byte) * 1099511628211U;
        }
        return true;
    };
    const tw::TrainResult result =
        tw::train(net, digits, {.iterations = 60, .batch_size = 50}, rng, callbacks);

    bool refused = false;
    try {
        tw::dot(net.params().W1, net.params().W1);
    } catch (const tw::ShapeError&) {
        refused = true;
    }
    if (count > 1) {
        tw::save_npy(arguments[1], net.params().b1);
        refused = refused && tw::load_npy(arguments[1]).as<tw::Matrix<float>>() == net.params().b1;
    }
    std::printf("losses %016" PRIx64 " right %.2f other %g %s\n", hash, result.evaluations.back().test,
                corner_of_square(), refused ? "refused" : "NOT REFUSED");
    std::fprintf(stderr, "%s %s openmp %d zlib %d\n", tw::build_info().version.c_str(),
                 std::string(tw::name(tw::active_level())).c_str(), tw::build_info().openmp ? 1 : 0,
                 tw::build_info().zlib ? 1 : 0);
    return refused ? 0 : 1;
}
