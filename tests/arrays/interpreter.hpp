// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT
#pragma once

// What the interpreters of programs.cpp and tensors.cpp share: numbers from standard input and to standard
// output, the functions that reduce, and a program after another.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <thalweg/array.hpp>
#include <thalweg/reductions.hpp>

namespace thalweg::test {

inline void read(void* to, std::size_t count) {
    if (count != 0 && std::fread(to, 1, count, stdin) != count) {
        std::fprintf(stderr, "the input ends within a program\n");
        std::exit(2);
    }
}
inline int read_int() {
    std::int32_t value = 0;
    read(&value, sizeof value);
    return value;
}
inline void write(const void* from, std::size_t count) {
    if (count != 0 && std::fwrite(from, 1, count, stdout) != count) {
        std::exit(3);
    }
}
inline void write_int(std::size_t value) {
    const auto narrow = static_cast<std::int32_t>(value);
    write(&narrow, sizeof narrow);
}

// In the order of both scripts, whose modes end with these.
enum Reduction { kSum, kMean, kProd, kMax, kMin, kVar, kStd, kNorm, kAny, kAll, kCount, kArgmax, kArgmin };

// keep(result) of the reduction of x: of all of it, or along an axis or axes.
template <class Element, class Keep, class... Along>
void reduce(int which, const Operand<Element>& x, const Keep& keep, const Along&... along) {
    switch (which) {
        case kSum:
            return keep(thalweg::sum(x, along...));
        case kMean:
            return keep(thalweg::mean(x, along...));
        case kProd:
            return keep(thalweg::prod(x, along...));
        case kMax:
            return keep(thalweg::max(x, along...));
        case kMin:
            return keep(thalweg::min(x, along...));
        case kVar:
            return keep(thalweg::var(x, along...));
        case kStd:
            return keep(thalweg::std(x, along...));
        case kNorm:
            return keep(thalweg::norm(x, along...));
        case kAny:
            return keep(thalweg::any(x, along...));
        case kAll:
            return keep(thalweg::all(x, along...));
        case kCount:
            return keep(thalweg::count_nonzero(x, along...));
        case kArgmax:
            return keep(thalweg::argmax(x, along...));
        default:
            return keep(thalweg::argmin(x, along...));
    }
}

// Indices as the scripts read them.
inline std::vector<unsigned char> bytes_of(const std::vector<std::size_t>& values) {
    std::vector<unsigned char> bytes;
    for (const std::size_t value : values) {
        const std::uint64_t wide = value;
        const auto* const first = reinterpret_cast<const unsigned char*>(&wide);
        bytes.insert(bytes.end(), first, first + sizeof wide);
    }
    return bytes;
}

template <template <class> class Interpreter>
void run_programs() {
    for (int count = read_int(); count > 0; --count) {
        if (read_int() == 4) {
            Interpreter<float>().run();
        } else {
            Interpreter<double>().run();
        }
    }
}

}  // namespace thalweg::test
