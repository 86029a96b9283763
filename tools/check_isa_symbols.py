#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks that code compiled for one instruction set cannot leak out of its kernel archive.

The linker keeps one copy of every symbol that several objects define. If that copy was compiled with AVX-512 flags,
the baseline calls it too and dies on an older CPU. So whatever an archive defines for others to see carries the name
of its level: the table, what its units give each other in the level's own namespace, and xsimd's inline functions,
whose namespace src/meson.build renames per level. Nothing may run before main() either: a constructor would execute
the level's instructions without anyone having chosen them.

  check_isa_symbols.py [--sanitize OPTION] [--coverage] avx2=libthalweg_kernels_avx2.a ...

Exit status: 0 clean, 1 not, 2 cannot tell, 77 skipped (instrumented code defines symbols of its own).
"""

import argparse
import collections
import re
import subprocess
import sys

# What a kernel may call. Everything else would be code compiled elsewhere, with other flags:
ALLOWED_UNDEFINED = {
    # the compiler turns loops and copies into calls of these by itself, also in freestanding code
    'memcpy', 'memmove', 'memset', 'memcmp',
    # distributions that harden by default (-fstack-protector) insert these
    '__stack_chk_fail', '__stack_chk_guard',
    # libgcc's, on processors without 64-bit registers
    '__ctzdi2',
    # not a function: how position-independent code finds its tables
    '_GLOBAL_OFFSET_TABLE_',
}
# With assertions on (buildtype=debug), assert() reports through this.
ALLOWED_IN_DEBUG = {'__assert_fail'}

# How position-independent code of 32-bit x86 finds itself: the same two instructions for every level, hidden.
PC_THUNK = '__x86.get_pc_thunk.'

CONSTRUCTOR_SECTION = re.compile(r'^\.(preinit_array|init_array|fini_array|ctors|dtors|init|fini)(\.|$)')
NM_LINE = re.compile(r'^(?:[0-9a-fA-F]+)?\s+([A-Za-z?-])\s(.+)$')
MEMBER_LINE = re.compile(r'^File: (?:.*\((.+)\)|(.+))$')
SECTION_LINE = re.compile(r'^\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+[0-9a-fA-F]+\s+[0-9a-fA-F]+\s+([0-9a-fA-F]+)\s')


class ToolError(Exception):
    """A binutils program is missing or could not read the archive."""


def output_of(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
    except FileNotFoundError as error:
        raise ToolError(f'{command[0]}: not installed (package binutils)') from error
    except subprocess.CalledProcessError as error:
        raise ToolError(f'{" ".join(command)}: {error.stderr.decode(errors="replace").strip()}') from error
    return done.stdout.decode(errors='replace')


def symbols_of(archive):
    """(type letter of nm, mangled name) of every symbol that the linker can see."""
    found = []
    for line in output_of('nm', '--extern-only', archive).splitlines():
        match = NM_LINE.match(line)
        if match:
            found.append((match.group(1), match.group(2).strip()))
    return found


def demangled(names):
    """Mangled name -> readable name."""
    if not names:
        return {}
    try:
        done = subprocess.run(['c++filt'], input='\n'.join(names) + '\n', stdout=subprocess.PIPE, check=True, text=True)
    except FileNotFoundError as error:
        raise ToolError('c++filt: not installed (package binutils)') from error
    return dict(zip(names, done.stdout.splitlines()))


def constructor_sections(archive):
    """Member, name and bytes of each section with code to run before main() or after it, empty ones left out."""
    found, member = [], archive
    for line in output_of('readelf', '--section-headers', '--wide', archive).splitlines():
        match = MEMBER_LINE.match(line)
        if match:
            member = match.group(1) or match.group(2)
        match = SECTION_LINE.match(line)
        if match and CONSTRUCTOR_SECTION.match(match.group(1)) and int(match.group(2), 16) > 0:
            found.append((member, match.group(1), int(match.group(2), 16)))
    return found


def carries_name(mangled, isa):
    """Whether a symbol is a function or constant of this level's namespace, or of its xsimd.

    The namespaces are read from the mangled name: _ZN, cv-qualifiers, then the length and name of each, outermost
    first; what lives inside a function, such as a lambda, has one more Z before the function's name. A template of
    another namespace that merely takes an xsimd type does not begin so; neither do guard variables (_ZGV).
    """
    xsimd = f'xsimd_{isa}'
    own = f'7thalweg7kernels{len(isa)}{isa}'
    return re.match(rf'_ZZ*N[rVK]*[RO]?(?:{len(xsimd)}{xsimd}|{own})', mangled) is not None


def problems_of(isa, archive, allowed):
    """One line for each thing wrong, and the counts for the summary."""
    symbols = symbols_of(archive)
    readable = demangled(sorted({name for _, name in symbols}))
    table = f'thalweg::kernels::kernels_{isa}'
    problems = []
    counts = collections.Counter()
    strong = [name for kind, name in symbols if kind not in 'UwvWVu' and not name.startswith(PC_THUNK)]
    defined = {name for kind, name in symbols if kind not in 'Uwv'}
    for name in strong:
        if readable[name] != table and not carries_name(name, isa):
            problems.append(f'defines {readable[name]}, which does not carry the name of the level')
    if [readable[name] for name in strong].count(table) != 1:
        problems.append(f'does not define {table} exactly once')
    for kind, name in symbols:
        if kind in 'U':
            if name in defined and carries_name(name, isa):
                continue  # one unit of the level calls another
            counts['undefined'] += 1
            if name not in allowed:
                problems.append(f'needs {readable[name]}, which is compiled elsewhere')
        elif kind in 'wv':
            counts['undefined'] += 1
            problems.append(f'refers weakly to {readable[name]}, which is compiled elsewhere')
        elif kind in 'WVu':
            counts['weak'] += 1
            if not carries_name(name, isa):
                problems.append(f'defines {readable[name]} for all to share, without the name of the level')
    sections = constructor_sections(archive)
    for _, section, _ in sections:
        problems.append(f'has code or data in {section}, run before main() or after it')
    called = ' '.join(sorted({name for kind, name in symbols if kind == 'U' and name not in defined})) or 'nothing'
    summary = (f'{len(strong)} strong symbol(s), {counts["weak"]} weak, {len(sections)} constructor section(s), '
               f'calls {called}')
    return problems, summary


def main():
    parser = argparse.ArgumentParser(description='Checks the symbols of kernel archives, one per instruction set.')
    parser.add_argument('archives', nargs='+', metavar='ISA=ARCHIVE')
    parser.add_argument('--sanitize', default='none', help="Meson's option b_sanitize")
    parser.add_argument('--coverage', action='store_true', help='built with b_coverage')
    parser.add_argument('--assertions', action='store_true', help='built with assert()')
    options = parser.parse_args()
    if options.sanitize not in ('none', '') or options.coverage:
        what = 'coverage' if options.coverage else f'b_sanitize={options.sanitize}'
        print(f'skipped: {what} adds symbols of its own')
        return 77
    allowed = ALLOWED_UNDEFINED | (ALLOWED_IN_DEBUG if options.assertions else set())
    status = 0
    for argument in options.archives:
        isa, separator, archive = argument.partition('=')
        if not separator or not isa or not archive:
            parser.error(f'expected ISA=ARCHIVE, found {argument}')
        try:
            problems, summary = problems_of(isa, archive, allowed)
        except ToolError as error:
            print(f'{isa}: {error}', file=sys.stderr)
            return 2
        print(f'{isa}: {"ok" if not problems else "FAILED"}: {summary}')
        for problem in problems:
            print(f'{isa}: {problem}', file=sys.stderr)
            status = 1
    return status


if __name__ == '__main__':
    sys.exit(main())
