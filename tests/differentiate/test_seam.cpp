// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Evaluations in rounds of points: the bits of the plain loop whoever computes them, failures, progress.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <limits>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/finite_differences.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kCount = 9;
const std::vector<double> kStart = {0.7, -1.2, 0.4, 0.0, 3.0, 1e-9, -25.0, 1.0, 0.5};
const std::vector<double> kLower = {0.7, -2.0, 0.4 - 1e-7, -1.0, 2.9, -1.0, -26.0, 0.0, 0.5 - 1e-3};
const std::vector<double> kUpper = {2.0, -1.2, 1.0, 1.0, 3.1, 1.0, -24.0, 1.0 + 1e-6, 1.0};

// A kink in x[7], steps in x[8], constant in x[5].
double f(std::span<const double> x) {
    double sum = std::sin(3.0 * x[0]) * x[1] + std::exp(x[2]) / (1.0 + x[3] * x[3]);
    sum += std::sqrt(x[4] + 1e-3) + 1e-3 * x[6] * x[6] * x[6];
    return sum + std::fabs(x[7] - 1.0) + std::floor(1024.0 * x[8]) * 1e-6;
}

const auto f_in_blocks = [](MatrixView<const double> points, MatrixView<double> values) {
    for (std::size_t k = 0; k < points.rows(); ++k) {
        values(k, 0) = f(std::span(&points(k, 0), points.cols()));
    }
};

void check_same(const GradientResult& found, const GradientResult& expected) {
    test::Failures failures;
    for (std::size_t i = 0; i < kCount; ++i) {
        failures.expect(test::bits(found.gradient[i]) == test::bits(expected.gradient[i]), "entry", i,
                        found.gradient[i], expected.gradient[i]);
        if (!expected.error_estimate.empty()) {
            failures.expect(test::bits(found.error_estimate[i]) == test::bits(expected.error_estimate[i]),
                            "estimate", i, found.error_estimate[i], expected.error_estimate[i]);
        }
    }
    CHECK(failures.text() == "");
    CHECK(found.doubtful == expected.doubtful);
    // A point that a formula wants twice is evaluated once.
    CHECK(found.evaluations <= expected.evaluations);
    CHECK(found.skipped.empty());
}

std::vector<GradientOptions> all_options() {
    std::vector<GradientOptions> all;
    for (const Method method : {Method::kForward, Method::kBackward, Method::kCentral2, Method::kCentral4,
                                Method::kCentral6, Method::kRidders}) {
        for (const bool estimate : {false, true}) {
            for (const bool bounded : {false, true}) {
                for (const bool fixed : {false, true}) {
                    GradientOptions options{.method = method, .estimate_error = estimate};
                    if (fixed) {
                        options.h = 1e-4;
                    }
                    if (bounded) {
                        options.lower = kLower;
                        options.upper = kUpper;
                    }
                    all.push_back(options);
                }
            }
        }
    }
    return all;
}

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

TEST_CASE("failures: the exception of the lowest variable, on any number of threads", "[seam]") {
    const auto failing = [](std::span<const double> x) {
        for (const std::size_t i : {8U, 2U, 5U}) {
            if (x[i] < kStart[i]) {
                throw std::out_of_range(std::to_string(i));
            }
        }
        return f(x);
    };
    Evaluations evaluations;
    for (const Method method : {Method::kCentral2, Method::kCentral6, Method::kRidders}) {
        for (const int threads : {1, 2, 5}) {
            const GradientOptions options{.method = method, .threads = threads, .evaluations = &evaluations};
            CHECK_THROWS_WITH(numerical_gradient(failing, kStart, options), "2");
            CHECK_THROWS_AS(numerical_gradient(failing, kStart, options), std::out_of_range);
        }
    }
    // A later round of a lower variable: Ridders' method goes below 1e-3 after several of them.
    const auto late = [](std::span<const double> x) {
        if (x[6] != kStart[6]) {
            throw std::out_of_range("6");
        }
        if (x[4] != kStart[4] && std::fabs(x[4] - kStart[4]) < 2e-2) {
            throw std::out_of_range("4");
        }
        return f(x);
    };
    CHECK_THROWS_WITH(
        numerical_gradient(late, kStart,
                           {.method = Method::kRidders, .threads = 2, .evaluations = &evaluations}),
        "4");
    const auto not_finite = [](std::span<const double> x) { return x[3] > 0 ? kUndefined : f(x); };
    CHECK_THROWS_WITH(numerical_gradient(not_finite, kStart, {.h = 0.5, .evaluations = &evaluations}),
                      ContainsSubstring("f at x[3] + 0.5"));
}

