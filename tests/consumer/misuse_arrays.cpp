// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What must not compile with matrices, expressions, masks and tensors, each beside what is meant;
// test_misuse.py compiles this file once a case. A case begins with `#ifdef CASE_name`, and the comments
// right below it are what the compiler has to say, as a regular expression each (GCC's words or Clang's).
#include <cstddef>
#include <utility>
#include <vector>

#include <thalweg/thalweg.hpp>

namespace tw = thalweg;
using tw::Matrix;
using tw::MatrixView;

// Matrices and views.

#ifdef CASE_matrix_of_int
// Matrix<Element>: Element is float or double
Matrix<int> of_numbers(2, 2);
#else
Matrix<float> of_numbers(2, 2);
#endif

void matrices(Matrix<float>& m, const Matrix<float>& fixed, const std::vector<float>& row) {
#ifdef CASE_matrix_of_a_vector
    // no matching function for call to .*Matrix<float>|no matching conversion|no matching constructor
    m = Matrix<float>(row);
#else
    m = Matrix<float>(MatrixView<const float>(row.data(), 1, row.size()));
#endif
#ifdef CASE_shape_in_braces
    // (use of|call to) deleted .*Row
    m = Matrix<float>{row.size(), row.size()};
#else
    m = Matrix<float>(row.size(), row.size());
#endif
#ifdef CASE_found_by_argument_dependent_lookup
    // .dot. was not declared|undeclared identifier .dot.
    m = dot(m, m);
#else
    m = tw::dot(m, m);
#endif
#ifdef CASE_element_of_an_expression
    // no match for call to|does not provide a call operator
    m(0, 0) = tw::exp(m)(0, 0);
#else
    m(0, 0) = tw::exp(m).eval()(0, 0);
#endif
#ifdef CASE_expression_kept_by_auto
    // deleted
    auto powers = tw::exp(m);
    m = powers;
#else
    const Matrix<float> powers = tw::exp(m);
    m = powers;
#endif
#ifdef CASE_narrowing
    // narrowing|cannot be narrowed
    const double number = static_cast<double>(row[0]);
    m = Matrix<float>{{number}};
#else
    m = Matrix<float>{{row[0]}};
#endif
#ifdef CASE_copying_a_view_unasked
    // conversion from .*MatrixView<.*Matrix<float>.* requested|no viable conversion from
    // .*MatrixView<.*Matrix<float>
    const Matrix<float> copy = fixed.row(0);
#else
    const Matrix<float> copy(fixed.row(0));
#endif
#ifdef CASE_two_types
    // no match for .operator==.|invalid operands to binary expression
    m(0, 0) = Matrix<double>(copy.rows(), 2) == m ? 1.0F : 0.0F;
#else
    m(0, 0) = Matrix<float>(copy.rows(), 2) == m ? 1.0F : 0.0F;
#endif
#ifdef CASE_write_to_a_const_matrix
    // read-only location|returns a const value
    fixed(0, 0) = 1;
#else
    m(0, 0) = 1;
#endif
#ifdef CASE_write_through_a_const_view
    // read-only location|returns a const value
    fixed.row(0)(0, 1) = 1;
#else
    m.row(0)(0, 1) = 1;
#endif
#ifdef CASE_writable_view_of_a_const_matrix
    // (conversion|viable).* from .*Matrix<float>.* to .*MatrixView<float>
    const MatrixView<float> view = fixed;
#else
    const MatrixView<const float> view = fixed;
#endif
#ifdef CASE_view_of_a_temporary
    // (conver|viable).* from .*Matrix<float>.* to .*MatrixView<float>
    const MatrixView<float> seen = Matrix<float>(2, 2);
#else
    const MatrixView<float> seen = m;
#endif
    m(0, 0) = view(0, 0) + seen(0, 0);
}

// Arrays.

