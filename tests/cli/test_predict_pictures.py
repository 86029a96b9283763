# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""The pictures that thalweg predict reads: netpbm and PNG of every type, and how their pixels count. Usage:
test_predict_pictures.py path/to/thalweg with-png|without-png [unittest arguments]"""

import struct
import sys
import unittest
import zlib

import test_cli
import test_predict
from test_predict import INPUTS, SIDE, chunk, png, single


def packed(values, cols, depth):
    """Rows of values of so few bits, each row in bytes of its own."""
    content = b""
    for i in range(0, len(values), cols):
        bits = "".join(f"{value:0{depth}b}" for value in values[i:i + cols])
        bits += "0" * (-len(bits) % 8)
        content += bytes(int(bits[j:j + 8], 2) for j in range(0, len(bits), 8))
    return content


class Pictures(test_predict.PredictTest):
    def test_pgm(self):
        image = self.images[0]
        header = b"P5\n# by hand\n12 12\n255\n"
        self.assert_answers(self.write("a.pgm", header + image), [self.quotients(image)])
        plain = " ".join(str(pixel) for pixel in image).encode()
        self.assert_answers(self.write("b.pgm", b"P2 12 12 255\n# text\n" + plain + b"\n"), [self.quotients(image)])
        dim = bytes(pixel // 4 for pixel in image)
        self.assert_answers(self.write("c.pgm", b"P5 12 12 63 " + dim), [self.quotients(dim, 63)])
        # A pixel that looks like a blank is a pixel.
        blank = b"\n" + image[1:]
        self.assert_answers(self.write("d.pgm", b"P5 12 12 255\n" + blank), [self.quotients(blank)])

    def test_netpbm(self):
        """Bitmaps, pixels of 16 bits, colours that are grey, and lines that end in two characters."""
        image = self.images[0]
        grey = [self.quotients(image)]
        values = [pixel * 257 + 3 * (pixel < 255) for pixel in image]
        deep = [[single(value / 65535) for value in values]]
        bits = [1 if pixel else 0 for pixel in image]
        black = [[1.0 - bit for bit in bits]]
        words = " looks inverted: dark on a light ground, where MNIST's digits are light on black\n"
        said = f"thalweg predict: {self.folder}/a:{words}"
        for name, content, expected, hint in (
                ("P5, 16 bits", b"P5 12 12 65535\n" + struct.pack(f">{INPUTS}H", *values), deep, ""),
                ("P5, 1000", b"P5 12 12 1000\n" + struct.pack(f">{INPUTS}H", *image), [self.quotients(image, 1000)], ""),
                ("P2, 16 bits", b"P2 12 12 65535\n" + " ".join(map(str, values)).encode(), deep, ""),
                ("P1", b"P1 12 12\n" + " ".join(map(str, bits)).encode(), black, None),
                ("P1 in a row", b"P1 12 12\n" + "".join(map(str, bits)).encode() + b"\n", black, None),
                ("P4", b"P4 12 12\n" + packed(bits, SIDE, 1), black, None),
                ("P3", b"P3 12 12 255\n" + " ".join(f"{pixel} " * 3 for pixel in image).encode(), grey, ""),
                ("P6", b"P6 12 12 255\n" + b"".join(bytes([pixel] * 3) for pixel in image), grey, ""),
                ("P6, 16 bits", b"P6 12 12 65535\n" + b"".join(struct.pack(">3H", *[value] * 3) for value in values),
                 deep, ""),
                ("two characters", b"P5\r\n12 12\r\n255\r\n" + image, grey, ""),
                ("comments", b"P5 # one\n#two\n12\n12 # three\n255\n" + image, grey, ""),
                ("P2, two characters", b"P2\r\n# c\r\n12 12\r\n255\r\n" + " ".join(map(str, image)).encode(), grey, "")):
            with self.subTest(name=name):
                path = self.write("a", content)
                if hint is None:
                    done = self.predict(path)
                    self.assertIn(done.stderr, ("", said))
                    hint = done.stderr
                self.assert_answers(path, expected, hint)
        for content, message in (
                (b"P5 12 12 65536\n" + image, "expected white from 1 to 65535, found 65536"),
                (b"P5 12 12 300\n" + struct.pack(f">{INPUTS}H", *[301] * INPUTS), "expected a pixel up to 300, found 301"),
                (b"P5 12 12 300\n" + image, f"expected {INPUTS} pixels"),
                (b"P4 12 12\n" + bytes(23), "expected a pixel, found the end of the file"),
                (b"P1 12 12\n" + b"2 " * INPUTS, "expected a pixel, 0 or 1, found byte 50"),
                (b"P7\nWIDTH 12\n", "found a PAM picture")):
            with self.subTest(message=message):
                self.assert_refused(self.predict(self.write("a", content)), message)

    def test_png(self):
        path = self.write("a.png", png(SIDE, SIDE, self.images[0]))
        if not test_predict.PNG:
            self.assert_refused(self.predict(path), "built without libpng")
            return
        self.assert_answers(path, [self.quotients(self.images[0])])
        for name, content, message in (
                ("small", png(3, 3, bytes(9)), "expected images of 12 x 12 pixels, the net's inputs, found 3 x 3"),
                ("cut", png(SIDE, SIDE, self.images[0])[:60], "expected a whole PNG image"),
                ("header", png(SIDE, SIDE, self.images[0])[:20], "expected a PNG image"),
                ("end", png(SIDE, SIDE, self.images[0])[:-12], "expected a whole PNG image")):
            with self.subTest(name=name):
                self.assert_refused(self.predict(self.write(name, content)), f"{self.folder}/{name}: ", message)
        # Every checksum counts, also that of a chunk that is not needed.
        whole = png(SIDE, SIDE, self.images[0], more=chunk(b"tRNS", b"\0\7"))
        for place in (whole.index(b"IHDR"), whole.index(b"tRNS"), whole.index(b"IDAT")):
            length = struct.unpack(">I", whole[place - 4:place])[0]
            damaged = bytearray(whole)
            damaged[place + 4 + length] ^= 1
            self.assert_refused(self.predict(self.write("crc", damaged)), "CRC error")

    def spread(self, depth):
        """The pixels of the first image in so few bits, and what they are of white."""
        largest = 2 ** depth - 1
        values = [pixel * largest // 255 for pixel in self.images[0]]
        return values, [single(value / largest) for value in values]

    def test_png_of_every_type(self):
        """Each colour type and depth of the format, with pixels that are grey."""
        if not test_predict.PNG:
            self.skipTest("built without libpng")
        image = self.images[0]
        grey = self.quotients(image)
        for depth in (1, 2, 4, 8):
            values, expected = self.spread(depth)
            ramp = [value * 255 // (2 ** depth - 1) for value in range(2 ** depth)]
            palette = chunk(b"PLTE", b"".join(bytes([value] * 3) for value in ramp))
            for interlaced in (False, True) if depth == 8 else (False,):
                for kind, more in ((0, b""), (3, palette)):
                    with self.subTest(depth=depth, kind=kind, interlaced=interlaced):
                        self.assert_answers(self.write("a.png", png(SIDE, SIDE, packed(values, SIDE, depth), kind, depth,
                                                                    more, interlaced)), [expected])
        # A palette with a transparent entry: what shows is the ground under light strokes.
        values = [value and 15 - value % 4 for value in self.spread(4)[0]]
        expected = [single(value / 15) for value in values]
        seen = chunk(b"PLTE", b"".join(bytes([value * 17] * 3) for value in range(16))) + chunk(b"tRNS", b"\0")
        self.assert_answers(self.write("a.png", png(SIDE, SIDE, packed(values, SIDE, 4), 3, 4, seen)), [expected])
        twice = b"".join(bytes([pixel, 256 - pixel if pixel else 0]) for pixel in image)  # 16 bits: no multiple of 257
        deep = [single(value / 65535) for value in struct.unpack(f">{INPUTS}H", twice)]
        opaque = b"\xff\xff"
        for depth, kind, samples, expected in (
                (16, 0, twice, deep), (8, 2, b"".join(bytes([pixel] * 3) for pixel in image), grey),
                (16, 2, b"".join(twice[2 * i:2 * i + 2] * 3 for i in range(INPUTS)), deep),
                (8, 4, b"".join(bytes([pixel, 255]) for pixel in image), grey),
                (16, 4, b"".join(twice[2 * i:2 * i + 2] + opaque for i in range(INPUTS)), deep),
                (8, 6, b"".join(bytes([pixel] * 3 + [255]) for pixel in image), grey),
                (16, 6, b"".join(twice[2 * i:2 * i + 2] * 3 + opaque for i in range(INPUTS)), deep)):
            for interlaced in (False, True):
                with self.subTest(depth=depth, kind=kind, interlaced=interlaced):
                    self.assert_answers(self.write("a.png", png(SIDE, SIDE, samples, kind, depth, b"", interlaced)),
                                        [expected])

    def test_png_pixels_are_as_stored(self):
        """No chunk that says how pixels are to be shown changes them, and nothing behind the end does."""
        if not test_predict.PNG:
            self.skipTest("built without libpng")
        image = self.images[0]
        profile = b"name\0\0" + zlib.compress(b"no profile at all")
        white = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
        for name, more in (("gAMA", chunk(b"gAMA", struct.pack(">I", 45455))), ("linear", chunk(b"gAMA", struct.pack(
                ">I", 100000))), ("cHRM", chunk(b"cHRM", white) + chunk(b"gAMA", struct.pack(">I", 55000))),
                           ("sRGB", chunk(b"sRGB", b"\0")), ("iCCP", chunk(b"iCCP", profile)),
                           ("tEXt", chunk(b"tEXt", b"Comment\0by hand")), ("sBIT", chunk(b"sBIT", b"\5")),
                           ("bKGD", chunk(b"bKGD", b"\0\xff")), ("unknown", chunk(b"abCd", b"?"))):
            with self.subTest(name=name):
                self.assert_answers(self.write("a.png", png(SIDE, SIDE, image, more=more)), [self.quotients(image)])
        self.assert_answers(self.write("a.png", png(SIDE, SIDE, image) + b"garbage"), [self.quotients(image)])

    def test_transparency(self):
        """What is transparent shows black under light strokes and white under dark ones."""
        if not test_predict.PNG:
            self.skipTest("built without libpng")
        # A stroke in the middle with soft edges: alpha from 0 to 255.
        alpha = [min(255, 60 * max(0, 6 - abs(column - 6)) if 2 <= row <= 9 else 0)
                 for row in range(SIDE) for column in range(SIDE)]
        hint = f"thalweg predict: {self.folder}/a.png: looks inverted: dark on a light ground, where MNIST's digits " \
               "are light on black\n"
        for stroke, expected, said in ((255, alpha, ""), (0, [255 - a for a in alpha], hint)):
            for kind, samples in ((4, b"".join(bytes([stroke, a]) for a in alpha)),
                                  (6, b"".join(bytes([stroke] * 3 + [a]) for a in alpha)),
                                  # Of a pixel that nobody sees the colour does not matter.
                                  (6, b"".join(bytes([stroke if a else 7, stroke, stroke, a]) for a in alpha))):
                with self.subTest(stroke=stroke, kind=kind):
                    self.assert_answers(self.write("a.png", png(SIDE, SIDE, samples, kind)), [self.quotients(expected)],
                                        said)
        # A pixel value that stands for transparent is what the ground looks like.
        dim = bytes(pixel // 3 for pixel in self.images[0])
        self.assert_answers(self.write("a.png", png(SIDE, SIDE, dim, more=chunk(b"tRNS", b"\0\0"))),
                            [self.quotients(dim)])
        self.assert_answers(self.write("a.png", png(SIDE, SIDE, b"".join(bytes([pixel] * 3) for pixel in dim), 2,
                                                    more=chunk(b"tRNS", bytes(6)))), [self.quotients(dim)])
        self.assert_answers(self.write("a.png", png(SIDE, SIDE, bytes(2 * INPUTS), 4)), [[0.0] * INPUTS])

    def test_colours(self):
        """A colour counts as its lightness, as in folders of images to train on."""
        samples = bytearray(b"".join(bytes([pixel] * 3) for pixel in self.images[0]))
        samples[3 * (2 * SIDE + 5):3 * (2 * SIDE + 5) + 3] = b"\xff\x10\x00"
        grey = bytearray(self.images[0])
        grey[2 * SIDE + 5] = 86  # (299 * 255 + 587 * 16) / 1000
        for name, content in (("a.png", png(SIDE, SIDE, bytes(samples), 2)), ("a.ppm", b"P6 12 12 255\n" + samples)):
            if test_predict.PNG or name.endswith("ppm"):
                self.assert_answers(self.write(name, content), [self.quotients(grey)])

    def test_inverted(self):
        """A picture that is dark on light gets a line and a label; a dark border, or no contrast, gets none."""
        dark = [255 - pixel if 1 <= i // SIDE < SIDE - 1 and 1 <= i % SIDE < SIDE - 1 else 255
                for i, pixel in enumerate(self.images[0])]
        content = b"P5 12 12 255\n" + bytes(dark)
        path = self.write("a.pgm", content)
        words = "looks inverted: dark on a light ground, where MNIST's digits are light on black\n"
        self.assert_answers(path, [self.quotients(dark)], f"thalweg predict: {path}: {words}")
        table = self.predict(path)
        self.assertEqual((table.returncode, len(table.stdout.splitlines()), len(table.stderr.splitlines())), (0, 2, 1))
        flat = self.write("flat.pgm", b"P5 12 12 255\n" + b"\xff" * INPUTS)
        self.assert_answers(flat, [[1.0] * INPUTS])
        several = self.write("several", test_cli.idx(bytes(dark) * 2 + self.images[0], 3, SIDE, SIDE))
        self.assert_answers(several, [self.quotients(image) for image in (dark, dark, self.images[0])],
                            f"thalweg predict: {several}: 2 of 3 images look{words[5:]}")
        few = self.write("few", test_cli.idx(bytes(dark) + self.images[0] * 2, 3, SIDE, SIDE))
        self.assert_answers(few, [self.quotients(image) for image in (dark, self.images[0], self.images[0])])


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    test_predict.PNG = sys.argv.pop(1) == "with-png"
    unittest.main()
