// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/moved_net.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "dispatch/dispatch.hpp"
#include "nn/difference/small_moves.hpp"
#include "nn/layers/activation.hpp"
#include "nn/layers/losses.hpp"
#include "nn/layers/products.hpp"

namespace thalweg::nn {
namespace {

using kernels::Curve;

// Most of an image's zeros lie in a row: so many are passed over at a time.
constexpr std::size_t kGroup = 8;

bool all_zero(const double* x) noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kGroup; ++i) {
        bits |= std::bit_cast<std::uint64_t>(x[i]);
    }
    return bits << 1 == 0;  // -0.0 is 0
}

// Whether z and zm are kept of such units.
bool has_z(Curve curve) noexcept {
    return curve != Curve::kIdentity && curve != Curve::kSlopes;
}

}  // namespace

template <class T>
void MovedNet::prepare(Layers<const T> layers) {
    const std::size_t count = layers.size();
    layers_.resize(count);
    transposed_.resize(count);
    largest_into_.resize(count);
    if constexpr (std::is_same_v<T, double>) {
        std::copy(layers.begin(), layers.end(), layers_.begin());
    } else {
        copies_.fit(layers);
        for (std::size_t l = 0; l < count; ++l) {
            const Dense<double>& copy = copies_.layers()[l];
            copy_as(layers[l].W.data(), layers[l].W.size(), copy.W.data());
            copy_as(layers[l].b.data(), layers[l].b.size(), copy.b.data());
            layers_[l] = {copy.W, copy.b, copy.activation};
        }
    }
    for (std::size_t l = 1; l < count; ++l) {
        const MatrixView<const double> w = layers_[l].W;
        fit(transposed_[l], w.cols(), w.rows());
        dispatch::active<double>().transpose(w.data(), w.ld(), w.rows(), w.cols(), transposed_[l].data(),
                                             w.rows());
        largest_into_[l].resize(w.cols());
        for (std::size_t k = 0; k < w.cols(); ++k) {
            double most = 0.0;
            for (std::size_t j = 0; j < w.rows(); ++j) {
                most = std::max(most, std::fabs(transposed_[l].data()[k * w.rows() + j]));
            }
            largest_into_[l][k] = most;
        }
    }
    const Activation activation = count > 1 ? layers_.front().activation : Activation::kIdentity;
    curve_ = curve_of(activation);
    below_ = activation == Activation::kLeakyRelu ? kLeakySlope : 0.0;
}

std::size_t MovedNet::widest() const noexcept {
    std::size_t widest = 0;
    for (const Dense<const double>& layer : layers_) {
        widest = std::max(widest, layer.outputs());
    }
    return widest;
}

void MovedSamples::prepare(const MovedNet& net, const Targets<double>& of, std::size_t samples,
                           double epsilon) {
    epsilon_ = epsilon;
    targets = of;
    for (auto* const matrices : {&sums_, &out_, &z_, &zm_}) {
        matrices->resize(net.depth());
    }
    for (std::size_t l = 0; l < net.depth(); ++l) {
        const bool last = l + 1 == net.depth();
        const bool smooth = last ? of.loss == Loss::kBinaryCrossEntropy : has_z(net.curve());
        const std::size_t units = net.layer(l).outputs();
        fit(sums_[l], samples, units);
        fit(out_[l], samples, units);
        fit(z_[l], smooth ? samples : 0, units);
        fit(zm_[l], smooth ? samples : 0, units);
    }
    fit(p_, samples, net.layer(net.depth() - 1).outputs());
    losses_.resize(samples);
}

std::size_t MovedSamples::scratch_size(const MovedNet& net, std::size_t samples) {
    std::size_t size = 0;
    for (std::size_t l = 0; l < net.depth(); ++l) {
        const Dense<const double>& layer = net.layer(l);
        const MatrixView<const double> in(nullptr, samples, layer.inputs());
        const MatrixView<double> out(nullptr, samples, layer.outputs());
        size = std::max(size, ops::gemm_scratch(product<double>(in, layer.W, layer.b.data(), out)));
    }
    return size;
}

