// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How many threads work: a number given explicitly is really run; the default follows OMP_NUM_THREADS and the
// mask of the caller. Counted where the work is done: who wrote the result, who called the function.
#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <vector>

#include "parallel/team.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "support/message_of.hpp"
#include "threads/work.hpp"
#include "threads/written.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

std::vector<int> allowed_cpus() {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    ::sched_getaffinity(0, sizeof mask, &mask);
    std::vector<int> cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &mask)) {
            cpus.push_back(cpu);
        }
    }
    return cpus;
}

// The calling thread only, and the team it begins afterwards. Twice: libomp gives a thread that it meets for
// the first time the mask of the process back, and leaves alone what is set after that.
void bind_to(const std::vector<int>& cpus) {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    for (const int cpu : cpus) {
        CPU_SET(cpu, &mask);
    }
    ::sched_setaffinity(0, sizeof mask, &mask);
    omp_get_max_threads();
    ::sched_setaffinity(0, sizeof mask, &mask);
}

// body() in a thread whose team ends with it.
template <class Body>
void in_own_thread(const Body& body) {
    std::jthread thread(body);
}

// Rows of half a page: a share of 8 rows is two pages at the least, and there are 8 for each of 64 threads.
constexpr std::size_t kRows = 1024;
constexpr std::size_t kCols = 512;

struct Product {
    std::size_t writers;
    std::vector<float> values;
};
Product product() {
    static const Matrix<float> a = matrix<float>(kRows, 32);
    static const Matrix<float> b = matrix<float>(32, kCols, Kind::kNormal, 2);
    const WrittenMatrix out(kRows, kCols);
    dot(a, b, out.view());
    return {out.writers(), elements(out.view())};
}

}  // namespace

TEST_CASE("an explicit number of threads is really run", "[counts]") {
    const std::vector<float> expected = serially([] { return product().values; });
    const std::vector<float> all = serially([] { return shared_work().run(); });
    for (const std::size_t n : {1U, 2U, 3U, 7U, 16U, 64U}) {
        const ThreadScope scope(static_cast<int>(n));
        CHECK(threads() == static_cast<int>(n));
        const Product found = product();
        CHECK(found.writers == n);
        CHECK(first_difference(found.values.data(), expected.data(), expected.size()) == "");
        CHECK(threads_calling_f(0) == n);
        CHECK(threads_calling_f(static_cast<int>(n)) == n);
        if (n <= 16) {
            CHECK(first_difference(shared_work().run().data(), all.data(), all.size()) == "");
        }
    }
}

TEST_CASE("a limit counts for the calling thread while it lives", "[counts]") {
    const ThreadScope scope(4);
    const std::vector<float> expected = product().values;
    std::size_t beside = 0;
    {
        const ThreadLimit two(2);
        CHECK(threads() == 2);
        CHECK(product().writers == 2);
        {
            const ThreadLimit more(3);
            CHECK(threads() == 2);
        }
        {
            const ThreadLimit one(1);
            CHECK(threads() == 1);
            const Product found = product();
            CHECK(found.writers == 1);
            CHECK(first_difference(found.values.data(), expected.data(), expected.size()) == "");
            CHECK(threads_calling_f(0) == 1);
            // Also where a call asks for more by itself.
            CHECK(threads_calling_f(3) == 1);
            in_own_thread([&] { beside = product().writers; });
        }
        CHECK(product().writers == 2);
    }
    CHECK(beside == 4);
    CHECK(threads() == 4);
    CHECK(product().writers == 4);
    CHECK(message_of<std::invalid_argument>([] { const ThreadLimit none(0); }) ==
          "ThreadLimit: expected 1 or more, found 0");
    CHECK(threads() == 4);
}

