// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "image_folders.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "cli.hpp"
#include "image_files.hpp"
#include "io/posix.hpp"
#include "thalweg/error.hpp"

namespace thalweg::cli {
namespace {

// A label is a byte.
constexpr std::size_t kMostClasses = 256;

bool is_number(const std::string& name) {
    return name.size() < 10 && name.find_first_not_of("0123456789") == std::string::npos;
}

// By number where all are numbers: 10 comes after 9.
void sort_names(std::vector<std::string>& names) {
    const bool numbers = std::all_of(names.begin(), names.end(), is_number);
    std::sort(names.begin(), names.end(), [numbers](const std::string& a, const std::string& b) {
        return numbers && std::stoul(a) != std::stoul(b) ? std::stoul(a) < std::stoul(b) : a < b;
    });
}

// Or a device, or what else may never give a byte.
bool is_pipe(const std::string& path) {
    struct posix::stat found = {};
    return posix::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode);
}

// Names of what is in it, without what file managers leave there. Without
// std::filesystem::directory_iterator, which in libstdc++ ends the program where memory does.
std::vector<std::string> entries(const std::string& directory, bool folders) {
    const auto close = [](posix::DIR* list) { posix::closedir(list); };
    const std::unique_ptr<posix::DIR, decltype(close)> list(posix::opendir(directory.c_str()), close);
    if (!list) {
        throw IoError(directory + ": expected a directory, found: " + posix::strerror(errno));
    }
    std::vector<std::string> names;
    while (const posix::dirent* const entry = posix::readdir(list.get())) {
        const std::string name = entry->d_name;
        const bool passed_over = name[0] == '.' || name == "Thumbs.db" || name == "desktop.ini";
        if (!passed_over && is_folder(directory + "/" + name) == folders) {
            names.push_back(name);
        }
    }
    sort_names(names);
    return names;
}

bool has_pictures(const std::string& folder) {
    const std::vector<std::string> files = entries(folder, false);
    return std::any_of(files.begin(), files.end(), [&](const std::string& name) {
        const std::string path = folder + "/" + name;
        return !is_pipe(path) && is_picture(path);
    });
}

bool has_class_folders(const std::string& directory) {
    if (!is_folder(directory)) {
        return false;
    }
    const std::vector<std::string> folders = entries(directory, true);
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& name) { return has_pictures(directory + "/" + name); });
}

// Images read so far, all of the first one's size.
class Images8 {
public:
    void add(const std::string& path, std::size_t label) {
        if (is_pipe(path)) {
            throw IoError(path + ": expected an image, found a pipe or a device");
        }
        const Picture picture = read_any_picture(path);
        if (labels_.empty()) {
            first_ = path;
            rows_ = picture.rows;
            cols_ = picture.cols;
        } else if (picture.rows != rows_ || picture.cols != cols_) {
            throw IoError(path + ": expected " + size_text(rows_, cols_) + ", as " + first_ + " has, found " +
                          size_text(picture.rows, picture.cols));
        }
        for (const std::uint16_t sample : picture.samples) {
            pixels_.push_back(
                static_cast<std::uint8_t>((510U * sample + picture.largest) / (2U * picture.largest)));
        }
        labels_.push_back(static_cast<std::uint8_t>(label));
    }
    Dataset data(std::size_t classes) && {
        return Dataset(rows_, cols_, std::move(pixels_), std::move(labels_), classes);
    }

private:
    static std::string size_text(std::size_t rows, std::size_t cols) {
        return std::to_string(rows) + " x " + std::to_string(cols) + " pixels";
    }

    std::string first_;
    std::size_t rows_ = 0;
    std::size_t cols_ = 0;
    std::vector<std::uint8_t> pixels_;
    std::vector<std::uint8_t> labels_;
};

Dataset read_part(const std::string& directory, const std::vector<std::string>& folders,
                  const std::vector<std::string>& classes) {
    Images8 images;
    for (const std::string& each : folders) {
        const auto label =
            static_cast<std::size_t>(std::find(classes.begin(), classes.end(), each) - classes.begin());
        const std::string folder = directory + "/" + each;
        const std::vector<std::string> files = entries(folder, false);
        if (files.empty()) {
            throw IoError(folder + ": expected images, found none");
        }
        for (const std::string& name : files) {
            images.add(folder + "/" + name, label);
        }
    }
    return std::move(images).data(classes.size());
}

