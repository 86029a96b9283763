// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What must not compile with operations, derivatives, nets, data and files, each beside what is meant; cases
// are as in misuse_arrays.cpp.
#include <complex>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <thalweg/complex_step.hpp>
#include <thalweg/thalweg.hpp>

namespace tw = thalweg;
using tw::Matrix;

// Operations.

void operations(Matrix<float>& x, const Matrix<double>& wide, const std::vector<int>& labels) {
#ifdef CASE_sigmoid_of_a_transpose
    // only dot\(\) reads a transpose
    x = tw::sigmoid(x.transposed());
#else
    x = tw::sigmoid(x);
#endif
#ifdef CASE_sum_of_a_transpose
    // only dot\(\) reads a transpose
    x = tw::sum(x.view().transposed(), 0);
#else
    x = tw::sum(x, 1);
#endif
#ifdef CASE_result_into_a_transpose
    // only dot\(\) reads a transpose
    tw::dot(x, x, x.view().transposed());
#else
    tw::dot(x, x.view().transposed(), x);
#endif
#ifdef CASE_product_of_float_and_double
    // no known conversion (for argument 2 )?from .*Matrix<double>.* to .*DotOperand<float>
    x = tw::dot(x, wide);
#else
    x = tw::dot(x, x.transposed());
    x(0, 0) = static_cast<float>(tw::dot(wide, wide.transposed())(0, 0));
#endif
#ifdef CASE_bias_of_another_type
    // no known conversion (for argument 3 )?from .*Matrix<double>.* to .*MatrixView<const float>
    x = tw::affine(x, x, wide);
#else
    x = tw::affine(x, x, x);
#endif
#ifdef CASE_result_of_another_type
    // no known conversion (for argument 2 )?from .*Matrix<double>.* to .*MatrixView<float>
    Matrix<double> out(x.rows(), x.cols());
    tw::exp(x, out);
#else
    Matrix<float> out(x.rows(), x.cols());
    tw::exp(x, out);
#endif
#ifdef CASE_result_into_a_const_matrix
    // no known conversion (for argument 2 )?from .*const .*Matrix<double>.* to .*MatrixView<double>
    tw::log(wide, wide);
#else
    tw::log(out, out);
#endif
#ifdef CASE_result_into_a_temporary
    // no known conversion (for argument 2 )?from .*Matrix<float>.* to .*MatrixView<float>
    tw::softmax(x, Matrix<float>(x.rows(), x.cols()));
#else
    tw::softmax(x, x);
#endif
#ifdef CASE_axis_by_its_name_of_version_0_1
    // Axis
    x = tw::sum(x, tw::Axis::kRows);
#else
    x = tw::sum(x, 0);
#endif
#ifdef CASE_labels_of_bytes
    // no known conversion (for argument 2 )?from .*unsigned char.* to .*(Labels|span<const int>)
    const std::vector<std::uint8_t> bytes(labels.begin(), labels.end());
    x(0, 0) = static_cast<float>(tw::cross_entropy_error(x, bytes));
#else
    x(0, 0) = static_cast<float>(tw::cross_entropy_error(x, labels));
#endif
#ifdef CASE_labels_of_double
    // no known conversion (for argument 2 )?from .*vector<double>.* to .*(Labels|span<const int>)
    x(0, 0) = static_cast<float>(tw::softmax_cross_entropy(x, std::vector<double>(2), x));
#else
    x(0, 0) = static_cast<float>(tw::softmax_cross_entropy(x, labels, x));
#endif
}

// Differentiation.

