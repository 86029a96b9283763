#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Random operations on tensors, computed by the library and by NumPy: the same bits.

  test_tensors.py TENSORS [--count N] [--seed S] [--level L]

TENSORS is the interpreter of tensors.cpp. Shapes, slices, permutations and broadcasting are random, and so are the
axes of reductions, whose order of sums is that of docs/numerics.md. Products are of small integers, which every order
of sums computes exactly. Skipped (77) where python3 has no numpy.
"""

import struct
import sys

from against_numpy import fold, main, np, other_buffers, other_elements

(LEAF, ADD, SUBTRACT, MULTIPLY, DIVIDE, SQRT, SQUARE, ABS, WHERE_LESS, LESS) = range(10)
(NEW, ASSIGN, PLUS, MINUS, TIMES, OVER, INTO_TENSOR, MATMUL, EINSUM, PRINT, FILE, SUM, MEAN, PROD, MAX, MIN, VAR, STD,
 NORM, ANY, ALL, COUNT, ARGMAX, ARGMIN) = range(24)
(SLICE, INDEX, PERMUTE, RESHAPE, SQUEEZE_ALL, SQUEEZE, EXPAND, BROADCAST, TRANSPOSE) = range(9)

FUNCTIONS = {ADD: np.add, SUBTRACT: np.subtract, MULTIPLY: np.multiply, DIVIDE: np.divide, SQRT: np.sqrt,
             SQUARE: np.square, ABS: np.abs, LESS: np.less, WHERE_LESS: lambda a, b, c: np.where(a < b, b, c)}
COUNTS = {SQRT: 1, SQUARE: 1, ABS: 1, WHERE_LESS: 3}
IN_PLACE = {ASSIGN: None, PLUS: np.add, MINUS: np.subtract, TIMES: np.multiply, OVER: np.divide}
MOST = 20000


# Reductions, brought to two axes: rows where the last axis is folded, columns where it is kept.

def as_rows(x, axes):
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    return np.transpose(x, kept + sorted(axes)).reshape(count_of(x, kept), count_of(x, axes))


def count_of(x, axes):
    return int(np.prod([x.shape[axis] for axis in axes], dtype=np.int64))


def as_matrix(x, axes):
    rows = as_rows(x, axes)
    return (rows, 1) if x.ndim - 1 in axes else (rows.T, 0)


def folded(x, function, start, axes):
    if axes is None:
        return fold(x.reshape(1, -1), function, start, 9).reshape(())
    shape = [1 if axis in axes else length for axis, length in enumerate(x.shape)]
    if len(axes) == x.ndim:
        return fold(x.reshape(1, -1), function, start, 9).reshape(shape)
    return fold(*(lambda m, axis: (m, function, start, axis))(*as_matrix(x, axes))).reshape(shape)


def mean(x, axes):
    count = x.size if axes is None else count_of(x, axes)
    if count == 0 and (axes is None or all(x.shape[axis] for axis in range(x.ndim) if axis not in axes)):
        raise ValueError
    return folded(x, np.add, 0, axes) / x.dtype.type(count)


def reduced(mode, x, axes):
    if mode in (SUM, PROD):
        return folded(x, *((np.add, 0) if mode == SUM else (np.multiply, 1)), axes)
    if mode == NORM:
        return np.sqrt(folded(x * x, np.add, 0, axes))
    if mode in (MEAN, VAR, STD):
        middle = mean(x, axes)
        if mode == MEAN:
            return middle
        away = x - middle
        variance = mean(away * away, axes)
        return np.sqrt(variance) if mode == STD else variance
    keep = {} if axes is None else {'axis': tuple(axes), 'keepdims': True}
    if mode in (MAX, MIN, ARGMAX, ARGMIN):
        count = x.size if axes is None else count_of(x, axes)
        others = 1 if axes is None else count_of(x, [axis for axis in range(x.ndim) if axis not in axes])
        if count == 0 and others != 0:
            raise ValueError
    if mode in (MAX, MIN):
        if x.size == 0:
            return np.zeros([1 if axis in axes else length for axis, length in enumerate(x.shape)], x.dtype)
        return np.asarray((np.max if mode == MAX else np.min)(x, **keep))
    if mode in (ANY, ALL):
        return np.asarray((np.any if mode == ANY else np.all)(x, **keep)).astype(x.dtype)
    flat = x.reshape(1, -1) if axes is None else as_rows(x, axes)
    if mode == COUNT:
        return np.count_nonzero(flat, axis=1).astype(np.uint64)
    if flat.shape[0] == 0:
        return np.zeros(0, np.uint64)
    return (np.argmax if mode == ARGMAX else np.argmin)(flat, axis=1).astype(np.uint64)


class Program:
    """Buffers, views into them by steps, and what is done with these."""

    def __init__(self, random):
        self.random = random
        self.dtype = np.dtype([np.float32, np.float64][random.randint(2)])
        self.buffers, self.leaves, self.nodes, self.values = [], [], [], []
        self.mode, self.axes, self.out, self.text = NEW, None, -1, ''
        self.kind = random.randint(4)

    def numbers(self, count):
        plain = self.random.uniform(-1, 1, count)
        if self.kind == 1 or self.mode in (MATMUL, EINSUM):
            plain = np.floor(plain * 4)
        elif self.kind == 2:
            plain = plain * 2.0 ** self.random.randint(-30, 30, count)
        elif self.kind == 3:
            plain[self.random.randint(0, 9, count) == 0] = [0, -0.0, np.nan, np.inf][self.random.randint(4)]
        return plain.astype(self.dtype)

    def steps_to(self, shape, reads):
        """A shape, and steps that make a view of `shape` of it."""
        random, shape, steps = self.random, list(shape), []
        if reads and random.randint(6) == 0:
            steps.append((BROADCAST, list(shape)))
            drop = random.randint(len(shape) + 1)
            shape = [1 if random.randint(3) == 0 else length for length in shape[drop:]]
        for _ in range(random.randint(5)):
            kind, rank = random.randint(8), len(shape)
            if kind < 2 and rank > 1:
                order = list(map(int, random.permutation(rank)))
                base = [0] * rank
                for k, axis in enumerate(order):
                    base[axis] = shape[k]
                steps.insert(0, (PERMUTE, order))
                shape = base
            elif kind < 4 and rank > 0:
                axis = int(random.randint(rank))
                length = shape[axis]
                if length == 0:
                    continue
                step, first = int(random.choice([1, 1, 2, 3])), int(random.randint(3))
                last = first + (length - 1) * step + 1 + int(random.randint(step))
                shape = shape[:axis] + [last + int(random.randint(3))] + shape[axis + 1:]
                steps.insert(0, (SLICE, [axis - rank * int(random.randint(2)), first, last, step]))
            elif kind == 4 and rank < 6:
                axis, length = int(random.randint(rank + 1)), 1 + int(random.randint(3))
                shape = shape[:axis] + [length] + shape[axis:]
                steps.insert(0, (INDEX, [axis, int(random.randint(length))]))
            elif kind == 5 and rank < 6:
                axis = int(random.randint(rank + 1))
                shape = shape[:axis] + [1] + shape[axis:]
                steps.insert(0, (SQUEEZE, [axis]))
            elif kind == 6 and 1 in shape:
                axis = shape.index(1)
                steps.insert(0, (EXPAND, [axis]))
                shape = shape[:axis] + shape[axis + 1:]
            elif kind == 7:
                steps.insert(0, (TRANSPOSE, []))
                shape = shape[::-1]
        if random.randint(5) == 0:  # first, where nothing has gaps
            base = [int(np.prod(shape, dtype=np.int64))] if random.randint(2) else [length for length in shape if length != 1]
            steps.insert(0, (RESHAPE, shape))
            shape = base
        return shape, steps

    def leaf(self, shape, reads=True):
        base, steps = self.steps_to(shape, reads)
        self.buffers.append(self.numbers(max(1, int(np.prod(base, dtype=np.int64)))))
        return self.view(len(self.buffers) - 1, base, steps)

    def view(self, buffer, base, steps):
        self.leaves.append((buffer, base, steps))
        x = self.buffers[buffer][:int(np.prod(base, dtype=np.int64))].reshape(base)
        for kind, words in steps:
            if kind == SLICE:
                place = [slice(None)] * x.ndim
                place[words[0]] = slice(words[1], words[2], words[3])
                x = x[tuple(place)]
            elif kind == INDEX:
                # Not x[...]: of the last axis that would be a number, not a view.
                x = x[(slice(None),) * words[0] + (words[1], Ellipsis)]
            elif kind == PERMUTE:
                x = np.transpose(x, words)
            elif kind == RESHAPE:
                x = x.reshape(words)
            elif kind == SQUEEZE:
                x = np.squeeze(x, words[0])
            elif kind == EXPAND:
                x = np.expand_dims(x, words[0])
            elif kind == BROADCAST:
                x = np.broadcast_to(x, words)
            else:
                x = x.T
        self.values.append(x)
        return len(self.leaves) - 1

    def add(self, op, *operands):
        self.nodes.append((op, *operands, *[0] * (3 - len(operands))))
        return len(self.nodes) - 1

    def operand(self, shape):
        random = self.random
        if random.randint(8) == 0:
            return self.add(LEAF, self.leaf(()), 1)
        if self.leaves and random.randint(4) == 0:
            return self.add(LEAF, int(random.randint(len(self.leaves))))
        if random.randint(3) == 0:
            drop = random.randint(len(shape) + 1)
            shape = [1 if random.randint(3) == 0 else length for length in shape[drop:]]
        if random.randint(150) == 0:
            shape = [length + 1 for length in shape]
        return self.add(LEAF, self.leaf(shape), 2)

    def expression(self, size, shape):
        if size == 0:
            return self.operand(shape)
        op = int(self.random.choice([ADD, SUBTRACT, MULTIPLY, DIVIDE, ADD, MULTIPLY, SQRT, SQUARE, ABS, WHERE_LESS]))
        count = COUNTS.get(op, 2)
        shares = [(size - 1) // count] * count
        return self.add(op, *[self.expression(share, shape) for share in shares])

    def packed(self):
        axes = self.axes or []
        words = [self.dtype.itemsize, self.mode, int(self.axes is not None), len(axes), *axes, self.out, len(self.buffers)]
        parts = [struct.pack(f'<{len(words)}i', *words)]
        for buffer in self.buffers:
            parts += [struct.pack('<i', len(buffer)), buffer.tobytes()]
        words = [len(self.leaves)]
        for buffer, base, steps in self.leaves:
            words += [buffer, len(base), *base, len(steps)]
            for kind, its in steps:
                words += [kind, len(its), *its]
        words.append(len(self.nodes))
        words += [word for node in self.nodes for word in node]
        text = self.text.encode()
        parts += [struct.pack(f'<{len(words)}i', *words), struct.pack('<i', len(text)), text]
        return b''.join(parts)

    # NumPy's side.

    def evaluated(self, node=-1):
        op, *operands = self.nodes[node]
        if op == LEAF:
            return self.values[operands[0]]
        found = [self.evaluated(operand) for operand in operands[:COUNTS.get(op, 2)]]
        result = np.asarray(FUNCTIONS[op](*found))
        return result.astype(self.dtype) if result.dtype == bool else result

    def expected(self):
        """The result, or None where shapes do not go together; buffers are written as they must be."""
        try:
            if self.mode in (MATMUL, EINSUM):
                a, b = self.evaluated(0), self.evaluated(1)
                if self.mode == MATMUL:
                    return np.asarray(np.matmul(a, b))
                return np.asarray(np.einsum(self.text, a, b))
            if self.mode == PRINT:
                return str(self.values[0])
            if self.mode == FILE:
                return self.values[0]
            result = self.evaluated()
            if self.mode in IN_PLACE:
                out, function = self.values[self.out], IN_PLACE[self.mode]
                spread = np.broadcast_to(result, out.shape).copy()
                out[...] = spread if function is None else function(out, spread)
                return np.zeros(0, self.dtype)
            if self.mode == INTO_TENSOR:
                return np.broadcast_to(result, self.values[self.out].shape)
            return reduced(self.mode, result, self.axes) if self.mode >= SUM else result
        except ValueError:
            return None


def shape_of(random):
    dice = random.randint(40)
    if dice == 0:
        shape = [int(random.randint(3)) for _ in range(1 + random.randint(4))]
    elif dice < 6:
        shape = [[70, 65], [3, 5, 300], [20, 33, 17], [2, 3, 1100], [8, 16, 9, 5], [2, 2, 2, 2, 2, 65], [5, 1, 1000],
                 [17000], [130, 3, 40], [3, 130, 40]][random.randint(10)]
    else:
        shape = []
        for _ in range(random.randint(7)):
            shape.append(int(random.choice([1, 2, 2, 3, 3, 4, 5, 7, 8, 16])))
            if np.prod(shape) > 3000:
                shape.pop()
    return shape


def einsum(p, random):
    """A text that one product computes, and the operands' shapes."""
    letters = list('abcdefgxyzQ')
    random.shuffle(letters)
    take = lambda count: [letters.pop() for _ in range(count)]
    batch, left, right, summed = take(random.randint(3)), take(random.randint(3)), take(random.randint(3)), take(random.randint(3))
    lengths = {letter: int(random.choice([1, 2, 3, 5, 8, 17])) for letter in batch + left + right + summed}
    mixed = lambda some: [some[k] for k in random.permutation(len(some))]
    a, b, out = mixed(batch + left + summed), mixed(batch + right + summed), mixed(batch + left + right)
    p.text = f'{"".join(a)},{"".join(b)}->{"".join(out)}'
    if random.randint(6) == 0 and not batch:
        p.text = p.text.split('->')[0]
    return [lengths[k] for k in a], [lengths[k] for k in b]


