// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/npy.hpp is made of: from C++ types to those of files and back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/element.hpp"
#include "thalweg/error.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/tensor.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

template <FileElement Number>
constexpr DType dtype_of() noexcept {
    if constexpr (std::is_same_v<Number, bool>) {
        return DType::kBool;
    } else if constexpr (std::is_floating_point_v<Number>) {
        return sizeof(Number) == 4 ? DType::kFloat32 : DType::kFloat64;
    } else {
        const int power = sizeof(Number) == 1 ? 0 : sizeof(Number) == 2 ? 1 : sizeof(Number) == 4 ? 2 : 3;
        return static_cast<DType>(static_cast<int>(std::is_signed_v<Number> ? DType::kInt8 : DType::kUint8) +
                                  power);
    }
}

template <class Element>
inline constexpr bool kIsMatrix = false;
template <class Element>
inline constexpr bool kIsMatrix<Matrix<Element>> = true;
template <class Element>
inline constexpr bool kIsVector = false;
template <class Element>
inline constexpr bool kIsVector<std::vector<Element>> = true;

}  // namespace detail

template <detail::ElementRange Range>
NpyArray::NpyArray(const Range& values)
    : NpyArray(detail::dtype_of<typename Range::value_type>(), {values.size()}, values.data()) {}

template <detail::FileElement Number>
NpyArray::NpyArray(Number value) : NpyArray(detail::dtype_of<Number>(), {}, &value) {}

template <class Out>
Out NpyArray::as() const {
    if constexpr (detail::kIsMatrix<Out>) {
        const std::pair<std::size_t, std::size_t> size = matrix_shape();
        Out out(size.first, size.second);
        convert(detail::dtype_of<typename Out::value_type>(), out.data());
        return out;
    } else if constexpr (detail::AnyTensor<Out>) {
        static_assert(std::is_same_v<Out, Tensor<typename detail::ElementOfTensor<Out>::Value>>,
                      "as<Tensor<Number>>(): a view would look at nothing");
        Out out{Shape(shape()), detail::Uninitialized{}};
        convert(detail::dtype_of<typename Out::value_type>(), out.data());
        return out;
    } else if constexpr (detail::kIsVector<Out>) {
        static_assert(detail::FileElement<typename Out::value_type>,
                      "as<std::vector<Number>>(): Number is bool or a number");
        check_vector();
        Out out(size());
        convert(detail::dtype_of<typename Out::value_type>(), out.data());
        return out;
    } else if constexpr (std::is_same_v<Out, std::string>) {
        return as_text();
    } else {
        static_assert(detail::FileElement<Out>, "as<Out>(): a Matrix, Tensor, vector, number or string");
        check_scalar();
        Out out{};
        convert(detail::dtype_of<Out>(), &out);
        return out;
    }
}

template <class Out>
Out Npz::as(std::string_view name) const {
    const NpyArray& array = at(name);
#ifdef __cpp_exceptions
    try {
        return array.as<Out>();
    } catch (const ShapeError& error) {
        fail(name, error.what());
    }
#else
    return array.as<Out>();  // what it throws ends the program; its message lacks the path
#endif
}

}  // namespace thalweg
THALWEG_END_PUBLIC
