// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// MNIST's four files, found under their usual names and checked against each other.
#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "data/byte_reader.hpp"
#include "data/idx.hpp"
#include "thalweg/error.hpp"
#include "thalweg/images.hpp"

namespace thalweg {
namespace {

constexpr std::size_t kClasses = 10;
constexpr std::size_t kLabelsOffset = 8;  // after magic number and count

// One of the two data sets with the paths it came from.
struct Part {
    std::string images_path;
    std::string labels_path;
    IdxFile images;
    IdxFile labels;

    std::string size_text() const {
        return std::to_string(images.shape[1]) + " x " + std::to_string(images.shape[2]);
    }
};

// part: "train"; kind: "images-idx3". Raw files first: they need no inflating.
std::string find_file(const std::string& directory, const std::string& part, const std::string& kind) {
    const std::size_t dash = kind.find('-');
    const std::string dotted = kind.substr(0, dash) + "." + kind.substr(dash + 1);
    std::string looked_for;
    for (const std::string& name : {part + "-" + kind + "-ubyte", part + "-" + dotted + "-ubyte"}) {
        for (const char* const ending : {"", ".gz"}) {
            std::string path = (std::filesystem::path(directory) / (name + ending)).string();
            std::error_code ignored;
            if (std::filesystem::exists(path, ignored)) {
                return path;
            }
            looked_for += (looked_for.empty() ? "" : ", ") + name + ending;
        }
    }
    throw IoError(directory + ": MNIST's file " + part + "-" + kind + "-ubyte is missing: expected one of " +
                  looked_for + "; found none");
}

void check_labels(const Part& part) {
    const auto& labels = part.labels.values;
    const auto wrong =
        std::find_if(labels.begin(), labels.end(), [](std::uint8_t label) { return label >= kClasses; });
    if (wrong != labels.end()) {
        const auto index = static_cast<std::size_t>(wrong - labels.begin());
        throw IoError(part.labels_path + ": offset " + std::to_string(kLabelsOffset + index) +
                      ": expected a label from 0 to 9, found " + std::to_string(*wrong));
    }
}

Part load_part(const std::string& images_path, const std::string& labels_path) {
    Part part{images_path, labels_path,
              data::read_idx(images_path, 3, "images: unsigned bytes in 3 dimensions"),
              data::read_idx(labels_path, 1, "labels: unsigned bytes in 1 dimension")};
    const std::vector<std::size_t>& shape = part.images.shape;
    if (shape[0] == 0 || shape[1] == 0 || shape[2] == 0) {
        throw IoError(images_path + ": offset 4: expected at least one image of at least one pixel, found " +
                      std::to_string(shape[0]) + " images of " + part.size_text());
    }
    if (part.labels.shape[0] != shape[0]) {
        throw IoError(labels_path + ": offset 4: expected " + std::to_string(shape[0]) +
                      " labels, as many as " + images_path + " has images, found " +
                      std::to_string(part.labels.shape[0]));
    }
    check_labels(part);
    return part;
}

Dataset to_dataset(Part part) {
    return Dataset(part.images.shape[1], part.images.shape[2], std::move(part.images.values),
                   std::move(part.labels.values), kClasses);
}

}  // namespace

TrainTest load_mnist(const std::string& directory) {
    const std::string found = data::not_a_file(directory);
    if (found != "a directory") {
        throw IoError(directory + ": expected the directory with MNIST's four files, found " +
                      (found.empty() ? "a file" : found));
    }
    const std::string train_images = find_file(directory, "train", "images-idx3");
    const std::string train_labels = find_file(directory, "train", "labels-idx1");
    const std::string test_images = find_file(directory, "t10k", "images-idx3");
    const std::string test_labels = find_file(directory, "t10k", "labels-idx1");
    Part train = load_part(train_images, train_labels);
    Part test = load_part(test_images, test_labels);
    if (train.images.shape[1] != test.images.shape[1] || train.images.shape[2] != test.images.shape[2]) {
        throw IoError(test_images + ": offset 8: expected images of " + train.size_text() + " pixels as in " +
                      train_images + ", found " + test.size_text());
    }
    return {to_dataset(std::move(train)), to_dataset(std::move(test))};
}

}  // namespace thalweg
