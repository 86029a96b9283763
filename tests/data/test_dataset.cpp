// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Dataset: construction, conversion to matrices, gathering of mini-batches and every refusal.
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/error.hpp"
#include "thalweg/images.hpp"
#include "thalweg/threads.hpp"

namespace thalweg {
namespace {

// The notebook's pixel: float32 division, then widened.
template <class T>
T pixel(std::uint8_t byte, bool normalize) {
    const auto value = static_cast<float>(byte);
    return static_cast<T>(normalize ? value / 255.0F : value);
}

// Images whose pixels are all different somewhere, with every byte value among them.
Dataset sample(std::size_t n, std::size_t rows, std::size_t cols) {
    std::vector<std::uint8_t> pixels(n * rows * cols);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        pixels[i] = static_cast<std::uint8_t>(i * 151 + i / 256);
    }
    std::vector<std::uint8_t> labels(n);
    for (std::size_t i = 0; i < n; ++i) {
        labels[i] = static_cast<std::uint8_t>(i * 7 % 10);
    }
    return Dataset(rows, cols, pixels, labels);
}

// Rows of x, and their labels, that are not the images of these numbers.
template <class T>
std::size_t wrong_rows(const Dataset& data, const std::vector<std::size_t>& rows, MatrixView<const T> x,
                       const std::vector<int>& labels, bool normalize) {
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < rows.size(); ++k) {
        bool same = labels[k] == data.labels()[rows[k]];
        for (std::size_t j = 0; j < data.image_size(); ++j) {
            same = same && x(k, j) == pixel<T>(data.image(rows[k])[j], normalize);
        }
        wrong += same ? 0 : 1;
    }
    return wrong;
}

TEST_CASE("Dataset: keeps what it was given") {
    const Dataset data(2, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {4, 1}, 5);
    CHECK(data.size() == 2);
    CHECK(data.image_rows() == 2);
    CHECK(data.image_cols() == 3);
    CHECK(data.image_size() == 6);
    CHECK(data.classes() == 5);
    CHECK(data.image(1)[0] == 7);
    CHECK(data.labels()[0] == 4);
    CHECK(data.targets<double>() == Matrix<double>{{0, 0, 0, 0, 1}, {0, 1, 0, 0, 0}});
    CHECK(Dataset().size() == 0);
    CHECK(Dataset().images<float>().empty());
    CHECK(Dataset(28, 28, {}, {}).images<double>().cols() == 784);
}

TEST_CASE("Dataset: sizes and labels that do not fit are refused") {
    using Bytes = std::vector<std::uint8_t>;
    CHECK_THROWS_WITH(Dataset(2, 2, Bytes(7), Bytes(2)),
                      "Dataset: expected the pixels of 2 images of 2 x 2, one a label, found 7 bytes");
    CHECK_THROWS_WITH(Dataset(2, 2, Bytes(12), Bytes(2)),
                      "Dataset: expected the pixels of 2 images of 2 x 2, one a label, found 12 bytes");
    // 5 bytes an image, and 5 / 2 is 2.
    CHECK_THROWS_WITH(Dataset(2, 2, Bytes(10), Bytes(2)),
                      "Dataset: expected the pixels of 2 images of 2 x 2, one a label, found 10 bytes");
    CHECK_THROWS_WITH(Dataset(2, 2, Bytes(4), {}),
                      "Dataset: expected the pixels of 0 images of 2 x 2, one a label, found 4 bytes");
    CHECK_THROWS_AS(Dataset(0, 2, Bytes(4), Bytes(2)), ShapeError);
    // 2^63 x 2 wraps around to 0, and (2^63 + 1) x 2 to 2.
    const std::size_t half = std::size_t{1} << (std::numeric_limits<std::size_t>::digits - 1);
    CHECK_THROWS_AS(Dataset(half, 2, {}, Bytes(1)), ShapeError);
    CHECK_THROWS_AS(Dataset(half + 1, 2, Bytes(2), Bytes(1)), ShapeError);
    CHECK_THROWS_WITH(Dataset(1, 1, Bytes(3), {0, 9, 10}),
                      "Dataset: the label of image 2 must be below 10, found 10");
    CHECK_THROWS_WITH(Dataset(1, 1, Bytes(1), {0}, 0),
                      "Dataset: the label of image 0 must be below 0, found 0");
}

