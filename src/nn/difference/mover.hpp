// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// O(u) = f(sum + u) - f(sum - u), f a sample's loss, for moves of units' sums: each move goes through the
// rest of the net by the identities of kernels/moves.hpp.
//
//   moves of a layer's sums   a row a unit of that layer, a column a move: all to one side, then all to the
//                             other
//   through a layer           W^T times the moves of the outputs before it
//
// A column concerns no other one, so it changes no bit how they are cut into blocks.
#pragma once

#include <cstddef>

#include "core/scratch_buffer.hpp"
#include "nn/difference/moved_net.hpp"
#include "nn/difference/nodes.hpp"

namespace thalweg::nn {

// What it takes to ask about one layer of one sample.
struct MovedLayer {
    const MovedNet& net;
    const MovedSamples& samples;
    const Reach& reach;
    std::size_t sample;
    std::size_t layer;
    double most;  // no move is larger
};

// Of a unit's moves and those of what crosses 0 behind it. With more the way through whole layers is faster.
inline constexpr std::size_t kMostRows = 8;

// One thread's.
class Mover {
public:
    // throws   std::bad_alloc
    void prepare(const MovedNet& net, std::size_t samples);
    // Of products: MovedSamples::run() needs it, too.
    double* scratch() noexcept { return scratch_; }

    // O(u[k]) of every unit j: out[k * ld + j].
    // shape    u: count, at most kMostNodes
    void units(const MovedLayer& at, const double* u, std::size_t count, double* out,
               std::size_t ld) noexcept;
    // The same where no unit crosses a kink. crosses[j] != 0 where one does: out then says nothing of j.
    void units_without_kinks(const MovedLayer& at, const double* u, std::size_t count, double* out,
                             std::size_t ld, unsigned char* crosses) noexcept;
    // O(u[r]) of unit j.
    void unit(const MovedLayer& at, std::size_t j, const double* u, std::size_t count, double* out) noexcept;

private:
    struct Block {
        double* moves;
        std::size_t columns;
    };
    std::size_t units_at_once(std::size_t count) const noexcept;
    void pass(const MovedLayer& at, std::size_t into, Block& block) noexcept;
    void through(const MovedLayer& at, Block& block) noexcept;
    bool unit_across(const MovedLayer& at, std::size_t j, const double* u, std::size_t count,
                     double* out) noexcept;
    std::size_t add_crossing(const MovedLayer& at, std::size_t l, std::size_t rows, Block& block) noexcept;
    Block slopes(const MovedLayer& at, std::size_t first, std::size_t units) noexcept;
    void losses(const MovedLayer& at, const Block& block, double* out) noexcept;
    void last_layer(const MovedLayer& at, std::size_t j, const double* u, std::size_t count,
                    double* out) noexcept;
    void start(const MovedLayer& at, std::size_t first, std::size_t units, const double* u,
               std::size_t count) noexcept;

    std::size_t columns_ = 0;  // of a block
    ScratchBuffer memory_;
    double* scratch_ = nullptr;
    double* moves_[2] = {};     // [widest][columns]
    double* own_ = nullptr;     // [columns]
    double* turned_ = nullptr;  // [columns]
    double* found_ = nullptr;   // [columns]
    double* margin_ = nullptr;  // [columns]
    // Of a unit some of whose moves cross a kink: what the moves of sums are made of, see unit_across().
    std::size_t most_rows_ = 0;
    double* parts_[2] = {};      // [widest][kMostRows]
    double* reaches_ = nullptr;  // [kMostRows]
};

}  // namespace thalweg::nn
