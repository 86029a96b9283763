#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""clang-tidy over the units of a configured build directory: those that changed, or all.

  tidy.py BUILD [--all]

Changed since THALWEG_CI_BASE, else since the branch left origin/main, else, on main itself, by the last commit; what is
not committed counts as well. A changed header stands for the unit of its name, or for the first that includes it.
Exit status: 0 nothing to say, 1 something.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Tests and benchmarks without the checks of taste and of copies, which tests make on purpose.
CHECKS = {'src': (), 'tools': (), 'tests': ('--checks=-readability-*,-performance-*',),
          'benchmarks': ('--checks=-readability-*,-performance-*',)}
# Other people's interfaces and macros, and a unit that is wrong on purpose.
LEFT_OUT = ('benchmarks/peers/', 'tests/support/catch_main.cpp', 'tests/hygiene/leaking_unit.cpp', 'tests/fuzz/fuzz.cpp')


def git(*arguments):
    """Lines that git prints; none where it fails."""
    done = subprocess.run(['git', '-c', f'safe.directory={ROOT}', '-C', str(ROOT), *arguments], capture_output=True,
                          text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def base():
    """The commit that the tree is compared with; None: there is none."""
    wanted = os.environ.get('THALWEG_CI_BASE', '')
    if wanted:
        found = git('rev-parse', '--verify', '--quiet', wanted + '^{commit}')
        if not found:
            sys.exit(f'tidy.py: THALWEG_CI_BASE: expected a commit, found "{wanted}"')
        return found[0]
    head = git('rev-parse', '--verify', '--quiet', 'HEAD')
    branched = git('merge-base', 'HEAD', 'origin/main')
    if branched and branched != head:
        return branched[0]
    before = git('rev-parse', '--verify', '--quiet', 'HEAD~1')
    return before[0] if before else None


def units(build):
    """All that is looked at, the library first. What this build does not compile, such as programs for MPI, is left out."""
    compiled = {os.path.relpath(os.path.join(entry['directory'], entry['file']), ROOT)
                for entry in json.loads((pathlib.Path(build) / 'compile_commands.json').read_text(encoding='utf-8'))}
    found = [path.relative_to(ROOT).as_posix() for folder in CHECKS for path in sorted((ROOT / folder).rglob('*.cpp'))]
    return [name for name in found if name in compiled and not name.startswith(LEFT_OUT)]


def includers(header, names):
    """The units of these that a changed header is seen through: its own one, or the first that includes it, as far away
    as that is."""
    own = header.removesuffix('.hpp') + '.cpp'
    if own in names:
        return [own]
    headers = [path.relative_to(ROOT).as_posix() for folder in ('include', *CHECKS) for path in (ROOT / folder).rglob('*.hpp')]
    texts = {name: (ROOT / name).read_text(encoding='utf-8') for name in [*names, *headers]}
    seen = [header]
    for sought in seen:
        folder, _, alone = sought.rpartition('/')
        written = '#include "' + sought.partition('/')[2] + '"'  # as src/ops/gemm.hpp is included
        for name, text in texts.items():
            if written in text or (name.rpartition('/')[0] == folder and f'#include "{alone}"' in text):
                if name.endswith('.cpp'):
                    return [name]
                if name not in seen:
                    seen.append(name)
    return []


def changed(names):
    """The units of these that are to be looked at."""
    since = base()
    if since is None:
        print('tidy.py: no commit to compare with: all units')
        return names
    touched = git('diff', '--name-only', since) + git('ls-files', '--others', '--exclude-standard')
    chosen = {name for name in touched if name in names}
    for header in (name for name in touched if name.endswith('.hpp') and (ROOT / name).exists()):
        chosen.update(includers(header, names))
    print(f'tidy.py: {len(chosen)} of {len(names)} units changed since {since[:12]}')
    return sorted(chosen)


def check(build, name):
    """The exit status of clang-tidy, and what it says."""
    done = subprocess.run(['clang-tidy', '--quiet', '-p', build, *CHECKS[name.split('/')[0]], name], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('build', help='a build directory of clang')
    parser.add_argument('--all', action='store_true', help='every unit, changed or not')
    options = parser.parse_args()
    every = units(options.build)
    names = every if options.all else changed(every)
    failed = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda name: check(os.path.abspath(options.build), name), names)
        for name, (status, text) in zip(names, results):
            if status != 0:
                failed.append(name)
                print(text)
    for name in failed:
        print(f'tidy.py: {name}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
