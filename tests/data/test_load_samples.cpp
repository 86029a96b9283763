// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// load_samples: what an archive's arrays become, by their types and shapes; directories and tables.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "data/files.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/tables.hpp"

namespace thalweg {
namespace {

using test::message_of;

struct Archive {
    explicit Archive(const std::vector<NpzMember>& members) : path(directory.path("a.npz")) {
        save_npz(path, members);
    }
    template <class T>
    TrainTestSamples<T> load() const {
        return load_samples<T>(path);
    }
    // The message without the path.
    std::string error() const {
        return message_of<IoError>([&] { load<float>(); }).substr(path.size());
    }

    test::TempDirectory directory;
    std::string path;
};

const Matrix<double> kX{{1, 2}, {3, 4}, {5, 6}};

NpyArray images(std::size_t n, std::vector<std::size_t> shape) {
    shape.insert(shape.begin(), n);
    std::size_t size = 1;
    for (const std::size_t extent : shape) {
        size *= extent;
    }
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 3);
    }
    return {DType::kUint8, shape, bytes};
}

TEMPLATE_TEST_CASE("load_samples: x and t of an archive", "", float, double) {
    const auto labelled = Archive({{"x", kX}, {"t", std::vector<std::int64_t>{0, 2, 1}}}).load<TestType>();
    CHECK(labelled.train.features() == Matrix<TestType>{{1, 2}, {3, 4}, {5, 6}});
    CHECK(labelled.train.labels() == std::vector<int>{0, 2, 1});
    CHECK(labelled.train.classes() == 3);
    CHECK(labelled.test.size() == 0);
    const NpyArray column = NpyArray(std::vector<std::int32_t>{0, 2, 1}).reshaped({3, 1});
    CHECK(Archive({{"x", kX}, {"y", column}}).load<TestType>().train.labels() == std::vector<int>{0, 2, 1});
    const auto numbers = Archive({{"x", kX}, {"t", std::vector<float>{0.5F, 2, 1}}}).load<TestType>();
    CHECK(numbers.train.targets() == Matrix<TestType>{{TestType(0.5)}, {2}, {1}});
    const auto one_hot = Archive({{"x", kX}, {"t", Matrix<float>{{1, 0}, {0, 1}, {1, 0}}}}).load<TestType>();
    CHECK(one_hot.train.labels() == std::vector<int>{0, 1, 0});
    CHECK(one_hot.train.classes() == 2);
    const auto two = Archive({{"x", kX}, {"t", Matrix<float>{{1, 0}, {0, 1}, {1, 1}}}}).load<TestType>();
    CHECK(two.train.outputs() == 2);
    CHECK_FALSE(two.train.has_labels());
    const auto flat =
        Archive({{"x", std::vector<double>{7, 8}}, {"t", std::vector<double>{1, 2}}}).load<TestType>();
    CHECK(flat.train.features() == Matrix<TestType>{{7}, {8}});
    const auto deep =
        Archive({{"x", NpyArray(kX).reshaped({1, 2, 3})}, {"t", std::vector<double>{1}}}).load<TestType>();
    CHECK(deep.train.features() == Matrix<TestType>{{1, 2, 3, 4, 5, 6}});
}

TEMPLATE_TEST_CASE("load_samples: Keras's mnist.npz stays pixels", "", float, double) {
    const auto both = Archive({{"x_test", images(2, {3, 2})},
                               {"x_train", images(3, {3, 2})},
                               {"y_train", std::vector<std::uint8_t>{4, 0, 1}},
                               {"y_test", std::vector<std::uint8_t>{5, 1}}})
                          .load<TestType>();
    CHECK(both.train.has_pixels());
    CHECK(both.train.images()->image_rows() == 3);
    CHECK(both.train.images()->image_cols() == 2);
    CHECK(both.train.classes() == 6);
    CHECK(both.test.classes() == 6);
    CHECK(both.test.labels() == std::vector<int>{5, 1});
    CHECK(both.test.images()->image(1)[5] == 33);
    const auto colour = Archive({{"x", images(2, {4, 5, 3})},
                                 {"t", NpyArray(std::vector<std::uint8_t>{0, 1}).reshaped({2, 1})}})
                            .load<TestType>();
    CHECK(colour.train.images()->image_rows() == 4);
    CHECK(colour.train.images()->image_cols() == 15);
    // Bytes hold labels below 256; targets need numbers.
    const auto many = Archive({{"x", images(2, {2})}, {"t", std::vector<int>{0, 256}}}).load<TestType>();
    CHECK_FALSE(many.train.has_pixels());
    CHECK(many.train.classes() == 257);
    CHECK(many.train.features()(1, 1) == static_cast<TestType>(9 / 255.0F));
    const auto answers =
        Archive({{"x", images(2, {2})}, {"t", std::vector<float>{0, 0.5F}}}).load<TestType>();
    CHECK(answers.train.targets() == Matrix<TestType>{{0}, {TestType(0.5)}});
    CHECK(answers.train.features()(1, 1) == static_cast<TestType>(9 / 255.0F));
}

