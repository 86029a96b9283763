#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Writes the fuzzers' first inputs: right files of every kind, and some that are nearly right.

  make_seeds.py [CORPUS]

CORPUS is tests/fuzz/corpus by default. Files are named seed-*; others there, found by fuzzing, stay.
"""

import gzip
import io
import pathlib
import struct
import sys
import zipfile
import zlib


def idx(shape, values, magic=None):
    word = 0x800 + len(shape) if magic is None else magic
    return struct.pack(f'>{1 + len(shape)}I', word, *shape) + bytes(values)


def ramp(count):
    return bytes(i * 37 % 256 for i in range(count))


def packed(data):
    return gzip.compress(data, mtime=0)


def raw_deflate(data, level=9, strategy=zlib.Z_DEFAULT_STRATEGY):
    stream = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return stream.compress(data) + stream.flush()


def npy(descr, shape, data, order='False', version=1):
    text = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"
    prefix = 10 if version == 1 else 12
    text = text.ljust((prefix + len(text) + 64) // 64 * 64 - prefix - 1) + '\n'
    length = struct.pack('<H' if version == 1 else '<I', len(text))
    return b'\x93NUMPY' + bytes([version, 0]) + length + text.encode() + data


def npz(members, method=zipfile.ZIP_STORED, zip64=False, comment=b''):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', method) as archive:
        archive.comment = comment
        for name, data in members:
            info = zipfile.ZipInfo(name + '.npy', (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            with archive.open(info, 'w', force_zip64=zip64) as member:
                member.write(data)
    return buffer.getvalue()


def foreign_npz(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return buffer.getvalue()


def png_chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(rows, cols, scanlines, depth=8, colour=0, interlace=0, more=b''):
    header = struct.pack('>IIBBBBB', cols, rows, depth, colour, 0, 0, interlace)
    return (b'\x89PNG\r\n\x1a\n' + png_chunk(b'IHDR', header) + more + png_chunk(b'IDAT', zlib.compress(scanlines, 9))
            + png_chunk(b'IEND', b''))


def scanlines(rows, cols, depth=8, channels=1):
    width = (cols * depth * channels + 7) // 8
    return b''.join(bytes([i % 5]) + ramp(width) for i in range(rows))


def idx_seeds():
    images = idx([3, 4, 4], ramp(48))
    return {
        'labels': idx([10], range(10)), 'images': images, 'four': idx([2, 1, 2, 2], ramp(8)),
        'page': b'<!DOCTYPE html><html>', 'text': b'404: Not Found', 'none': idx([0, 28, 28], b''), 'zero-side': idx([5, 0, 0], b''), 'gzip': packed(images),
        'short': images[:-1], 'long': images + b'\0', 'huge': idx([0xffffffff, 0xffffffff], b''),
        'float': idx([2], ramp(8), 0xd01), 'header': images[:9],
    }


def gzip_seeds():
    text = b'the quick brown fox jumps over the lazy dog ' * 8
    seeds = {
        'whole': packed(text), 'two-members': packed(text[:40]) + packed(text[40:90]), 'empty': packed(b''),
        'tail': packed(text) + b'tail', 'zeros': packed(bytes(3000)), 'short': packed(text)[:-3],
        'names': b'\x1f\x8b\x08\x1e' + bytes(6) + b'\x02\0ab' + b'name\0' + b'comment\0\0\0',
        'raw-fixed': raw_deflate(text, 9, zlib.Z_FIXED), 'raw-dynamic': raw_deflate(ramp(256) + text),
        'raw-stored': raw_deflate(text, 0), 'raw-huffman': raw_deflate(text, 9, zlib.Z_HUFFMAN_ONLY),
        'raw-bomb': raw_deflate(bytes(100000)),
    }
    return seeds


def npy_seeds():
    return {
        'f4': npy('<f4', '(2, 3)', struct.pack('<6f', *range(6))),
        'f8-fortran': npy('<f8', '(2, 3)', struct.pack('<6d', *range(6)), 'True'),
        'big-endian': npy('>f8', '(3,)', struct.pack('>3d', 1, float('inf'), -0.0)),
        'bool': npy('|b1', '(4,)', b'\0\1\1\0'), 'u1': npy('|u1', '(5,)', b'hello'),
        'i8': npy('<i8', '()', struct.pack('<q', -2 ** 63)), 'u8': npy('<u8', '(1, 1)', struct.pack('<Q', 2 ** 64 - 1)),
        'i2': npy('>i2', '(2,)', struct.pack('>2h', -1, 300)), 'version-2': npy('<u4', '(2,)', ramp(8), 'False', 2),
        'version-3': npy('<i4', '(1,)', ramp(4), 'False', 3), 'none': npy('<f4', '(0, 7)', b''),
        'object': npy('|O', '(1,)', b'cos\nsystem\n.'), 'three': npy('<f4', '(1, 1, 1)', ramp(4)),
        'python-2': npy('<f4', '(1L,)', ramp(4)), 'huge': npy('<f8', '(4294967296, 4294967296)', b''),
        'structured': npy('<f4', "(1,)", ramp(4)).replace(b"'<f4'", b"[('a']"), 'short': npy('<f8', '(2,)', ramp(15)),
        'nan': npy('<f4', '(2,)', bytes.fromhex('0000c07f010080ff')), 'six-fortran': npy(
            '<u2', '(2, 1, 3, 1, 2, 2)', ramp(48), 'True'), 'seven': npy('|u1', '(1, 1, 1, 1, 1, 1, 1)', b'a'),
        'page': b'<!DOCTYPE html><html>',
    }


def npz_seeds():
    arrays = [('W1', npy('<f4', '(2, 2)', ramp(16))), ('b1', npy('<f8', '(2,)', struct.pack('<2d', 1, 2))),
              ('text', npy('|u1', '(3,)', b'abc'))]
    plan = bytes([1, 0, 2, 0, 2]) + b'W1' + bytes([0, 2, 2, 2, 0]) + ramp(16)
    plan += bytes([0, 2]) + b'b1' + bytes([1, 1, 2, 0]) + ramp(16)
    stream = raw_deflate(npy('<f4', '(2, 2)', bytes(16)))
    streamed = bytes([1, 1, 1, 0xc2, 1]) + b'x' + struct.pack('<H', len(stream)) + stream
    odd = bytes([1, 3, 3, 4, 1]) + b'a' + bytes([3, 1, 4, 0]) + b'abcd' + bytes([24, 1]) + b'b' + bytes([4, 1, 3, 0])
    odd += b'\0\1\1' + bytes([36, 1]) + b'c' + bytes([0, 0, 0]) + ramp(4) + bytes([3]) + b'xyz'
    return {
        'stored': npz(arrays), 'deflated': npz(arrays, zipfile.ZIP_DEFLATED), 'zip64': npz(arrays, zip64=True),
        'comment': npz(arrays[:1], comment=b'PK\5\6 a comment'), 'empty': npz([]), 'no-npy': npz(arrays).replace(
            b'text.npy', b'text.txt'), 'npy': arrays[0][1], 'broken': npz(arrays)[:-30], 'twice': npz(arrays).replace(
            b'b1.npy', b'W1.npy'), 'plan': plan, 'plan-streamed': streamed, 'plan-odd': odd,
        'read-me': foreign_npz([('W1.npy', arrays[0][1]), ('README.txt', b'hello'), ('dir/', b''), ('b1', arrays[1][1])]),
        'objects': npz([('meta', npy('|O', '(1,)', b'\x80\4N.')), *arrays]), 'three-d': npz([('conv', npy(
            '<f4', '(2, 3, 4)', ramp(96))), *arrays]), 'namesakes': foreign_npz([('a.npy', arrays[0][1]), ('a', arrays[1][1])]),
        'bzip2': npz(arrays[:1], zipfile.ZIP_BZIP2), 'encrypted': npz(arrays).replace(b'PK\1\2\x14\3\x14\0\0', b'PK\1\2\x14\3\x14\0\1', 1),
        'plan-poke': plan + struct.pack('<HBBHB', 8, 1, 8, 0, 0) + b'\7',
    }


def checkpoint_seeds():
    # Plans: kind, then member, what, how, place (2 bytes), bytes.
    def same_type(member, place, data):
        return bytes([member, 64, len(data), *struct.pack('<H', place)]) + data
    return {
        'right': bytes([0]), 'shuffle': bytes([1]), 'double': bytes([2]), 'shuffle-double': bytes([3]),
        'dropped': bytes([0, 0, 0]), 'iteration': bytes([0]) + same_type(5, 0, b'\x03'),
        'batch': bytes([0]) + same_type(17, 0, b'\x20'), 'order': bytes([1]) + same_type(11, 0, b'\x02'),
        'next': bytes([1]) + same_type(10, 0, b'\x08'), 'nan': bytes([0]) + same_type(0, 0, b'\0\0\xc0\x7f'),
        'shape': bytes([0, 0, 64, 128 + 2, 9, 4, 4, 3]) + b'\0\0\0', 'lr': bytes([2]) + same_type(19, 0, bytes(6) + b'\xf0\x7f'),
        'infinite': bytes([2]) + same_type(1, 0, bytes(6) + b'\xf0\x7f'), 'words': bytes([0]) + same_type(6, 9, b'\1\2\3'),
        'net': npz([('W1', npy('<f4', '(4, 2)', bytes(32))), ('b1', npy('<f4', '(2,)', bytes(8))),
                    ('W2', npy('<f4', '(2, 3)', bytes(24))), ('b2', npy('<f4', '(3,)', bytes(12)))]),
        'net-without-inputs': npz([('W1', npy('<f4', '(0, 2)', b'')), ('b1', npy('<f4', '(2,)', bytes(8)))]),
        'net-without-outputs': npz([('W1', npy('<f4', '(2, 0)', b'')), ('b1', npy('<f4', '(0,)', b''))]),
    }


def image_seeds():
    large = ramp(784)
    palette = png_chunk(b'PLTE', ramp(48)) + png_chunk(b'tRNS', ramp(5))
    page = b'<!DOCTYPE html><html><body>403 Forbidden</body></html>'
    # On paper that is darker on one side.
    photo = bytes(200 - i % 50 - (120 if 15 < i % 50 < 20 and 5 < i // 50 < 30 else 0) for i in range(40 * 50))
    photos = (pathlib.Path(__file__).parent.parent / 'cli' / 'photos').glob('*.jpg')
    return {
        'photo': b'P5 50 40 255\n' + photo, 'photo-png': png(40, 50, b''.join(b'\0' + photo[i:i + 50] for i in range(0, 2000, 50))),
        'photo-inverted': b'P5 50 40 255\n' + bytes(255 - x for x in photo), 'flat': b'P5 90 80 255\n' + bytes([200]) * 7200,
        **{path.stem: path.read_bytes() for path in photos},
        'pgm-1': b'P5 1 1 255\n\x80', 'pgm-784': b'P5\n# a comment\n28 28\n255\n' + large,
        'pgm-text': b'P2\n4 4\n15\n' + b' '.join(str(i).encode() for i in range(16)) + b'\n', 'pgm-6': b'P5 3 2 7\n' + bytes(6),
        'pgm-none': b'P5 0 0 255\n', 'pgm-number': b'P2 99999999999999999999 1 255 1', 'pgm-end': b'P5 1 1 255',
        'png-784': png(28, 28, scanlines(28, 28)), 'png-16': png(4, 4, scanlines(4, 4)), 'png-1-bit': png(4, 4, scanlines(
            4, 4, 1), 1), 'png-16-bits': png(4, 4, scanlines(4, 4, 16), 16), 'png-colour': png(4, 4, scanlines(
                4, 4, 8, 3), 8, 2), 'png-alpha': png(4, 4, scanlines(4, 4, 8, 2), 8, 4), 'png-interlaced': png(
                    4, 4, scanlines(4, 4), 8, 0, 1), 'png-palette': png(4, 4, scanlines(4, 4, 2), 2, 3),
        'png-rgba': png(4, 4, scanlines(4, 4, 8, 4), 8, 6), 'png-rgba-16': png(4, 4, scanlines(4, 4, 16, 4), 16, 6),
        'png-grey-colours': png(4, 4, bytes(13) * 4, 8, 2), 'png-palette-alpha': png(4, 4, scanlines(4, 4, 4), 4, 3, 0, palette),
        'png-gamma': png(4, 4, scanlines(4, 4), 8, 0, 0, png_chunk(b'gAMA', b'\0\0\xb1\x8f') + png_chunk(b'tRNS', b'\0\7')),
        'png-text': png(4, 4, scanlines(4, 4), 8, 0, 0, png_chunk(b'zTXt', b'a\0\0' + zlib.compress(bytes(9999)))),
        'png-2-bits': png(4, 4, scanlines(4, 4, 2), 2), 'png-interlaced-16': png(4, 4, scanlines(4, 4, 16), 16, 0, 1),
        'pbm-text': b'P1 4 4\n' + b'0110' * 4, 'pbm': b'P4 4 4\n' + ramp(4), 'ppm-text': b'P3 1 1 255 7 7 7',
        'ppm': b'P6 2 3 255\n' + bytes(18), 'ppm-colours': b'P6 4 4 255\n' + ramp(48), 'pgm-16-bits': b'P5 4 4 65535\n' + ramp(32),
        'pgm-crlf': b'P5\r\n4 4\r\n255\r\n' + ramp(16), 'page': page, 'jpeg': b'\xff\xd8\xff\xe0', 'heic': b'\0\0\0\x18ftypheic',
        'npy-stack': npy('|u1', '(2, 4, 4)', ramp(32)), 'npy-channels': npy('|u1', '(4, 4, 1)', ramp(16)), 'npy-colours': npy(
            '|u1', '(4, 4, 3)', ramp(48)),
        'png-huge': png(0x7fffffff, 0x7fffffff, b''), 'idx': idx([2, 4, 4], ramp(32)), 'idx-one': idx([4, 4], ramp(16)),
        'idx-none': idx([2, 0, 0], b''), 'idx-gzip': packed(idx([1, 28, 28], large)),
        'npy-f4': npy('<f4', '(16,)', bytes(64)), 'npy-u1': npy('|u1', '(2, 6)', ramp(12)), 'npy-i8': npy('<i8', '(4, 4)', bytes(
            128)), 'npy-nan': npy('<f8', '(1,)', bytes.fromhex('000000000000f87f')), 'npy-none': npy('<f8', '(0, 0)', b''),
        'npy-scalar': npy('<f4', '()', bytes(4)),
        'zip': b'PK\3\4', 'empty': b'',
    }


def cli_seeds():
    lines = {
        'none': '', 'help': '--help', 'version': '--version', 'train-help': 'train --help', 'info': 'info',
        'train': 'train --quiet', 'numerical': 'train --gradient numerical --h 0.01 --dtype f64 --iters 2 --hidden 2',
        'outputs': 'train --csv a.csv --json a.json --save a.npz --checkpoint-every 2 --eval-every 1 --threads 2',
        'resume': 'train --resume a.npz --iters 6 --save a.npz', 'shuffle': 'train --sampling shuffle --batch 7 --lr 1e3',
        'infinite': 'train --lr 1e300 --init-std 1e30 --iters 5', 'equals': 'train --lr=0.5 --iters=3 --seed=4294967295',
        'twice': 'train --lr 0.5 --lr 0.1', 'unknown': 'train --frobnicate 3', 'extra': 'train extra', 'short': '-h',
        'plots': 'train --plots dir', 'range': 'train --iters 0', 'negative': 'train --batch -1', 'nan': 'train --lr nan',
        'gradcheck': 'gradcheck --batch 3 --hidden 2 --entries 2 --directions 1 --json', 'gradcheck-h': 'gradcheck --h 0.5 --dtype f64',
        'predict': 'predict --model net.npz a.png bb.png', 'predict-json': 'predict --json --model m.npz -- a.png',
        'layers': 'train --layers 3,2 --activation relu --optimizer adam --epochs 1 --batch 9 --save n.npz',
        'net': 'train --layers 3 --validation 0.2 --early-stop 2 --dropout 0.5 --batch-norm --loss softmax --batch 4',
        'rules': 'train --optimizer momentum --schedule cosine --weight-decay 1e-4 --clip 1 --csv a.csv',
        'evaluate': 'evaluate --model net.npz --json --target 3', 'as-is': 'predict --as-is --model m.npz a.jpg',
        'notebook': 'notebook --section 4.3 --out x', 'selftest': 'selftest --level avx2 --threads all --rows exp --json',
        'selftest-table': 'selftest --print-table --level all --full', 'flag-value': 'train --quiet=1', 'dashes': '-- train', 'ends': 'train --lr',
        'group': 'train -abc', 'two': 'train info', 'tolerance': 'gradcheck --tolerance 1e-9 --seed 7',
    }
    return {name: '\n'.join(text.split(' ')).encode() for name, text in lines.items()}


def ops_seeds():
    # Operation and type, then shapes, places, kinds and seeds as ops_*.cpp take them.
    seeds = {}
    for operation in range(15):
        for kind in range(10):
            # Every byte that means a kind gets it in one of these; the others are sizes and places.
            plan = bytes((7 * i * (operation + 3) + kind * (1 + i % 3)) % 256 for i in range(90))
            seeds[f'{operation:02}-{kind}'] = bytes([2 * operation + kind % 2]) + plan
    return seeds


def csv_seeds():
    # Options first: separator, header, missing values.
    iris = b'sepal,petal,species\r\n5.1,1.4,setosa\r\n7.0,4.7,versicolor\r\n'
    seeds = {
        'iris': b'\0' + iris, 'mark': b'\0\xef\xbb\xbf' + iris, 'semicolon': b'\1' + iris.replace(b',', b';'),
        'tab': b'\2' + iris.replace(b',', b'\t'), 'space': b'\4' + iris.replace(b',', b' '), 'bar': b'\3a|b\n1|2\n',
        'numbers': b'\0001,2,3\n4,5,6\n', 'none': b'\x101,2\n', 'first-row': b'\x081,2\n3,4\n',
        'quotes': b'\0"a, b","c""d"\n"1.5","x\ny"\n2,""""\n', 'open': b'\0a,"b\n1,2', 'behind': b'\0"a" b,c\n',
        'missing': b'\0a,b\n1,\nNA,2\n3,?\n', 'skip': b'\x20a,b\n1,\nNA,2\n3,4\n', 'fill': b'\x40a,b\n1,\n2,2\n3,?\n',
        'mac': b'\0a,b\r1,2\r', 'blank-lines': b'\0\n \na,b\n\n1,2\n\n', 'ragged': b'\0001,2\n3\n', 'empty': b'\0',
        'large': b'\0001e400,1e-400,9007199254740993,-0,+.5e+1,2.\n', 'labels': b'\0-1,0.5\n1,1e39\n-0,3\n',
        'page': b'\0<!DOCTYPE html><html>', 'zero': b'\0001,\0002\n', 'utf-16': b'\0\xff\xfe1\0,\0002\0', 'names': b'\0a,a,\n1,2,3\n',
    }
    return {**seeds, 'gzip': b'\0' + packed(iris)}


TARGETS = {
    'csv': csv_seeds, 'idx': idx_seeds, 'gzip': gzip_seeds, 'npy': npy_seeds, 'npz': npz_seeds, 'checkpoint': checkpoint_seeds,
    'image': image_seeds, 'cli': cli_seeds, 'ops': ops_seeds,
}


def main():
    corpus = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / 'corpus'
    for target, seeds in TARGETS.items():
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob('seed-*'):
            old.unlink()
        for name, data in seeds().items():
            (folder / f'seed-{name}').write_bytes(data)
    files = [path for path in corpus.rglob('*') if path.is_file()]
    print(f'{len(files)} files, {sum(path.stat().st_size for path in files)} bytes')


if __name__ == '__main__':
    main()
