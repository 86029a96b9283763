# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""exp of float in float lanes (src/kernels/exp_float.hpp)."""
import math
from decimal import Decimal

from arithmetic import (LN2, Constants, bits_of, exp_tail, largest_error, of_bits, print_all, remez, square,
                        to_float)

# Chosen after a run over all floats, which also proves them (tools/ulp_sweep.cpp): how far the sum of high
# and low part is lowered to become a lower bound, and the window's width. Both relative to the result.
LOWERED = {32: 1.04 * 2.0**-36, 8: 0.98 * 2.0**-32}
WINDOW = {32: float.fromhex('0x1.3p-35'), 8: float.fromhex('0x1.08p-31')}


def table(n):
    lowest = 23 - int(math.log2(n))  # the bit that counts n-ths of an exponent
    exact = [(LN2 * i / n).exp() for i in range(n)]
    power = [to_float(p) for p in exact]
    rest = [to_float((e / Decimal(p)).ln() - Decimal(LOWERED[n])) for e, p in zip(exact, power)]
    end = LN2 / (2 * n)
    tail = [to_float(c) for c in remez(exp_tail, square, -end, end, {32: 3, 8: 4}[n])]
    error = largest_error(exp_tail, square, tail, -end, end)
    scope = f'struct ExpTable<{n}> {{'
    reduced = [of_bits(bits_of(p, 'f') - (i << lowest), 'f') for i, p in enumerate(power)]
    return [
        Constants([scope, 'kWindow ='], [WINDOW[n]], 'F'),
        Constants([scope, f'kPower[{n}] ='], reduced, 'F'),
        Constants([scope, f'kRest[{n}] ='], rest, 'F'),
        Constants([scope, 'kTail[] ='], tail, 'F', error=({32: 2.0**-42.4, 8: 2.0**-37.8}[n], error)),
    ]


def constants():
    high = to_float(LN2)
    return [
        *table(32),
        *table(8),
        Constants(['exp_window(const V', 'kHigh ='], [high], 'F'),
        Constants(['exp_window(const V', 'kLow ='], [to_float(Decimal(high) - LN2)], 'F'),
        Constants(['exp_window(const V', 'kSign *'], [to_float(1 / LN2)], 'F', until=')'),
    ]


if __name__ == '__main__':
    print_all(constants())
