#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""CMake projects that build the library from its sources: FetchContent, add_subdirectory, an install by CMake.

  test_cmake_sources.py SOURCE_ROOT BUILD PREFIX LIBDIR KIND COMPILER... [-- unittest arguments]

The arguments are those of test_consumers.py. Whatever the project around sets, the losses are those of BUILD's
library: Quick, at the level scalar, which takes a minute to compile; Everything, at all levels.
"""

import json
import re
import shutil
import subprocess
import unittest

import test_consumers
from test_consumers import HERE, run

HOSTILE = '-ffast-math -funsafe-math-optimizations -ffp-contract=fast -march=native -fno-rtti'
WARNINGS = '-Wall -Wextra -Wpedantic -Wconversion -Wold-style-cast -Wundef -Werror'


def files_below(prefix):
    """What is installed for those who build with it, wherever the folder of libraries is."""
    found = {re.sub(r'^lib/[^/]+-linux-gnu/|^lib64/', 'lib/', path.relative_to(prefix).as_posix())
             for path in prefix.rglob('*') if not path.is_dir()}
    return {name for name in found if name.startswith(('include/', 'lib/'))}


class Projects(unittest.TestCase):
    """Each test is a project of its own; the expected losses come from the library that Meson built."""

    isas, levels = 'scalar', ['scalar']

    @classmethod
    def setUpClass(cls):
        if not shutil.which('cmake'):
            raise unittest.SkipTest('no cmake')
        test_consumers.Installed.setUpClass()
        cls.addClassCleanup(test_consumers.Installed.tearDownClass)
        cls.installed = test_consumers.Installed('test_pkg_config')
        cls.top = cls.installed.top
        plain, _ = cls.installed.compile('plain', '-O2', *cls.installed.flags('--cflags', '--libs'))
        for level in cls.levels:
            cls.said = cls.installed.check_program(plain, shared=test_consumers.KIND != 'static', level=level)

    def build(self, name, *options, project=HERE / 'cmake-sources', generator=None):
        """Configures and builds a project in two commands; returns its build folder."""
        build = self.top / name
        launcher = [f'-DCMAKE_CXX_COMPILER_LAUNCHER={shutil.which("ccache")}'] if shutil.which('ccache') else []
        run('cmake', '-S', project, '-B', build, *(['-G', generator] if generator else []),
            f'-DCMAKE_CXX_COMPILER={test_consumers.COMPILER[0]}', f'-DFETCHCONTENT_SOURCE_DIR_THALWEG={test_consumers.ROOT}',
            f'-DTHALWEG_ISAS={self.isas}', *launcher, *options)
        run('cmake', '--build', build, '--parallel', '2')
        return build

    def check(self, program):
        """The losses are the same at each level; returns what the program says of the library."""
        for level in self.levels:
            said = self.installed.check_program(program, level=level)
            self.assertIn(f' {level} ', said)
        return said

    def check_install(self, kind):
        """Built and installed by CMake, moved, found by find_package and pkg-config; the files are those of Meson's."""
        build = self.build(f'alone-{kind}', f'-DBUILD_SHARED_LIBS={"ON" if kind == "shared" else "OFF"}', '-DCMAKE_INSTALL_LIBDIR=lib',
                           project=test_consumers.ROOT)
        prefix = self.top / f'moved-{kind}'
        run('cmake', '--install', build, '--prefix', self.top / f'stage-{kind}')
        shutil.move(self.top / f'stage-{kind}', prefix)
        if test_consumers.KIND == kind:
            self.assertEqual(files_below(prefix), files_below(self.installed.prefix))
        found = self.build(f'finds-{kind}', f'-DCMAKE_PREFIX_PATH={prefix}', project=HERE / 'cmake')
        self.check(found / 'consumer')
        env = {'PKG_CONFIG_PATH': str(prefix / 'lib' / 'pkgconfig')}
        flags = run('pkg-config', '--cflags', '--libs', 'thalweg', env=env).stdout.split()
        program, _ = self.installed.compile(f'found-{kind}', '-O2', *flags, f'-Wl,-rpath,{prefix}/lib')
        self.check(program)
        return build


