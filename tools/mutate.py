#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""How strong the tests are: plants the faults of tests/mutation, one at a time, and reports which suite sees each.

Works in copies of the tree under --work, one a level, each with a build of its own; the checkout is only read. Results
stay in --work/results.json, so that a run can be interrupted and continues where it was; a fault is run again when its
text or its verdict is asked for anew (--again). `tools/mutate.py --report` prints the table without running anything.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Quick ones first; a fault's own suites come before all of them.
PROGRAMS = ['core', 'io', 'data', 'differentiate', 'ops', 'kernels', 'nn']
SCRIPTS = 'scripts'  # all else that `meson test` runs but the consumers: cli, numpy, headers, hygiene, fuzz, threads
NOT_ASKED = {'slow', 'consumer', 'mpi'}  # unless a fault names it
# Far beyond what a suite takes on a busy machine: what hangs is caught.
TIMEOUT = 400


def load(area=None):
    """All faults, checked: ids differ, files exist, the old text stands exactly once in its file."""
    faults, problems = [], []
    for path in sorted((ROOT / 'tests' / 'mutation').glob('*.toml')):
        if area and path.stem != area:
            continue
        for fault in tomllib.loads(path.read_text(encoding='ascii'))['fault']:
            fault['area'] = path.stem
            count = (ROOT / fault['file']).read_text(encoding='ascii').count(fault['old'])
            if count != 1:
                problems.append(f"{path.name}: {fault['id']}: {fault['file']} has its old text {count} times")
            if '\n' in fault['old'] + fault['new']:
                problems.append(f"{path.name}: {fault['id']}: more than one line")
            faults.append(fault)
    names = [fault['id'] for fault in faults]
    problems += [f'{name}: id used twice' for name in sorted({n for n in names if names.count(n) > 1})]
    return faults, problems


