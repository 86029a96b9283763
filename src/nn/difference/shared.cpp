// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at SharedDifferences::run().
#include "nn/difference/shared.hpp"

#include <algorithm>
#include <cmath>

#include "dispatch/dispatch.hpp"
#include "nn/difference/bias_row.hpp"
#include "nn/difference/cache_lines.hpp"
#include "nn/difference/convert.hpp"
#include "nn/layers/products.hpp"
#include "parallel/grain.hpp"

namespace thalweg::nn {
namespace {

// Samples that are held at a time; the sums go on from block to block.
constexpr std::size_t kRowsHeld = 128;
// Values of single inputs that are held at a time, of 64 units at least.
constexpr std::size_t kSingleElements = std::size_t{1} << 21;
// The value at U may be so far from what the nodes say, of the largest value at a node: 500 roundings.
constexpr double kCheck = 0x1p-44;

}  // namespace

// Multiply-adds, roughly.
std::size_t SharedDifferences::team() const noexcept {
    std::size_t work = 0;
    for (std::size_t l = 0; l < net_.depth(); ++l) {
        std::size_t behind = 0;
        for (std::size_t q = l + 1; q < net_.depth(); ++q) {
            behind += q == l + 1 ? 10 * net_.layer(q).outputs() : net_.layer(q).W.size();
        }
        work += net_.layer(l).W.size() * kFewestNodes + net_.layer(l).outputs() * 2 * kFewestNodes * behind;
    }
    return parallel::team_size(losses_.size() * work, parallel::kBackpropGrain);
}

void SharedDifferences::prepare(std::size_t samples, Loss loss) {
    reach_.prepare(net_, loss);
    layers_.resize(net_.depth());
    for (std::size_t l = 0; l < net_.depth(); ++l) {
        OfLayer& of = layers_[l];
        of.inputs = net_.layer(l).inputs() + 1;
        of.units = net_.layer(l).outputs();
        of.width = padded<double>(of.units);
        of.counts.resize(samples);
        of.tops.resize(samples);
        of.single.resize(samples * of.units);
        fit(of.sums, of.inputs, of.width);
    }
}

// How many nodes each layer of sample n takes: that depends on h, the weights and what goes into the layer.
void SharedDifferences::choose(std::size_t n) noexcept {
    for (std::size_t l = 0; l < net_.depth(); ++l) {
        OfLayer& of = layers_[l];
        const double* const in = samples_.in(l, n);
        double top = l == 0 ? inputs_.tops[n] : 1.0;
        for (std::size_t i = 0; l > 0 && i + 1 < of.inputs; ++i) {
            const double size = std::fabs(in[i]);
            top = size > top || std::isnan(size) ? size : top;
        }
        of.tops[n] = top;
        of.counts[n] = nodes_for(h_ * top, reach_.radius(l));
    }
}

// The value at U, of the unit whose values differ most, against what the nodes say.
bool SharedDifferences::holds(Mover& mover, const MovedLayer& at, const Nodes& nodes) noexcept {
    const OfLayer& of = layers_[at.layer];
    const double* const q = of.q + at.sample * of.nodes * of.width;
    const double* const last = q + (nodes.count() - 1) * of.width;
    std::size_t worst = 0;
    double apart = 0.0;
    double scale = 0.0;
    for (std::size_t j = 0; j < of.units; ++j) {
        scale = std::max(scale, std::fabs(q[j]));
        if (const double here = std::fabs(q[j] - last[j]); here > apart) {
            apart = here;
            worst = j;
        }
    }
    if (apart == 0.0) {
        return true;
    }
    double found = 0.0;
    mover.unit(at, worst, &at.most, 1, &found);
    double expected = 0.0;
    for (std::size_t k = 0; k < nodes.count(); ++k) {
        expected += nodes.weight(k, 1.0) * q[k * of.width + worst];
    }
    return std::fabs(found / (2.0 * at.most) - expected) <= kCheck * scale;
}

// The rows of A that belong to a sample.
void SharedDifferences::weigh(std::size_t n, std::size_t l) noexcept {
    OfLayer& of = layers_[l];
    double* const a = of.a + n * of.nodes * of.inputs;
    const std::size_t count = of.counts[n];
    const bool sparse = l == 0 && sparse_;
    const std::size_t held = sparse ? inputs_.counts[n] : of.inputs;
    for (std::size_t k = count; k < of.nodes; ++k) {
        std::fill_n(a + k * of.inputs, held, 0.0);
    }
    if (count == 0) {
        return;
    }
    const Nodes nodes(count);
    if (sparse) {
        nodes.weights(row_of<double>(inputs_.values, n), held, of.tops[n], a, of.inputs);
    } else {
        nodes.weights(samples_.in(l, n), of.inputs - 1, of.tops[n], a, of.inputs);
        constexpr double kBias = 1.0;
        nodes.weights(&kBias, 1, of.tops[n], a + of.inputs - 1, of.inputs);
    }
}

// And those of Q.
void SharedDifferences::evaluate(Mover& mover, std::size_t n, std::size_t l) noexcept {
    OfLayer& of = layers_[l];
    double* const q = of.q + n * of.nodes * of.width;
    unsigned char* const single = of.single.data() + n * of.units;
    const std::size_t count = of.counts[n];
    std::fill_n(q + count * of.width, (of.nodes - count) * of.width, 0.0);
    std::fill_n(single, of.units, static_cast<unsigned char>(count == 0 ? 1 : 0));
    if (count == 0) {
        return;
    }
    const Nodes nodes(count);
    const MovedLayer at{net_, samples_, reach_, n, l, h_ * of.tops[n]};
    double u[kMostNodes];
    for (std::size_t k = 0; k < count; ++k) {
        u[k] = at.most * nodes.at(k);
    }
    if (net_.is_linear() && l + 1 < net_.depth()) {
        mover.units_without_kinks(at, u, count, q, of.width, single);
    } else {
        mover.units(at, u, count, q, of.width);
    }
    for (std::size_t k = 0; k < count; ++k) {
        const double factor = 0.5 / u[k];
        double* const row = q + k * of.width;
        for (std::size_t j = 0; j < of.units; ++j) {
            row[j] = single[j] != 0 ? 0.0 : factor * row[j];
        }
        std::fill(row + of.units, row + of.width, 0.0);
    }
    if (!holds(mover, at, nodes)) {
        std::fill_n(q, count * of.width, 0.0);
        std::fill_n(single, of.units, static_cast<unsigned char>(1));
    }
}

// The product of the first layer without its zeros: the same chain over (n, k) for every element. The
// threads take the parts of inputs in turn, because an image has its zeros at its border.
void SharedDifferences::add_sparse_products(std::size_t samples, bool starts) noexcept {
    OfLayer& of = layers_.front();
    parallel::run(movers_.size(), [&](parallel::Part part) {
        for (std::size_t p = part.index; p < inputs_.parts; p += part.count) {
            const std::size_t first = p * Nonzeros::kPart;
            const std::size_t last = std::min(first + Nonzeros::kPart, of.inputs);
            std::fill_n(row_of(of.sums, first), starts ? (last - first) * of.width : 0, 0.0);
            dispatch::active_table().add_products({.samples = samples,
                                                   .cols = of.units,
                                                   .nodes = of.nodes,
                                                   .part = inputs_.part.data() + p,
                                                   .ldpart = inputs_.parts + 1,
                                                   .rows = inputs_.index.data(),
                                                   .ldrows = of.inputs,
                                                   .a = of.a,
                                                   .lda = of.inputs,
                                                   .q = of.q,
                                                   .ldq = of.width,
                                                   .y = of.sums.data(),
                                                   .ldy = of.width});
        }
    });
}

void SharedDifferences::add_products(std::size_t samples, bool first) {
    for (OfLayer& of : layers_) {
        if (of.nodes == 0) {
            std::fill_n(of.sums.data(), first ? of.sums.size() : 0, 0.0);
            continue;
        }
        if (sparse_ && &of == &layers_.front()) {
            add_sparse_products(samples, first);
            continue;
        }
        const std::size_t rows = samples * of.nodes;
        kernels::GemmBlock<double> block =
            product_down_rows<double>({of.a, rows, of.inputs}, {of.q, rows, of.units, of.width},
                                      {of.sums.data(), of.inputs, of.units, of.width});
        if (!first) {
            block.start = block.c;
            block.start_row = block.ldc;
        }
        ops::gemm(block);
    }
}

// O(h x_i) / 2h of every input i.
void SharedDifferences::single(Mover& mover, const Single& which, double* inputs, double* out) noexcept {
    const OfLayer& of = layers_[which.layer];
    const double* const in = samples_.in(which.layer, which.sample);
    const auto x = [&](std::size_t i) { return i + 1 < of.inputs ? in[i] : 1.0; };
    std::size_t count = 0;
    for (std::size_t i = 0; i < of.inputs; ++i) {
        if (x(i) != 0.0) {
            inputs[count++] = h_ * x(i);
        }
    }
    const MovedLayer at{net_, samples_, reach_, which.sample, which.layer, h_ * of.tops[which.sample]};
    mover.unit(at, which.unit, inputs, count, inputs);
    count = 0;
    for (std::size_t i = 0; i < of.inputs; ++i) {
        out[i] = x(i) != 0.0 ? inputs[count++] / (2.0 * h_) : 0.0;
    }
}

// Returns the most inputs that one of them has.
std::size_t SharedDifferences::list_singles(std::size_t samples) {
    singles_.clear();
    std::size_t inputs = 0;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        const OfLayer& of = layers_[l];
        for (std::size_t i = 0; i < samples * of.units; ++i) {
            if (of.single[i] != 0) {
                singles_.push_back({l, i / of.units, i % of.units});
                inputs = std::max(inputs, of.inputs);
            }
        }
    }
    return inputs;
}

