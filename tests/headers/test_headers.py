#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""The public headers in other people's builds: warnings, no exceptions, no RTTI, other versions of C++, macros.

  test_headers.py SOURCE_ROOT COMPILER...

uses.cpp instantiates every template. The headers are no system headers here, which would silence the compiler.
"""

import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
USES = HERE / 'uses.cpp'

GCC_WARNINGS = """-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Warith-conversion -Wshadow -Wdouble-promotion
    -Wold-style-cast -Wuseless-cast -Wfloat-equal -Weffc++ -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align=strict
    -Wcast-qual -Wundef -Wswitch-enum -Wswitch-default -Wunused-macros -Wzero-as-null-pointer-constant -Wextra-semi
    -Wredundant-decls -Wredundant-tags -Wmismatched-tags -Wcomma-subscript -Wdeprecated-copy-dtor -Wlogical-op
    -Wduplicated-branches -Wduplicated-cond -Wunused -Wformat=2 -Wmissing-declarations -Wctor-dtor-privacy
    -Wsign-promo -Wstrict-null-sentinel -Wnull-dereference""".split()
# Not to be avoided: C++20 is no C++98, structures have gaps, pointers have indices.
CLANG_WARNINGS = ['-Weverything', '-Wno-c++98-compat', '-Wno-c++98-compat-pedantic', '-Wno-padded', '-Wno-unknown-warning-option',
                  '-Wno-unsafe-buffer-usage', '-Wno-pre-c++20-compat', '-Wno-pre-c++17-compat', '-Wno-switch-default']

ROOT = COMPILER = None


def compiled(*arguments, text=None):
    """Exit status and what the compiler said, of a file's syntax or of text's."""
    done = subprocess.run([*COMPILER, '-fsyntax-only', f'-I{ROOT}/include', *map(str, arguments),
                           *(['-x', 'c++', '-'] if text is not None else [])],
                          input=text, text=True, check=False, env=dict(os.environ, LC_ALL='C.UTF-8'),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def is_clang():
    done = subprocess.run([*COMPILER, '-dM', '-E', '-x', 'c++', os.devnull], text=True, check=True, stdout=subprocess.PIPE)
    return '__clang__' in done.stdout


class Headers(unittest.TestCase):
    """All of them, with all that they bring."""

    def check_silent(self, *arguments):
        self.assertEqual(compiled(*arguments, USES), (0, ''))

    def test_warnings(self):
        _, said = compiled('-std=c++20', *(CLANG_WARNINGS if is_clang() else GCC_WARNINGS), USES)
        warnings = [line for line in said.splitlines() if ' warning: ' in line or ' error: ' in line]
        self.assertEqual(warnings, [])

    def test_without_exceptions(self):
        self.check_silent('-std=c++20', '-Wall', '-Wextra', '-fno-exceptions')

    def test_without_rtti(self):
        self.check_silent('-std=c++20', '-Wall', '-Wextra', '-fno-rtti')

    def test_checked(self):
        self.check_silent('-std=c++20', '-Wall', '-Wextra', '-DTHALWEG_CHECKED')

    def test_later_versions(self):
        for version in ('c++2b', 'gnu++20', 'c++26'):
            with self.subTest(version):
                if compiled(f'-std={version}', text='')[0] != 0:
                    self.skipTest('unknown to this compiler')
                self.check_silent(f'-std={version}', '-Wall', '-Wextra')

    def check_told(self, sentence, *arguments):
        """Stops at the sentence."""
        status, said = compiled(*arguments, text='#include <thalweg/thalweg.hpp>\n')
        self.assertNotEqual(status, 0)
        errors = [line for line in said.splitlines() if ' error: ' in line]
        self.assertIn(sentence, errors[0])
        self.assertLessEqual(len(errors), 2, said)

    def test_earlier_version(self):
        self.check_told('thalweg needs C++20', '-std=c++17')

    def test_macros_of_small_letters(self):
        for macro in ('n', 'x', 'h=1e-4', 'b1'):
            with self.subTest(macro):
                self.check_told('a macro named by one small letter', '-std=c++20', f'-D{macro}')

    def test_macros_afterwards(self):
        """What is defined after the headers is nobody's business."""
        text = '#include <thalweg/thalweg.hpp>\n#define n 10\n#define W1 784\n#define W 28\nint use() { return n + W1 + W; }\n'
        self.assertEqual(compiled('-std=c++20', '-Wall', '-Wextra', text=text), (0, ''))

    def test_macros_stay(self):
        """A macro that stands aside for a member is there again."""
        text = ('#define W1 784\n#define W 28\n#include <thalweg/thalweg.hpp>\n'
                'static_assert(W1 == 784 && W == 28);\n')
        self.assertEqual(compiled('-std=c++20', '-Wall', '-Wextra', text=text), (0, ''))


if __name__ == '__main__':
    ROOT, COMPILER = pathlib.Path(sys.argv[1]), sys.argv[2:]
    unittest.main(argv=[sys.argv[0]], verbosity=2)
