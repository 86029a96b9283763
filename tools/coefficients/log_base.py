# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""log1p, log2 and log10 (src/kernels/log_pair.hpp, log_base.hpp and log1p.hpp)."""
from decimal import Decimal

from arithmetic import (LN2, Constants, bits_of, interpolate, largest_error, log_cubic, multiple, print_all, remez,
                        split, square, to_double, to_float)
from exp_log import BEYOND, LARGEST_SQUARE, log_series
from log_float import interval, reciprocal

PARTS = 8
SHIFT = 20
FIRST = bits_of(1.0, 'f') - (PARTS // 2 << SHIFT) - (2 << SHIFT) // 3
UNIT = 2.0**-23  # of the exponent, as log_parts() counts it
LN10 = Decimal(10).ln()


def table(scope, factor, of_two, unit, logs):
    """In float lanes: log_b 2 and the logarithms of the intervals, each as a multiple of `unit` and the rest."""
    exact = [x * factor for x in logs]
    high = [multiple(x, unit) for x in exact]
    one = multiple(of_two, unit)
    return [
        Constants([scope, 'kUnit ='], [one * UNIT], 'F'),
        Constants([scope, 'kUnitLow ='], [to_float(of_two - Decimal(one)) * UNIT], 'F'),
        Constants([scope, 'kHigh[8] ='], high, 'F'),
        Constants([scope, 'kLow[8] ='], [to_float(x - Decimal(h)) for x, h in zip(exact, high)], 'F'),
    ]


def factors(scope, factor):
    wide, narrow = to_double(factor), to_float(factor)
    return [
        Constants([scope, 'kFactor ='], [wide]),
        Constants([scope, 'kFactorLow ='], [to_double(factor - Decimal(wide))]),
        Constants([scope, 'kFloatFactor ='], [narrow], 'F'),
        Constants([scope, 'kFloatFactorLow ='], [to_float(factor - Decimal(narrow))], 'F'),
    ]


def pair():
    c = [to_double(c) for c in interpolate(log_series, Decimal(0), LARGEST_SQUARE * BEYOND, 8)]
    # as in exp_log.py
    error = largest_error(log_series, lambda z: z / 2, c, Decimal(0), LARGEST_SQUARE)
    return Constants(['log_pair(V f', 'kSeries[] ='], c, error=(5.4e-19, error))


def constants():
    found = [reciprocal(*interval(FIRST, SHIFT, i)) for i in range(PARTS)]
    reach = max(reach for reach, _ in found)
    logs = [-(Decimal(c.numerator) / c.denominator).ln() for _, c in found]
    end = Decimal(reach.numerator) / reach.denominator * (1 + Decimal(2) ** -10)
    tail = [to_float(c) for c in remez(log_cubic, square, -end, end, 5)]
    error = largest_error(log_cubic, square, tail, -end, end)
    one, one_low = split(LN2 / LN10, 2.0**-43)
    return [
        pair(),
        Constants(['kEighthFirst ='], [FIRST]),
        Constants(['kEighthReciprocal[8] ='], [float(c) for _, c in found], 'F'),
        Constants(['log_of_rest(V r', 'kTail[] ='], tail, 'F', error=(2.0**-34.4, error)),
        *table('struct BaseE {', Decimal(1), LN2, 2.0**-17, logs),
        *table('struct Base2 {', 1 / LN2, Decimal(1), 2.0**-16, logs),
        *factors('struct Base2 {', 1 / LN2),
        *table('struct Base10 {', 1 / LN10, LN2 / LN10, 2.0**-17, logs),
        *factors('struct Base10 {', 1 / LN10),
        Constants(['struct Base10 {', 'kOne ='], [one]),
        Constants(['struct Base10 {', 'kOneLow ='], [one_low]),
    ]


if __name__ == '__main__':
    print_all(constants())
