// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Samples: from features and images, parts that share their memory, batches, and every rejection.
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "thalweg/array.hpp"
#include "thalweg/error.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/scaling.hpp"
#include "thalweg/threads.hpp"

namespace thalweg {
namespace {

using test::message_of;

// Row i is [10 i, 10 i + 1, ...].
template <class T>
Matrix<T> counted(std::size_t rows, std::size_t cols) {
    Matrix<T> x(rows, cols);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < cols; ++j) {
            x(i, j) = static_cast<T>(10 * i + j);
        }
    }
    return x;
}

Dataset small_images() {
    std::vector<std::uint8_t> pixels(6 * 4);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        pixels[i] = static_cast<std::uint8_t>(i * 11);
    }
    return Dataset(2, 2, pixels, {0, 1, 2, 0, 1, 2}, 4);
}

TEMPLATE_TEST_CASE("Samples: keep features with labels", "", float, double) {
    const Samples<TestType> samples(counted<TestType>(3, 2), std::vector<std::int8_t>{2, 0, 1});
    CHECK(samples.size() == 3);
    CHECK(samples.inputs() == 2);
    CHECK(samples.classes() == 3);
    CHECK(samples.outputs() == 3);
    CHECK(samples.has_labels());
    CHECK_FALSE(samples.has_pixels());
    CHECK(samples.images() == nullptr);
    CHECK(samples.features() == counted<TestType>(3, 2));
    CHECK(samples.labels() == std::vector<int>{2, 0, 1});
    CHECK(samples.targets() == Matrix<TestType>{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}});
    CHECK(Samples<TestType>(counted<TestType>(3, 2), std::vector<std::uint64_t>{2, 0, 1}, 5).classes() == 5);
    CHECK(samples.class_names().empty());
}

TEST_CASE("Samples: labels of every integer type") {
    const auto labels_of = [](const auto& labels) {
        return Samples<float>(counted<float>(2, 1), labels).labels();
    };
    const std::vector<int> expected = {1, 3};
    CHECK(labels_of(std::vector<std::int8_t>{1, 3}) == expected);
    CHECK(labels_of(std::vector<std::uint8_t>{1, 3}) == expected);
    CHECK(labels_of(std::vector<std::int16_t>{1, 3}) == expected);
    CHECK(labels_of(std::vector<std::uint16_t>{1, 3}) == expected);
    CHECK(labels_of(std::vector<std::int32_t>{1, 3}) == expected);
    CHECK(labels_of(std::vector<std::uint32_t>{1, 3}) == expected);
    CHECK(labels_of(std::vector<std::int64_t>{1, 3}) == expected);
    CHECK(labels_of(std::vector<std::uint64_t>{1, 3}) == expected);
    CHECK(labels_of(std::array<std::size_t, 2>{1, 3}) == expected);
}

TEST_CASE("Samples: names of the classes") {
    const Samples<float> samples(counted<float>(2, 1), std::vector<int>{0, 0}, {"cat", "dog", "owl"});
    CHECK(samples.classes() == 3);
    CHECK(samples.class_names()[2] == "owl");
    CHECK(samples.slice(1, 1).class_names().size() == 3);
}

TEMPLATE_TEST_CASE("Samples: keep features with targets", "", float, double) {
    const Matrix<TestType> t{{1, -1}, {2, -2}, {3, -3}};
    const Samples<TestType> samples(counted<TestType>(3, 2), t);
    CHECK(samples.classes() == 0);
    CHECK(samples.outputs() == 2);
    CHECK_FALSE(samples.has_labels());
    CHECK(samples.targets() == t);
    CHECK(samples.take({2, 0}).targets() == Matrix<TestType>{{3, -3}, {1, -1}});
    CHECK(message_of<std::invalid_argument>([&] { samples.labels(); }) ==
          "labels: the samples have targets, no labels");
    Matrix<TestType> x(1, 2);
    std::vector<int> labels(1);
    CHECK(message_of<std::invalid_argument>([&] { samples.gather(0, x, labels); }) ==
          "gather: the samples have targets, no labels: expected a matrix for them");
}

TEMPLATE_TEST_CASE("Samples: images stay bytes", "", float, double) {
    const Dataset images = small_images();
    const Samples<TestType> samples = images;
    CHECK(samples.has_pixels());
    CHECK(samples.size() == 6);
    CHECK(samples.inputs() == 4);
    CHECK(samples.classes() == 4);
    CHECK(samples.images()->pixels().data() == images.pixels().data());
    CHECK(samples.features() == images.images<TestType>());
    CHECK(samples.targets() == images.targets<TestType>());
    const Samples<TestType> raw(images, {.normalize = false});
    CHECK_FALSE(raw.image_options().normalize);
    CHECK(raw.features() == images.images<TestType>({.normalize = false}));
    const Samples<TestType> part = samples.slice(1, 4).take({3, 0});
    CHECK(part.source_row(0) == 4);
    CHECK(part.source_row(1) == 1);
    std::vector<std::size_t> sources(2);
    part.source_rows(std::vector<std::size_t>{1, 0}, sources);
    CHECK(sources == std::vector<std::size_t>{1, 4});
    CHECK(message_of<ShapeError>([&] { part.source_rows(std::vector<std::size_t>{2}, sources); }) ==
          "gather: rows[0] must be below 2, found 2");
}

