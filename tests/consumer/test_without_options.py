#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""The consumers of test_consumers.py, with libraries that were built without OpenMP, without zlib, without both.

  test_without_options.py SOURCE_ROOT BUILD PREFIX LIBDIR KIND COMPILER... [-- unittest arguments]

The arguments are those of test_consumers.py. Each library is built as a static and as a shared one, without SIMD and
at -O1, which is quick; their consumers print the losses of BUILD's library at the level scalar.
"""

import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import test_consumers
from test_consumers import run

OPTIONS = ['-Disas=scalar', '-Doptimization=1', '-Dtests=disabled', '-Dbenchmarks=disabled', '-Dtools=disabled']
# Set by setUpModule: what the library of the ordinary build prints at the level scalar.
EXPECTED = None


def setUpModule():
    global EXPECTED
    test_consumers.Installed.setUpClass()
    try:
        ordinary = test_consumers.Installed('test_pkg_config')
        program, _ = ordinary.compile('plain', '-O2', *ordinary.flags('--cflags', '--libs'))
        ordinary.check_program(program, shared=test_consumers.KIND != 'static', level='scalar')
        EXPECTED = ordinary.losses['scalar']
    finally:
        test_consumers.Installed.tearDownClass()
    # From here on the base class installs what each class below has built.
    test_consumers.PREFIX, test_consumers.LIBDIR, test_consumers.KIND = '/usr/local', 'lib', 'both'


class Without(test_consumers.Installed):
    """A library built with some options switched off, and everything that is true of every installed one."""

    off = ()

    @classmethod
    def setUpClass(cls):
        cls.builds = tempfile.TemporaryDirectory()
        compiler = {'CXX': shlex.join(test_consumers.COMPILER)}
        options = OPTIONS + [f'-D{option}=disabled' for option in cls.off]
        try:
            build = pathlib.Path(cls.builds.name) / 'both'
            run('meson', 'setup', build, test_consumers.ROOT, *options, '-Ddefault_library=both', '-Dlibdir=lib',
                '-Dprefix=/usr/local', env=compiler)
            run('ninja', '-C', build)
            # A static library alone says more of what it needs. Nothing is compiled for that.
            cls.alone = pathlib.Path(cls.builds.name) / 'static'
            run('meson', 'setup', cls.alone, test_consumers.ROOT, *options, '-Ddefault_library=static', env=compiler)
            test_consumers.BUILD = build
            super().setUpClass()
        except BaseException:
            cls.builds.cleanup()
            raise
        cls.losses = {None: EXPECTED}

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.builds.cleanup()

    def check_program(self, program, shared=False, level=None):
        said = super().check_program(program, shared, level)
        self.assertIn(f'openmp {0 if "openmp" in self.off else 1} zlib {0 if "zlib" in self.off else 1}', said)
        return said

    def wants(self, text):
        """Which of the two a text (flags, a package file, names of libraries) asks for."""
        return {'openmp': bool(re.search(r'\b[lz]?(gomp|omp)\b|libgomp|libomp|fopenmp', text)),
                'zlib': bool(re.search(r'-lz\b|\bzlib\b|ZLIB::ZLIB|libz\.so', text))}

    def test_asks_only_for_what_is_on(self):
        on = {option: option not in self.off for option in ('openmp', 'zlib')}
        self.assertEqual(self.wants((self.alone / 'meson-private' / 'thalweg.pc').read_text()), on)
        # The CMake file names ZLIB in a condition that does not hold.
        config = (self.libdir / 'cmake' / 'thalweg' / 'thalweg-config.cmake').read_text()
        self.assertEqual('if(_thalweg_static AND ON)' in config, on['zlib'])
        self.assertEqual(self.wants(re.search(r'set\(_thalweg_needs "(.*)"\)', config)[1])['openmp'], on['openmp'])
        if shutil.which('readelf'):
            needed = subprocess.run(['readelf', '-d', self.libdir / 'libthalweg.so'], check=True, text=True,
                                    stdout=subprocess.PIPE).stdout
            self.assertEqual(self.wants(needed), on)


class WithoutOpenMP(Without):
    off = ('openmp',)


class WithoutZlib(Without):
    off = ('zlib',)


class WithoutBoth(Without):
    off = ('openmp', 'zlib')


def load_tests(loader, tests, pattern):
    """Of this file; not the bases, which have no build of their own."""
    return unittest.TestSuite(loader.loadTestsFromTestCase(each) for each in (WithoutOpenMP, WithoutZlib, WithoutBoth))


if __name__ == '__main__':
    unittest.main(argv=test_consumers.read_arguments(), verbosity=2)
