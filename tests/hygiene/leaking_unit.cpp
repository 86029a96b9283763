// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A kernel unit with every leak that tools/check_isa_symbols.py has to find: a shared standard function,
// strong symbols without the name of the level, one that another unit of the level should define and does
// not, a constructor before main(). Never linked into anything.
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

namespace leaking {
// What a level's units may give each other.
int of_this_level();
template <class T>
int kernel_of_this_level(T value) {
    return value > T(0) ? 4 : 5;
}
template int kernel_of_this_level(float);
int of_this_level() {
    return 6;
}
int defined_nowhere();
[[gnu::used]] int calls_what_is_nowhere() {
    return defined_nowhere();
}
}  // namespace leaking

namespace leaking_not {
int of_another_level() {
    return 7;
}
}  // namespace leaking_not

// What two levels would share: one definition for the linker to choose.
[[gnu::used]] inline int shared_by_all_levels() {
    return 3;
}

}  // namespace thalweg::kernels
