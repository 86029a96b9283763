#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Runs programs under mpirun: the bits of one process for several, and what a fault in one does to the others.

test_mpi.py MPIRUN TRAIN_ALIKE FAULTS DIFFERENCES [short|long]
"""

import os
import subprocess
import sys
import time


def mpirun(launcher, processes, *command, threads=1, seconds=500):
    words = [launcher, '-n', str(processes)]
    version = subprocess.run([launcher, '--version'], capture_output=True, text=True).stdout
    if 'Open MPI' in version or 'OpenRTE' in version:
        words += ['--oversubscribe', '--bind-to', 'none']
        if os.geteuid() == 0:
            words += ['--allow-run-as-root']
    env = dict(os.environ, OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY='passive', MPIR_CVAR_POLLS_BEFORE_YIELD='1')
    # A job that its own process has killed must end, or this would wait for ever.
    return subprocess.run(words + list(command), capture_output=True, text=True, timeout=seconds, env=env)


def expect(what, right, run):
    if not right:
        sys.exit(f'{what}: status {run.returncode}\n{run.stdout}\n{run.stderr}')


def check_bits(launcher, program, sizes, steps):
    first = None
    for processes, threads in sizes:
        begin = time.time()
        run = mpirun(launcher, processes, program, str(steps), threads=threads)
        expect(f'{processes} processes x {threads} threads', run.returncode == 0, run)
        found = [line.split()[0] for line in run.stdout.splitlines() if 'processes x' in line]
        expect('one hash for each net', len(found) == 8, run)
        first = first or found
        expect(f'{processes} processes x {threads} threads: the hashes of one', found == first, run)
        print(f'{processes} processes x {threads} threads: {time.time() - begin:.1f} s', flush=True)


def check_faults(launcher, program):
    run = mpirun(launcher, 3, program, 'throw', seconds=60)
    expect('an exception ends all', run.returncode != 0, run)
    expect('and names its process', 'thalweg: process 1 of 3 on ' in run.stderr, run)
    expect('and says why', ': no such file: train.csv' in run.stderr, run)
    run = mpirun(launcher, 3, program, 'data', seconds=60)
    expect('other data end all', run.returncode != 0, run)
    expect('and the process is named', 'train: process 1 differs in the data: expected 60 rows' in run.stderr, run)
    run = mpirun(launcher, 3, program, 'kill', seconds=60)
    expect('a killed process ends all', run.returncode != 0, run)
    text = run.stdout + run.stderr
    expect('after some steps', '20 steps' in text and 'updates' not in text, run)
    # Hydra, MPICH's mpirun, says so with a process number, mostly.
    expect('and a line says so', 'process rank 1' in text or 'BAD TERMINATION' in text, run)
    run = mpirun(launcher, 5, program, 'few', seconds=60)
    expect('more processes than rows', run.returncode == 0 and '5 updates' in run.stdout, run)


def check_differences(launcher, program, sizes, milliseconds, least):
    for processes in sizes:
        run = mpirun(launcher, processes, program, str(milliseconds))
        expect(f'{processes} processes differentiate', run.returncode == 0, run)
        lines = [line for line in run.stdout.splitlines() if 'of ideal' in line]
        print('\n'.join(lines), flush=True)
        shares = [float(line.split()[-4]) for line in lines]
        expect(f'at {least} % of ideal', len(shares) == 2 and max(shares) >= least, run)


def main():
    launcher, program, faults, differences = sys.argv[1:5]
    if sys.argv[5:] == ['long']:
        check_bits(launcher, program, [(p, t) for p in (1, 2, 3, 5, 8) for t in (1, 2)], 300)
        check_differences(launcher, differences, (1, 2, 4, 8), 50, 95.0)
    else:
        check_bits(launcher, program, [(3, 1), (3, 2)], 10)
        check_differences(launcher, differences, (3,), 2, 0.0)
        check_faults(launcher, faults)
    print('1 passed, 0 failed')


if __name__ == '__main__':
    main()