void differentiation(std::vector<double>& x, Matrix<float>& small) {
    const auto square = [](double t) { return t * t; };
    const auto first = [](std::span<const double> v) { return v[0]; };
    const auto both = [](std::span<const double> v, std::span<double> y) { y[0] = v[0]; };
    const auto analytic = [](auto z) { return z * z; };
    const auto analytic_first = [](auto z) { return z[0] * z[0]; };
#ifdef CASE_gradient_of_a_function_of_one_number
    // f takes x, a std::span<const Element> of its elements, or nothing
    x = tw::numerical_gradient(square, x);
#else
    x = tw::numerical_gradient(first, x);
#endif
#ifdef CASE_options_with_a_function_of_one_number
    // f takes x, a std::span<const Element> of its elements, or nothing
    x = tw::numerical_gradient(square, x, tw::GradientOptions{}).gradient;
#else
    x = tw::numerical_gradient(first, x, tw::GradientOptions{}).gradient;
#endif
#ifdef CASE_gradient_of_no_number
    // f returns a number
    x = tw::numerical_gradient([](std::span<const double>) { return std::string("1"); }, x);
#endif
#ifdef CASE_gradient_of_nothing
    // f returns a number
    x = tw::numerical_gradient([](std::span<const double>) {}, x);
#endif
#ifdef CASE_gradient_by_integers
    // floating_point|no matching function
    tw::numerical_gradient([](std::span<const int> v) { return v[0]; }, std::vector<int>{1});
#endif
#ifdef CASE_options_with_float
    // GradientOptions: x has elements of double
    x = tw::numerical_gradient([](const Matrix<float>& v) { return v(0, 0); }, small, tw::GradientOptions{})
            .gradient;
#else
    small = tw::numerical_gradient([](const Matrix<float>& v) { return v(0, 0); }, small);
#endif
#ifdef CASE_derivative_of_a_function_of_many
    // f takes one number
    x[0] = tw::numerical_diff([](double a, double b) { return a * b; }, 1.0);
#else
    x[0] = tw::numerical_diff(square, 1.0);
#endif
#ifdef CASE_derivative_of_a_function_of_int
    // f takes an integer, which cuts x \+ h off
    x[0] = tw::numerical_diff([](int t) { return t * t; }, 3.0);
#endif
#ifdef CASE_derivative_of_a_function_of_bool
    // f takes an integer, which cuts x \+ h off
    x[0] = tw::numerical_diff([](bool t) { return t ? 1.0 : 0.0; }, 3.0);
#endif
#ifdef CASE_derivative_of_a_function_pointer_of_char
    // f takes an integer, which cuts x \+ h off
    double (*of_char)(char) = nullptr;
    x[0] = tw::numerical_diff(of_char, 3.0);
#endif
#ifdef CASE_derivative_of_a_std_function_of_long
    // f takes an integer, which cuts x \+ h off
    x[0] = tw::numerical_diff(std::function<double(long)>(), 3.0);
#endif
#ifdef CASE_tangent_of_a_reference_wrapper
    // f takes an integer, which cuts x \+ h off
    auto of_int = [](const int& t) mutable { return t; };
    x[0] = tw::tangent_line(std::ref(of_int), 3.0).slope;
#endif
#ifdef CASE_derivative_in_float_at_a_double
    // f takes a float where x is a double, which rounds x \+ h
    x[0] = tw::numerical_diff([](float t) { return t * t; }, 3.0);
#else
    x[0] = static_cast<double>(tw::numerical_diff([](float t) { return t * t; }, 3.0F));
#endif
#ifdef CASE_gradient_of_a_span_of_integers
    // f takes integers, but its variables are float or double
    x = tw::numerical_gradient([](std::span<const int> v) { return v[0]; }, x);
#endif
#ifdef CASE_gradient_of_a_vector_of_integers
    // f takes integers, but its variables are float or double
    x = tw::numerical_gradient([](const std::vector<long>& v) { return v[0]; }, x, tw::GradientOptions{})
            .gradient;
#endif
#ifdef CASE_complex_step_of_a_real_result
    // f returns a complex number: real ones
    x[0] = tw::complex_step_diff([](auto z) { return std::abs(z); }, 1.0);
#endif
#ifdef CASE_tangent_of_a_function_of_many
    // f takes one number
    x[0] = tw::tangent_line(first, 1.0)(0.0);
#else
    x[0] = tw::tangent_line(square, 1.0)(0.0);
#endif
#ifdef CASE_difference_with_an_argument
    // f takes nothing
    x[0] = tw::central_difference(square, x, 0);
#else
    x[0] = tw::central_difference([&x] { return x[0]; }, x, 0);
#endif
    small(0, 0) = static_cast<float>(tw::jacobian(both, x, 1)(0, 0));
#ifdef CASE_complex_step_in_double
    // f takes a std::complex<double>
    x[0] = tw::complex_step_diff(square, 1.0);
#else
    x[0] = tw::complex_step_diff(analytic, 1.0);
#endif
#ifdef CASE_complex_gradient_in_double
    // f takes a std::span<const std::complex<double>>
    x = tw::complex_step_gradient(first, x);
#else
    x = tw::complex_step_gradient(analytic_first, x);
#endif
    tw::BlackBox model(first, std::span<double>(x));
#ifdef CASE_copying_a_black_box
    // deleted
    tw::BlackBox second = model;
#else
    tw::BlackBox second(first, std::span<double>(x));
#endif
#ifdef CASE_model_without_differences
    // DifferenceModel|no matching function
    x = tw::numerical_gradient(first);
#else
    x = tw::numerical_gradient(second);
#endif
#ifdef CASE_check_without_a_gradient
    // analytic is a gradient, or a function of x
    tw::check_gradient(first, x, 1.0);
#else
    tw::check_gradient(first, x, x);
#endif
}

// Nets, data, files.

#ifdef CASE_net_of_int
// Matrix<Element>: Element is float or double
using Net = tw::TwoLayerNet<int>;
#else
using Net = tw::TwoLayerNet<float>;
#endif
std::size_t parameters(const Net& net) {
    return net.params.size();
}

