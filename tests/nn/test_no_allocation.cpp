// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What allocates nothing after the first time: gradients, steps of training, predictions.
#include <atomic>
#include <cstddef>
#include <new>
#include <vector>

#include "nn/training.hpp"
#include "support/aligned_memory.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "thalweg/net.hpp"
#include "thalweg/train.hpp"
#include "thalweg/train_net.hpp"

namespace {

std::atomic<long> allocations{0};

void* allocate(std::size_t size, std::size_t alignment) noexcept {
    ++allocations;
    return thalweg::test::aligned_memory(alignment, (size + alignment - 1) / alignment * alignment);
}

void* counted(std::size_t size, std::size_t alignment) {
    void* const p = allocate(size, alignment);
    if (p == nullptr) {
        throw std::bad_alloc();
    }
    return p;
}

}  // namespace

// Every allocation of this program is counted. All the forms are replaced, the nothrow ones too (Catch2 and
// the standard library's sorts use them): under a sanitizer those that are not come from its own runtime, and
// what they allocate must not be freed here. Not inline: GCC would find free() for what it knows from new.
void* operator new(std::size_t size) {
    return counted(size == 0 ? 1 : size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size == 0 ? 1 : size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate(size == 0 ? 1 : size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return allocate(size == 0 ? 1 : size, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
    thalweg::test::free_aligned(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept {
    thalweg::test::free_aligned(p);
}
[[gnu::noinline]] void operator delete(void* p, std::align_val_t) noexcept {
    thalweg::test::free_aligned(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    thalweg::test::free_aligned(p);
}
[[gnu::noinline]] void operator delete(void* p, const std::nothrow_t&) noexcept {
    thalweg::test::free_aligned(p);
}
[[gnu::noinline]] void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept {
    thalweg::test::free_aligned(p);
}

using namespace thalweg;
using test::short_run;
using test::train_test_digits;

TEST_CASE("a gradient with dropout and batch normalisation allocates nothing after the first", "[net]") {
    Rng rng(1);
    Net<float> net({784, 50, 30, 10}, {.weight_decay = 0.1, .dropout = 0.2, .batch_norm = true}, rng);
    const Matrix<float> x = Matrix<float>::randn(100, 784, rng);
    const std::vector<int> labels(100, 3);
    NetParams<float> gradient;
    NetWorkspace<float> workspace;
    for (const int threads : {1, 2}) {
        const test::ThreadScope scope(threads);
        net.gradient(x, labels, gradient, workspace, rng);
        const long before = allocations.load();
        net.gradient(x, labels, gradient, workspace, rng);
        CHECK(allocations.load() - before == 0);
        CHECK(before > 0);
    }
}

TEST_CASE("a step of training allocates nothing after the first", "[train]") {
    for (const int threads : {1, 2}) {
        const test::ThreadScope scope(threads);
        for (const Sampling sampling : {Sampling::kReplacement, Sampling::kShuffle}) {
            Rng rng(1);
            TwoLayerNet<float> net(784, 50, 10, rng);
            TrainOptions options = short_run(60);
            options.sampling = sampling;
            options.eval_every = 1000;
            long before = 0;
            long after = 0;
            TrainCallbacks callbacks;
            callbacks.on_step = [&](const TrainStep& step) {
                // Update 1 is followed by an evaluation, which may allocate: count from the end of step 2.
                before = step.iteration == 2 ? allocations.load() : before;
                after = step.iteration == 60 ? allocations.load() : after;
                return true;
            };
            train(net, train_test_digits(), options, rng, callbacks);
            CHECK(after - before == 0);
            CHECK(before > 0);
            options.iterations = 4;
            options.gradient = GradientSource::kNumerical;
            options.differences.method = NetDifferenceMethod::kShared;
            callbacks.on_step = [&](const TrainStep& step) {
                before = step.iteration == 2 ? allocations.load() : before;
                after = step.iteration == 4 ? allocations.load() : after;
                return true;
            };
            train(net, train_test_digits(), options, rng, callbacks);
            CHECK(after - before == 0);
        }
    }
}

TEST_CASE("a step of training a deep net allocates nothing after the first", "[train][net]") {
    const Samples<float> pixels = train_test_digits().train;
    const Samples<float> numbers(pixels.features(), pixels.labels());
    for (const int threads : {1, 2}) {
        const test::ThreadScope scope(threads);
        for (const Samples<float>* const samples : {&pixels, &numbers}) {
            for (const double clip_norm : {0.0, 1.0}) {
                Rng rng(1);
                Net<float> net({784, 50, 30, 10}, {.weight_decay = 1e-4}, rng);
                long before = 0;
                long after = 0;
                NetTrainCallbacks<float> callbacks;
                callbacks.on_step = [&](const TrainStep& step) {
                    before = step.iteration == 2 ? allocations.load() : before;
                    after = step.iteration == 60 ? allocations.load() : after;
                    return true;
                };
                train(net, *samples, {}, {.iterations = 60, .clip_norm = clip_norm, .eval_every = 1000}, rng,
                      callbacks);
                CHECK(after - before == 0);
                CHECK(before > 0);
            }
        }
    }
}

TEST_CASE("predictions with a workspace allocate nothing after the first", "[train]") {
    const test::ThreadScope two(2);
    Rng rng(1);
    for (const std::vector<std::size_t>& sizes :
         {std::vector<std::size_t>{784, 256, 128, 10}, {784, 10}, {20, 64, 3}}) {
        for (const Activation activation :
             {Activation::kRelu, Activation::kGelu, Activation::kSoftplus, Activation::kTanh}) {
            const Net<float> net(sizes, {.activation = activation}, rng);
            const Matrix<float> x = Matrix<float>::randn(1200, sizes.front(), rng);
            Matrix<float> y(1200, sizes.back());
            NetWorkspace<float> workspace;
            net.predict(x, y, workspace);
            CHECK(y == net.predict(x));
            Matrix<float> again(1200, sizes.back());
            const long before = allocations;
            net.predict(x, again, workspace);
            net.predict(x.row(7), again.row(7), workspace);
            net.predict(x.rows(0, 300), again.rows(0, 300), workspace);
            const long after = allocations;
            CHECK(after == before);
            CHECK(again == y);
        }
    }
}
