// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs recorded programs: into a matrix, or block by block for whoever folds what comes out.
//
// A program runs in pieces, runs of consecutive elements for which every operand is an array of as many, or
// one number. How a piece is cut depends on the operands' layout and changes no bit:
//   flat     nothing has gaps and nothing is repeated: everything is one run
//   by rows  rows are long: a piece is a row, for which a column operand is a number
//   strips   rows are short, or their elements are apart: a piece is some columns of several rows; what is
//            repeated or has gaps is copied beside them first
// Arrays of more axes are rows of columns as well: their other axes lie around these (tensor_axes.hpp).
#pragma once

#include <cstddef>

#include "core/inline_vector.hpp"
#include "ops/bound_plan.hpp"
#include "ops/plan.hpp"
#include "thalweg/array.hpp"

namespace thalweg::ops {

// Rows of fewer columns are taken in strips: how few depends on what a program takes to begin with a row,
// which is least for one loop, and most where functions run block by block (Zen 3: 8, 25 and 150 ns).
inline constexpr std::size_t kShortLoop = 24;
inline constexpr std::size_t kShortRow = 64;
inline constexpr std::size_t kShortBlock = 256;

// How far apart the elements of a leaf, or of what is written, are along the axes around its rows, and along
// a row.
struct Around {
    std::size_t strides[arrays::kMostAxes];
    std::size_t col;
};

// Where the rows of arrays of more than two axes are: as many places as the axes around them have, the last
// one fastest, with all rows of a matrix at each.
struct Places {
    std::size_t axes = 0;
    std::size_t extents[arrays::kMostAxes];
    std::size_t count = 1;
    const Around* leaves;  // one a leaf
    Around out;

    std::size_t offset(const Around& around, std::size_t place) const noexcept {
        std::size_t offset = 0;
        for (std::size_t k = axes; k-- > 0;) {
            offset += place % extents[k] * around.strides[k];
            place /= extents[k];
        }
        return offset;
    }
};

// Bytes as whole cache lines.
inline std::size_t lines(std::size_t bytes) noexcept {
    return (bytes + 63) / 64 * 64;
}

// A program that is ready to run over parts of its shape; any number of threads may, each with a Runner.
// Valid until the thread that made it makes another one.
template <class T>
class Prepared {
public:
    // out_flat: what it is to be written to has no gaps.
    Prepared(const arrays::Program<T>& program, bool out_flat)
        : Prepared(program, program.leaves(), program.rows(), program.cols(), out_flat, nullptr) {}
    // The leaves are matrices of so many rows and columns at each of the places, which must live on; nullptr:
    // there is one.
    Prepared(const arrays::Program<T>& program, const arrays::Leaf<T>* leaves, std::size_t rows,
             std::size_t cols, bool out_flat, const Places* places);

    enum class Cut : std::uint8_t { kFlat, kRows, kStrips };
    Cut cut() const noexcept { return cut_; }
    // Of all places.
    std::size_t rows() const noexcept { return places_ == nullptr ? rows_ : rows_ * places_->count; }
    std::size_t cols() const noexcept { return cols_; }
    // Strips of some rows that may be at several places; where they have not all columns, of rows at one.
    std::size_t strips() const noexcept {
        return split() ? strips_down(rows_) * strips_across() * rows() / rows_ : strips_down(rows());
    }
    bool has_functions() const noexcept { return plan_->blocked; }
    // What a Runner needs beside itself, in bytes; a multiple of 64, often 0.
    std::size_t scratch_bytes() const noexcept { return scratch_bytes_; }

private:
    template <class>
    friend class Runner;

    enum class Layout : std::uint8_t { kNumber, kFlat, kGaps, kRow, kColumn, kApart };
    Layout layout_of(std::size_t i) const noexcept;
    Layout layout_at_places(std::size_t i) const noexcept;
    void choose_cut(const arrays::Program<T>& program, bool out_flat) noexcept;
    void choose_strips(bool out_flat) noexcept;
    const ArrayPlan& plan_for(const arrays::Program<T>& program) const;
    void measure_scratch() noexcept;
    std::size_t offset(std::size_t leaf, std::size_t place) const noexcept {
        return places_ == nullptr ? 0 : places_->offset(places_->leaves[leaf], place);
    }
    std::size_t out_offset(std::size_t place) const noexcept {
        return places_ == nullptr ? 0 : places_->offset(places_->out, place);
    }

