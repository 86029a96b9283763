# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg predict with photos and drawings. Usage: test_photos.py path/to/thalweg with-png|without-png
with-jpeg|without-jpeg [unittest arguments]"""

import json
import math
import pathlib
import random
import re
import shutil
import struct
import sys
import tempfile
import unittest
import zlib

import test_cli
import test_predict

PNG = True
JPEG = True
PHOTOS = pathlib.Path(__file__).parent / "photos"


def arc(x, y, rx, ry, first, last):
    steps = 16
    angles = [math.radians(first + (last - first) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


# Two ways of writing each digit, as lines of the pen in a unit square, y downwards.
DIGITS = [
    ([arc(.5, .5, .32, .48, -90, 275)], [arc(.52, .5, .3, .5, -110, 240)]),
    ([[(.5, .02), (.5, .98)]], [[(.3, .25), (.52, .02), (.52, .98)]]),
    ([arc(.48, .28, .32, .27, 190, 390) + [(.2, .95), (.85, .95)]], [arc(.5, .3, .33, .3, 180, 380) + [(.15, .92), (.88, .93)]]),
    ([arc(.45, .27, .3, .26, 200, 440) + arc(.45, .73, .34, .27, -80, 150)],
     [[(.2, .05), (.75, .05), (.45, .42)] + arc(.45, .7, .33, .28, -70, 160)]),
    ([[(.62, .02), (.12, .65), (.9, .65)], [(.65, .3), (.65, 1)]], [[(.25, .05), (.2, .52), (.8, .5)], [(.72, .05), (.68, 1)]]),
    ([[(.8, .04), (.3, .04), (.26, .45)] + arc(.48, .68, .32, .29, -110, 150)],
     [[(.28, .05), (.25, .42)] + arc(.45, .67, .33, .3, -90, 140), [(.28, .05), (.82, .02)]]),
    ([[(.68, .02), (.4, .25), (.24, .55)] + arc(.5, .72, .28, .26, 180, -170)],
     [[(.6, 0), (.3, .35)] + arc(.48, .7, .27, .29, 200, -140)]),
    ([[(.12, .05), (.85, .05), (.4, 1)]], [[(.15, .15), (.18, .05), (.85, .06), (.6, .45), (.45, 1)]]),
    ([arc(.5, .26, .25, .25, 90, 450) + arc(.5, .74, .31, .25, -90, 270)],
     [arc(.52, .26, .23, .24, 90, 450) + arc(.5, .73, .3, .26, -90, 270)]),
    ([arc(.5, .28, .28, .27, -20, -370) + [(.76, .5), (.7, 1)]],
     [arc(.48, .3, .27, .28, 0, -350) + [(.75, .3), (.72, .7), (.5, .98), (.3, .92)]]),
]


def draw(lines, rows, cols, size, top, left, pen):
    """How much of each pixel the pen has covered, by its distance from the lines."""
    ink = [0.0] * (rows * cols)
    for line in lines:
        points = [(left + x * size, top + y * size) for x, y in line]
        for (x, y), (u, v) in zip(points, points[1:]):
            dx, dy = u - x, v - y
            square = dx * dx + dy * dy
            for i in range(max(0, int(min(y, v) - pen)), min(rows, int(max(y, v) + pen + 2))):
                for j in range(max(0, int(min(x, u) - pen)), min(cols, int(max(x, u) + pen + 2))):
                    along = ((j + .5 - x) * dx + (i + .5 - y) * dy) / square
                    along = min(1, max(0, along))
                    apart = math.hypot(j + .5 - x - along * dx, i + .5 - y - along * dy)
                    ink[i * cols + j] = max(ink[i * cols + j], min(1, max(0, pen / 2 + .5 - apart)))
    return ink


def flat_jpeg(rows, cols):
    """A grey JPEG of one shade: each block is two bits, no difference and no more."""
    def segment(marker, content):
        return bytes((0xff, marker)) + struct.pack(">H", len(content) + 2) + content

    one_code = bytes((1, *15 * (0,), 0))
    bits = 2 * ((rows + 7) // 8) * ((cols + 7) // 8)
    scan = bytes((bits + 7) // 8 - 1) + bytes((0xff >> (bits - 1) % 8 + 1,))
    return (b"\xff\xd8" + segment(0xdb, b"\0" + 64 * b"\1") + segment(0xc0, struct.pack(">BHH", 8, rows, cols) + b"\1\1\x11\0") +
            segment(0xc4, b"\0" + one_code) + segment(0xc4, b"\x10" + one_code) + segment(0xda, b"\1\1\0\0\x3f\0") +
            scan + b"\xff\xd9")


def picture(numbers, digit, way, kind, rows, cols):
    """The bytes of a file: kind is mouse, paper, board or colour."""
    size = numbers.uniform(.4, .75) * min(rows, cols)
    top = numbers.uniform(.05 * size, rows - 1.05 * size)
    left = numbers.uniform(.05 * size, cols - 1.05 * size)
    pen = max(1.5, size * numbers.uniform(.05, .13))
    ink = draw(DIGITS[digit][way], rows, cols, size, top, left, pen)
    if kind == "mouse":
        dark = numbers.random() < .5
        return b"P5 %d %d 255\n" % (cols, rows) + bytes(round(255 * (1 - x if dark else x)) for x in ink)
    # Light falls from one corner, the paper is rough, and the camera adds noise.
    down, across, noise = numbers.uniform(-.4, .4), numbers.uniform(-.4, .4), numbers.uniform(.01, .03)
    samples = bytearray()
    for i in range(rows):
        for j in range(cols):
            light = .75 * (1 + down * (i / rows - .5) + across * (j / cols - .5))
            part = ink[i * cols + j]
            if kind == "board":
                light *= .25
                colours = (light + part * .55,)
            elif kind == "paper":
                colours = (light * (1 - .7 * part),)
            else:
                colours = (light * (1 - .8 * part), light * (.97 - .75 * part), light * (.9 - .3 * part))
            samples += bytes(round(255 * min(1, max(0, c + numbers.gauss(0, noise)))) for c in colours)
    if kind == "colour" and PNG:
        return test_predict.png(rows, cols, bytes(samples), 2)
    return (b"P6" if kind == "colour" else b"P5") + b" %d %d 255\n" % (cols, rows) + bytes(samples)


class Photos(test_cli.CliTest):
    @classmethod
    def setUpClass(cls):
        cls.nets = pathlib.Path(tempfile.mkdtemp())
        cls.net = cls.nets / "net.npz"
        done = test_cli.run("train", "--iters", 3000, "--lr", "0.5", "--save", cls.net, "--quiet")
        assert done.returncode == 0, done.stderr

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.nets)

    def predict(self, *words):
        return test_cli.run("predict", "--model", self.net, *words)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def answer(self, path, *words):
        """The label, and what stderr says."""
        done = self.predict("--json", *words, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)["images"][0], done.stderr

    def test_twenty_digits(self):
        numbers = random.Random(1)
        sizes = [(100, 100), (150, 120), (120, 200), (200, 260), (100, 140)]
        kinds = ["mouse", "paper", "colour", "board"]
        right = 0
        for i in range(20):
            rows, cols = sizes[i % 5] if i else (800, 1000)
            path = self.write(f"{i}", picture(numbers, i % 10, i // 10, kinds[(i + i // 4) % 4], rows, cols))
            found, said = self.answer(path)
            self.assertRegex(said, rf"\Athalweg predict: {path}: prepared as MNIST's digits: .* of {rows} x {cols}\n\Z")
            right += found["label"] == i % 10
        self.assertGreaterEqual(right, 17)

    def mnist_like(self):
        """A digit as the net has seen them, 28 x 28."""
        return bytes(round(255 * x) for x in draw(DIGITS[3][0], 28, 28, 19, 4, 5, 2.5))

    def test_what_is_taken_as_it_is(self):
        pixels = self.mnist_like()
        light = bytes(255 - x for x in pixels)
        whole = self.write("whole", test_cli.idx(pixels, 1, 28, 28))
        expected, said = self.answer(whole)
        self.assertEqual(said, "")
        same = self.write("a.pgm", b"P5 28 28 255\n" + pixels)
        for words in ((), ("--as-is",)):
            found, said = self.answer(same, *words)
            self.assertEqual((found["probabilities"], said), (expected["probabilities"], ""))
        # With a light border it is prepared, and found to be what it was: all of it is where it should be.
        path = self.write("b.pgm", b"P5 28 28 255\n" + light)
        found, said = self.answer(path)
        self.assertEqual(found["label"], expected["label"])
        self.assertIn(": prepared as MNIST's digits: inverted, taken from rows 3 to 24, columns ", said)
        found, said = self.answer(path, "--as-is")
        self.assertIn("looks inverted", said)
        # Those in arrays are never prepared.
        found, said = self.answer(self.write("c", test_cli.idx(light, 1, 28, 28)))
        self.assertIn("looks inverted", said)

    def test_as_is_refuses_other_sizes(self):
        numbers = random.Random(2)
        self.assert_refused(self.predict("--as-is", self.write("a", picture(numbers, 1, 0, "mouse", 50, 60))),
                            "expected images of 28 x 28 pixels, the net's inputs, found 50 x 60")

    def test_nothing_there(self):
        numbers = random.Random(3)
        noise = bytes(round(min(255, max(0, numbers.gauss(200, 8)))) for _ in range(100 * 120))
        for name, content in (("flat", bytes([200]) * 12000), ("noise", noise)):
            path = self.write(name, b"P5 120 100 255\n" + content)
            self.assert_refused(self.predict(path), f"{path}: expected a digit that stands out from its ground, found "
                                "100 x 120 pixels without one")
        for rows, cols in ((1, 1), (1, 500), (3, 2)):
            path = self.write("tiny", b"P5 %d %d 255\n" % (cols, rows) + bytes(rows * cols))
            self.assert_refused(self.predict(path), "without one")

    def test_claims(self):
        content = bytearray(test_predict.png(1, 1, b"x"))
        content[16:24] = struct.pack(">II", 30000, 30000)
        content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
        if PNG:
            self.assert_refused(self.predict(self.write("a.png", bytes(content))),
                                "expected a picture of 1 to 67108864 pixels, found 30000 x 30000")
        self.assert_refused(self.predict(self.write("a.pgm", b"P5 8000 8000 255\n123")),
                            "expected 64000000 pixels, found 4 bytes")

    def test_jpeg(self):
        grey = PHOTOS / "seven-grey.jpg"
        if not JPEG:
            self.assert_refused(self.predict(grey), "built without libjpeg")
            return
        # In grey; progressive in colours; upside down and on its side, as the Exif tag says.
        for name, digit in (("seven-grey", 7), ("three-colour", 3), ("two-180", 2), ("four-90", 4), ("six-270", 6)):
            with self.subTest(name=name):
                found, said = self.answer(PHOTOS / f"{name}.jpg")
                self.assertEqual(found["label"], digit)
                self.assertIn("prepared as MNIST's digits: inverted", said)
        whole = grey.read_bytes()
        start = whole.index(b"\xff\xc0")
        huge = whole[:start + 5] + struct.pack(">HH", 60000, 1000) + whole[start + 9:]
        for name, content, message in (
                ("cut", whole[:-100], "expected a whole JPEG image, found: Premature end"),
                ("head", whole[:30], "expected a JPEG image, found: "),
                ("huge", huge, f"expected a JPEG image of 60000 x 1000 pixels, found {len(whole)} bytes, which cannot"),
                ("inks", (PHOTOS / "inks.jpg").read_bytes(), "found one in inks (CMYK)")):
            with self.subTest(name=name):
                path = self.write(name, content)
                self.assert_refused(self.predict(path), f"{path}: ", message)
        self.assert_refused(self.predict("--as-is", grey), "expected images of 28 x 28 pixels")

    def test_large_jpegs_in_folders(self):
        """What is trained on keeps its pixels; only a photo that becomes a small digit may be read in a smaller size."""
        if not JPEG:
            return
        for name in ("a", "b"):
            (self.folder / "wide" / name).mkdir(parents=True)
            self.write(f"wide/{name}/1.jpg", flat_jpeg(8, 5120))
        net = self.folder / "wide.npz"
        said = test_cli.run("train", "--data", self.folder / "wide", "--layers", 2, "--epochs", 1, "--save", net)
        self.assertIn("net    40960-2-2, ", said.stdout + said.stderr)
        done = test_cli.run("predict", "--model", net, self.folder / "wide" / "a" / "1.jpg")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_where_a_stroke_of_a_long_picture_is(self):
        rows, cols = 41, 6400
        pixels = b"".join(bytes(255 if not (8 <= i < 33 and 3000 <= j < 3012) else 0 for j in range(cols))
                          for i in range(rows))
        _, said = self.answer(self.write("long.pgm", b"P5 %d %d 255\n" % (cols, rows) + pixels))
        first, last = map(int, re.search(r"columns (\d+) to (\d+)", said).groups())
        self.assertLessEqual(first, 3000)
        self.assertGreaterEqual(last, 3011)
        self.assertLess(last - first, 60)


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    PNG = sys.argv.pop(1) == "with-png"
    JPEG = sys.argv.pop(1) == "with-jpeg"
    unittest.main()
