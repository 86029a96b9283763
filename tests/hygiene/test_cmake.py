#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""CMakeLists.txt makes of the library what meson.build makes: the same sources, flags, configuration and package files.

  test_cmake.py ROOT COMPILER... [-- unittest arguments]

Both are configured in several ways, and nothing is compiled.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = COMPILER = None

# What only one of them says. CMake's has to undo what the project around may have in CMAKE_CXX_FLAGS: Meson has options
# for sanitizers and LTO, and rejects fast-math. Warnings are Meson's.
CMAKE_ONLY = {'-fno-fast-math', '-w', '-fno-lto', '-fexceptions', '-frtti', '--param=asan-stack=0',
              '-fno-sanitize=null,alignment,object-size,pointer-overflow'}
MESON_ONLY = re.compile(r'-W|-fdiagnostics-color=always$|-fcolor-diagnostics$')

# (Meson's options, CMake's) for the same library.
WAYS = {
    'as it is': ([], []),
    'shared, nothing optional': (['-Disas=scalar', '-Dopenmp=disabled', '-Dzlib=disabled', '-Ddefault_library=shared'],
                                 ['-DTHALWEG_ISAS=scalar', '-DTHALWEG_OPENMP=OFF', '-DTHALWEG_ZLIB=OFF', '-DBUILD_SHARED_LIBS=ON']),
    'shared': (['-Disas=scalar', '-Ddefault_library=shared'], ['-DTHALWEG_ISAS=scalar', '-DBUILD_SHARED_LIBS=ON']),
}


