# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""What the generators in this folder compute with: decimal numbers of 40 digits, rounding to float and
double, interpolation at Chebyshev nodes and the Remez algorithm. Python's standard library is all they need.

A generator derives the constants of one kernel header from their definitions. Run alone it prints them as
C++; check.py compares all of them with the headers:

    python3 tools/coefficients/exp_float.py
    python3 tools/coefficients/check.py
"""
import math
import re
import struct
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 40
LN2 = Decimal(2).ln()
PI = Decimal('3.141592653589793238462643383279502884197169')
NEGLIGIBLE = Decimal('1e-45')


class Constants:
    """Numbers that stand in a header: behind the texts of `where`, in this order, up to the next `until`.

    error: for a polynomial, the error that the header states, and the largest it has.
    """

    def __init__(self, where, values, suffix='', until=';', error=None):
        self.where, self.values, self.suffix, self.until, self.error = where, values, suffix, until, error

    def name(self):
        first_words = [re.match(r'(?:struct |double )?([\w<>]+)', part) for part in self.where]
        return ' '.join(word[1] for word in first_words if word)

    def print(self):
        print(f"// {self.name()}\n{{{', '.join(literal(v, self.suffix) for v in self.values)}}}\n")


def print_all(constants):
    for each in constants:
        each.print()


def literal(value, suffix=''):
    """The number as C writes it with %a, or an integer in hexadecimal."""
    if isinstance(value, int):
        return hex(value)
    mantissa, exponent = value.hex().split('p')
    return (mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa) + 'p' + exponent + suffix


def nearest(x, bits):
    """x rounded to so many bits, ties to even."""
    exact = Fraction(x)
    if exact == 0:
        return 0.0
    exponent = math.frexp(float(exact))[1]
    unit = Fraction(2) ** (exponent - bits)
    return float(round(exact / unit) * unit)


def to_double(x):
    return nearest(x, 53)


def to_float(x):
    return nearest(x, 24)


def multiple(x, unit):
    """x rounded to a multiple of `unit`, a power of two."""
    return float(round(Fraction(x) / Fraction(unit)) * Fraction(unit))


def bits_of(x, form='d'):
    """The bits of a double, of a float with form "f"."""
    return int.from_bytes(struct.pack('>' + form, x), 'big')


def of_bits(bits, form='d'):
    return struct.unpack('>' + form, bits.to_bytes(struct.calcsize(form), 'big'))[0]


def split(x, unit):
    """x down to a multiple of `unit`, and the double of what that lacks."""
    high = float(int(Fraction(x) / Fraction(unit)) * Fraction(unit))
    return high, to_double(x - Decimal(high))


def value(coefficients, x):
    total = Decimal(0)
    for c in reversed(coefficients):
        total = total * x + Decimal(c)
    return total


def solve(rows):
    """The solution of linear equations, each a row of coefficients with its right side at the end."""
    n = len(rows)
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, n):
            factor = rows[r][i] / rows[i][i]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i])]
    x = [Decimal(0)] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][j] * x[j] for j in range(i + 1, n))) / rows[i][i]
    return x


def cosine(x):
    term, total, k = Decimal(1), Decimal(1), 0
    while abs(term) > NEGLIGIBLE:
        k += 2
        term *= -x * x / (k * (k - 1))
        total += term
    return total


def chebyshev_nodes(low, high, n):
    return [(low + high) / 2 - (high - low) / 2 * cosine(PI * (2 * k + 1) / (2 * n)) for k in range(n)]


def powers(x, n):
    row = [Decimal(1)]
    while len(row) < n:
        row.append(row[-1] * x)
    return row


def interpolate(f, low, high, n):
    """n coefficients of the polynomial through f at the Chebyshev nodes."""
    return solve([powers(x, n) + [f(x)] for x in chebyshev_nodes(low, high, n)])


GRID = 400  # steps in which extrema of an error are looked for


def extrema(errors):
    """Places in a list of errors where its size is largest between two changes of sign."""
    found = []
    for i, e in enumerate(errors):
        if found and (errors[found[-1]] > 0) == (e > 0):
            if abs(e) > abs(errors[found[-1]]):
                found[-1] = i
        elif e != 0:
            found.append(i)
    return found


def refined(xs, errors, i):
    """The vertex of the parabola through three neighbours."""
    if not 0 < i < len(xs) - 1:
        return xs[i]
    before, here, after = errors[i - 1 : i + 2]
    return xs[i] + (xs[1] - xs[0]) * (before - after) / (2 * (before - 2 * here + after))


def remez(f, weight, low, high, n):
    """n coefficients of the polynomial p for which the largest weight(x) |f(x) - p(x)| is least.

    A start of Chebyshev nodes, then exchange of all points at once: extrema on an even grid, each refined by
    a parabola. Stops where no point moves any more. Grid and parabola decide the last digits of a double.
    """
    grid = [low + (high - low) * k / GRID for k in range(GRID + 1)]
    samples = [(x, f(x), weight(x)) for x in grid]
    points = chebyshev_nodes(low, high, n + 1)
    while True:
        rows = []
        for k, x in enumerate(points):
            w = weight(x)
            rows.append([w * p for p in powers(x, n)] + [Decimal((-1) ** k), w * f(x)])
        coefficients = solve(rows)[:-1]
        errors = [w * (y - value(coefficients, x)) for x, y, w in samples]
        places = extrema(errors)
        if len(places) != n + 1:
            raise ArithmeticError(f'{len(places)} extrema, not {n + 1}')
        moved = [refined(grid, errors, i) for i in places]
        if max(abs(a - b) for a, b in zip(points, moved)) < (high - low) * Decimal('1e-20'):
            return coefficients
        points = moved


def largest_error(f, weight, coefficients, low, high):
    grid = [low + (high - low) * k / GRID for k in range(GRID + 1)]
    return float(max(weight(x) * abs(f(x) - value(coefficients, x)) for x in grid))


def square(r):
    return r * r


def exp_rest(r, order):
    """(e^r - 1 - r - ..., `order` terms less) / r^order"""
    term, total, k = Decimal(1) / math.factorial(order), Decimal(0), order
    while abs(term) > NEGLIGIBLE:
        total += term
        k += 1
        term *= r / k
    return total


def log_rest(r, order):
    """(log(1 + r) - r + r^2/2 - ..., order - 1 terms less) / r^order"""
    term, total, k = Decimal(-1) ** (order - 1), Decimal(0), order
    while abs(term) > NEGLIGIBLE:
        total += term / k
        k += 1
        term *= -r
    return total


def exp_tail(r):
    """(e^r - 1 - r) / r^2"""
    return exp_rest(r, 2)


def exp_cubic(r):
    """(e^r - 1 - r - r^2/2) / r^3"""
    return exp_rest(r, 3)


def log_tail(r):
    """(log(1 + r) - r) / r^2"""
    return log_rest(r, 2)


def log_cubic(r):
    """(log(1 + r) - r + r^2/2) / r^3"""
    return log_rest(r, 3)
