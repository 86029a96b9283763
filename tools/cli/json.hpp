// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// JSON values to print. json.cpp alone knows the library that writes them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace thalweg::cli {

class Json {
public:
    struct Member;

    Json(std::nullptr_t);
    Json(bool value);
    Json(double value);  // null where it is not finite
    Json(std::string_view text);
    Json(const char* text) : Json(std::string_view(text)) {}
    Json(const std::string& text) : Json(std::string_view(text)) {}
    template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>) Json(T value) : Json(Unsigned{value}) {}
    template <std::signed_integral T>
    Json(T value) : Json(Signed{value}) {}
    // An object; its members keep this order.
    Json(std::initializer_list<Member> members);
    static Json array();

    Json(const Json& other);
    Json& operator=(const Json& other) = delete;
    ~Json();

    // To an array.
    void push_back(const Json& value);

    // In one line. Bytes that are no UTF-8, as file names may have them, are replaced.
    std::string text() const;
    // With a line a value and two columns a depth.
    std::string indented() const;

private:
    struct Unsigned {
        std::uint64_t value;
    };
    struct Signed {
        std::int64_t value;
    };
    struct Value;

    explicit Json(Unsigned number);
    explicit Json(Signed number);

    std::unique_ptr<Value> value_;
};

struct Json::Member {
    const char* name;
    Json value;
};

}  // namespace thalweg::cli
