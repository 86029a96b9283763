// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Callbacks hold what std::function holds, and are empty where it is.
#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "thalweg/callback.hpp"

using thalweg::Callback;

namespace {

struct Step;
// As the options of train() have them: for types that come later.
struct Callbacks {
    Callback<bool(const Step&)> on_step = {};
    Callback<void(int&)> change = {};
};
struct Step {
    int number;
};

bool is_third(const Step& step) {
    return step.number == 3;
}

}  // namespace

TEST_CASE("a callback holds functions, lambdas with a state and std::functions") {
    Callbacks callbacks{.on_step = is_third};
    CHECK(callbacks.on_step(Step{3}));
    CHECK_FALSE(callbacks.on_step(Step{4}));
    callbacks.on_step = [](const auto& step) { return step.number == 4; };
    CHECK(callbacks.on_step(Step{4}));
    callbacks.on_step = std::function<bool(const Step&)>(is_third);
    CHECK(callbacks.on_step(Step{3}));
    const std::function<bool(const Step&)> back = callbacks.on_step;
    CHECK(back(Step{3}));

    int calls = 0;
    auto count = [&calls](int& to) {
        to = ++calls;
        return "what it returns is dropped";
    };
    callbacks.change = count;
    int seen = 0;
    callbacks.change(seen);
    callbacks.change = std::ref(count);
    callbacks.change(seen);
    CHECK(seen == 2);
}

TEST_CASE("a copy has a state of its own, a move takes it along") {
    Callback<int()> counts = [n = 0]() mutable { return ++n; };
    CHECK(counts() == 1);
    Callback<int()> copy = counts;
    CHECK(counts() == 2);
    CHECK(counts() == 3);
    CHECK(copy() == 2);
    copy = std::move(counts);
    CHECK(copy() == 4);
    CHECK_FALSE(static_cast<bool>(counts));  // NOLINT(bugprone-use-after-move): that is the test
}

TEST_CASE("a callback without a function is false and says so when it is called") {
    bool (*const none)(const Step&) = nullptr;
    CHECK(Callback<bool(const Step&)>(none) == nullptr);
    CHECK(Callback<bool(const Step&)>(std::function<bool(const Step&)>()) == nullptr);
    CHECK(Callback<bool(const Step&)>() == nullptr);
    Callback<bool(const Step&)> callback = is_third;
    CHECK(static_cast<bool>(callback));
    callback = nullptr;
    CHECK_FALSE(static_cast<bool>(callback));
    CHECK_THROWS_AS(callback(Step{3}), std::invalid_argument);
    CHECK_THROWS_WITH(callback(Step{3}), "Callback: expected a function to call, found none");
}

TEST_CASE("what cannot be called so, or copied, is no callback") {
    static_assert(!std::is_constructible_v<Callback<void(int)>, int>);
    static_assert(!std::is_constructible_v<Callback<bool(int)>, void (*)(int)>);
    static_assert(!std::is_constructible_v<Callback<void()>, void (*)(int)>);
    struct Owner {
        std::unique_ptr<int> owned;
        void operator()() const {}
    };
    static_assert(!std::is_constructible_v<Callback<void()>, Owner>);
}