TEMPLATE_TEST_CASE("Dataset: images are the float32 quotient by 255, or the bytes", "", float, double) {
    const Dataset data = sample(7, 28, 28);
    for (const bool normalize : {true, false}) {
        const Matrix<TestType> x = data.images<TestType>({.normalize = normalize});
        REQUIRE(x.rows() == 7);
        REQUIRE(x.cols() == 784);
        std::size_t wrong = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            wrong += x.data()[i] == pixel<TestType>(data.pixels()[i], normalize) ? 0 : 1;
        }
        CHECK(wrong == 0);
    }
}

TEMPLATE_TEST_CASE("Dataset: large conversions do not depend on the number of threads", "", float, double) {
    const Dataset data = sample(1200, 28, 28);
    std::vector<std::size_t> rows(1200);
    std::vector<int> labels(1200);
    for (std::size_t k = 0; k < rows.size(); ++k) {
        rows[k] = k * 77 % 1200;
    }
    set_threads(1);
    const Matrix<TestType> one = data.images<TestType>();
    for (const int threads : {2, 3, 7}) {
        CAPTURE(threads);
        set_threads(threads);
        CHECK(data.images<TestType>() == one);
        Matrix<TestType> x(1200, 784);
        data.gather(rows, x.view(), labels);
        CHECK(wrong_rows<TestType>(data, rows, x, labels, true) == 0);
        x.fill(-1);
        data.gather(0, x.view(), labels);
        CHECK(x == one);
    }
    set_threads(0);
}

TEMPLATE_TEST_CASE("Dataset: gather, into a matrix and between other columns", "", float, double) {
    const Dataset data = sample(50, 5, 5);
    const std::vector<std::size_t> rows = {49, 0, 7, 7, 21};
    std::vector<int> labels(rows.size(), -1);
    for (const bool normalize : {true, false}) {
        Matrix<TestType> x(5, 25);
        data.gather(rows, x.view(), labels, {.normalize = normalize});
        CHECK(wrong_rows<TestType>(data, rows, x, labels, normalize) == 0);

        Matrix<TestType> wide(5, 30, TestType(-1));
        data.gather(rows, wide.cols(2, 27), labels, {.normalize = normalize});
        CHECK(wrong_rows<TestType>(data, rows, wide.cols(2, 27), labels, normalize) == 0);
        std::size_t touched = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            for (const std::size_t j : std::array<std::size_t, 5>{0, 1, 27, 28, 29}) {
                touched += wide(i, j) == TestType(-1) ? 0 : 1;
            }
        }
        CHECK(touched == 0);
    }
}

TEMPLATE_TEST_CASE("Dataset: gather of consecutive images", "", float, double) {
    const Dataset data = sample(50, 5, 5);
    std::vector<int> labels(4, -1);
    Matrix<TestType> x(4, 25);
    data.gather(46, x.view(), labels);
    CHECK(wrong_rows<TestType>(data, {46, 47, 48, 49}, x, labels, true) == 0);
    Matrix<TestType> wide(4, 27, TestType(-1));
    data.gather(3, wide.cols(1, 26), labels, {.normalize = false});
    CHECK(wrong_rows<TestType>(data, {3, 4, 5, 6}, wide.cols(1, 26), labels, false) == 0);
    CHECK(wide(3, 26) == TestType(-1));
    data.gather(50, MatrixView<TestType>(nullptr, 0, 25), {});
}

TEST_CASE("Dataset: gather refuses what does not fit, and then writes nothing") {
    const Dataset data = sample(6, 2, 2);
    const std::vector<std::size_t> rows = {5, 6};
    const std::vector<std::size_t> one_row = {0};
    std::vector<int> labels = {-1, -1};
    Matrix<float> x(2, 4, -1.0F);
    CHECK_THROWS_WITH(data.gather(rows, x.view(), labels), "gather: rows[1] must be below 6, found 6");
    CHECK_THROWS_WITH(data.gather(one_row, x.view(), labels), "gather: x must be [1,4], found [2,4]");
    Matrix<float> narrow(2, 3);
    CHECK_THROWS_WITH(data.gather(0, narrow.view(), labels), "gather: x must be [2,4], found [2,3]");
    std::vector<int> three(3);
    CHECK_THROWS_WITH(data.gather(0, x.view(), three),
                      "gather: expected room for 2 labels, one a row of x, found 3");
    CHECK_THROWS_WITH(data.gather(5, x.view(), labels), "gather: 2 images from 5 on must end by 6");
    CHECK_THROWS_AS(data.gather(std::numeric_limits<std::size_t>::max(), x.view(), labels), ShapeError);
    CHECK(x == Matrix<float>(2, 4, -1.0F));
    CHECK(labels == std::vector<int>{-1, -1});
}

}  // namespace
}  // namespace thalweg
