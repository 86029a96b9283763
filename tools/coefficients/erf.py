# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""erf (src/kernels/erf.hpp, erf_table.hpp, erf_table_low.hpp)."""
from decimal import Decimal
from fractions import Fraction

from arithmetic import NEGLIGIBLE, PI, Constants, largest_error, print_all, remez, to_double, to_float

ROWS = 760
STEP = Decimal(1) / 128
SLOPE = 2 / PI.sqrt()
# The quick way leaves out h^4; what it does near 0, where that is a tenth of h^4, is evened out.
EVENED = Fraction(1, 10) / 256**2 * Fraction(3, 4)


def erf_ratio(z):
    """erf(x) / (2 x / sqrt(pi)) for z = x^2"""
    term, total, k = Decimal(1), Decimal(0), 0
    while abs(term) > NEGLIGIBLE:
        total += term / (2 * k + 1)
        k += 1
        term *= -z / k
    return total


def erf(x):
    """By a series of positive terms: erf x = 2/sqrt(pi) e^(-x^2) sum 2^k x^(2k+1) / (2k+1)!!"""
    z, term, total, k = x * x, x, Decimal(0), 0
    while term > NEGLIGIBLE:
        total += term
        k += 1
        term *= 2 * z / (2 * k + 1)
    return SLOPE * (-z).exp() * total


def near_tail(z):
    """(erf(x) / x - 2 / sqrt(pi)) / x^2"""
    term, total, k = -SLOPE, Decimal(0), 1
    while abs(term) > NEGLIGIBLE:
        total += term / (2 * k + 1)
        k += 1
        term *= -z / k
    return total


def constants():
    rows = [STEP * i for i in range(ROWS)]
    values = [erf(a) for a in rows]
    high = [to_double(v) for v in values]
    slopes = [to_double(SLOPE * (-a * a).exp()) for a in rows]
    low = [to_float(v - Decimal(h)) for v, h in zip(values, high)]
    end = Decimal('0.2500001')

    def weight(z):
        return z / (SLOPE * erf_ratio(z))

    near = [to_double(c) for c in remez(near_tail, weight, Decimal(0), end, 10)]
    error = largest_error(near_tail, weight, near, Decimal(0), end)
    slope = to_double(SLOPE)
    return [
        Constants(['kErfTable[kErfRows][2] ='], [x for row in zip(high, slopes) for x in row]),
        Constants(['kErfTableLow[kErfRows] ='], low, 'F'),
        Constants(['double kErfSlope ='], [slope]),
        Constants(['double kErfSlopeLow ='], [to_double(SLOPE - Decimal(slope))]),
        Constants(['erf_of_float(', 'V(2.0 / 3), V('], [to_double(EVENED - Fraction(1, 3))], until=')'),
        Constants(['erf_near(', 'kTail[] ='], near, error=(2.0**-58.2, error)),
    ]


if __name__ == '__main__':
    print_all(constants())
