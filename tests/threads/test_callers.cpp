// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The caller's own threads and OpenMP regions around the library's: the bits of one thread alone, and no team
// inside a team.
#include <omp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/of_this_thread.hpp"
#include "parallel/team.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "threads/work.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

constexpr std::size_t kCallers = 4;

// body(caller) in each of so many threads, all at the same moment. No std::barrier: where the system has no
// futex, as Windows, libstdc++ 12's looks at the phase before it takes the lock to wait, and sometimes waits
// for ever.
template <class Body>
void at_once(std::size_t callers, const Body& body) {
    std::mutex mutex;
    std::condition_variable complete;
    std::size_t missing = callers;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < callers; ++i) {
        threads.emplace_back([&, i] {
            {
                std::unique_lock lock(mutex);
                if (--missing == 0) {
                    complete.notify_all();
                }
                complete.wait(lock, [&] { return missing == 0; });
            }
            body(i);
        });
    }
}

// Products of a size of their own for each caller, by the direct, the packed and the streamed path.
std::vector<float> own_products(std::size_t caller) {
    std::vector<float> all;
    const Matrix<float> a = matrix<float>(90 + 7 * caller, 600 + 50 * caller, Kind::kNormal, caller);
    for (const std::size_t cols : {30 + caller, 300 + caller}) {
        const std::vector<float> product =
            elements(dot(a, matrix<float>(a.cols(), cols, Kind::kNormal, caller + 9)));
        all.insert(all.end(), product.begin(), product.end());
    }
    const std::vector<float> square = elements(dot(a, a.transposed()));
    all.insert(all.end(), square.begin(), square.end());
    return all;
}

void check_all(const std::vector<Failures>& failures) {
    for (const Failures& own : failures) {
        CHECK(own.text() == "");
    }
}

}  // namespace

TEST_CASE("threads with matrices of their own", "[callers]") {
    std::vector<std::vector<float>> expected;
    for (std::size_t i = 0; i < kCallers; ++i) {
        expected.push_back(serially([&] { return own_products(i); }));
    }
    for (const int threads : {0, 1, 3}) {
        const ThreadScope scope(threads);
        std::vector<Failures> failures(kCallers);
        at_once(kCallers, [&](std::size_t i) {
            for (int repeat = 0; repeat < 5; ++repeat) {
                failures[i].compare(own_products(i), expected[i], "caller", i, "threads", threads);
            }
        });
        check_all(failures);
    }
}

TEST_CASE("threads that read the same matrices and the same net", "[callers]") {
    const std::vector<float> expected = serially([] { return shared_work().run(); });
    for (const int threads : {0, 1, 3}) {
        const ThreadScope scope(threads);
        std::vector<Failures> failures(kCallers);
        at_once(kCallers, [&](std::size_t i) {
            for (int repeat = 0; repeat < 3; ++repeat) {
                failures[i].compare(shared_work().run(), expected, "caller", i, "threads", threads);
            }
        });
        check_all(failures);
    }
}

TEST_CASE("threads that train at the same time", "[callers]") {
    std::vector<std::vector<float>> expected;
    for (std::size_t i = 0; i < kCallers; ++i) {
        expected.push_back(serially([&] { return trained(static_cast<std::uint32_t>(i)); }));
    }
    CHECK(expected[0] != expected[1]);
    for (const int threads : {0, 2}) {
        const ThreadScope scope(threads);
        std::vector<Failures> failures(kCallers);
        at_once(kCallers, [&](std::size_t i) {
            failures[i].compare(trained(static_cast<std::uint32_t>(i)), expected[i], "net", i);
        });
        check_all(failures);
    }
}

TEST_CASE("the number of threads may change while others compute", "[callers]") {
    const std::vector<float> expected = serially([] { return shared_work().run(); });
    std::vector<Failures> failures(3);
    std::atomic<bool> done{false};
    std::jthread changing([&] {
        for (int n = 0; !done.load(); n = (n + 1) % 6) {
            set_threads(n);
        }
    });
    at_once(failures.size(), [&](std::size_t i) {
        for (int repeat = 0; repeat < 4; ++repeat) {
            failures[i].compare(shared_work().run(), expected, "caller", i);
        }
    });
    done = true;
    changing.join();
    set_threads(0);
    check_all(failures);
}

// Filled when it is made, looked at when it is given back.
class Kept {
public:
    Kept() {
        words_.fill(kFilled);
        ++made;
        ++alive;
    }
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    ~Kept() {
        const bool whole =
            std::all_of(words_.begin(), words_.end(), [](std::size_t word) { return word == kFilled; });
        ++(whole ? given_back : spoilt);
        --alive;
    }
    inline static thread_local int alive = 0;
    inline static std::atomic<int> made{0};
    inline static std::atomic<int> given_back{0};
    inline static std::atomic<int> spoilt{0};

private:
    static constexpr std::size_t kFilled = 0x5a5a5a5a;
    std::array<std::size_t, 8> words_{};
};

