#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Random expressions, computed by the library and by NumPy: the same bits.

  test_programs.py PROGRAMS [--count N] [--seed S] [--level L]

PROGRAMS is the interpreter of programs.cpp. Where the larger or smaller of two zeros is asked for, their signs may differ
from NumPy's. Skipped (77) where python3 has no numpy.
"""

import struct
import sys

from against_numpy import fold, main, np, other_buffers, other_elements

# As in programs.cpp.
(LEAF, ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM, LEAKY_RELU, SIGMOID_BACKWARD, NEGATE, ABS, SQRT, SQUARE, SIGN,
 FLOOR, CEIL, ROUND, RELU, WHERE, CLIP, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL, IS_NAN, IS_FINITE,
 IS_INF, AND, OR, NOT) = range(32)
(NEW, INTO_MATRIX, ASSIGN, UNNAMED, PLUS, MINUS, TIMES, OVER, READ, ASSIGN_MATRIX, SUM, MEAN, PROD, MAX, MIN, VAR, STD,
 NORM, ANY, ALL, COUNT, ARGMAX, ARGMIN) = range(23)
NO_AXIS = 9
IN_PLACE = (ASSIGN, UNNAMED, PLUS, MINUS, TIMES, OVER)

OPERATIONS = {
    ADD: np.add, SUBTRACT: np.subtract, MULTIPLY: np.multiply, DIVIDE: np.divide, MAXIMUM: np.maximum,
    MINIMUM: np.minimum, NEGATE: np.negative, ABS: np.abs, SQRT: np.sqrt, SQUARE: np.square, SIGN: np.sign,
    FLOOR: np.floor, CEIL: np.ceil, ROUND: np.rint, LESS: np.less, LESS_EQUAL: np.less_equal, GREATER: np.greater,
    GREATER_EQUAL: np.greater_equal, EQUAL: np.equal, NOT_EQUAL: np.not_equal, IS_NAN: np.isnan,
    IS_FINITE: np.isfinite, IS_INF: np.isinf, AND: np.logical_and, OR: np.logical_or, NOT: np.logical_not,
    LEAKY_RELU: lambda x, slope: np.where(x > 0, x, slope * x),
    SIGMOID_BACKWARD: lambda z, dz: (z * (1 - z)) * dz,
    RELU: lambda x: np.where(x > 0, x, np.where(np.isnan(x), x, 0)).astype(x.dtype),
    WHERE: lambda condition, a, b: np.where(condition != 0, a, b),
    CLIP: lambda x, low, high: np.minimum(np.maximum(x, low), high),
}
# Operands of each operation. Those that choose between two zeros come with `+ 0`, which takes the sign away.
ONE = (NEGATE, ABS, SQRT, SQUARE, SIGN, FLOOR, CEIL, ROUND, RELU)
TWO = (ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM, LEAKY_RELU, SIGMOID_BACKWARD)
THREE = (WHERE, CLIP)
COMPARISONS = (LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL)
TESTS = (IS_NAN, IS_FINITE, IS_INF)
OF_ZEROS = (MAXIMUM, MINIMUM, CLIP)

SIZES = (1, 2, 3, 7, 8, 10, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 129, 255, 256, 257, 300, 1023, 1024, 1025)
MOST = 6000

REDUCTIONS = range(SUM, ARGMIN + 1)


def count_along(x, axis):
    return x.size if axis == NO_AXIS else x.shape[axis]


def mean(x, axis):
    # NumPy's means of none are NaN, ours an error, as where NumPy looks for the largest of none.
    if count_along(x, axis) == 0 and (axis == NO_AXIS or x.shape[(axis + 1) % 2] != 0):
        raise ValueError
    return fold(x, np.add, 0, axis) / x.dtype.type(count_along(x, axis))


def variance(x, axis):
    away = x - mean(x, axis)
    return mean(away * away, axis)


def along(function, x, axis):
    return np.array(function(x) if axis == NO_AXIS else function(x, axis=axis))


def reduced(mode, x, axis):
    kept = {} if axis == NO_AXIS else {'axis': axis}
    with_shape = {**kept, 'keepdims': True}
    if mode in (SUM, PROD):
        return fold(x, *((np.add, 0) if mode == SUM else (np.multiply, 1)), axis)
    if mode == NORM:
        return np.sqrt(fold(x * x, np.add, 0, axis))
    if mode in (MEAN, VAR, STD):
        found = mean(x, axis) if mode == MEAN else variance(x, axis)
        return np.sqrt(found) if mode == STD else found
    if mode in (MAX, MIN, ARGMAX, ARGMIN) and x.size == 0:
        # NumPy looks for the largest of none here and there where there is nothing to find.
        if axis == NO_AXIS or (x.shape[axis] == 0 and x.shape[(axis + 1) % 2] != 0):
            raise ValueError
        shape = [*x.shape]
        shape[axis] = 1
        return np.zeros(shape, x.dtype)
    if mode in (MAX, MIN):
        return (np.max if mode == MAX else np.min)(x, **with_shape)
    if mode in (ANY, ALL):
        return (np.any if mode == ANY else np.all)(x, **with_shape).astype(x.dtype)
    if mode == COUNT:
        return along(np.count_nonzero, x, axis)
    return along(np.argmax if mode == ARGMAX else np.argmin, x, axis)


# Programs.

class Program:
    """Buffers, views into them, and an expression of these."""

    def __init__(self, random):
        self.random = random
        self.dtype = np.dtype([np.float32, np.float64][random.randint(2)])
        self.buffers, self.leaves, self.nodes = [], [], []
        self.values = []  # what NumPy looks at, of each leaf
        self.kind = random.randint(7)
        self.zeros = False  # the sign of a zero at the root may differ
        self.mode, self.axis, self.out = NEW, NO_AXIS, -1

    def numbers(self, count):
        random, kind, info = self.random, self.kind, np.finfo(self.dtype)
        plain = random.uniform(-1, 1, count)
        if kind == 1:
            plain = np.floor(plain * 4)
        elif kind == 2:
            plain = plain * 2.0 ** random.randint(-40, 40, count)
        with np.errstate(all='ignore'):
            values = plain.astype(self.dtype)
            if kind == 3:
                values = values * info.max
            elif kind == 4:
                values = values * info.tiny * self.dtype.type(2)
            elif kind == 5:
                odd = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, info.max, -info.max,
                                info.tiny, -info.tiny, 2.0 ** 23 + 1, 2.0 ** 52 + 1, 2.0 ** 31, -2.0 ** 63, 2.0 ** 23 - 0.5,
                                2.0 ** 52 - 0.5, -0.5, np.nextafter(info.dtype.type(0), info.dtype.type(1))], self.dtype)
                values = np.where(random.randint(0, 2, count) == 0, odd[random.randint(0, len(odd), count)], values)
            elif kind == 6:
                values = np.frombuffer(random.bytes(count * self.dtype.itemsize), self.dtype).copy()
        return values.astype(self.dtype)

    def buffer(self, count):
        self.buffers.append(self.numbers(count))
        return len(self.buffers) - 1

    def view(self, buffer, offset, rows, cols, ld):
        """A leaf of a buffer that is there."""
        self.leaves.append((buffer, offset, rows, cols, ld, 0))
        self.values.append(np.lib.stride_tricks.as_strided(
            self.buffers[buffer][offset:], (rows, cols), (ld * self.dtype.itemsize, self.dtype.itemsize)))
        return len(self.leaves) - 1

    def leaf(self, rows, cols):
        gap = int(self.random.choice([0, 0, 1, 5, 16]))
        offset = int(self.random.choice([0, 0, 1, 3, 16]))
        buffer = self.buffer(offset + rows * (cols + gap) + 1)
        return self.view(buffer, offset, rows, cols, cols + gap)

    def number(self):
        buffer = self.buffer(1)
        leaf = self.view(buffer, 0, 1, 1, 1)
        self.leaves[leaf] = (buffer, 0, 1, 1, 1, 1)
        return leaf

    def add(self, op, *operands):
        self.nodes.append((op, *operands, *[0] * (3 - len(operands))))
        return len(self.nodes) - 1

    def operand(self, rows, cols):
        dice = self.random.randint(12)
        if dice < 2:
            return self.add(LEAF, self.number())
        if dice < 6 and self.leaves:
            return self.add(LEAF, int(self.random.randint(len(self.leaves))))
        shape = [(rows, cols), (rows, cols), (rows, cols), (1, cols), (rows, 1), (1, 1)][self.random.randint(6)]
        return self.add(LEAF, self.leaf(*shape))

    def expression(self, size, rows, cols):
        """Adds an expression of so many operations; gives its node."""
        random = self.random
        if size <= 0:
            return self.operand(rows, cols)
        dice = random.randint(20)
        if dice < 5:
            return self.add(ONE[random.randint(len(ONE))], self.expression(size - 1, rows, cols))
        if dice < 14 or size < 3:
            op = TWO[random.randint(len(TWO))] if dice < 12 else (ADD, SUBTRACT, MULTIPLY, DIVIDE)[random.randint(4)]
            a, b = self.parts(size - 1, 2, rows, cols)
            node = self.add(op, a, b)
        elif dice < 15:
            node, op = self.mask(size, rows, cols), ADD
        else:
            op = THREE[random.randint(2)]
            if op == WHERE and random.randint(4) > 0:
                first = int(random.randint(1, size - 1))
                condition = self.mask(first, rows, cols)
                node = self.add(op, condition, *self.parts(size - 1 - first, 2, rows, cols))
            else:
                node = self.add(op, *self.parts(size - 1, 3, rows, cols))
        if op in OF_ZEROS:
            zero = self.number()
            self.buffers[-1][:] = 0
            node = self.add(ADD, node, self.add(LEAF, zero))
        return node

    def parts(self, size, count, rows, cols):
        """Splits evenly, or all to one side, which makes chains and deep stacks."""
        shape = self.random.randint(3)
        shares = [size // count] * count if shape == 0 else [size if i == (shape - 1) * (count - 1) else 0
                                                            for i in range(count)]
        return [self.expression(share, rows, cols) for share in shares]

    def mask(self, size, rows, cols):
        random = self.random
        if size >= 3 and random.randint(3) == 0:
            half = (size - 1) // 2
            return self.add((AND, OR)[random.randint(2)], self.mask(half, rows, cols), self.mask(half, rows, cols))
        if size >= 2 and random.randint(5) == 0:
            return self.add(NOT, self.mask(size - 1, rows, cols))
        if random.randint(5) == 0:
            return self.add(TESTS[random.randint(3)], self.expression(size - 1, rows, cols))
        return self.add(COMPARISONS[random.randint(6)], *self.parts(size - 1, 2, rows, cols))

    def packed(self):
        words = [self.dtype.itemsize, self.mode, self.axis, self.out, len(self.buffers)]
        parts = [struct.pack(f'<{len(words)}i', *words)]
        for buffer in self.buffers:
            parts += [struct.pack('<i', len(buffer)), buffer.tobytes()]
        for rows in (self.leaves, self.nodes):
            flat = [word for row in rows for word in row]
            parts.append(struct.pack(f'<{1 + len(flat)}i', len(rows), *flat))
        return b''.join(parts)

    # NumPy's side.

    def evaluated(self, node=-1):
        op, *operands = self.nodes[node]
        if op == LEAF:
            return self.values[operands[0]]
        count = 1 if op in ONE + TESTS + (NOT,) else 3 if op in THREE else 2
        arguments = [self.evaluated(operand) for operand in operands[:count]]
        if op not in (AND, OR, NOT):
            arguments = [a.astype(self.dtype) if a.dtype == bool else a for a in arguments]
        return OPERATIONS[op](*arguments)

    def expected(self):
        """The result, or None where shapes do not go together; buffers are written as they must be."""
        try:
            result = self.evaluated()
            if result.dtype == bool:
                result = result.astype(self.dtype)
            assert result.dtype == self.dtype
            out = self.values[self.out] if self.out >= 0 else None
            if self.mode in IN_PLACE:
                function = {PLUS: np.add, MINUS: np.subtract, TIMES: np.multiply, OVER: np.divide}.get(self.mode)
                out[...] = np.broadcast_to(result, out.shape).copy() if function is None else function(
                    out, np.broadcast_to(result, out.shape).copy())
                return np.zeros((0, 0), self.dtype)
            if self.mode == ASSIGN_MATRIX:
                return np.broadcast_to(result, out.shape)
            if self.mode in REDUCTIONS:
                result = reduced(self.mode, result, self.axis)
            return result
        except ValueError:
            return None


def shape_of(random):
    dice = random.randint(40)
    if dice < 2:
        return [(0, 5), (5, 0), (0, 0), (0, 1), (1, 0), (0, 300)][random.randint(6)]
    if dice < 4:  # more than a block of a sum, or of what is run at a time
        return [(3, 5555), (16385, 1), (2000, 10), (1, 16385), (129, 129), (1, 32769), (60, 784)][random.randint(7)]
    while True:
        rows, cols = (int(SIZES[random.randint(len(SIZES))]) for _ in range(2))
        if rows * cols <= MOST:
            return rows, cols


def program(random):
    p = Program(random)
    rows, cols = shape_of(random)
    size = int(random.choice([1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 20, 40]))
    if rows * cols > MOST:
        size = min(size, 6)
    dice = random.randint(10)
    if dice < 3:
        p.mode = [NEW, NEW, READ][random.randint(3)]
    elif dice < 5:
        p.mode = INTO_MATRIX if dice == 3 else ASSIGN_MATRIX
        p.out = p.leaf(rows, cols)
    elif dice < 7:
        p.mode = IN_PLACE[random.randint(len(IN_PLACE))]
        p.out = p.leaf(rows, cols)
        if rows > 1 and cols > 1 and random.randint(2) == 0:
            # Operands that lie in part where out lies: NumPy reads all before it writes.
            buffer, offset, _, _, ld, _ = p.leaves[p.out]
            p.view(buffer, offset + ld, rows - 1, cols, ld)
            p.view(buffer, offset, rows - 1, cols, ld)
            p.view(buffer, offset + 1, rows - 1, cols - 1, ld)
            if random.randint(2):
                p.out = int(random.randint(4))
            else:
                p.view(buffer, offset + int(random.randint(cols)), rows, 1, ld)
                p.view(buffer, offset + ld * int(random.randint(rows)), 1, cols, ld)
                p.view(buffer, offset, rows // 2, cols, 2 * ld)
                p.view(buffer, offset + int(random.randint(rows)) * ld, 1, 1, ld)
            rows, cols = p.leaves[p.out][2:4]
    else:
        p.mode = int(random.choice(REDUCTIONS))
        p.axis = int(random.choice([NO_AXIS, 0, 1, -1, -2]))
        size = size - 1 if size < 4 else size // 2
        if p.axis == NO_AXIS and random.randint(8) == 0:  # several blocks, the last one of any length
            rows, cols = [(1, 16384 + random.randint(40000)), (3, 15000), (200, 200)][random.randint(3)]
    if random.randint(30) == 0:
        p.leaf(rows + 1 + random.randint(3), max(cols - random.randint(2), 0))  # will not go with the others
    whole = p.mode in (NEW, READ, INTO_MATRIX)
    if size == 0 and whole:
        size = 1
    p.expression(size, rows, cols) if random.randint(12) or size == 0 else p.mask(size, rows, cols)
    root = p.nodes[-1]
    if root[0] == ADD and p.nodes[root[1]][0] in OF_ZEROS and random.randint(2) and root[2] == len(p.nodes) - 2 and p.mode != OVER:
        # Without its `+ 0` the operation is the last stage; then the zeros' signs are free.
        del p.nodes[-2:]
        p.zeros = True
    p.zeros = p.zeros or p.mode in (MAX, MIN)
    return p


def described(p, node=None):
    names = ('LEAF + - * / max min leaky_relu sigmoid_backward neg abs sqrt square sign floor ceil round relu where clip '
             '< <= > >= == != isnan isfinite isinf & | ~').split()
    op, *operands = p.nodes[-1 if node is None else node]
    if op == LEAF:
        _, _, rows, cols, ld, number = p.leaves[operands[0]]
        return repr(p.values[operands[0]][0, 0]) if number else f'x{operands[0]}[{rows},{cols}/{ld}]'
    count = 1 if op in ONE + TESTS + (NOT,) else 3 if op in THREE else 2
    return f'{names[op]}({", ".join(described(p, o) for o in operands[:count])})'


def difference(p, reader):
    """What is wrong with one program's result; nothing where all is well."""
    status, kind, rows, cols = (int(word) for word in reader.take(4, np.int32))
    found = reader.take(rows * cols, np.uint64 if kind else p.dtype)
    buffers = [reader.take(len(buffer), p.dtype) for buffer in p.buffers]
    with np.errstate(all='ignore'):
        wanted = p.expected()
    if wanted is None or status != 0:
        if status != (1 if wanted is None else 0):
            return f'status {status}, NumPy ' + ('refuses it' if wanted is None else 'computes it')
    elif kind == 1:
        if not np.array_equal(found, wanted.ravel()):
            return f'{found} and {wanted.ravel()}'
    else:
        if (rows, cols) != wanted.shape:
            return f'shape {rows, cols}, NumPy {wanted.shape}'
        other = other_elements(found, wanted, p.zeros)
        if other:
            return other
    return other_buffers(p, buffers, p.zeros)


def told(p):
    return f'mode {p.mode}, axis {p.axis}, out {p.out}, {p.dtype}: {described(p)}'


if __name__ == '__main__':
    sys.exit(main('programs', 10500, program, difference, told))
