// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The worst inputs known, as the kernel headers and docs/numerics.md state them: still these results, still
// these errors. find_worst_inputs.cpp looks for worse ones.
#include <string>

#include "kernels/worst_inputs.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

struct WorstInput {
    const char* name;
    bool fma;
    double x;
    double got;
    double ulp;
};

const WorstInput kWorstInputs[] = {
    {"exp", true, 0, 0, 0},
};

// Of all floats, those whose true result is nearest to the middle of two floats.
struct HardestInput {
    const char* name;
    Unary<float> kernels::Kernels<float>::*slot;
    float x;
    float nearest;
};

const HardestInput kHardestInputs[] = {
    {"exp", &kernels::Kernels<float>::exp, -0x1.d2259ap+3F, 0x1.fa6636p-22F},
    {"log", &kernels::Kernels<float>::log, 0, 0},
    {"sigmoid", &kernels::Kernels<float>::sigmoid, -0x1p-24F, 0.5F},
};

const SearchedFunction& function_of(const std::string& name) {
    for (const SearchedFunction& function : searched_functions()) {
        if (name == function.name) {
            return function;
        }
    }
    throw std::invalid_argument(name);
}

}  // namespace

TEST_CASE("double functions at their worst inputs", "[kernels][accuracy]") {
    each_table([](const kernels::KernelTable& table) {
        for (const WorstInput& worst : kWorstInputs) {
            if (worst.fma != table.fma) {
                continue;
            }
            const SearchedFunction& function = function_of(worst.name);
            double got = 0.0;
            function.evaluate(table, &worst.x, &got, 1);
            INFO(worst.name << "(" << text_of(worst.x) << ") = " << text_of(got));
            CHECK(same_bits(got, worst.got));
            if (long_double_is_extended()) {
                const double ulp = ulp_error(got, function.truth(static_cast<long double>(worst.x)));
                CHECK(std::fabs(ulp - worst.ulp) < 0.001);
            }
        }
    });
}

TEST_CASE("float functions at their hardest inputs", "[kernels][accuracy]") {
    each_table([](const kernels::KernelTable& table) {
        for (const HardestInput& hardest : kHardestInputs) {
            float got = 0.0F;
            (table.f32.*hardest.slot)(&hardest.x, &got, 1);
            INFO(hardest.name << "(" << text_of(hardest.x) << ") = " << text_of(got));
            CHECK(same_bits(got, hardest.nearest));
        }
    });
}