TEST_CASE("failures: skipped entries are NaN and listed", "[seam]") {
    const auto failing = [](std::span<const double> x) {
        if (x[2] > kStart[2]) {
            throw std::runtime_error("no mesh");
        }
        return x[4] > kStart[4] ? kUndefined : f(x);
    };
    Evaluations evaluations;
    evaluations.on_failure = OnFailure::kSkip;
    for (GradientOptions options : all_options()) {
        if (!options.lower.empty()) {
            continue;
        }
        const GradientResult plain = numerical_gradient(f, kStart, options);
        const std::vector<std::size_t> expected =
            options.method == Method::kBackward ? std::vector<std::size_t>{} : std::vector<std::size_t>{2, 4};
        options.evaluations = &evaluations;
        if (options.method == Method::kBackward && options.estimate_error) {
            continue;  // looks to both sides where f does not change
        }
        for (const int threads : {1, 2}) {
            options.threads = threads;
            const GradientResult result = numerical_gradient(failing, kStart, options);
            CHECK(result.skipped == expected);
            for (std::size_t i = 0; i < kCount; ++i) {
                const bool skipped = std::find(expected.begin(), expected.end(), i) != expected.end();
                CHECK((skipped ? std::isnan(result.gradient[i])
                               : test::bits(result.gradient[i]) == test::bits(plain.gradient[i])));
            }
            CHECK(evaluations.report.failed == (expected.empty() ? 0U : evaluations.report.failed));
        }
    }
    // What all entries need cannot be skipped.
    const auto nowhere = [](std::span<const double>) -> double { throw std::runtime_error("no licence"); };
    CHECK_THROWS_WITH(
        numerical_gradient(nowhere, kStart, {.method = Method::kForward, .evaluations = &evaluations}),
        "no licence");
}

TEST_CASE("failures: a step is made shorter until f takes it", "[seam]") {
    // Throws beyond 1e-7 of x[2] and is not finite beyond 1e-8 of x[4]: the step 6.1e-6 needs 3 and 6
    // quarters.
    const auto narrow = [](std::span<const double> x) {
        if (std::fabs(x[2] - kStart[2]) > 1e-7) {
            throw std::runtime_error("too far");
        }
        return std::fabs(x[4] - kStart[4]) > 1e-8 ? kUndefined : f(x);
    };
    Evaluations evaluations;
    evaluations.on_failure = OnFailure::kShrink;
    const GradientResult result = numerical_gradient(narrow, kStart, {.evaluations = &evaluations});
    CHECK(result.shrunk == std::vector<std::size_t>{2, 4});
    CHECK(result.skipped.empty());
    CHECK(std::fabs(result.gradient[2] - std::exp(0.4)) < 1e-7);
    CHECK(std::fabs(result.gradient[4] - 0.5 / std::sqrt(3.001)) < 1e-6);
    const auto never = [](std::span<const double> x) { return x[2] != kStart[2] ? kUndefined : f(x); };
    const GradientResult skipped =
        numerical_gradient(never, kStart, {.estimate_error = true, .evaluations = &evaluations});
    CHECK(skipped.skipped == std::vector<std::size_t>{2});
    CHECK(skipped.shrunk == std::vector<std::size_t>{2});
}

