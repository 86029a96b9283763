// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// After fork(): the parent goes on with its team, the child computes, trains and ends by itself, alone. The
// OpenMP runtime that the child inherits believes in threads it does not have: one team there waits for ever.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "threads/process.hpp"
#include "threads/work.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

struct Expected {
    std::vector<float> shared = serially([] { return shared_work().run(); });
    std::vector<float> net = serially([] { return trained(1); });
};

const Expected& expected() {
    static const Expected bits;
    return bits;
}

bool same(const std::vector<float>& got, const std::vector<float>& want) {
    return got.size() == want.size() && first_difference(got.data(), want.data(), got.size()).empty();
}

// What every child does; 0 when all is well.
int child_work() {
    for (const int n : {0, 3}) {
        set_threads(n);
        if (threads() != 1) {
            std::fprintf(stderr, "child: threads() is %d\n", threads());
            return 2;
        }
        if (!same(shared_work().run(), expected().shared) || !same(trained(1), expected().net)) {
            std::fprintf(stderr, "child: other bits\n");
            return 3;
        }
    }
    return threads_calling_f(3) == 1 ? 0 : 4;
}

// A team of this thread is there, and at work a moment ago.
void use_team() {
    const ThreadScope scope(3);
    REQUIRE(threads_calling_f(0) == 3);
    REQUIRE(same(shared_work().run(), expected().shared));
}

}  // namespace

TEST_CASE("fork: the child is serial and right, the parent keeps its team", "[fork]") {
    use_team();
    for (int repeat = 0; repeat < 3; ++repeat) {
        CHECK(in_child(child_work) == "");
        use_team();
    }
}

TEST_CASE("fork: an explicit number set before is run by the parent, not by the child", "[fork]") {
    use_team();
    const ThreadScope scope(3);
    CHECK(in_child(child_work) == "");
    CHECK(threads() == 3);
    CHECK(threads_calling_f(0) == 3);
}

TEST_CASE("fork: a child of a child", "[fork]") {
    use_team();
    CHECK(in_child([] {
              const std::string inner = in_child(child_work);
              return inner.empty() ? child_work() : 5;
          }) == "");
}

TEST_CASE("fork: from a thread of the caller's", "[fork]") {
    expected();
    Failures failures;
    std::jthread([&] {
        set_threads(3);
        failures.compare(shared_work().run(), expected().shared, "before");
        const std::string ending = in_child(child_work);
        failures.expect(ending.empty(), ending);
        failures.compare(shared_work().run(), expected().shared, "after");
        set_threads(0);
    }).join();
    CHECK(failures.text() == "");
}

TEST_CASE("fork: while other threads are inside operations", "[fork]") {
    expected();
    const ThreadScope scope(2);
    const Matrix<float> a = matrix<float>(200, 500);
    std::atomic<bool> done{false};
    std::atomic<int> products{0};
    std::vector<std::jthread> busy;
    for (int i = 0; i < 2; ++i) {
        busy.emplace_back([&] {
            // Allocates nothing after the first call: the allocator's own locks are not what is tried here.
            Matrix<float> out(200, 200);
            while (!done.load()) {
                dot(a, a.transposed(), out);
                products.fetch_add(1);
            }
        });
    }
    while (products.load() < 10) {
        std::this_thread::yield();
    }
    std::vector<std::string> endings;
    for (int i = 0; i < 8; ++i) {
        const int before = products.load();
        endings.push_back(in_child(child_work));
        CHECK(same(shared_work().run(), expected().shared));
        while (products.load() == before) {
            std::this_thread::yield();
        }
    }
    done = true;
    CHECK(endings == std::vector<std::string>(8));
}
