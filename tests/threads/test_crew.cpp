// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The helpers that serve where OpenMP's threads do not, on every system: each member once, meetings,
// sleepers, and the end of a crew.
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "parallel/crew.hpp"
#include "support/catch.hpp"

using thalweg::parallel::Crew;

namespace {

constexpr std::size_t kMost = 5;

template <class Body>
bool run(Crew& crew, std::size_t size, const Body& body) {
    return crew.run(size, {[](const void* called, std::size_t index, std::size_t count) {
                               (*static_cast<const Body*>(called))(index, count);
                           },
                           &body});
}

// How long waiting threads look is less than that.
void let_all_sleep() {
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
}

// Each member leaves a number, and after they have met finds everybody's.
std::size_t numbers_missed(Crew& crew, std::size_t size, std::size_t meetings) {
    std::vector<std::size_t> left(size);
    std::atomic<std::size_t> missed{0};
    run(crew, size, [&](std::size_t index, std::size_t /*count*/) {
        for (std::size_t meeting = 1; meeting <= meetings; ++meeting) {
            left[index] = meeting;
            Crew::meet();
            for (const std::size_t number : left) {
                missed += static_cast<std::size_t>(number != meeting);
            }
            Crew::meet();
        }
    });
    return missed;
}

}  // namespace

TEST_CASE("a crew of every size does each part once, in threads of its own", "[crew]") {
    Crew crew;
    REQUIRE(crew.grow(kMost) == kMost);
    for (const std::size_t size : {kMost, std::size_t{1}, std::size_t{3}, std::size_t{2}, kMost}) {
        std::vector<std::thread::id> ids(kMost);
        std::vector<int> calls(kMost);
        std::atomic<std::size_t> wrong{0};
        run(crew, size, [&](std::size_t index, std::size_t count) {
            wrong += static_cast<std::size_t>(count != size || !Crew::at_work());
            ids[index] = std::this_thread::get_id();
            ++calls[index];
        });
        CAPTURE(size);
        CHECK(wrong == 0);
        CHECK(ids[0] == std::this_thread::get_id());
        CHECK(
            std::set<std::thread::id>(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(size)).size() ==
            size);
        for (std::size_t index = 0; index < kMost; ++index) {
            CHECK(calls[index] == (index < size ? 1 : 0));
        }
        CHECK_FALSE(Crew::at_work());
    }
    CHECK(crew.grow(2) == kMost);
}

TEST_CASE("members of a crew meet before any goes on", "[crew]") {
    Crew crew;
    REQUIRE(crew.grow(kMost) == kMost);
    for (std::size_t repeat = 0; repeat < 200; ++repeat) {
        const std::size_t size = 1 + repeat % kMost;
        CAPTURE(repeat, size);
        REQUIRE(numbers_missed(crew, size, repeat % 7) == 0);
    }
}

TEST_CASE("who sleeps is woken: helpers between runs, members at a meeting, the caller at the end",
          "[crew]") {
    Crew crew;
    REQUIRE(crew.grow(3) == 3);
    for (const std::size_t late : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
        let_all_sleep();
        std::atomic<std::size_t> came{0};
        std::atomic<std::size_t> missed{0};
        run(crew, 3, [&](std::size_t index, std::size_t count) {
            if (index == late) {
                let_all_sleep();
            }
            ++came;
            Crew::meet();
            missed += count - came;
            if (index == (late + 1) % 3) {
                let_all_sleep();
            }
        });
        CAPTURE(late);
        CHECK(came == 3);
        CHECK(missed == 0);
    }
}

// The time of a first run, and of one that had to wake a helper, says nothing; twice in turn it does.
TEST_CASE("a run tells of its helpers' waking", "[crew]") {
    Crew crew;
    REQUIRE(crew.grow(2) == 2);
    const auto nothing = [](std::size_t, std::size_t) {};
    CHECK_FALSE(run(crew, 2, nothing));
    let_all_sleep();
    CHECK(run(crew, 2, nothing));  // the last one had a helper on its way
    bool silent = false;           // a helper may sleep later than it should, on a busy machine
    for (int tries = 0; tries < 100 && !silent; ++tries) {
        CHECK(run(crew, 1, nothing));
        let_all_sleep();
        silent = !run(crew, 2, nothing);
    }
    CHECK(silent);
    let_all_sleep();
    CHECK(run(crew, 2, nothing));
}

TEST_CASE("helpers end after their crew, and callers have crews of their own", "[crew]") {
    // Ends with the helper's thread.
    struct Ending {
        std::shared_ptr<std::atomic<int>> ended;
        ~Ending() {
            if (ended) {
                ++*ended;
            }
        }
    };
    const auto ended = std::make_shared<std::atomic<int>>(0);
    constexpr int kCallers = 4;
    std::vector<std::thread> callers;
    std::atomic<std::size_t> missed{0};
    for (int caller = 0; caller < kCallers; ++caller) {
        callers.emplace_back([&missed] {
            Crew crew;
            for (std::size_t size = 1; size <= kMost; ++size) {
                missed += numbers_missed(crew, crew.grow(size), 3);
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    CHECK(missed == 0);
#ifndef _WIN32  // whose GCC frees such variables before they end
    {
        Crew crew;
        const std::size_t size = crew.grow(3);
        REQUIRE(size == 3);
        run(crew, size, [&](std::size_t index, std::size_t /*count*/) {
            if (index != 0) {
                thread_local Ending ending;
                ending.ended = ended;
            }
        });
        CHECK(*ended == 0);
    }
    for (int tries = 0; tries < 1000 && *ended != 2; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(*ended == 2);
#endif
}
