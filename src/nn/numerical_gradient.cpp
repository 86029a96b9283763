// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The net's gradient by central differences: structured where that is possible, and the notebook's plain loop
// over parameters, in double for both element types.
#include <algorithm>
#include <string>
#include <type_traits>

#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/batch_checks.hpp"
#include "nn/incremental_gradient.hpp"
#include "nn/net_differences.hpp"
#include "thalweg/differences.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg {
namespace {

constexpr const char* kOp = "numerical_gradient";
constexpr double kBookEpsilon = 1e-7;

template <class From, class To>
void convert(const Matrix<From>& from, Matrix<To>& to) {
    std::transform(from.data(), from.data() + from.size(), to.data(),
                   [](From value) { return static_cast<To>(value); });
}

template <class From, class To>
void convert(const TwoLayerParams<From>& from, TwoLayerParams<To>& to) {
    convert(from.W1, to.W1);
    convert(from.b1, to.b1);
    convert(from.W2, to.W2);
    convert(from.b2, to.b2);
}

template <class T>
TwoLayerParams<double> in_double(const TwoLayerParams<T>& p) {
    TwoLayerParams<double> result(p.input_size(), p.hidden_size(), p.output_size());
    convert(p, result);
    return result;
}

template <class T>
Matrix<double> in_double(MatrixView<const T> m) {
    Matrix<double> result(m.rows(), m.cols());
    for (std::size_t i = 0; i < m.rows(); ++i) {
        const T* const row = m.row(i).data();
        std::transform(row, row + m.cols(), result.row(i).data(),
                       [](T value) { return static_cast<double>(value); });
    }
    return result;
}

// A whole forward pass and the loss at its end, in buffers that stay: what the plain loop calls twice a
// parameter. It looks at the parameters where they lie.
template <class Targets>
class PlainLoss {
public:
    PlainLoss(const TwoLayerParams<double>& params, const Matrix<double>& x, const Targets& t, bool clean)
        : params_(params),
          x_(x),
          t_(t),
          clean_(clean),
          z1_(x.rows(), params.hidden_size()),
          y_(x.rows(), params.output_size()) {}

    double operator()() {
        affine(x_, params_.W1, params_.b1, z1_);
        sigmoid(z1_, z1_);
        affine(z1_, params_.W2, params_.b2, y_);
        if constexpr (std::is_same_v<Targets, Labels>) {
            if (clean_) {
                return softmax_cross_entropy(y_, t_, y_);
            }
        }
        softmax(y_, y_);
        return clean_ ? clean_soft() : cross_entropy_error(y_, t_);
    }

private:
    // -sum(t log y) / N, with our own logarithm: the C library's has other bits on another machine.
    double clean_soft() {
        double sum = 0.0;
        if constexpr (!std::is_same_v<Targets, Labels>) {
            log(y_, y_);
            for (std::size_t n = 0; n < y_.rows(); ++n) {
                for (std::size_t k = 0; k < y_.cols(); ++k) {
                    sum -= t_(n, k) == 0.0 ? 0.0 : t_(n, k) * y_(n, k);
                }
            }
        }
        return sum / static_cast<double>(y_.rows());
    }

    const TwoLayerParams<double>& params_;
    const Matrix<double>& x_;
    const Targets& t_;
    bool clean_;
    Matrix<double> z1_;
    Matrix<double> y_;
};

template <class Targets>
TwoLayerParams<double> plain_gradient(TwoLayerParams<double> params, const Matrix<double>& x,
                                      const Targets& t, const NetDifferenceOptions& options) {
    PlainLoss<Targets> loss(params, x, t, options.clean_loss);
    TwoLayerParams<double> gradient;
    gradient.W1 = numerical_gradient(loss, params.W1, options.h);
    gradient.b1 = numerical_gradient(loss, params.b1, options.h);
    gradient.W2 = numerical_gradient(loss, params.W2, options.h);
    gradient.b2 = numerical_gradient(loss, params.b2, options.h);
    return gradient;
}

template <class T>
bool all_finite(const TwoLayerParams<T>& p) {
    const auto finite = [](const Matrix<T>& m) {
        return dispatch::active<T>().all_finite(m.data(), m.size());
    };
    return finite(p.W1) && finite(p.b1) && finite(p.W2) && finite(p.b2);
}

template <class T>
void check_batch(const TwoLayerParams<T>& params, MatrixView<const T> x) {
    nn::check_params(kOp, params);
    check::shape(kOp, "x", x, x.rows(), params.input_size());
    if (x.rows() == 0) {
        throw ShapeError("numerical_gradient: expected at least one row, found none");
    }
}

}  // namespace

