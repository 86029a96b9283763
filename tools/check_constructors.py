#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks that nothing of a static library runs before main() or after it.

A constructor runs in every program that links its member, whether it uses it or not; it runs before a level was
chosen, may throw where nobody can catch, and its order against the program's own constructors is chance. One
std::string at namespace scope, or an #include <iostream>, is enough. What must exist once is constexpr, or is made by
its first use.

  check_constructors.py [--sanitize OPTION] [--coverage] libthalweg.a ...

Exit status: 0 clean, 1 not, 2 cannot tell, 77 skipped (instrumented code has constructors of its own).
"""

import argparse
import re
import struct
import sys

from check_isa_symbols import ToolError, constructor_sections, output_of

# What gcc and clang call the function that such a section points to; local, so nm has to show all symbols.
INITIALISER = re.compile(r'\b(_GLOBAL__sub_[ID]_\S+|_GLOBAL__[ID]_\S+|__cxx_global_var_init\S*)$')

# Function -> why it may. Its code is constant-initialised, cannot throw and needs no other constructor.
EXEMPT = {
    'watch_forks': 'registers its fork() handler at load: the caller may have threads before the library has',
}
POINTER = struct.calcsize('P')


def problems_of(archive):
    """One line for each member with something to run."""
    exempt, problems = {}, []
    for line in output_of('nm', '--demangle', '--print-file-name', archive).splitlines():
        member, _, symbol = line.partition('.o:')
        member = re.split(r'[:/]', member)[-1] + '.o'
        function = re.search(r' t .*\b(\w+)\(\)$', symbol)
        if function and function.group(1) in EXEMPT:
            exempt[member] = exempt.get(member, 0) + 1
        if match := INITIALISER.search(symbol):
            problems.append(f'{member}: initialises something before main(): {match.group(1)}')
    return [f'{member}: has code or data in {section}, run before main() or after it'
            for member, section, size in constructor_sections(archive)
            if section != '.init_array' or size != POINTER * exempt.get(member, 0)] + problems


def main():
    parser = argparse.ArgumentParser(description='Checks static libraries for code that runs before main().')
    parser.add_argument('archives', nargs='+', metavar='ARCHIVE')
    parser.add_argument('--sanitize', default='none', help="Meson's option b_sanitize")
    parser.add_argument('--coverage', action='store_true', help='built with b_coverage')
    options = parser.parse_args()
    if options.sanitize not in ('none', '') or options.coverage:
        what = 'coverage' if options.coverage else f'b_sanitize={options.sanitize}'
        print(f'skipped: {what} adds constructors of its own')
        return 77
    status = 0
    for archive in options.archives:
        try:
            problems = problems_of(archive)
        except ToolError as error:
            print(error, file=sys.stderr)
            return 2
        print(f'{archive}: {"ok" if not problems else "FAILED"}')
        for problem in problems:
            print(problem, file=sys.stderr)
            status = 1
    return status


if __name__ == '__main__':
    sys.exit(main())