def digest(fault):
    """What a verdict is about."""
    text = '\0'.join((fault['file'], fault['old'], fault['new']))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Results:
    """Verdicts by id, written down after each."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.known = json.loads(path.read_text()) if path.exists() else {}

    def of(self, fault):
        found = self.known.get(fault['id'])
        return found if found and found['digest'] == digest(fault) else None

    def add(self, fault, verdict, by='', test='', seconds=0.0):
        with self.lock:
            self.known[fault['id']] = {'digest': digest(fault), 'verdict': verdict, 'by': by, 'test': test,
                                       'seconds': round(seconds)}
            self.path.write_text(json.dumps(self.known, indent=1, sort_keys=True) + '\n')


class Tree:
    """A copy of the checkout, with a build for one level."""

    def __init__(self, work, level, options):
        self.level = level
        self.tree, self.build = work / level / 'tree', work / level / 'build'
        self.options = options
        self.sound_path = work / level / 'sound.json'
        self.sound = json.loads(self.sound_path.read_text()) if self.sound_path.exists() else []
        self.environment = dict(os.environ, OMP_NUM_THREADS='2')

    def run(self, *command, timeout=None):
        """Exit status and output; what runs longer has status None."""
        try:
            done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, timeout=timeout,
                                  stderr=subprocess.STDOUT, text=True, errors='replace', check=False,
                                  env=self.environment, cwd=self.build if self.build.exists() else None)
        except subprocess.TimeoutExpired:
            return None, ''
        return done.returncode, done.stdout

    def refresh(self):
        """Brings the copy up to the checkout; files that are the same keep their time, and so their objects."""
        changed = False
        names = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=ROOT,
                               stdout=subprocess.PIPE, check=True).stdout.decode().split('\0')
        wanted = {name for name in names if name and (ROOT / name).is_file()}
        for name in wanted:
            to = self.tree / name
            if not to.exists() or to.read_bytes() != (ROOT / name).read_bytes():
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, to)
                changed = changed or not name.startswith(('docs/', 'tests/mutation/', 'tools/mutate'))
        for path in list(self.tree.rglob('*')):
            if path.is_file() and '__pycache__' not in path.parts and str(path.relative_to(self.tree)) not in wanted:
                path.unlink()
        if changed:
            self.trust([])

    def trust(self, suites):
        """Suites that pass without a fault, also for the next process that works in this tree."""
        self.sound = suites
        self.sound_path.write_text(json.dumps(suites))

    def prepare(self):
        """Copied and configured."""
        self.tree.mkdir(parents=True, exist_ok=True)
        self.refresh()
        if not (self.build / 'build.ninja').exists():
            # One file is compiled for a fault, not a unit of sixteen; ccache, if there is one, has the sound file.
            status, output = self.run('meson', 'setup', self.build, self.tree, '-Dbuildtype=release',
                                      '-Doptimization=1', '-Dunity=off', f'-Disas={self.level}',
                                      '-Dbenchmarks=disabled', *self.options)
            if status != 0:
                raise SystemExit(output)
        self.ninja('build.ninja')  # which tests there are may have changed

    def ninja(self, *targets):
        return self.run('ninja', '-j1', '-C', self.build, *targets)

    def members(self, suite):
        """The tests of a suite, or the one of that name, and the files they need: a fraction of all that there are."""
        info = self.build / 'meson-info'
        files = {target['id']: target['filename'][0] for target in json.loads((info / 'intro-targets.json').read_text())}
        tests, needed = [], set()
        for test in json.loads((info / 'intro-tests.json').read_text()):
            names = {name.removeprefix('thalweg:') for name in test['suite']} | {test['name']}
            if (not names & NOT_ASKED and test['name'] not in PROGRAMS) if suite == SCRIPTS else suite in names - {'slow'}:
                tests.append(test['name'])
                needed.update(os.path.relpath(files[name], self.build) for name in test['depends'])
        if not tests:
            raise SystemExit(f'mutate: {suite}: no suite and no test of this name')
        return tests, needed

    def suite(self, suite):
        """passed, failed or does not compile, and the test (or the error) that says so."""
        tests, needed = self.members(suite) if suite not in PROGRAMS else ([], [f'tests/test_{suite}'])
        status, output = self.ninja(*needed)
        if status != 0:
            errors = [line for line in output.splitlines() if 'error' in line]
            return 'does not compile', errors[0] if errors else output[-200:]
        if suite not in PROGRAMS:
            status, output = self.run('meson', 'test', '-C', self.build, '--no-rebuild', '--num-processes', '1',
                                      '--maxfail=1', '--suite=thalweg', *tests, timeout=TIMEOUT)
            failed = re.findall(r'^ *\d+/\d+ (?:thalweg:)?(.*?) +(?:FAIL|ERROR|TIMEOUT)', output, re.MULTILINE)
        else:
            status, output = self.run(self.build / 'tests' / f'test_{suite}', '~[slow]', '--abort', timeout=TIMEOUT)
            # A name stands between two such lines, the first of a pair; tests that only warn come before.
            failed = re.findall(r'^-{70,}\n(.*)\n', output, re.MULTILINE)[::2]
        if status == 0:
            return 'passed', ''
        if status is None:
            return 'failed', 'hangs'
        return 'failed', failed[-1].strip() if failed else f'exit status {status}'

    def check_sound(self, suite):
        """A suite that fails without a fault has nothing to say about any."""
        if suite not in self.sound:
            verdict, test = self.suite(suite)
            if verdict != 'passed':
                raise SystemExit(f'mutate: {self.level}: {suite}, without any fault: {verdict}: {test}')
            self.trust([*self.sound, suite])

    def judge(self, fault, own):
        """Verdict, suite and test for one fault, which is taken out again. With own only its own suites are asked."""
        path = self.tree / fault['file']
        original = path.read_text(encoding='ascii')
        planted = original.replace(fault['old'], fault['new'])
        try:
            others = [] if own else [*[s for s in PROGRAMS if s not in fault['suites']], SCRIPTS]
            for suite in [*fault['suites'], *others]:
                if suite not in self.sound:
                    path.write_text(original, encoding='ascii')
                    self.check_sound(suite)
                if path.read_text(encoding='ascii') != planted:
                    path.write_text(planted, encoding='ascii')
                verdict, test = self.suite(suite)
                if verdict != 'passed':
                    return 'caught' if verdict == 'failed' else verdict, suite, test
        finally:
            path.write_text(original, encoding='ascii')
        return 'survived', '', ''


def judge_some(tree, faults, seconds, own):
    """One line of JSON a fault, until the time is over."""
    began = time.monotonic()
    tree.prepare()
    for fault in faults:
        start = time.monotonic()
        verdict, by, test = tree.judge(fault, own)
        print(json.dumps([fault['id'], verdict, by, test, time.monotonic() - start]), flush=True)
        if time.monotonic() - began > seconds:
            return


def work_off(level, own, shared, results, command):
    """One level's thread: its own faults, then those that show at any level, a few at a time."""
    while own or shared:
        source = own or shared
        some = [source.popleft() for _ in range(min(8, len(source)))]
        done = subprocess.Popen([*command, '--levels', level, '--judge', *[fault['id'] for fault in some]],
                                stdout=subprocess.PIPE, text=True)
        for line in done.stdout:
            if not line.startswith('['):
                print(line, end='', flush=True)
                continue
            name, verdict, by, test, seconds = json.loads(line)
            fault = next(f for f in some if f['id'] == name)
            some.remove(fault)
            results.add(fault, verdict, by, test, seconds)
            print(f"{level:7} {seconds:4.0f} s  {name}: {verdict}{' by ' if by else ''}{by}: {test}", flush=True)
        source.extendleft(reversed(some))
        if done.wait() != 0:
            return


