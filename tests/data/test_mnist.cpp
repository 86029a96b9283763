// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The real MNIST files, where THALWEG_MNIST says that they are; the facts are those that come with the files.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

#include "files.hpp"
#include "support/catch.hpp"
#include "thalweg/images.hpp"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

using test::Bytes;

// Empty: there are none, or this build cannot read them.
std::string mnist_directory() {
    const char* const given = std::getenv("THALWEG_MNIST");
    const std::string path = given == nullptr ? "" : given;
    if (path.empty()) {
        WARN("skipped: THALWEG_MNIST, the directory of the four MNIST files, is not set");
        return "";
    }
    if (!build_info().zlib) {
        WARN("skipped: built without zlib");
        return "";
    }
    return path;
}

struct Facts {
    std::array<std::size_t, 10> label_counts;
    std::vector<std::uint8_t> first_labels;
    std::uint64_t pixel_sum;
};

void check_facts(const Dataset& data, const Facts& facts) {
    CHECK(data.image_rows() == 28);
    CHECK(data.image_cols() == 28);
    CHECK(data.pixels().size() == data.size() * 784);
    std::array<std::size_t, 10> counts{};
    for (const std::uint8_t label : data.labels()) {
        ++counts[label];
    }
    CHECK(counts == facts.label_counts);
    CHECK(std::vector<std::uint8_t>(data.labels().begin(), data.labels().begin() + 10) == facts.first_labels);
    CHECK(std::accumulate(data.pixels().begin(), data.pixels().end(), std::uint64_t{0}) == facts.pixel_sum);
}

bool same(const Dataset& a, const Dataset& b) {
    return std::equal(a.pixels().begin(), a.pixels().end(), b.pixels().begin(), b.pixels().end()) &&
           std::equal(a.labels().begin(), a.labels().end(), b.labels().begin(), b.labels().end());
}

TEST_CASE("mnist: the real files have their known counts, labels and pixel sums; gzip and raw are the same") {
    const std::string path = mnist_directory();
    if (path.empty()) {
        return;
    }
    const TrainTest data = load_mnist(path);
    REQUIRE(data.train.size() == 60000);
    REQUIRE(data.test.size() == 10000);
    check_facts(data.train, {{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949},
                             {5, 0, 4, 1, 9, 2, 1, 3, 1, 4},
                             1567298545});
    check_facts(
        data.test,
        {{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, {7, 2, 1, 0, 4, 1, 4, 9, 5, 9}, 264923200});

    const test::TempDirectory raw;
    for (const bool train : {true, false}) {
        const Dataset& part = train ? data.train : data.test;
        const std::string name = train ? "train" : "t10k";
        const auto count = static_cast<std::uint32_t>(part.size());
        raw.write(name + "-images-idx3-ubyte",
                  test::idx({count, 28, 28}, Bytes(part.pixels().begin(), part.pixels().end())));
        raw.write(name + "-labels-idx1-ubyte",
                  test::idx({count}, Bytes(part.labels().begin(), part.labels().end())));
    }
    const TrainTest again = load_mnist(raw.path());
    CHECK(same(again.train, data.train));
    CHECK(same(again.test, data.test));
}

TEST_CASE("mnist: a real file cut short or damaged in the middle is refused") {
    const std::string path = mnist_directory();
    if (path.empty()) {
        return;
    }
    const std::string source = path + "/t10k-images-idx3-ubyte.gz";
    const test::TempDirectory directory;
    const std::string copy = directory.path("copy.gz");
    std::filesystem::copy_file(source, copy);
    std::filesystem::permissions(copy, std::filesystem::perms::owner_all);
    std::filesystem::resize_file(copy, 1'000'000);
    CHECK(test::io_error([&] { load_idx(copy); }) ==
          copy + ": compressed offset 1000000: expected more gzip data, found the file's end");
}

}  // namespace
}  // namespace thalweg
