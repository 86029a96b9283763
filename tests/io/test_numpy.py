#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""NumPy writes, the library reads and writes, NumPy reads: the same arrays.

  test_numpy.py COPY_ARRAYS [with-zlib]

Skipped (77) where python3 has no numpy.
"""

import io
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest
import zipfile

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
COPY = shlex.split(os.environ.get('MESON_EXE_WRAPPER', '')) + sys.argv[1:2]
ZLIB = 'with-zlib' in sys.argv

TYPES = ['?', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f4', 'f8']
SHAPES = [(), (0,), (1,), (7,), (0, 3), (3, 0), (1, 1), (3, 5), (1, 6), (6, 1), (2, 3, 4), (4, 1, 3), (3, 0, 2),
          (2, 1, 3, 1, 2, 2)]


def arrays():
    """Every type, byte order, shape and order of elements."""
    random = np.random.RandomState(1)
    for code in TYPES:
        for order in '<>=':
            for shape in SHAPES:
                dtype = np.dtype(order + code if code != '?' else code)
                size = int(np.prod(shape))
                if code == '?':
                    flat = (random.randint(0, 2, size) == 1)
                else:
                    flat = np.frombuffer(random.bytes(size * dtype.itemsize), dtype)
                yield np.array(flat).astype(dtype).reshape(shape, order='C')
                if len(shape) > 1:
                    yield np.asfortranarray(flat.astype(dtype).reshape(shape))


class Interchange(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.directory.name)

    def tearDown(self):
        self.directory.cleanup()

    def copy(self, source, target, *options):
        subprocess.run([*COPY, source, target, *options], check=True)
        return target

    def assert_same(self, found, expected):
        """Type, shape and every bit; byte order and order of elements are free."""
        self.assertEqual(found.dtype, expected.dtype.newbyteorder('='))
        self.assertEqual(found.shape, expected.shape)
        self.assertEqual(found.tobytes(), expected.astype(expected.dtype.newbyteorder('=')).tobytes())

    def test_npz_of_everything(self):
        everything = {f'a{i}': array for i, array in enumerate(arrays())}
        everything['dir/\u00e9'] = np.arange(3)
        savers = [np.savez] + ([np.savez_compressed] if ZLIB else [])
        for save in savers:
            save(self.root / 'a.npz', **everything)
            for options in ([], ['deflate'])[:len(savers)]:
                with self.subTest(save=save.__name__, options=options):
                    with np.load(self.copy(self.root / 'a.npz', self.root / 'b.npz', *options)) as found:
                        self.assertEqual(found.files, list(everything))
                        for name, array in everything.items():
                            self.assert_same(found[name], array)
                    with zipfile.ZipFile(self.root / 'b.npz') as archive:
                        self.assertIsNone(archive.testzip())

    def test_npy_of_every_version(self):
        for version in ((1, 0), (2, 0), (3, 0)):
            for array in (np.arange(6, dtype='>f4').reshape(2, 3), np.asfortranarray(np.eye(3, 4)), np.array(True)):
                with self.subTest(version=version, array=array):
                    with open(self.root / 'a.npy', 'wb') as file:
                        np.lib.format.write_array(file, array, version=version)
                    self.assert_same(np.load(self.copy(self.root / 'a.npy', self.root / 'b.npy')), array)

    def test_npy_bytes(self):
        """What is written is what np.save of this NumPy writes, for arrays in C and native order."""
        if tuple(int(part) for part in np.__version__.split('.')[:2]) < (1, 24):
            self.skipTest('before 1.24 NumPy padded its headers differently')
        for array in arrays():
            if array.dtype.isnative and array.flags.c_contiguous:
                np.save(self.root / 'a.npy', array)
                self.copy(self.root / 'a.npy', self.root / 'b.npy')
                with self.subTest(dtype=array.dtype, shape=array.shape):
                    self.assertEqual((self.root / 'a.npy').read_bytes(), (self.root / 'b.npy').read_bytes())

    def test_zip_forms(self):
        """ZIP64 where it need not be, and an archive written to a pipe, with data descriptors."""
        class Pipe(io.RawIOBase):
            def __init__(self, file):
                super().__init__()
                self.file = file

            def writable(self):
                return True

            def write(self, data):
                return self.file.write(data)

        array = np.arange(1000, dtype=np.float64)
        for method in [zipfile.ZIP_STORED] + ([zipfile.ZIP_DEFLATED] if ZLIB else []):
            for force_zip64 in (False, True):
                for piped in (False, True):
                    with self.subTest(method=method, force_zip64=force_zip64, piped=piped):
                        with open(self.root / 'a.npz', 'wb') as file:
                            with zipfile.ZipFile(Pipe(file) if piped else file, 'w', method) as archive:
                                for name in ('x', 'y'):
                                    with archive.open(name + '.npy', 'w', force_zip64=force_zip64) as member:
                                        np.save(member, array)
                        with np.load(self.copy(self.root / 'a.npz', self.root / 'b.npz')) as found:
                            self.assertEqual(found.files, ['x', 'y'])
                            self.assert_same(found['y'], array)

    def test_members_without_use(self):
        """What NumPy lists is listed; what it reads is read, and the rest spoils nothing."""
        def content(array):
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=True)
            return buffer.getvalue()

        array = np.arange(6.0).reshape(2, 3)
        with zipfile.ZipFile(self.root / 'a.npz', 'w') as archive:
            archive.writestr('README.txt', 'hello')
            archive.writestr('folder/', '')
            archive.writestr('object.npy', content(np.array([None])))
            archive.writestr('noext', content(array))
            archive.writestr('folder/conv.npy', content(np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))))
            archive.writestr('packed.npy', content(array), zipfile.ZIP_BZIP2)
            archive.writestr('text.npy', content(np.array(['a', 'b'])))
            archive.writestr('a.npy', content(array))
        run = subprocess.run([*COPY, self.root / 'a.npz', self.root / 'b.npz'], stderr=subprocess.PIPE, text=True,
                             check=True)
        with np.load(self.root / 'a.npz') as listed, np.load(self.root / 'b.npz') as found:
            self.assertEqual([line.split(': ', 1)[0] for line in run.stderr.splitlines()],
                             [name for name in listed.files if name not in found.files])
            self.assertEqual(found.files, ['noext', 'folder/conv', 'a'])
            for name in found.files:
                self.assert_same(found[name], np.ascontiguousarray(listed[name]))
        for name, words in (('README.txt', 'text'), ('folder/', 'a folder'), ('object', 'pickled'), ('packed', 'bzip2'),
                            ('text', "dtype '<U1'")):
            self.assertIn(words, next(line for line in run.stderr.splitlines() if line.startswith(name + ': ')))

    def test_objects_are_refused(self):
        np.save(self.root / 'a.npy', np.array([{}], dtype=object), allow_pickle=True)
        run = subprocess.run([*COPY, self.root / 'a.npy', self.root / 'b.npy'], stderr=subprocess.PIPE, text=True,
                             check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn('pickled', run.stderr)
        self.assertFalse((self.root / 'b.npy').exists())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
