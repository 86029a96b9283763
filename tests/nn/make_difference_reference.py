#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Central differences of two-layer nets in 60 digits: prints tests/nn/difference_reference.hpp.

  make_difference_reference.py > difference_reference.hpp

Needs mpmath (Debian: python3-mpmath). Every input is a number that float holds, so nothing is rounded before the
arithmetic begins; h and the notebook's 1e-7 are the doubles of these names. The loss is evaluated twice in full and
subtracted, as the definition says, with digits to spare.
"""

import random

import mpmath
from mpmath import mpf

from reference import print_array, print_header, quotient

STEPS = [1e-8, 1e-4, 1e-2, 0.5, 3.0, 4.0]


def loss(net, x, t, epsilon):
    """Mean of -log(softmax(sigmoid(x W1 + b1) W2 + b2)[label] + epsilon)."""
    total = mpf(0)
    for row, label in zip(x, t):
        z = []
        for j in range(len(net['b1'])):
            a = net['b1'][j] + sum((row[i] * net['W1'][i][j] for i in range(len(row))), mpf(0))
            z.append(1 / (1 + mpmath.exp(-a)))
        logits = [net['b2'][k] + sum((z[j] * net['W2'][j][k] for j in range(len(z))), mpf(0))
                  for k in range(len(net['b2']))]
        total -= mpmath.log(mpmath.exp(logits[label]) / sum(mpmath.exp(l) for l in logits) + epsilon)
    return total / len(x)


def places(net):
    """(list, index) of every parameter through W1, b1, W2, b2 in row order."""
    for name in ('W1', 'b1', 'W2', 'b2'):
        rows = net[name] if name.startswith('W') else [net[name]]
        for row in rows:
            for j in range(len(row)):
                yield row, j


def quotients(net, x, t, epsilon, h):
    return [quotient(place, mpf(h), lambda: loss(net, x, t, epsilon)) for place in places(net)]


def make(rng, sizes, samples, unit, most, zero_input):
    """A net and a batch; weights are multiples of `unit`, inputs of 1/256."""
    inputs, hidden, classes = sizes

    def weight():
        return mpf(rng.randint(-most, most)) * mpf(unit)

    net = {'W1': [[weight() for _ in range(hidden)] for _ in range(inputs)], 'b1': [weight() for _ in range(hidden)],
           'W2': [[weight() for _ in range(classes)] for _ in range(hidden)], 'b2': [weight() for _ in range(classes)]}
    x = [[mpf(0) if i == zero_input or rng.random() < 0.3 else mpf(rng.choice([256, 128, rng.randint(1, 256)])) / 256
          for i in range(inputs)] for _ in range(samples)]
    return net, x, [rng.randrange(classes) for _ in range(samples)]


def print_case(prefix, net, x, t, steps):
    print_array(f'k{prefix}Params', [row[j] for row, j in places(net)])
    print_array(f'k{prefix}X', [value for row in x for value in row])
    print_array(f'k{prefix}T', t, 'int')
    for kind, epsilon in (('Book', mpf(1e-7)), ('Clean', mpf(0))):
        print(f'// [step][parameter], of the loss {"with" if epsilon else "without"} 1e-7')
        print_array(f'k{prefix}{kind}', [q for h in steps for q in quotients(net, x, t, epsilon, h)])


def print_all():
    rng = random.Random(20261124)
    print_array('kSteps', STEPS)
    print('\n// 5-4-3, six samples, weights up to 2; input 2 is zero in all of them.')
    print_case('Wide', *make(rng, (5, 4, 3), 6, 1 / 64, 128, 2), STEPS)
    print('\n// 8-10-10, five samples, weights up to 0.03 as at the start of training; h = 1e-4 alone.')
    print_case('First', *make(rng, (8, 10, 10), 5, 2.0**-20, 31457, 5), [1e-4])


print_header('make_difference_reference.py', print_all)
