// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/nodes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dispatch/dispatch.hpp"
#include "nn/layers/products.hpp"

namespace thalweg::nn {
namespace {

using kernels::Curve;

// cos((2k - 1) pi / 4m), m from 2 on.
constexpr double kChebyshev[kMostNodes - 1][kMostNodes] = {
    {0.92387953251128674, 0.38268343236508978},
    {0.96592582628906831, 0.70710678118654757, 0.25881904510252074},
    {0.98078528040323043, 0.83146961230254524, 0.55557023301960218, 0.19509032201612828},
    {0.98768834059513777, 0.8910065241883679, 0.70710678118654757, 0.4539904997395468, 0.15643446504023087},
    {0.99144486137381038, 0.92387953251128674, 0.79335334029123517, 0.60876142900872066, 0.38268343236508978,
     0.1305261922200516},
    {0.9937122098932426, 0.94388333030836757, 0.84672419922828412, 0.70710678118654757, 0.53203207651533657,
     0.3302790619551671, 0.11196447610330786},
    {0.99518472667219693, 0.95694033573220882, 0.88192126434835505, 0.77301045336273699, 0.63439328416364549,
     0.47139673682599764, 0.29028467725446239, 0.098017140329560604}};

// For complex u, |u| <= radius: |f(a + u) - f(a)| <= slope |u| for every real a. Three of them for each
// curve: far with a larger slope, near with a smaller one.
//   sigmoid    |f'| <= 1 / (4 cos^2(|Im u| / 2)); the nearest poles are i pi away
//   tanh       1 / cos^2(|Im u|)
//   softplus   |sigmoid| <= 1 up to pi / 2
//   gelu       |P| <= 1 + r d e^(r^2/2), |a p(a)| <= (0.242 + r d) e^(r^2/2), d = 0.399: rounded up
struct Disc {
    double radius;
    double slope;
};
constexpr std::size_t kDiscs = 3;
struct Bounds {
    Disc discs[kDiscs];
    double slope;  // for real u
};
constexpr double kPi = 3.14159265358979323846;
constexpr double kUnbounded = std::numeric_limits<double>::infinity();
constexpr Bounds kIdentityBounds = {{{kUnbounded, 1.0}, {kUnbounded, 1.0}, {kUnbounded, 1.0}}, 1.0};

constexpr Bounds bounds_of(Curve curve) noexcept {
    switch (curve) {
        case Curve::kSigmoid:
            return {{{kPi / 2, 0.5}, {kPi / 3, 0.334}, {kPi / 6, 0.268}}, 0.25};
        case Curve::kTanh:
            return {{{kPi / 4, 2.0}, {kPi / 6, 1.334}, {kPi / 12, 1.072}}, 1.0};
        case Curve::kSoftplus:
            return {{{kPi / 2, 1.0}, {kPi / 2, 1.0}, {kPi / 2, 1.0}}, 1.0};
        case Curve::kGelu:
            return {{{1.0, 2.75}, {0.5, 1.74}, {0.25, 1.48}}, 1.13};
        case Curve::kIdentity:
        case Curve::kSlopes:
            break;
    }
    return kIdentityBounds;
}

// Sums of the last layer may come so far apart (softmax), or move so far (binary): half of where a sum of
// exponentials could become 0.
double last_radius(Loss loss) noexcept {
    return loss == Loss::kMeanSquaredError ? kUnbounded : kPi / 2;
}

double largest(const double* x, std::size_t n) noexcept {
    double most = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        most = x[i] > most || std::isnan(x[i]) ? x[i] : most;
    }
    return most;
}

MatrixView<double> fitted(std::vector<double>& memory, std::size_t rows, std::size_t cols) {
    memory.resize(std::max(memory.size(), rows * cols));
    return {memory.data(), rows, cols};
}

MatrixView<double> absolute_of(MatrixView<const double> w, std::vector<double>& memory) {
    const MatrixView<double> out = fitted(memory, w.rows(), w.cols());
    for (std::size_t i = 0; i < w.rows(); ++i) {
        std::transform(row_of(w, i), row_of(w, i) + w.cols(), out.data() + i * w.cols(),
                       [](double value) { return std::fabs(value); });
    }
    return out;
}

}  // namespace

std::size_t nodes_for(double reach, double radius) noexcept {
    if (!(reach < kUnbounded) || !(radius > 0.0)) {
        return 0;
    }
    const double part = 0.5 * reach / radius;
    double bound = 2.0;
    for (std::size_t m = 1; m <= kMostNodes; ++m) {
        bound *= part * part;
        if (m >= kFewestNodes && bound <= 0x1p-53) {
            return m;
        }
    }
    return 0;
}

