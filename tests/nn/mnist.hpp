// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The real MNIST, on machines that have it.
#pragma once

#include <cstdlib>

#include "support/catch.hpp"
#include "thalweg/images.hpp"
#include "thalweg/version.hpp"

namespace thalweg::test {

// Loaded when it is first asked for; nullptr when THALWEG_MNIST does not say where it is, or where this build
// cannot read its compressed files.
inline const TrainTest* mnist() {
    static const TrainTest* const data = []() -> const TrainTest* {
        const char* const directory = std::getenv("THALWEG_MNIST");
        if (directory == nullptr || *directory == '\0' || !build_info().zlib) {
            return nullptr;
        }
        static const TrainTest loaded = load_mnist(directory);
        return &loaded;
    }();
    return data;
}

}  // namespace thalweg::test

#define SKIP_WITHOUT_MNIST()                                                                         \
    if (thalweg::test::mnist() == nullptr) {                                                         \
        WARN(                                                                                        \
            "skipped: THALWEG_MNIST, the directory of the four MNIST files, is not set, or zlib is " \
            "missing");                                                                              \
        return;                                                                                      \
    }
