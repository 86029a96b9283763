# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg predict from outside. Usage: test_predict.py path/to/thalweg with-png|without-png [unittest arguments]"""

import gzip
import json
import math
import os
import random
import resource
import re
import struct
import subprocess
import sys
import threading
import unittest
import zlib

import npz_files
import test_cli

PNG = True
SIDE = 12
INPUTS = SIDE * SIDE


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(rows, cols, samples, kind=0, depth=8, more=b"", interlaced=False):
    """A PNG file; samples: the bytes of all rows, a list of one a row where they are packed otherwise. kind: 0 grey,
    2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha. more: chunks before the pixels."""
    width = len(samples) // rows
    lines = b"".join(b"\0" + samples[i * width:(i + 1) * width] for i in range(rows))
    header = struct.pack(">IIBBBBB", cols, rows, depth, kind, 0, 0, 1 if interlaced else 0)
    if interlaced:
        lines = b""
        pixel = width // cols
        for row, col, down, across in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
                                       (1, 0, 2, 1)):
            for i in range(row, rows, down):
                lines += b"\0" + b"".join(samples[i * width + j * pixel:i * width + (j + 1) * pixel]
                                          for j in range(col, cols, across))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(lines))
            + chunk(b"IEND", b""))


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


class PredictTest(test_cli.CliTest):
    """A net, images for it and what it answers."""

    def setUp(self):
        super().setUp()
        numbers = random.Random(1)
        # Three layers in double, and an array that is no layer.
        self.layers = []
        for inputs, outputs in ((INPUTS, 7), (7, 5), (5, 4)):
            self.layers.append(([[numbers.gauss(0, 1) for _ in range(outputs)] for _ in range(inputs)],
                                [numbers.gauss(0, 1) for _ in range(outputs)]))
        self.members = {"note": npz_files.text("hello")}
        for number, (weights, bias) in enumerate(self.layers, 1):
            shape = (len(weights), len(bias))
            self.members[f"W{number}"] = npz_files.npy("f8", shape, [x for row in weights for x in row])
            self.members[f"b{number}"] = npz_files.npy("f8", (len(bias),), bias)
        self.model = npz_files.save(self.folder / "net.npz", self.members)
        self.images = [bytes(numbers.choice((0, 0, numbers.randrange(256))) for _ in range(INPUTS))
                       for _ in range(3)]

    def expected(self, pixels):
        z = pixels
        for number, (weights, bias) in enumerate(self.layers):
            a = [math.fsum(x * row[j] for x, row in zip(z, weights)) + b for j, b in enumerate(bias)]
            z = [1 / (1 + math.exp(-x)) for x in a] if number < 2 else [math.exp(x - max(a)) for x in a]
        return [x / math.fsum(z) for x in z]

    def quotients(self, image, white=255):
        return [single(pixel / white) for pixel in image]

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def predict(self, *files, model=None, **options):
        return test_cli.run("predict", "--model", model or self.model, *files, **options)

    def assert_answers(self, path, inputs, hint="", **options):
        done = self.predict("--json", path, **options)
        self.assertEqual((done.returncode, done.stderr), (0, hint))
        found = json.loads(done.stdout)
        self.assertEqual(found["model"], str(self.model))
        self.assertEqual([(image["file"], image["index"]) for image in found["images"]],
                         [(str(path), i) for i in range(len(inputs))])
        for image, pixels in zip(found["images"], inputs):
            expected = self.expected(pixels)
            self.assertEqual(image["label"], expected.index(max(expected)))
            # Sums of 144 products near 1 in double: 144 * 144 * 2^-53 = 2e-12 at the very worst.
            self.assertLess(max(abs(a - b) for a, b in zip(image["probabilities"], expected)), 1e-11)


