#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Projects outside the tree, built against the installed library: pkg-config and a compiler, CMake, Meson.

  test_consumers.py SOURCE_ROOT BUILD PREFIX LIBDIR KIND COMPILER... [-- unittest arguments]

Installs BUILD with a DESTDIR, moves what arrived, and uses it where it lies then. KIND: static, shared or both.
COMPILER: the command of the C++ compiler that a consumer uses.
"""

import fnmatch
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = [HERE / 'train.cpp', HERE / 'other.cpp']
# What every build of the program prints; the level decides between the two classes of rounding.
LINE = re.compile(r'^losses ([0-9a-f]{16}) right 0\.\d\d other 25 refused$')

ROOT = BUILD = PREFIX = LIBDIR = KIND = COMPILER = None


def run(*command, cwd=None, env=None, check=True):
    """Runs a command; a failure shows what it printed."""
    full = dict(os.environ, LC_ALL='C.UTF-8', **(env or {}))
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=full, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise AssertionError(f'{shlex.join(map(str, command))}: exit status {done.returncode}\n'
                             f'{done.stdout}{done.stderr}')
    return done


class Installed(unittest.TestCase):
    """The library, installed and moved, and consumers of it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        top = pathlib.Path(cls.folder.name)
        run('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', top / 'stage')
        cls.prefix = top / 'moved' / 'here'
        cls.prefix.parent.mkdir()
        shutil.move(top / 'stage' / PREFIX.lstrip('/'), cls.prefix)
        cls.libdir = cls.prefix / LIBDIR
        cls.env = {'PKG_CONFIG_PATH': str(cls.libdir / 'pkgconfig')}
        cls.top = top
        cls.losses = {}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def flags(self, *arguments):
        """What pkg-config says of the library."""
        return shlex.split(run('pkg-config', *arguments, 'thalweg', env=self.env).stdout)

    def check_program(self, program, shared=False, level=None):
        """Runs it, at a level or the machine's best; its line must be that of the others at that level. Returns what
        it says of the library."""
        env = {'OMP_NUM_THREADS': '2', 'THALWEG_SIMD': level or ''}
        if shared:
            env['LD_LIBRARY_PATH'] = str(self.libdir)
        done = run(program, self.top / 'b1.npy', env=env)
        found = LINE.match(done.stdout.strip())
        self.assertTrue(found, done.stdout)
        self.assertEqual(found[1], self.losses.setdefault(level, found[1]))
        return done.stderr

    def compile(self, name, *arguments, sources=None, check=True):
        """The consumer, by the plain compiler; returns the program and what the compiler did."""
        program = self.top / name
        done = run(*COMPILER, '-std=c++20', '-Wall', '-Wextra', '-Werror', *(sources or SOURCES), *arguments,
                   '-o', program, check=check)
        return program, done

    def test_pkg_config(self):
        program, _ = self.compile('plain', '-O2', *self.flags('--cflags', '--libs'))
        self.check_program(program, shared=KIND != 'static')

    def test_headers_are_the_systems(self):
        """Whatever a user lets the compiler warn of, it says nothing of these headers."""
        text = '#include <thalweg/thalweg.hpp>\nbool same(const thalweg::Matrix<float>& a) { return a == a; }\n'
        source = self.top / 'quiet.cpp'
        source.write_text(text)
        marks = run(*COMPILER, '-std=c++20', '-E', source, *self.flags('--cflags')).stdout
        # The preprocessor's mark of a system header is a 3 behind its name.
        self.assertRegex(marks, r'# 1 "[^"]*thalweg/matrix\.hpp" 1 3')

    @unittest.skipIf(sys.platform == 'darwin', 'ld takes no -Bstatic there')
    def test_pkg_config_static(self):
        if KIND == 'shared':
            self.skipTest('no static library in this build')
        flags = self.flags('--static', '--cflags', '--libs')
        flags = [f'{self.libdir}/libthalweg.a' if flag == '-lthalweg' else flag for flag in flags]
        program, _ = self.compile('static', '-O2', *flags)
        self.check_program(program)

    def test_asks_for_nothing_else(self):
        """No xsimd, no OpenMP switch and no language version: with a pkg-config that knows zlib alone."""
        only = self.top / 'only'
        only.mkdir()
        zlib = run('pkg-config', '--variable=pcfiledir', 'zlib', check=False).stdout.strip()
        if zlib:
            shutil.copy(pathlib.Path(zlib) / 'zlib.pc', only)
        hidden = {'PKG_CONFIG_PATH': str(self.libdir / 'pkgconfig'), 'PKG_CONFIG_LIBDIR': str(only)}
        flags = run('pkg-config', '--static', '--cflags', '--libs', 'thalweg', env=hidden).stdout
        self.assertNotIn('xsimd', flags)
        self.assertNotIn('-fopenmp', flags)
        self.assertNotIn('-std', flags)
        read = run(*COMPILER, '-std=c++20', '-M', SOURCES[0], f'-I{self.prefix}/include').stdout
        self.assertNotIn('xsimd', read)
        self.assertNotIn('omp.h', read)
        if KIND != 'static':  # who takes the shared library needs no zlib.pc either
            nothing = dict(hidden, PKG_CONFIG_LIBDIR=str(self.top))
            self.assertIn('-lthalweg', run('pkg-config', '--cflags', '--libs', 'thalweg', env=nothing).stdout)

    def test_relocated(self):
        """Nothing that was installed still knows the place it was built for."""
        text = (self.libdir / 'pkgconfig' / 'thalweg.pc').read_text()
        for path in (self.libdir / 'cmake' / 'thalweg').iterdir():
            text += path.read_text()
        self.assertNotIn(str(BUILD), text)
        self.assertNotRegex(text, rf'(?m)[="\s]{re.escape(PREFIX)}(/|$)')
        self.assertNotIn('xsimd', text)

    def test_installed_by_tag(self):
        """What a distribution's development package takes (--tags devel) is all that finding and compiling need."""
        run('meson', 'install', '-C', BUILD, '--no-rebuild', '--quiet', '--tags', 'devel', '--destdir', self.top / 'devel')
        some = self.top / 'devel' / PREFIX.lstrip('/')
        wanted = [path.relative_to(self.prefix) for folder in (self.prefix / 'include', self.libdir / 'cmake',
                                                               self.libdir / 'pkgconfig')
                  for path in folder.rglob('*') if path.is_file()]
        self.assertGreater(len(wanted), 20)
        self.assertEqual([str(path) for path in wanted if not (some / path).is_file()], [])

    @unittest.skipUnless(shutil.which('cmake'), 'no cmake')
    def test_cmake(self):
        for shared in {'static': ['OFF'], 'shared': ['ON'], 'both': ['OFF', 'ON']}[KIND]:
            build = self.top / f'cmake-{shared}'
            run('cmake', '-S', HERE / 'cmake', '-B', build, f'-DCMAKE_PREFIX_PATH={self.prefix}',
                f'-DBUILD_SHARED_LIBS={shared}', f'-DCMAKE_CXX_COMPILER={COMPILER[0]}', '-DCMAKE_BUILD_TYPE=Debug')
            run('cmake', '--build', build)
            program = build / 'consumer'
            self.check_program(program)  # CMake writes the place of a shared library into the program
            if shutil.which('ldd'):
                self.assertEqual('libthalweg.so.' in run('ldd', program).stdout, shared == 'ON')

    @unittest.skipUnless(shutil.which('cmake'), 'no cmake')
    def test_cmake_refuses_another_version(self):
        for wanted, fits in (('0.2', True), ('0.2.0', True), ('0.1', False), ('0.3', False), ('1.0', False), ('0.1...0.3', True)):
            text = (HERE / 'cmake' / 'CMakeLists.txt').read_text()
            project = self.top / 'version'
            project.mkdir(exist_ok=True)
            (project / 'CMakeLists.txt').write_text(
                re.sub(r'find_package\(thalweg 0\.2 ', f'find_package(thalweg {wanted} ', text).replace('../', f'{HERE}/'))
            shutil.rmtree(self.top / 'version-build', ignore_errors=True)
            done = run('cmake', '-S', project, '-B', self.top / 'version-build', f'-DCMAKE_PREFIX_PATH={self.prefix}',
                       f'-DCMAKE_CXX_COMPILER={COMPILER[0]}', check=False)
            self.assertEqual(done.returncode == 0, fits, f'{wanted}\n{done.stderr}')

    def test_meson(self):
        project = self.top / 'meson'
        shutil.copytree(HERE / 'meson', project)
        for source in [*SOURCES, HERE / 'other.hpp']:
            shutil.copy(source, project)
        run('meson', 'setup', 'build', cwd=project, env=dict(self.env, CXX=shlex.join(COMPILER)))
        run('ninja', '-C', 'build', cwd=project)
        self.check_program(project / 'build' / 'consumer', shared=KIND != 'static')

    def test_debug_and_release_together(self):
        """One program of a checked debug unit and a release unit; the library is what it is."""
        flags = self.flags('--cflags', '--libs')
        objects = []
        for source, *how in ((SOURCES[0], '-O2', '-DNDEBUG'),
                             (SOURCES[1], '-O0', '-g', '-DTHALWEG_CHECKED', '-D_GLIBCXX_ASSERTIONS')):
            objects.append(self.top / f'{source.stem}.o')
            run(*COMPILER, '-std=c++20', '-c', source, *how, *flags, '-o', objects[-1])
        program, _ = self.compile('mixed', *flags, sources=objects)
        self.check_program(program, shared=KIND != 'static')

    def test_headers_of_another_version(self):
        """The linker's message names what is wrong, whichever is older."""
        for other in ('0_1', '0_3'):
            with self.subTest(other):
                self.check_headers_of(other)

    def check_headers_of(self, other):
        headers = self.top / f'headers-{other}'
        shutil.copytree(self.prefix / 'include' / 'thalweg', headers / 'thalweg')
        abi = headers / 'thalweg' / 'abi.hpp'
        self.assertIn('headers_are_0_2', abi.read_text())
        abi.write_text(abi.read_text().replace('headers_are_0_2', f'headers_are_{other}'))
        objects = []
        for source in SOURCES:
            objects.append(self.top / f'other-{source.stem}.o')
            run(*COMPILER, '-std=c++20', '-O2', '-ffunction-sections', '-fdata-sections', '-c', source, f'-I{headers}',
                '-o', objects[-1])
        # Nothing but the name needs the constant: a linker that drops such data must keep it.
        for drops in [[]] if sys.platform == 'darwin' else [[], ['-Wl,--gc-sections']]:
            _, done = self.compile('other-program', *drops, *self.flags('--libs'), sources=objects, check=False)
            self.assertNotEqual(done.returncode, 0, drops)
            self.assertIn(f'library_and_headers_differ_in_version_these_headers_are_{other}', done.stderr)

    def test_other_containers(self):
        """A program whose strings and vectors are laid out in another way does not link, and the name says why."""
        builds = {
            'libstdcxx_with_GLIBCXX_DEBUG': [*COMPILER, '-D_GLIBCXX_DEBUG'],
            'libstdcxx_with_GLIBCXX_USE_CXX11_ABI_0': [*COMPILER, '-D_GLIBCXX_USE_CXX11_ABI=0'],
            'libstdcxx_with_GLIBCXX_DEBUG_and_GLIBCXX_USE_CXX11_ABI_0':
                [*COMPILER, '-D_GLIBCXX_DEBUG', '-D_GLIBCXX_USE_CXX11_ABI=0'],
            'libcxx': ['clang++', '-stdlib=libc++'],
        }
        for name, compiler in builds.items():
            with self.subTest(name):
                unit = self.top / f'{name}.o'
                # Of two units, the second alone differs: that is enough.
                compiled = run(*compiler, '-std=c++20', '-c', SOURCES[1], *self.flags('--cflags'), '-o', unit,
                               check=name != 'libcxx') if shutil.which(compiler[0]) else None
                if compiled is None or compiled.returncode != 0:
                    self.skipTest(f'{" ".join(compiler)} finds no C++ library')
                _, done = self.compile(name, *self.flags('--cflags', '--libs'), sources=[SOURCES[0], unit], check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr, rf'differ_in_containers_this_program_has_{name}\b')

    @unittest.skipUnless(sys.platform == 'linux', 'the options are those of ELF linkers')
    def test_plugins(self):
        """Two shared objects with a copy each: names stay inside, loading and closing with a team does no harm."""
        if KIND == 'shared':
            self.skipTest('no static library in this build')
        flags = [f'{self.libdir}/libthalweg.a' if flag == '-lthalweg' else flag
                 for flag in self.flags('--static', '--cflags', '--libs')]
        for name in ('plugin1.so', 'plugin2.so'):
            plugin, _ = self.compile(name, '-O1', '-fPIC', '-shared', *flags, '-Wl,--exclude-libs,ALL',
                                     sources=[HERE / 'plugin.cpp'])
        if shutil.which('nm'):
            names = run('nm', '-D', '--defined-only', plugin).stdout
            self.assertIn('plugin_result', names)
            self.assertNotRegex(names, r'_ZNK?7thalweg')
        host, _ = self.compile('host', '-O1', '-pthread', '-ldl', sources=[HERE / 'host.cpp'])
        for how in ('local', 'global'):
            with self.subTest(how):
                self.assertEqual(run(host, how, cwd=self.top).stdout, '301 301 301 301\n' * 3)

    @unittest.skipUnless(sys.platform == 'linux', 'tried on Linux alone')
    def test_thread_sanitizer(self):
        """No report of a program that is built with it, of threads that the library orders."""
        probe = self.top / 'probe.cpp'
        probe.write_text('int main() { return 0; }\n')
        tsan, done = self.compile('tsan-probe', '-fsanitize=thread', sources=[probe], check=False)
        # Some kernels lay memory out in a way that its runtime cannot use.
        if done.returncode != 0 or run('setarch', '-R', tsan, check=False).returncode != 0:
            self.skipTest('no ThreadSanitizer here')
        program, _ = self.compile('tsan', '-O1', '-g', '-fsanitize=thread', *self.flags('--cflags', '--libs'),
                                  sources=[HERE / 'ordered.cpp'])
        done = run('setarch', '-R', program, env={'LD_LIBRARY_PATH': str(self.libdir)}, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_cxx17_is_told(self):
        done = run(*COMPILER, '-std=c++17', '-fsyntax-only', SOURCES[1], f'-I{self.prefix}/include', check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('thalweg needs C++20: compile with -std=c++20', done.stderr)

    @unittest.skipUnless(shutil.which('readelf'), 'no binutils')
    def test_shared_library_exports_all_of_thalweg(self):
        """What the headers declare for all to see in the static library has a name that exports.map lets out."""
        if KIND == 'shared':
            self.skipTest('no static library in this build')
        script = re.sub(r'#.*', '', (ROOT / 'src' / 'exports.map').read_text())
        patterns = re.findall(r'\S+(?=;)', script[script.index('global:'):script.index('local:')])
        symbols = run('readelf', '--symbols', '--wide', self.libdir / 'libthalweg.a').stdout
        names = set(re.findall(r' (?:GLOBAL|WEAK) +DEFAULT +\d+ (_Z(?:N[VKRO]*|T[ISV]N)7thalweg\S*)', symbols))
        self.assertGreater(len(names), 100)
        kept = [name for name in sorted(names) if not any(fnmatch.fnmatchcase(name, each) for each in patterns)]
        self.assertEqual(kept, [])

    @unittest.skipUnless(shutil.which('nm') and shutil.which('readelf'), 'no binutils')
    def test_shared_library_exports_thalweg_alone(self):
        if KIND == 'static':
            self.skipTest('no shared library in this build')
        library = next(self.libdir.glob('libthalweg.so.*.*.*'))
        names = [line.split()[-1] for line in run('nm', '-D', '--defined-only', library).stdout.splitlines()]
        self.assertGreater(len(names), 100)
        inside = r'(check|data|dispatch|io|kernels|nn|ops|parallel)'
        for name in names:
            self.assertRegex(name, r'^_Z(NK?[RO]?|TIN|TSN|TVN)7thalweg')
            self.assertNotRegex(name, rf'^_Z\w*7thalweg\d+{inside}\d')
        version = library.name.split('.so.')[1].split('.')
        soname = '.'.join(version[:2] if version[0] == '0' else version[:1])
        self.assertIn(f'[libthalweg.so.{soname}]', run('readelf', '-d', library).stdout)


def read_arguments():
    """Sets the globals; returns what is left for unittest."""
    global ROOT, BUILD, PREFIX, LIBDIR, KIND, COMPILER
    arguments = sys.argv[1:]
    rest = []
    if '--' in arguments:
        split = arguments.index('--')
        arguments, rest = arguments[:split], arguments[split + 1:]
    ROOT, BUILD = pathlib.Path(arguments[0]), pathlib.Path(arguments[1])
    PREFIX, LIBDIR, KIND = arguments[2:5]
    # Meson puts ccache before a compiler where it finds it; CMake wants the compiler.
    COMPILER = arguments[6:] if pathlib.Path(arguments[5]).stem in ('ccache', 'sccache') else arguments[5:]
    return [sys.argv[0], *rest]


if __name__ == '__main__':
    unittest.main(argv=read_arguments(), verbosity=2)
