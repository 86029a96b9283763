// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A directory with a folder of images for each class.
#pragma once

#include <string>
#include <vector>

#include "thalweg/images.hpp"

namespace thalweg::cli {

// Images in two parts, and what their classes are called.
struct ImageFolders {
    Dataset train;
    Dataset test;  // empty where the directory has one part
    std::vector<std::string> classes;
};

bool is_folder(const std::string& path);

// The files in a folder, sorted by name; what begins with a dot is passed over.
// throws   IoError for a folder without files
std::vector<std::string> files_in(const std::string& folder);

// Whether something in the directory is called as MNIST's files or their folders are.
bool may_have_mnist(const std::string& directory);

// Whether the directory has folders with images in them, or folders `train` and `test` of such folders.
bool has_image_folders(const std::string& directory);

// All images in grey, 8 bits deep, as they are, sorted by name. Classes are the folders, sorted: by number
// where all names are numbers; or they are those given, in that order, and some may have no folder. What
// begins with a dot is passed over.
// throws   IoError with the path: for what is no image, for images of different sizes, for a folder without
//          images or of none of the classes given, and where the parts have different folders
ImageFolders read_image_folders(const std::string& directory, const std::vector<std::string>& classes = {});

}  // namespace thalweg::cli