class Predict(PredictTest):
    def test_idx(self):
        everything = b"".join(self.images)
        inputs = [self.quotients(image) for image in self.images]
        for name, content, expected in (
                ("many", test_cli.idx(everything, 3, SIDE, SIDE), inputs),
                ("one", test_cli.idx(self.images[1], SIDE, SIDE), inputs[1:2])):
            self.assert_answers(self.write(name, content), expected)
        if test_cli.info()["zlib"]:
            self.assert_answers(self.write("z", gzip.compress(test_cli.idx(everything, 3, SIDE, SIDE))), inputs)

    def test_standard_input_and_pipes(self):
        """A picture of each kind through a pipe, - and a file as standard input."""
        image = self.images[0]
        pgm = b"P5 12 12 255\n" + image
        everything = test_cli.idx(b"".join(self.images), 3, SIDE, SIDE)
        inputs = [self.quotients(image) for image in self.images]
        kinds = [(pgm, inputs[:1]), (everything, inputs),
                 (npz_files.npy("u1", (3, SIDE, SIDE), b"".join(self.images)), inputs)]
        if PNG:
            kinds.append((png(SIDE, SIDE, image), inputs[:1]))
        if test_cli.info()["zlib"]:
            kinds.append((gzip.compress(everything), inputs))
        for content, expected in kinds:
            with self.subTest(start=content[:6]):
                for name in ("-", "/dev/stdin"):
                    done = subprocess.run([*test_cli.THALWEG, "predict", "--json", "--model", self.model, name],
                                          input=content, capture_output=True, check=True)
                    self.assertEqual(done.stderr, b"")
                    found = json.loads(done.stdout)["images"]
                    self.assertEqual({each["file"] for each in found}, {name})
                    direct = json.loads(self.predict("--json", self.write("a", content)).stdout)["images"]
                    self.assertEqual([each["probabilities"] for each in found],
                                     [each["probabilities"] for each in direct])
                    self.assertEqual(len(found), len(expected))
                with open(self.write("a", content), "rb") as file:
                    self.assert_answers("-", expected, stdin=file)
                pipe = self.folder / "pipe"
                os.mkfifo(pipe)
                writer = threading.Thread(target=pipe.write_bytes, args=(content,))
                writer.start()
                self.assert_answers(pipe, expected)
                writer.join()
                pipe.unlink()
        for content, message in ((b"", "found an empty one"), (b"<html>", "found a web page (HTML)"),
                                 (pgm[:-1], "offset 156: expected a pixel, found the end of the file"),
                                 (pgm + b"\0" * 10 ** 6, "expected a netpbm picture of 144 pixels in at most")):
            done = subprocess.run([*test_cli.THALWEG, "predict", "--model", self.model, "-"], input=content,
                                  capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertTrue(done.stderr.startswith(b"thalweg predict: standard input: "), done.stderr)
            self.assertIn(message.encode(), done.stderr)
        with open("/dev/null", "rb") as nothing:
            self.assert_refused(self.predict("-", stdin=nothing), "standard input: expected an image, found a device")

    def test_npy(self):
        pixels = [self.quotients(image) for image in self.images]
        flat = [x for row in pixels for x in row]
        everything = list(b"".join(self.images))
        for code, shape, values, expected in (
                ("f8", (3, INPUTS), flat, pixels), ("f4", (3, INPUTS), flat, pixels),
                ("f8", (INPUTS,), [2 * x for x in pixels[0]], [[2 * x for x in pixels[0]]]),
                ("f4", (SIDE, SIDE), pixels[1], pixels[1:2]), ("u1", (1, SIDE, SIDE), everything[:INPUTS], pixels[:1]),
                ("u1", (SIDE, SIDE, 1), everything[:INPUTS], pixels[:1]), ("u1", (3, SIDE, SIDE), everything, pixels),
                ("f4", (3, SIDE, SIDE), flat, pixels), ("u1", (3, 1, SIDE, SIDE), everything, pixels),
                ("u1", (3, SIDE, SIDE, 1), everything, pixels), ("u1", (1, INPUTS), everything[:INPUTS], pixels[:1]),
                ("u1", (INPUTS, 1), everything[:INPUTS], pixels[:1]), ("u1", (3, 1, INPUTS), everything, pixels),
                ("f8", (0, SIDE, SIDE), [], []),
                ("u1", (3, INPUTS), everything, pixels), ("i8", (SIDE, SIDE), everything[:INPUTS], pixels[:1]),
                ("b1", (INPUTS,), [True] * INPUTS, [[1.0] * INPUTS])):
            with self.subTest(code=code, shape=shape):
                self.assert_answers(self.write("x.npy", npz_files.npy(code, shape, values)), expected)
        for code, shape, values, message in (
                ("u1", (7,), [0] * 7, f"expected ({INPUTS},), (n, {INPUTS}) or (n, rows, columns), found (7,)"),
                ("u1", (SIDE, SIDE, 3), [0] * 3 * INPUTS, "found shape (12, 12, 3), which has 3 channels of colour"),
                ("u1", (2, SIDE, SIDE, 3), [0] * 6 * INPUTS, "found (2, 12, 12, 3)"),
                ("u1", (2, 3, 4), [0] * 24, "expected images of 12 x 12 pixels, the net's inputs, found 3 x 4"),
                ("u1", (), [1], "found ()"), ("f4", (2, 3), [0] * 6, "expected images of 12 x 12 pixels"),
                ("i8", (INPUTS,), [256] + [0] * (INPUTS - 1), "expected pixels from 0 to 255"),
                ("f8", (INPUTS,), [0] * 5 + [math.inf] + [0] * (INPUTS - 6), "element 5: expected a finite")):
            with self.subTest(code=code, shape=shape):
                path = self.write("x.npy", npz_files.npy(code, shape, values))
                self.assert_refused(self.predict(path), f"{path}: ", message)

    def test_a_double_beyond_a_float_net(self):
        path = npz_files.save(self.folder / "float.npz", {"W1": npz_files.npy("f4", (1, 2), [1, 2]),
                                                          "b1": npz_files.npy("f4", (2,), [0, 0])})
        image = self.write("x.npy", npz_files.npy("f8", (1,), [1e300]))
        self.assert_refused(self.predict(image, model=path), f"thalweg predict: {image}: ",
                            "element 0: expected a value that float32 holds")

    def test_table(self):
        one = self.write("a.pgm", b"P5 12 12 255\n" + self.images[0])
        two = self.write("two", test_cli.idx(b"".join(self.images[:2]), 2, SIDE, SIDE))
        done = self.predict(one, two)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"\Aimage +label +p\(0\) +p\(1\) +p\(2\) +p\(3\)\Z")
        self.assertEqual([line.split()[0] for line in lines[1:]], [str(one), f"{two}[0]", f"{two}[1]"])
        expected = self.expected(self.quotients(self.images[0]))
        self.assertEqual(lines[1].split()[1:],
                         [str(expected.index(max(expected)))] + [f"{p:.4f}" for p in expected])

    def test_a_trained_net(self):
        net = self.out / "net.npz"
        self.assertEqual(self.train("--iters", 600, "--lr", "0.5", "--save", net, "--quiet").returncode, 0)
        done = self.predict("--json", self.data / test_cli.FILES[2], model=net)
        found = [image["label"] for image in json.loads(done.stdout)["images"]]
        labels = (self.data / test_cli.FILES[3]).read_bytes()[8:]
        self.assertGreater(sum(a == b for a, b in zip(found, labels)), 0.95 * len(labels))

    def test_refused_files(self):
        image = self.images[0]
        for name, content, message in (
                ("empty", b"", "found an empty one"), ("text", b"hello", 'found text, "hello"'),
                ("page", b"<!DOCTYPE html><html>", "found a web page (HTML)"), ("odd", b"\1\2\3\4", "found another"),
                ("a.jp2", b"\0\0\0\x0cjP  \r\n", "found a JPEG 2000 picture"), ("a.gif", b"GIF89a", "found a GIF picture"),
                ("a.bmp", b"BM6\0\0\0\0\0\0\0", "found a BMP picture"), ("a.tif", b"II*\0", "found a TIFF picture"),
                ("a.webp", b"RIFF\0\0\0\0WEBP", "found a WebP picture"), ("a.pdf", b"%PDF-1.4", "found a PDF document"),
                ("a.heic", b"\0\0\0\x18ftypheic", "found a HEIC picture"),
                ("zip", self.model.read_bytes(), "found a zip archive"),
                ("labels", test_cli.idx([1, 2, 3], 3), "expected images: 2 dimensions, or 3 for several, found 1"),
                ("wide", test_cli.idx(image, 9, 16), "expected images of 12 x 12 pixels, the net's inputs, found 9 x 16"),
                ("short", test_cli.idx(image[:-1], SIDE, SIDE), "offset"),
                ("a.pgm", b"P5 12 12 255\n" + image[:-1], "expected a pixel, found the end of the file"),
                ("b.pgm", b"P5 12 12 255\n" + image + b"x", "offset 157: expected the end after 144 pixels, found more"),
                ("c.pgm", b"P5 12 12 65536\n" + image, "offset 9: expected white from 1 to 65535"),
                ("d.pgm", b"P5 12 -1 255\n" + image, "expected rows from 1 to 65536, found byte 45"),
                ("e.pgm", b"P5 4000 4000 255\n" + image, "expected images of 12 x 12 pixels"),
                ("f.pgm", b"P5 12", "expected rows, found the end of the file"),
                ("g.pgm", b"P512 12 255\n" + image, "expected a blank before columns"),
                ("h.pgm", b"P2 12 12 9 " + b"10 " * INPUTS, "expected a pixel from 0 to 9, found 10"),
                ("i.pgm", b"P5 12 12 9 " + b"\x0a" * INPUTS, "expected a pixel up to 9, found 10"),
                ("j.pgm", b"P2 12 12 9 " + b" " * 100000, "expected a netpbm picture of 144 pixels in at most")):
            with self.subTest(name=name):
                self.assert_refused(self.predict(self.write(name, content)), "thalweg predict: ",
                                    f"{self.folder}/{name}: ", message)
        self.assert_refused(self.predict(self.folder / "nothing"), "nothing: expected an image, found: No such")

    def test_folders(self):
        """All files of a folder, sorted, in the place where it was named."""
        scans = self.folder / "scans"
        (scans / "more").mkdir(parents=True)
        self.assert_refused(self.predict(scans), f"{scans}: expected files of images, found no file, but 1 folder; name one of them")
        for name in ("10", "9", "b"):
            (scans / name).write_bytes(b"P5 12 12 255\n" + self.images[0])
        (scans / ".hidden").write_text("no image")
        one = self.write("one.pgm", b"P5 12 12 255\n" + self.images[1])
        for named in (scans, f"{scans}/"):
            done = self.predict("--json", one, named, one)
            files = [image["file"] for image in json.loads(done.stdout)["images"]]
            self.assertEqual(files, [str(one), f"{scans}/10", f"{scans}/9", f"{scans}/b", str(one)])
        (scans / "c").write_text("hello")
        self.assert_refused(self.predict(scans), f'{scans}/c: ', 'found text, "hello"')
        self.assert_refused(self.predict(self.folder / "none"), "none: expected an image, found: No such")
        (scans / "more" / "empty").mkdir()
        self.assert_refused(self.predict(scans / "more" / "empty"), "empty: expected files of images, found none")

    def test_refused_models(self):
        good = self.write("a.pgm", b"P5 12 12 255\n" + self.images[0])
        self.assert_refused(self.predict(good, model=good), f"{good}: ")
        for change, message in (({"W1": None}, "W1"), ({"b3": None}, "b3"), ({"W2": None}, "found b2 but no W2"),
                                ({"b1": npz_files.npy("f4", (3,), [0] * 3)}, "b1 must be [1,7], found [1,3]")):
            members = {**self.members, **change}
            path = npz_files.save(self.folder / "bad.npz", {k: v for k, v in members.items() if v is not None})
            self.assert_refused(self.predict(good, model=path), f"{path}: ", message)

    def test_a_net_without_inputs_or_outputs(self):
        images = [self.write("none", test_cli.idx([], 2, 0, 0)), self.write("none.npy", npz_files.npy("u1", (0, 0), [])),
                  self.write("one", test_cli.idx([7], 1, 1))]
        for inputs, outputs in ((0, 3), (1, 0), (0, 0)):
            path = npz_files.save(self.folder / "bad.npz", {
                "W1": npz_files.npy("f4", (inputs, outputs), []), "b1": npz_files.npy("f4", (outputs,), [0] * outputs)})
            for image in images:
                self.assert_refused(self.predict(image, model=path), "--model: expected a net with inputs and outputs",
                                    f"found {inputs} inputs and {outputs} outputs", str(path))

    # A net without hidden units may have any number of inputs in a small file, and an image claim as many pixels.
    def test_claims_take_no_memory(self):
        side = 60000
        path = npz_files.save(self.folder / "wide.npz", {
            "W1": npz_files.npy("f4", (side * side, 0), []), "b1": npz_files.npy("f4", (0,), []),
            "W2": npz_files.npy("f4", (0, 3), []), "b2": npz_files.npy("f4", (3,), [0] * 3)})
        files = [("a.pgm", b"P5 60000 60000 255\n" + bytes(50), "offset 18: expected 3600000000 pixels, found 51 bytes"),
                 ("b.pgm", b"P5 12 12 255\n" + self.images[0], "expected images of 60000 x 60000 pixels")]
        if PNG:
            content = bytearray(png(1, 1, b"x"))
            content[16:24] = struct.pack(">II", side, side)
            content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
            files.append(("a.png", bytes(content), f"expected a PNG image of 60000 x 60000 pixels, found {len(content)} bytes"))
        for name, content, message in files:
            with self.subTest(name=name):
                before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
                self.assert_refused(self.predict(self.write(name, content), model=path), f"{name}: ", message)
                grown = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss - before
                self.assertLess(grown, 500_000, "kilobytes more than any program before")

    def test_options(self):
        self.assert_refused(test_cli.run("predict", "x"), "thalweg predict: --model: expected the .npz file of a net, found none")
        self.assert_refused(test_cli.run("predict", "a.npz", "x"), "found none; did you mean --model a.npz?")
        self.assert_refused(test_cli.run("predict", "--model", ""), "--model: expected a file name")
        self.assert_refused(self.predict(), "IMAGE: expected files of images or tables, or folders of them, found none")
        self.assert_refused(self.predict("--bogus", "x"), 'unknown option "--bogus"')
        text = test_cli.run("predict", "--help").stdout
        for word in ("--model", "--json", "IMAGE", "Examples:", "Exit status:"):
            self.assertIn(word, text)
        self.assertFalse(re.search(r"^.{101}", text, re.MULTILINE))


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    PNG = sys.argv.pop(1) == "with-png"
    unittest.main()