TEST_CASE("failures: tried again", "[seam]") {
    std::atomic<int> calls{0};
    const auto flaky = [&](std::span<const double> x) {
        const int call = calls++;
        if (call % 3 == 0) {
            throw std::runtime_error("busy");
        }
        return call % 3 == 1 ? kUndefined : f(x);
    };
    Evaluations evaluations;
    evaluations.retries = 2;
    check_same(numerical_gradient(flaky, kStart, {.h = 1e-4, .evaluations = &evaluations}),
               numerical_gradient(f, kStart, GradientOptions{.h = 1e-4}));
    CHECK(evaluations.report.retried == 4 * kCount);
    CHECK(evaluations.report.failed == 0);
    // A block is looked through point by point.
    calls = 0;
    const auto flaky_block = [&](MatrixView<const double> points, MatrixView<double> values) {
        if (calls++ % 3 != 2) {
            throw std::runtime_error("busy");
        }
        f_in_blocks(points, values);
    };
    check_same(
        numerical_gradient(BlockFunction(flaky_block), kStart, {.h = 1e-4, .evaluations = &evaluations}),
        numerical_gradient(f, kStart, GradientOptions{.h = 1e-4}));
    evaluations.retries = 1;
    calls = 0;
    CHECK_THROWS_WITH(
        numerical_gradient(flaky, kStart, {.method = Method::kForward, .evaluations = &evaluations}),
        ContainsSubstring("f(x) must be finite"));
    evaluations.retries = -1;
    CHECK_THROWS_WITH(numerical_gradient(f, kStart, {.evaluations = &evaluations}),
                      ContainsSubstring("retries must be from 0 to 1000, found -1"));
}

TEST_CASE("progress: what is done and to do; false ends the call", "[seam]") {
    Evaluations evaluations;
    std::vector<std::size_t> done;
    std::size_t to_do = 0;
    evaluations.progress = [&](const EvaluationProgress& progress) {
        done.push_back(progress.done);
        to_do = progress.to_do;
        CHECK(progress.done + progress.to_do == 4 * kCount);
        return true;
    };
    for (const int threads : {1, 3}) {
        done.clear();
        numerical_gradient(
            f, kStart,
            {.method = Method::kCentral4, .h = 1e-4, .threads = threads, .evaluations = &evaluations});
        CHECK(done.size() == 4 * kCount);
        CHECK(std::is_sorted(done.begin(), done.end()));
        CHECK(to_do == 0);
    }
    std::atomic<int> calls{0};
    const auto counted = [&](std::span<const double> x) {
        ++calls;
        return f(x);
    };
    evaluations.progress = [](const EvaluationProgress& progress) { return progress.done < 5; };
    CHECK_THROWS_WITH(numerical_gradient(counted, kStart, {.h = 1e-4, .evaluations = &evaluations}),
                      "numerical_gradient: ended by the progress function after 5 of 18 evaluations");
    CHECK(calls == 5);
    evaluations.progress = [](const EvaluationProgress&) -> bool { throw std::logic_error("mine"); };
    CHECK_THROWS_WITH(numerical_gradient(f, kStart, {.threads = 2, .evaluations = &evaluations}), "mine");
}

TEST_CASE("functions that return too many or too few values", "[seam]") {
    const auto blocks = [](MatrixView<const double> points) {
        return std::vector<double>(points.rows() + 1, 0.0);
    };
    CHECK_THROWS_WITH(numerical_gradient(BlockFunction(blocks), kStart, GradientOptions{.h = 1e-4}),
                      "numerical_gradient: f must return 18 values, found 19");
    const auto few = [](std::span<const double> x) { return std::vector<double>(x.size() - 1, x[0]); };
    CHECK_THROWS_WITH(jacobian(few, kStart, kCount), "jacobian: f must return 9 values, found 8");
    const auto unwritten = [](MatrixView<const double>, MatrixView<double> values) { values(0, 0) = 1.0; };
    CHECK_THROWS_WITH(numerical_gradient(BlockFunction(unwritten), kStart, {.h = 0.5}),
                      ContainsSubstring("f at x[0] - 0.5, with x[0] = 0.7, must be finite, found nan"));
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
