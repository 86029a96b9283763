// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Searches double functions for the input of the largest error, at every level that can run here:
//
//   find_worst_inputs [FUNCTION|all [MILLIONS [SEED]]]
//
// Half of the inputs are spread evenly over 64 cells of each range. The other half go into ever smaller
// neighbourhoods of each cell's worst: what a polynomial errs changes slowly, what roundings add to it does
// not. Truth is long double, 2^-11 of a unit of double. What it finds stands in the kernel headers, in
// docs/numerics.md and in test_worst_inputs.cpp.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "dispatch/dispatch.hpp"
#include "kernels/worst_inputs.hpp"
#include "support/compare.hpp"
#include "thalweg/simd.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

struct Worst {
    double ulp = 0.0;
    double x = 0.0;
    double got = 0.0;
};

struct Cell {
    double low;
    double high;
    Worst worst;
};

constexpr std::size_t kCells = 64;
constexpr std::size_t kBatch = 1024;
constexpr int kRounds = 16;

class Search {
public:
    Search(const SearchedFunction& function, const kernels::KernelTable& table, std::uint64_t seed)
        : function_(function), table_(table), random_(seed) {}

    Worst run(std::size_t batches) {
        Worst worst;
        for (const auto& [low, high] : function_.ranges) {
            const Worst found = in_range(low, high, batches / function_.ranges.size());
            worst = found.ulp > worst.ulp ? found : worst;
        }
        return worst;
    }

private:
    Worst in_range(double low, double high, std::size_t batches) {
        const std::size_t in_cell = std::max<std::size_t>(1, batches / 2 / kCells);
        Worst worst;
        for (std::size_t c = 0; c < kCells; ++c) {
            const double width = (high - low) / kCells;
            Cell cell{low + width * static_cast<double>(c), low + width * static_cast<double>(c + 1), {}};
            for (std::size_t i = 0; i < in_cell; ++i) {
                try_batch(cell, cell.low, cell.high);
            }
            double radius = width / 4;
            for (std::size_t i = 0; i < in_cell; ++i) {
                try_batch(cell, cell.worst.x - radius, cell.worst.x + radius);
                if ((i + 1) * kRounds / in_cell != i * kRounds / in_cell) {
                    radius /= 8;
                }
            }
            worst = cell.worst.ulp > worst.ulp ? cell.worst : worst;
        }
        return worst;
    }

    void try_batch(Cell& cell, double low, double high) {
        std::uniform_real_distribution<double> inputs(low, high);
        for (double& x : x_) {
            x = std::clamp(inputs(random_), cell.low, cell.high);
        }
        function_.evaluate(table_, x_.data(), y_.data(), kBatch);
        for (std::size_t i = 0; i < kBatch; ++i) {
            const double ulp = ulp_error(y_[i], function_.truth(static_cast<long double>(x_[i])));
            if (ulp > cell.worst.ulp) {
                cell.worst = {ulp, x_[i], y_[i]};
            }
        }
    }

    const SearchedFunction& function_;
    const kernels::KernelTable& table_;
    std::mt19937_64 random_;
    std::vector<double> x_ = std::vector<double>(kBatch);
    std::vector<double> y_ = std::vector<double>(kBatch);
};

}  // namespace

int main(int argc, char** argv) {
    const std::string wanted = argc > 1 ? argv[1] : "all";
    const std::size_t millions = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10;
    const std::uint64_t seed = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 1;
    for (const SearchedFunction& function : searched_functions()) {
        if (wanted != "all" && wanted != function.name) {
            continue;
        }
        for (const SimdLevel level : available_levels()) {
            const Worst worst =
                Search(function, dispatch::table(level), seed).run(millions * 1000000 / kBatch);
            std::printf("%s %s: %.4f ULP at %a: %a, want %a\n", function.name,
                        std::string(name(level)).c_str(), worst.ulp, worst.x, worst.got,
                        static_cast<double>(function.truth(static_cast<long double>(worst.x))));
            std::fflush(stdout);
        }
    }
    return 0;
}
