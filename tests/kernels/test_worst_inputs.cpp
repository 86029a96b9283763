// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The worst inputs known, as the kernel headers and docs/numerics.md state them: still these results, still
// these errors. find_worst_inputs.cpp looks for worse ones.
#include <cmath>
#include <limits>
#include <stdexcept>
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
    double ulp;  // computed with 300 bits
};

const WorstInput kWorstInputs[] = {
    {"exp", true, -0x1.97781788f50bcp+5, 0x1.6ea881e618856p-74, 0.9859},
    {"exp", false, -0x1.ae5d9547f551cp+7, 0x1.7898637099ba4p-311, 0.9556},
    {"log", true, 0x1.675a618f56fd1p-1, -0x1.6a84086a1a44p-2, 0.8773},
    {"log", false, 0x1.69f1850ba3d0fp-1, -0x1.6329277df1e92p-2, 0.8838},
    {"expm1", true, 0x1.64d48565b3cb5p-2, 0x1.aae62fe26d96ep-2, 0.6150},
    {"expm1", false, 0x1.64d48565b3cb5p-2, 0x1.aae62fe26d96ep-2, 0.6150},
    {"log1p", true, -0x1.2e063a12e4701p-2, -0x1.65de2db76612ep-2, 0.6527},
    {"log1p", false, -0x1.2db75222e7ed2p-2, -0x1.656e49a579252p-2, 0.6670},
    {"log2", true, 0x1.67fe82832a053p+0, 0x1.f7a2390a01f96p-2, 0.7359},
    {"log2", false, 0x1.6568dc0142e7fp+0, 0x1.ecfd3157a3364p-2, 0.7357},
    {"log10", true, 0x1.5364b9159bc4fp+0, 0x1.f59c46d3f45b8p-4, 0.6751},
    {"log10", false, 0x1.5364bf6c5131bp+0, 0x1.f59c680d1761ap-4, 0.6738},
    {"tanh", true, 0x1.662ced9c501eap-3, 0x1.62915dc55ae75p-3, 0.5756},
    {"tanh", false, 0x1.662ced9c501eap-3, 0x1.62915dc55ae75p-3, 0.5756},
    {"softplus", true, -0x1.ba82af688f59cp+1, 0x1.fc763b7f09bd4p-6, 1.4647},
    {"softplus", false, 0x1.67c62a7cf555fp-2, 0x1.c4b1dedbb29cp-1, 1.4657},
    {"sigmoid", true, -0x1.3642511a2b304p+2, 0x1.fe2b4938fed1ap-8, 1.4822},
    {"sigmoid", false, -0x1.3642511a2b304p+2, 0x1.fe2b4938fed1ap-8, 1.4822},
    {"sigmoid_grad", true, -0x1.36107f89134cbp+2, 0x1.fbb710e5dbef3p-8, 4.2254},
    {"sigmoid_grad", false, -0x1.36107f89134cbp+2, 0x1.fbb710e5dbef3p-8, 4.2254},
    {"sin", true, 0x1.956de96e88176p-1, 0x1.6c5e521fb9948p-1, 0.5349},
    {"sin", false, 0x1.9264235a6e9f4p-1, 0x1.6a3a46546d302p-1, 0.5353},
    {"cos", true, 0x1.901dcf1f7b3eap+29, 0x1.6cbb517db1555p-1, 0.5369},
    {"cos", false, 0x1.901dcf1f7b3eap+29, 0x1.6cbb517db1555p-1, 0.5369},
    {"erf", true, 0x1.e8001f51d7434p-2, 0x1.ffa806b7c6d22p-2, 0.6993},
    {"erf", false, 0x1.cc124929d4afap-2, 0x1.e638bf022cf64p-2, 0.7462},
    {"gelu", true, -0x1.632a1c14425f7p+1, -0x1.f65577f6c830fp-8, 4.7810},
    {"gelu", false, -0x1.632a1c14425f7p+1, -0x1.f65577f6c830fp-8, 4.7810},
    {"gelu_tanh", true, -0x1.7d24d05f69a7cp+1, -0x1.ffb1d46f58fedp-9, 2.9743},
    {"gelu_tanh", false, -0x1.d59c0ffe25355p+0, -0x1.f4b059448ceffp-5, 2.9717},
    {"sinh", true, 0x1.6ec21d3d53148p+0, 0x1.f9bdf3daf57bcp+0, 1.5824},
    {"sinh", false, 0x1.6ec21d3d53148p+0, 0x1.f9bdf3daf57bcp+0, 1.5824},
    {"cosh1", true, 0x1.0eb63aacc735ap+0, 0x1.39f5c3ff779b8p-1, 2.8393},
    {"cosh1", false, 0x1.09f4f77118f1bp+0, 0x1.2e1045d650b6p-1, 2.7974},
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
    {"log", &kernels::Kernels<float>::log, 0x1.b121a6p+76F, 0x1.a9a3f2p+5F},
    {"expm1", &kernels::Kernels<float>::expm1, 0x1.84a5bap-4F, 0x1.97aed6p-4F},
    {"log1p", &kernels::Kernels<float>::log1p, 0x1.800006p-21F, 0x1.7ffffep-21F},
    {"log1p", &kernels::Kernels<float>::log1p, -0x1.7ffffap-21F, -0x1.800002p-21F},
    {"log2", &kernels::Kernels<float>::log2, 0x1.40f572p-2F, -0x1.ac7b44p+0F},
    {"log10", &kernels::Kernels<float>::log10, 0x1.0acfc8p+67F, 0x1.42fdd8p+4F},
    {"tanh", &kernels::Kernels<float>::tanh, 0x1.86fbc4p-10F, 0x1.86fbb2p-10F},
    {"sigmoid", &kernels::Kernels<float>::sigmoid, -0x1p-24F, 0.5F},
    {"sin", &kernels::Kernels<float>::sin, 0x1.487e0cp+103F, 0x1.287508p-2F},
    {"cos", &kernels::Kernels<float>::cos, 0x1.2b9622p+67F, 0x1.f0285ep-1F},
    {"erf", &kernels::Kernels<float>::erf, 0x1.81d5acp-13F, 0x1.b35e28p-13F},
};

// A unit in the last place of long double, in those of double: 2^-11 on x86, 2^-60 where long double has 113
// bits.
double long_double_unit() {
    return std::ldexp(1.0, std::numeric_limits<double>::digits - std::numeric_limits<long double>::digits);
}

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
                CHECK(std::fabs(ulp - worst.ulp) <= 0.00005 + function.truth_units * long_double_unit());
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

TEST_CASE("softmax's exponential at its worst inputs", "[kernels][accuracy]") {
    // The oracle's, whose bits test_softmax.cpp finds in the kernels.
    const float with_fma = -0x1.5a9366p+6F;
    const float without = -0x1.4c97p+2F;
    CHECK(shifted_exp(Rounding::kFma, with_fma) == 0x1.ffb876p-126F);
    CHECK(shifted_exp(Rounding::kMulAdd, without) == 0x1.6ab904p-8F);
    const auto truth = function<float>("exp").truth;
    CHECK(ulp_error(0x1.ffb876p-126F, truth(static_cast<long double>(with_fma))) > 4.49);
    CHECK(ulp_error(0x1.6ab904p-8F, truth(static_cast<long double>(without))) > 1.16);
}
