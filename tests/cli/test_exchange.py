# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Two machines that work on the same files: checkpoints, IDX, .npy. Both compute at the level scalar.

Usage: test_exchange.py path/to/thalweg COMMAND..., the other machine's command with the emulator before it:
test_exchange.py build/tools/thalweg qemu-s390x -L /usr/s390x-linux-gnu build-cross/s390x/tools/thalweg"""

import json
import os
import shutil
import sys
import unittest

import npz_files
import test_cli

HERE, THERE = [], []
NETS = {"two layers": ("--hidden", "8", "--lr", "0.1"),
        "two layers in double": ("--hidden", "8", "--dtype", "f64", "--sampling", "shuffle"),
        "deep": ("--layers", "16,12", "--batch-norm", "--dropout", "0.1"),
        "deep in double": ("--layers", "16,12", "--dtype", "f64", "--optimizer", "momentum")}


def numbers(path):
    """What is in an .npz, whatever the byte order."""
    return {name: npz_files.values(content) for name, content in npz_files.load(path).items()}


class ExchangeTest(test_cli.CliTest):
    def run_on(self, machine, *arguments):
        test_cli.THALWEG[:] = machine
        done = test_cli.run(*arguments, environment={"THALWEG_SIMD": "scalar"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def fit(self, machine, path, *arguments):
        self.run_on(machine, "train", "--data", self.data, "--batch", 20, "--quiet", "--save", path, *arguments)
        return numbers(path)


class Exchange(ExchangeTest):
    def test_a_run_that_begins_on_one_machine_ends_on_the_other(self):
        for first, second in ((HERE, THERE), (THERE, HERE)):
            for name, words in NETS.items():
                with self.subTest(net=name, begins="here" if first is HERE else "there"):
                    whole = self.fit(first, self.out / "whole.npz", "--iters", 40, *words)
                    self.fit(first, self.out / "net.npz", "--iters", 17, *words)
                    self.run_on(second, "train", "--resume", self.out / "net.npz", "--save", self.out / "net.npz",
                                "--iters", 40, "--quiet")
                    self.assertEqual(numbers(self.out / "net.npz"), whole)

    def test_a_net_says_the_same_on_both(self):
        images = self.data / test_cli.FILES[2]
        for name, words in NETS.items():
            with self.subTest(net=name):
                self.fit(THERE, self.out / "net.npz", "--iters", 17, *words)
                said = [self.run_on(machine, "predict", "--model", self.out / "net.npz", "--json", images)
                        for machine in (HERE, THERE)]
                self.assertEqual(len(json.loads(said[0])["images"]), test_cli.TEST_SIZE)
                self.assertEqual(said[0], said[1])

    def test_arrays_of_either_byte_order(self):
        self.fit(HERE, self.out / "net.npz", "--iters", 17, *NETS["two layers"])
        pixels = [7 * i % 256 / 255 if i % 5 == 0 else 0 for i in range(3 * test_cli.SIDE * test_cli.SIDE)]
        said = set()
        for order in "<>":
            path = self.out / "images.npy"
            path.write_bytes(npz_files.npy("f4", (3, test_cli.SIDE, test_cli.SIDE), pixels, order))
            for machine in (HERE, THERE):
                said.add(self.run_on(machine, "predict", "--model", self.out / "net.npz", "--json", path))
        self.assertEqual(len(said), 1)


if __name__ == "__main__":
    HERE[:] = [os.path.abspath(sys.argv[1])]
    THERE[:] = [shutil.which(sys.argv[2]) or sys.argv[2], *sys.argv[3:]]
    test_cli.PATIENCE = 20
    unittest.main(argv=sys.argv[:1])
