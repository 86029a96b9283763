# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""log of float (src/kernels/log_float.hpp)."""
import math
from decimal import Decimal
from fractions import Fraction

from arithmetic import (LN2, Constants, bits_of, largest_error, log_tail, multiple, nearest, of_bits, print_all,
                        remez, square, to_double, to_float)

PAIRS = 64
# c_i is 1/m_i rounded to 27 bits and its partner the nearest double, in all but eight intervals. In each of
# these one float has a logarithm so near to a tie that the polynomial's error and a few roundings put it on
# the wrong side. There c_i is so many units of its 27 bits away, and its partner so many units in the last
# place: a pair found by trying, which rounds every float of the interval correctly with FMA and without
# (tools/ulp_sweep.cpp). check() sees that the nearest pair rounds the next float wrongly, and this one not.
MOVED = {
    9: (-7293, 0, '0x1.22d57p-65'),
    12: (12271, -244, '0x1.2f1fd6p+3'),
    35: (11468, -211, '0x1.8aa6f2p+0'),
    42: (5231, -179, '0x1.a6c9aep+0'),
    44: (76, 245, '0x1.b121a6p+76'),
    47: (-5129, 0, '0x1.bacb4ap+25'),
    52: (-2125, 0, '0x1.d1309cp+62'),
    63: (-5432, -3948, '0x1.fd67dep-1'),
}


def pair(i, steps=0, units=0):
    """c_i and -log c_i - i ln2/64"""
    c = nearest(Fraction(PAIRS, PAIRS + i), 27) + steps * 2.0**-27
    log_c = to_double(-Decimal(c).ln() - LN2 * i / PAIRS)
    return c, log_c + units * math.ulp(log_c)


def all_pairs():
    return [number for i in range(PAIRS) for number in pair(i, *MOVED.get(i, ())[:2])]


def fused(a, b, c):
    return to_double(Fraction(a) * Fraction(b) + Fraction(c))


def product_and_sum(a, b, c):
    return a * b + c


def log_of_float(x, c, log_c, tail, multiply_add):
    """The kernel's operations in double lanes, and the float that they give; x is in no interval around 1."""
    exponent = math.frexp(x)[1] - 1
    m = x / 2.0**exponent
    r = multiply_add(m, c, -1.0)
    intervals = exponent * PAIRS + math.floor((m - 1) * PAIRS + 0.5)
    base = multiply_add(intervals, to_double(LN2 / PAIRS), log_c)
    p = tail[-1]
    for coefficient in tail[-2::-1]:
        p = multiply_add(p, r, coefficient)
    return to_float(base + multiply_add(r * r, p, r))


def check():
    """Of each moved pair, that it is needed and that it serves; a text for each that is or does not."""
    tail = in_double_lanes().values
    complaints = []
    for i, (steps, units, text) in MOVED.items():
        x = float.fromhex(text)
        want = to_float(Decimal(x).ln())

        def right(c, log_c):
            return all(log_of_float(x, c, log_c, tail, way) == want for way in (fused, product_and_sum))

        if right(*pair(i)):
            complaints.append(f'kLogPairs[{i}] is moved, but the nearest pair rounds log({text}) correctly')
        if not right(*pair(i, steps, units)):
            complaints.append(f'kLogPairs[{i}] rounds log({text}) wrongly')
    return complaints


def in_double_lanes():
    end = Decimal('0.0084')
    c = [to_double(c) for c in remez(log_tail, abs, -end, end, 4)]
    error = largest_error(log_tail, abs, c, -end, end)
    return Constants(['log_of_float(V x)', 'kTail[] ='], c, error=(2.0**-41, error))


# Chosen after a run over all floats, as in exp_float.py, but absolute.
LOWERED = {32: 1.425 * 2.0**-35, 16: 1.5 * 2.0**-33}
WINDOW = {32: float.fromhex('0x1.ap-34'), 16: float.fromhex('0x1.ap-32')}


def interval(first, shift, i):
    """The first and the last float of an interval."""
    return [Fraction(of_bits(b, 'f')) for b in (first + (i << shift), first + (i + 1 << shift) - 1)]


def reciprocal(low, high):
    """Of the c for which m c - 1 is a float wherever m is in an interval, the one that leaves least of it."""
    unit_of_m = Fraction(math.ulp(float(low))) * 2**29  # of a float, not of a double
    best = None
    for bits in range(1, 12):
        unit = Fraction(1, 2**bits)
        near = round(2 / (low + high) / unit)
        for c in (near - 1, near, near + 1):
            reach = max(abs(c * unit * low - 1), abs(c * unit * high - 1))
            if reach <= unit * unit_of_m * 2**24 and (best is None or reach < best[0]):
                best = (reach, c * unit)
    return best


def in_float_lanes(n):
    shift = {32: 18, 16: 19}[n]
    first = bits_of(1.0, 'f') - (n // 2 << shift) - (2 << shift) // 3
    found = [reciprocal(*interval(first, shift, i)) for i in range(n)]
    reach = max(reach for reach, _ in found)
    logs = [-(Decimal(c.numerator) / c.denominator).ln() for _, c in found]
    high = [multiple(x, 2.0**-17) for x in logs]
    low = [to_float(x - Decimal(h) - Decimal(LOWERED[n])) for x, h in zip(logs, high)]
    end = Decimal(reach.numerator) / reach.denominator
    beyond = end * (1 + Decimal(2) ** -10)
    tail = [to_float(c) for c in remez(log_tail, square, -beyond, beyond, {32: 4, 16: 5}[n])]
    error = largest_error(log_tail, square, tail, -end, end)
    scope = f'struct LogTable<{n}> {{'
    return [
        Constants([scope, 'kShift ='], [shift]),
        Constants([scope, 'kFirst ='], [first]),
        Constants([scope, 'kWindow ='], [WINDOW[n]], 'F'),
        Constants([scope, f'kReciprocal[{n}] ='], [float(c) for _, c in found], 'F'),
        Constants([scope, f'kHigh[{n}] ='], high, 'F'),
        Constants([scope, f'kLow[{n}] ='], low, 'F'),
        Constants([scope, 'kTail[] ='], tail, 'F', error=({32: 2.0**-37.2, 16: 2.0**-39}[n], error)),
    ]


def constants():
    high = multiple(LN2, 2.0**-17)
    return [
        Constants(['kLogPairs[kLogIntervals][2] ='], all_pairs()),
        in_double_lanes(),
        Constants(['log_of_float(V x)', 'fma(intervals, V('], [to_double(LN2 / PAIRS)], until=')'),
        *in_float_lanes(32),
        *in_float_lanes(16),
        Constants(['kLn2HighUnit ='], [high * 2.0**-23], 'F'),
        Constants(['kLn2LowUnit ='], [to_float(LN2 - Decimal(high)) * 2.0**-23], 'F'),
    ]


if __name__ == '__main__':
    print_all(constants())
