// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// answer_numpy print IN.npz: the arrays of an archive as text, each with a line "--" behind it; of those
// called mask... where they are above zero. answer_numpy make IN.npz OUT.npz: for each row (start, stop,
// step, count) of its array "ranges" arange and linspace in both types. What test_numpy_arrays.py compares
// with NumPy.
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "thalweg/npy.hpp"
#include "thalweg/print.hpp"
#include "thalweg/shape.hpp"

using namespace thalweg;

namespace {

template <class Array>
std::string text(const std::string& name, const Array& x) {
    return name.starts_with("mask") ? to_string(x > 0) : to_string(x);
}

// Two axes are printed as a matrix; as a tensor they must be the same.
template <class T>
void print(const NpzMember& member) {
    const Tensor<T> x = member.array.as<Tensor<T>>();
    const std::string all = text(member.name, x);
    if (x.rank() == 2 && text(member.name, Matrix<T>(x.matrix())) != all) {
        std::cout << "as a matrix another\n";
    }
    std::cout << all << "\n--\n";
}

void print_all(const std::string& path) {
    for (const NpzMember& member : load_npz(path)) {
        if (member.array.dtype() == DType::kFloat32) {
            print<float>(member);
        } else {
            print<double>(member);
        }
    }
}

void make_all(const std::string& path, const std::string& out) {
    const auto ranges = load_npz(path).as<Matrix<double>>("ranges");
    std::vector<NpzMember> made;
    for (std::size_t i = 0; i < ranges.rows(); ++i) {
        const double start = ranges(i, 0);
        const double stop = ranges(i, 1);
        const double step = ranges(i, 2);
        const auto count = static_cast<std::size_t>(ranges(i, 3));
        const std::string name = std::to_string(i);
        made.push_back({"arange32_" + name, arange<float>(start, stop, step)});
        made.push_back({"arange64_" + name, arange(start, stop, step)});
        made.push_back({"linspace32_" + name, linspace<float>(start, stop, count)});
        made.push_back({"linspace64_" + name, linspace(start, stop, count)});
    }
    save_npz(out, made);
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments, arguments + count);
    try {
        if (count == 3 && words[1] == "print") {
            print_all(words[2]);
        } else if (count == 4 && words[1] == "make") {
            make_all(words[2], words[3]);
        } else {
            std::fprintf(stderr, "usage: answer_numpy print IN.npz | make IN.npz OUT.npz\n");
            return 2;
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
