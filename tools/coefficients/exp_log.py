# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""exp and log of double, and exp of float in double lanes (src/kernels/exp_log.hpp)."""
from decimal import Decimal

from arithmetic import (LN2, NEGLIGIBLE, Constants, bits_of, exp_tail, interpolate, largest_error, of_bits,
                        print_all, remez, split, square, to_double)

# Intervals are a little longer than what the reduction leaves.
BEYOND = Decimal('1.0001')
HALF = LN2 / 2
ROOT = Decimal(2).sqrt()
LARGEST_SQUARE = ((ROOT - 1) / (ROOT + 1)) ** 2


def log_series(z):
    """(log((1 + s) / (1 - s)) - 2s) / s^3 for z = s^2"""
    term, total, k = Decimal(2), Decimal(0), 3
    while abs(term) > NEGLIGIBLE:
        total += term / k
        k += 2
        term *= z
    return total


def exp_double():
    end = HALF * BEYOND
    c = [to_double(c) for c in interpolate(exp_tail, -end, end, 11)]
    error = largest_error(exp_tail, lambda r: r * r / r.exp(), c, -HALF, HALF)
    return Constants(['exp_tail(V r)', 'kTail[] ='], c, error=(3.4e-19, error))


def log_double():
    c = [to_double(c) for c in interpolate(log_series, Decimal(0), LARGEST_SQUARE * BEYOND, 7)]
    # log is 2s + s^3 p(s^2), hence relative to it less than z/2 of p's error
    error = largest_error(log_series, lambda z: z / 2, c, Decimal(0), LARGEST_SQUARE)
    return Constants(['log_of_parts(V k, V m)', 'kSeries[] ='], c, error=(4.7e-18, error))


def exp_of_float():
    end = HALF / 16 * (1 + Decimal(2) ** -16)
    c = [to_double(c) for c in remez(exp_tail, square, -end, end, 5)]
    error = largest_error(exp_tail, lambda r: r * r / r.exp(), c, -end, end)
    return Constants(['exp_of_float(V x)', 'kTail[] ='], c, error=(1.2e-17, error))


def sixteenths():
    """2^(i/16), from whose exponent i sixteenths are taken off: those are the bits from 48 up."""
    return [of_bits(bits_of(to_double((LN2 * i / 16).exp())) - (i << 48)) for i in range(16)]


def constants():
    ln2_high, ln2_low = split(LN2, 2.0**-42)
    step_high, step_low = split(LN2 / 16, 2.0**-44)
    return [
        Constants(['double kLn2High ='], [ln2_high]),
        Constants(['double kLn2Low ='], [ln2_low]),
        Constants(['double kLog2E ='], [to_double(1 / LN2)]),
        exp_double(),
        Constants(['exp_of_float(V x)', 'kPower[16] ='], sixteenths()),
        exp_of_float(),
        Constants(['exp_of_float(V x)', 'kHigh ='], [step_high]),
        Constants(['exp_of_float(V x)', 'kLow ='], [step_low]),
        log_double(),
        Constants(['double kRootHalf ='], [to_double(1 / ROOT)]),
    ]


if __name__ == '__main__':
    print_all(constants())