TEST_CASE("Samples: parts are the rows they say, and share the features") {
    const Samples<double> all(counted<double>(10, 3), std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(all.slice(2, 3).labels() == std::vector<int>{2, 3, 4});
    CHECK(all.slice(10, 0).size() == 0);
    CHECK(all.slice(2, 5).slice(1, 2).labels() == std::vector<int>{3, 4});
    CHECK(all.take({9, 0, 9}).labels() == std::vector<int>{9, 0, 9});
    CHECK(all.take({9, 0, 9}).features()(0, 2) == 92);
    CHECK(all.take({5, 6, 7}).take({2}).labels() == std::vector<int>{7});
    CHECK(all.take({5, 6, 7}).slice(1, 2).labels() == std::vector<int>{6, 7});
    CHECK(all.slice(5, 5).take({1}).labels() == std::vector<int>{6});
    CHECK(all.slice(5, 5).classes() == 10);
    const auto [train, test] = all.split(3);
    CHECK(train.labels() == std::vector<int>{0, 1, 2, 3, 4, 5, 6});
    CHECK(test.labels() == std::vector<int>{7, 8, 9});
    CHECK(all.split(0.25).test.size() == 3);
    CHECK(all.split(0.24).test.size() == 2);
    Rng rng(7);
    Rng again(7);
    const std::vector<std::size_t> order = again.permutation(10);
    CHECK(all.shuffled(rng).labels() == std::vector<int>(order.begin(), order.end()));
}

TEST_CASE("Samples: an object moved from, and parts of one that is gone, stay whole") {
    Samples<float> part;
    {
        Samples<float> all(counted<float>(4, 2), std::vector<int>{0, 1, 2, 3});
        const Samples<float> moved = std::move(all);
        CHECK(all.labels() == moved.labels());  // NOLINT(bugprone-use-after-move): that is what is promised
        part = moved.slice(2, 2);
    }
    CHECK(part.features() == Matrix<float>{{20, 21}, {30, 31}});
    Dataset images = small_images();
    const Dataset copy = std::move(images);
    CHECK(copy.size() == 6);
    const Samples<float> none;
    CHECK(none.size() + none.inputs() + none.classes() + none.outputs() == 0);
    CHECK(none.features().empty());
    CHECK(none.labels().empty());
    CHECK(none.targets().empty());
    CHECK(none.slice(0, 0).size() == 0);
    CHECK(Samples<float>(Dataset()).size() == 0);
    CHECK(Samples<float>(Dataset()).features().empty());
    Matrix<float> x;
    none.gather(0, x, std::span<int>());
}

TEMPLATE_TEST_CASE("Samples: batches are rows, labels and targets, for every number of threads", "", float,
                   double) {
    constexpr std::size_t kRows = 500;
    constexpr std::size_t kCols = 1100;  // several threads at this size
    const Matrix<TestType> features = counted<TestType>(kRows, kCols);
    std::vector<int> labels(kRows);
    for (std::size_t i = 0; i < kRows; ++i) {
        labels[i] = static_cast<int>(i % 7);
    }
    const Samples<TestType> with_labels(features, labels);
    const Samples<TestType> with_targets(features, Matrix<TestType>(features.cols(0, 2)));
    Rng rng(1);
    const std::vector<std::size_t> rows = rng.choice(kRows, 400);
    for (const int threads : {1, 3}) {
        set_threads(threads);
        Matrix<TestType> wide(400, kCols + 3, TestType(-1));
        const MatrixView<TestType> x = wide.cols(0, kCols);
        std::vector<int> found(400);
        with_labels.gather(rows, x, found);
        Matrix<TestType> targets(400, 7);
        Matrix<TestType> same(400, kCols);
        with_labels.gather(rows, same, targets);
        Matrix<TestType> numbers(400, 2);
        with_targets.gather(rows, same, numbers);
        std::size_t wrong = 0;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            wrong += array_equal(x.row(k), features.row(rows[k])) && wide(k, kCols) == TestType(-1) &&
                             array_equal(same.row(k), features.row(rows[k])) && found[k] == labels[rows[k]] &&
                             targets(k, static_cast<std::size_t>(found[k])) == TestType(1) &&
                             sum(targets.row(k)) == TestType(1) &&
                             array_equal(numbers.row(k), features.row(rows[k]).cols(0, 2))
                         ? 0
                         : 1;
        }
        CHECK(wrong == 0);
        Matrix<TestType> block(3, kCols);
        std::vector<int> three(3);
        with_labels.slice(10, 20).gather(5, block, three);
        CHECK(array_equal(block, features.rows(15, 18)));
        CHECK(three == std::vector<int>{1, 2, 3});
        Matrix<TestType> three_targets(3, 2);
        with_targets.gather(497, block, three_targets);
        CHECK(array_equal(three_targets, features.rows(497, 500).cols(0, 2)));
    }
    set_threads(0);
}

