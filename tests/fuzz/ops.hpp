// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The differential fuzzer's frame: operands decoded from the input, one operation run at every level that
// this machine has, and what the levels owe each other (docs/numerics.md): the same bits within a rounding
// class, a bound between the classes. The cases are in ops_*.cpp, the list of them in fuzz_ops.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "dispatch/dispatch.hpp"
#include "fuzz.hpp"
#include "kernels/table.hpp"
#include "support/oracle.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::fuzz {

// Results of either type, and indices: double holds all of them exactly.
using Values = std::vector<double>;

// What a case needs from the input. The random numbers come from a seed in it; a few bits are patched in as
// they are.
class Plan {
public:
    explicit Plan(std::span<const std::uint8_t> bytes) : cursor_(bytes) {}

    std::size_t below(std::size_t n) { return cursor_.below(n); }
    bool flag() { return cursor_.below(2) == 1; }
    // Mostly small sizes; a few beyond all register tiles.
    std::size_t size() {
        const std::size_t value = cursor_.byte();
        return value < 208 ? value % 52 : 52 + value * 7 % 150;
    }
    std::size_t size_from_1() { return 1 + size(); }
    std::uint64_t seed() { return cursor_.word(4); }
    // A scalar, often an odd one.
    template <class T>
    T number();
    // n numbers of one kind, and up to three of any bits in them.
    template <class T>
    std::vector<T> numbers(std::size_t n);
    std::vector<int> labels(std::size_t n, std::size_t classes);
    Cursor& cursor() { return cursor_; }

private:
    Cursor cursor_;
};

// A matrix with rows that start and end anywhere, in memory of exactly that size; what lies between its rows
// is NaN.
template <class T>
class Operand {
public:
    Operand(std::size_t rows, std::size_t cols, std::size_t gap, std::size_t offset)
        : rows_(rows),
          cols_(cols),
          ld_(cols + gap),
          offset_(offset),
          count_(offset + (rows == 0 ? 0 : (rows - 1) * ld_ + cols)),
          memory_(new T[count_]) {
        for (std::size_t i = 0; i < count_; ++i) {
            memory_[i] = std::numeric_limits<T>::quiet_NaN();
        }
    }
    // Place and values as the plan says.
    Operand(Plan& plan, std::size_t rows, std::size_t cols)
        : Operand(rows, cols, plan.below(5), plan.below(17)) {
        const std::vector<T> values = plan.numbers<T>(rows * cols);
        for (std::size_t i = 0; i < values.size(); ++i) {
            data()[i / cols * ld_ + i % cols] = values[i];
        }
    }
    Operand(const Operand& other)
        : Operand(other.rows_, other.cols_, other.ld_ - other.cols_, other.offset_) {
        for (std::size_t i = 0; i < count_; ++i) {
            memory_[i] = other.memory_[i];
        }
    }
    Operand& operator=(const Operand&) = delete;

    std::size_t rows() const { return rows_; }
    std::size_t cols() const { return cols_; }
    std::size_t ld() const { return ld_; }
    T* data() const { return memory_.get() + offset_; }
    MatrixView<T> view() const { return {data(), rows_, cols_, ld_}; }
    MatrixView<const T> read() const { return {data(), rows_, cols_, ld_}; }
    T at(std::size_t i, std::size_t j) const { return data()[i * ld_ + j]; }
    test::Elements<T> elements(bool transposed = false) const {
        return {data(), transposed ? 1 : ld_, transposed ? ld_ : 1};
    }

    // The elements, after a look at what lies before the first and between the rows: that must still be NaN.
    Values values() const {
        Values all;
        for (std::size_t i = 0; i < count_; ++i) {
            const bool before = i < offset_;
            const bool gap = !before && (i - offset_) % ld_ >= cols_;
            require(!(before || gap) || memory_[i] != memory_[i], "nothing is written beside an output");
            if (!before && !gap) {
                all.push_back(static_cast<double>(memory_[i]));
            }
        }
        return all;
    }

private:
    std::size_t rows_;
    std::size_t cols_;
    std::size_t ld_;
    std::size_t offset_;
    std::size_t count_;
    std::unique_ptr<T[]> memory_;
};

// Equal bits; any NaN equals any NaN.
bool same(double a, double b);
// Both NaN, or infinite with one sign, or finite: what the classes share where no bound means anything.
bool alike(double a, double b);

// Whether results number i of the class with fma and of the class without may be these two; empty: equal
// bits.
using Bound = std::function<bool(std::size_t i, double with, double without)>;

// One level of a run, and its rounding class.
struct Level {
    const kernels::KernelTable& table;
    test::Rounding rounding;

    template <class T>
    const kernels::Kernels<T>& kernels() const {
        return dispatch::part<T>(table);
    }
};

// Runs the operation at each level, with one thread or several, and holds the results against each other;
// they are returned level by level.
std::vector<Values> levels_agree(const char* what, const std::function<Values(const Level&)>& run,
                                 const Bound& bound);
// The same within the classes only.
void levels_of_a_class_agree(const char* what, const std::function<Values(const Level&)>& run);

// Ends the program with the first element that differs.
void require_same(const char* what, const Values& found, const Values& expected);

// |with - without| <= bounds[i]. Where that is NaN they are alike, since the operands are not all finite;
// where it is infinite nothing can be said: something may overflow in one class and not in the other.
Bound within(std::vector<double> bounds);

// Joins what an operation gave.
inline void append(Values& all, const Values& more) {
    all.insert(all.end(), more.begin(), more.end());
}

// The cases; each ends the program when a promise is broken.
template <class T>
using Case = void (*)(Plan&);
template <class T>
void fuzz_products(Plan& plan);
template <class T>
void fuzz_gemm_ways(Plan& plan);
template <class T>
void fuzz_nonzero(Plan& plan);
template <class T>
void fuzz_functions(Plan& plan);
template <class T>
void fuzz_arithmetic(Plan& plan);
template <class T>
void fuzz_arrays(Plan& plan);
template <class T>
void fuzz_tensors(Plan& plan);
template <class T>
void fuzz_reductions(Plan& plan);
template <class T>
void fuzz_softmax(Plan& plan);
template <class T>
void fuzz_losses(Plan& plan);
template <class T>
void fuzz_softmax_loss(Plan& plan);
template <class T>
void fuzz_moves(Plan& plan);
template <class T>
void fuzz_bytes(Plan& plan);
template <class T>
void fuzz_net(Plan& plan);
template <class T>
void fuzz_training(Plan& plan);

}  // namespace thalweg::fuzz
