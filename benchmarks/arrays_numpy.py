#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Times the expressions of bench_arrays.cpp and bench_tensors.cpp by NumPy and, where it is installed, numexpr: one thread, float32.

  benchmarks/arrays_numpy.py [JSON ...]

In a process of its own, so run it on the same machine minutes apart from the benchmarks. Results are written into
arrays that are there, as ours are. With files of Google Benchmark's (--benchmark_out) a last column says by how much
ours is faster than the faster of the two.
"""

import json
import os
import statistics
import sys
import time

for threads in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'NUMEXPR_NUM_THREADS'):
    os.environ[threads] = '1'

import numpy as np  # noqa: E402

try:
    import numexpr
except ImportError:
    numexpr = None

ROUNDS = 9
SIZES = (10, 1000, 10_000, 100_000, 1_000_000, 10_000_000)
SHAPES = ((60_000, 10), (1_000, 784))
TENSORS = ((8, 16, 28, 28), (32, 64, 28, 28), (64, 64, 64, 64))
FACTORS = (64, 128, 128, 128)


def four(a, b, c, s, out):
    np.subtract(a, b, out=out)
    out *= c
    out += a
    out /= s


def leaky(a, out):
    np.multiply(a, np.float32(0.01), out=out)
    np.copyto(out, a, where=a > 0)


def exp_plus(a, b, c, out):
    np.multiply(a, b, out=out)
    np.exp(out, out=out)
    out += c


def multiply_add(a, b, c, out):
    np.multiply(a, b, out=out)
    out += c


def descend(b, out):
    out -= np.float32(1e-12) * b


def squared_sum(a, b):
    d = a - b
    d *= d
    return d.sum()


def works(shape):
    rng = np.random.RandomState(1)
    a, b, c, out = ((rng.rand(*shape) * 4 - 2).astype(np.float32) for _ in range(4))
    s = np.float32(3)
    names = {'a': a, 'b': b, 'c': c, 's': s, 'w': np.float32(0.01), 'zero': np.float32(0)}

    def evaluate(text):
        if numexpr is None:
            return None
        return lambda: numexpr.evaluate(text, local_dict=names, out=out)
    if len(shape) == 1:
        yield 'array_multiply_add', lambda: multiply_add(a, b, c, out), evaluate('a * b + c')
        yield 'array_four', lambda: four(a, b, c, s, out), evaluate('((a - b) * c + a) / s')
        yield 'array_descend', lambda: descend(b, out), None
        yield 'array_where', lambda: leaky(a, out), evaluate('where(a > zero, a, w * a)')
        yield 'array_exp_plus', lambda: exp_plus(a, b, c, out), evaluate('exp(a * b) + c')
        yield 'array_squared_sum', lambda: squared_sum(a, b), (
            None if numexpr is None else lambda: numexpr.evaluate('sum((a - b) * (a - b))', local_dict=names))
    else:
        yield 'array_minus_mean', lambda: np.subtract(a, a.mean(axis=0, keepdims=True), out=out), None
        yield 'array_over_sum', lambda: np.divide(a, a.sum(axis=1, keepdims=True), out=out), None


def tensor_works(shape):
    rng = np.random.RandomState(1)
    if shape == FACTORS:
        a, b, out = (rng.rand(*shape[:3]).astype(np.float32) for _ in range(3))
        yield 'tensor_einsum', lambda: np.matmul(a, b, out=out), None
        return
    n, c, h, w = shape
    x, y, out = ((rng.rand(*shape) * 4 - 2).astype(np.float32) for _ in range(3))
    bias, scale = rng.rand(c, 1, 1).astype(np.float32), rng.rand(1, c, 1, 1).astype(np.float32)
    wide = rng.rand(n, c, h + 2, w + 4).astype(np.float32)
    first = y.reshape(c, n, h, w).transpose(1, 0, 2, 3)
    last = y.reshape(n, h, w, c).transpose(0, 3, 1, 2)

    def broadcast():
        np.subtract(x, bias, out=out)
        np.multiply(out, scale, out=out)
        np.add(out, y, out=out)
    yield 'tensor_broadcast', broadcast, None
    yield 'tensor_permuted', lambda: np.add(x, first, out=out), None
    yield 'tensor_slice', lambda: np.add(x, wide[:, :, 1:h + 1, 2:w + 2], out=out), None
    yield 'tensor_turned', lambda: np.add(x, last, out=out), None
    yield 'tensor_turned_copy', lambda: np.copyto(out, last), None


def nanoseconds(call):
    begin = time.perf_counter()
    call()
    call()
    once = (time.perf_counter() - begin) / 2
    count = max(1, int(0.01 / max(once, 1e-7)))
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(count):
            call()
        times.append((time.perf_counter() - begin) / count * 1e9)
    return statistics.median(times)


def ours_of(paths):
    ours = {}
    for path in paths:
        with open(path, encoding='utf-8') as file:
            for each in json.load(file)['benchmarks']:
                parts = each['name'].split('/')
                if parts[0].startswith(('array_', 'tensor_')) and parts[3:5] == ['thalweg', 'threads:1']:
                    factor = {'ns': 1, 'us': 1e3, 'ms': 1e6, 's': 1e9}[each['time_unit']]
                    ours[parts[2], parts[0]] = each['cpu_time'] * factor
    return ours


def main():
    ours = ours_of(sys.argv[1:])
    print(f'NumPy {np.__version__}, numexpr {numexpr.__version__ if numexpr else "none"}; microseconds')
    print(f'{"elements":>12} {"expression":22} {"NumPy":>10} {"numexpr":>10} {"ours is faster by":>18}')
    for shape in [(n,) for n in SIZES] + list(SHAPES) + list(TENSORS) + [FACTORS]:
        name = 'x'.join(str(n) for n in shape)
        for text, by_numpy, by_numexpr in (tensor_works if len(shape) == 4 else works)(shape):
            times = [nanoseconds(by_numpy), nanoseconds(by_numexpr) if by_numexpr else float('nan')]
            best = min(t for t in times if t == t)
            mine = ours.get((name, text))
            ratio = f'{best / mine:.2f}' if mine else ''
            print(f'{name:>12} {text:22} {times[0] / 1e3:10.2f} {times[1] / 1e3:10.2f} {ratio:>18}', flush=True)


main()
