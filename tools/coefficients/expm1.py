# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""expm1 of float and double (src/kernels/expm1.hpp)."""
from decimal import Decimal

from arithmetic import (LN2, Constants, bits_of, exp_cubic, largest_error, of_bits, print_all, remez, square,
                        to_double, to_float)

PARTS = 8
LOWEST = 20  # the bit that counts eighths of an exponent
BEYOND = Decimal('1.0001')


def tail(where, end, n, rounding, suffix, stated):
    """The cubic's error counts r^2 times, relative to the sum."""
    c = [rounding(c) for c in remez(exp_cubic, square, -end, end, n)]
    return Constants(where, c, suffix, error=(stated, largest_error(exp_cubic, square, c, -end, end)))


def constants():
    exact = [(LN2 * i / PARTS).exp() for i in range(PARTS)]
    power = [to_float(p) for p in exact]
    rest = [to_float((e / Decimal(p)).ln()) for e, p in zip(exact, power)]
    reduced = [of_bits(bits_of(p, 'f') - (i << LOWEST), 'f') for i, p in enumerate(power)]
    high = to_float(LN2)
    scope = 'exp_of_rest(V x'
    return [
        tail(['half_expm1(V x)', 'kTail[] ='], LN2 / 2 * BEYOND, 11, to_double, '', 1.2e-18),
        Constants(['kEighths[8] ='], reduced, 'F'),
        Constants(['kEighthsRest[8] ='], rest, 'F'),
        tail([scope, 'kTail[] ='], LN2 / 16 * BEYOND, 3, to_float, 'F', 2.0**-34),
        Constants([scope, 'fma(x, V('], [to_float(1 / LN2)], 'F', until=')'),
        Constants([scope, 'rest = fma(k, V('], [to_float(Decimal(high) - LN2)], 'F', until=')'),
        Constants([scope, 'r = fma(k, V('], [-high], 'F', until=')'),
    ]


if __name__ == '__main__':
    print_all(constants())
