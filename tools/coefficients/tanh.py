# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""tanh of float in double lanes (src/kernels/tanh.hpp)."""
from decimal import Decimal
from math import factorial

from arithmetic import LN2, NEGLIGIBLE, Constants, largest_error, print_all, remez, to_double


def tanh_tail(z):
    """(tanh u - u) / u^3 for z = u^2, the quotient of two series: (sinh u - u cosh u) / u^3 by cosh u"""
    above, below, power, k = Decimal(0), Decimal(0), Decimal(1), 0
    while power / factorial(2 * k) > NEGLIGIBLE or k == 0:
        below += power / factorial(2 * k)
        above += power * (Decimal(1) / factorial(2 * k + 3) - Decimal(1) / factorial(2 * k + 2))
        power *= z
        k += 1
    return above / below


def constants():
    end = (LN2 / 4 * Decimal('1.0001')) ** 2
    c = [to_double(c) for c in remez(tanh_tail, abs, Decimal(0), end, 6)]
    error = largest_error(tanh_tail, abs, c, Decimal(0), end)
    return [Constants(['tanh_of_float(V x)', 'kTail[] ='], c, error=(2.0**-57.7, error))]


if __name__ == '__main__':
    print_all(constants())