def program(random):
    p = Program(random)
    dice = random.randint(20)
    if dice < 2:
        p.mode = MATMUL if random.randint(3) == 0 else EINSUM
        if p.mode == EINSUM:
            shapes = einsum(p, random)
        else:
            m, k, n = (int(random.choice([1, 2, 3, 9, 17, 33])) for _ in range(3))
            batch = [int(random.choice([1, 2, 3])) for _ in range(random.randint(4))]
            some = lambda: [1 if random.randint(3) == 0 else length for length in batch[random.randint(len(batch) + 1):]]
            shapes = [k] if random.randint(6) == 0 else some() + [m, k], [k] if random.randint(6) == 0 else some() + [k, n]
        for shape in shapes:
            p.add(LEAF, p.leaf(shape))
        return p
    if dice == 2:
        p.mode = PRINT if random.randint(2) else FILE
        p.kind %= 2  # where float32 gets powers of ten depends on NumPy's version; test_numpy_arrays.py knows it
        shape = shape_of(random)
        if p.mode == PRINT and random.randint(2):
            shape = [int(random.choice([1, 2, 3, 7, 8])) for _ in range(random.randint(5))]
        p.leaf(shape)
        return p
    shape = shape_of(random)
    size = int(random.choice([0, 1, 1, 2, 3, 4, 6, 9]))
    if dice < 8:
        p.mode = list(IN_PLACE)[random.randint(5)]
        base, steps = p.steps_to(shape, False)
        p.buffers.append(p.numbers(max(1, int(np.prod(base, dtype=np.int64)))))
        p.out = p.view(0, base, steps)
        if random.randint(2):  # operands that lie in part where out lies
            for _ in range(2):
                moved = []
                for kind, words in steps:
                    if kind == SLICE and words[1] > 0 and random.randint(2):
                        words = [words[0], words[1] - 1, words[2] - 1, words[3]]
                    moved.append((kind, words))
                p.view(0, base, moved)
            if len(shape) > 1 and shape[-1] == shape[-2]:
                p.view(0, base, steps + [(PERMUTE, [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2])])
    elif dice < 10:
        p.mode = INTO_TENSOR
        p.out = p.leaf(shape, False)
    elif dice < 15:
        p.mode = int(random.randint(SUM, ARGMIN + 1))
        if random.randint(5) and shape:
            count = 1 + random.randint(len(shape))
            p.axes = [int(axis) for axis in random.permutation(len(shape))[:count]]
        size = min(size, 3)
    p.expression(size, shape)
    if p.mode == NEW and random.randint(6) == 0 and size:
        p.add(LESS, len(p.nodes) - 1, p.operand(shape))
    if p.axes is not None:
        try:
            rank = p.evaluated().ndim
        except ValueError:
            return p
        p.axes = sorted(axis % rank for axis in p.axes) if rank else None
        p.axes = p.axes and sorted(set(p.axes))
    return p


