# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Softmax's exponential of float (src/kernels/shifted_exp.hpp)."""
from decimal import Decimal

from arithmetic import LN2, Constants, exp_tail, largest_error, multiple, print_all, remez, to_float

# A little beyond ln2/2.
REACH = Decimal('0.346642')


def relative(r):
    return r * r / r.exp()


def constants():
    tail = [to_float(c) for c in remez(exp_tail, relative, -REACH, REACH, 5)]
    error = largest_error(exp_tail, relative, tail, -LN2 / 2, LN2 / 2)
    high = multiple(LN2, 2.0**-15)
    scope = 'exp_ordinary(Vec<float> d)'
    horner = tail[::-1] + [1.0, 1.0]
    return [
        Constants(['kLog2EFloat ='], [to_float(1 / LN2)], 'F'),
        Constants([scope, 'kHasFma', 'V('], [-to_float(LN2)], 'F', until=')'),
        Constants(['rest_in_two_steps(Vec<float> k', 'V('], [-to_float(LN2 - Decimal(high)), -high], 'F'),
        Constants(['exp_polynomial(Vec<float> r)', 'p ='], horner, 'F', until='return', error=(3.8e-9, error)),
        Constants(['shifted_exp(Rounding', 'coefficients[] ='], horner[::-1], 'F'),
    ]


if __name__ == '__main__':
    print_all(constants())
