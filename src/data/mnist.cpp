// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// MNIST's four files, found under their usual names and checked against each other.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/byte_reader.hpp"
#include "data/idx.hpp"
#include "io/posix.hpp"
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

// As names are compared: in small letters, with dashes for dots.
std::string plain_name(const std::string& path) {
    std::string name = path.substr(path.find_last_of(posix::kSeparators) + 1);
    for (char& letter : name) {
        const bool capital = letter >= 'A' && letter <= 'Z';
        letter = letter == '.' ? '-' : capital ? static_cast<char>(letter - 'A' + 'a') : letter;
    }
    return name;
}

bool is_gzip(const std::string& path) {
    return plain_name(path).ends_with("-gz");
}

// Everything in a folder, with the folder before it; nothing where it cannot be listed. Without
// std::filesystem::directory_iterator, which in libstdc++ ends the program where memory does.
std::vector<std::string> paths_in(const std::string& folder) {
    const auto close = [](posix::DIR* list) { posix::closedir(list); };
    const std::unique_ptr<posix::DIR, decltype(close)> list(posix::opendir(folder.c_str()), close);
    std::vector<std::string> paths;
    while (const posix::dirent* const entry = list ? posix::readdir(list.get()) : nullptr) {
        paths.push_back(folder + (folder.ends_with('/') ? "" : "/") + entry->d_name);
    }
    return paths;
}

bool is_folder(const std::string& path) {
    struct posix::stat found = {};
    return posix::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

// Files of that name in the folder, in a folder of the same name (as Kaggle packs them), and in MNIST/raw (as
// torchvision does). A link that leads nowhere is one of them: whoever reads it says what it is.
std::vector<std::string> find_files(const std::string& folder, const std::string& name, int depth = 0) {
    constexpr int kDeepest = 3;
    std::vector<std::string> found;
    for (const std::string& path : paths_in(folder)) {
        const std::string plain = plain_name(path);
        const bool named = plain == name || plain == name + "-gz";
        std::vector<std::string> more;
        if (depth < kDeepest && (named || plain == "raw" || plain == "mnist") && is_folder(path)) {
            more = find_files(path, name, depth + 1);
        }
        if (named && more.empty()) {
            more.push_back(path);
        }
        found.insert(found.end(), more.begin(), more.end());
    }
    return found;
}

// part: "train"; kind: "images-idx3". Raw files first: they need no inflating.
std::vector<std::string> find_part(const std::string& directory, const std::string& part,
                                   const std::string& kind) {
    const std::string name = part + "-" + kind + "-ubyte";
    std::vector<std::string> found = find_files(directory, name);
    if (found.empty()) {
        const std::size_t dash = kind.find('-');
        const std::string dotted = part + "-" + kind.substr(0, dash) + "." + kind.substr(dash + 1) + "-ubyte";
        throw IoError(directory + ": MNIST's file " + name + " is missing: expected one of " + name + ", " +
                      name + ".gz, " + dotted + ", " + dotted + ".gz; found none");
    }
    std::sort(found.begin(), found.end(), [](const std::string& a, const std::string& b) {
        return std::pair(is_gzip(a), a) < std::pair(is_gzip(b), b);
    });
    return found;
}

void check_directory(const std::string& directory) {
    struct posix::stat status = {};
    std::string found;
    if (posix::stat(directory.c_str(), &status) != 0) {
        found = io::open_error(directory, errno);
    } else if (!S_ISDIR(status.st_mode)) {
        found = S_ISREG(status.st_mode) ? "a file" : "a device, pipe or socket";
    } else if (posix::access(directory.c_str(), R_OK | X_OK) != 0) {
        found = std::string("one that cannot be listed: ") + posix::strerror(errno);
    }
    if (!found.empty()) {
        throw IoError(directory + ": expected the directory with MNIST's four files, found " + found);
    }
}

struct Found {
    std::string path;
    IdxFile file;
};

// The first that can be read: a web page that was saved as .gz beside the right file does no harm.
Found read_first(const std::vector<std::string>& paths, std::size_t dimensions, const std::string& content) {
    std::string errors;
    for (const std::string& path : paths) {
        try {
            data::ByteReader reader(path);
            return {path, data::read_idx(reader, dimensions, content)};
        } catch (const IoError& error) {
            errors += (errors.empty() ? "" : "; ") + std::string(error.what());
        }
    }
    throw IoError(errors);
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

Part load_part(const std::vector<std::string>& images_paths, const std::vector<std::string>& labels_paths) {
    Found images = read_first(images_paths, 3, "images: unsigned bytes in 3 dimensions");
    Found labels = read_first(labels_paths, 1, "labels: unsigned bytes in 1 dimension");
    Part part{std::move(images.path), std::move(labels.path), std::move(images.file), std::move(labels.file)};
    const std::vector<std::size_t>& shape = part.images.shape;
    if (shape[0] == 0 || shape[1] == 0 || shape[2] == 0) {
        throw IoError(part.images_path +
                      ": offset 4: expected at least one image of at least one pixel, found " +
                      std::to_string(shape[0]) + " images of " + part.size_text());
    }
    if (part.labels.shape[0] != shape[0]) {
        throw IoError(part.labels_path + ": offset 4: expected " + std::to_string(shape[0]) +
                      " labels, as many as " + part.images_path + " has images, found " +
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
    check_directory(directory);
    const std::vector<std::string> train_images = find_part(directory, "train", "images-idx3");
    const std::vector<std::string> train_labels = find_part(directory, "train", "labels-idx1");
    const std::vector<std::string> test_images = find_part(directory, "t10k", "images-idx3");
    const std::vector<std::string> test_labels = find_part(directory, "t10k", "labels-idx1");
    Part train = load_part(train_images, train_labels);
    Part test = load_part(test_images, test_labels);
    if (train.images.shape[1] != test.images.shape[1] || train.images.shape[2] != test.images.shape[2]) {
        throw IoError(test.images_path + ": offset 8: expected images of " + train.size_text() +
                      " pixels as in " + train.images_path + ", found " + test.size_text());
    }
    return {to_dataset(std::move(train)), to_dataset(std::move(test))};
}

}  // namespace thalweg