// One after the other, in the order of the samples.
void SharedDifferences::add_singles(std::size_t samples) {
    const std::size_t inputs = list_singles(samples);
    if (singles_.empty()) {
        return;
    }
    const std::size_t held = std::min(std::max<std::size_t>(kSingleElements / inputs, 64), singles_.size());
    double* const values = singles_memory_.reserve<double>((held + movers_.size()) * inputs);
    for (std::size_t first = 0; first < singles_.size(); first += held) {
        const std::size_t last = std::min(first + held, singles_.size());
        parallel::run(movers_.size(), [&](parallel::Part part) {
            const auto own = processes_.among(part).share(last - first, 1);
            for (std::size_t i = own.first; i < own.last; ++i) {
                single(movers_[part.index], singles_[first + i], values + (held + part.index) * inputs,
                       values + i * inputs);
            }
            processes_.exchange(part, [&] { processes_.gather(values, last - first, 1, inputs); });
            const auto share = part.share(inputs, kLine<double>);
            for (std::size_t i = first; i < last; ++i) {
                OfLayer& of = layers_[singles_[i].layer];
                const double* const found = values + (i - first) * inputs;
                for (std::size_t r = share.first; r < std::min(share.last, of.inputs); ++r) {
                    row_of(of.sums, r)[singles_[i].unit] += found[r];
                }
            }
        });
        processes_.rethrow();
    }
}