    // Whether strips read a copy of what lies so.
    bool copied(Layout layout) const noexcept {
        return layout != Layout::kNumber && layout != Layout::kFlat && !(one_row_ && layout == Layout::kGaps);
    }
    bool split() const noexcept { return strip_cols_ < cols_; }
    std::size_t strips_across() const noexcept { return (cols_ + strip_cols_ - 1) / strip_cols_; }
    std::size_t strips_down(std::size_t rows) const noexcept {
        return (rows + rows_a_strip_ - 1) / rows_a_strip_;
    }

    const arrays::Leaf<T>* leaves_;
    std::size_t rows_;
    std::size_t cols_;
    const Places* places_;
    Cut cut_ = Cut::kFlat;
    std::size_t rows_a_strip_ = 1;
    std::size_t strip_cols_;
    std::size_t copies_ = 0;  // leaves that strips copy
    bool copy_out_ = false;
    bool one_row_ = false;  // a strip is part of one row: what is side by side there stays where it is
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
    // Rows [first, last) of all places, into out, whose rows are ld elements apart.
    void rows(std::size_t first, std::size_t last, T* out, std::size_t ld) noexcept;
    // Strips [first, last): of the first columns all rows at a place, then of the next.
    void strips(std::size_t first, std::size_t last, T* out, std::size_t ld) noexcept;

private:
    template <class>
    friend class Prepared;
    using Cut = typename Prepared<T>::Cut;
    using Layout = typename Prepared<T>::Layout;

    // Some columns of rows that may be at several places.
    struct Piece {
        std::size_t first;
        std::size_t count;
        std::size_t col;
        std::size_t cols;
    };
    template <class Body>
    void each_place(std::size_t first, std::size_t count, const Body& body) const noexcept;
    void move_to(std::size_t first) noexcept;
    void begin_place(std::size_t place) noexcept;
    void row(std::size_t i, T* out) noexcept;
    void loop_rows(std::size_t first, std::size_t count, T* out, std::size_t ld) noexcept;
    void strip(const Piece& piece, T* out, std::size_t ld) noexcept;
    void copy_in(std::size_t leaf, const Piece& piece, T* copy) const noexcept;
    void copy_rows(Layout layout, const arrays::Leaf<T>& leaf, std::size_t apart, const T* from,
                   std::size_t rows, std::size_t cols, T* to) const noexcept;
    void copy_out(const T* result, const Piece& piece, T* out, std::size_t ld) const noexcept;

    const Prepared<T>& prepared_;
    BoundPlan<T> bound_;  // its inputs are those of the piece
    const T** starts_;    // of each leaf at this place
    T* copies_;           // of the leaves that strips copy, then of out
    // Short programs need no more.
    static constexpr std::size_t kNearBytes = 1536;
    alignas(64) unsigned char near_[kNearBytes];
};

// The scratch of a team, kept from call to call by the calling thread; nullptr where none is needed.
template <class T>
unsigned char* scratch_of(const Prepared<T>& prepared, std::size_t team);

// Leaf i is leaf (twins >> 4 i & 15), which comes first. Only where (a - b) * (a - b) has room; leaves with
// strides are not compared.
template <class T>
std::uint64_t twins_of(const arrays::Program<T>& program) noexcept {
    std::uint64_t twins = 0x76543210;
    const arrays::Leaf<T>* const leaves = program.leaves();
    const std::size_t count = program.leaf_count();
    for (std::size_t i = 2; count >= 4 && !program.wide() && i < count; ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (leaves[i].data != nullptr && leaves[i].data == leaves[j].data &&
                leaves[i].rows == leaves[j].rows && leaves[i].cols == leaves[j].cols &&
                leaves[i].ld == leaves[j].ld) {
                twins = (twins & ~(std::uint64_t{15} << 4 * i)) | std::uint64_t{j} << 4 * i;
                break;
            }
        }
    }
    return twins;
}

// Runs all of it, on a team of threads.
template <class T>
void run(const Prepared<T>& prepared, T* out, std::size_t ld);

}  // namespace thalweg::ops
