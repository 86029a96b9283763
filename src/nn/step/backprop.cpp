// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at the two phases.
#include "nn/step/backprop.hpp"

#include <algorithm>
#include <cmath>

#include "core/float_control.hpp"
#include "data/mostly_zero.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/layers/decay.hpp"
#include "parallel/grain.hpp"

namespace thalweg::nn {

template <class T>
template <class U>
void Backprop<T>::prepare(Layers<U> layers) {
    // The kernel for pixels reads dz of the first layer by whole cache lines.
    constexpr std::size_t kLine = 64 / sizeof(T);
    const bool pixels = input_.leaves_out_zeros();
    const std::size_t padded = (layers.front().outputs() + kLine - 1) / kLine * kLine;
    pass_.prepare(layers, input_.rows(), pixels ? padded : 0);
    product_scratch_ = nn::scratch_size<T>(pass_.layers(), input_.rows(), pixels ? 1 : 0);
    product_scratch_ = (product_scratch_ + kLine - 1) / kLine * kLine;
}

template <class T>
typename Backprop<T>::Outcome Backprop<T>::sum(Layers<T> gradient) {
    gradient_ = gradient;
    descent_ = nullptr;
    scratch_each_ = product_scratch_;
    return run();
}

template <class T>
typename Backprop<T>::Outcome Backprop<T>::descend(const Descent<T>& descent) {
    constexpr std::size_t kLine = 64 / sizeof(T);
    descent_ = &descent;
    const std::size_t block = gradient_block<T>(pass_.layers(), pass_.rows());
    scratch_each_ = product_scratch_ + (block + kLine - 1) / kLine * kLine;
    return run();
}

template <class T>
typename Backprop<T>::Outcome Backprop<T>::run() {
    const std::size_t team =
        parallel::team_size(2 * pass_.rows() * row_work(pass_.layers()) / pass_.processes().size(),
                            input_.leaves_out_zeros() ? parallel::kPixelGrain : parallel::kBackpropGrain);
    scratch_ = team_scratch<T>(scratch_each_ * team);
    needs_zeros_.store(false);
    TwoPhases::run(team, pass_.processes());
    if (needs_zeros_.load()) {
        return Outcome::kNeedsZeros;
    }
    if (descent_ == nullptr) {
        gather_parameters(gradient_, pass_.processes());
    } else if (std::isfinite(loss_)) {
        gather_parameters(descent_->params, pass_.processes());
    }
    return std::isfinite(loss_) ? Outcome::kDone : Outcome::kLossNotFinite;
}

template <class T>
void Backprop<T>::exchange_rows() {
    pass_.gather_all();
    if (input_.leaves_out_zeros()) {
        needs_zeros_.store(pass_.processes().any(needs_zeros_.load()));
    }
}

// A part's own rows come first: at once it goes on with them. Of those of other processes the second phase
// needs the inputs.
template <class T>
void Backprop<T>::arrive(parallel::Part part) noexcept {
    const auto [first, last] = part.share(pass_.rows(), kRowUnit);
    if (first < last) {
        input_.arrive(first, last);
    }
    if (pass_.processes().alone()) {
        return;
    }
    for (std::size_t r = 0; r < part.processes; ++r) {
        if (r != part.process) {
            parallel::Part elsewhere = part;
            elsewhere.process = r;
            const auto rows = elsewhere.share(pass_.rows(), kRowUnit);
            input_.arrive(rows.first, rows.last);
        }
    }
}

// From a row to its dz. Whether W and dz are finite, so that zeros may be left out, is seen on the way: of W
// each thread looks at the rows that are its own in the second phase, which lie in its caches.
template <class T>
void Backprop<T>::row_phase(parallel::Part part) noexcept {
    const bool zeros = input_.leaves_out_zeros();
    if (zeros && !weights_are_finite(part)) {
        needs_zeros_.store(true, std::memory_order_relaxed);
    }
    const auto [first, last] = part.share(pass_.rows(), kRowUnit);
    arrive(part);
    if (first < last) {
        input_.sums(pass_.layers().front(), pass_.z(0), first, last, scratch_of(part));
    }
    pass_.forward_back(input_.targets(), part, scratch_of(part));
    const MatrixView<T> dz = rows_of(pass_.dz(0), first, last);
    if (zeros && !dispatch::active<T>().all_finite(dz.data(), dz.rows() * dz.ld())) {
        needs_zeros_.store(true, std::memory_order_relaxed);
    }
}

template <class T>
void Backprop<T>::parameter_phase(parallel::Part part) noexcept {
    const double loss = pass_.loss();
    if (part.index == 0) {
        loss_ = loss;
    }
    if (needs_zeros_.load(std::memory_order_relaxed) || (descent_ != nullptr && !std::isfinite(loss))) {
        return;
    }
    const auto [first, last] = part.share(pass_.layers().front().inputs(), kParameterUnit);
    if (first < last) {
        input_.share(first, last);
    }
    T* const scratch = scratch_of(part);
    if (descent_ == nullptr) {
        sum_gradient(pass_, input_, gradient_, part, scratch);
    } else {
        sum_and_descend(pass_, input_, *descent_, part, scratch, scratch + product_scratch_);
    }
}

template <class T>
bool Backprop<T>::weights_are_finite(parallel::Part part) const noexcept {
    const MatrixView<const T> w = pass_.layers().front().W;
    const auto [first, last] = part.share(w.rows(), kParameterUnit);
    return dispatch::active<T>().all_finite(w.data() + first * w.ld(), (last - first) * w.ld());
}

template <class T, class U>
double dense_gradient(Layers<U> layers, MatrixView<const T> x, const Targets<T>& targets, Layers<T> gradient,
                      BatchPass<T>& pass, Rng* rng) {
    const core::FloatControlScope standard;
    MatrixInput<T> input(x, targets);
    Backprop<T> both(input, pass);
    both.prepare(layers);
    if (rng != nullptr) {
        both.draw_masks(*rng);
    }
    both.sum(gradient);
    return both.loss();
}

template <class T>
BackpropStep<T>::BackpropStep(const Samples<T>& samples, Loss loss, std::size_t batch_size,
                              Descending<T>& optimizer, Rng* rng, const parallel::Processes& processes)
    : optimizer_(optimizer), rng_(rng), numbers_(samples, loss, batch_size), pass_(processes) {
    if (samples.has_pixels() && samples.image_options().normalize && data::mostly_zero(*samples.images())) {
        pixels_.emplace(samples);
    }
}

template <class T>
double BackpropStep<T>::take(Layers<T> layers, std::span<const std::size_t> rows) {
    const double decay = optimizer_.decay == 0.0 ? 0.0 : decay_loss<T>(optimizer_.decay, layers);
    if (!std::isfinite(decay)) {
        return decay;
    }
    masks_are_drawn_ = rng_ == nullptr;
    if (pixels_.has_value()) {
        pixels_->prepare(rows);
        if (attempt(*pixels_, layers) != Outcome::kNeedsZeros) {
            return loss_ + decay;
        }
    }
    numbers_.prepare(rows);
    attempt(numbers_, layers);
    return loss_ + decay;
}

template <class T>
typename Backprop<T>::Outcome BackpropStep<T>::attempt(BatchInput<T>& input, Layers<T> layers) {
    Backprop<T> pass(input, pass_);
    pass.prepare(layers);
    if (!masks_are_drawn_) {
        pass.draw_masks(*rng_);
        masks_are_drawn_ = true;
    }
    const bool whole = optimizer_.clip_norm != 0.0 || optimizer_.own != nullptr;
    const Outcome outcome = whole ? descend_whole(pass, layers) : descend_at_once(pass, layers);
    loss_ = pass.loss();
    for (std::size_t i = 0; outcome == Outcome::kDone && i < layers.size(); ++i) {
        pass_.update_running(i, layers[i].mean, layers[i].variance);
    }
    return outcome;
}

template <class T>
typename Backprop<T>::Outcome BackpropStep<T>::descend_at_once(Backprop<T>& pass, Layers<T> layers) {
    list_parameters(layers, parameters_);
    const RuleUpdate<T> update("train", optimizer_.rule, optimizer_.state, parameters_);
    const auto* const sgd = std::get_if<Sgd>(&optimizer_.rule);
    const auto decay = static_cast<T>(optimizer_.decay);
    const T factor = sgd != nullptr && decay == T(0) ? -static_cast<T>(sgd->lr) : T(0);
    const Outcome outcome = pass.descend({update, decay, factor, layers});
    if (outcome == Outcome::kDone) {
        update.finish();
    }
    return outcome;
}

template <class T>
typename Backprop<T>::Outcome BackpropStep<T>::descend_whole(Backprop<T>& pass, Layers<T> layers) {
    if (optimizer_.own == nullptr) {
        gradient_.fit(layers);
    }
    const Layers<T> gradient = optimizer_.own != nullptr ? optimizer_.own->gradient() : gradient_.layers();
    const Outcome outcome = pass.sum(gradient);
    if (outcome == Outcome::kDone) {
        descend(optimizer_, gradient, layers, parameters_);
    }
    return outcome;
}

template class Backprop<float>;
template class Backprop<double>;
template void Backprop<float>::prepare(Layers<float>);
template void Backprop<double>::prepare(Layers<double>);
template double dense_gradient(Layers<float>, MatrixView<const float>, const Targets<float>&, Layers<float>,
                               BatchPass<float>&, Rng*);
template double dense_gradient(Layers<const float>, MatrixView<const float>, const Targets<float>&,
                               Layers<float>, BatchPass<float>&, Rng*);
template double dense_gradient(Layers<double>, MatrixView<const double>, const Targets<double>&,
                               Layers<double>, BatchPass<double>&, Rng*);
template double dense_gradient(Layers<const double>, MatrixView<const double>, const Targets<double>&,
                               Layers<double>, BatchPass<double>&, Rng*);
template class BackpropStep<float>;
template class BackpropStep<double>;

}  // namespace thalweg::nn
