#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""What the library costs those who use and build it: prints the figures, fails where one is far beyond its goal.

  test_cost.py header SOURCE_ROOT COMPILER...    what #include <thalweg/thalweg.hpp> adds to a compilation
  test_cost.py expressions SOURCE_ROOT COMPILER...  what a line of arrays adds, and 4,000 of them at once
  test_cost.py library LIBTHALWEG_A              size of the stripped static library
  test_cost.py builds SOURCE_ROOT COMPILER...    building the library, and everything, from nothing (minutes)

Times are CPU seconds of user and system, which other programs on the machine disturb less than the clock. Far
beyond is twice the goal for times; a machine on which plain headers take long as well is given more.
"""

import itertools
import os
import pathlib
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile

GOAL_HEADER = 0.4   # CPU seconds beyond a file that includes <vector> and <span>
GOAL_EXPRESSION = 15  # CPU milliseconds a line of three operations, of a hundred that differ
LINES = 100
MANY_LINES = 4000
GOAL_SIZE = 1.0     # MB. It is 8.7: a level's kernels are 0.4 to 1.0, most of that one tile of a product a shape
GOAL_LIBRARY = 120  # CPU seconds: 60 s on two cores
GOAL_ALL = 600      # 5 min on two cores, the tests included
FAR = 2.0
FAR_SIZE = 8.8      # so that it grows no further unseen: with nets, tables and differences in rounds it grew by 2.4
# Compiling the plain file took so long where the goals were set.
PLAIN = 0.25
ROUNDS = 7

environment = dict(os.environ, CCACHE_DISABLE='1', LC_ALL='C.UTF-8')


def cpu_seconds(command, cwd=None):
    """Of the command and all that it started and waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(part) for part in command], cwd=cwd, env=environment, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def verdict(what, found, goal, unit, far=FAR):
    """Prints a line; True where the figure is not far beyond the goal."""
    good = found <= far * goal
    state = '' if found <= goal else ': beyond' if good else ': FAR BEYOND'
    print(f'{what}: {found:.2f} {unit}; goal {goal:g}, fails above {far * goal:.2f}{state}', flush=True)
    return good


def header(root, *compiler):
    """Best of several, by turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'plain.cpp').write_text('#include <span>\n#include <vector>\nint main() {}\n')
        (folder / 'all.cpp').write_text('#include <span>\n#include <vector>\n#include <thalweg/thalweg.hpp>\n'
                                        'int main() {}\n')
        best = {'plain': float('inf'), 'all': float('inf')}
        for _ in range(ROUNDS):
            for kind in best:
                seconds = cpu_seconds([*compiler, '-std=c++20', '-O2', f'-I{root}/include', '-c', f'{kind}.cpp', '-o',
                                       f'{kind}.o'], cwd=folder)
                best[kind] = min(best[kind], seconds)
    print(f'<span> and <vector>: {best["plain"]:.2f} s; with thalweg.hpp: {best["all"]:.2f} s')
    return verdict('thalweg.hpp', best['all'] - best['plain'], GOAL_HEADER, 's', FAR * max(1.0, best['plain'] / PLAIN))


def expressions_file(path, count):
    """So many assignments of three operations each, no two of a hundred alike, ten in a function."""
    shapes = ['(({0} {4} {1}) {5} {2}) {6} {3}', '({0} {4} {1}) {5} ({2} {6} {3})',
              'tw::exp({0} {4} {1}) {5} {2}', 'tw::where({0} > {1}, {2} {4} {3}, {0})']
    terms = itertools.product('+-*/', '+-*/', '+-*', shapes, itertools.permutations(['a', 'b', 'c', '2.0F'], 4))
    step = 29  # neighbours differ in more than the order of their operands
    lines = [f'    y = {shape.format(*names, x, y, z)};' for x, y, z, shape, names in
             itertools.islice(itertools.cycle(terms), 0, count * step, step)]
    body = 'void run{}(const M& a, const M& b, const M& c, M& y) {{\n{}\n}}\n'
    path.write_text('#include <thalweg/thalweg.hpp>\nnamespace tw = thalweg;\nusing M = tw::Matrix<float>;\n' +
                    ''.join(body.format(first, '\n'.join(lines[first:first + 10]))
                            for first in range(0, max(count, 1), 10)))


def expressions(root, *compiler):
    """Best of several, by turns; then many lines at once."""
    command = [*compiler, '-std=c++20', '-O2', f'-I{root}/include', '-c', '-o', 'lines.o']
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        best = {0: float('inf'), LINES: float('inf')}
        for count in best:
            expressions_file(folder / f'{count}.cpp', count)
        for _ in range(ROUNDS):
            for count in best:
                best[count] = min(best[count], cpu_seconds([*command, f'{count}.cpp'], cwd=folder))
        expressions_file(folder / 'many.cpp', MANY_LINES)
        print(f'{MANY_LINES} lines: {cpu_seconds([*command, "many.cpp"], cwd=folder):.1f} s')
    return verdict('a line of three operations', 1000 * (best[LINES] - best[0]) / LINES, GOAL_EXPRESSION, 'ms')


def library(path):
    """Without what only a debugger reads; the objects stay linkable."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / 'stripped.a'
        subprocess.run(['strip', '--strip-unneeded', '-o', str(copy), path], check=True)
        return verdict('libthalweg.a, stripped', copy.stat().st_size / 1e6, GOAL_SIZE, 'MB', FAR_SIZE)


def builds(root, *compiler):
    """A release build from nothing, without ccache: first the library, then all the rest."""
    environment['CXX'] = shlex.join(compiler)
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder) / 'build'
        cpu_seconds(['meson', 'setup', build, '-Ddefault_library=static'], cwd=root)
        first = cpu_seconds(['ninja', '-C', build, 'src/libthalweg.a'])
        good = verdict('the library', first, GOAL_LIBRARY, 'CPU s')
        rest = cpu_seconds(['ninja', '-C', build])
        good = verdict('everything, tests included', first + rest, GOAL_ALL, 'CPU s') and good
        return library(build / 'src' / 'libthalweg.a') and good


if __name__ == '__main__':
    if sys.argv[1] == 'library' and not shutil.which('strip'):
        print('skipped: no strip')
        sys.exit(77)
    sys.exit(0 if {'header': header, 'expressions': expressions, 'library': library, 'builds': builds}[sys.argv[1]](*sys.argv[2:]) else 1)
