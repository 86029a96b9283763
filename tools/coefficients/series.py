# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Series with fractions for coefficients: hyperbolic.hpp, difference.hpp and difference_any.hpp."""
from fractions import Fraction
from math import factorial

from arithmetic import Constants, print_all, to_double


def inverse_factorials(first, n):
    return [Fraction(1, factorial(first + 2 * k)) for k in range(n)]


def artanh_series(n):
    """2 artanh(r) / r in r^2"""
    return [Fraction(2, 2 * k + 1) for k in range(n)]


def series(where, leading, terms, largest, stated):
    """All terms but the last; the error is that one, relative to the leading term, for the largest argument."""
    *kept, left_out = terms
    error = float(left_out * Fraction(largest) ** len(kept) / leading)
    return Constants(where, [to_double(t) for t in kept], error=(stated, error))


def constants():
    sinh, cosh = inverse_factorials(3, 9), inverse_factorials(2, 10)
    artanh = artanh_series(8)
    return [
        # up to |x| = 1: relative to x, which is less than sinh x, and to x^2/2
        series(['sinh_series(V square)', 'kTail[] ='], 1, sinh, 1, 8.3e-18),
        series(['cosh_series(V square)', 'kTail[] ='], cosh[0], cosh, 1, 8.3e-19),
        series(['loss_difference(V g, V up', 'kSeries[] ='], artanh[0], artanh, Fraction(1, 400), 5e-20),
    ]


if __name__ == '__main__':
    print_all(constants())
