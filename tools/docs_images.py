#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Draws the pictures of README.md and docs/differentiation.md from what the product itself puts out: `ninja -C build docs-images`.

  docs_images.py --thalweg COMMAND --errors COMMAND --steps COMMAND --cluster COMMAND --reports REPORT.md ... --out DIRECTORY [--data MNIST]

training.svg     what `thalweg train` saved: losses, accuracies, the first layer's weights
speed.svg        twelve rows of the committed reports of tools/bench, a column for each
differences.svg  what tools/difference_errors found, against the same quotients in 60 digits
shared.svg       what moving one unit does to a loss, and what a few nodes know of it
cluster.svg      what tools/cluster_speedup found: speed-up of training over processes, predicted and simulated
steps.svg        what tools/step_errors found: the error of a derivative against the step

--data   the directory of MNIST's four files; without it $THALWEG_MNIST, else synthetic digits
"""

import argparse
import ast
import csv
import decimal
import json
import math
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

import bench_chart
import bench_report

import svg

WIDTH = 800
# Of a loss curve: so many updates become one point.
WINDOW = 50
TINY = decimal.Decimal(10) ** -20  # a step whose quotient is the derivative, in 60 digits
EPSILON = decimal.Decimal(1e-7)    # inside the notebook's logarithm


# training.svg

def read_matrix(file, name):
    """A float matrix of an .npz file as a list of rows."""
    with zipfile.ZipFile(file) as archive:
        data = archive.read(name + ".npy")
    length, = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10:10 + length].decode("ascii"))
    rows, cols = header["shape"]
    values = struct.unpack_from(f"<{rows * cols}{'f' if header['descr'] == '<f4' else 'd'}", data, 10 + length)
    return [values[i * cols:(i + 1) * cols] for i in range(rows)]


def train(command, data, folder):
    """Losses, [(update, train, test)], W1."""
    table, net = folder / "run.csv", folder / "net.npz"
    subprocess.run([command, "train", "--csv", table, "--save", net, "--quiet",
                    *(["--data", data] if data else [])], check=True)
    with open(table, encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    accuracies = [(int(row["iteration"]), float(row["train_accuracy"]), float(row["test_accuracy"]))
                  for row in rows if row["test_accuracy"]]
    return [float(row["loss"]) for row in rows], accuracies, read_matrix(net, "W1")


# Blue, white, red, as in the pictures of `thalweg train --plots`; 255 colours, the middle one is 0.
STOPS = ((33, 102, 172), (146, 197, 222), (247, 247, 247), (244, 165, 130), (178, 24, 43))
COLOURS = 255


def palette():
    """The colours of weights, and one for the gaps."""
    colours = []
    for index in range(COLOURS):
        place = index * (len(STOPS) - 1) / (COLOURS - 1)
        stop = min(int(place), len(STOPS) - 2)
        colours.append([round(p + (place - stop) * (q - p)) for p, q in zip(STOPS[stop], STOPS[stop + 1])])
    return colours + [[255, 255, 255]]


def weight_tiles(W1, columns, side=28, gap=5):
    """A PNG with one tile a hidden unit; width and height."""
    units = len(W1[0])
    width = columns * (side + gap) - gap
    height = (units + columns - 1) // columns * (side + gap) - gap
    # The few largest weights would leave all others pale.
    sizes = sorted(abs(w) for row in W1 for w in row)
    limit = sizes[len(sizes) * 99 // 100]
    rows = [[COLOURS] * width for _ in range(height)]
    for pixel, weights in enumerate(W1):
        for unit, weight in enumerate(weights):
            share = min(max(weight / limit, -1.0), 1.0)
            y = unit // columns * (side + gap) + pixel // side
            rows[y][unit % columns * (side + gap) + pixel % side] = round((share + 1.0) / 2.0 * (COLOURS - 1))
    return svg.png(rows, palette()), width, height


def training_picture(losses, accuracies, W1, what):
    windows = [losses[i:i + WINDOW] for i in range(0, len(losses), WINDOW)]
    updates = (0, len(losses))
    loss = svg.Axes((70, 96, 480, 122), updates, (0.0, 2.5))
    right = svg.Axes((70, 268, 480, 122), updates, (0.0, 100.0))

    def centred(measure):
        return loss.points([(WINDOW * (i + 0.5), measure(window)) for i, window in enumerate(windows)])

    def mean(window):
        return sum(window) / len(window)

    ticks = [(n, f"{n:,}") for n in range(0, len(losses) + 1, len(losses) // 5)]
    tested = right.points([(n, 100 * test) for n, _, test in accuracies])
    tiles, width, height = weight_tiles(W1, 5)
    tall = 342
    parts = [svg.text(24, 38, f"{len(losses):,} steps of training on {what}", "title"),
             svg.text(70, 82, "Loss of each batch", "bold"), *loss.frame([], [(0, "0"), (1, "1"), (2, "2")]),
             svg.band(centred(min), centred(max), "fill-first"), svg.curve(centred(mean), "first"),
             svg.text(550, loss.y(mean(windows[-1])) - 24, f"{mean(windows[-1]):.2f}", "first", "end"),
             svg.text(70, 254, "Test images classified correctly", "bold"),
             *right.frame(ticks, [(0, "0 %"), (50, "50 %"), (100, "100 %")]), svg.curve(tested, "second"),
             *(svg.dot(x, y, "second") for x, y in tested),
             svg.text(550, tested[-1][1] + 28, f"{100 * accuracies[-1][2]:.2f} %", "second", "end"),
             svg.text(600, 38, "First-layer weights", "bold"),
             svg.text(600, 58, f"{len(W1[0])} hidden units", "small"),
             svg.image(600, 72, tall * width / height, tall, tiles)]
    return svg.card(WIDTH, 430, f"Loss and accuracy of {len(losses)} training steps on {what}, and the weights of "
                    "the first layer as images", parts)


# differences.svg

class Quotients:
    """(f(p + h e_i) - f(p - h e_i)) / 2h of the two-layer net in 60 digits, straight from the definition."""

    def __init__(self, found):
        wide = decimal.Decimal
        self.labels = [int(label) for label in found["labels"]]
        self.hidden, self.classes = len(found["b1"]), len(found["b2"])
        inputs = len(found["W1"]) // self.hidden
        W1 = [wide(w) for w in found["W1"]]
        self.W2 = [wide(w) for w in found["W2"]]
        self.x = [[wide(v) for v in found["x"][n * inputs:(n + 1) * inputs]] for n in range(len(self.labels))]
        self.sizes = [len(found[name]) for name in ("W1", "b1", "W2", "b2")]
        self.before, self.after, self.powers = [], [], []
        for x in self.x:
            a = [wide(b) for b in found["b1"]]
            for i, pixel in enumerate(x):
                if pixel:
                    for j in range(self.hidden):
                        a[j] += pixel * W1[i * self.hidden + j]
            z = [self.sigmoid(value) for value in a]
            logits = [wide(b) + sum(z[j] * self.W2[j * self.classes + k] for j in range(self.hidden))
                      for k, b in enumerate(found["b2"])]
            self.before.append(a)
            self.after.append(z)
            self.powers.append([logit.exp() for logit in logits])

    @staticmethod
    def sigmoid(value):
        return 1 / (1 + (-value).exp())

    def probability(self, n, changes):
        """Of the label of sample n plus the notebook's 1e-7, when logit k grows by changes[k]."""
        powers = [p * changes[k].exp() if k in changes else p for k, p in enumerate(self.powers[n])]
        return powers[self.labels[n]] / sum(powers) + EPSILON

    def changes(self, n, parameter, h):
        """What moving a parameter by h adds to the logits of sample n; None when nothing."""
        matrix = 0
        while parameter >= self.sizes[matrix]:
            parameter -= self.sizes[matrix]
            matrix += 1
        if matrix < 2:  # W1, b1
            i, j = divmod(parameter, self.hidden)
            move = h * (self.x[n][i] if matrix == 0 else 1)
            if not move:
                return None
            grown = self.sigmoid(self.before[n][j] + move) - self.after[n][j]
            return {k: grown * self.W2[j * self.classes + k] for k in range(self.classes)}
        j, k = divmod(parameter, self.classes)
        return {k: h * (self.after[n][j] if matrix == 2 else 1)}

    def quotient(self, parameter, h):
        ratio = decimal.Decimal(1)
        for n in range(len(self.labels)):
            above = self.changes(n, parameter, h)
            if above is not None:
                ratio *= self.probability(n, self.changes(n, parameter, -h)) / self.probability(n, above)
        return ratio.ln() / len(self.labels) / (2 * h)