namespace nn {

template <class T>
bool NumericalGradient<T>::structured(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
                                      const NetDifferenceOptions& options, TwoLayerParams<T>& gradient) {
    const double epsilon = options.clean_loss ? 0.0 : kBookEpsilon;
    using Outcome = typename NetDifferences<T>::Outcome;
    if (differences_.run(params, x, t, options.h, epsilon, gradient) == Outcome::kDone) {
        loss_ = differences_.loss();
    } else {
        const Matrix<double> inputs = in_double(x);
        NetDifferences<double> wide;
        TwoLayerParams<double> result(params.input_size(), params.hidden_size(), params.output_size());
        wide.run(in_double(params), inputs, t, options.h, epsilon, result);
        loss_ = wide.loss();
        convert(result, gradient);
    }
    return all_finite(gradient);
}

template <class T>
void NumericalGradient<T>::run(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
                               const NetDifferenceOptions& options, TwoLayerParams<T>& gradient) {
    detail::check_step(kOp, options.h);
    if (gradient.size() != params.size() || gradient.input_size() != params.input_size() ||
        gradient.hidden_size() != params.hidden_size()) {
        gradient = TwoLayerParams<T>(params.input_size(), params.hidden_size(), params.output_size());
    }
    if (options.method == NetDifferenceMethod::kStructured && structured(params, x, t, options, gradient)) {
        return;
    }
    const TwoLayerParams<double> wide = in_double(params);
    const Matrix<double> inputs = in_double(x);
    loss_ = PlainLoss<Labels>(wide, inputs, t, false)();
    if (options.method == NetDifferenceMethod::kIncremental) {
        convert(incremental_gradient(wide, inputs, t, options.h, options.clean_loss), gradient);
        if (all_finite(gradient)) {
            return;
        }
    }
    convert(plain_gradient(wide, inputs, t, options), gradient);
}

template class NumericalGradient<float>;
template class NumericalGradient<double>;

}  // namespace nn

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, Labels t,
                                                     const NetDifferenceOptions& options) const {
    check_batch(params, x);
    check::labels(kOp, t.data(), t.size(), x.rows(), params.output_size());
    TwoLayerParams<T> gradient;
    // A few megabytes, whatever the batch: new ones would cost a tenth of the call.
    thread_local nn::NumericalGradient<T> buffers;
    buffers.run(params, x, t, options, gradient);
    return gradient;
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t,
                                                     const NetDifferenceOptions& options) const {
    check_batch(params, x);
    check::shape(kOp, "t", t, x.rows(), params.output_size());
    if (const std::vector<int> labels = nn::labels_of_one_hot(t); !labels.empty()) {
        return numerical_gradient(x, labels, options);
    }
    const Matrix<double> targets = in_double(t);
    TwoLayerParams<T> gradient(params.input_size(), params.hidden_size(), params.output_size());
    convert(plain_gradient(in_double(params), in_double(x), targets, options), gradient);
    return gradient;
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, Labels t, double h) const {
    return numerical_gradient(x, t, NetDifferenceOptions{.h = h});
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t,
                                                     double h) const {
    return numerical_gradient(x, t, NetDifferenceOptions{.h = h});
}

template <class T>
std::vector<double> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, Labels t,
                                                       std::span<const std::size_t> which, double h) const {
    check_batch(params, x);
    check::labels(kOp, t.data(), t.size(), x.rows(), params.output_size());
    TwoLayerParams<double> wide = in_double(params);
    const Matrix<double> inputs = in_double(x);
    PlainLoss<Labels> loss(wide, inputs, t, false);
    Matrix<double>* const matrices[] = {&wide.W1, &wide.b1, &wide.W2, &wide.b2};
    std::vector<double> result;
    result.reserve(which.size());
    for (const std::size_t index : which) {
        if (index >= params.size()) {
            throw ShapeError("numerical_gradient: parameter index must be below " +
                             std::to_string(params.size()) + ", found " + std::to_string(index));
        }
        std::size_t i = index;
        std::size_t m = 0;
        for (; i >= matrices[m]->size(); ++m) {
            i -= matrices[m]->size();
        }
        result.push_back(partial(loss, *matrices[m], i, h));
    }
    return result;
}

template <class T>
TwoLayerDifferences<T>::TwoLayerDifferences(const TwoLayerNet<T>& net, MatrixView<const T> x, Labels t,
                                            bool clean_loss)
    : net_(net), x_(x), t_(t), clean_loss_(clean_loss) {
    check_batch(net.params, x);
    check::labels(kOp, t.data(), t.size(), x.rows(), net.params.output_size());
}

template <class T>
void TwoLayerDifferences<T>::differences(std::size_t first, double h, std::span<double> out) {
    detail::check_step(kOp, h);
    detail::check_range(kOp, first, out.size(), size());
    if (h != h_) {
        h_ = 0.0;
        nn::NumericalGradient<T>().run(net_.params, x_, t_, {.h = h, .clean_loss = clean_loss_}, gradient_);
        h_ = h;
    }
    std::size_t i = 0;
    for (const Matrix<T>* const m : {&gradient_.W1, &gradient_.b1, &gradient_.W2, &gradient_.b2}) {
        for (std::size_t k = 0; k < m->size(); ++k, ++i) {
            if (i >= first && i - first < out.size()) {
                out[i - first] = 2.0 * h * static_cast<double>(m->data()[k]);
            }
        }
    }
}

template class TwoLayerNet<float>;
template class TwoLayerNet<double>;
template class TwoLayerDifferences<float>;
template class TwoLayerDifferences<double>;

}  // namespace thalweg