void SharedDifferences::forward(std::size_t samples, double* losses) noexcept {
    const MatrixView<const double> w = net_.layer(0).W;
    const bool finite = dispatch::active<double>().all_finite(w.data(), w.size());
    parallel::run(movers_.size(), [&](parallel::Part part) {
        const auto rows = part.share(samples, kLine<double>);
        for (std::size_t n = rows.first; n < rows.last; ++n) {
            inputs_.list(n, row_of(samples_.x, n));
        }
        const bool sparse = finite && inputs_.sparse(rows.first, rows.last);
        samples_.run(net_, rows.first, rows.last, sparse ? &inputs_ : nullptr, movers_[part.index].scratch());
        for (std::size_t n = rows.first; n < rows.last; ++n) {
            choose(n);
            losses[n] = samples_.loss(n);
        }
    });
    sparse_ = inputs_.sparse(0, samples);
}

void SharedDifferences::evaluate(std::size_t samples) {
    for (OfLayer& of : layers_) {
        of.nodes = 0;
        for (std::size_t n = 0; n < samples; ++n) {
            of.nodes = std::max(of.nodes, of.counts[n]);
        }
        of.a = of.a_memory.reserve<double>(of.counts.size() * of.nodes * of.inputs);
        of.q = of.q_memory.reserve<double>(of.counts.size() * of.nodes * of.width);
    }
    parallel::run(movers_.size(), [&](parallel::Part part) {
        const auto all = part.share(samples, 1);
        const auto own = processes_.among(part).share(samples, 1);
        for (std::size_t l = 0; l < net_.depth(); ++l) {
            for (std::size_t n = all.first; n < all.last; ++n) {
                weigh(n, l);
            }
            for (std::size_t n = own.first; n < own.last; ++n) {
                evaluate(movers_[part.index], n, l);
            }
        }
    });
    for (OfLayer& of : layers_) {
        processes_.gather(of.q, samples, 1, of.nodes * of.width);
        processes_.gather(of.single.data(), samples, 1, of.units);
    }
}

