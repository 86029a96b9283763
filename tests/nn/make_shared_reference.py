#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Central differences of nets of two to four layers in 60 digits: prints tests/nn/shared_reference_LAYERS.hpp.

  make_shared_reference.py two > shared_reference_two.hpp, and so for three and four

Needs mpmath (Debian: python3-mpmath). Every number of a net and its batch is one that float holds; h and the book's
1e-7 are the doubles of these names. The loss is evaluated twice in full and subtracted, as the definition says. Of each
net only some parameters are asked for, so that the file stays small.
"""

import random
import sys

import mpmath
from mpmath import mpf

from reference import print_array, print_header, quotient

# As in shared_reference.hpp.
STEPS = [1e-8, 1e-4, 1e-2, 0.1, 0.5, 4.0]
SIZES = {'two': (4, 5, 3), 'three': (4, 5, 4, 3), 'four': (4, 4, 5, 3, 3)}
SAMPLES = 4
ASKED = 6  # parameters of each net


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


# In the order of Activation; leaky relu's slope is the double 0.01.
ACTIVATIONS = [lambda x: x, sigmoid, mpmath.tanh, lambda x: max(x, mpf(0)), lambda x: x if x > 0 else mpf(0.01) * x,
               lambda x: mpmath.log(1 + mpmath.exp(x)), lambda x: x * mpmath.ncdf(x)]


def probabilities(sums):
    exps = [mpmath.exp(s) for s in sums]
    return [e / sum(exps) for e in exps]


def cross_entropy(sums, t):
    return -sum(w * mpmath.log(p + mpf(1e-7)) for w, p in zip(t, probabilities(sums)) if w)


def squares(sums, t):
    return sum((s - w)**2 for s, w in zip(sums, t)) / 2


def binary(sums, t):
    return sum(mpmath.log(1 + mpmath.exp(s)) - w * s for s, w in zip(sums, t))


# Labels, then the soft targets for the losses in the order of Loss.
LOSSES = [(cross_entropy, True), (cross_entropy, False), (squares, False), (binary, False)]


def loss(layers, x, targets, activation, of_sums):
    total = mpf(0)
    for row, t in zip(x, targets):
        z = row
        for number, (w, b) in enumerate(layers):
            z = [b[j] + sum(z[i] * w[i][j] for i in range(len(z))) for j in range(len(b))]
            if number + 1 < len(layers):
                z = [activation(a) for a in z]
        total += of_sums(z, t)
    return total / len(x)


def places(layers):
    """(list, index) of every parameter, each W in row order before its b."""
    for w, b in layers:
        for row in [*w, b]:
            for j in range(len(row)):
                yield row, j


def draw_net(rng, sizes):
    """Layers, a batch, its labels and soft targets, and the numbers of the parameters asked for."""
    def weight():
        return mpf(rng.randint(-96, 96)) / 64

    layers = [([[weight() for _ in range(m)] for _ in range(n)], [weight() for _ in range(m)])
              for n, m in zip(sizes, sizes[1:])]
    x = [[mpf(0) if rng.random() < 0.25 else mpf(rng.randint(-256, 384)) / 256 for _ in range(sizes[0])]
         for _ in range(SAMPLES)]
    labels = [rng.randrange(sizes[-1]) for _ in range(SAMPLES)]
    soft = [rng.sample([mpf(0.125), mpf(0.25), mpf(0.625)], 3) for _ in range(SAMPLES)]
    return layers, x, labels, soft, sorted(rng.sample(range(len(list(places(layers)))), ASKED))


def print_net(name, layers, x, labels, soft, asked):
    hard = [[mpf(c == label) for c in range(len(soft[0]))] for label in labels]
    everything = list(places(layers))
    print_array(f'k{name}Params', [row[j] for row, j in everything])
    print_array(f'k{name}X', [value for row in x for value in row])
    print_array(f'k{name}Labels', labels, 'int')
    print_array(f'k{name}Soft', [value for row in soft for value in row])
    print_array(f'k{name}Asked', asked, 'int')
    print('// [activation][loss][step][parameter asked for]')
    print_array(f'k{name}', [
        quotient(everything[i], mpf(h), lambda: loss(layers, x, hard if is_label else soft, f, of_sums))
        for f in ACTIVATIONS for of_sums, is_label in LOSSES for h in STEPS for i in asked])


def print_all(asked_for):
    # One generator draws all nets, those that are not printed too.
    rng = random.Random(20261130)
    nets = {name: draw_net(rng, sizes) for name, sizes in SIZES.items()}
    print_net(asked_for.capitalize(), *nets[asked_for])


print_header('make_shared_reference.py', lambda: print_all(sys.argv[1]))
