// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// TwoLayerNet::gradient into existing memory, in one parallel region with one barrier: everything from a row
// of x to its dz1 concerns that row alone; then each thread sums over all rows into parameters of its own.
// The bits are those of affine, sigmoid, softmax_cross_entropy, dot and sum one after another.
#include <algorithm>
#include <string>

#include "core/scratch_buffer.hpp"
#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/batch_checks.hpp"
#include "nn/buffers.hpp"
#include "ops/gemm.hpp"
#include "parallel/team.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg {
namespace {

using kernels::GemmBlock;
using kernels::Kernels;
using nn::fit;
using nn::row_of;

// Multiply-adds a thread should have, as for products: a region with a barrier costs some 5 us.
constexpr std::size_t kGrain = 600'000;
// Rows, and parameters along the first index, that threads share out: whole vectors and tiles.
constexpr std::size_t kUnit = 16;

template <class T>
void fit(const TwoLayerParams<T>& p, std::size_t rows, TwoLayerParams<T>& grads, TwoLayerWorkspace<T>& w) {
    fit(w.z1, rows, p.hidden_size());
    fit(w.y, rows, p.output_size());
    fit(w.dy, rows, p.output_size());
    fit(w.dz1, rows, p.hidden_size());
    fit(w.w2_transposed, p.output_size(), p.hidden_size());
    w.picked.resize(rows);
    w.losses.resize(rows);
    fit(grads.W1, p.W1.rows(), p.W1.cols());
    fit(grads.b1, 1, p.b1.cols());
    fit(grads.W2, p.W2.rows(), p.W2.cols());
    fit(grads.b2, 1, p.b2.cols());
}

// Rows first to last - 1 of x W1 + b1.
template <class T>
GemmBlock<T> first_product(const TwoLayerParams<T>& p, MatrixView<const T> x, TwoLayerWorkspace<T>& w,
                           std::size_t first, std::size_t last) {
    const std::size_t hidden = p.hidden_size();
    return {last - first,
            hidden,
            x.cols(),
            x.data() + first * x.ld(),
            x.ld(),
            1,
            p.W1.data(),
            hidden,
            row_of(w.z1, first),
            hidden,
            p.b1.data(),
            0};
}

// Rows first to last - 1 of x^T dz1.
template <class T>
GemmBlock<T> last_product(MatrixView<const T> x, TwoLayerWorkspace<T>& w, TwoLayerParams<T>& grads,
                          std::size_t first, std::size_t last) {
    const std::size_t hidden = w.dz1.cols();
    return {last - first,     hidden,  x.rows(),
            x.data() + first, 1,       x.ld(),
            w.dz1.data(),     hidden,  row_of(grads.W1, first),
            hidden,           nullptr, 0};
}

template <class T>
void rows_part(const TwoLayerParams<T>& p, MatrixView<const T> x, Labels t, TwoLayerWorkspace<T>& w,
               std::size_t first, std::size_t last, T* scratch) {
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t hidden = p.hidden_size();
    const std::size_t classes = p.output_size();
    const std::size_t rows = last - first;
    ops::gemm_alone(first_product(p, x, w, first, last), scratch);
    kernel.sigmoid(row_of(w.z1, first), row_of(w.z1, first), rows * hidden);
    kernel.gemm({rows, classes, hidden, row_of(w.z1, first), hidden, 1, p.W2.data(), classes,
                 row_of(w.y, first), classes, p.b2.data(), 0});
    kernel.softmax_loss({rows, classes, row_of(w.y, first), classes, t.data() + first,
                         static_cast<T>(x.rows()), row_of(w.y, first), classes, row_of(w.dy, first), classes,
                         w.losses.data() + first});
    for (std::size_t i = first; i < last; ++i) {
        w.picked[i] = row_of(w.y, i)[static_cast<std::size_t>(t[i])];
    }
    kernel.log_loss(w.picked.data() + first, w.losses.data() + first, rows);
    kernel.gemm({rows, hidden, classes, row_of(w.dy, first), classes, 1, w.w2_transposed.data(), hidden,
                 row_of(w.dz1, first), hidden, nullptr, 0});
    kernel.sigmoid_backward(row_of(w.z1, first), row_of(w.dz1, first), row_of(w.dz1, first), rows * hidden);
}

// Rows of W2 and elements of b1.
template <class T>
void units_part(TwoLayerWorkspace<T>& w, TwoLayerParams<T>& grads, std::size_t first, std::size_t last) {
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t rows = w.z1.rows();
    const std::size_t hidden = w.z1.cols();
    const std::size_t classes = w.dy.cols();
    kernel.gemm({last - first, classes, rows, w.z1.data() + first, 1, hidden, w.dy.data(), classes,
                 row_of(grads.W2, first), classes, nullptr, 0});
    kernel.sum_rows(w.dz1.data() + first, hidden, rows, last - first, grads.b1.data() + first);
}

}  // namespace

template <class T>
double TwoLayerNet<T>::gradient(MatrixView<const T> x, Labels t, TwoLayerParams<T>& grads,
                                TwoLayerWorkspace<T>& w) const {
    nn::check_params("TwoLayerNet", params);
    check::shape("gradient", "x", x, x.rows(), params.input_size());
    if (x.rows() == 0) {
        throw ShapeError("gradient: expected at least one row, found none");
    }
    check::labels("gradient", t.data(), t.size(), x.rows(), params.output_size());
    const Kernels<T>& kernel = dispatch::active<T>();
    fit(params, x.rows(), grads, w);
    kernel.transpose(params.W2.data(), params.W2.cols(), params.W2.rows(), params.W2.cols(),
                     w.w2_transposed.data(), params.W2.rows());
    const std::size_t team = parallel::team_size(2 * x.rows() * params.W1.size(), kGrain);
    const std::size_t scratch = std::max(ops::gemm_scratch(first_product<T>(params, x, w, 0, x.rows())),
                                         ops::gemm_scratch(last_product<T>(x, w, grads, 0, x.cols())));
    thread_local ScratchBuffer buffer;
    T* const all_scratch = scratch == 0 ? nullptr : buffer.reserve<T>(scratch * team);
    parallel::run(
        team,
        [&](parallel::Part part) {
            const auto rows = part.share(x.rows(), kUnit);
            if (rows.first < rows.last) {
                rows_part<T>(params, x, t, w, rows.first, rows.last, all_scratch + part.index * scratch);
            }
        },
        [&](parallel::Part part) {
            const auto inputs = part.share(params.input_size(), kUnit);
            if (inputs.first < inputs.last) {
                ops::gemm_alone(last_product<T>(x, w, grads, inputs.first, inputs.last),
                                all_scratch + part.index * scratch);
            }
            const auto units = part.share(params.hidden_size(), kUnit);
            if (units.first < units.last) {
                units_part(w, grads, units.first, units.last);
            }
            if (part.index + 1 == part.count) {
                kernel.sum_rows(w.dy.data(), w.dy.cols(), x.rows(), w.dy.cols(), grads.b2.data());
            }
        });
    return dispatch::active<double>().sum(w.losses.data(), x.rows()) / static_cast<double>(x.rows());
}

template double TwoLayerNet<float>::gradient(MatrixView<const float>, Labels, TwoLayerParams<float>&,
                                             TwoLayerWorkspace<float>&) const;
template double TwoLayerNet<double>::gradient(MatrixView<const double>, Labels, TwoLayerParams<double>&,
                                              TwoLayerWorkspace<double>&) const;

}  // namespace thalweg