class Quick(Projects):
    """What every change is tried with."""

    def test_fetch_content(self):
        """A project that names no build type and has flags of its own: fast-math, this machine's instructions, warnings
        as errors, no RTTI, another standard, unity builds."""
        build = self.build('fetched', f'-DCMAKE_CXX_FLAGS={HOSTILE} {WARNINGS}', '-DCMAKE_CXX_STANDARD=23',
                           '-DCMAKE_UNITY_BUILD=ON', '-DCMAKE_UNITY_BUILD_BATCH_SIZE=0',
                           '-DCMAKE_COMPILE_WARNING_AS_ERROR=ON')
        self.check(build / 'consumer')
        # Somebody else's `cmake --install` does not install the library.
        run('cmake', '--install', build, '--prefix', self.top / 'nothing')
        self.assertEqual([path for path in (self.top / 'nothing').rglob('*') if path.is_file()], [])

    def test_static_install(self):
        self.check_install('static')


class Everything(Projects):
    """All levels, all kinds."""

    @classmethod
    def setUpClass(cls):
        cls.isas = 'auto'
        said = subprocess.run([test_consumers.BUILD / 'tools' / 'thalweg', 'info', '--json'], stdout=subprocess.PIPE, check=True)
        cls.levels = [level['name'] for level in json.loads(said.stdout)['levels'] if level['runnable']]
        super().setUpClass()

    def test_fetch_content(self):
        """As a user has it, without any option; optimised although nobody asked for that."""
        build = self.build('fetched', generator='Unix Makefiles')
        self.check(build / 'consumer')
        flags = [path.read_text() for path in (build / '_deps' / 'thalweg-build').rglob('flags.make')]
        self.assertGreaterEqual(len(flags), 3)  # the library, scalar, and an instruction set
        for text in flags:
            self.assertRegex(text, r'-O3\b')

    def test_release_with_lto(self):
        build = self.build('lto', f'-DCMAKE_CXX_FLAGS={HOSTILE} -flto', '-DCMAKE_CXX_FLAGS_RELEASE=-Ofast -DNDEBUG',
                           '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON',
                           '-DCMAKE_POLICY_DEFAULT_CMP0069=NEW', '-DCMAKE_VISIBILITY_INLINES_HIDDEN=ON')
        self.check(build / 'consumer')

    def test_shared(self):
        build = self.check_install('shared')
        names = run('nm', '-D', '--defined-only', next(build.rglob('libthalweg.so.*.*.*'))).stdout
        names = [line.split()[-1] for line in names.splitlines()]
        self.assertGreater(len(names), 100)
        self.assertEqual([name for name in names if not re.match(r'_ZT?[ISV]?N[KVRO]*7thalweg', name)], [])

    def test_debug(self):
        self.check(self.build('debug', '-DCMAKE_BUILD_TYPE=Debug', '-DCMAKE_DEBUG_POSTFIX=d',
                              '-DBUILD_SHARED_LIBS=ON') / 'consumer')

    def test_add_subdirectory(self):
        """From a folder below, without OpenMP and zlib, with a namesake of one of the library's headers in the way."""
        project = self.top / 'below'
        (project / 'extern' / 'io').mkdir(parents=True)
        (project / 'extern' / 'io' / 'deflate.hpp').write_text('#error "not this one"\n')
        (project / 'CMakeLists.txt').write_text(
            'cmake_minimum_required(VERSION 3.18)\nproject(below CXX)\nset(scalar avx2)\nadd_subdirectory(extern)\n'
            f'add_executable(consumer {HERE}/train.cpp {HERE}/other.cpp)\n'
            'target_link_libraries(consumer PRIVATE thalweg::thalweg)\n')
        (project / 'extern' / 'CMakeLists.txt').write_text(
            'include_directories(.)\nadd_compile_options(-ffinite-math-only)\n'
            f'add_subdirectory({test_consumers.ROOT} thalweg)\n')
        for number, which in enumerate(('OFF', 'ON')):
            if which == 'OFF' or 'openmp 1 zlib 1' in self.said:
                build = self.build(f'below-{which}', f'-DTHALWEG_OPENMP={which}', f'-DTHALWEG_ZLIB={which}', project=project)
                self.assertIn(f'openmp {number} zlib {number}', self.check(build / 'consumer'))


if __name__ == '__main__':
    unittest.main(argv=test_consumers.read_arguments(), verbosity=2)