def largest_errors(found):
    """[(h, error of the loop, of the exact identities, distance of the quotient from the derivative)]."""
    decimal.getcontext().prec = 60
    exact = Quotients(found)
    which = [int(i) for i in found["which"]]
    derivatives = [exact.quotient(i, TINY) for i in which]
    rows = []
    for step in found["steps"]:
        true = [exact.quotient(i, decimal.Decimal(step["h"])) for i in which]
        rows.append((step["h"], *(float(max(abs(decimal.Decimal(a) - b) for a, b in zip(values, true)))
                                  for values in (step["loop"], step["exact"], derivatives))))
    return rows


def processor():
    """AMD EPYC (Zen 3)."""
    fields = bench_report.cpu_fields()
    model = re.sub(r"\((R|TM|tm)\)|@.*$|\b\d+-Core\b|\bProcessor\b|\bCPU\b", " ", fields.get("model name", "unknown CPU"))
    made = ""
    if fields.get("vendor_id") == "AuthenticAMD":
        made = bench_report.generation(int(fields["cpu family"]), int(fields["model"]))
    return " ".join(model.split()) + (f" (Zen {made[3:]})" if made else "")


def differences_picture(found, errors, what):
    steps = (1e-8, 1.0)
    names = [(10.0 ** n, f"1e{n}" if n else "1") for n in range(-8, 1, 2)]
    left = svg.Axes((74, 142, 350, 252), steps, (1e-18, 1e-6), True, True)
    right = svg.Axes((520, 142, 250, 252), steps, (1e-3, 100.0), True, True)
    loop = [(step["h"], step["loop_seconds"]) for step in found["steps"]]
    ours = [(step["h"], step["exact_seconds"]) for step in found["steps"]]
    book = next(i for i, step in enumerate(found["steps"]) if abs(step["h"] / 1e-4 - 1) < 1e-9)
    times = [bench_report.microseconds(1e6 * series[book][1]) for series in (loop, ours)]
    # In these axes h^2 is a straight line: what lies outside is left out.
    formula = [(h, distance) for h, _, _, distance in errors if left.y_range[0] < distance < 1.3 * left.y_range[1]]
    parts = [svg.text(24, 38, "One central difference, two ways to compute it", "title"),
             svg.text(24, 62, f"{found['parameters']:,} derivatives of a 784-50-10 net, 100 images of {what}; float64, "
                      f"one thread", "small"),
             svg.rect(24, 79, 22, 5, "fill-second"), svg.text(54, 88, "plain loop, f(p + h) - f(p - h)"),
             svg.rect(400, 79, 22, 5, "fill-first"), svg.text(430, 88, "thalweg, exact identities"),
             svg.text(74, 126, "Rounding error", "bold"),
             *left.frame(names, [(10.0 ** n, f"1e{n}") for n in range(-18, -5, 2)]),
             svg.curve(left.points(formula), "even dashed"),
             svg.text(left.x(2.5e-3) - 18, left.y(1e-7) - 4, "h\u00b2 error of the formula", "small", "end"),
             svg.curve(left.points([(h, error) for h, error, _, _ in errors]), "second"),
             svg.curve(left.points([(h, error) for h, _, error, _ in errors]), "first"),
             svg.text(520, 126, "Time of the whole gradient", "bold"),
             *right.frame(names, [(1e-3, "1 ms"), (1e-2, "10 ms"), (0.1, "0.1 s"), (1, "1 s"), (10, "10 s"), (100, "100 s")]),
             svg.curve(right.points(loop), "second"), svg.curve(right.points(ours), "first"),
             svg.text(right.x(1e-4), right.y(loop[book][1]) + 28, times[0], "second", "middle"),
             svg.text(right.x(1e-4), right.y(ours[book][1]) - 16, times[1], "first", "middle"),
             *(svg.text(axes.left + axes.width / 2, 438, "step h", "small", "middle") for axes in (left, right)),
             svg.text(776, 462, f"{processor()}, {found['simd'].upper()}", "small", "end")]
    return svg.card(WIDTH, 476, "Rounding error and time of a numerical gradient against the step h, by the plain loop "
                    "and by exact identities", parts)


