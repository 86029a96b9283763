// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Evaluations in rounds of points: the bits of the plain loop whoever computes them.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "differentiate/seam.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/finite_differences.hpp"

namespace {

using namespace thalweg;
using namespace thalweg::test::seam;
using Method = DifferenceMethod;

}  // namespace

TEST_CASE("rounds: the bits of the plain loop", "[seam]") {
    for (GradientOptions options : all_options()) {
        const GradientResult expected = numerical_gradient(f, kStart, options);
        CAPTURE(static_cast<int>(options.method), options.estimate_error, options.lower.size());
        Evaluations evaluations;
        options.evaluations = &evaluations;
        for (const int threads : {1, 3}) {
            options.threads = threads;
            const GradientResult result = numerical_gradient(f, kStart, options);
            check_same(result, expected);
            CHECK(evaluations.report.calls == result.evaluations);
        }
        for (const std::size_t block : {0U, 1U, 5U}) {
            evaluations.block = block;
            check_same(numerical_gradient(BlockFunction(f_in_blocks), kStart, options), expected);
        }
    }
}

TEST_CASE("rounds: the bits of the other loops", "[seam]") {
    const std::vector<double> v = {1.0, -0.5, 0.0, 2.0, 0.25, 1.0, 3.0, -1.0, 0.125};
    Evaluations evaluations;
    for (GradientOptions options : all_options()) {
        const Derivative expected = directional_derivative(f, kStart, v, options);
        options.evaluations = &evaluations;
        for (const Derivative& found :
             {directional_derivative(f, kStart, v, options),
              directional_derivative(BlockFunction(f_in_blocks), kStart, v, options)}) {
            CHECK(test::bits(found.value) == test::bits(expected.value));
            CHECK(test::bits(found.error_estimate) == test::bits(expected.error_estimate));
            CHECK(found.doubtful == expected.doubtful);
            CHECK(found.evaluations <= expected.evaluations);
        }
    }
    for (GradientOptions options : {GradientOptions{}, GradientOptions{.h = 1e-3}}) {
        const Matrix<double> hessian_by_loop = hessian(f, kStart, options);
        const std::vector<double> product_by_loop = hessian_vector_product(f, kStart, v, options);
        options.evaluations = &evaluations;
        for (const int threads : {1, 3}) {
            options.threads = threads;
            const Matrix<double> found[] = {hessian(f, kStart, options),
                                            hessian(BlockFunction(f_in_blocks), kStart, options)};
            const std::vector<double> products[] = {
                hessian_vector_product(f, kStart, v, options),
                hessian_vector_product(BlockFunction(f_in_blocks), kStart, v, options)};
            test::Failures failures;
            for (std::size_t way = 0; way < 2; ++way) {
                for (std::size_t k = 0; k < found[way].size(); ++k) {
                    failures.expect(test::bits(found[way].data()[k]) == test::bits(hessian_by_loop.data()[k]),
                                    "Hessian", way, k);
                }
                for (std::size_t i = 0; i < kCount; ++i) {
                    failures.expect(test::bits(products[way][i]) == test::bits(product_by_loop[i]), "product",
                                    way, i);
                }
            }
            CHECK(failures.text() == "");
        }
    }
}

TEST_CASE("rounds: a function in blocks, without anything asked for", "[seam]") {
    std::size_t largest = 0;
    const auto counted = [&](MatrixView<const double> points, MatrixView<double> values) {
        largest = std::max(largest, points.rows());
        f_in_blocks(points, values);
    };
    check_same(numerical_gradient(BlockFunction(counted), kStart, GradientOptions{.h = 1e-4}),
               numerical_gradient(f, kStart, GradientOptions{.h = 1e-4}));
    CHECK(largest == 2 * kCount);
}

