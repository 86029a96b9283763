// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrices as text. Expected texts are NumPy 2.4's; test_numpy_arrays.py compares with the NumPy that is
// there.
#include <iomanip>
#include <limits>
#include <locale>
#include <sstream>
#include <string>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/float_modes.hpp"
#include "thalweg/print.hpp"
#include "thalweg/shape.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// Writes 1.5 as 1,5 and 1000 as 1.000.
class Comma : public std::numpunct<char> {
protected:
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEMPLATE_TEST_CASE("elements are aligned at the point", "[print]", float, double) {
    using M = Matrix<TestType>;
    const auto nan = std::numeric_limits<TestType>::quiet_NaN();
    const auto inf = std::numeric_limits<TestType>::infinity();
    CHECK(to_string(M{{1, 2}, {3, 4}}) == "[[1. 2.]\n [3. 4.]]");
    CHECK(to_string(M{{1, 2.5}, {-3, 40}}) == "[[ 1.   2.5]\n [-3.  40. ]]");
    CHECK(to_string(M{{TestType(0.1), TestType(-0.0), 0}}) == "[[ 0.1 -0.   0. ]]");
    CHECK(to_string(M{{1, nan}, {inf, -inf}}) == "[[  1.  nan]\n [ inf -inf]]");
    CHECK(to_string(M{{nan}}) == "[[nan]]");
    CHECK(to_string(M{{inf, nan}}) == "[[inf nan]]");
    CHECK(to_string(M(0, 3)) == "[]");
    CHECK(to_string(M(3, 0)) == "[]");
    CHECK(to_string(M()) == "[]");
    CHECK(to_string(M(1, 1)) == "[[0.]]");
}

TEMPLATE_TEST_CASE("powers of ten where numbers differ much", "[print]", float, double) {
    using M = Matrix<TestType>;
    CHECK(to_string(M{{1, 1000}}) == "[[   1. 1000.]]");
    CHECK(to_string(M{{1, 1001}}) == "[[1.000e+00 1.001e+03]]");
    CHECK(to_string(M{{TestType(1e-5), 0}}).starts_with("[[1"));
    CHECK(to_string(M{{0, TestType(1e-30)}}).ends_with("e-30]]"));
    CHECK(to_string(M{{0.0009765625, 1}}) == "[[9.765625e-04 1.000000e+00]]");
    CHECK(to_string(M{{1e8, -1}}) == "[[ 1.e+08 -1.e+00]]");
}

TEST_CASE("the two types differ where NumPy's do", "[print]") {
    CHECK(to_string(Matrix<float>{{1.0F / 3}}) == "[[0.33333334]]");
    CHECK(to_string(Matrix<double>{{1.0 / 3}}) == "[[0.33333333]]");
    CHECK(to_string(Matrix<float>{{999999}}) == "[[999999.]]");
    CHECK(to_string(Matrix<float>{{1e6F}}) == "[[1.e+06]]");
    CHECK(to_string(Matrix<double>{{1e6}}) == "[[1000000.]]");
    CHECK(to_string(Matrix<double>{{99999999}}) == "[[99999999.]]");
    CHECK(to_string(Matrix<double>{{1e8}}) == "[[1.e+08]]");
    CHECK(to_string(Matrix<float>{{1e-4F}}) == "[[0.0001]]");
    CHECK(to_string(Matrix<double>{{1e-4}}) == "[[0.0001]]");
    CHECK(to_string(Matrix<double>{{0.99e-4}}) == "[[9.9e-05]]");
    CHECK(to_string(Matrix<double>{{5e-324, 1.2345678e308}}) == "[[4.9406565e-324 1.2345678e+308]]");
    CHECK(to_string(Matrix<double>{{5e-324}}) == "[[5.e-324]]");
    // Digits beyond those that are needed are the number's own.
    CHECK(to_string(Matrix<float>{{-1.2682294F, 139.2182F, 0.19238319F, 0.09910913F}}) ==
          "[[-1.2682294e+00  1.3921820e+02  1.9238319e-01  9.9109128e-02]]");
    // A tie at the eighth digit goes to the even one.
    CHECK(to_string(Matrix<double>{{0.001953125, 1.001953125}}) == "[[0.00195312 1.00195312]]");
}

TEST_CASE("many elements are cut, long rows wrapped", "[print]") {
    CHECK(to_string(arange(1002)) == "[[0.000e+00 1.000e+00 2.000e+00 ... 9.990e+02 1.000e+03 1.001e+03]]");
    CHECK(to_string(zeros(7, 143)) ==
          "[[0. 0. 0. ... 0. 0. 0.]\n [0. 0. 0. ... 0. 0. 0.]\n"
          " [0. 0. 0. ... 0. 0. 0.]\n ...\n [0. 0. 0. ... 0. 0. 0.]\n"
          " [0. 0. 0. ... 0. 0. 0.]\n [0. 0. 0. ... 0. 0. 0.]]");
    CHECK(to_string(zeros(334, 3)) ==
          "[[0. 0. 0.]\n [0. 0. 0.]\n [0. 0. 0.]\n ...\n [0. 0. 0.]\n [0. 0. 0.]\n [0. 0. 0.]]");
    const std::string thousand = to_string(zeros(500, 2));
    CHECK(thousand.find("...") == std::string::npos);
    CHECK(thousand.size() == 500 * 9);
    CHECK(to_string(arange(30)) ==
          "[[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.\n"
          "  18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.]]");
    // What is not shown does not count for the layout.
    Matrix<double> x(1, 2000);
    x(0, 1000) = 123456;
    CHECK(to_string(x) == "[[0. 0. 0. ... 0. 0. 0.]]");
}

TEMPLATE_TEST_CASE("views, expressions and masks are printed", "[print]", float, double) {
    const Matrix<TestType> x{{1, 2, 3}, {4, 5, 6}};
    Matrix<TestType> writable = x;
    std::ostringstream stream;
    stream << x << '\n'
           << writable << x.cols(1, 3) << writable.row(1) << x + x << '\n'
           << (x > 2) << ~(x > 0);
    CHECK(stream.str() ==
          "[[1. 2. 3.]\n [4. 5. 6.]]\n[[1. 2. 3.]\n [4. 5. 6.]][[2. 3.]\n [5. 6.]][[4. 5. 6.]]"
          "[[ 2.  4.  6.]\n [ 8. 10. 12.]]\n[[False False  True]\n [ True  True  True]]"
          "[[False False False]\n [False False False]]");
    CHECK(to_string(x * 2) == "[[ 2.  4.  6.]\n [ 8. 10. 12.]]");
    CHECK(to_string(Matrix<TestType>(2, 0) > 0) == "[]");
    Gapped<TestType> gapped(x);
    CHECK(to_string(gapped.view()) == to_string(x));
}

TEST_CASE("the caller's locale, flags and width do not matter", "[print]") {
    std::ostringstream stream;
    stream.imbue(std::locale(std::locale::classic(), new Comma));
    stream << std::scientific << std::setprecision(2) << std::showpos << std::setfill('*') << std::setw(30);
    const auto flags = stream.flags();
    stream << Matrix<double>{{1234.5, -0.25}} << Matrix<double>(1, 1);
    CHECK(stream.str() == "[[ 1.2345e+03 -2.5000e-01]][[0.]]");
    CHECK(stream.flags() == flags);
    CHECK(stream.precision() == 2);
    CHECK(stream.width() == 30);
    CHECK(stream.fill() == '*');
    stream.str("");
    stream << 0.5;
    CHECK(stream.str() == "*********************+5,00e-01");
}

TEST_CASE("the thread's mode does not matter", "[print]") {
    const Matrix<double> x{{0.001953125, 1.0 / 3, 1.3}};
    const Matrix<double> tiny{{5e-324, -1e-310, 0}};
    const Matrix<float> single{{1e-45F, 0}};
    const std::string expected = to_string(x) + to_string(tiny) + to_string(single);
    for (const FloatMode& mode : float_modes()) {
        std::string found;
        {
            const FloatModeScope scope(mode);
            found = to_string(x) + to_string(tiny) + to_string(single);
        }
        INFO(mode.name);
        CHECK(found == expected);
    }
}