TEST_CASE("load_samples: archives that do not fit") {
    const std::vector<int> t = {0, 2, 1};
    CHECK(Archive({{"a", kX}}).error() == ": expected arrays x and t, or x_train and t_train, found a");
    CHECK(Archive({{"x", kX}}).error() == ": expected an array \"t\", found x");
    CHECK(Archive({{"x", kX}, {"t", std::vector<int>{1}}}).error() ==
          ": t: expected labels or targets for 3 rows, found shape (1,)");
    CHECK(Archive({{"x", kX}, {"t", 1}}).error() ==
          ": t: expected labels or targets for 3 rows, found shape ()");
    CHECK(Archive({{"x", 1}, {"t", 1}}).error() ==
          ": x: expected at least one row of at least one number, found shape ()");
    CHECK(Archive({{"x", Matrix<float>(0, 3)}, {"t", std::vector<int>{}}}).error() ==
          ": x: expected at least one row of at least one number, found shape (0, 3)");
    CHECK(Archive({{"x", kX}, {"t", std::vector<int>{0, -2, 1}}}).error() ==
          ": x, t: Samples: labels[1] must be 0 or more, found -2");
    CHECK(Archive({{"x", images(2, {2})}, {"t", std::vector<int>{0, -2}}}).error() ==
          ": x, t: Samples: labels[1] must be 0 or more, found -2");
    CHECK(Archive({{"x", kX}, {"t", std::vector<std::int64_t>{0, std::int64_t{1} << 40, 1}}}).error() ==
          ": x, t: Samples: labels[1] must be below 2147483647, found 1099511627776");
    CHECK(
        Archive({{"x", kX}, {"t", std::vector<std::int64_t>{0, std::numeric_limits<std::int64_t>::max(), 1}}})
            .error() == ": x, t: Samples: labels[1] must be below 2147483647, found 9223372036854775807");
    const float nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(Archive({{"x", Matrix<float>{{1}, {nan}, {2}}}, {"t", t}}).error() ==
          ": x, t: Samples: row 1, column 0 of the features must be a finite number, found NaN");
    CHECK(Archive({{"x", kX}, {"t", std::vector<float>{1, 2, nan}}}).error() ==
          ": x, t: Samples: row 2, column 0 of the targets must be a finite number, found NaN");
    const NpzMember train = {"x_train", kX};
    CHECK(Archive({train, {"t_train", t}, {"x_test", Matrix<double>(1, 3)}, {"t_test", std::vector<int>{0}}})
              .error() == ": x_test: expected rows of 2 float64, as in x_train, found 3 float64");
    // Pixels would become numbers from 0 to 1 in one part and not in the other.
    CHECK(Archive({train, {"t_train", t}, {"x_test", images(1, {2})}, {"t_test", std::vector<int>{0}}})
              .error() == ": x_test: expected rows of 2 float64, as in x_train, found 2 uint8");
    CHECK(Archive({train, {"t_train", t}, {"x_test", kX}, {"t_test", std::vector<float>{1, 2, 3}}}).error() ==
          ": t_test: expected what t_train has, labels or the same number of targets, found something else");
    const std::vector<std::uint8_t> bytes = {1, 2, 3};
    CHECK(Archive({{"x_train", bytes}, {"t_train", t}, {"x_test", images(3, {1})}, {"t_test", t}}).error() ==
          ": x_test: expected rows of 1 uint8 in one axis, as in x_train, found 1 uint8");
    CHECK(Archive({train, {"t_train", t}, {"x_test", kX}}).error() ==
          ": expected an array \"t_test\", found x_train, t_train, x_test");
}

TEST_CASE("load_samples: targets that are one-hot by chance in one part are numbers") {
    const Matrix<double> several = {{1, 0}, {1, 1}, {0, 1}};
    const Matrix<double> single = {{1, 0}, {0, 1}, {0, 1}};
    const auto load = [](const Matrix<double>& train, const Matrix<double>& test) {
        return Archive({{"x_train", kX}, {"t_train", train}, {"x_test", kX}, {"t_test", test}})
            .load<double>();
    };
    for (const auto& [train, test] : {std::pair(several, single), std::pair(single, several)}) {
        const TrainTestSamples<double> loaded = load(train, test);
        CHECK(loaded.train.targets() == train);
        CHECK(loaded.test.targets() == test);
    }
    CHECK(load(single, single).test.labels() == std::vector<int>{0, 1, 1});
}

TEST_CASE("load_samples: tables, MNIST's directory, and what is neither") {
    const test::TempDirectory directory;
    const std::string text = "x,t\n1,0\n2,1\n";
    const std::string table = directory.write("a.csv", {text.begin(), text.end()});
    CHECK(load_samples<float>(table, {.labels = "t"}).train.labels() == std::vector<int>{0, 1});
    CHECK_THROWS_AS(load_samples<float>(table), std::invalid_argument);
    const std::string zip = "PK\tt\n1\t0\n2\t1\n";  // begins as an archive's name
    const std::string tabs = directory.write("a.tsv", {zip.begin(), zip.end()});
    CHECK(load_samples<float>(tabs, {.labels = "t"}, {.separator = '\t'}).train.size() == 2);
    save_npy(directory.path("a.npy"), kX);
    CHECK(message_of<IoError>([&] { load_samples<float>(directory.path("a.npy")); }) ==
          directory.path("a.npy") +
              ": expected an .npz with x and t, found one array (.npy), without labels");
    CHECK_THROWS_AS(load_samples<float>(directory.path("none")), IoError);
    CHECK_THROWS_AS(load_samples<float>(directory.path()), IoError);
    for (const char* const part : {"train", "t10k"}) {
        directory.write(part + std::string("-images-idx3-ubyte"),
                        test::idx({2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}));
        directory.write(part + std::string("-labels-idx1-ubyte"), test::idx({2}, {3, 9}));
    }
    const auto mnist = load_samples<double>(directory.path());
    CHECK(mnist.train.has_pixels());
    CHECK(mnist.test.labels() == std::vector<int>{3, 9});
    CHECK(mnist.train.classes() == 10);
}

}  // namespace
}  // namespace thalweg