TEST_CASE("Samples: batches of pixels are those of the data set") {
    const Dataset images = synthetic_digits(50, 3);
    const Samples<float> part = Samples<float>(images).slice(10, 30);
    Matrix<float> x(4, 784);
    Matrix<float> expected(4, 784);
    std::vector<int> labels(4);
    std::vector<int> expected_labels(4);
    part.gather(std::vector<std::size_t>{0, 29, 3, 3}, x, labels);
    images.gather<float>(std::vector<std::size_t>{10, 39, 13, 13}, expected, expected_labels);
    CHECK(x == expected);
    CHECK(labels == expected_labels);
    part.gather(26, x, labels);
    images.gather<float>(36, expected, expected_labels);
    CHECK(x == expected);
    CHECK(labels == expected_labels);
    CHECK(message_of<ShapeError>([&] { part.gather(27, x, labels); }) ==
          "gather: 4 rows from 27 on must end by 30");
    CHECK(message_of<ShapeError>([&] {
              part.gather(std::vector<std::size_t>{0, 1, 30, 2}, x, labels);
          }) == "gather: rows[2] must be below 30, found 30");
}

template <class... Arguments>
std::string rejection(Arguments... arguments) {
    return message_of<ShapeError>([&] { static_cast<void>(Samples<float>(arguments...)); });
}

TEST_CASE("Samples: what does not fit is rejected with its place") {
    const float inf = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const Matrix<float> x = counted<float>(2, 2);
    const std::vector<int> t = {0, 1};
    CHECK(rejection(Matrix<float>{{1, 2}, {3, nan}}, t) ==
          "Samples: row 1, column 1 of the features must be a finite number, found NaN");
    CHECK(rejection(Matrix<float>{{-inf, 2}, {3, nan}}, t) ==
          "Samples: row 0, column 0 of the features must be a finite number, found -Inf");
    CHECK(rejection(x, Matrix<float>{{1}, {inf}}) ==
          "Samples: row 1, column 0 of the targets must be a finite number, found Inf");
    CHECK(rejection(x, std::vector<int>{0, -1}) == "Samples: labels[1] must be 0 or more, found -1");
    CHECK(rejection(x, std::vector<int>{0, 3}, std::size_t{3}) ==
          "Samples: labels[1] must be below 3, found 3");
    CHECK(rejection(x, std::vector<std::uint64_t>{0, std::uint64_t{1} << 40U}) ==
          "Samples: labels[1] must be below 2147483647, found 1099511627776");
    CHECK(rejection(x, std::vector<int>{0}) == "Samples: expected 2 labels, one a row, found 1");
    CHECK(rejection(Matrix<float>(0, 2), std::vector<int>{}) ==
          "Samples: features must have at least one row and one column, found [0,2]");
    CHECK(rejection(Matrix<float>(2, 0), t) ==
          "Samples: features must have at least one row and one column, found [2,0]");
    CHECK(rejection(x, Matrix<float>(3, 1)) ==
          "Samples: targets must have 2 rows, as features, and at least one column, found [3,1]");
    CHECK(rejection(x, Matrix<float>(2, 0)) ==
          "Samples: targets must have 2 rows, as features, and at least one column, found [2,0]");
    const Samples<float> samples(x, t);
    CHECK(message_of<ShapeError>([&] { samples.slice(1, 2); }) == "slice: 2 rows from 1 on must end by 2");
    CHECK(message_of<ShapeError>([&] { samples.slice(3, std::size_t(-1)); }) ==
          "slice: 18446744073709551615 rows from 3 on must end by 2");
    CHECK(message_of<ShapeError>([&] { samples.take({0, 2}); }) == "take: rows[1] must be below 2, found 2");
    CHECK(message_of<ShapeError>([&] { samples.split(2); }) ==
          "split: n_test must leave a row in both parts of 2 rows, found 2");
    CHECK(message_of<ShapeError>([&] { samples.split(-1); }) ==
          "split: n_test must leave a row in both parts of 2 rows, found -1");
    CHECK(message_of<ShapeError>([&] { samples.split(0.1); }) ==
          "split: share must be between 0 and 1 and leave a row in both parts of 2 rows, found 0.100000");
    CHECK_THROWS_AS(samples.split(0), ShapeError);
    CHECK_THROWS_AS(samples.split(1.0), ShapeError);
    CHECK_THROWS_AS(samples.split(std::numeric_limits<double>::quiet_NaN()), ShapeError);
    Matrix<float> narrow(1, 1);
    std::vector<int> labels(1);
    CHECK(message_of<ShapeError>([&] { samples.gather(0, narrow, labels); }) ==
          "gather: x must be [1,2], found [1,1]");
    Matrix<float> one(1, 2);
    std::vector<int> two(2);
    CHECK(message_of<ShapeError>([&] { samples.gather(0, one, two); }) ==
          "gather: expected room for 1 labels, one a row of x, found 2");
    CHECK(message_of<ShapeError>([&] { samples.gather(0, one, one); }) ==
          "gather: x and targets must not share memory; found overlapping views");
    Matrix<float> three(1, 3);
    CHECK(message_of<ShapeError>([&] { samples.gather(0, one, three); }) ==
          "gather: targets must be [1,2], found [1,3]");
}

