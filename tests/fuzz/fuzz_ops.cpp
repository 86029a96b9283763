// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The differential fuzzer: the first byte of the input says which operation and which type, the rest is its
// shapes, places and numbers.
#include "ops.hpp"

namespace {

using namespace thalweg::fuzz;

template <class T>
void run(std::size_t which, Plan& plan) {
    static constexpr Case<T> kCases[] = {
        fuzz_products<T>,   fuzz_gemm_ways<T>, fuzz_nonzero<T>,  fuzz_functions<T>,    fuzz_arithmetic<T>,
        fuzz_reductions<T>, fuzz_softmax<T>,   fuzz_losses<T>,   fuzz_softmax_loss<T>, fuzz_moves<T>,
        fuzz_bytes<T>,      fuzz_net<T>,       fuzz_training<T>, fuzz_arrays<T>,       fuzz_tensors<T>};
    kCases[which % std::size(kCases)](plan);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    Plan plan({data + 1, size - 1});
    const std::size_t which = data[0] / 2;
    data[0] % 2 == 0 ? run<float>(which, plan) : run<double>(which, plan);
    return 0;
}