# shared.svg

# A sigmoid unit with the sum SUM in one sample, its weights to three classes, and the classes' other sums; class 0 is
# the label.
SUM, TO_CLASSES, OTHERS = -1.0, (5.0, -2.0, 0.0), (-2.0, 0.5, 0.1)


def unit_quotient(u):
    """(f(sum + u) - f(sum - u)) / 2u of the sample's cross-entropy f, with digits to spare."""
    decimal.getcontext().prec = 40

    def loss(total):
        z = 1 / (1 + (-total).exp())
        sums = [decimal.Decimal(b) + z * decimal.Decimal(w) for w, b in zip(TO_CLASSES, OTHERS)]
        return sum(s.exp() for s in sums).ln() - sums[0]
    u, a = decimal.Decimal(u), decimal.Decimal(SUM)
    return (loss(a + u) - loss(a - u)) / (2 * u)


def chebyshev(count, most):
    return [most * math.cos((2 * k + 1) * math.pi / (4 * count)) for k in range(count)]


def interpolated(nodes, u):
    """Lagrange's polynomial in the square through the quotients at the nodes."""
    squares, square = [decimal.Decimal(node) ** 2 for node in nodes], decimal.Decimal(u) ** 2
    total = decimal.Decimal(0)
    for k, node in enumerate(nodes):
        weight = decimal.Decimal(1)
        for j, other in enumerate(squares):
            if j != k:
                weight *= (square - other) / (squares[k] - other)
        total += weight * unit_quotient(node)
    return total