// What the curve asks of these units beside their sums.
void MovedSamples::states(const MovedNet& net, std::size_t l, std::size_t first, std::size_t last) noexcept {
    const kernels::Kernels<double>& kernel = dispatch::active<double>();
    const std::size_t count = (last - first) * sums_[l].cols();
    const double* const a = row_of(sums_[l], first);
    double* const z = row_of(z_[l], first);
    double* const zm = row_of(zm_[l], first);
    if (net.curve() == Curve::kGelu && l + 1 < net.depth()) {
        // P(a) = (erf(a / sqrt 2) + 1) / 2
        constexpr double kRootHalf = 0.70710678118654752440;
        kernel.scale(kRootHalf, a, z, count);
        kernel.erf(z, z, count);
        std::transform(z, z + count, z, [](double value) { return 0.5 * value + 0.5; });
        return;
    }
    const double factor = net.curve() == Curve::kTanh && l + 1 < net.depth() ? 2.0 : 1.0;
    kernel.scale(factor, a, z, count);
    kernel.scale(-factor, a, zm, count);
    kernel.sigmoid(z, z, count);
    kernel.sigmoid(zm, zm, count);
}

void MovedSamples::run(const MovedNet& net, std::size_t first, std::size_t last, const Nonzeros* inputs,
                       double* scratch) noexcept {
    for (std::size_t l = 0; l < net.depth(); ++l) {
        const MatrixView<double> sums = rows_of(sums_[l].view(), first, last);
        const MatrixView<double> out = rows_of(out_[l].view(), first, last);
        const MatrixView<const double> from = l == 0 ? x : out_[l - 1].view();
        const Dense<const double>& layer = net.layer(l);
        if (l == 0 && inputs != nullptr) {
            // The steps of a chain whose input is 0 change nothing.
            for (std::size_t n = first; n < last; ++n) {
                dispatch::active_table().row_product(
                    {.count = inputs->counts[n] - 1,
                     .cols = layer.outputs(),
                     .rows = inputs->index.data() + n * inputs->values.cols(),
                     .x = row_of<double>(inputs->values, n),
                     .w = layer.W.data(),
                     .ldw = layer.W.ld(),
                     .start = layer.b.data(),
                     .y = row_of(sums_[0], n)});
            }
        } else {
            ops::gemm_alone(product(rows_of(from, first, last), layer.W, layer.b.data(), sums), scratch);
        }
        std::copy_n(sums.data(), sums.size(), out.data());
        activate(layer.activation, out);
        if (!masks.empty() && masks[l].rows() != 0) {
            apply_mask<double>(rows_of<const double>(masks[l], masks_row + first, masks_row + last), out);
        }
        if (z_[l].rows() != 0) {
            states(net, l, first, last);
        }
    }
    for (std::size_t n = first; n < last; ++n) {
        finish(n);
    }
}

// The row's loss, and what its moves are asked of.
void MovedSamples::finish(std::size_t n) noexcept {
    const std::size_t classes = p_.cols();
    double* const p = row_of(p_, n);
    std::copy_n(row_of<double>(sums_.back(), n), classes, p);
    if (targets.labels != nullptr) {
        const kernels::Kernels<double>& kernel = dispatch::active<double>();
        kernel.softmax(p, classes, 1, classes, p, classes);
        kernel.log_loss(p + targets.labels[n], &losses_[n], 1);
        return;
    }
    const double* const t = row_of(targets.numbers, n);
    losses_[n] = finish_row(targets.loss, p, t, classes);
    if (targets.loss == Loss::kMeanSquaredError) {
        std::transform(p, p + classes, t, p, [](double y, double wanted) { return y - wanted; });
    }
}

