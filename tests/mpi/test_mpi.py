#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Runs programs under mpirun: the bits of one process for several, and what a fault in one does to the others.

test_mpi.py MPIRUN TRAIN_ALIKE DIFFERENCES DERIVATIVES FAULTS SPEED [THALWEG_MPI THALWEG] [long]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time


class Launcher:
    def __init__(self, mpirun):
        self.mpirun = mpirun
        version = subprocess.run([mpirun, '--version'], capture_output=True, text=True).stdout
        self.open_mpi = 'Open MPI' in version or 'OpenRTE' in version

    # Each part is a number of processes and a command: parts of one job.
    def run(self, *parts, seconds=120, **more):
        words = [self.mpirun]
        if self.open_mpi:
            words += ['--oversubscribe', '--bind-to', 'none']
            if os.geteuid() == 0:
                words += ['--allow-run-as-root']
        for k, (processes, *command) in enumerate(parts):
            words += [':'] * (k > 0) + ['-n', str(processes), *map(str, command)]
        env = dict(os.environ, OMP_NUM_THREADS='1', OMP_WAIT_POLICY='passive', MPIR_CVAR_POLLS_BEFORE_YIELD='1')
        env.update(more)
        # A job that its own process has killed must end, or this would wait for ever.
        return subprocess.run(words, capture_output=True, text=True, timeout=seconds, env=env)


def expect(what, right, run):
    if not right:
        sys.exit(f'{what}: status {run.returncode}\n{run.stdout}\n{run.stderr}')


def hashes(run, what):
    expect(what, run.returncode == 0, run)
    lines = [line for line in run.stdout.splitlines() if ' processes x ' in line]
    expect(f'{what}: one hash for each of 32 nets', len(lines) == 32, run)
    return lines


# Every loss, every parameter, what the optimiser remembers: float and double, pixels and numbers, SGD and Adam, with and
# without batch normalisation and dropout.
def check_bits(launcher, program, sizes, steps):
    command = [program, str(steps), '1', 'alone']
    alone = hashes(subprocess.run(command, capture_output=True, text=True), 'without MPI')
    print('\n'.join(line.replace('1 processes x 1 threads', 'without MPI') for line in alone), flush=True)
    for processes, threads in sizes:
        begin = time.time()
        run = launcher.run((processes, program, steps, threads), seconds=3600)
        what = f'{processes} processes x {threads} threads'
        found = hashes(run, what)
        for one, other in zip(alone, found):
            expect(f'{what}: expected as without MPI {one}, found {other}', one.split()[0] == other.split()[0], run)
        print(f'{what}: the same 32 hashes, {time.time() - begin:.1f} s', flush=True)


def check_differences(launcher, program, sizes, milliseconds, least):
    for processes in sizes:
        run = launcher.run((processes, program, milliseconds))
        expect(f'{processes} processes differentiate', run.returncode == 0, run)
        lines = [line for line in run.stdout.splitlines() if 'of ideal' in line]
        print('\n'.join(lines), flush=True)
        shares = [float(line.split()[-4]) for line in lines]
        expect(f'at {least} % of ideal, dynamic and static', len(shares) == 2 and min(shares) >= least, run)


# Begun by the first number of processes, killed by its own progress function, gone on with by each of the others.
def check_derivatives(launcher, program, sizes):
    for processes in sizes:
        run = launcher.run((processes, program))
        expect(f'{processes} processes: every derivative', run.returncode == 0, run)
    for processes in sizes[1:] or [2]:
        with tempfile.TemporaryDirectory() as folder:
            journal = os.path.join(folder, 'run.journal')
            run = launcher.run((sizes[0], program, 'journal', journal, 20))
            expect(f'{sizes[0]} processes: a journal that ends', run.returncode == 0, run)
            run = launcher.run((processes, program, 'journal', journal))
            expect(f'{processes} processes: a journal that goes on', run.returncode == 0, run)


def check_ended(launcher, what, run, *lines):
    text = run.stdout + run.stderr
    expect(f'{what} ends all', run.returncode != 0, run)
    for line in lines:
        expect(f'{what}: {line}', line in text, run)
    expect(f'{what}: nothing is finished', ' updates' not in text, run)


def check_faults(launcher, program):
    # Open MPI names the process by its rank; Hydra, MPICH's mpirun, by its number and host.
    killed = 'noticed that process rank {} ' if launcher.open_mpi else 'KILLED BY SIGNAL: 9|EXIT CODE: 9'
    for rank in (0, 1):
        for kind in ('kill', 'f'):
            run = launcher.run((3, program, kind, rank))
            check_ended(launcher, f'{kind} {rank}', run, *(['20 steps'] if kind == 'kill' else []))
            text = run.stdout + run.stderr
            expect(f'{kind} {rank}: a line that names the process',
                   any(words in text for words in killed.format(rank).split('|')), run)
    check_ended(launcher, 'an exception', launcher.run((3, program, 'throw', 1)),
                'thalweg: process 1 of 3 on ', ': no such file: train.csv')
    check_ended(launcher, 'a communicator that fails', launcher.run((3, program, 'cut', 1)), '20 steps',
                'thalweg: process 1 of 3 on ', ': the cable is cut')
    check_ended(launcher, 'other data', launcher.run((3, program, 'data', 1)),
                'train: process 1 differs in the data: expected 60 rows, checksum ', ' as in process 0, found 60 rows')
    check_ended(launcher, 'another version', launcher.run((3, program, 'version', 2)),
                'train: process 2 differs in version of thalweg: expected ')
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'state.npz')
        check_ended(launcher, 'a full disk', launcher.run((3, program, 'disk', 0, file)), '20 steps', 'state.npz: ',
                    'File too large')
        if os.listdir(folder):
            sys.exit(f'a full disk: expected nothing to be left, found {os.listdir(folder)}')
    run = launcher.run((5, program, 'few'))
    expect('more processes than rows', run.returncode == 0 and '5 updates' in run.stdout, run)
    idle = sum(f'process {rank} had no rows' in run.stdout for rank in range(5))
    expect('four of five processes say that they had no rows', idle == 4, run)


