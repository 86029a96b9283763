# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""gelu and gelu_tanh (src/kernels/gelu.hpp)."""
from decimal import Decimal, localcontext

import shifted_exp
from arithmetic import (LN2, PI, Constants, exp_tail, interpolate, largest_error, multiple, print_all, remez,
                        to_double, to_float)
from erf import erf

# What is approximated is Phi(-a) e^(a^2/2) (a + LEVEL): nearly level, so that Horner's rule and its argument err
# little.
LEVEL = Decimal('1.25')
# Largest |x|, the centre c of w = (|x| - c) / (|x| + c), number of coefficients
FLOAT = (Decimal(15), 4, 11)
DOUBLE = (Decimal(40), 5, 24)


def scaled_tail(a):
    """Phi(-a) e^(a^2/2), Phi the normal distribution: a series up to 3, a continued fraction beyond."""
    t = a / Decimal(2).sqrt()
    if a < 3:
        with localcontext() as context:
            context.prec = 60
            tail = (1 - erf(t)) / 2 * (t * t).exp()
        return +tail
    fraction = t
    for k in range(int(600 / (t * t)) + 60, 0, -1):
        fraction = t + Decimal(k) / 2 / fraction
    return 1 / (2 * PI.sqrt() * fraction)


def tail(kind, name, rounded, suffix, stated):
    largest, centre, n = kind
    known = {}

    def f(w):
        """Phi(-a) e^(a^2/2) (a + LEVEL)"""
        if w not in known:
            a = centre * (1 + w) / (1 - w)
            known[w] = scaled_tail(a) * (a + LEVEL)
        return known[w]

    def weight(w):
        return 1 / f(w)

    low, high = Decimal(-1), (largest - centre) / (largest + centre)
    found = remez(f, weight, low, high, n) if suffix else interpolate(f, low, high, n)
    c = [rounded(c) for c in found]
    return Constants([name, 'kTail[] ='], c, suffix, error=(stated, largest_error(f, weight, c, low, high)))


def halved_exp():
    """The tail of e^r of shifted_exp.py in -2r."""
    end = shifted_exp.REACH
    c = [to_float(c) for c in remez(exp_tail, shifted_exp.relative, -end, end, 5)]
    return [c[j] / 4 * (-0.5) ** j for j in range(5)]


def two_parts(x, unit=None):
    """x in two doubles, or in two floats of which the first is a multiple of `unit`."""
    if unit is None:
        high = to_double(x)
        return high, to_double(x - Decimal(high))
    high = multiple(x, unit) if unit else to_float(x)
    return high, to_float(x - Decimal(high))


def in_two(names, values, suffix=''):
    kind = 'float' if suffix else 'double'
    return [Constants([f'{kind} {name} ='], [value], suffix) for name, value in zip(names, values)]


def constants():
    linear = 2 * (2 / PI).sqrt()
    cubic = Decimal('0.044715') * linear
    scope = 'exp_of_minus_half('
    high, low = two_parts(2 * LN2, 0)
    return [
        tail(DOUBLE, 'normal_tail(V a)', to_double, '', 2.0**-54),
        *in_two(('kGeluLinear', 'kGeluLinearLow'), two_parts(linear)),
        *in_two(('kGeluCubic', 'kGeluCubicLow'), two_parts(cubic)),
        tail(FLOAT, 'normal_tail_float(V a)', to_float, 'F', 2.0**-26.2),
        Constants(['kHalvedExp[] ='], halved_exp(), 'F'),
        Constants([scope, 'fma(high, V('], [-to_float(1 / (2 * LN2))], 'F', until=')'),
        Constants([scope, 'fma(k, V('], [high], 'F', until=')'),
        Constants([scope, 'fma(k, V(', 'fma(k, V('], [low], 'F', until=')'),
        # Four times sqrt(2/pi): the exponent is halved.
        *in_two(('kGeluLinearFloat', 'kGeluLinearFloatLow'), two_parts(2 * linear, 2.0**-18), 'F'),
        *in_two(('kGeluCubicFloat', 'kGeluCubicFloatLow'), two_parts(2 * cubic, 0), 'F'),
    ]


if __name__ == '__main__':
    print_all(constants())
