# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""What test_programs.py and test_tensors.py share: NumPy, the order of sums of docs/numerics.md written out with it, and
random programs that an interpreter runs, whose results are held against NumPy's. Any NaN equals any other.
"""

import argparse
import os
import shlex
import struct
import subprocess
import sys

SYSTEM_PYTHON = '/usr/bin/python3'

try:
    import numpy as np
except ImportError:
    # The python3 of PATH may be another than the one that the system's python3-numpy belongs to.
    if os.path.exists(SYSTEM_PYTHON) and not os.environ.get('THALWEG_SECOND_PYTHON'):
        os.environ['THALWEG_SECOND_PYTHON'] = '1'
        os.execv(SYSTEM_PYTHON, [SYSTEM_PYTHON] + sys.argv)
    print('skipped: python3 has no numpy')
    sys.exit(77)


# The documented order of sums.

def of_rows(x, function, start):
    """Each row: running sums i mod (256 bytes / size), lane by lane in pairs, then upper half onto lower half."""
    rows, cols = x.shape
    running = 256 // x.itemsize
    steps = -(-cols // running)
    padded = np.full((rows, steps * running), start, x.dtype)
    padded[:, :cols] = x
    sums = np.full((rows, running), start, x.dtype)
    for step in range(steps):
        sums = function(sums, padded[:, step * running:(step + 1) * running])
    lanes = running // 4
    a = sums.reshape(rows, 4, lanes)
    tree = function(function(a[:, 0], a[:, 1]), function(a[:, 2], a[:, 3]))
    while lanes > 1:
        lanes //= 2
        tree = function(tree[:, :lanes], tree[:, lanes:])
    return tree.reshape(rows, 1)


def fold(x, function, start, axis):
    if axis in (1, -1):
        return of_rows(x, function, start)
    if axis in (0, -2):
        chain = np.full((1, x.shape[1]), start, x.dtype)
        if x.shape[0] == 0:
            return chain
        return function.accumulate(np.concatenate([chain, x]), axis=0)[-1:]
    flat = x.reshape(1, -1)
    block = 2 ** 14
    blocks = [of_rows(flat[:, at:at + block], function, start) for at in range(0, flat.size, block)]
    return of_rows(np.concatenate(blocks, axis=1) if blocks else flat, function, start)


# What differs.

def same(found, wanted, zeros):
    if found.dtype.kind == 'f':
        word = np.uint32 if found.itemsize == 4 else np.uint64
        equal = found.view(word) == wanted.view(word)
        equal |= np.isnan(found) & np.isnan(wanted)
        return equal | (found == wanted) if zeros else equal
    return found == wanted


def other_elements(found, wanted, zeros):
    """The first element with other bits, in words; nothing where all is well."""
    equal = same(found, np.ascontiguousarray(wanted).ravel(), zeros)
    if equal.all():
        return ''
    at = int(np.argmin(equal))
    return f'element {at} is {found[at]!r}, NumPy {wanted.ravel()[at]!r}; {np.sum(~equal)} differ'


def other_buffers(p, buffers, zeros):
    """So of the buffers of a program."""
    for number, (found, wanted) in enumerate(zip(buffers, p.buffers)):
        other = other_elements(found, wanted, zeros)
        if other:
            return f'buffer {number} of {len(found)}: {other}'
    return ''


# Programs.

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count, dtype):
        found = np.frombuffer(self.data, dtype, count, self.at)
        self.at += found.nbytes
        return found


def run(command, programs, environment, difference, told):
    data = struct.pack('<i', len(programs)) + b''.join(p.packed() for p in programs)
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, env=environment, check=False)
    reader, failures = Reader(done.stdout), []
    if done.returncode != 0:
        return [f'{command[-1]} ended with {done.returncode}']
    for p in programs:
        why = difference(p, reader)
        if why:
            failures.append(f'{told(p)}: {why}')
    assert reader.at == len(done.stdout)
    return failures


def main(interpreter, count, program, difference, told):
    """Runs what program(random) gives; difference(p, reader) says what is wrong with its result, told(p) what it is."""
    parser = argparse.ArgumentParser()
    parser.add_argument(interpreter)
    parser.add_argument('--count', type=int, default=count)
    parser.add_argument('--seed', type=int, default=int(os.environ.get('THALWEG_TEST_SEED', '1')))
    parser.add_argument('--level', default='')
    options = parser.parse_args()
    # After a cross build the emulator that Meson names comes first.
    command = shlex.split(os.environ.get('MESON_EXE_WRAPPER', '')) + [getattr(options, interpreter)]
    environment = dict(os.environ, **({'THALWEG_SIMD': options.level} if options.level else {}))
    failed = ran = 0
    for batch in range(0, options.count, 300):
        random = np.random.RandomState(options.seed * 100003 + batch)
        with np.errstate(all='ignore'):
            programs = [program(random) for _ in range(min(300, options.count - batch))]
        failures = run(command, programs, environment, difference, told)
        for failure in failures[:max(0, 8 - failed)]:
            print(f'seed {options.seed}, batch {batch}: {failure}')
        failed += len(failures)
        ran += len(programs)
    print(f'{ran} programs, {failed} with other bits')
    return 1 if failed or ran < options.count else 0
