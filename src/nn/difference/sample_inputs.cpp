// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/sample_inputs.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dispatch/dispatch.hpp"
#include "nn/difference/cache_lines.hpp"
#include "nn/difference/small_moves.hpp"
#include "nn/layers/buffers.hpp"

namespace thalweg::nn {
namespace {

// Zeros come in runs: a branch for each would be predicted wrongly more often than one for eight.
constexpr std::size_t kZerosAtOnce = 8;
template <class T>
bool all_zero(const T* first, const T* last) {
    bool nonzero = false;
    for (; first != last; ++first) {
        nonzero |= *first != T(0);
    }
    return !nonzero;
}

// body(i, x[i]) for every input that is not zero, ascending.
template <class T, class Body>
void each_nonzero(const T* x, std::size_t n, const Body& body) {
    for (std::size_t i = 0; i < n; i += kZerosAtOnce) {
        const std::size_t end = std::min(i + kZerosAtOnce, n);
        if (all_zero(x + i, x + end)) {
            continue;
        }
        for (std::size_t k = i; k < end; ++k) {
            if (x[k] != T(0)) {
                body(k, static_cast<double>(x[k]));
            }
        }
    }
}

}  // namespace

void ListScratch::resize(std::size_t inputs) {
    const std::size_t places = std::bit_ceil(2 * inputs);
    values.resize(places);
    slots.resize(places);
    stamps.resize(places);
    hx.resize(inputs);
    sinh_hx.resize(inputs);
    cosh1_hx.resize(inputs);
}

void ListScratch::forget() noexcept {
    std::fill(stamps.begin(), stamps.end(), 0U);
}

template <class T>
void SampleInputs<T>::prepare(std::size_t samples, std::size_t inputs, double h, double spread) {
    inputs_ = inputs;
    h_ = h;
    spread_ = spread;
    samples_.resize(samples);
    input_of_.resize(samples * inputs);
    slot_of_.resize(samples * inputs);
    fit(sinh_hx_, samples, inputs);
    fit(cosh1_hx_, samples, inputs);
}

template <class T>
void SampleInputs<T>::list(const T* x, std::size_t n, ListScratch& scratch) noexcept {
    const std::size_t places = scratch.values.size();
    const int shift = std::countl_zero(std::uint64_t{places - 1});
    const auto stamp = static_cast<std::uint32_t>(n + 1);
    std::uint32_t* const input_of = input_of_.data() + n * inputs_;
    std::uint32_t* const slot_of = slot_of_.data() + n * inputs_;
    std::uint32_t nonzeros = 0;
    std::uint32_t slots = 0;
    double largest = 1.0;
    const auto enter = [&](std::size_t i, double value) {
        // Fibonacci hashing: the high bits of the product depend on all bits of the value.
        auto place =
            static_cast<std::size_t>(std::bit_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15ULL >> shift);
        while (scratch.stamps[place] == stamp && scratch.values[place] != value) {
            place = (place + 1) & (places - 1);
        }
        if (scratch.stamps[place] != stamp) {
            scratch.stamps[place] = stamp;
            scratch.values[place] = value;
            scratch.slots[place] = slots;
            largest = std::max(largest, std::fabs(value));
            scratch.hx[slots++] = h_ * value;
        }
        slot_of[nonzeros] = scratch.slots[place];
        input_of[nonzeros++] = static_cast<std::uint32_t>(i);
    };
    each_nonzero(x, inputs_ - 1, enter);
    enter(inputs_ - 1, 1.0);
    samples_[n] = {.nonzeros = nonzeros, .slots = slots, .small = small_moves<T>(h_ * largest, h_, spread_)};
    dispatch::active_table().sinh_cosh1(scratch.hx.data(), scratch.sinh_hx.data(), scratch.cosh1_hx.data(),
                                        slots);
    copy_as(scratch.sinh_hx.data(), slots, row_of(sinh_hx_, n));
    copy_as(scratch.cosh1_hx.data(), slots, row_of(cosh1_hx_, n));
}

template <class T>
void SampleInputs<T>::prefetch(std::size_t n) const noexcept {
    nn::prefetch(slot_of(n), nonzeros(n));
    nn::prefetch(input_of(n), nonzeros(n));
    nn::prefetch(sinh_hx(n), slots(n));
    nn::prefetch(cosh1_hx(n), slots(n));
}

template class SampleInputs<float>;
template class SampleInputs<double>;

}  // namespace thalweg::nn