def run(*command):
    """Runs a command; a failure shows what it printed."""
    done = subprocess.run([str(part) for part in command], env=dict(os.environ, CXX=shlex.join(COMPILER), LC_ALL='C.UTF-8'),
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(f'{shlex.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}')
    return done.stdout


def matters(flags):
    """Those that decide what is compiled. Where files are found is no matter of the library."""
    found = []
    flags = iter(flags)
    for flag in flags:
        if flag in ('-I', '-isystem'):
            next(flags)
        elif not flag.startswith(('-I', '-isystem')):
            found.append(flag.replace('-std=gnu++', '-std=c++'))
    return found


def by_meson(build, options):
    """{target: (sources, flags)} of the library and its kernels."""
    run('meson', 'setup', build, ROOT, '-Dbuildtype=release', '-Dtests=disabled', '-Dbenchmarks=disabled', '-Dtools=disabled',
        '-Dunity=off', '-Dprefix=/usr/local', '-Dlibdir=lib', *options)
    found = {}
    for target in json.loads(run('meson', 'introspect', '--targets', build)):
        for group in target['target_sources']:
            if target['name'].startswith('thalweg') and 'parameters' in group and group['sources']:
                names = sorted(os.path.relpath(path, ROOT) for path in group['sources'])
                found[target['name']] = (names, matters(group['parameters']))
    return found


def by_cmake(build, options):
    """The same, asked through CMake's file API."""
    query = build / '.cmake' / 'api' / 'v1' / 'query'
    query.mkdir(parents=True)
    (query / 'codemodel-v2').touch()
    run('cmake', '-S', ROOT, '-B', build, '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_INSTALL_PREFIX=/usr/local',
        '-DCMAKE_INSTALL_LIBDIR=lib', *options)
    found = {}
    for path in (build / '.cmake' / 'api' / 'v1' / 'reply').glob('target-*.json'):
        target = json.loads(path.read_text())
        # The library is compiled eight files at a time, by units that CMake writes.
        names = [each['path'] for each in target['sources'] if each['path'].startswith('src/') and each['path'].endswith('.cpp')]
        flags = set()
        for group in target['compileGroups']:
            flags.add((*(flag for part in group['compileCommandFragments'] for flag in shlex.split(part['fragment'])),
                       *('-D' + each['define'] for each in group.get('defines', []))))
        if len(flags) != 1:
            raise AssertionError(f'{target["name"]} is compiled in {len(flags)} ways')
        found[target['name']] = (sorted(names), matters(flags.pop()))
    return found


@unittest.skipUnless(shutil.which('cmake'), 'no cmake')
class CMake(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)

    def lines(self, build, name):
        """Of a file that was generated somewhere in there."""
        found = [path for path in build.rglob(name) if 'uninstalled' not in path.name]
        self.assertEqual(len(found), 1, found)
        # CMake makes a comment of what is not defined.
        return re.sub(r'/\* (#undef \w+) \*/', r'\1', found[0].read_text()).splitlines()

    def test_same_library(self):
        for number, (way, (meson_options, cmake_options)) in enumerate(WAYS.items()):
            with self.subTest(way):
                meson_build, cmake_build = self.top / f'meson-{number}', self.top / f'cmake-{number}'
                meson, cmake = by_meson(meson_build, meson_options), by_cmake(cmake_build, cmake_options)
                self.assertEqual(meson.keys(), cmake.keys())
                for name, (sources, flags) in meson.items():
                    self.assertEqual(cmake[name][0], sources, name)
                    cmake_flags = {flag.replace('-fopenmp=libomp', '-fopenmp') for flag in cmake[name][1]}
                    self.assertEqual(cmake_flags - CMAKE_ONLY, {flag for flag in flags if not MESON_ONLY.match(flag)}, name)
                for name in ('thalweg_config.hpp', 'thalweg-config.cmake', 'thalweg-config-version.cmake', 'thalweg.pc'):
                    self.assertEqual(self.lines(cmake_build, name), self.lines(meson_build, name), name)

    def test_order_of_flags(self):
        """-fno-fast-math sets what the kernels' flags set otherwise, so it comes first; -O3 comes last of its kind."""
        for name, (_, flags) in by_cmake(self.top / 'build', ['-DCMAKE_BUILD_TYPE=Debug', '-DCMAKE_CXX_FLAGS=-Ofast']).items():
            if name != 'thalweg':
                self.assertLess(flags.index('-fno-fast-math'), flags.index('-fno-math-errno'))
                self.assertEqual([flag for flag in flags if flag.startswith('-O')][-1], '-O3')
            self.assertLess(flags.index('-Ofast'), flags.index('-fno-fast-math'))

    def test_recipes(self):
        """Those for vcpkg and Conan set options that there are, and take along all that the build reads."""
        known = set(re.findall(r'(?:set|option)\((THALWEG_[A-Z_]+) .*?(?:CACHE|"\n? *\w)', '\n'.join(
            (ROOT / path).read_text() for path in ('CMakeLists.txt', 'src/packages/CMakeLists.txt'))))
        self.assertLess({'THALWEG_OPENMP', 'THALWEG_INSTALL', 'THALWEG_INSTALL_CMAKEDIR'}, known)
        packaging = ROOT / 'tools' / 'packaging'
        port, recipe = (packaging / 'vcpkg/thalweg/portfile.cmake').read_text(), (packaging / 'conan/conanfile.py').read_text()
        compile(recipe, 'conanfile.py', 'exec')
        for text in (port, recipe):
            named = set(re.findall(r'THALWEG_[A-Z_]+', text))
            self.assertLess({'THALWEG_OPENMP', 'THALWEG_ZLIB'}, named)
            self.assertLessEqual(named, known)
        taken = re.search(r'for pattern in \((.*?)\)', recipe)[1]
        for pattern in re.findall(r"'([^']+)'", taken):
            source, to = ROOT / pattern.removesuffix('/*'), self.top / 'taken' / pattern.removesuffix('/*')
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, to) if source.is_dir() else shutil.copy(source, to)
        run('cmake', '-S', self.top / 'taken', '-B', self.top / 'build')

    def test_options_that_are_none(self):
        for option, said in (('THALWEG_OPENMP=maybe', 'THALWEG_OPENMP: expected AUTO, ON or OFF, found "maybe"'),
                             ('THALWEG_ISAS=mmx', 'THALWEG_ISAS: "mmx" is not an instruction set of')):
            with self.assertRaises(AssertionError) as caught:
                run('cmake', '-S', ROOT, '-B', self.top / option, f'-D{option}')
            self.assertIn(said, ' '.join(str(caught.exception).split()))


if __name__ == '__main__':
    arguments = sys.argv[1:]
    rest = arguments[arguments.index('--') + 1:] if '--' in arguments else []
    arguments = arguments[:len(arguments) - len(rest)]
    ROOT, COMPILER = pathlib.Path(arguments[0]), [each for each in arguments[1:] if each != '--']
    if pathlib.Path(COMPILER[0]).stem in ('ccache', 'sccache'):  # CMake wants the compiler
        COMPILER = COMPILER[1:]
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
