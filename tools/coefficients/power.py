# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""power (src/kernels/power.hpp): what log_float.py's table lacks, and a longer polynomial."""
from decimal import Decimal

import log_float
from arithmetic import LN2, NEGLIGIBLE, Constants, largest_error, multiple, print_all, remez, to_double

TERMS = 8


def log_tail(r):
    """(log(1 + r) - r + r^2/2) / r^3"""
    term, total, k = Decimal(1), Decimal(0), 3
    while abs(term) > NEGLIGIBLE:
        total += term / k
        k += 1
        term *= -r
    return total


def low_parts():
    low = []
    pairs = log_float.all_pairs()
    for i, (c, log_c) in enumerate(zip(pairs[::2], pairs[1::2])):
        low.append(to_double(-Decimal(c).ln() - LN2 * i / log_float.PAIRS - Decimal(log_c)))
    return low


def constants():
    end = Decimal('0.0084')
    c = [to_double(c) for c in remez(log_tail, lambda r: r * r, -end, end, TERMS)]
    error = largest_error(log_tail, lambda r: r * r, c, -end, end)
    high = multiple(LN2 / log_float.PAIRS, 2.0**-42)
    return [
        Constants(['kLogPairsLow[kLogIntervals] ='], low_parts()),
        Constants(['double kIntervalHigh ='], [high]),
        Constants(['double kIntervalLow ='], [to_double(LN2 / log_float.PAIRS - Decimal(high))]),
        Constants(['long_log(', 'kTail[] ='], c, error=(2.0**-68, error)),
    ]


if __name__ == '__main__':
    print_all(constants())
