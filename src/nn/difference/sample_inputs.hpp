// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The inputs of each sample, listed so that nothing is done twice: an input that is 0 moves nothing and is
// left out, and equal inputs of one sample move its loss equally, so each different value gets one slot.
//
//   input i       0    1    2    3    4    5    6          nonzero e     0    1    2    3
//   x             0   .5    0  .25   .5    0  the bias: 1  input_of(e)   1    3    4    6
//                                                          slot_of(e)    0    1    0    2
//   slots: .5, .25, 1; kept of each is sinh(h x) and cosh(h x) - 1
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// What a thread needs while it lists a sample: a hash table from values to slots, and the slots in double.
struct ListScratch {
    void resize(std::size_t inputs);
    // The table begins with no value of any sample. Between samples it need not be emptied: a place counts
    // when the sample at hand has stamped it.
    void forget() noexcept;

    std::vector<double> values;  // by place in the table, like the next two
    std::vector<std::uint32_t> slots;
    std::vector<std::uint32_t> stamps;  // sample + 1
    std::vector<double> hx;             // by slot, like the next two
    std::vector<double> sinh_hx;
    std::vector<double> cosh1_hx;
};

template <class T>
class SampleInputs {
public:
    // For so many samples, whose inputs are counted with the bias. spread: as small_moves() wants it.
    // throws   std::bad_alloc
    void prepare(std::size_t samples, std::size_t inputs, double h, double spread);
    // Lists sample n, whose inputs but the bias are at x.
    void list(const T* x, std::size_t n, ListScratch& scratch) noexcept;

    // With the bias.
    std::size_t inputs() const noexcept { return inputs_; }
    std::size_t nonzeros(std::size_t n) const noexcept { return samples_[n].nonzeros; }
    std::size_t slots(std::size_t n) const noexcept { return samples_[n].slots; }
    bool moves_are_small(std::size_t n) const noexcept { return samples_[n].small; }
    const std::uint32_t* input_of(std::size_t n) const noexcept { return input_of_.data() + n * inputs_; }
    const std::uint32_t* slot_of(std::size_t n) const noexcept { return slot_of_.data() + n * inputs_; }
    const T* sinh_hx(std::size_t n) const noexcept { return sinh_hx_.data() + n * inputs_; }
    const T* cosh1_hx(std::size_t n) const noexcept { return cosh1_hx_.data() + n * inputs_; }
    void prefetch(std::size_t n) const noexcept;

private:
    struct Sample {
        std::uint32_t nonzeros;
        std::uint32_t slots;
        bool small;
    };

    std::size_t inputs_ = 0;
    double h_ = 0.0;
    double spread_ = 0.0;
    std::vector<Sample> samples_;
    std::vector<std::uint32_t> input_of_;  // [sample][nonzero]
    std::vector<std::uint32_t> slot_of_;   // [sample][nonzero]
    Matrix<T> sinh_hx_;                    // [sample][slot]
    Matrix<T> cosh1_hx_;                   // [sample][slot]
};

}  // namespace thalweg::nn
