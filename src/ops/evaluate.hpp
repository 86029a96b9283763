// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs recorded programs: into a matrix, or block by block for whoever folds what comes out.
//
// A program runs in pieces, runs of consecutive elements for which every operand is an array of as many, or
// one number. How a piece is cut depends on the operands' layout and changes no bit:
//   flat     nothing has gaps and nothing is repeated: everything is one run
//   by rows  rows are long: a piece is a row, for which a column operand is a number
//   strips   rows are short: a piece is several rows; what is repeated or has gaps is copied beside them
//   first
#pragma once

#include <cstddef>

#include "core/inline_vector.hpp"
#include "ops/bound_plan.hpp"
#include "ops/plan.hpp"
#include "thalweg/array.hpp"

namespace thalweg::ops {

// Rows of fewer columns are taken in strips.
inline constexpr std::size_t kShortRow = 256;

// A program that is ready to run over parts of its shape; any number of threads may, each with a Runner.
// Valid until the thread that made it makes another one.
template <class T>
class Prepared {
public:
    // out_flat: what it is to be written to has no gaps.
    Prepared(const arrays::Program<T>& program, bool out_flat);

    enum class Cut : std::uint8_t { kFlat, kRows, kStrips };
    Cut cut() const noexcept { return cut_; }
    std::size_t rows() const noexcept { return rows_; }
    std::size_t cols() const noexcept { return cols_; }
    std::size_t rows_a_strip() const noexcept { return rows_a_strip_; }
    bool has_functions() const noexcept { return plan_->blocked; }
    // What a Runner needs beside itself, in bytes; a multiple of 64, often 0.
    std::size_t scratch_bytes() const noexcept { return scratch_bytes_; }

private:
    template <class>
    friend class Runner;

    enum class Layout : std::uint8_t { kNumber, kFlat, kGaps, kRow, kColumn };
    void choose_cut(bool out_flat) noexcept;
    const ArrayPlan& plan_for(const arrays::Program<T>& program) const;
    void measure_scratch() noexcept;

    const arrays::Leaf<T>* leaves_;
    std::size_t rows_;
    std::size_t cols_;
    Cut cut_ = Cut::kFlat;
    std::size_t rows_a_strip_ = 1;
    std::size_t copies_ = 0;  // leaves that strips copy
    bool copy_out_ = false;
    std::size_t scratch_bytes_ = 0;
    InlineVector<Layout, 8> layouts_;
    const ArrayPlan* plan_;
};

// Runs a prepared program, for one thread.
template <class T>
class Runner {
public:
    // scratch: scratch_bytes() of memory, 64-byte aligned.
    Runner(const Prepared<T>& prepared, unsigned char* scratch) noexcept;
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    // n elements from `first` on, in row order; only where the cut is flat.
    void flat(std::size_t first, std::size_t n, T* out) noexcept;
    // Goes on with a sum of those elements; false where there is no loop for it.
    bool sum(std::size_t first, std::size_t n, T* kept) noexcept;
    // Rows [first, last), into out, whose rows are ld elements apart.
    void rows(std::size_t first, std::size_t last, T* out, std::size_t ld) noexcept;

private:
    template <class>
    friend class Prepared;
    using Cut = typename Prepared<T>::Cut;
    using Layout = typename Prepared<T>::Layout;

    void move_to(std::size_t first) noexcept;
    void row(std::size_t i, T* out) noexcept;
    void strip(std::size_t first, std::size_t count, T* out, std::size_t ld) noexcept;
    const Prepared<T>& prepared_;
    BoundPlan<T> bound_;  // its inputs are those of the piece
    T* copies_;           // of the leaves that strips copy, then of out
    // Short programs need no more.
    static constexpr std::size_t kNearBytes = 1536;
    alignas(64) unsigned char near_[kNearBytes];
};

// The scratch of a team, kept from call to call by the calling thread; nullptr where none is needed.
template <class T>
unsigned char* scratch_of(const Prepared<T>& prepared, std::size_t team);

}  // namespace thalweg::ops
