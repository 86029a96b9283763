// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// load_mnist on small directories: names it finds, and the message for everything it refuses.
#include <filesystem>
#include <string>
#include <vector>

#include "files.hpp"
#include "support/catch.hpp"
#include "thalweg/images.hpp"
#include "thalweg/version.hpp"

namespace thalweg {
namespace {

using test::Bytes;
using test::gzip;
using test::idx;
using test::io_error;
using test::TempDirectory;

// A directory with 3 training and 2 test images of 2 x 2 pixels; tests then overwrite or remove files.
class SmallMnist {
public:
    SmallMnist() {
        directory.write("train-images-idx3-ubyte", idx({3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
        directory.write("train-labels-idx1-ubyte", idx({3}, {0, 9, 5}));
        directory.write("t10k-images-idx3-ubyte", idx({2, 2, 2}, {21, 22, 23, 24, 25, 26, 27, 28}));
        directory.write("t10k-labels-idx1-ubyte", idx({2}, {1, 2}));
    }

    std::string refusal() const {
        return io_error([&] { load_mnist(directory.path()); });
    }

    TempDirectory directory;
};

void check_small(const TrainTest& data) {
    CHECK(data.train.size() == 3);
    CHECK(data.train.image(2)[3] == 12);
    CHECK(data.train.labels()[1] == 9);
    CHECK(data.test.size() == 2);
    CHECK(data.test.image_rows() == 2);
    CHECK(data.test.image(0)[0] == 21);
    CHECK(data.test.classes() == 10);
}

TEST_CASE("mnist: four raw files") {
    const SmallMnist mnist;
    check_small(load_mnist(mnist.directory.path()));
    check_small(load_mnist(mnist.directory.path() + "/"));
}

TEST_CASE("mnist: names with a dot, gzip, and both mixed") {
    const SmallMnist mnist;
    const auto path = [&](const std::string& name) { return mnist.directory.path(name); };
    std::filesystem::rename(path("train-images-idx3-ubyte"), path("train-images.idx3-ubyte"));
    std::filesystem::rename(path("t10k-labels-idx1-ubyte"), path("t10k-labels.idx1-ubyte"));
    check_small(load_mnist(mnist.directory.path()));
    if (!build_info().zlib) {
        WARN("gzip skipped: built without zlib");
        return;
    }
    std::filesystem::remove(path("train-labels-idx1-ubyte"));
    std::filesystem::remove(path("t10k-images-idx3-ubyte"));
    mnist.directory.write("train-labels-idx1-ubyte.gz", gzip(idx({3}, {0, 9, 5})));
    mnist.directory.write("t10k-images.idx3-ubyte.gz",
                          gzip(idx({2, 2, 2}, {21, 22, 23, 24, 25, 26, 27, 28})));
    check_small(load_mnist(mnist.directory.path()));
}

TEST_CASE("mnist: no directory") {
    const TempDirectory directory;
    CHECK(io_error([&] { load_mnist(directory.path("none")); }) ==
          directory.path("none") +
              ": expected the directory with MNIST's four files, found no such file or directory");
    const std::string file = directory.write("file", {});
    CHECK(io_error([&] { load_mnist(file); }) ==
          file + ": expected the directory with MNIST's four files, found a file");
    CHECK(io_error([] { load_mnist(""); }) ==
          ": expected the directory with MNIST's four files, found no such file or directory");
}

TEST_CASE("mnist: each of the four files missing") {
    for (const std::string part : {"train", "t10k"}) {
        for (const std::string kind : {"images-idx3", "labels-idx1"}) {
            const SmallMnist mnist;
            const std::string name = part + "-" + kind + "-ubyte";
            const std::string dotted = part + "-" + kind.substr(0, 6) + "." + kind.substr(7) + "-ubyte";
            std::filesystem::remove(mnist.directory.path(name));
            CHECK(mnist.refusal() == mnist.directory.path() + ": MNIST's file " + name +
                                         " is missing: expected one of " + name + ", " + name + ".gz, " +
                                         dotted + ", " + dotted + ".gz; found none");
        }
    }
}

TEST_CASE("mnist: images and labels confused") {
    const SmallMnist mnist;
    const std::string images = mnist.directory.write("train-images-idx3-ubyte", idx({3}, {0, 9, 5}));
    CHECK(mnist.refusal() ==
          images +
              ": offset 0: expected magic number 2051 (images: unsigned bytes in 3 dimensions), found 2049");
    const SmallMnist other;
    const std::string labels = other.directory.write("t10k-labels-idx1-ubyte", idx({1, 1, 2}, {0, 9}));
    CHECK(other.refusal() ==
          labels +
              ": offset 0: expected magic number 2049 (labels: unsigned bytes in 1 dimension), found 2051");
}

TEST_CASE("mnist: a file that is empty, short or a directory") {
    const SmallMnist mnist;
    const std::string path = mnist.directory.write("t10k-images-idx3-ubyte", {});
    CHECK(mnist.refusal() ==
          path + ": offset 0: expected 4 bytes of IDX magic number, found nothing: the file is empty");
    mnist.directory.write("t10k-images-idx3-ubyte", idx({2, 2, 2}, {1, 2, 3}));
    CHECK(mnist.refusal() == path + ": offset 16: expected 8 bytes of values (2 x 2 x 2), found 3");
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    CHECK(mnist.refusal() == path + ": expected a file, found a directory");
}

TEST_CASE("mnist: counts that disagree") {
    const SmallMnist mnist;
    const std::string labels = mnist.directory.write("train-labels-idx1-ubyte", idx({2}, {0, 9}));
    const std::string expected = labels + ": offset 4: expected 3 labels, as many as " +
                                 mnist.directory.path("train-images-idx3-ubyte") + " has images, found ";
    CHECK(mnist.refusal() == expected + "2");
    mnist.directory.write("train-labels-idx1-ubyte", idx({4}, {0, 9, 5, 1}));
    CHECK(mnist.refusal() == expected + "4");
}

TEST_CASE("mnist: no images, and images of no pixels") {
    const SmallMnist mnist;
    const std::string images = mnist.directory.write("t10k-images-idx3-ubyte", idx({0, 2, 2}, {}));
    mnist.directory.write("t10k-labels-idx1-ubyte", idx({0}, {}));
    CHECK(mnist.refusal() ==
          images + ": offset 4: expected at least one image of at least one pixel, found 0 images of 2 x 2");
    mnist.directory.write("t10k-images-idx3-ubyte", idx({2, 2, 0}, {}));
    CHECK(mnist.refusal() ==
          images + ": offset 4: expected at least one image of at least one pixel, found 2 images of 2 x 0");
}

TEST_CASE("mnist: a label above 9") {
    const SmallMnist mnist;
    const std::string labels = mnist.directory.write("train-labels-idx1-ubyte", idx({3}, {0, 9, 10}));
    CHECK(mnist.refusal() == labels + ": offset 10: expected a label from 0 to 9, found 10");
}

TEST_CASE("mnist: test images of another size than the training images") {
    const SmallMnist mnist;
    const std::string images = mnist.directory.write("t10k-images-idx3-ubyte", idx({2, 1, 4}, Bytes(8)));
    CHECK(mnist.refusal() == images + ": offset 8: expected images of 2 x 2 pixels as in " +
                                 mnist.directory.path("train-images-idx3-ubyte") + ", found 1 x 4");
}

}  // namespace
}  // namespace thalweg
