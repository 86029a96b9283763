# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""The thalweg command from outside. Usage: test_cli.py path/to/thalweg [unittest arguments]"""

import csv
import gzip
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

# Under an emulator everything takes ten to thirty times as long.
PATIENCE = 20 if os.environ.get("MESON_EXE_WRAPPER") else 1
THALWEG = []  # what starts the program under test, from the command line
FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
         "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
TRAIN_SIZE, TEST_SIZE, SIDE = 240, 60, 12


def idx(values, *shape):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + bytes(values)


def write_data(folder, compress=False):
    """Tiny learnable images: every class is a bright column of its own in noise."""
    numbers = random.Random(1)
    for part, size in ((FILES[0:2], TRAIN_SIZE), (FILES[2:4], TEST_SIZE)):
        labels = [numbers.randrange(10) for _ in range(size)]
        pixels = [255 if column == label else numbers.randrange(80)
                  for label in labels for _ in range(SIDE) for column in range(SIDE)]
        for name, content in zip(part, (idx(pixels, size, SIDE, SIDE), idx(labels, size))):
            if compress:
                (folder / (name + ".gz")).write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)


def launcher(program):
    """What starts a built program: after a cross build the emulator that Meson names comes first."""
    emulator = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))
    # Some tests change PATH.
    return [*(shutil.which(word) or word for word in emulator[:1]), *emulator[1:], os.path.abspath(program)]


def run(*arguments, environment=None, **options):
    """Runs the command, with lines as wide as they want; a variable of `environment` that is None is not set."""
    variables = {name: value for name, value in {**os.environ, "COLUMNS": "300", **(environment or {})}.items()
                 if value is not None}
    return subprocess.run([*THALWEG, *map(str, arguments)], capture_output=True, text=True, timeout=120 * PATIENCE,
                          check=False, env=variables, **options)


def info(**environment):
    """What `thalweg info --json` says."""
    done = run("info", "--json", environment=environment)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def runnable():
    """The levels that can run here, best first: name and whether it has fma."""
    return {level["name"]: level["fma"] for level in info(THALWEG_SIMD="")["levels"] if level["runnable"]}


class CliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.data = self.folder / "data"
        self.data.mkdir()
        write_data(self.data)
        self.out = self.folder / "out"
        self.out.mkdir()

    def train(self, *arguments, **options):
        return run("train", "--data", self.data, *arguments, **options)

    def losses(self, *arguments, **options):
        done = self.train("--json", self.out / "losses.json", "--quiet", *arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads((self.out / "losses.json").read_text())["loss"]

    def assert_refused(self, done, *words):
        """Status 2, nothing on stdout, one line on stderr that has the words."""
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\A[^\n]+\n\Z")
        for word in words:
            self.assertIn(word, done.stderr)


class Options(CliTest):
    def test_numbers_out_of_range(self):
        for option, values, expected in (
                ("--iters", ("0", "-1", "1000000001", "1e4", "x", "1.5", " 1", ""), "1 to 1000000000"),
                ("--batch", ("0", "1000001", "99999999999999999999999"), "1 to 1000000"),
                ("--hidden", ("0", "65537"), "1 to 65536"),
                ("--seed", ("-1", "4294967296"), "0 to 4294967295"),
                ("--threads", ("0", "1025"), "1 to 1024"),
                ("--eval-every", ("0",), "1 to 1000000000"),
                ("--lr", ("nan", "inf", "-inf", "-0.1", "0", "1e999", "0.1x", ""), "a finite number above 0"),
                ("--h", ("nan", "inf", "-1e-4", "0"), "a finite number above 0"),
                ("--init-std", ("nan", "inf", "-1"), "a finite number not below 0")):
            for value in values:
                with self.subTest(option=option, value=value):
                    self.assert_refused(self.train(option, value), f"thalweg train: {option}: expected",
                                        expected, f'found "{value}"')

    def test_words(self):
        self.assert_refused(self.train("--dtype", "f16"), "--dtype: expected f32 or f64, found \"f16\"")
        self.assert_refused(self.train("--gradient", "exact"),
                            "--gradient: expected backprop or numerical, found \"exact\"")
        self.assert_refused(self.train("--sampling", ""),
                            "--sampling: expected replacement or shuffle, found \"\"")
        self.assert_refused(self.train("--bogus"), 'thalweg train: unknown option "--bogus"')
        self.assert_refused(self.train("stray"), 'unexpected argument "stray"')
        self.assert_refused(self.train("info"), 'unexpected argument "info"')
        self.assert_refused(self.train("--lr"), "thalweg train: --lr: expected a value, found none")
        for value in ("1e39", "1e-50"):
            self.assert_refused(self.train("--lr", value), "thalweg train: --lr: expected a number that is finite and above 0 "
                                f"in float32, found {value.replace('e39', 'e+39')}")
        self.assert_refused(self.train("--quiet=3"), "--quiet: expected no value")
        self.assert_refused(self.train("--data", ""), "--data: expected a path")
        self.assert_refused(run(), "thalweg: expected a command")
        self.assert_refused(run("trian"), 'thalweg: unknown command "trian": expected train, ')
        self.assert_refused(run("info", "--bogus"), 'thalweg info: unknown option "--bogus"')

    def test_limits_are_taken_and_the_last_one_counts(self):
        done = self.train("--iters", "0x", "--iters", "1", "--seed", "4294967295", "--init-std", "0",
                          "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_combinations(self):
        self.assert_refused(self.train("--batch", TRAIN_SIZE + 1, "--sampling", "shuffle"),
                            "--batch", "240", "241")
        self.assert_refused(self.train("--h", "1e-4"), "--h: expected only with --gradient numerical")
        self.assert_refused(self.train("--batch", 1000000, "--hidden", 65536), "--batch", "GiB")

    def test_help_and_version(self):
        self.assertRegex(run("--version").stdout, r"\Athalweg \d+\.\d+\.\d+(-dev)?\n\Z")
        for command in ((), ("train",), ("info",)):
            done = run(*command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(run(*command, "-h").stdout, done.stdout)
            self.assertTrue(all(len(line) <= 100 for line in done.stdout.splitlines()), done.stdout)
        text = run("train", "--help").stdout
        for word in ("--data", "--iters", "--batch", "--hidden", "--lr", "--init-std", "--seed", "--dtype",
                     "--sampling", "--threads", "--eval-every", "--csv", "--json", "--quiet", "Examples:",
                     "Exit status:", "synthetic digits"):
            self.assertIn(word, text)
        self.assertIn("Examples:", run("info", "--help").stdout)


class Outputs(CliTest):
    def test_json(self):
        path = self.out / "run.json"
        done = self.train("--iters", 25, "--batch", 20, "--eval-every", 10, "--lr", "0.5", "--dtype", "f64",
                          "--json", path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        found = json.loads(path.read_text())
        self.assertEqual(list(found), ["options", "iterations", "loss", "accuracy", "final", "seconds",
                                       "images_per_second"])
        wanted = {"data": str(self.data), "iters": 25, "batch": 20, "hidden": 50, "lr": 0.5,
                  "init_std": 0.01, "seed": 1, "dtype": "f64", "sampling": "replacement", "eval_every": 10,
                  "csv": None, "json": str(path), "quiet": False}
        self.assertEqual({key: found["options"][key] for key in wanted}, wanted)
        self.assertIn("simd", found["options"])
        self.assertGreaterEqual(found["options"]["threads"], 1)
        self.assertEqual((found["iterations"], len(found["loss"])), (25, 25))
        self.assertAlmostEqual(found["loss"][0], 2.30, delta=0.2)
        self.assertEqual([entry["iteration"] for entry in found["accuracy"]], [1, 10, 20, 25])
        last = found["accuracy"][-1]
        self.assertEqual(found["final"], {"train": last["train"], "test": last["test"]})
        self.assertGreater(found["seconds"], 0)
        self.assertAlmostEqual(found["images_per_second"] * found["seconds"], 500, delta=1e-6)
        self.assertEqual(os.listdir(self.out), ["run.json"])

    def test_learns(self):
        path = self.out / "run.json"
        self.assertEqual(self.train("--iters", 600, "--lr", "0.5", "--json", path).returncode, 0)
        self.assertGreater(json.loads(path.read_text())["final"]["test"], 0.95)

    def test_csv(self):
        path = self.out / "run.csv"
        self.assertEqual(self.train("--iters", 7, "--eval-every", 3, "--csv", path).returncode, 0)
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), ["iteration", "loss", "train_accuracy", "test_accuracy"])
        self.assertEqual([int(row["iteration"]) for row in rows], [1, 2, 3, 4, 5, 6, 7])
        self.assertEqual([int(row["iteration"]) for row in rows if row["test_accuracy"]], [1, 3, 6, 7])
        self.assertEqual([float(row["loss"]) for row in rows], self.losses("--iters", 7))

    def test_plain_lines_and_quiet(self):
        done = self.train("--iters", 4, "--eval-every", 2)
        self.assertEqual(done.stderr, "")
        self.assertNotIn("\r", done.stdout)
        self.assertEqual(len(re.findall(r"^iteration ", done.stdout, re.MULTILINE)), 3)
        self.assertRegex(done.stdout, r"\ntrain accuracy [01]\.\d{4}, test accuracy [01]\.\d{4}, "
                                      r"\d+\.\d\d s, \S+ images/s\n\Z")
        done = self.train("--iters", 4, "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_gzip_is_read_alike(self):
        expected = self.losses("--iters", 5)
        if not info()["zlib"]:
            self.skipTest("built without zlib")
        for name in FILES:
            (self.data / name).unlink()
        write_data(self.data, compress=True)
        self.assertEqual(self.losses("--iters", 5), expected)

    def test_same_bits_with_any_number_of_threads(self):
        for options in (("--dtype", "f32", "--hidden", 300),
                        ("--dtype", "f64", "--sampling", "shuffle", "--batch", 70)):
            one = self.losses("--iters", 30, "--threads", 1, *options)
            for threads in (1, 2, 3, 7):
                self.assertEqual(self.losses("--iters", 30, "--threads", threads, *options), one)

    def test_learns_by_differences_alone(self):
        options = ("--iters", "30", "--dtype", "f64", "--batch", "20")
        backprop = self.losses(*options)
        numerical = self.losses(*options, "--gradient", "numerical")
        # The gradients differ by 1e-7 / p of themselves, p near 0.1, and by h^2 / 6.
        self.assertLess(max(abs(a - b) for a, b in zip(backprop, numerical)), 30 * 1e-6)
        self.assertNotEqual(backprop, numerical)
        self.assertEqual(numerical, self.losses(*options, "--gradient", "numerical", "--threads", "3"))
        self.assertNotEqual(numerical, self.losses(*options, "--gradient", "numerical", "--h", "0.1"))
        self.assertIn("every gradient by central differences, h 1e-04",
                      self.train("--iters", "1", "--gradient", "numerical").stdout)

    def test_seed_matters(self):
        self.assertNotEqual(self.losses("--iters", 2, "--seed", 1), self.losses("--iters", 2, "--seed", 2))

    def test_unwritable(self):
        (self.folder / "file").write_text("kept")
        (self.folder / "nowhere").symlink_to(self.folder / "missing" / "x")
        for path in (self.folder / "missing" / "x", self.folder / "file" / "x", self.folder / "nowhere",
                     self.out, f"{self.out}/new/", "/dev/null/x"):
            for option in ("--csv", "--json"):
                with self.subTest(path=path, option=option):
                    # So many iterations that only a check before training ends in time.
                    self.assert_refused(self.train("--iters", 1000000000, option, path),
                                        f'{option}: cannot write "{path}"')
        self.assertEqual(os.listdir(self.out), [])
        self.assertEqual((self.folder / "file").read_text(), "kept")
        self.assert_refused(self.train("--csv", self.out / "x", "--json", self.out / "x"),
                            "--json: expected another file")
        self.assert_refused(self.train("--csv", ""), "--csv: expected a file name")

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_full_disk(self):
        done = self.train("--iters", 2, "--quiet", "--json", "/dev/full", "--csv", self.out / "run.csv")
        self.assert_refused(done, '--json: cannot write "/dev/full"')
        self.assertEqual(os.listdir(self.out), ["run.csv"])
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([*THALWEG, "info"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("standard output", done.stderr)

    def test_replaces_a_file_and_keeps_links_and_permissions(self):
        target = self.out / "target"
        target.write_text("old")
        target.chmod(0o640)
        (self.out / "link").symlink_to(target)
        self.assertEqual(self.train("--iters", 1, "--csv", self.out / "link").returncode, 0)
        self.assertTrue((self.out / "link").is_symlink())
        self.assertEqual(target.stat().st_mode & 0o777, 0o640)
        self.assertTrue(target.read_text().startswith("iteration,loss"))
        self.assertEqual(sorted(os.listdir(self.out)), ["link", "target"])

    def test_standard_output_as_file(self):
        done = self.train("--iters", 1, "--quiet", "--csv", "/dev/stdout")
        self.assertEqual(len(done.stdout.splitlines()), 2)

    def test_loss_no_longer_finite(self):
        files = ("--json", self.out / "run.json", "--csv", self.out / "run.csv")
        done = self.train("--init-std", "1e39", "--quiet", *files)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr,
                         r"\Athalweg train: the loss is no longer finite at iteration 1: [^\n]*\n\Z")
        found = json.loads((self.out / "run.json").read_text())
        self.assertEqual((found["iterations"], found["loss"]), (1, [None]))
        self.assertEqual(len((self.out / "run.csv").read_text().splitlines()), 2)


class Interrupt(CliTest):
    def start(self, *arguments):
        # Where tests run in the background of a script, Ctrl-C is ignored and a child would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        command = [*THALWEG, "train", "--data", str(self.data), "--iters", "1000000000", *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_ends_cleanly_with_what_was_reached(self):
        process = self.start("--json", str(self.out / "run.json"), "--csv", str(self.out / "run.csv"))
        while not process.stdout.readline().startswith("iteration"):
            self.assertIsNone(process.poll())
        time.sleep(0.2)
        self.assertEqual(os.listdir(self.out), [])
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60 * PATIENCE)
        self.assertEqual((process.returncode, errors), (130, ""))
        self.assertIn("ended by Ctrl-C after", output)
        found = json.loads((self.out / "run.json").read_text())
        self.assertGreaterEqual(found["iterations"], 1)
        self.assertEqual(len(found["loss"]), found["iterations"])
        self.assertEqual(found["accuracy"][-1]["iteration"], found["iterations"])
        self.assertEqual(len((self.out / "run.csv").read_text().splitlines()), found["iterations"] + 1)
        self.assertEqual(sorted(os.listdir(self.out)), ["run.csv", "run.json"])

    def test_ignored_where_it_is_ignored(self):
        script = 'trap "" INT; "$@" & kill -INT $!; wait $!'
        command = [*THALWEG, "train", "--data", str(self.data), "--iters", "3", "--quiet"]
        done = subprocess.run(["sh", "-c", script, "sh", *command], capture_output=True, timeout=60 * PATIENCE,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


class Data(CliTest):
    def test_missing(self):
        self.assert_refused(run("train", "--data", self.folder / "nothing"), "nothing")
        self.assert_refused(run("train", "--data", "a\nb"), "a\\x0ab")
        (self.data / FILES[2]).unlink()
        self.assert_refused(self.train(), FILES[2])

    def test_malformed(self):
        images = [0] * (TRAIN_SIZE * SIDE * SIDE)
        labels = [0] * TRAIN_SIZE
        for what, number, content in (
                ("empty", 0, b""),
                ("truncated header", 0, idx([], TRAIN_SIZE)[:6]),
                ("wrong magic", 1, b"\x00\x00\x0d\x01" + idx(labels, TRAIN_SIZE)[4:]),
                ("images as labels", 1, idx(images, TRAIN_SIZE, SIDE, SIDE)),
                ("promises more than it holds", 0, idx(images[:-1], TRAIN_SIZE, SIDE, SIDE)),
                ("promises far more", 0, idx(images, 0xffffffff, 0xffffffff, 0xffffffff)),
                ("counts disagree", 1, idx(labels[:-1], TRAIN_SIZE - 1)),
                ("label above 9", 1, idx(labels[:-1] + [10], TRAIN_SIZE)),
                ("no images", 0, idx([], 0, SIDE, SIDE))):
            with self.subTest(what=what):
                write_data(self.data)
                (self.data / FILES[number]).write_bytes(content)
                self.assert_refused(self.train("--json", self.out / "run.json"), FILES[number])
                self.assertEqual(os.listdir(self.out), [])

    def test_malformed_gzip(self):
        if not info()["zlib"]:
            self.skipTest("built without zlib")
        good = gzip.compress(idx([1] * TRAIN_SIZE, TRAIN_SIZE))
        (self.data / FILES[1]).unlink()
        for what, content in (("truncated", good[:-12]), ("corrupt", good[:-8] + b"\x00" * 8),
                              ("header only", good[:10])):
            with self.subTest(what=what):
                (self.data / (FILES[1] + ".gz")).write_bytes(content)
                self.assert_refused(self.train(), FILES[1] + ".gz")


if __name__ == "__main__":
    THALWEG = launcher(sys.argv.pop(1))
    unittest.main()