void arrays(Matrix<double>& a, const Matrix<double>& b, const Matrix<float>& narrow, std::size_t rows) {
    MatrixView<double> v = a.row(0);
#ifdef CASE_sizes_in_braces
    // deleted function .*Row|.Row<unsigned long>. has been explicitly marked deleted
    a = Matrix<double>{rows, rows};
#else
    a = Matrix<double>(rows, rows);
#endif
#ifdef CASE_second_use_of_an_expression
    // deleted function.*Matrix\(const .*Expression|invokes a deleted function
    auto e = a + b;
    const Matrix<double> c = e;
#else
    const Matrix<double> c = a + b;
#endif
#ifdef CASE_assigning_a_named_expression
    // deleted function.*Matrix\(const .*Expression|invokes a deleted function
    auto named = a + b;
    a = named;
#else
    a = a + b;
#endif
#ifdef CASE_computing_with_a_named_expression
    // deleted function.*Operand\(const .*Expression|invokes a deleted function
    auto sum = a + b;
    a = sum * 2;
#else
    a = (a + b) * 2;
#endif
#ifdef CASE_second_use_of_a_mask
    // deleted function.*Operand\(const .*Mask|invokes a deleted function
    auto less = a < b;
    a = tw::where(less, a, b);
#else
    a = tw::where(a < b, a, b);
#endif
#ifdef CASE_softmax_of_a_named_expression
    // deleted function.*operator .*MatrixView|invokes a deleted function
    auto logits = a + b;
    a = tw::softmax(logits);
#else
    a = tw::softmax(a + b);
#endif
#ifdef CASE_moving_an_expression
    // (deleted function|implicitly-deleted|deleted)
    auto first = a + b;
    auto second = std::move(first);
#endif
#ifdef CASE_expression_into_a_named_view
    // deleted (function|operator)
    v = a + b;
#else
    v.assign(a.row(0) + b.row(0));
#endif
#ifdef CASE_mask_into_a_named_view
    // deleted (function|operator)
    v = a < b;
#else
    v.assign(a.row(0) < b.row(0));
#endif
#ifdef CASE_number_into_a_named_view
    // deleted (function|operator)
    v = 0.0;
#else
    v.assign(0.0);
#endif
#ifdef CASE_writable_view_of_an_expression
    // conversion from .*Expression<double>.* to .*MatrixView<double>
    MatrixView<double> seen = a + b;
#else
    Matrix<double> seen = a + b;
#endif
#ifdef CASE_writing_through_a_readable_view
    // no match for .operator=.|no viable overloaded .=.
    b.row(0) = a.row(0);
#else
    a.row(0) = b.row(0);
#endif
#ifdef CASE_adding_through_a_readable_view
    // no match for .operator\+=.|no viable overloaded .\+=.
    b.row(0) += a.row(0);
#else
    a.row(0) += b.row(0);
#endif
#ifdef CASE_transpose_into_elements
    // deleted function
    a.row(0) = b.transposed();
#endif
#ifdef CASE_float_plus_double
    // no match for .operator\+.|invalid operands to binary expression
    a = b + narrow;
#else
    a = b + tw::cast<double>(narrow);
#endif
#ifdef CASE_adding_float_to_double
    // no match for .operator\+=.|no viable overloaded .\+=.
    a += narrow;
#else
    a += 2.0F;
#endif
#ifdef CASE_float_expression_into_double
    // no match for .operator=.|no viable overloaded .=.
    a = narrow * 2.0;
#else
    a = b * 2.0F;
#endif
#ifdef CASE_float_row_into_double
    // (cannot convert|no viable conversion).*MatrixView<(const )?float>
    a.row(0) = narrow.row(0);
#endif
#ifdef CASE_cast_to_int
    // no matching function for call to .*cast
    a = tw::cast<int>(b);
#endif
#ifdef CASE_if_mask
    // deleted function.*operator bool|attempt to use a deleted function
    if (a < b) {
#else
    if (tw::all(a < b)) {
#endif
        a = b;
    }
#ifdef CASE_mask_and_mask
    // deleted function.*operator bool|attempt to use a deleted function
    a = tw::where((a < b) && (a > 0), a, b);
#else
    a = tw::where((a < b) & (a > 0), a, b);
#endif
#ifdef CASE_mask_or_mask
    // deleted function.*operator bool|attempt to use a deleted function
    a = tw::where((a < b) || (a > 0), a, b);
#else
    a = tw::where((a < b) | (a > 0), a, b);
#endif
#ifdef CASE_not_mask
    // deleted function.*operator bool|attempt to use a deleted function
    a = tw::where(!(a < b), a, b);
#else
    a = tw::where(~(a < b), a, b);
#endif
#ifdef CASE_if_expression
    // could not convert.*Expression<double>.*to .bool|no viable conversion from .*Expression<double>.* to
    // .bool
    if (a + b) {
        a = b;
    }
#endif
#ifdef CASE_mask_as_one_number
    // (cannot convert|no viable conversion from) .*Mask<double>.* to .const double
    const double share = a < b;
#else
    const double share = tw::mean(a < b);
#endif
#ifdef CASE_masks_compared
    // no match for .operator==.|invalid operands to binary expression
    const bool equal = (a < b) == (b < a);
#else
    const bool equal = tw::array_equal(a < b, b < a);
#endif
#ifdef CASE_matrix_and_mask
    // no match for .operator&.|invalid operands to binary expression
    a = b & (b < 1);
#else
    a = (b > 0) & (b < 1);
#endif
    a(0, 0) = equal ? share + seen(0, 0) + c(0, 0) : 0.0;
}

// Tensors.

void tensors(tw::Tensor<float>& t, const tw::Tensor<float>& fixed, const tw::Tensor<double>& wide) {
#ifdef CASE_tensor_of_int
    // Tensor<Element>: Element is float or double
    const tw::Tensor<int> counts({2, 2});
#else
    const tw::Tensor<float> counts({2, 2});
#endif
#ifdef CASE_tensor_without_a_shape
    // no matching function for call to .*Tensor<float>|no matching constructor
    t = tw::Tensor<float>(2, 3, 4);
#else
    t = tw::Tensor<float>({2, 3, 4});
#endif
#ifdef CASE_tensor_expression_used_twice
    // use of deleted function .*Tensor|invokes a deleted function
    auto sum = t + fixed;
    const tw::Tensor<float> kept = sum;
#else
    const auto kept = (t + fixed).eval_tensor();
#endif
#ifdef CASE_tensors_of_two_types
    // no match for .*operator\+|invalid operands to binary expression
    t = fixed + wide;
#else
    t = fixed + tw::cast<float>(wide);
#endif
    tw::TensorView<float> view = t.index(0, 1);
#ifdef CASE_expression_to_a_named_tensor_view
    // use of deleted function|overload resolution selected deleted operator
    view = fixed + fixed;
#else
    view.assign(fixed + fixed);
#endif
#ifdef CASE_write_to_a_fixed_tensor
    // no match for .*operator=|no viable overloaded '='
    fixed.index(0, 0) = view;
#else
    t.index(0, 0) = view;
#endif
#ifdef CASE_write_to_repeated_elements
    // no match for .*operator\+=|no viable overloaded '\+='
    view.broadcast_to({2, 3, 4}) += fixed;
#else
    view += tw::sum(fixed, 0);
#endif
#ifdef CASE_view_of_a_fixed_tensor
    // conversion from .* to non-scalar type|no viable conversion
    tw::TensorView<float> writable = fixed;
#else
    tw::TensorView<const float> writable = fixed;
#endif
#ifdef CASE_element_by_a_fraction
    // no match for call to|no matching function for call
    t(0, 1.5, 0) = 1;
#else
    t(0, 1, 0) = 1;
#endif
#ifdef CASE_seven_indices
    // an array has at most six axes
    t(0, 0, 0, 0, 0, 0, 0) = kept(0, 0, 0) + writable(0, 0, 0) + counts(0, 0);
#else
    t(0, 0, 0) = kept(0, 0, 0) + writable(0, 0, 0) + counts(0, 0);
#endif
}
