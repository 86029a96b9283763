// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// copy_arrays FROM TO [deflate]: loads .npy or .npz, saves it under another name, without the members that
// cannot be read, which it lists. What test_numpy.py lets NumPy write and read on either side.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "thalweg/npy.hpp"

int main(int count, char** arguments) {
    if (count < 3) {
        std::fprintf(stderr, "usage: copy_arrays FROM TO [deflate]\n");
        return 2;
    }
    const std::string from = arguments[1];
    try {
        if (from.ends_with(".npz")) {
            std::vector<thalweg::NpzMember> arrays;
            for (const thalweg::NpzMember& member : thalweg::load_npz(from)) {
                if (member.array.error().empty()) {
                    arrays.push_back(member);
                } else {
                    std::fprintf(stderr, "%s: %s\n", member.name.c_str(), member.array.error().c_str());
                }
            }
            thalweg::save_npz(arguments[2], arrays, {.deflate = count > 3});
        } else {
            thalweg::save_npy(arguments[2], thalweg::load_npy(from));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
