// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The gradient is one parallel region with one meeting point.
#include "nn/step/dense_step.hpp"

#include <cmath>

#include "core/float_control.hpp"
#include "nn/layers/products.hpp"
#include "nn/optimize/sgd.hpp"
#include "nn/step/parameters.hpp"
#include "parallel/grain.hpp"

namespace thalweg::nn {
namespace {

template <class T>
class DenseGradient final : public TwoPhases {
public:
    DenseGradient(MatrixView<const T> x, const Targets<T>& targets, Layers<T> gradient, BatchPass<T>& pass)
        : x_(x), targets_(targets), gradient_(gradient), pass_(pass) {}

    // throws   std::bad_alloc
    void use_scratch(std::size_t team) {
        scratch_size_ = nn::scratch_size<T>(pass_.layers(), x_.rows(), 0);
        scratch_ = team_scratch<T>(scratch_size_ * team);
    }
    void row_phase(parallel::Part part) noexcept override {
        const auto [first, last] = part.share(x_.rows(), kRowUnit);
        if (first == last) {
            return;
        }
        const Dense<const T>& layer = pass_.layers().front();
        ops::gemm_alone(
            product(rows_of(x_, first, last), layer.W, layer.b.data(), rows_of(pass_.z(0), first, last)),
            scratch_of(part));
        pass_.forward_back(targets_, first, last, scratch_of(part));
    }
    void parameter_phase(parallel::Part part) noexcept override {
        sum_gradient(pass_, x_, gradient_, part, scratch_of(part));
    }

private:
    T* scratch_of(parallel::Part part) const noexcept {
        return scratch_ == nullptr ? nullptr : scratch_ + part.index * scratch_size_;
    }

    MatrixView<const T> x_;
    const Targets<T>& targets_;
    Layers<T> gradient_;
    BatchPass<T>& pass_;
    T* scratch_ = nullptr;
    std::size_t scratch_size_ = 0;
};

}  // namespace

template <class T, class U>
double dense_gradient(Layers<U> layers, MatrixView<const T> x, const Targets<T>& targets, Layers<T> gradient,
                      BatchPass<T>& pass) {
    const core::FloatControlScope standard;
    pass.prepare(layers, x.rows());
    const std::size_t team = parallel::team_size(2 * x.rows() * row_work(layers), parallel::kBackpropGrain);
    DenseGradient<T> both(x, targets, gradient, pass);
    both.use_scratch(team);
    both.run(team);
    return pass.loss();
}

template <class T>
void DenseBatch<T>::gather(const Dataset& data, std::span<const std::size_t> rows, std::size_t batch_size) {
    if (x_.rows() < rows.size()) {
        x_ = Matrix<T>(batch_size, data.image_size());
        labels_.resize(batch_size);
    }
    rows_ = rows.size();
    data.gather<T>(rows, x_.rows(0, rows_), std::span(labels_).first(rows_));
}

template <class T>
double DenseStep<T>::take(Layers<T> layers, std::span<const std::size_t> rows) {
    batch_.gather(data_, rows, options_.batch_size);
    gradient_.fit(layers);
    const double loss =
        dense_gradient<T>(layers, batch_.x(), {.labels = batch_.labels().data()}, gradient_.layers(), pass_);
    if (std::isfinite(loss)) {
        descend<T>(options_.optimizer, gradient_.layers(), layers);
    }
    return loss;
}

template double dense_gradient(Layers<float>, MatrixView<const float>, const Targets<float>&, Layers<float>,
                               BatchPass<float>&);
template double dense_gradient(Layers<const float>, MatrixView<const float>, const Targets<float>&,
                               Layers<float>, BatchPass<float>&);
template double dense_gradient(Layers<double>, MatrixView<const double>, const Targets<double>&,
                               Layers<double>, BatchPass<double>&);
template double dense_gradient(Layers<const double>, MatrixView<const double>, const Targets<double>&,
                               Layers<double>, BatchPass<double>&);
template class DenseBatch<float>;
template class DenseBatch<double>;
template class DenseStep<float>;
template class DenseStep<double>;

}  // namespace thalweg::nn
