// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Instantiates every template of the public headers, as a program does: many warnings come only then. It is
// compiled with everything that compilers can warn of, and never run.
#include <array>
#include <complex>
#include <span>
#include <string>
#include <vector>

#include <thalweg/complex_step.hpp>
#include <thalweg/thalweg.hpp>

namespace {

using thalweg::Matrix;
using thalweg::MatrixView;

// Its own differences, as a model has them.
class Model {
public:
    static std::size_t size() { return 2; }
    static void differences(std::size_t first, double step, std::span<double> out) {
        for (double& each : out) {
            each = step * static_cast<double>(first);
        }
    }
};

double sum_of(std::span<const double> values) {
    double total = 0.0;
    for (const double value : values) {
        total += value;
    }
    return total;
}

template <class Element>
Element use_matrix() {
    Matrix<Element> matrix{{1, 2}, {3, 4}};
    const Matrix<Element> copy(matrix);
    MatrixView<Element> view = matrix;
    const MatrixView<const Element> readable = view;
    Matrix<Element> taken(static_cast<Matrix<Element>&&>(matrix));
    matrix = copy;
    taken = Matrix<Element>(readable);
    thalweg::Rng rng(1);
    taken = Matrix<Element>::randn(2, 2, rng);
    view = taken;
    view.template operator()<true>(0, 0) = taken == copy ? Element(1) : Element(2);
    view.template row<true>(0).template cols<true>(0, 1).template rows<true>(0, 1)(0, 0) += Element(1);
    taken.fill(thalweg::dot(matrix, copy.transposed())(0, 0) +
               thalweg::dot(view.transposed(), readable)(0, 0));
    return taken.template row<true>(1)(0, 0) + copy.template operator()<true>(1, 1);
}

template <class Element>
Element use_expressions(Matrix<Element>& matrix) {
    const Matrix<Element> row{1, 2};
    MatrixView<Element> view = matrix;
    Matrix<Element> sums = thalweg::exp(matrix) * 2 + row / thalweg::sum(matrix, 1);
    sums = (matrix < 1) | ~(thalweg::isnan(row) & (view >= 2));
    sums -= thalweg::where(view > 0, view, Element(0.5));
    view.assign(-sums);
    view *= 2;
    view.row(0) = row;
    matrix.assign(row);
    matrix /= thalweg::max(matrix, 0);
    const Matrix<float> single = thalweg::cast<float>(Matrix<double>{1, 2});
    return thalweg::mean((row - 1).eval()) + static_cast<Element>(single(0, 0)) +
           static_cast<Element>(thalweg::count_nonzero(view > row));
}

template <class Element>
Element use_tensors() {
    using thalweg::Tensor;
    using thalweg::TensorView;
    thalweg::Rng rng(1);
    const std::vector<int> lengths = {2, 3};
    Tensor<Element> x(thalweg::Shape{2, 3, 4});
    Tensor<Element> y({2, 3}, {1, 2, 3, 4, 5, 6});
    const Tensor<Element> z = Tensor<Element>::randn(lengths, rng);
    TensorView<Element> view = x;
    TensorView<const Element> readable = view;
    view.index(0, 1) = y.expand_dims(-1);
    view.slice(-1, 0, 2) += z.view().expand_dims(2);
    view -= thalweg::sum(x, {0, 2}) * thalweg::mean(readable, 1);
    view *= 2;
    view /= thalweg::max(x * 2, thalweg::Axes{0}) + 1;
    x.assign(readable.permute({0, 1, 2}).broadcast_to({2, 3, 4}));
    y = z;
    y = x.index(2, 0) + z;
    y = z < y;
    y += z;
    const Tensor<Element> moved(static_cast<Tensor<Element>&&>(y));
    Tensor<Element> taken(Matrix<Element>(2, 2));
    const Matrix<Element> back = static_cast<Tensor<Element>&&>(taken).matrix();
    MatrixView<const Element> rows = moved;
    const thalweg::NpyArray array = x.transpose();
    const Tensor<Element> product = thalweg::einsum("ij,kj->ik", moved, rows);
    const Tensor<float> single = thalweg::cast<float>(Tensor<double>({2}, 1));
    return x(1, 2, 3) + x.at(0, 0, 0) + view.template operator()<true>(1, 1, 1) + back(0, 0) + product(0, 1) +
           array.as<Tensor<Element>>()(3, 2, 1) + (moved == z ? Element(1) : Element(0)) +
           static_cast<Element>(thalweg::to_string(readable).size() + thalweg::argmax(x, 0)[0]) +
           static_cast<Element>(single(0)) +
           thalweg::matmul(readable.index(0, 0), moved.transpose()).at(0, 0) +
           x.squeeze().reshape({4, 6}).matrix()(0, 0) + (moved + z).eval_tensor()(0, 0);
}

template <class Element>
double use_net() {
    thalweg::Rng rng(1);
    thalweg::TwoLayerNet<Element> net(784, 2, 10, rng);
    const thalweg::Dataset digits = thalweg::synthetic_digits(4, 1);
    const Matrix<Element> images = digits.images<Element>();
    const std::vector<int> labels = {1, 2, 3, 4};
    thalweg::TwoLayerParams<Element> grads;
    thalweg::TwoLayerWorkspace<Element> workspace;
    double total = net.gradient(images, labels, grads, workspace);
    thalweg::Sgd{.lr = 0.1}.update(net.params, net.gradient(images, digits.targets<Element>()));
    total += grads == net.params ? 1.0 : 0.0;
    for (const auto& [name, matrix] : net.params.matrices()) {
        total += static_cast<double>(name.size() + matrix->size());
    }
    thalweg::TwoLayerDifferences<Element> model(net, images, labels);
    std::array<double, 3> differences{};
    model.differences(0, 1e-4, differences);
    std::vector<int> gathered(4);
    Matrix<Element> batch(4, 784);
    digits.gather<Element>(std::size_t{0}, batch, gathered);
    const thalweg::LayeredNet<Element> layered(
        {{net.params.W1, net.params.b1}, {net.params.W2, net.params.b2}});
    const thalweg::NpyArray array = net.predict(batch);
    const thalweg::Npz npz("net.npz", {{"W1", net.params.W1}});
    return total + thalweg::accuracy(net, digits) + static_cast<double>(layered.predict(batch)(0, 0)) +
           static_cast<double>(array.as<Matrix<Element>>()(0, 0)) +
           static_cast<double>(npz.as<Matrix<Element>>("W1")(0, 0));
}

double use_all_tensors() {
    return static_cast<double>(use_tensors<float>()) + use_tensors<double>();
}

double use_arrays() {
    const thalweg::NpyArray numbers = std::vector<double>{1.0, 2.0};
    const thalweg::NpyArray labels = std::vector<int>{1, 2};
    const thalweg::NpyArray number = 3;
    const thalweg::NpyArray flag = true;
    return numbers.as<std::vector<double>>()[0] +
           static_cast<double>(labels.as<std::vector<float>>().size()) + number.as<double>() +
           (flag.as<bool>() ? 1.0 : 0.0) +
           static_cast<double>(thalweg::NpyArray::text("text").as<std::string>().size());
}

template <class Element>
double use_shapes() {
    using namespace thalweg;
    const std::vector<int> labels = {0, 1};
    const std::array<unsigned char, 2> rows = {1, 0};
    const Matrix<Element> x = zeros<Element>(2, 2) + ones<Element>(2, 2) + full<Element>(2, 2, 3);
    const auto [across, down] = meshgrid(arange<Element>(2), linspace<Element>(0, 1, 2));
    const Matrix<Element> sum = eye<Element>(2) + eye<Element>(2, 2, -1) + one_hot<Element>(labels, 2) +
                                take(x, rows) + pick(across, {0, 1}) + take(down, {std::size_t{1}});
    return static_cast<double>(sum(0, 0)) + static_cast<double>(to_string(hstack({x, sum})).size()) +
           static_cast<double>(arange<Element>(0, 2, 0.5).size());
}

double use_differences() {
    using namespace thalweg;
    const std::vector<double> at = {1.0, 2.0};
    std::vector<double> moved = at;
    Matrix<double> matrix(1, 2);
    const auto square = [](double value) { return value * value; };
    const auto none = [&moved] { return sum_of(moved); };
    const auto outputs = [](std::span<const double> values, std::span<double> out) {
        out[0] = sum_of(values);
    };
    double total = numerical_diff(square, 1.0) + tangent_line(square, 1.0)(2.0) +
                   static_cast<double>(numerical_diff([](float value) { return value; }, 1.0F)) +
                   central_difference(none, moved, 0) + partial(sum_of, moved, 0) + partial(sum_of, at, 1) +
                   numerical_gradient(sum_of, at)[0] + numerical_gradient(sum_of, matrix)(0, 0) +
                   numerical_gradient(sum_of, matrix.view())(0, 0) + numerical_gradient(none, moved)[0];
    GradientOptions options;
    for (const auto method : {DifferenceMethod::kForward, DifferenceMethod::kRidders}) {
        options.method = method;
        total += numerical_gradient(sum_of, at, options).gradient[0];
        total += directional_derivative(sum_of, at, at, options).value;
    }
    total += jacobian(outputs, at, 1)(0, 0) + hessian(sum_of, at)(0, 0) +
             hessian_vector_product(sum_of, at, at)[0];
    total += check_gradient(sum_of, at, at).relative_error;
    BlackBox box(sum_of, at);
    BlackBox fixed(sum_of, std::span<const double>(at));
    const std::vector<std::size_t> which = {0, 1};
    total += numerical_gradient(Model(), 1e-4)[0] + numerical_gradient(fixed)[0] +
             compare_models(box, Model(), which, at).worst;
    const auto cube = [](auto value) { return value * value * value; };
    total +=
        complex_step_diff(cube, 2.0) +
        complex_step_gradient([](std::span<const std::complex<double>> z) { return z[0] * z[1]; }, at)[0];
    return total;
}

double use_training() {
    thalweg::Rng rng(1);
    thalweg::MiniBatches batches(10, 2, thalweg::Sampling::kShuffle, rng);
    thalweg::MiniBatches same(batches);
    same = batches;
    thalweg::TwoLayerNet<float> net(784, 2, 10, rng);
    const thalweg::TrainTest digits = {thalweg::synthetic_digits(4, 1), thalweg::synthetic_digits(4, 2)};
    thalweg::TrainCallbacks callbacks;
    callbacks.on_step = [](const thalweg::TrainStep& step) { return step.loss < 100.0; };
#ifdef __cpp_exceptions
    try {
        return thalweg::train(net, digits, {.iterations = 1}, rng, callbacks).last_loss +
               static_cast<double>(same.next().size());
    } catch (const thalweg::DifferenceError& error) {
        return static_cast<double>(error.coordinate());
    }
#else
    return thalweg::train(net, digits, {.iterations = 1}, rng, callbacks).last_loss;
#endif
}

}  // namespace

template class thalweg::MatrixView<float>;
template class thalweg::MatrixView<const double>;
template class thalweg::Matrix<float>;
template class thalweg::Matrix<double>;
template struct thalweg::Transposed<float>;
template class thalweg::Tensor<float>;
template class thalweg::Tensor<double>;
template class thalweg::TensorView<float>;
template class thalweg::TensorView<const double>;
template class thalweg::Expression<float>;
template class thalweg::Mask<double>;
template class thalweg::Operand<float>;
template class thalweg::DotOperand<float>;
template class thalweg::DotOperand<double>;
template struct thalweg::TwoLayerParams<float>;
template struct thalweg::TwoLayerParams<double>;
template struct thalweg::TangentLine<double>;

int main() {
    Matrix<float> single(2, 2);
    Matrix<double> matrix(2, 2);
    const double total = use_arrays() + use_all_tensors() + use_differences() + use_training() +
                         use_net<float>() + use_net<double>() + use_shapes<float>() + use_shapes<double>() +
                         static_cast<double>(use_matrix<float>()) + use_matrix<double>() +
                         static_cast<double>(use_expressions(single)) + use_expressions(matrix);
    return total > 0.0 ? 0 : 1;
}