def shared_picture():
    most = 2.5
    left = svg.Axes((74, 142, 340, 252), (0.0, most), (-1.0, -0.5))
    right = svg.Axes((520, 142, 250, 252), (1e-4, 1.0), (1e-18, 1e-2), True, True)
    places = [most * (i + 0.5) / 60 for i in range(60)]
    inputs = [0.12, 0.5, 0.55, 0.9, 1.3, 1.7, 2.1, most]  # h x_i
    two = chebyshev(2, most)
    parts = [svg.text(24, 38, "One unit in one sample: all its inputs share a few evaluations", "title"),
             svg.text(24, 62, "O(u) = f(+u) - f(-u) is what moving the unit's sum by u does to the loss", "small"),
             svg.rect(24, 79, 22, 5, "fill-first"), svg.text(54, 88, "O(u) / 2u"),
             svg.rect(180, 79, 22, 5, "fill-second"), svg.text(210, 88, "through two nodes"),
             svg.rect(400, 79, 22, 5, "fill-even"), svg.text(430, 88, "the derivative, which nobody computes"),
             svg.text(74, 126, "Exaggerated: moves up to 2.5", "bold"),
             *left.frame([(0, "0"), (1, "1"), (2, "2")], [(-1.0, "-1"), (-0.8, "-0.8"), (-0.6, "-0.6")]),
             svg.curve(left.points([(u, float(unit_quotient(1e-9))) for u in (0.0, most)]), "even dashed"),
             svg.curve(left.points([(u, float(unit_quotient(u))) for u in places]), "first"),
             svg.curve(left.points([(u, float(interpolated(two, u))) for u in places]), "second dashed"),
             *(svg.dot(left.x(u), left.y(float(unit_quotient(u))), "second") for u in two),
             *(svg.line(left.x(u), left.top + left.height, left.x(u), left.top + left.height - 10, "one")
               for u in inputs),
             svg.text(left.x(1.25), 438, "u; ticks: h times an input", "small", "middle"),
             svg.text(520, 126, "Largest error, by nodes", "bold"),
             *right.frame([(10.0 ** n, f"1e{n}" if n else "1") for n in range(-4, 1, 2)],
                          [(10.0 ** n, f"1e{n}") for n in range(-18, -1, 4)])]
    for count, kind in ((1, "even dashed"), (2, "second"), (3, "first")):
        steps = [10.0 ** (-4 + i / 6) for i in range(25)]
        errors = []
        for step in steps:
            nodes = chebyshev(count, step)
            errors.append((step, float(max(abs(interpolated(nodes, step * x) - unit_quotient(step * x))
                                           for x in (0.05, 0.3, 0.55, 0.8, 1.0)))))
        shown = [pair for pair in errors if pair[1] > right.y_range[0]]
        parts.append(svg.curve(right.points(shown), kind))
        at = shown[len(shown) // 2]
        parts.append(svg.text(right.x(at[0]) - 10, right.y(at[1]) - 8, str(count), kind.split()[0], "end"))
    parts.append(svg.text(right.x(1e-2), 438, "largest move h |x|", "small", "middle"))
    return svg.card(WIDTH, 460, "The loss's difference quotient as a function of a unit's move, its values at two nodes, "
                    "and the error of one, two and three nodes against the largest move", parts)


# steps.svg

def steps_picture(found):
    places = ((74, 112, 310, 262, "", "double, no noise"), (466, 112, 310, 262, "noisy_", "the same with noise of 1e-6"))
    series = (("forward", "second", "kForward"), ("central2", "first", "kCentral2"), ("central6", "even", "kCentral6"))
    parts = [svg.text(24, 38, "Error of a derivative against the step", "title")]
    for at, (_, colour, label) in enumerate(series):
        parts += [svg.rect(24 + 150 * at, 57, 22, 5, "fill-" + colour), svg.text(54 + 150 * at, 66, label)]
    for left, top, width, height, prefix, title in places:
        axes = svg.Axes((left, top, width, height), (1e-14, 1.0), (1e-14, 100.0), True, True)
        parts += [svg.text(left, 98, title, "bold"),
                  *axes.frame([(10.0 ** n, f"1e{n}" if n else "1") for n in range(-12, 1, 4)],
                              [(10.0 ** n, f"1e{n}" if n else "1") for n in range(-14, 3, 4)]),
                  *(svg.curve(axes.points([(step["h"], step[prefix + name]) for step in found]), colour)
                    for name, colour, _ in series),
                  svg.text(left + width / 2, 418, "step h", "small", "middle")]
    return svg.card(WIDTH, 436, "Error of a derivative against the step h for three formulas, without noise and with it", parts)


# cluster.svg

def cluster_picture(found):
    """Speed-up over processes: lines are the model's, dots were simulated."""
    rows = found["processes"]
    axes = svg.Axes((74, 112, 690, 290), (1.0, 1024.0), (1.0, 64.0), True, True)
    parts = [svg.text(24, 38, "Training 784-2048-1024-10, 1024 rows a step: speed-up over processes", "title")]
    parts += axes.frame([(2.0 ** n, str(2 ** n)) for n in range(0, 11)], [(2.0 ** n, str(2 ** n)) for n in range(0, 7)])
    for at, (colour, link) in enumerate(zip(("second", "first", "even"), rows[0]["links"])):
        parts += [svg.rect(24 + 250 * at, 57, 22, 5, "fill-" + colour), svg.text(54 + 250 * at, 66, link["name"])]
        parts.append(svg.curve(axes.points([(row["processes"], max(row["links"][at]["predicted"], 1.0)) for row in rows]),
                               colour))
        parts += [svg.dot(axes.x(row["processes"]), axes.y(row["links"][at]["simulated"]), colour)
                  for row in rows if row["links"][at]["simulated"]]
    parts += [svg.text(24, 98, "lines: predicted, dots: simulated", "small"),
              svg.text(74 + 345, 444, "processes of one thread", "small", "middle")]
    return svg.card(WIDTH, 462, "Speed-up of training over 1 to 1,024 processes for three links, predicted and simulated", parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("thalweg", "errors", "steps", "cluster", "out"):
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    parser.add_argument("--reports", required=True, type=pathlib.Path, nargs="+")
    parser.add_argument("--data", default=os.environ.get("THALWEG_MNIST", ""))
    options = parser.parse_args()
    what = "MNIST" if options.data else "synthetic digits"
    print(f"docs_images.py: drawing from {what}" + ("" if options.data else " (MNIST: THALWEG_MNIST=DIRECTORY)"))

    with tempfile.TemporaryDirectory() as folder:
        pictures = {"training.svg": training_picture(*train(options.thalweg, options.data, pathlib.Path(folder)), what)}
    pictures["speed.svg"] = bench_chart.top_chart(*options.reports)
    output = subprocess.run([options.errors, *([options.data] if options.data else [])], stdout=subprocess.PIPE, check=True)
    found = json.loads(output.stdout)
    pictures["shared.svg"] = shared_picture()
    steps = subprocess.run([options.steps], stdout=subprocess.PIPE, check=True)
    pictures["steps.svg"] = steps_picture(json.loads(steps.stdout))
    cluster = subprocess.run([options.cluster], stdout=subprocess.PIPE, check=True)
    pictures["cluster.svg"] = cluster_picture(json.loads(cluster.stdout))
    pictures["differences.svg"] = differences_picture(found, largest_errors(found), what)
    for name, text in pictures.items():
        (options.out / name).write_text(text, encoding="ascii")
        print(f"docs_images.py: {options.out / name}, {len(text) / 1024:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