def check_rounding(launcher, program, thalweg):
    level = subprocess.run([thalweg, 'info', '--json'], capture_output=True, text=True).stdout
    if '"avx2"' not in level or os.environ.get('THALWEG_SIMD') in ('sse2', 'scalar'):
        print('skipped: a process without FMA among others, which have none either')
        return
    run = launcher.run((2, program, 'few'), (1, 'env', 'THALWEG_SIMD=scalar', program, 'few'))
    check_ended(launcher, 'another rounding', run,
                'train: process 2 differs in rounding of products: expected with FMA as in process 0, found without FMA')


def write_rows(path):
    with open(path, 'w') as file:
        file.write('a,b,c,kind\n')
        for i in range(200):
            file.write(f'{i % 7},{i % 11 * 0.5},{i % 13 * i % 5},{"odd" if i % 2 else "even"}\n')


def check_commands(launcher, command, thalweg, sizes):
    run = launcher.run((3, thalweg, 'info'))
    expect('the plain command under mpirun', run.returncode != 0, run)
    expect('says what to run', 'thalweg-mpi trains a net in several processes' in run.stderr, run)
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        write_rows(path('rows.csv'))
        options = ['--label', 'kind', '--layers', '40,20', '--batch-size', '50', '--batch-norm', '--dropout', '0.2']
        train = [command, '--data', path('rows.csv'), *options]
        wrong = [command, '--data', path('missing.csv'), *options]
        check_ended(launcher, 'a wrong path in one process', launcher.run((2, *train), (1, *wrong)),
                    'thalweg: process 2 of 3 on ', 'missing.csv: ')
        check_ended(launcher, 'a folder that is not there',
                    launcher.run((3, *train, '--save', path('nowhere/net.npz'))), 'nowhere/net.npz: ')
        run = launcher.run((5, *train, '--epochs', '1'))
        expect('a process without rows', run.returncode == 0 and '1 of the processes had no rows: a batch of 50' in run.stdout, run)
        run = launcher.run((1, *train, '--epochs', '4', '--save', path('whole.npz')))
        expect('one process trains', run.returncode == 0, run)
        for first, second in sizes:
            what = f'begun by {first} processes, gone on with by {second}'
            run = launcher.run((first, *train, '--epochs', '2', '--save', path('half.npz')))
            expect(what, run.returncode == 0, run)
            run = launcher.run((second, *train, '--epochs', '4', '--resume', path('half.npz'), '--save', path('rest.npz')))
            expect(what, run.returncode == 0, run)
            with open(path('whole.npz'), 'rb') as one, open(path('rest.npz'), 'rb') as other:
                expect(f'{what}: the bytes of one', one.read() == other.read(), run)


# Measured in turns; what else runs on the machine disturbs both. One process by its CPU time, where 1 % can be seen.
def check_speed(launcher, program):
    run = launcher.run((2, program, 11), seconds=1200)
    expect('two processes are timed', run.returncode == 0, run)
    print(run.stdout.strip(), flush=True)
    expect('at 0.85 of the speed of two threads', float(run.stdout.split('; speed ')[1].split()[0]) >= 0.85, run)
    ratios = []
    for _ in range(21):
        plain = subprocess.run([program, 'alone', '5'], capture_output=True, text=True,
                               env=dict(os.environ, OMP_NUM_THREADS='1'))
        run = launcher.run((1, program, 'one', 5))
        ratios.append(float(run.stdout.split()[4]) / float(plain.stdout.split()[4]))
    print(f'mpirun -n 1: {statistics.median(ratios):.4f} of the CPU time of a program without MPI '
          f'(median of 21 from {min(ratios):.4f} to {max(ratios):.4f})', flush=True)
    expect('at most 1 % more', statistics.median(ratios) < 1.01, run)


def main():
    words = sys.argv[1:]
    long = words[-1:] == ['long']
    launcher, alike, differences, derivatives, faults, speed, *commands = words[:-1] if long else words
    launcher = Launcher(launcher)
    if long:
        check_bits(launcher, alike, [(p, t) for p in (1, 2, 3, 5, 8) for t in (1, 2)], 300)
        check_differences(launcher, differences, (1, 2, 4, 8), 50, 95.0)
        check_derivatives(launcher, derivatives, (5, 1, 2, 8))
        if commands:
            check_commands(launcher, *commands, [(1, 2), (2, 1), (3, 8), (8, 3), (5, 2)])
        check_speed(launcher, speed)
    else:
        check_bits(launcher, alike, [(3, 1), (3, 2)], 10)
        check_differences(launcher, differences, (3,), 2, 0.0)
        check_derivatives(launcher, derivatives, (3,))
        check_faults(launcher, faults)
        if commands:
            check_rounding(launcher, faults, commands[1])
            check_commands(launcher, *commands, [(3, 2)])
    print('1 passed, 0 failed')


if __name__ == '__main__':
    main()