Nodes::Nodes(std::size_t count) noexcept : count_(count) {
    for (std::size_t k = 0; k < count; ++k) {
        squares_[k] = at(k) * at(k);
    }
    for (std::size_t k = 0; k < count; ++k) {
        double product = 1.0;
        for (std::size_t j = 0; j < count; ++j) {
            product *= j == k ? 1.0 : squares_[k] - squares_[j];
        }
        inverse_[k] = 1.0 / product;
    }
}

double Nodes::at(std::size_t k) const noexcept {
    return kChebyshev[count_ - kFewestNodes][k];
}

void Nodes::weights(const double* z, std::size_t n, double top, double* weights,
                    std::size_t ld) const noexcept {
    dispatch::active_table().node_weights({.n = n,
                                           .nodes = count_,
                                           .z = z,
                                           .scale = 1.0 / top,
                                           .t = squares_,
                                           .c = inverse_,
                                           .y = weights,
                                           .ldy = ld});
}

double Nodes::weight(std::size_t k, double part) const noexcept {
    double weight = inverse_[k];
    for (std::size_t j = 0; j < count_; ++j) {
        weight *= j == k ? 1.0 : part * part - squares_[j];
    }
    return weight;
}

// From a move of 1 of each unit of layer l: the largest sums over paths, layer by layer.
void Reach::follow(const MovedNet& net, std::size_t l) {
    OfLayer& found = layers_[l];
    found.moves.assign(net.depth(), 0.0);
    found.paths.assign(net.depth(), 0.0);
    found.paths[l] = 1.0;
    found.spread_of_paths = 1.0;
    if (l + 1 == net.depth()) {
        return;
    }
    // A row a unit of layer l, a column a unit of the layer reached.
    MatrixView<double> from = absolute_of(net.layer(l + 1).W, paths_[0]);
    found.paths[l + 1] = largest(from.data(), from.size());
    for (std::size_t q = l + 2; q < net.depth(); ++q) {
        std::vector<double>& memory = paths_[(q - l) % 2 == 0 ? 1 : 0];
        if (q + 1 == net.depth()) {
            const MatrixView<const double> spread(last_spread_.data(), last_spread_.size(), 1);
            const MatrixView<double> to = fitted(memory, from.rows(), 1);
            ops::gemm(product<double>(from, spread, nullptr, to));
            found.spread_of_paths = largest(to.data(), to.size());
        }
        const MatrixView<double> through = absolute_of(net.layer(q).W, absolute_);
        const MatrixView<double> to = fitted(memory, from.rows(), through.cols());
        ops::gemm(product<double>(from, through, nullptr, to));
        found.paths[q] = largest(to.data(), to.size());
        from = to;
    }
    if (l + 2 == net.depth()) {
        found.spread_of_paths = largest(last_spread_.data(), last_spread_.size());
    }
}

double Reach::radius_of(const MovedNet& net, Loss loss, std::size_t l) const noexcept {
    const OfLayer& of = layers_[l];
    const Bounds bounds = bounds_of(net.curve());
    const std::size_t last = net.depth() - 1;
    double best = 0.0;
    for (const Disc& disc : bounds.discs) {
        double radius = l == last ? kUnbounded : disc.radius;
        double slopes = 1.0;
        for (std::size_t q = l + 1; q < last; ++q) {
            slopes *= disc.slope;
            radius = std::min(radius, disc.radius / (slopes * of.paths[q]));
        }
        slopes *= l == last ? 1.0 : disc.slope;
        const double apart = loss == Loss::kSoftmaxCrossEntropy ? of.spread_of_paths : of.paths[last];
        radius = std::min(radius, last_radius(loss) / (slopes * apart));
        best = std::max(best, radius);
    }
    return best;
}

void Reach::prepare(const MovedNet& net, Loss loss) {
    const std::size_t last = net.depth() - 1;
    const MatrixView<const double> w = net.layer(last).W;
    last_spread_.resize(w.rows());
    for (std::size_t j = 0; j < w.rows(); ++j) {
        const auto [least, most] = std::minmax_element(row_of(w, j), row_of(w, j) + w.cols());
        last_spread_[j] = *most - *least;
    }
    layers_.resize(net.depth());
    for (std::size_t l = 0; l <= last; ++l) {
        follow(net, l);
        layers_[l].radius = radius_of(net, loss, l);
        double slopes = 1.0;
        for (std::size_t q = l; q <= last; ++q) {
            layers_[l].moves[q] = slopes * layers_[l].paths[q];
            layers_[l].spread = slopes * layers_[l].spread_of_paths;
            slopes *= bounds_of(net.curve()).slope;
        }
    }
}

}  // namespace thalweg::nn