def difference(p, reader):
    """What is wrong with one program's result; nothing where all is well."""
    status, kind, rank = (int(word) for word in reader.take(3, np.int32))
    shape = tuple(int(length) for length in reader.take(rank, np.int32))
    data = reader.take(int(reader.take(1, np.int32)[0]), np.uint8).tobytes()
    buffers = [reader.take(len(buffer), p.dtype) for buffer in p.buffers]
    with np.errstate(all='ignore'):
        wanted = p.expected()
    zeros = p.mode in (MAX, MIN, EINSUM, MATMUL)
    if wanted is None or status != 0:
        if status != (1 if wanted is None else 0):
            return f'status {status}, NumPy ' + ('refuses it' if wanted is None else 'computes it')
    elif kind == 2:
        if data.decode() != wanted:
            return f'{data.decode()}\nand\n{wanted}'
    elif p.mode not in IN_PLACE:
        found = np.frombuffer(data, np.uint64 if kind else p.dtype)
        if shape != wanted.shape:
            return f'shape {shape}, NumPy {wanted.shape}'
        other = other_elements(found, wanted, zeros)
        if other:
            return other
    return other_buffers(p, buffers, zeros)


def told(p):
    return f'mode {p.mode}, axes {p.axes}, out {p.out}, {p.text} {p.dtype}, leaves {p.leaves}, nodes {p.nodes}'


if __name__ == '__main__':
    sys.exit(main('tensors', 9000, program, difference, told))
