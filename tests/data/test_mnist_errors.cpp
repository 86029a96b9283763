// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// load_mnist on small directories: names it finds, and the message for everything it refuses.
#ifndef _WIN32
#include <sys/stat.h>
#endif

#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
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

constexpr const char* kNames[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                  "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

std::string dotted(std::string name) {
    return name.replace(name.find("-idx"), 1, ".");
}

// Moves each of the four files to where `to` says, in folders that are made.
void move_all(const SmallMnist& mnist, const std::function<std::string(const std::string&)>& to) {
    for (const std::string name : kNames) {
        const std::filesystem::path target = mnist.directory.path(to(name));
        std::filesystem::rename(mnist.directory.path(name), mnist.directory.path("moved"));
        std::filesystem::create_directories(target.parent_path());
        std::filesystem::rename(mnist.directory.path("moved"), target);
    }
}

TEST_CASE("mnist: layouts that people have") {
    const auto upper = [](std::string name) {
        for (char& letter : name) {
            letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
        }
        return name;
    };
    using Path = std::function<std::string(const std::string&)>;
    const std::vector<Path> layouts = {
        [](const std::string& name) { return name + "/" + name; },  // Kaggle
        [](const std::string& name) { return dotted(name) + "/" + name; },
        [](const std::string& name) { return dotted(name) + "/" + dotted(name); },
        [](const std::string& name) { return "raw/" + name; },
        [](const std::string& name) { return "MNIST/raw/" + name; },  // torchvision
        upper,
        [&](const std::string& name) { return upper(dotted(name)); },
        [&](const std::string& name) { return (name[1] == 'r' ? upper(name) : dotted(name)) + ""; }};
    for (const Path& to : layouts) {
        const SmallMnist mnist;
        move_all(mnist, to);
        CAPTURE(to("train-images-idx3-ubyte"));
        check_small(load_mnist(mnist.directory.path()));
    }
}

TEST_CASE("mnist: the right file is found beside wrong ones") {
    const std::string html = "<!DOCTYPE html><html><body>403 Forbidden</body></html>";
    const Bytes page(html.begin(), html.end());
    for (const std::string right : {"dotted", "folder", "raw"}) {
        const SmallMnist mnist;
        move_all(mnist, [&](const std::string& name) {
            return right == "dotted" ? dotted(name) : right == "folder" ? name + "/" + name : name;
        });
        CAPTURE(right);
        for (const std::string name : kNames) {
            mnist.directory.write(name + ".gz", page);
            if (right == "dotted") {
                mnist.directory.write(name, idx({7}, {}));  // cut short
            } else {
#ifndef _WIN32
                std::filesystem::create_symlink("nowhere", mnist.directory.path(dotted(name)));
#endif
            }
        }
        check_small(load_mnist(mnist.directory.path()));
    }
}

TEST_CASE("mnist: wrong files are called by their names") {
    const std::string html = "<!DOCTYPE html><html><body>403 Forbidden</body></html>";
    const SmallMnist mnist;
    const std::string name = kNames[2];
    std::filesystem::remove(mnist.directory.path(name));
    const std::string page = mnist.directory.write(name + ".gz", Bytes(html.begin(), html.end()));
    CHECK(mnist.refusal() == page + ": offset 0: expected IDX or gzip, found a web page (HTML)");
#ifndef _WIN32  // where links and pipes are others
    // All that there is, the likeliest first.
    const std::string link = mnist.directory.path(name);
    std::filesystem::create_symlink(name, link);
    CHECK(mnist.refusal() == link + ": expected a readable file, found: a link to \"" + name +
                                 "\", which leads back to the link; " + page +
                                 ": offset 0: expected IDX or gzip, found a web page (HTML)");
    std::filesystem::remove(page);
    std::filesystem::remove(link);
    std::filesystem::create_symlink("nowhere", link);
    CHECK(mnist.refusal() ==
          link + ": expected a readable file, found: a link to \"nowhere\", which does not exist");
    std::filesystem::remove(link);
    REQUIRE(mkfifo(link.c_str(), 0600) == 0);
    CHECK(mnist.refusal() == link + ": expected a file, found a pipe");
    const std::string loop = mnist.directory.path("loop");
    std::filesystem::create_symlink("loop", loop);
    CHECK(
        io_error([&] { load_mnist(loop); }) ==
        loop +
            ": expected the directory with MNIST's four files, found a link to \"loop\", which leads back to "
            "the link");
#endif
}

#ifndef _WIN32
TEST_CASE("mnist: files that may not be read") {
    const SmallMnist mnist;
    const std::string path = mnist.directory.path(kNames[1]);
    std::filesystem::permissions(path, std::filesystem::perms::none);
    if (std::ifstream(path).good()) {
        WARN("skipped: this user may read everything");
        return;
    }
    CHECK(mnist.refusal() == path + ": expected a readable file, found: Permission denied");
}
#endif

TEST_CASE("mnist: no directory") {
    const TempDirectory directory;
    CHECK(io_error([&] { load_mnist(directory.path("none")); }) ==
          directory.path("none") +
              ": expected the directory with MNIST's four files, found No such file or directory");
    const std::string file = directory.write("file", {});
    CHECK(io_error([&] { load_mnist(file); }) ==
          file + ": expected the directory with MNIST's four files, found a file");
    CHECK(io_error([] { load_mnist(""); }) ==
          ": expected the directory with MNIST's four files, found No such file or directory");
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
