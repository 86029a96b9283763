// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Functions that the library calls.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "thalweg/abi.hpp"
#include "thalweg/detail/callback.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

template <class Signature>
class Callback;

/// Holds a function, or anything else that can be called and copied, or nothing: a std::function without the
/// header <functional>, which would add two thirds to what thalweg.hpp costs a compilation (g++ 12).
///
///     Callback<int(int)> twice = [](int i) { return 2 * i; };
///     twice(4);      // 8
///     twice = nullptr;
///     static_cast<bool>(twice);  // false
///
/// throws   std::invalid_argument when it is called and holds nothing
template <class Result, class... Arguments>
class Callback<Result(Arguments...)> {
public:
    /// Makes a callback that holds nothing.
    Callback() noexcept = default;
    // A callback is a parameter type, and the constraint leaves copying to the constructors for it.
    // NOLINTBEGIN(google-explicit-constructor,bugprone-forwarding-reference-overload)
    Callback(std::nullptr_t) noexcept {}
    /// Takes a copy; holds nothing where the function is a null pointer or an empty std::function.
    template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, Callback> &&
             detail::CalledWith<std::decay_t<Function>, Result, Arguments...>) Callback(Function&& function) {
        using Held = std::decay_t<Function>;
        Held held(std::forward<Function>(function));
        if constexpr (std::is_assignable_v<Held&, std::nullptr_t>) {
            if (held == nullptr) {
                return;
            }
        }
        held_ = new Of<Held>(std::move(held));
    }
    // NOLINTEND(google-explicit-constructor,bugprone-forwarding-reference-overload)
    /// Copies what the other one holds.
    Callback(const Callback& other) : held_(other.held_ == nullptr ? nullptr : other.held_->copy()) {}
    Callback(Callback&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    Callback& operator=(Callback other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~Callback() { delete held_; }

    /// Tells whether it holds a function.
    explicit operator bool() const noexcept { return held_ != nullptr; }
    /// The same, turned round.
    friend bool operator==(const Callback& callback, std::nullptr_t) noexcept {
        return callback.held_ == nullptr;
    }
    /// Calls the function.
    Result operator()(Arguments... arguments) const {
        if (held_ == nullptr) {
            detail::throw_no_callback();
        }
        return held_->call(std::forward<Arguments>(arguments)...);
    }

private:
    struct Any {
        Any() noexcept = default;
        Any(const Any&) = delete;
        Any& operator=(const Any&) = delete;
        virtual ~Any() = default;
        virtual Any* copy() const = 0;
        virtual Result call(Arguments... arguments) = 0;
    };
    template <class Function>
    struct Of final : Any {
        explicit Of(Function f) : function(std::move(f)) {}
        Any* copy() const override { return new Of(function); }
        Result call(Arguments... arguments) override {
            return static_cast<Result>(function(std::forward<Arguments>(arguments)...));
        }
        Function function;
    };

    Any* held_ = nullptr;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
