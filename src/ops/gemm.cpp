// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Cuts a product: over threads by whole rows and columns of the output, never over k, and each thread's share
// into blocks that stay in its caches. No cut changes a bit: every element remains one chain over ascending
// k.
#include "ops/gemm.hpp"

#include <algorithm>

#include "core/of_this_thread.hpp"
#include "core/scratch_buffer.hpp"
#include "dispatch/caches.hpp"
#include "dispatch/dispatch.hpp"
#include "ops/blocking.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg::ops {
namespace {

using kernels::GemmBlock;
using kernels::Kernels;

// The size of equal parts of `total` that are at most `most`: 768 are twice 384, not 512 and a rest.
std::size_t even_part(std::size_t total, std::size_t most) {
    const std::size_t parts = (total + most - 1) / most;
    return parts <= 1 ? total : (total + parts - 1) / parts;
}

// Rows [i, i + m), columns [j, j + n) and steps [p, p + k) of a block. After the first steps c holds the
// start.
template <class T>
GemmBlock<T> part_of(const GemmBlock<T>& whole, std::size_t i, std::size_t m, std::size_t j, std::size_t n,
                     std::size_t p, std::size_t k) {
    GemmBlock<T> part = whole;
    part.m = m;
    part.n = n;
    part.k = k;
    part.a += i * whole.a_row + p * whole.a_col;
    part.b += p * whole.ldb + j;
    part.c += i * whole.ldc + j;
    if (p > 0) {
        part.start = part.c;
        part.start_row = whole.ldc;
    } else if (whole.start != nullptr) {
        part.start += i * whole.start_row + j;
    }
    return part;
}

enum class Path { kDirect, kStreamed, kPacked };

// What is decided about a product before its parts are computed.
template <class T>
struct Plan {
    const Kernels<T>& kernel = dispatch::active<T>();
    Blocking blocking = blocking_of(kernel, dispatch::caches());

