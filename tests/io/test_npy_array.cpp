// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NpyArray: what becomes one, what it becomes, and what it refuses to become.
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"

namespace thalweg {
namespace {

using Shape = std::vector<std::size_t>;

std::string shape_error(const std::function<void()>& call) {
    try {
        call();
    } catch (const ShapeError& error) {
        return error.what();
    }
    return "(no ShapeError)";
}

TEST_CASE("NpyArray: from matrices, ranges, numbers and text") {
    const Matrix<float> m{{1, 2, 3}, {4, 5, 6}};
    const NpyArray whole = m;
    CHECK(whole.dtype() == DType::kFloat32);
    CHECK(whole.shape() == Shape{2, 3});
    CHECK(whole.as<Matrix<float>>() == m);
    CHECK(NpyArray(m.cols(1, 3)).as<Matrix<float>>() == Matrix<float>{{2, 3}, {5, 6}});
    CHECK(NpyArray(Matrix<double>(0, 7)).shape() == Shape{0, 7});

    const std::vector<std::uint8_t> labels = {5, 0, 4};
    CHECK(NpyArray(labels).dtype() == DType::kUint8);
    CHECK(NpyArray(labels).shape() == Shape{3});
    CHECK(NpyArray(std::span<const std::uint8_t>(labels)) == NpyArray(labels));
    CHECK(NpyArray(std::array<long long, 2>{1, 2}).dtype() == DType::kInt64);

    CHECK(NpyArray(2.5).shape().empty());
    CHECK(NpyArray(2.5).size() == 1);
    CHECK(NpyArray(2.5).as<double>() == 2.5);
    CHECK(NpyArray(true).dtype() == DType::kBool);
    CHECK(NpyArray::text("sgd").as<std::string>() == "sgd");
    CHECK(NpyArray::text("").as<std::string>().empty());
    CHECK(NpyArray().size() == 0);
    CHECK(NpyArray(DType::kInt16, {2, 2}).as<Matrix<double>>() == Matrix<double>(2, 2));
}

TEST_CASE("NpyArray: shapes") {
    const NpyArray row = Matrix<double>{{1, 2, 3}};
    CHECK(row.reshaped({3}).shape() == Shape{3});
    CHECK(row.reshaped({3}).as<Matrix<double>>() == Matrix<double>{{1, 2, 3}});
    CHECK(row.reshaped({3, 1}).as<Matrix<double>>().rows() == 3);
    CHECK(NpyArray(7).as<Matrix<float>>() == Matrix<float>{{7}});
    CHECK(row.reshaped({3}).as<std::vector<double>>() == std::vector<double>{1, 2, 3});
    CHECK_THAT(shape_error([&] { row.reshaped({2}); }),
               ContainsSubstring("expected a shape of 3 elements, found (2,)"));
    CHECK_THAT(shape_error([&] { row.as<std::vector<double>>(); }),
               ContainsSubstring("expected 1 dimension, found shape (1, 3)"));
    CHECK_THAT(shape_error([&] { row.as<int>(); }),
               ContainsSubstring("expected 1 element, found shape (1, 3)"));
    CHECK_THAT(shape_error([&] {
                   row.reshaped({1, 1, 1, 1, 1, 1, 3});
               }),
               ContainsSubstring("expected at most 6 dimensions, found shape (1, 1, 1, 1, 1, 1, 3)"));
    const NpyArray deep = row.reshaped({1, 1, 1, 1, 3, 1});
    CHECK(deep.shape() == Shape{1, 1, 1, 1, 3, 1});
    CHECK(deep.reshaped({1, 3}).as<Matrix<double>>() == Matrix<double>{{1, 2, 3}});
    CHECK_THAT(
        shape_error([&] { deep.as<Matrix<float>>(); }),
        ContainsSubstring("expected at most 2 dimensions for a matrix, found shape (1, 1, 1, 1, 3, 1); "
                          "as<Tensor<...>>() takes it, reshaped() gives it another"));
    CHECK(deep.error().empty());
    CHECK_THAT(shape_error([] {
                   NpyArray(DType::kFloat64, {std::numeric_limits<std::size_t>::max() / 4 + 1, 2});
               }),
               ContainsSubstring("expected a size that memory can hold"));
    CHECK_THAT(shape_error([] { NpyArray(DType::kInt16, {2}, std::vector<std::uint8_t>(3)); }),
               ContainsSubstring("expected 4 bytes for shape (2,) of int16, found 3"));
    CHECK_THAT(shape_error([] { NpyArray(DType::kBool, {1}, std::vector<std::uint8_t>{2}); }),
               ContainsSubstring("bool"));
}

TEST_CASE("NpyArray: integers convert when they fit") {
    const std::vector<int> values = {-128, 0, 127};
    CHECK(NpyArray(values).as<std::vector<std::int8_t>>() == std::vector<std::int8_t>{-128, 0, 127});
    CHECK(NpyArray(values).as<Matrix<float>>() == Matrix<float>{{-128, 0, 127}});
    CHECK(NpyArray(std::array<bool, 2>{true, false}).as<std::vector<int>>() == std::vector<int>{1, 0});
    CHECK_THAT(shape_error([&] { NpyArray(values).as<std::vector<std::uint64_t>>(); }),
               ContainsSubstring("element 0: expected a value that uint64 holds, found -128"));
    CHECK_THAT(shape_error([] { NpyArray(std::uint64_t{1} << 63).as<std::int64_t>(); }),
               ContainsSubstring("expected a value that int64 holds, found 9223372036854775808"));
    CHECK_THAT(shape_error([] {
                   NpyArray(std::vector<int>{1, 256}).as<std::vector<std::uint8_t>>();
               }),
               ContainsSubstring("element 1: expected a value that uint8 holds, found 256"));
    CHECK_THAT(shape_error([] { NpyArray(1.0).as<int>(); }),
               ContainsSubstring("expected integers, found float64"));
    CHECK_THAT(shape_error([] { NpyArray(1).as<bool>(); }), ContainsSubstring("expected bool, found int32"));
    CHECK_THAT(shape_error([] { NpyArray(std::vector<int>{65}).as<std::string>(); }),
               ContainsSubstring("expected text as uint8, found int32"));
}

// The ends of From's range become numbers of type To, or are refused where it does not hold them.
template <class From, class To>
void check_ends() {
    for (const From value : {std::numeric_limits<From>::min(), From{1}, std::numeric_limits<From>::max()}) {
        CAPTURE(name(NpyArray(value).dtype()), name(NpyArray(To{}).dtype()), +value);
        if (std::in_range<To>(value)) {
            CHECK(NpyArray(value).as<To>() == static_cast<To>(value));
        } else {
            CHECK_THAT(shape_error([&] { NpyArray(value).as<To>(); }),
                       ContainsSubstring(", found " + std::to_string(value)));
        }
    }
    CHECK(NpyArray(From{77}).as<float>() == 77.0F);
    CHECK(NpyArray(From{77}).as<double>() == 77.0);
    CHECK(NpyArray(true).as<To>() == To{1});
}
template <class... All>
struct Integers {
    template <class From>
    static void check_from() {
        (check_ends<From, All>(), ...);
    }
    static void check() { (check_from<All>(), ...); }
};

TEST_CASE("NpyArray: every integer type and every other") {
    Integers<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
             std::uint32_t, std::uint64_t>::check();
}

TEST_CASE("NpyArray: doubles round to float, but not to infinity") {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    CHECK(NpyArray(0.1).as<float>() == 0.1F);
    CHECK(NpyArray(kInfinity).as<float>() == std::numeric_limits<float>::infinity());
    CHECK(std::isnan(NpyArray(std::nan("")).as<float>()));
    CHECK(NpyArray(0.1F).as<double>() == static_cast<double>(0.1F));
    CHECK_THAT(shape_error([] { NpyArray(1e39).as<float>(); }),
               ContainsSubstring("expected a value that float32 holds"));
}

TEST_CASE("NpyArray: equality is of type, shape and bytes") {
    CHECK(NpyArray(std::nan("")) == NpyArray(std::nan("")));
    CHECK_FALSE(NpyArray(0.0) == NpyArray(-0.0));
    CHECK_FALSE(NpyArray(1) == NpyArray(1U));
    CHECK_FALSE(NpyArray(std::vector<int>{1}) == NpyArray(1));
}

}  // namespace
}  // namespace thalweg
