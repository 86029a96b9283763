// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A kernel unit with every leak that tools/check_isa_symbols.py has to find: a shared standard function, a
// second strong symbol, a constructor before main(). Never linked into anything.
#include <cstddef>
#include <vector>

namespace thalweg::kernels {
namespace {

[[gnu::used, gnu::noinline]] std::size_t planted(std::size_t n) {
    std::vector<float> values(n);
    values.push_back(1.0F);
    return values.size();
}

[[gnu::used]] const std::size_t before_main = planted(3);

}  // namespace

extern const std::size_t kernels_leaking;
const std::size_t kernels_leaking = 1;

int second_strong_symbol() {
    return 2;
}

// What two levels would share: one definition for the linker to choose.
[[gnu::used]] inline int shared_by_all_levels() {
    return 3;
}

}  // namespace thalweg::kernels
