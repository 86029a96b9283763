#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Compares the constants in the kernel headers, bit for bit, with what the generators in this folder derive,
and the errors of the polynomials with those that the generators state, as the headers do.

    python3 tools/coefficients/check.py [--verbose] [ROOT]

Exit status: 0 all agree, 1 a difference or a constant without a generator, 2 wrong usage.
"""
import argparse
import pathlib
import re
import sys

import erf
import exp_float
import exp_log
import expm1
import gelu
import log_base
import log_float
import power
import series
import shifted_exp
import sin_cos
import softplus
import tanh
from arithmetic import literal

GENERATORS = (exp_log, exp_float, log_float, shifted_exp, series, expm1, log_base, tanh, softplus, sin_cos, erf, gelu, power)
# Where constants are used, and where a test holds a copy.
SOURCES = ('src/kernels/**/*.[ch]pp', 'tests/support/oracle.cpp')
NUMBER = re.compile(r'-?\b(?:0x[0-9a-f]+(?:\.[0-9a-f]*)?(?:p[+-]?\d+)?|\d+(?:\.\d*)?)', re.IGNORECASE)
# So many digits behind the point are nobody's choice: something computed them.
COMPUTED = re.compile(r'0x[01]\.[0-9a-f]{4,}p[+-]?\d+', re.IGNORECASE)


def number(text):
    if 'p' in text:
        return float.fromhex(text)
    return float(text) if '.' in text else int(text, 0)


def without_comments(text):
    """The same text with blanks for comments, so that places in it stay."""
    return re.sub(r'//[^\n]*', lambda comment: ' ' * len(comment.group()), text)


def numbers_of(expression):
    """The numbers of a list or of a polynomial; a / b counts as one."""
    values = []
    for part in re.split(r'[,;{}()]', expression):
        found = [number(t) for t in NUMBER.findall(part)]
        values += [found[0] / found[1]] if '/' in part else found
    return values


def place_of(constants, text):
    """Begin and end of the text in which these constants stand, or None."""
    begin = 0
    for part in constants.where:
        begin = text.find(part, begin)
        if begin < 0:
            return None
        begin += len(part)
    return begin, text.index(constants.until, begin)


class Headers:
    """The text of all headers, and which part of it has a generator."""

    def __init__(self, root):
        paths = [path for pattern in SOURCES for path in sorted(root.glob(pattern))]
        self.texts = {str(path.relative_to(root)): without_comments(path.read_text(encoding='utf-8'))
                      for path in paths}
        self.generated = {name: [] for name in self.texts}

    def places(self, constants):
        """By file, where these constants stand."""
        found = {name: place_of(constants, text) for name, text in self.texts.items()}
        return {name: place for name, place in found.items() if place}

    def compare(self, constants):
        """What is wrong with these constants in the headers, or an empty text."""
        places = self.places(constants)
        if len(places) != 1:
            return f'{constants.name()}: {len(places)} places, not 1'
        (name, (begin, end)), = places.items()
        self.generated[name].append((begin, end))
        found = numbers_of(self.texts[name][begin:end])
        if len(found) != len(constants.values):
            return f'{name}: {constants.name()}: {len(found)} numbers, not {len(constants.values)}'
        for i, (got, want) in enumerate(zip(found, constants.values)):
            if got != want:
                texts = literal(got, constants.suffix), literal(want, constants.suffix)
                return f'{name}: {constants.name()}: number {i} is {texts[0]}, derived is {texts[1]}'
        return ''

    def without_generator(self):
        for name, text in self.texts.items():
            for match in COMPUTED.finditer(text):
                if not any(begin <= match.start() < end for begin, end in self.generated[name]):
                    line = text.count('\n', 0, match.start()) + 1
                    yield f'{name}:{line}: no generator for {match.group()}'


def excess(constants):
    """What is wrong with the stated error, or an empty text."""
    if constants.error is None or constants.error[1] <= constants.error[0]:
        return ''
    return f'{constants.name()}: error {constants.error[1]:.3g}, stated {constants.error[0]:.3g}'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--verbose', action='store_true', help='name each table that agrees, and its error')
    parser.add_argument('root', nargs='?', metavar='ROOT', default=pathlib.Path(__file__).parents[2])
    args = parser.parse_args()
    headers = Headers(pathlib.Path(args.root))
    complaints = []
    numbers = 0
    for generator in GENERATORS:
        for constants in generator.constants():
            found = [text for text in (headers.compare(constants), excess(constants)) if text]
            complaints += found
            numbers += len(constants.values)
            if args.verbose and not found:
                error = f', error {constants.error[1]:.3g}' if constants.error else ''
                print(f'{generator.__name__}: {constants.name()}: {len(constants.values)}{error}')
    complaints += log_float.check()
    complaints += headers.without_generator()
    for text in complaints:
        print(text)
    if complaints:
        print(f'{len(complaints)} differences')
        return 1
    print(f'{numbers} constants are what their generators derive')
    return 0


if __name__ == '__main__':
    sys.exit(main())
