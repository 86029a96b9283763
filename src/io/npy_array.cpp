// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NpyArray: making one, and turning its elements into numbers of another type.
#include "io/npy_array.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/float_control.hpp"
#include "thalweg/error.hpp"

namespace thalweg {
namespace io {

std::size_t element_bytes(DType dtype) noexcept {
    switch (dtype) {
        case DType::kBool:
        case DType::kInt8:
        case DType::kUint8:
            return 1;
        case DType::kInt16:
        case DType::kUint16:
            return 2;
        case DType::kInt32:
        case DType::kUint32:
        case DType::kFloat32:
            return 4;
        default:
            return 8;
    }
}

std::string shape_text(const std::vector<std::size_t>& shape) {
    std::string text = "(";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    }
    return text + (shape.size() == 1 ? ",)" : ")");
}

std::optional<std::size_t> total_bytes(DType dtype, const std::vector<std::size_t>& shape) noexcept {
    constexpr std::size_t kMost = std::numeric_limits<std::ptrdiff_t>::max();
    if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) {
        return 0;
    }
    std::size_t total = element_bytes(dtype);
    for (const std::size_t size : shape) {
        if (size > kMost / total) {
            return std::nullopt;
        }
        total *= size;
    }
    return total;
}

}  // namespace io

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw ShapeError("NpyArray: " + what);
}

template <class From>
[[noreturn]] void fail_value(DType to, std::size_t index, From value) {
    fail("element " + std::to_string(index) + ": expected a value that " + std::string(name(to)) +
         " holds, found " + std::to_string(value));
}

template <class To, class From>
To converted(From value, std::size_t index) {
    if constexpr (std::is_integral_v<To>) {
        constexpr To kLeast = std::numeric_limits<To>::min();
        constexpr To kMost = std::numeric_limits<To>::max();
        // bool is no integer type to std::cmp_less.
        const auto number = static_cast<std::conditional_t<std::is_same_v<From, bool>, int, From>>(value);
        if (std::cmp_less(number, kLeast) || std::cmp_greater(number, kMost)) {
            fail_value(detail::dtype_of<To>(), index, number);
        }
        return static_cast<To>(number);
    } else {
        const To result = static_cast<To>(value);
        if constexpr (std::is_same_v<From, double> && std::is_same_v<To, float>) {
            if (std::isinf(result) && !std::isinf(value)) {
                fail_value(DType::kFloat32, index, value);
            }
        }
        return result;
    }
}

template <class To, class From>
void convert_all(std::span<const std::uint8_t> bytes, To* out) {
    for (std::size_t i = 0; i < bytes.size() / sizeof(From); ++i) {
        From value;
        std::memcpy(&value, bytes.data() + i * sizeof(From), sizeof(From));
        out[i] = converted<To>(value, i);
    }
}

template <class To>
void convert_from(DType from, std::span<const std::uint8_t> bytes, To* out) {
    switch (from) {
        case DType::kBool:
            return convert_all<To, bool>(bytes, out);
        case DType::kInt8:
            return convert_all<To, std::int8_t>(bytes, out);
        case DType::kInt16:
            return convert_all<To, std::int16_t>(bytes, out);
        case DType::kInt32:
            return convert_all<To, std::int32_t>(bytes, out);
        case DType::kInt64:
            return convert_all<To, std::int64_t>(bytes, out);
        case DType::kUint8:
            return convert_all<To, std::uint8_t>(bytes, out);
        case DType::kUint16:
            return convert_all<To, std::uint16_t>(bytes, out);
        case DType::kUint32:
            return convert_all<To, std::uint32_t>(bytes, out);
        case DType::kUint64:
            return convert_all<To, std::uint64_t>(bytes, out);
        case DType::kFloat32:
        case DType::kFloat64:
            break;
    }
    if constexpr (std::is_floating_point_v<To>) {
        if (from == DType::kFloat32) {
            return convert_all<To, float>(bytes, out);
        }
        return convert_all<To, double>(bytes, out);
    }
    fail("expected integers, found " + std::string(name(from)));
}

std::vector<std::size_t> checked_shape(DType dtype, std::vector<std::size_t> shape) {
    if (shape.size() > io::kMostDimensions) {
        fail("expected at most " + std::to_string(io::kMostDimensions) + " dimensions, found shape " +
             io::shape_text(shape));
    }
    if (!io::total_bytes(dtype, shape)) {
        fail("expected a size that memory can hold, found shape " + io::shape_text(shape));
    }
    return shape;
}

template <class T>
void copy_rows(MatrixView<const T> values, std::span<std::uint8_t> out) {
    const std::size_t row_bytes = values.cols() * sizeof(T);
    for (std::size_t i = 0; i < values.rows() && row_bytes != 0; ++i) {
        std::memcpy(out.data() + i * row_bytes, values.row(i).data(), row_bytes);
    }
}

}  // namespace

std::string_view name(DType dtype) noexcept {
    constexpr std::string_view kNames[] = {"bool",   "int8",   "int16",  "int32",   "int64",  "uint8",
                                           "uint16", "uint32", "uint64", "float32", "float64"};
    return kNames[static_cast<std::size_t>(dtype)];
}

NpyArray::NpyArray(DType dtype, std::vector<std::size_t> shape)
    : dtype_(dtype), shape_(checked_shape(dtype, std::move(shape))) {
    bytes_.resize(*io::total_bytes(dtype_, shape_));
}

