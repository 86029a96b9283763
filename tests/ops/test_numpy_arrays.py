#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""What the library prints is what NumPy prints, byte for byte; its ranges are NumPy's, bit for bit.

  test_numpy_arrays.py ANSWER_NUMPY

Skipped (77) where python3 has no numpy.
"""

import os
import pathlib
import platform
import shlex
import subprocess
import sys
import tempfile
import unittest

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

# After a cross build the emulator that Meson names comes first.
ANSWER = shlex.split(os.environ.get('MESON_EXE_WRAPPER', '')) + sys.argv[1:2]
VERSION = tuple(int(part) for part in np.__version__.split('.')[:2])

SHAPES = [(0, 0), (0, 3), (3, 0), (1, 1), (1, 2), (2, 2), (3, 4), (1, 30), (30, 1), (6, 7), (7, 6), (2, 40), (20, 50),
          (20, 51), (3, 400), (400, 3), (6, 170), (170, 6), (7, 150), (1, 1001), (1001, 1),
          (), (0,), (1,), (7,), (40,), (1001,), (1, 1, 1), (2, 3, 4), (4, 0, 2), (2, 2, 30), (3, 1, 400), (7, 2, 80),
          (3, 7, 7, 7), (7, 7, 3, 7), (2, 1, 3, 2), (1, 8, 1, 8, 17), (2, 2, 2, 2, 2, 2), (3, 2, 2, 2, 7, 8)]


def kinds(random, size):
    """Numbers of many kinds, in double."""
    normal = random.randn(size)
    yield normal
    yield normal * 10.0 ** random.randint(-2, 3, size)
    yield normal * 10.0 ** random.randint(-12, 12, size)
    yield normal * 10.0 ** random.randint(-44, 38, size)
    yield normal * 10.0 ** float(random.randint(-9, 9))
    yield np.round(normal * 100)
    yield np.round(normal * 1000) / 1000
    yield random.randint(0, 10, size).astype(float)
    yield np.round(normal * 4) / 4 + 0.0
    yield random.choice([0.0, -0.0, 1.0, -1.0], size)
    yield random.choice([np.nan, np.inf, -np.inf, 1.5, -2.25, 1e-3], size)
    yield random.choice([np.nan, np.inf], size)
    yield random.choice([np.nan, -np.inf, 3e10], size)
    yield random.choice([0.5, 5e-324, 1e-45, 1e308, 1e-310, 3e38], size)
    yield random.choice([1e-4, 9.9999e-5, 0.1, 0.05], size)
    yield random.choice([1e8, 99999999.0, 1e6, 999999.0], size)
    yield random.choice([1.0, 1000.0, 1000.0001], size)
    # Ties at the eighth digit behind the point.
    yield random.randint(0, 1 << 12, size) / 512.0 + 0.5 ** 9
    yield random.randint(1, 1 << 20, size) * 5e-324
    # Whose neighbour below is nearer than the one above.
    yield 2.0 ** random.randint(-149, 128, size)
    yield 2.0 ** random.randint(-1074, 1024, size)


def bits(random, size, dtype):
    """Numbers with random bits, subnormal, infinite and NaN among them."""
    return np.frombuffer(random.bytes(size * np.dtype(dtype).itemsize), dtype)


def same_in_this_version(array):
    """Before 2.3 NumPy printed float32 with powers of ten from 1e8 on, before 2.0 it took 1e-4 for less."""
    if array.dtype != np.float32 or VERSION >= (2, 3):
        return True
    if array.size > 1000:  # what is shown decides
        for axis, length in enumerate(array.shape):
            array = array.take(range(length) if length <= 6 else [0, 1, 2, -3, -2, -1], axis)
    sizes = np.abs(array[np.isfinite(array) & (array != 0)])
    return sizes.size == 0 or not (1e6 <= sizes.max() < 1e8 or sizes.min() == np.float32(1e-4))


def matrices():
    random = np.random.RandomState(1)
    with np.errstate(all='ignore'):
        for repeated in range(2):
            for shape in SHAPES:
                size = int(np.prod(shape, dtype=int))
                for dtype in (np.float32, np.float64):
                    flats = [*kinds(random, size), bits(random, size, dtype)]
                    for flat in flats if size < 2000 or repeated == 0 else []:
                        array = flat.astype(dtype).reshape(shape)
                        if same_in_this_version(array):
                            yield array


class Arrays(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.directory.name)

    def tearDown(self):
        self.directory.cleanup()

    def printed(self, **arrays):
        np.savez(self.root / 'in.npz', **arrays)
        run = subprocess.run([*ANSWER, 'print', self.root / 'in.npz'], check=True, stdout=subprocess.PIPE, text=True)
        return run.stdout.split('\n--\n')[:-1]

    def test_print(self):
        arrays = list(matrices())
        self.assertGreater(len(arrays), 1000)
        found = self.printed(**{f'a{i}': array for i, array in enumerate(arrays)})
        self.assertEqual(len(found), len(arrays))
        differ = [i for i, array in enumerate(arrays) if found[i] != str(array)]
        for i in differ[:5]:
            with self.subTest(shape=arrays[i].shape, dtype=arrays[i].dtype):
                self.assertEqual(found[i], str(arrays[i]))
        self.assertEqual(differ, [])

    def test_print_masks(self):
        random = np.random.RandomState(2)
        arrays = [np.array(random.randn(*shape)) for shape in SHAPES]
        found = self.printed(**{f'mask{i}': array for i, array in enumerate(arrays)})
        self.assertEqual(found, [str(array > 0) for array in arrays])

    @unittest.skipUnless(platform.machine() in ('x86_64', 'AMD64'), "NumPy's own rounding is contracted elsewhere")
    def test_ranges(self):
        random = np.random.RandomState(3)
        ranges = [(0, 1, 0.1, 11), (1, 0, -0.1, 2), (0, 0, 1, 0), (5, 1, 1, 1), (-0.0, 1, 0.3, 1), (0, 1, np.inf, 3),
                  (0, 5e-324, 1e300, 3), (0, 5e-324, -1e300, 3), (0, 5e-324, 1, 5), (0, 1e-322, 5e-324, 7),
                  (1e16, 1e16 + 20, 1, 50), (-3, 3, 0.7, 100), (0, 1000, 1, 1000), (0.1, 0.7, 0.2, 4),
                  (8e307, -8e307, -1e306, 9), (16777216, 16777300, 1, 3)]
        for _ in range(300):
            start, stop = random.randn(2) * 10.0 ** random.randint(-3, 4, 2)
            step = (stop - start) / random.uniform(0.1, 200)
            ranges.append((start, stop, step, random.randint(0, 200)))
        np.savez(self.root / 'in.npz', ranges=np.array(ranges, dtype=float))
        subprocess.run([*ANSWER, 'make', self.root / 'in.npz', self.root / 'out.npz'], check=True)
        with np.load(self.root / 'out.npz') as found, np.errstate(all='ignore'):
            for i, (start, stop, step, count) in enumerate(ranges):
                for dtype, suffix in ((np.float32, '32'), (np.float64, '64')):
                    expected = {'arange': np.arange(float(start), float(stop), float(step), dtype=dtype),
                                'linspace': np.linspace(start, stop, int(count), dtype=dtype)}
                    for name, array in expected.items():
                        with self.subTest(name=name, dtype=dtype, start=start, stop=stop, step=step, count=count):
                            self.assertEqual(found[f'{name}{suffix}_{i}'].tobytes(), array.tobytes())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
