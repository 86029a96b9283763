// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// saver FILE.npz: saves n = 1, 2, 3, ... over and over into one file until it is killed; prints each n when
// it is saved.
#include <cstdint>
#include <cstdio>

#include "thalweg/npy.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("saver: expected a file name\n", stderr);
        return 2;
    }
    for (std::uint32_t n = 1;; ++n) {
        thalweg::Matrix<double> x(40, 40);
        for (std::size_t i = 0; i < x.size(); ++i) {
            x.data()[i] = n;
        }
        thalweg::save_npz(argv[1], {{"n", n}, {"x", x}});
        std::printf("%u\n", static_cast<unsigned>(n));
        std::fflush(stdout);
    }
}
