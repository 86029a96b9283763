// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A program outside this tree: .ci/run compiles it against the installed library, with what pkg-config says.
#include <cstdio>
#include <string>

#include <thalweg/thalweg.hpp>

int main() {
    const thalweg::Matrix<float> a{{1, 2}, {3, 4}};
    const thalweg::Matrix<float> b = thalweg::dot(a, a.transposed());
    std::printf("thalweg %s at %s: %g %g %g %g\n", thalweg::build_info().version.c_str(),
                std::string(thalweg::name(thalweg::active_level())).c_str(), static_cast<double>(b(0, 0)),
                static_cast<double>(b(0, 1)), static_cast<double>(b(1, 0)), static_cast<double>(b(1, 1)));
    return b(0, 0) == 5 && b(0, 1) == 11 && b(1, 0) == 11 && b(1, 1) == 25 ? 0 : 1;
}
