#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Misuse of the API does not compile, and the compiler's message says what is wrong.

  test_misuse.py SOURCE_ROOT COMPILER...

misuse_arrays.cpp and misuse_functions.cpp have the cases. Without any of them they must compile, else a case could fail
for another reason.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = HERE / 'misuse_arrays.cpp', HERE / 'misuse_functions.cpp'
OWN = HERE / 'own_functions.cpp'
CASE = re.compile(r'^#ifdef CASE_(\w+)\n((?: *// .*\n)+)', re.MULTILINE)

ROOT = COMPILER = None


def compiler(*arguments):
    """Exit status and what the compiler said."""
    done = subprocess.run([*COMPILER, '-std=c++20', '-Wall', '-Wextra', '-Werror', f'-I{ROOT}/include',
                           *map(str, arguments)], text=True, check=False, env=dict(os.environ, LC_ALL='C.UTF-8'),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def precompile(text, folder):
    """What the file includes, read once for all cases; GCC and Clang find the result beside the header."""
    header = pathlib.Path(folder) / 'all.hpp'
    header.write_text(''.join(re.findall(r'^#include <.*\n', text, re.MULTILINE)))
    status, said = compiler('-x', 'c++-header', header, '-o', f'{header}.gch')
    if status != 0:
        raise AssertionError(said)
    return header


class Misuse(unittest.TestCase):
    """All cases of the files."""

    def test_cases(self):
        texts = {source: source.read_text() for source in SOURCES}
        cases = []
        for source, text in texts.items():
            found = CASE.findall(text)
            self.assertEqual([name for name, _ in found], re.findall(r'CASE_(\w+)$', text, re.MULTILINE), 'each case has a message')
            cases += [(source, name, [line.strip()[3:] for line in comments.splitlines()]) for name, comments in found]
        names = [name for _, name, _ in cases]
        self.assertEqual(len(names), len(set(names)))
        self.assertGreater(len(names), 40)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        header = precompile(''.join(texts.values()), folder.name)

        def compile_case(source, name=None):
            return compiler('-fsyntax-only', '-include', header, *([f'-DCASE_{name}'] if name else []), source)

        with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            bases = [pool.submit(compile_case, source) for source in SOURCES]
            results = list(pool.map(lambda case: compile_case(*case[:2]), cases))
        for base in bases:
            self.assertEqual(base.result()[0], 0, base.result()[1])
        for (_, name, messages), (status, said) in zip(cases, results):
            with self.subTest(name):
                self.assertNotEqual(status, 0, f'{name} compiles')
                for message in messages:
                    self.assertRegex(said, message)

    def test_own_functions(self):
        """A reader's softmax is his, in every form, with and without using namespace."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        header = precompile(OWN.read_text(), folder.name)
        ways = [(f'-DFORM={form}', *opened) for form in range(8) for opened in ([], ['-DOPENED'])]
        with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            results = list(pool.map(lambda way: compiler('-fsyntax-only', '-include', header, *way,
                                                          OWN), ways))
        for way, (status, said) in zip(ways, results):
            with self.subTest(way):
                self.assertEqual(status, 0, said)


if __name__ == '__main__':
    ROOT, COMPILER = sys.argv[1], sys.argv[2:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