std::vector<std::string> class_folders(const std::string& directory) {
    std::vector<std::string> folders = entries(directory, true);
    if (folders.size() > kMostClasses) {
        throw IoError(directory + ": expected at most " + std::to_string(kMostClasses) +
                      " folders, one a class, found " + std::to_string(folders.size()));
    }
    return folders;
}

// The classes that labels count: those given, or the folders.
std::vector<std::string> classes_of(const std::string& directory, const std::vector<std::string>& folders,
                                    const std::vector<std::string>& given) {
    if (given.empty()) {
        return folders;
    }
    if (given.size() > kMostClasses) {
        throw IoError(directory + ": expected a net of at most " + std::to_string(kMostClasses) +
                      " classes for folders of images, found " + std::to_string(given.size()));
    }
    for (const std::string& folder : folders) {
        if (std::find(given.begin(), given.end(), folder) == given.end()) {
            std::string names;
            for (const std::string& name : given) {
                names += (names.empty() ? "" : ", ") + name;
            }
            throw IoError(directory + ": expected folders of the net's classes, " + names + ", found " +
                          in_quotes(folder));
        }
    }
    return given;
}

}  // namespace

bool is_folder(const std::string& path) {
    struct posix::stat found = {};
    return posix::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

std::vector<std::string> files_in(const std::string& folder) {
    std::vector<std::string> files = entries(folder, false);
    if (files.empty()) {
        const std::size_t folders = entries(folder, true).size();
        throw IoError(folder + ": expected files of images, found " +
                      (folders == 0 ? "none"
                                    : "no file, but " + std::to_string(folders) +
                                          (folders == 1 ? " folder" : " folders") + "; name one of them"));
    }
    const std::string begin = folder.substr(0, folder.find_last_not_of('/') + 1) + "/";
    for (std::string& file : files) {
        file.insert(0, begin);
    }
    return files;
}

bool may_have_mnist(const std::string& directory) {
    const auto names_idx = [](const std::vector<std::string>& names) {
        return std::any_of(names.begin(), names.end(), [](const std::string& name) {
            return name == "raw" || name == "MNIST" || name == "mnist" ||
                   name.find("idx") != std::string::npos || name.find("IDX") != std::string::npos;
        });
    };
    return names_idx(entries(directory, false)) || names_idx(entries(directory, true));
}

bool has_image_folders(const std::string& directory) {
    return has_class_folders(directory) || has_class_folders(directory + "/train");
}

ImageFolders read_image_folders(const std::string& directory, const std::vector<std::string>& given) {
    const std::string train = directory + "/train";
    const std::string test = directory + "/test";
    if (!has_class_folders(train)) {
        const std::vector<std::string> folders = class_folders(directory);
        std::vector<std::string> classes = classes_of(directory, folders, given);
        Dataset images = read_part(directory, folders, classes);
        return {std::move(images), {}, std::move(classes)};
    }
    const std::vector<std::string> folders = class_folders(train);
    std::vector<std::string> classes = classes_of(train, folders, given);
    Dataset images = read_part(train, folders, classes);
    if (!has_class_folders(test)) {
        return {std::move(images), {}, std::move(classes)};
    }
    if (const std::vector<std::string> others = class_folders(test); others != folders) {
        const auto differ = std::mismatch(folders.begin(), folders.end(), others.begin(), others.end());
        const auto named = [](auto at, auto end) { return at == end ? "none" : in_quotes(*at); };
        throw IoError(test + ": expected the folders of " + train + ": " +
                      named(differ.first, folders.end()) + ", found " + named(differ.second, others.end()));
    }
    Dataset tests = read_part(test, folders, classes);
    if (tests.image_rows() != images.image_rows() || tests.image_cols() != images.image_cols()) {
        throw IoError(test + ": expected images of " + std::to_string(images.image_rows()) + " x " +
                      std::to_string(images.image_cols()) + " pixels, as in " + train + ", found " +
                      std::to_string(tests.image_rows()) + " x " + std::to_string(tests.image_cols()));
    }
    return {std::move(images), std::move(tests), std::move(classes)};
}

}  // namespace thalweg::cli
