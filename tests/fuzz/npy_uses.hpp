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
        if constexpr (detail::kIsMatrix<Out> || detail::kIsVector<Out> || detail::AnyTensor<Out>) {
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

// Every array of numbers is a tensor of its shape.
template <class T>
void convert_tensor(const NpyArray& array) {
    convert<Tensor<T>>(array);
    try {
        const auto values = array.as<Tensor<T>>();
        const NpyArray back = values;
        require(back.shape() == array.shape(), "a tensor keeps its shape");
        require(back.dtype() != array.dtype() || back == array, "a tensor of its own type changes nothing");
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
    convert_tensor<float>(array);
    convert_tensor<double>(array);
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