def report(faults, results):
    """The table by area; then what survived. True when at least 95 % of the true faults were caught."""
    print('| area | faults | caught | survived | equivalent | not run |')
    print('|---|---|---|---|---|---|')
    total = [0] * 5
    left = []
    for area in sorted({fault['area'] for fault in faults}):
        counts = [0] * 5
        for fault in (f for f in faults if f['area'] == area):
            counts[0] += 1
            found = results.of(fault)
            if 'equivalent' in fault:
                counts[3] += 1
            elif found is None or found['verdict'] not in ('caught', 'survived'):
                counts[4] += 1
                left.append(f"{fault['id']}: {found['verdict'] + ': ' + found['test'] if found else 'not run'}")
            elif found['verdict'] == 'caught':
                counts[1] += 1
            else:
                counts[2] += 1
                left.append(f"{fault['id']}: survived ({fault['kind']}, {fault['file']})")
        total = [a + b for a, b in zip(total, counts)]
        print(f'| {area} | ' + ' | '.join(map(str, counts)) + ' |')
    print('| all | ' + ' | '.join(map(str, total)) + ' |')
    print('\n'.join(left))
    run = total[1] + total[2]
    if run:
        print(f'{total[1]} of {run} caught, {100 * total[1] / run:.1f} %')
    return run > 0 and total[1] >= 0.95 * run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('faults', nargs='*', help='ids; without any, all')
    parser.add_argument('--area', help='those of one file of tests/mutation')
    parser.add_argument('--work', type=pathlib.Path,
                        default=pathlib.Path(tempfile.gettempdir()) / f'thalweg-mutation-{os.getuid()}')
    parser.add_argument('--levels', default='avx2', help='one thread each; avx2,avx512 sees all faults')
    parser.add_argument('--under', default='', help='a command to run with, for --seconds at a time: nice')
    parser.add_argument('--seconds', type=float, default=150.0, help=argparse.SUPPRESS)
    parser.add_argument('--judge', action='store_true', help=argparse.SUPPRESS)
    parser.add_argument('--option', action='append', default=[], help='for meson setup: -Dtools=disabled')
    parser.add_argument('--own', action='store_true',
                        help='ask only the suites that a fault names; --again survived asks the others later')
    parser.add_argument('--again', default='', help='also those with this verdict: survived')
    parser.add_argument('--report', action='store_true', help='print the table and stop')
    parser.add_argument('--check', action='store_true', help='check the list of faults against src/ and stop')
    args = parser.parse_args()

    faults, problems = load(args.area)
    if args.faults:
        faults = [fault for fault in faults if fault['id'] in args.faults]
    if problems or not faults:
        print('\n'.join(problems) or 'mutate: no such fault')
        return 2
    if args.check:
        print(f'{len(faults)} faults, each once in its file')
        return 0
    args.work.mkdir(parents=True, exist_ok=True)
    results = Results(args.work / 'results.json')
    if args.report:
        return 0 if report(faults, results) else 1

    levels = args.levels.split(',')
    if args.judge:
        judge_some(Tree(args.work, levels[0], args.option), faults, args.seconds, args.own)
        return 0
    own = {level: collections.deque() for level in levels}
    shared = collections.deque()
    for fault in faults:
        found = results.of(fault)
        level = fault.get('level')
        if 'equivalent' not in fault and not (found and found['verdict'] != args.again) and level in [None, *levels]:
            (own[level] if level else shared).append(fault)
    command = [*args.under.split(), sys.executable, __file__, '--work', args.work, '--seconds', str(args.seconds),
               *[f'--option={option}' for option in args.option], *(['--own'] if args.own else [])]
    threads = [threading.Thread(target=work_off, args=(level, own[level], shared, results, command))
               for level in levels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0 if report(faults, results) else 1


if __name__ == '__main__':
    sys.exit(main())