#ifdef __linux__
TEST_CASE("eight threads with a limit of one make no others", "[counts]") {
    const auto in_process = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                             std::filesystem::directory_iterator());
    };
    const ThreadScope scope(2);
    constexpr std::size_t kRequests = 8;
    const Matrix<float> a = matrix<float>(kRows, 32);
    const Matrix<float> b = matrix<float>(32, kCols, Kind::kNormal, 2);
    const std::ptrdiff_t before = in_process();
    std::ptrdiff_t during = 0;
    {
        std::barrier worked(kRequests + 1);
        std::barrier counted(kRequests + 1);
        std::vector<std::jthread> requests;
        for (std::size_t i = 0; i < kRequests; ++i) {
            requests.emplace_back([&] {
                const ThreadLimit limit(1);
                dot(a, b);
                worked.arrive_and_wait();
                counted.arrive_and_wait();
            });
        }
        worked.arrive_and_wait();
        during = in_process();
        counted.arrive_and_wait();
    }
    CHECK(during == before + static_cast<std::ptrdiff_t>(kRequests));
}
#endif

TEST_CASE("the default is OMP_NUM_THREADS, at most the CPUs of the mask", "[counts]") {
    const char* const variable = std::getenv("OMP_NUM_THREADS");
    const std::size_t cpus = allowed_cpus().size();
    const std::size_t expected =
        variable == nullptr ? cpus : std::min<std::size_t>(cpus, std::strtoul(variable, nullptr, 10));
    CHECK(threads() == static_cast<int>(expected));
    CHECK(threads_calling_f(0) == expected);
    // After a slow wait the team pauses, on a loaded machine often and for two seconds at most.
    std::size_t writers = product().writers;
    for (int i = 0; i < 200 && writers != expected; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        writers = product().writers;
    }
    CHECK(writers == expected);
    if (expected == 1) {
        const std::vector<float> all = serially([] { return shared_work().run(); });
        CHECK(first_difference(shared_work().run().data(), all.data(), all.size()) == "");
    }
}

TEST_CASE("within a mask of one CPU the default is one thread", "[counts]") {
    const std::vector<float> expected = serially([] { return shared_work().run(); });
    for (const int cpu : allowed_cpus()) {
        Failures failures;
        std::size_t standard = 0;
        std::size_t two = 0;
        in_own_thread([&] {
            bind_to({cpu});
            failures.expect(threads() == 1, "threads() is 1");
            standard = product().writers;
            failures.expect(threads_calling_f(0) == 1, "one thread calls f");
            failures.compare(shared_work().run(), expected, "default");
            set_threads(2);
            two = product().writers;
            failures.compare(shared_work().run(), expected, "two threads");
            set_threads(0);
        });
        CHECK(failures.text() == "");
        CHECK(standard == 1);
        CHECK(two == 2);
    }
}

TEST_CASE("each thread gets the count of its own mask", "[counts]") {
    const std::vector<int> cpus = allowed_cpus();
    if (cpus.size() < 2 || omp_get_max_threads() < 2) {
        WARN("needs two CPUs and two threads");
        return;
    }
    std::atomic<bool> done{false};
    std::atomic<int> largest_of_one{0};
    std::atomic<int> smallest_of_two{2};
    {
        std::jthread one([&] {
            bind_to({cpus[0]});
            for (int i = 0; i < 100'000; ++i) {
                largest_of_one = std::max(largest_of_one.load(), threads());
            }
            done = true;
        });
        std::jthread two([&] {
            bind_to({cpus[0], cpus[1]});
            while (!done) {
                smallest_of_two = std::min(smallest_of_two.load(), threads());
            }
        });
    }
    CHECK(largest_of_one == 1);
    CHECK(smallest_of_two == 2);
}

TEST_CASE("omp_set_num_threads of the caller is the default of its thread, and stays as it was", "[counts]") {
    std::size_t callers = 0;
    int after = 0;
    in_own_thread([&] {
        omp_set_num_threads(1);
        callers = threads_calling_f(0);
        set_threads(3);
        shared_work().run();
        set_threads(0);
        after = omp_get_max_threads();
    });
    CHECK(callers == 1);
    CHECK(after == 1);
}