template <class T>
void SharedDifferences::write(double factor, Layers<T> gradient) noexcept {
    const auto scaled = [factor](double sum) { return static_cast<T>(factor * sum); };
    parallel::run(movers_.size(), [&](parallel::Part part) {
        for (std::size_t l = 0; l < net_.depth(); ++l) {
            OfLayer& of = layers_[l];
            const auto share = part.share(of.inputs, 1);
            for (std::size_t i = share.first; i < share.last; ++i) {
                const double* const sums = row_of(of.sums, i);
                std::transform(sums, sums + of.units, row_or_bias(gradient[l].W, gradient[l].b, i), scaled);
            }
        }
    });
}

template <class T>
double SharedDifferences::run(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets,
                              double h, double epsilon, Layers<T> gradient, HeldMasks masks) {
    const std::size_t all = x.rows();
    const std::size_t block = std::min(all, kRowsHeld);
    h_ = h;
    net_.prepare(layers);
    losses_.resize(all);
    prepare(block, targets.loss);
    Targets<double> wanted{targets.labels, {}, targets.loss};
    samples_.prepare(net_, wanted, block, epsilon);
    samples_.masks = masks;
    inputs_.prepare(block, x.cols() + 1);
    movers_.resize(team());
    for (Mover& mover : movers_) {
        mover.prepare(net_, block);
    }
    for (std::size_t first = 0; first < all; first += block) {
        const std::size_t samples = std::min(block, all - first);
        samples_.masks_row = first;
        samples_.x = in_double_view(rows_of(x, first, first + samples), x_);
        if (targets.labels != nullptr) {
            samples_.targets.labels = targets.labels + first;
        } else {
            samples_.targets.numbers =
                in_double_view(rows_of(targets.numbers, first, first + samples), numbers_);
        }
        forward(samples, losses_.data() + first);
        evaluate(samples);
        add_products(samples, first == 0);
        add_singles(samples);
    }
    write(1.0 / static_cast<double>(all), gradient);
    return dispatch::active<double>().sum(losses_.data(), all) / static_cast<double>(all);
}

template double SharedDifferences::run(Layers<const float>, MatrixView<const float>, const Targets<float>&,
                                       double, double, Layers<float>, HeldMasks);
template double SharedDifferences::run(Layers<const double>, MatrixView<const double>, const Targets<double>&,
                                       double, double, Layers<double>, HeldMasks);

}  // namespace thalweg::nn
