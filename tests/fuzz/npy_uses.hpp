// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every conversion of an array that came from outside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::fuzz {

// Converts, or is refused with a ShapeError.
template <class Out>
void convert(const NpyArray& array) {
    try {
        const Out out = array.as<Out>();
        if constexpr (detail::kIsMatrix<Out> || detail::kIsVector<Out>) {
            require(out.size() == array.size(), "a conversion keeps the number of elements");
        }
    } catch (const ShapeError&) {
    }
}

template <class T>
void convert_elements(const NpyArray& array) {
    convert<T>(array);
    convert<std::vector<T>>(array);
    try {
        const auto values = array.as<std::vector<T>>();
        const NpyArray back = NpyArray(values);
        require(back.dtype() != array.dtype() || back == array.reshaped({array.size()}),
                "a conversion to its own type changes nothing");
    } catch (const ShapeError&) {
    }
}

inline void use(const NpyArray& array) {
    std::size_t elements = 1;
    for (const std::size_t length : array.shape()) {
        elements *= length;
    }
    require(array.shape().size() <= 6 && array.size() == elements, "a shape of 0 to 6 dimensions");
    convert<Matrix<float>>(array);
    convert<Matrix<double>>(array);
    convert<std::string>(array);
    convert_elements<float>(array);
    convert_elements<double>(array);
    convert_elements<std::int8_t>(array);
    convert_elements<std::uint8_t>(array);
    convert_elements<std::int32_t>(array);
    convert_elements<std::uint32_t>(array);
    convert_elements<std::int64_t>(array);
    convert_elements<std::uint64_t>(array);
    convert<bool>(array);
}

}  // namespace thalweg::fuzz
