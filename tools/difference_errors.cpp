// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// difference_errors [DIRECTORY_WITH_MNIST]: the two-layer net's central differences for steps h from 1 to
// 1e-8, by the plain loop for some parameters and by the exact identities for all, with the processor time of
// one thread. As JSON, together with the net and the batch: tools/docs_images.py computes the same quotients
// to many more digits.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <thalweg/thalweg.hpp>

namespace {

using thalweg::Matrix;
using Gradient = thalweg::TwoLayerParams<double>;

constexpr std::size_t kBatch = 100;
constexpr int kSmallestStep = -8;  // powers of ten
constexpr int kRounds = 7;         // the shortest counts: other programs only ever add to a time
// Parameters of W1, b1, W2 and b2 for the plain loop, which takes half a millisecond for each.
constexpr std::size_t kChosen[] = {16, 6, 10, 8};

double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Work>
double seconds(const Work& work) {
    const double start = processor_seconds();
    work();
    return processor_seconds() - start;
}

// Evenly spread over each matrix, counted through all four.
std::vector<std::size_t> chosen_parameters(const Gradient& params) {
    std::vector<std::size_t> which;
    std::size_t begin = 0;
    std::size_t m = 0;
    for (const auto& [name, matrix] : params.matrices()) {
        const std::size_t count = kChosen[m++];
        for (std::size_t k = 0; k < count; ++k) {
            which.push_back(begin + (2 * k + 1) * matrix->size() / (2 * count));
        }
        begin += matrix->size();
    }
    return which;
}

std::vector<double> entries(const Gradient& gradient, std::span<const std::size_t> which) {
    std::vector<double> all;
    for (const auto& [name, matrix] : gradient.matrices()) {
        all.insert(all.end(), matrix->data(), matrix->data() + matrix->size());
    }
    std::vector<double> picked;
    for (const std::size_t i : which) {
        picked.push_back(all[i]);
    }
    return picked;
}

// 17 digits: a reader gets the same double.
template <class Numbers>
void print_list(const char* name, const Numbers& numbers) {
    std::printf("\"%s\": [", name);
    const char* separator = "";
    for (const auto& number : numbers) {
        std::printf("%s%.17g", separator, static_cast<double>(number));
        separator = ", ";
    }
    std::printf("]");
}

void print_step(const thalweg::TwoLayerNet<double>& net, const Matrix<double>& x, const std::vector<int>& t,
                const std::vector<std::size_t>& which, double h) {
    std::vector<double> loop;
    Gradient exact;
    double loop_seconds = std::numeric_limits<double>::infinity();
    double exact_seconds = loop_seconds;
    for (int round = 0; round < kRounds; ++round) {
        loop_seconds =
            std::min(loop_seconds, seconds([&] { loop = net.numerical_gradient(x, t, which, h); }));
        exact_seconds = std::min(exact_seconds, seconds([&] { exact = net.numerical_gradient(x, t, h); }));
    }

    std::printf("{\"h\": %.17g, \"loop_seconds\": %.6g, \"exact_seconds\": %.6g, ", h,
                loop_seconds * static_cast<double>(net.params.size()) / static_cast<double>(which.size()),
                exact_seconds);
    print_list("loop", loop);
    std::printf(", ");
    print_list("exact", entries(exact, which));
    std::printf("}");
}

void print_all(const thalweg::Dataset& images) {
    thalweg::set_threads(1);
    thalweg::Rng rng(1);
    const thalweg::TwoLayerNet<double> net(images.image_size(), 50, images.classes(), rng);
    Matrix<double> x(kBatch, images.image_size());
    std::vector<int> t(kBatch);
    images.gather<double>(rng.choice(images.size(), kBatch), x, t);
    const std::vector<std::size_t> which = chosen_parameters(net.params);
    static_cast<void>(net.numerical_gradient(x, t, which, 1e-4));  // warm

    std::printf("{\"simd\": \"%s\", \"parameters\": %zu, \"steps\": [\n",
                std::string(thalweg::name(thalweg::active_level())).c_str(), net.params.size());
    for (int power = 0; power >= kSmallestStep; --power) {
        print_step(net, x, t, which, std::pow(10.0, power));
        std::printf(power == kSmallestStep ? "],\n" : ",\n");
    }
    for (const auto& [name, matrix] : net.params.matrices()) {
        print_list(std::string(name).c_str(), std::span(matrix->data(), matrix->size()));
        std::printf(",\n");
    }
    print_list("which", which);
    std::printf(",\n");
    print_list("labels", t);
    std::printf(",\n");
    print_list("x", std::span(x.data(), x.size()));
    std::printf("}\n");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        print_all(argc > 1 ? thalweg::load_mnist(argv[1]).train : thalweg::synthetic_digits(10'000, 1));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "difference_errors: %s\n", error.what());
        return 2;
    }
}
