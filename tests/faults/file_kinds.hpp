// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#pragma once

#include <functional>
#include <string>
#include <vector>

namespace thalweg::test {

// A file of each kind, and what loads it and says whether the result is right.
struct FileKind {
    std::string name;
    std::function<void(const std::string& path)> write;
    std::function<bool(const std::string& path)> load;
};

std::vector<FileKind> kinds();

}  // namespace thalweg::test
