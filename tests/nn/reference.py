# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""What the makers of references in 60 digits share: a central difference as it is defined, and how C++ reads numbers.

Needs mpmath (Debian: python3-mpmath)."""

import mpmath

mpmath.mp.dps = 60

WIDTH = 108


def quotient(place, h, f):
    """(f() with an element h higher - f() with it h lower) / 2h; a place is a list and an index."""
    row, j = place
    saved = row[j]
    row[j] = saved + h
    above = f()
    row[j] = saved - h
    below = f()
    row[j] = saved
    return (above - below) / (2 * h)


def print_array(name, values, kind='double'):
    print(f'inline constexpr {kind} {name}[] = {{')
    line = '   '
    for value in values:
        text = f' {value if kind == "int" else repr(float(value))},'
        if len(line) + len(text) > WIDTH:
            print(line)
            line = '   '
        line += text
    print(line.rstrip(',') + '};')


def print_header(maker, print_all):
    """All of a header but the arrays, which print_all prints."""
    print(f'''// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Written by {maker}, 60 digits rounded to double: not edited, not formatted.
// clang-format off
#pragma once

namespace thalweg::test {{
''')
    print_all()
    print('\n}  // namespace thalweg::test')
