# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""softplus of float (src/kernels/softplus.hpp)."""
from decimal import Decimal

from arithmetic import Constants, largest_error, log_tail, print_all, remez, to_float


def tail(e):
    """log_tail, whose series is slow for large e"""
    return log_tail(e) if e < Decimal('0.05') else ((1 + e).ln() - e) / (e * e)


def constants():
    c = [to_float(c) for c in remez(tail, abs, Decimal(0), Decimal(1), 9)]
    error = largest_error(tail, abs, c, Decimal(0), Decimal(1))
    return [Constants(['softplus_lanes(Vec<float> x)', 'kTail[] ='], c, 'F', error=(2.0**-26.2, error))]


if __name__ == '__main__':
    print_all(constants())
