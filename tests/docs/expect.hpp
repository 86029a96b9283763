// The examples of the reference say in a comment what an expression gives; here it is compared, a number at
// the digits that are shown.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>

inline int failed_examples = 0;

inline void expect_text(const char* place, std::string_view found, std::string_view shown) {
    if (found != shown) {
        std::fprintf(stderr, "%s: says %s, gives %s\n", place, std::string(shown).c_str(),
                     std::string(found).c_str());
        ++failed_examples;
    }
}

template <class T>
void expect(const char* place, const T& found, std::string_view shown) {
    if constexpr (std::is_same_v<T, bool>) {
        expect_text(place, found ? "true" : "false", shown);
    } else if constexpr (std::is_floating_point_v<T>) {
        const std::size_t point = shown.find('.');
        const int digits = point == std::string_view::npos ? 0 : static_cast<int>(shown.size() - point - 1);
        char text[64];
        std::snprintf(text, sizeof text, "%.*f", digits, static_cast<double>(found));
        expect_text(place, text, shown);
    } else if constexpr (std::is_integral_v<T>) {
        expect_text(place, std::to_string(found), shown);
    } else {
        expect_text(place, '"' + std::string(std::string_view(found)) + '"', shown);
    }
}