    bool crowded(const GemmBlock<T>& block) const {
        constexpr std::size_t kPage = 4096;
        const std::size_t stride = block.ldb * sizeof(T);
        const std::size_t apart = std::min(stride & (~stride + 1), kPage);
        return apart >= 512 && block.m > blocking.many_rows && blocking.most_rows_at_one_place != 0 &&
               block.k > blocking.most_rows_at_one_place * (kPage / apart);
    }
    Path path_of(const GemmBlock<T>& block) const {
        const std::size_t bytes = block.k * block.n * sizeof(T);
        if (block.m >= blocking.fewest_rows_to_pack) {
            return bytes <= blocking.direct_bytes && !crowded(block) ? Path::kDirect : Path::kPacked;
        }
        const bool one_row = block.m == 1 && block.n >= blocking.fewest_cols_of_one_row;
        return bytes <= (one_row ? blocking.one_row_bytes : blocking.resident_bytes) ? Path::kDirect
                                                                                     : Path::kStreamed;
    }
    std::size_t depth_of(const GemmBlock<T>& block) const {
        std::size_t depth = blocking.depth;
        if (block.m < blocking.many_rows) {
            depth = std::clamp(blocking.shallow_bytes / (block.n * sizeof(T)), blocking.shallow_depth, depth);
        }
        return even_part(block.k, depth);
    }
    // Of a b that is packed as a whole, whatever the rows of a.
    std::size_t kept_depth_of(const GemmBlock<T>& block) const { return even_part(block.k, blocking.depth); }
    std::size_t kept_scratch_of(const GemmBlock<T>& block) const {
        return round_up(
            kept_depth_of(block) * kernel.gemm_rows + block.k * round_up(block.n, kernel.gemm_lanes), 64);
    }
    // Elements of scratch memory that one thread's share of a block may need, which may have few rows or
    // many.
    std::size_t scratch_of(const GemmBlock<T>& block) const {
        if (path_of(block) != Path::kPacked) {
            return 0;
        }
        const std::size_t depth = std::min(block.k, blocking.depth);
        const std::size_t most = round_up(blocking.cols, kernel.gemm_cols);
        const std::size_t cols = round_up(std::min(block.n, most), kernel.gemm_lanes);
        return round_up(depth * (cols + kernel.gemm_rows), 64);
    }
};

// Where a product's packed b comes from.
enum class PackedB {
    kRows,    // b's rows, block by block, each in the place of the one before
    kTurned,  // rows that are b's columns, likewise
    kKept,    // b's rows; every block gets a place of its own
    kThere,   // a product before, which kept it
};

template <class T>
void packed(const Plan<T>& plan, const GemmBlock<T>& block, PackedB from, T* scratch) {
    const bool keeps = from == PackedB::kKept || from == PackedB::kThere;
    const std::size_t depth = keeps ? plan.kept_depth_of(block) : plan.depth_of(block);
    T* const panel = block.n < plan.blocking.fewest_cols_to_pack_a && block.a_col == 1 ? nullptr : scratch;
    T* b = scratch + depth * plan.kernel.gemm_rows;
    // Whole strips, but for the last block.
    const std::size_t cols = round_up(even_part(block.n, round_up(plan.blocking.cols, plan.kernel.gemm_cols)),
                                      plan.kernel.gemm_cols);
    for (std::size_t j = 0; j < block.n; j += cols) {
        const std::size_t n = std::min(block.n - j, cols);
        for (std::size_t p = 0; p < block.k; p += depth) {
            const std::size_t k = std::min(block.k - p, depth);
            GemmBlock<T> part = part_of(block, 0, block.m, j, n, p, k);
            if (from == PackedB::kTurned) {
                plan.kernel.pack_b_turned(block.b + j * block.ldb + p, block.ldb, k, n, b);
            } else if (from != PackedB::kThere) {
                plan.kernel.pack_b(part.b, part.ldb, k, n, b);
            }
            part.b = b;
            plan.kernel.gemm_packed(part, panel);
            b += keeps ? k * round_up(n, plan.kernel.gemm_lanes) : 0;
        }
    }
}

template <class T>
void serial(const Plan<T>& plan, const GemmBlock<T>& block, Path path, T* scratch) {
    if (path == Path::kDirect) {
        plan.kernel.gemm(block);
    } else if (path == Path::kPacked) {
        packed(plan, block, PackedB::kRows, scratch);
    } else {
        const bool far = block.k * block.ldb * sizeof(T) > plan.blocking.near_bytes;
        plan.kernel.gemm_streamed(block, far ? plan.blocking.far_depth : plan.blocking.near_depth,
                                  far ? plan.blocking.far_ahead : 0);
    }
}

// What of m or n a cut in so many parts, at multiples of a unit, leaves the largest part.
std::size_t largest_part(std::size_t total, std::size_t unit, std::size_t parts) {
    const std::size_t units = round_up(total, unit) / unit;
    return (units + parts - 1) / parts * unit;
}

// A team as a grid over the output: the split whose largest share takes least, rows before columns. Where a
// share is packed, a vector of b counts as three multiply-adds a step of k, one of a, which is turned, as
// four.
struct Grid {
    std::size_t rows;
    std::size_t cols;
};
Grid grid_of(std::size_t team, std::size_t m, std::size_t row_unit, std::size_t n, std::size_t col_unit,
             bool packed) {
    Grid best{team, 1};
    std::size_t least = 0;
    for (std::size_t cols = 1; cols <= team; ++cols) {
        if (team % cols != 0) {
            continue;
        }
        const std::size_t rows = team / cols;
        const std::size_t its_rows = largest_part(m, row_unit, rows);
        const std::size_t its_cols = largest_part(n, col_unit, cols);
        const std::size_t share = its_rows * its_cols + (packed ? 3 * its_cols + 4 * its_rows : 0);
        if (cols == 1 || share < least) {
            best = {rows, cols};
            least = share;
        }
    }
    return best;
}

template <class T>
void multiply(const GemmBlock<T>& whole) {
    const core::FloatControlScope standard;
    const Plan<T> plan;
    const std::size_t team = parallel::team_size(whole.m * whole.n * whole.k, parallel::kProductGrain);
    const Path path = plan.path_of(whole);
    ScratchBuffer& buffer = of_this_thread<ScratchBuffer, Plan<T>>();
    const std::size_t scratch = plan.scratch_of(whole);
    T* const all_scratch = scratch == 0 ? nullptr : buffer.reserve<T>(scratch * team);
    if (team == 1) {
        serial(plan, whole, path, all_scratch);
        return;
    }
    // Panels where rows are packed; elsewhere a cut at any multiple of the vector does.
    const Kernels<T>& kernel = plan.kernel;
    const std::size_t row_unit = path == Path::kPacked ? kernel.gemm_rows : kernel.gemm_lanes;
    const std::size_t col_unit = path == Path::kPacked ? kernel.gemm_cols : kernel.gemm_lanes;
    const Grid grid = grid_of(team, whole.m, row_unit, whole.n, col_unit, path == Path::kPacked);
    parallel::run(team, [&](parallel::Part part) {
        // A team may come out smaller than asked for: then parts are done by whoever is there.
        for (std::size_t cell = part.index; cell < team; cell += part.count) {
            const auto rows = parallel::Part{cell / grid.cols, grid.rows}.share(whole.m, row_unit);
            const auto cols = parallel::Part{cell % grid.cols, grid.cols}.share(whole.n, col_unit);
            if (rows.first < rows.last && cols.first < cols.last) {
                serial(plan,
                       part_of(whole, rows.first, rows.last - rows.first, cols.first, cols.last - cols.first,
                               0, whole.k),
                       path, all_scratch + cell * scratch);
            }
        }
    });
}

template <class T>
void alone(const GemmBlock<T>& block, T* scratch) noexcept {
    const Plan<T> plan;
    serial(plan, block, plan.path_of(block), scratch);
}

// b's columns as rows: packed as they are, or brought into rows first.
template <class T>
std::size_t turned_scratch(const GemmBlock<T>& block) {
    const Plan<T> plan;
    return plan.path_of(block) == Path::kPacked ? plan.scratch_of(block) : round_up(block.k * block.n, 64);
}
template <class T>
void turned_alone(const GemmBlock<T>& block, T* scratch) noexcept {
    const Plan<T> plan;
    const Path path = plan.path_of(block);
    if (path == Path::kPacked) {
        packed(plan, block, PackedB::kTurned, scratch);
        return;
    }
    GemmBlock<T> rows = block;
    plan.kernel.transpose(block.b, block.ldb, block.n, block.k, scratch, block.n);
    rows.b = scratch;
    rows.ldb = block.n;
    serial(plan, rows, path, scratch);
}

// Whether the parts of a product share a packed b: not where it takes more memory than that is worth, which
// is little beside the work of many steps.
template <class T>
bool parts_share(const Plan<T>& plan, const GemmBlock<T>& block) {
    GemmBlock<T> of_many_rows = block;
    of_many_rows.m = plan.blocking.many_rows + 1;
    return block.k * block.n * sizeof(T) <= plan.blocking.most_kept_bytes &&
           plan.path_of(of_many_rows) == Path::kPacked;
}
template <class T>
std::size_t parts_scratch(const GemmBlock<T>& block) {
    const Plan<T> plan;
    return parts_share(plan, block) ? plan.kept_scratch_of(block) : plan.scratch_of(block);
}
template <class T>
void part_alone(const GemmBlock<T>& block, bool first, T* scratch) noexcept {
    const Plan<T> plan;
    if (parts_share(plan, block)) {
        packed(plan, block, first ? PackedB::kKept : PackedB::kThere, scratch);
    } else {
        serial(plan, block, plan.path_of(block), scratch);
    }
}

}  // namespace