void MovedSamples::add_loss_moves(std::size_t n, const double* up, const double* down, std::size_t ld,
                                  std::size_t moves, bool small, double* sum) const noexcept {
    using kernels::LossCurve;
    const double* const p = row_of<double>(p_, n);
    kernels::LossMoves d{.curve = LossCurve::kLabel,
                         .small = small,
                         .classes = p_.cols(),
                         .moves = moves,
                         .label = 0,
                         .q = 0.0,
                         .weight = 1.0,
                         .p = p,
                         .z = nullptr,
                         .zm = nullptr,
                         .t = nullptr,
                         .up = up,
                         .down = down,
                         .ld = ld,
                         .sum = sum};
    const auto run = dispatch::active_table().loss_moves;
    const auto run_label = [&](std::size_t label, double weight) {
        d.label = label;
        d.q = epsilon_ == 0.0 ? 0.0 : epsilon_ / p[label];
        d.weight = weight;
        run(d);
    };
    if (targets.labels != nullptr) {
        return run_label(static_cast<std::size_t>(targets.labels[n]), 1.0);
    }
    d.t = row_of(targets.numbers, n);
    if (targets.loss == Loss::kMeanSquaredError) {
        d.curve = LossCurve::kSquares;
    } else if (targets.loss == Loss::kBinaryCrossEntropy) {
        d.curve = LossCurve::kBinary;
        d.z = row_of<double>(z_.back(), n);
        d.zm = row_of<double>(zm_.back(), n);
    } else {
        // As many labels as there are targets.
        for (std::size_t c = 0; c < d.classes; ++c) {
            if (d.t[c] != 0.0) {
                run_label(c, d.t[c]);
            }
        }
        return;
    }
    run(d);
}

bool MovedSamples::class_moves(std::size_t n, const double* u, std::size_t count, double most,
                               double* out) const noexcept {
    if (targets.labels == nullptr) {
        return false;
    }
    constexpr std::size_t kMost = 16;
    double sinh[kMost];
    double cosh1[kMost];
    const kernels::KernelTable& table = dispatch::active_table();
    const double* const p = row_of<double>(p_, n);
    const auto label = static_cast<std::size_t>(targets.labels[n]);
    const bool small = small_output_moves(most);
    table.sinh_cosh1(u, sinh, cosh1, count);
    double others = 0.0;
    for (std::size_t c = 0; c < p_.cols(); ++c) {
        others += c == label ? 0.0 : p[c];
    }
    std::fill_n(out, p_.cols() * count, 0.0);
    (small ? table.output_differences
           : table.output_differences_any)({.units = count,
                                            .classes = p_.cols(),
                                            .label = label,
                                            .p = p,
                                            .others = others,
                                            .q = epsilon_ == 0.0 ? 0.0 : epsilon_ / p[label],
                                            .sinh = small ? sinh : u,
                                            .cosh1 = cosh1,
                                            .sum = out,
                                            .ldsum = count});
    return true;
}

void Nonzeros::prepare(std::size_t samples, std::size_t inputs) {
    parts = (inputs + kPart - 1) / kPart;
    part.resize(samples * (parts + 1));
    index.resize(samples * inputs);
    fit(values, samples, inputs);
    counts.resize(samples);
    tops.resize(samples);
}

void Nonzeros::list(std::size_t n, const double* x) noexcept {
    std::uint32_t* const to = index.data() + n * values.cols();
    double* const value = row_of(values, n);
    std::uint32_t* const first_of = part.data() + n * (parts + 1);
    const std::size_t inputs = values.cols() - 1;
    std::size_t count = 0;
    for (std::size_t p = 0; p < parts; ++p) {
        first_of[p] = static_cast<std::uint32_t>(count);
        const std::size_t end = std::min(inputs, (p + 1) * kPart);
        for (std::size_t i = p * kPart; i < end; i += kGroup) {
            const std::size_t group = std::min(kGroup, end - i);
            if (group == kGroup && all_zero(x + i)) {
                continue;
            }
            // Without a branch: what is 0 is written over.
            for (std::size_t k = i; k < i + group; ++k) {
                to[count] = static_cast<std::uint32_t>(k);
                value[count] = x[k];
                count += x[k] != 0.0 ? 1 : 0;
            }
        }
    }
    double top = 1.0;
    for (std::size_t e = 0; e < count; ++e) {
        top = std::max(top, std::fabs(value[e]));
    }
    to[count] = static_cast<std::uint32_t>(inputs);
    value[count++] = 1.0;
    first_of[parts] = static_cast<std::uint32_t>(count);
    counts[n] = count;
    tops[n] = top;
}

bool Nonzeros::sparse(std::size_t first, std::size_t last) const noexcept {
    std::size_t all = 0;
    for (std::size_t n = first; n < last; ++n) {
        all += counts[n];
    }
    return 2 * all <= (last - first) * values.cols();
}

template void MovedNet::prepare(Layers<const float>);
template void MovedNet::prepare(Layers<const double>);

}  // namespace thalweg::nn