// Windows' GCC frees the memory of thread_local variables before it calls their destructors.
TEST_CASE("what a thread keeps is whole when the thread gives it back", "[callers]") {
    constexpr int kRounds = 20;
    std::atomic<int> mixed_up{0};
    for (int round = 0; round < kRounds; ++round) {
        at_once(kCallers, [&](std::size_t /*caller*/) {
            Kept* const one = &of_this_thread<Kept>();
            Kept* const other = &of_this_thread<Kept, int>();
            mixed_up += static_cast<int>(one == other || one != &of_this_thread<Kept>());
        });
    }
    CHECK(mixed_up == 0);
    CHECK(Kept::made == 2 * kRounds * static_cast<int>(kCallers));
    CHECK(Kept::given_back == Kept::made);
    CHECK(Kept::spoilt == 0);
}

#ifndef _WIN32
// An object of the thread that ends after those, and asks once more.
class Last {
public:
    Last() = default;
    Last(const Last&) = delete;
    Last& operator=(const Last&) = delete;
    ~Last() {
        of_this_thread<Kept, long>();
        found = Kept::alive;
    }
    inline static std::atomic<int> found{-1};
    bool used = false;
};

TEST_CASE("what a thread keeps can be asked for until it has ended", "[callers]") {
    std::jthread([] {
        thread_local Last last;
        last.used = true;
        of_this_thread<Kept, long>();
    }).join();
    CHECK(Last::found == 1);
}
#endif

TEST_CASE("inside the caller's OpenMP region everything is serial and right", "[callers]") {
    const std::vector<float> expected = serially([] { return shared_work().run(); });
    const std::vector<float> net = serially([] { return trained(1); });
    // Two levels: the caller allows teams within teams; the library keeps out of it all the same.
    for (const int levels : {1, 2}) {
        omp_set_max_active_levels(levels);
        for (const int threads : {0, 3}) {
            const ThreadScope scope(threads);
            constexpr int kTeam = 3;
            std::vector<Failures> failures(kTeam);
#pragma omp parallel num_threads(kTeam) default(none) shared(failures, expected, net, levels, threads)
            {
                Failures& own = failures[static_cast<std::size_t>(omp_get_thread_num())];
                own.compare(shared_work().run(), expected, "levels", levels, "threads", threads);
                own.compare(trained(1), net, "levels", levels, "threads", threads);
                own.expect(threads_calling_f(4) == 1, "one thread calls f; levels", levels);
                own.expect(parallel::team_size(std::size_t{1} << 40, 1) == 1, "a team of one");
                // By one thread alone: a barrier that is not its own team's would wait for the others.
                if (omp_get_thread_num() == 0) {
                    own.compare(shared_work().run(), expected, "the first thread alone");
                }
            }
            check_all(failures);
        }
    }
    omp_set_max_active_levels(1);
    CHECK(threads_calling_f(4) == 4);
}

TEST_CASE("in a region of one thread a team may be begun", "[callers]") {
    const std::vector<float> expected = serially([] { return shared_work().run(); });
    Failures failures;
    std::size_t callers = 0;
#pragma omp parallel num_threads(1) default(none) shared(failures, expected, callers)
    {
        failures.compare(shared_work().run(), expected, "region of one");
        callers = threads_calling_f(3);
    }
    CHECK(failures.text() == "");
    CHECK(callers == 3);
}

TEST_CASE("a function that throws in every thread leaves the team usable", "[callers]") {
    const auto f = [](std::span<const double> v) -> double {
        // An operation of the library first: inside the function it is serial.
        shared_work().run();
        throw std::runtime_error("f(" + std::to_string(v[0]) + ")");
    };
    const std::vector<double> x(8, 1.0);
    const std::vector<float> expected = serially([] { return shared_work().run(); });
    for (int repeat = 0; repeat < 3; ++repeat) {
        CHECK_THROWS_AS(numerical_gradient(f, x, {.threads = 4}), std::runtime_error);
        CHECK(threads_calling_f(4) == 4);
        CHECK(first_difference(shared_work().run().data(), expected.data(), expected.size()) == "");
    }
    // The exception belongs to the caller of the gradient, in each of several at once.
    std::vector<int> caught(kCallers, 0);
    at_once(kCallers, [&](std::size_t i) {
        try {
            numerical_gradient(f, x, {.threads = 2});
        } catch (const std::runtime_error&) {
            caught[i] = 1;
        }
    });
    CHECK(caught == std::vector<int>(kCallers, 1));
}

TEST_CASE("a user's function of uneven length does not make the team pause", "[callers]") {
    const auto f = [](std::span<const double> v) {
        if (v[63] != 1.0) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return v[0];
    };
    // An earlier test, or a neighbour on this machine, may have left a pause behind.
    for (int wait = 0; wait < 500 && parallel::serial_for_now(); ++wait) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (parallel::serial_for_now()) {
        return;  // nothing can be told apart on so busy a machine
    }
    numerical_gradient(f, std::vector<double>(64, 1.0), {.threads = 2});
    // A pause is as long as the wait: 40 ms at the least, for two calls.
    CHECK_FALSE(parallel::serial_for_now());
}
