// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/unit_sums.hpp"

#include <algorithm>
#include <type_traits>

#include "dispatch/dispatch.hpp"
#include "nn/difference/bias_row.hpp"
#include "nn/difference/cache_lines.hpp"
#include "nn/difference/small_moves.hpp"
#include "nn/layers/buffers.hpp"

namespace thalweg::nn {
namespace {

// Units whose sums stay in the second-level cache while the samples pass.
constexpr std::size_t kUnitBlock = 64;

}  // namespace

template <class T>
void UnitSums<T>::prepare(parallel::Part part, const TwoLayerParams<T>& params) {
    const std::size_t inputs = params.input_size() + 1;
    const auto share = part.share(params.hidden_size(), 1);
    first_ = share.first;
    last_ = share.last;
    has_bias_ = part.index + 1 == part.count;
    fit(slot_differences_, inputs, padded<T>(std::min(kUnitBlock, units())));
    fit(first_layer_sums_, inputs, padded<T>(units()));
    fit(second_layer_sums_, params.output_size(), padded<double>(units() + 1));
}

template <class T>
void UnitSums<T>::clear() noexcept {
    std::fill_n(first_layer_sums_.data(), first_layer_sums_.size(), T(0));
    std::fill_n(second_layer_sums_.data(), second_layer_sums_.size(), 0.0);
}

// Half of the samples were listed by other cores, and a line from there takes as long as one from memory:
// asked for while the sample before is worked on, it costs nothing.
template <class T>
void UnitSums<T>::add(const SampleInputs<T>& inputs, const Forward<T>& forward, Labels t) noexcept {
    for (std::size_t j = first_; j < last_; j += kUnitBlock) {
        const std::size_t count = std::min(kUnitBlock, last_ - j);
        for (std::size_t n = 0; n < t.size(); ++n) {
            if (n + 1 < t.size()) {
                inputs.prefetch(n + 1);
                forward.prefetch(n + 1, j, count);
            }
            add_first_layer(inputs, forward, n, static_cast<std::size_t>(t[n]), j, count);
        }
    }
    for (std::size_t n = 0; n < t.size(); ++n) {
        add_second_layer(forward.second(), n, static_cast<std::size_t>(t[n]));
    }
}

template <class T>
void UnitSums<T>::add_first_layer(const SampleInputs<T>& inputs, const Forward<T>& forward, std::size_t n,
                                  std::size_t label, std::size_t first, std::size_t count) noexcept {
    const kernels::UnitDifferences<T> of_slots{.units = count,
                                               .inputs = inputs.slots(n),
                                               .classes = forward.classes(),
                                               .label = label,
                                               .z = forward.z(n) + first,
                                               .zm = forward.zm(n) + first,
                                               .w = forward.w2_transposed() + first,
                                               .ldw = forward.units(),
                                               .p = forward.p(n),
                                               .q = static_cast<T>(forward.second().rest(n).q),
                                               .sinh = inputs.sinh_hx(n),
                                               .cosh1 = inputs.cosh1_hx(n),
                                               .y = slot_differences_.data(),
                                               .ldy = slot_differences_.cols()};
    if constexpr (std::is_same_v<T, double>) {
        (inputs.moves_are_small(n) ? dispatch::active<T>().unit_differences
                                   : dispatch::active_table().unit_differences_any)(of_slots);
    } else {
        dispatch::active<T>().unit_differences(of_slots);
    }
    dispatch::active<T>().add_rows({.count = inputs.nonzeros(n),
                                    .cols = count,
                                    .slots = inputs.slot_of(n),
                                    .rows = inputs.input_of(n),
                                    .x = slot_differences_.data(),
                                    .ldx = slot_differences_.cols(),
                                    .y = first_layer_sums_.data() + (first - first_),
                                    .ldy = first_layer_sums_.cols()});
}

template <class T>
void UnitSums<T>::add_second_layer(const SecondLayer& layer, std::size_t n, std::size_t label) noexcept {
    const bool small = small_output_moves(layer.h());
    const kernels::KernelTable& table = dispatch::active_table();
    (small ? table.output_differences
           : table.output_differences_any)({.units = units_and_bias(),
                                            .classes = layer.classes(),
                                            .label = label,
                                            .p = layer.p(n),
                                            .others = layer.rest(n).other_p,
                                            .q = layer.rest(n).q,
                                            .sinh = (small ? layer.sinh_hz(n) : layer.hz(n)) + first_,
                                            .cosh1 = layer.cosh1_hz(n) + first_,
                                            .sum = second_layer_sums_.data(),
                                            .ldsum = second_layer_sums_.cols()});
}

template <class T>
void UnitSums<T>::write(double factor, TwoLayerParams<T>& gradient) const noexcept {
    for (std::size_t i = 0; i < first_layer_sums_.rows(); ++i) {
        dispatch::active<T>().scale(static_cast<T>(factor), row_of<T>(first_layer_sums_, i),
                                    row_or_bias(gradient.W1, gradient.b1, i) + first_, units());
    }
    for (std::size_t k = 0; k < second_layer_sums_.rows(); ++k) {
        const double* const sums = row_of<double>(second_layer_sums_, k);
        for (std::size_t j = 0; j < units_and_bias(); ++j) {
            row_or_bias(gradient.W2, gradient.b2, first_ + j)[k] = static_cast<T>(factor * sums[j]);
        }
    }
}

template class UnitSums<float>;
template class UnitSums<double>;

}  // namespace thalweg::nn