NpyArray::NpyArray(DType dtype, std::vector<std::size_t> shape, std::vector<std::uint8_t> bytes)
    : dtype_(dtype), shape_(checked_shape(dtype, std::move(shape))), bytes_(std::move(bytes)) {
    const std::size_t expected = *io::total_bytes(dtype_, shape_);
    if (bytes_.size() != expected) {
        fail("expected " + std::to_string(expected) + " bytes for shape " + io::shape_text(shape_) + " of " +
             std::string(name(dtype_)) + ", found " + std::to_string(bytes_.size()));
    }
    if (dtype_ == DType::kBool &&
        std::any_of(bytes_.begin(), bytes_.end(), [](auto byte) { return byte > 1; })) {
        fail("expected bytes 0 and 1 for bool, found another");
    }
}

NpyArray::NpyArray(DType dtype, std::vector<std::size_t> shape, const void* values)
    : NpyArray(dtype, std::move(shape)) {
    if (!bytes_.empty()) {
        std::memcpy(bytes_.data(), values, bytes_.size());
    }
}

NpyArray::NpyArray(MatrixView<const float> values)
    : NpyArray(DType::kFloat32, {values.rows(), values.cols()}) {
    copy_rows(values, bytes_);
}

NpyArray::NpyArray(MatrixView<const double> values)
    : NpyArray(DType::kFloat64, {values.rows(), values.cols()}) {
    copy_rows(values, bytes_);
}

NpyArray NpyArray::of_tensor(TensorView<const float> values) {
    const Shape shape = values.shape();
    const Tensor<float> copy = values.contiguous() ? Tensor<float>() : Tensor<float>(values);
    return {DType::kFloat32, {shape.begin(), shape.end()}, copy.empty() ? values.data() : copy.data()};
}

NpyArray NpyArray::of_tensor(TensorView<const double> values) {
    const Shape shape = values.shape();
    const Tensor<double> copy = values.contiguous() ? Tensor<double>() : Tensor<double>(values);
    return {DType::kFloat64, {shape.begin(), shape.end()}, copy.empty() ? values.data() : copy.data()};
}

NpyArray NpyArray::text(std::string_view text) {
    return {DType::kUint8, {text.size()}, std::vector<std::uint8_t>(text.begin(), text.end())};
}

NpyArray NpyArray::unreadable(std::string error) {
    NpyArray array;
    array.error_ = std::move(error);
    return array;
}

void NpyArray::refuse() const {
    throw IoError(error_);
}

std::span<const std::uint8_t> NpyArray::bytes() const {
    check_read();
    return bytes_;
}

std::size_t NpyArray::size() const {
    check_read();
    return bytes_.size() / io::element_bytes(dtype_);
}

NpyArray NpyArray::reshaped(std::vector<std::size_t> shape) const& {
    return NpyArray(*this).reshaped(std::move(shape));
}

NpyArray NpyArray::reshaped(std::vector<std::size_t> shape) && {
    check_read();
    shape = checked_shape(dtype_, std::move(shape));
    if (*io::total_bytes(dtype_, shape) != bytes_.size()) {
        fail("reshaped: expected a shape of " + std::to_string(size()) + " elements, found " +
             io::shape_text(shape));
    }
    shape_ = std::move(shape);
    return std::move(*this);
}

std::pair<std::size_t, std::size_t> NpyArray::matrix_shape() const {
    check_read();
    switch (shape_.size()) {
        case 0:
            return {1, 1};
        case 1:
            return {1, shape_[0]};
        case 2:
            return {shape_[0], shape_[1]};
        default:
            fail("expected at most 2 dimensions for a matrix, found shape " + io::shape_text(shape_) +
                 "; as<Tensor<...>>() takes it, reshaped() gives it another");
    }
}

void NpyArray::check_vector() const {
    check_read();
    if (shape_.size() != 1) {
        fail("expected 1 dimension, found shape " + io::shape_text(shape_));
    }
}

void NpyArray::check_scalar() const {
    if (size() != 1) {
        fail("expected 1 element, found shape " + io::shape_text(shape_));
    }
}

std::string NpyArray::as_text() const {
    check_vector();
    if (dtype_ != DType::kUint8) {
        fail("expected text as uint8, found " + std::string(name(dtype_)));
    }
    return {bytes_.begin(), bytes_.end()};
}

void NpyArray::convert(DType to, void* out) const {
    if (to == dtype_) {
        if (!bytes_.empty()) {
            std::memcpy(out, bytes_.data(), bytes_.size());
        }
        return;
    }
    const core::FloatControlScope standard;
    switch (to) {
        case DType::kBool:
            fail("expected bool, found " + std::string(name(dtype_)));
        case DType::kInt8:
            return convert_from(dtype_, bytes_, static_cast<std::int8_t*>(out));
        case DType::kInt16:
            return convert_from(dtype_, bytes_, static_cast<std::int16_t*>(out));
        case DType::kInt32:
            return convert_from(dtype_, bytes_, static_cast<std::int32_t*>(out));
        case DType::kInt64:
            return convert_from(dtype_, bytes_, static_cast<std::int64_t*>(out));
        case DType::kUint8:
            return convert_from(dtype_, bytes_, static_cast<std::uint8_t*>(out));
        case DType::kUint16:
            return convert_from(dtype_, bytes_, static_cast<std::uint16_t*>(out));
        case DType::kUint32:
            return convert_from(dtype_, bytes_, static_cast<std::uint32_t*>(out));
        case DType::kUint64:
            return convert_from(dtype_, bytes_, static_cast<std::uint64_t*>(out));
        case DType::kFloat32:
            return convert_from(dtype_, bytes_, static_cast<float*>(out));
        case DType::kFloat64:
            return convert_from(dtype_, bytes_, static_cast<double*>(out));
    }
}

}  // namespace thalweg