std::size_t gemm_scratch(const GemmBlock<float>& block) {
    return Plan<float>().scratch_of(block);
}
std::size_t gemm_scratch(const GemmBlock<double>& block) {
    return Plan<double>().scratch_of(block);
}
void gemm_alone(const GemmBlock<float>& block, float* scratch) noexcept {
    alone(block, scratch);
}
void gemm_alone(const GemmBlock<double>& block, double* scratch) noexcept {
    alone(block, scratch);
}

std::size_t gemm_turned_scratch(const GemmBlock<float>& block) {
    return turned_scratch(block);
}
std::size_t gemm_turned_scratch(const GemmBlock<double>& block) {
    return turned_scratch(block);
}
void gemm_turned_alone(const GemmBlock<float>& block, float* scratch) noexcept {
    turned_alone(block, scratch);
}
void gemm_turned_alone(const GemmBlock<double>& block, double* scratch) noexcept {
    turned_alone(block, scratch);
}

bool gemm_parts_share(const GemmBlock<float>& block) {
    return parts_share(Plan<float>(), block);
}
bool gemm_parts_share(const GemmBlock<double>& block) {
    return parts_share(Plan<double>(), block);
}
std::size_t gemm_parts_scratch(const GemmBlock<float>& block) {
    return parts_scratch(block);
}
std::size_t gemm_parts_scratch(const GemmBlock<double>& block) {
    return parts_scratch(block);
}
void gemm_part_alone(const GemmBlock<float>& block, bool first, float* scratch) noexcept {
    part_alone(block, first, scratch);
}
void gemm_part_alone(const GemmBlock<double>& block, bool first, double* scratch) noexcept {
    part_alone(block, first, scratch);
}

void gemm(const GemmBlock<float>& block) {
    multiply(block);
}
void gemm(const GemmBlock<double>& block) {
    multiply(block);
}

}  // namespace thalweg::ops