void training(tw::TwoLayerNet<float>& net, const tw::TrainTest& data, tw::Rng& rng, Matrix<float>& x) {
    const std::vector<int> labels = {1};
#ifdef CASE_batches_from_a_temporary_generator
    // cannot bind non-const lvalue reference|expects an lvalue
    tw::MiniBatches batches(10, 1, tw::Sampling::kShuffle, tw::Rng(1));
#else
    tw::MiniBatches batches(10, 1, tw::Sampling::kShuffle, rng);
#endif
#ifdef CASE_seed_unasked
    // conversion from .int. to .*Rng. requested|no viable conversion from .int. to
    tw::Rng other = 1;
#else
    tw::Rng other(1);
#endif
#ifdef CASE_images_of_another_type
    // no matching (member )?function for call to .*gather|no known conversion
    Matrix<double> batch(1, 784);
    std::vector<int> batch_labels(1);
    data.train.gather<float>(batches.next(), batch, batch_labels);
#else
    Matrix<float> batch(1, 784);
    std::vector<int> batch_labels(1);
    data.train.gather<float>(batches.next(), batch, batch_labels);
#endif
#ifdef CASE_images_of_bytes
    // Matrix<Element>: Element is float or double
    data.train.images<std::uint8_t>();
#else
    x = data.train.images<float>();
#endif
#ifdef CASE_prediction_of_another_type
    // (conver|viable).* from .*Matrix<double>.* to .*MatrixView<const float>
    x = net.predict(Matrix<double>(1, 784));
#else
    x = net.predict(Matrix<float>(1, 784));
#endif
#ifdef CASE_differences_of_a_temporary_batch
    // deleted (function .*TwoLayerDifferences|constructor of .*TwoLayerDifferences)
    tw::TwoLayerDifferences<float> differences(net, Matrix<float>(1, 784), labels);
#else
    tw::TwoLayerDifferences<float> differences(net, batch, labels);
#endif
#ifdef CASE_differences_of_temporary_labels
    // deleted (function .*TwoLayerDifferences|constructor of .*TwoLayerDifferences)
    tw::TwoLayerDifferences<float> same(net, batch, std::vector<int>{1});
#else
    tw::TwoLayerDifferences<float> same(net, batch, labels);
#endif
#ifdef CASE_update_by_another_type
    // no matching (member )?function for call to .*update
    tw::Sgd{.lr = 0.1}.update(net.params, tw::TwoLayerParams<double>(784, 50, 10));
#else
    tw::Sgd{.lr = 0.1}.update(net.params, tw::TwoLayerParams<float>(784, 50, 10));
#endif
    tw::TwoLayerWorkspace<float> workspace;
#ifdef CASE_buffers_of_a_workspace
    // has no member named .z1|no member named .z1
    x = workspace.z1;
#else
    net.gradient(x, labels, net.params, workspace);
#endif
    tw::TrainCallbacks callbacks;
#ifdef CASE_callback_that_returns_nothing
    // no match for .operator=.|no viable overloaded .=.
    callbacks.on_step = [](const tw::TrainStep&) {};
#else
    callbacks.on_step = [](const tw::TrainStep&) { return true; };
#endif
#ifdef CASE_options_out_of_order
    // \.?iterations|designator order|out.of.order
    tw::train(net, data, {.batch_size = 1, .iterations = 1}, other, callbacks);
#else
    tw::train(net, data, {.iterations = 1, .batch_size = 1}, other, callbacks);
#endif
    x(0, 0) = static_cast<float>(differences.size() + same.size());
}

void files(const Matrix<float>& x) {
#ifdef CASE_file_of_long_double
    // no such element type in files
    tw::save_npy("a.npy", 1.0L);
#else
    tw::save_npy("a.npy", 1.0);
#endif
#ifdef CASE_file_of_long_doubles
    // no such element type in files
    tw::save_npy("a.npy", std::vector<long double>(2));
#else
    tw::save_npy("a.npy", std::vector<double>(2));
#endif
#ifdef CASE_file_of_a_string
    // text is NpyArray::text
    tw::save_npy("a.npy", std::string("level"));
#else
    tw::save_npy("a.npy", tw::NpyArray::text("level"));
#endif
#ifdef CASE_file_of_a_transpose
    // no known conversion from .*Transposed|from expression of type .*Transposed|no viable .*Transposed
    tw::save_npy("a.npy", x.transposed());
#else
    tw::save_npy("a.npy", x);
#endif
    const tw::NpyArray array = x;
#ifdef CASE_array_as_long_double
    // as<Out>\(\): a Matrix, Tensor, vector, number or string
    array.as<long double>();
#else
    array.as<double>();
#endif
#ifdef CASE_array_as_a_vector_of_strings
    // as<std::vector<Number>>\(\): Number is bool or a number
    array.as<std::vector<std::string>>();
#else
    array.as<std::vector<int>>();
#endif
#ifdef CASE_array_as_a_matrix_of_int
    // Matrix<Element>: Element is float or double
    array.as<Matrix<int>>();
#else
    array.as<Matrix<double>>();
#endif
}

void the_machine() {
#ifdef CASE_level_by_its_name
    // (could not|cannot) convert|cannot initialize a parameter of type .*SimdLevel
    tw::select_level("avx2");
#else
    tw::select_level(tw::parse_level("avx2"));
#endif
}