namespace {

// Processes that are threads: each computes every third run of points and all exchange what they have.
class Meeting {
public:
    explicit Meeting(std::size_t size) : boxes_(size) {}
    // All bytes, in the order of the processes.
    std::vector<std::byte> exchange(std::size_t rank, const std::vector<std::byte>& mine) {
        std::unique_lock<std::mutex> lock(mutex_);
        boxes_[rank] = mine;
        arrive(lock);
        std::vector<std::byte> all;
        for (const auto& box : boxes_) {
            all.insert(all.end(), box.begin(), box.end());
        }
        arrive(lock);
        return all;
    }
    std::vector<std::byte> from_first(std::size_t rank, const std::vector<std::byte>& mine) {
        return exchange(rank, rank == 0 ? mine : std::vector<std::byte>{});
    }

private:
    void arrive(std::unique_lock<std::mutex>& lock) {
        const std::size_t round = round_;
        if (++arrived_ == boxes_.size()) {
            arrived_ = 0;
            ++round_;
            all_.notify_all();
        } else {
            all_.wait(lock, [&] { return round_ != round; });
        }
    }
    std::mutex mutex_;
    std::condition_variable all_;
    std::size_t arrived_ = 0;
    std::size_t round_ = 0;
    std::vector<std::vector<std::byte>> boxes_;
};

class Process final : public EvaluationServer {
public:
    Process(Meeting& meeting, std::size_t rank, std::size_t size)
        : meeting_(meeting), rank_(rank), size_(size) {}
    void serve(EvaluationBatch& batch) override {
        std::vector<std::byte> mine;
        for (std::size_t k = batch.size(); k-- > 0;) {
            if (k / 2 % size_ == rank_ && batch.needed(k)) {
                batch.compute(k, k + 1, mine);
            }
        }
        batch.accept(meeting_.exchange(rank_, mine));
    }
    bool leads() const noexcept override { return rank_ == 0; }
    void share(std::vector<std::byte>& bytes) override { bytes = meeting_.from_first(rank_, bytes); }

private:
    Meeting& meeting_;
    std::size_t rank_;
    std::size_t size_;
};

// body(evaluations, rank) in each process.
template <class Body>
void in_processes(std::size_t size, const Body& body) {
    Meeting meeting(size);
    std::vector<std::thread> processes;
    for (std::size_t rank = 0; rank < size; ++rank) {
        processes.emplace_back([&, rank] {
            Process process(meeting, rank, size);
            Evaluations evaluations;
            evaluations.server = &process;
            body(evaluations, rank);
        });
    }
    for (std::thread& process : processes) {
        process.join();
    }
}

}  // namespace

TEST_CASE("a server: the bits of one process, and the same exception in all", "[seam]") {
    for (const std::size_t size : {1U, 3U}) {
        for (GradientOptions options : all_options()) {
            const GradientResult expected = numerical_gradient(f, kStart, options);
            std::vector<GradientResult> results(size);
            std::atomic<std::size_t> calls{0};
            in_processes(size, [&](Evaluations& evaluations, std::size_t rank) {
                GradientOptions own = options;
                own.evaluations = &evaluations;
                results[rank] = numerical_gradient(f, kStart, own);
                calls += evaluations.report.calls;
            });
            for (const GradientResult& result : results) {
                check_same(result, expected);
            }
            CHECK(calls == results[0].evaluations);
        }
    }
    std::atomic<int> same{0};
    in_processes(3, [&](Evaluations& evaluations, std::size_t) {
        const auto failing = [](std::span<const double> x) {
            for (const std::size_t i : {7U, 3U}) {
                if (x[i] != kStart[i]) {
                    throw std::out_of_range(std::to_string(i));
                }
            }
            return f(x);
        };
        try {
            numerical_gradient(failing, kStart, {.method = Method::kRidders, .evaluations = &evaluations});
        } catch (const std::exception& error) {
            same += error.what() == std::string("3") ? 1 : 0;
        }
    });
    CHECK(same == 3);
    std::atomic<int> cancelled{0};
    in_processes(3, [&](Evaluations& evaluations, std::size_t rank) {
        if (rank == 0) {
            evaluations.progress = [](const EvaluationProgress& progress) { return progress.done < 7; };
        }
        try {
            numerical_gradient(f, kStart, {.h = 1e-4, .evaluations = &evaluations});
        } catch (const EvaluationsCancelled& error) {
            cancelled += std::strstr(error.what(), "after 7 of 18") != nullptr ? 1 : 0;
        }
    });
    CHECK(cancelled == 3);
}
