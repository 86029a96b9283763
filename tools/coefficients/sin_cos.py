# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""sin and cos (src/kernels/sin_cos.hpp, large_angle.hpp)."""
import math
from decimal import Decimal, localcontext
from fractions import Fraction

from arithmetic import NEGLIGIBLE, PI, Constants, largest_error, print_all, remez, split, to_double

# A little more than the reduction leaves.
QUARTER = (PI / 4 * Decimal('1.0000001')) ** 2
HALF = (PI / 2 * Decimal('1.000001')) ** 2


def series(first, z):
    """1/first! - z/(first + 2)! + z^2/(first + 4)! - ..."""
    term, total, k = Decimal(1) / math.factorial(first), Decimal(0), first
    while abs(term) > NEGLIGIBLE:
        total += term
        k += 2
        term *= -z / (k * (k - 1))
    return total


def sine(z):
    """sin r / r for z = r^2"""
    return series(1, z)


def cosine(z):
    return series(0, z)


def parts(x, n):
    """x as a sum of n doubles."""
    found = []
    for _ in range(n):
        found.append(to_double(x))
        x -= Decimal(found[-1])
    return found


def many_digits_of_pi():
    """Machin's formula, to more digits than 1280 bits have."""
    def arctangent(n):
        power, total, k = Decimal(1) / n, Decimal(0), 1
        while power > Decimal('1e-460'):
            total += power / k
            power /= -n * n
            k += 2
            if power < 0:
                total += power / k
                power /= -n * n
                k += 2
        return total
    return 16 * arctangent(5) - 4 * arctangent(239)


def words():
    """64 zeros, then 1216 bits of 2/pi."""
    with localcontext() as context:
        context.prec = 480
        bits = int(2 / many_digits_of_pi() * (Decimal(2) ** 1216))
    return [0] + [bits >> (64 * (18 - i)) & (2**64 - 1) for i in range(19)]


def half_pi():
    with localcontext() as context:
        context.prec = 480
        return parts(many_digits_of_pi() / 2, 3)


def short_parts_of_pi():
    """pi in parts of which the first two have 32 bits at most."""
    with localcontext() as context:
        context.prec = 480
        pi = many_digits_of_pi()
        first, _ = split(pi, 2.0**-30)
        second, _ = split(pi - Decimal(first), 2.0**-62)
        return first, second, to_double(pi - Decimal(first) - Decimal(second))


def low_part(fraction):
    return to_double(fraction - Fraction(to_double(fraction)))


def tail(f, weight, end, n, where, stated):
    c = [to_double(c) for c in remez(f, weight, Decimal(0), end, n)]
    return Constants([where, 'kTail[] ='], c, error=(stated, largest_error(f, weight, c, Decimal(0), end)))


def constants():
    high, low, lowest = half_pi()
    first, second, third = short_parts_of_pi()
    return [
        Constants(['kTwoOverPi[] ='], words()),
        Constants(['double kHalfPi ='], [high]),
        Constants(['double kHalfPiLow ='], [low]),
        Constants(['double kHalfPiLowest ='], [lowest]),
        Constants(['double kQuartersPerRadian ='], [to_double(2 / PI)]),
        Constants(['double kSixthLow ='], [low_part(Fraction(1, 6))]),
        Constants(['double kTwentyFourthLow ='], [low_part(Fraction(1, 24))]),
        Constants(['double kPi ='], [2 * high]),
        Constants(['double kPiLow ='], [2 * low]),
        Constants(['double kPiFirst ='], [first]),
        Constants(['double kPiSecond ='], [second]),
        Constants(['double kPiThird ='], [third]),
        Constants(['double kTurnsPerRadian ='], [to_double(1 / PI)]),
        # What the series are without the terms that are added exactly, relative to the whole.
        tail(lambda z: series(5, z), lambda z: z * z / sine(z), QUARTER, 6, 'exact_sine(', 2.0**-62),
        tail(lambda z: -series(6, z), lambda z: z * z * z / cosine(z), QUARTER, 5, 'exact_cosine(', 2.0**-62.8),
        tail(lambda z: -series(3, z), lambda z: z / sine(z), HALF, 6, 'wave_of_float(', 2.0**-43.7),
    ]


if __name__ == '__main__':
    print_all(constants())
