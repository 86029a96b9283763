// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products of one shape, shared out over threads by products, or by blocks of their rows where these do not
// come out even. A few products take all threads each.
#include <algorithm>

#include "core/of_this_thread.hpp"
#include "core/scratch_buffer.hpp"
#include "dispatch/dispatch.hpp"
#include "ops/gemm.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg::ops {
namespace {

using kernels::GemmBlock;

// How many blocks of rows make the shares of a team even: units are dealt out in order, so that some eight a
// thread differ little.
std::size_t blocks_of(std::size_t count, std::size_t team, std::size_t m, std::size_t rows) {
    if (count % team == 0 || count >= 8 * team) {
        return 1;
    }
    return std::min((8 * team + count - 1) / count, std::max(std::size_t{1}, m / (4 * rows)));
}

template <class T>
std::size_t lines(std::size_t count) {
    constexpr std::size_t kLine = 64 / sizeof(T);
    return (count + kLine - 1) / kLine * kLine;
}

// One thread's: b as rows, and what the product takes.
template <class T>
class Worker {
public:
    Worker(const GemmBlock<T>& one, const Batches& batches, T* scratch) : one_(one), batches_(batches) {
        turned_ = scratch;
        scratch_ = batches.b_turned ? scratch + lines<T>(one.k * one.n) : scratch;
    }
    static std::size_t scratch(const GemmBlock<T>& one, const Batches& batches) {
        return lines<T>(gemm_scratch(one)) + (batches.b_turned ? lines<T>(one.k * one.n) : 0);
    }

    // Product i, but for its c and rows.
    GemmBlock<T> product(std::size_t i) {
        GemmBlock<T> block = one_;
        block.a += batches_.offset(batches_.a, i);
        block.b += batches_.offset(batches_.b, i);
        block.c += i * one_.m * one_.n;
        if (batches_.b_turned) {
            if (block.b != from_) {
                dispatch::active<T>().transpose(block.b, one_.ldb, one_.n, one_.k, turned_, one_.n);
                from_ = block.b;
            }
            block.b = turned_;
            block.ldb = one_.n;
        }
        return block;
    }
    void rows(GemmBlock<T> block, std::size_t first, std::size_t count) const noexcept {
        block.m = count;
        block.a += first * block.a_row;
        block.c += first * block.ldc;
        gemm_alone(block, scratch_);
    }

private:
    const GemmBlock<T>& one_;
    const Batches& batches_;
    T* turned_;
    T* scratch_;
    const T* from_ = nullptr;
};

template <class T>
void all_of(const GemmBlock<T>& one, const Batches& batches) {
    const std::size_t team =
        parallel::team_size(batches.count * one.m * one.n * one.k, parallel::kProductGrain);
    const std::size_t scratch = Worker<T>::scratch(one, batches);
    ScratchBuffer& buffer = of_this_thread<ScratchBuffer, Worker<T>>();
    if (team > 1 && batches.count < team) {
        Worker<T> worker(one, batches, buffer.reserve<T>(scratch));
        for (std::size_t i = 0; i < batches.count; ++i) {
            gemm(worker.product(i));
        }
        return;
    }
    T* const all_scratch = buffer.reserve<T>(scratch * team);
    const std::size_t unit = dispatch::active<T>().gemm_rows;
    const std::size_t blocks = blocks_of(batches.count, team, one.m, unit);
    parallel::run(team, [&](parallel::Part part) {
        Worker<T> worker(one, batches, all_scratch + part.index * scratch);
        const auto [first, last] = part.share(batches.count * blocks, 1);
        for (std::size_t u = first; u < last; ++u) {
            const auto rows = parallel::Part{u % blocks, blocks}.share(one.m, blocks == 1 ? 1 : unit);
            if (rows.first < rows.last) {
                worker.rows(worker.product(u / blocks), rows.first, rows.last - rows.first);
            }
        }
    });
}

}  // namespace

void gemm_batches(const GemmBlock<float>& one, const Batches& batches) {
    all_of(one, batches);
}
void gemm_batches(const GemmBlock<double>& one, const Batches& batches) {
    all_of(one, batches);
}

}  // namespace thalweg::ops