TEMPLATE_TEST_CASE("Scaling: mean 0 and deviation 1", "", float, double) {
    const Matrix<TestType> x{{1, 100, TestType(0.1)}, {3, 300, TestType(0.1)}, {5, 200, TestType(0.1)}};
    const Samples<TestType> train(x, std::vector<int>{0, 1, 1}, {"a", "b"});
    const Scaling<TestType> scaling(train);
    CHECK(array_equal(scaling.mean, Matrix<TestType>{{3, 200, TestType(0.1)}}));
    const Samples<TestType> scaled = scaling.apply(train);
    CHECK(allclose(mean(scaled.features(), 0), Matrix<TestType>{{0, 0, 0}}, 0, 1e-6));
    CHECK(allclose(std(scaled.features(), 0), Matrix<TestType>{{1, 1, 0}}, 1e-6, 0));
    CHECK(scaled.features()(2, 2) == 0);
    CHECK(scaled.labels() == train.labels());
    CHECK(scaled.class_names()[1] == "b");
    const Samples<TestType> numbers(x, Matrix<TestType>(x.cols(0, 1)));
    CHECK(scaling.apply(numbers).targets() == numbers.targets());
    CHECK(Scaling<TestType>(Samples<TestType>(small_images())).apply(small_images()).classes() == 4);
    CHECK(message_of<ShapeError>([&] { scaling.apply(Matrix<TestType>(1, 2)); }) ==
          "Scaling: x must be [1,3], found [1,2]");
    CHECK_THROWS_AS(Scaling<TestType>(Samples<TestType>()), ShapeError);
    const Matrix<TestType> prices = {{100, 8}, {300, 8}};
    const Scaling<TestType> of_prices(prices);
    CHECK(array_equal(of_prices.apply(prices), Matrix<TestType>{{-1, 0}, {1, 0}}));
    CHECK(array_equal(of_prices.undo(Matrix<TestType>{{2, 1}}), Matrix<TestType>{{400, 9}}));
    CHECK(array_equal(Scaling<TestType>(prices.cols(0, 1)).mean, Matrix<TestType>{{200}}));
    CHECK(message_of<ShapeError>([&] { of_prices.undo(Matrix<TestType>(1, 3)); }) ==
          "Scaling: x must be [1,2], found [1,3]");
    CHECK(message_of<ShapeError>([&] { Scaling<TestType>(Matrix<TestType>(0, 3)); }) ==
          "Scaling: expected at least one row of at least one number, found [0,3]");
    CHECK_THROWS_AS(Scaling<TestType>(Matrix<TestType>(1, 2), Matrix<TestType>(1, 3)), ShapeError);
}

TEST_CASE("Scaling: equal numbers become 0 though their mean in double is another number") {
    Matrix<double> x(10, 1, 0.1);
    const Scaling<double> scaling(Samples<double>(x, std::vector<int>(10)));
    CHECK(scaling.deviation(0, 0) == 1.0);
    CHECK(array_equal(scaling.apply(x), Matrix<double>(10, 1)));
}

}  // namespace

TEST_CASE("Scaling: deviations whose squares are no numbers") {
    for (const double scale : {1.0, 0x1p700, 0x1p-700}) {
        const Matrix<double> x = {{1.0 * scale}, {3.0 * scale}};
        const Scaling<double> scaling(x.view());
        CHECK(scaling.deviation(0, 0) == scale);
        CHECK(scaling.apply(x) == Matrix<double>{{-1.0}, {1.0}});
    }
}

}  // namespace thalweg
