# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg train --save, --resume, --checkpoint-every from outside, and killed.

Usage: test_checkpoint.py path/to/thalweg [--kills N] [unittest arguments]"""

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

import npz_files
import test_cli

KILLS = 6
SMALL = ("--hidden", "8", "--batch", "20", "--threads", "1", "--quiet")
PARAMETERS = ("W1", "b1", "W2", "b2")


def number(content):
    return npz_files.values(content)[2][0]


class CheckpointTest(test_cli.CliTest):
    def setUp(self):
        super().setUp()
        self.net = self.out / "net.npz"

    def succeed(self, *arguments, **options):
        done = self.train(*arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done

    def saved(self, name, *arguments):
        """The members after a run with these options."""
        path = self.out / name
        self.succeed(*SMALL, "--save", path, *arguments)
        return npz_files.load(path)


class Resume(CheckpointTest):
    def test_has_the_bits_of_a_run_that_was_never_stopped(self):
        for options in ((), ("--dtype", "f64"), ("--sampling", "shuffle"),
                        ("--sampling", "shuffle", "--dtype", "f64", "--lr", "0.3", "--seed", "7"),
                        ("--gradient", "numerical"),
                        ("--gradient", "numerical", "--h", "0.01", "--dtype", "f64", "--sampling", "shuffle")):
            with self.subTest(options=options):
                whole = self.saved("whole.npz", "--iters", 40, "--checkpoint-every", 10, "--json",
                                   self.out / "whole.json", *options)
                self.succeed(*SMALL, "--iters", 17, "--checkpoint-every", 10, "--save", self.net, *options)
                # All that the bits depend on comes from the file, the data's directory included.
                done = test_cli.run("train", "--resume", self.net, "--save", self.net, "--iters", 40,
                                    "--json", self.out / "rest.json", "--quiet")
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
                self.assertEqual(npz_files.load(self.net), whole)
                first = json.loads((self.out / "whole.json").read_text())
                rest = json.loads((self.out / "rest.json").read_text())
                self.assertEqual((rest["iterations"], rest["first_iteration"]), (40, 18))
                self.assertEqual(rest["loss"], first["loss"][17:])
                self.assertEqual(rest["final"], first["final"])
                self.assertNotIn("first_iteration", first)
                for key in ("batch", "hidden", "lr", "seed", "gradient", "h", "dtype", "sampling", "threads",
                            "eval_every", "checkpoint_every", "data"):
                    self.assertEqual(rest["options"][key], first["options"][key], key)

    def test_file_holds_the_net_under_the_books_names(self):
        found = self.saved("net.npz", "--iters", 3)
        self.assertEqual([npz_files.values(found[name])[:2] for name in PARAMETERS],
                         [("f4", (144, 8)), ("f4", (8,)), ("f4", (8, 10)), ("f4", (10,))])
        self.assertEqual(number(found["iteration"]), 3)
        self.assertEqual(len(npz_files.values(found["rng_words"])[2]), 624)
        self.assertEqual(bytes(npz_files.values(found["sampling"])[2]).decode(), "replacement")
        for content in found.values():  # numbers only: NumPy loads them without pickle
            self.assertIn(npz_files.values(content)[0], npz_files.CODES)

    def test_at_or_past_the_last_iteration_nothing_is_trained(self):
        before = self.saved("net.npz", "--iters", 20)
        for iters in (20, 5):
            with self.subTest(iters=iters):
                done = self.succeed("--resume", self.net, "--iters", iters, "--json", self.out / "run.json",
                                    "--save", self.out / "copy.npz", "--csv", self.out / "run.csv")
                self.assertIn("after iteration 20: nothing left to train", done.stdout)
                found = json.loads((self.out / "run.json").read_text())
                self.assertEqual((found["iterations"], found["first_iteration"], found["loss"]), (20, 21, []))
                self.assertEqual([entry["iteration"] for entry in found["accuracy"]], [20])
                self.assertEqual(len((self.out / "run.csv").read_text().splitlines()), 1)
                copy = npz_files.load(self.out / "copy.npz")
                self.assertEqual(number(copy.pop("iters")), iters)
                self.assertEqual(copy, {key: value for key, value in before.items() if key != "iters"})

    def test_without_iters_the_file_says_how_far(self):
        whole = self.saved("whole.npz", "--iters", 30)
        self.saved("net.npz", "--iters", 11)
        cut = npz_files.load(self.net)
        cut["iters"] = whole["iters"]
        self.succeed("--resume", npz_files.save(self.net, cut), "--save", self.net, "--quiet")
        self.assertEqual(npz_files.load(self.net), whole)

    def test_csv_counts_on(self):
        self.saved("net.npz", "--iters", 4)
        self.succeed("--resume", self.net, "--iters", 6, "--csv", self.out / "run.csv")
        rows = [row.split(",") for row in (self.out / "run.csv").read_text().splitlines()[1:]]
        self.assertEqual([row[0] for row in rows], ["5", "6"])
        self.assertEqual([row[2] != "" for row in rows], [False, True])

    def test_csv_continues_a_table(self):
        self.succeed(*SMALL, "--iters", 9, "--csv", self.out / "whole.csv")
        self.saved("net.npz", "--iters", 4, "--csv", self.out / "run.csv")
        # Rows behind the checkpoint are of a run that is gone.
        with open(self.out / "run.csv", "a", encoding="ascii") as table:
            table.write("5,9.9,,\n6,9.9")
        self.succeed("--resume", self.net, "--iters", 9, "--csv", self.out / "run.csv")
        whole, run = ((self.out / name).read_text().splitlines() for name in ("whole.csv", "run.csv"))
        self.assertEqual([row.split(",")[:2] for row in run], [row.split(",")[:2] for row in whole])
        (self.out / "run.csv").write_text("a,b\n")
        self.assert_refused(self.train("--resume", self.net, "--csv", self.out / "run.csv"), "--csv: expected a table")

    def test_the_rate_may_change(self):
        self.saved("net.npz", "--iters", 4)
        done = self.succeed("--resume", self.net, "--iters", 6, "--lr", "0.2", "--json", self.out / "run.json", "--save",
                            self.net)
        self.assertIn("learning rate 0.2, before 0.1\n", done.stdout)
        self.assertEqual(json.loads((self.out / "run.json").read_text())["options"]["lr"], 0.2)
        self.assertEqual(number(npz_files.load(self.net)["lr"]), 0.2)

    def test_given_again_options_are_welcome(self):
        self.saved("net.npz", "--iters", 4, "--gradient", "numerical", "--h", "1e-3", "--lr", "0.25")
        self.succeed("--resume", self.net, "--iters", 5, "--gradient", "numerical", "--h", "0.001", "--lr",
                     "0.25", "--batch", "20", "--hidden", "8", "--seed", "1", "--threads", "2",
                     "--eval-every", "1")

    def test_options_that_disagree(self):
        self.saved("net.npz", "--iters", 4)
        for option, value, expected in (
                ("--batch", "21", "20"), ("--hidden", "9", "8"), ("--seed", "2", "1"),
                ("--init-std", "0.02", "0.01"), ("--sampling", "shuffle", "replacement"),
                ("--gradient", "numerical", "backprop"), ("--dtype", "f64", "f32")):
            with self.subTest(option=option):
                self.assert_refused(
                    self.train("--resume", self.net, option, value),
                    f'thalweg train: {option}: expected {expected} as in "{self.net}"', f"found {value}")
        self.assert_refused(self.train("--resume", self.net, "--h", "1"), "--h: expected only with --gradient")
        self.saved("net.npz", "--iters", 4, "--gradient", "numerical")
        self.assert_refused(self.train("--resume", self.net, "--h", "0.5"), "--h: expected 1e-04 as in")
        self.assert_refused(self.train("--checkpoint-every", "5"), "--checkpoint-every: expected only with --save")
        self.assert_refused(self.train("--save", self.net, "--json", self.net), "--save: expected another file")
        self.assert_refused(self.train("--checkpoint-every", "0"), "--checkpoint-every: expected")

    def test_the_datas_name_in_a_file_cannot_move_the_terminal(self):
        odd = self.folder / "odd\x1b[31m"
        odd.symlink_to(self.data)
        made = test_cli.run("train", "--data", odd, *SMALL, "--iters", 4, "--save", self.net)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        done = test_cli.run("train", "--resume", self.net, "--iters", 7)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f" from {self.folder}/odd\\x1b[31m\n", done.stdout)

    def test_other_data(self):
        self.saved("net.npz", "--iters", 4)
        labels = self.data / test_cli.FILES[3]
        content = bytearray(labels.read_bytes())
        content[-1] = (content[-1] + 1) % 10
        labels.write_bytes(content)
        self.assert_refused(self.train("--resume", self.net), "--resume: expected the data that", str(self.net))

    def test_level_with_fma_and_one_without(self):
        with_fma = [level for level, fma in test_cli.runnable().items() if fma]
        if not with_fma:
            self.skipTest("no level with fma")
        for level in with_fma:
            done = self.train(*SMALL, "--iters", 2, "--save", self.net, environment={"THALWEG_SIMD": level})
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_refused(self.train("--resume", self.net, environment={"THALWEG_SIMD": "scalar"}),
                                "--resume: expected a level with fma", level, "found scalar")
            for other in with_fma:
                done = self.train("--resume", self.net, "--iters", 3, environment={"THALWEG_SIMD": other})
                self.assertEqual(done.returncode, 0, done.stderr)


class Files(CheckpointTest):
    def test_malformed(self):
        good = self.saved("good.npz", "--iters", 4, "--sampling", "shuffle")
        order = npz_files.values(good["batches_order"])[2]
        self.assertEqual(len(order), test_cli.TRAIN_SIZE)
        nan = npz_files.npy("f8", (), [float("nan")])
        for member, content, message in (
                ("checkpoint_version", None, "it has no checkpoint_version"),
                ("checkpoint_version", npz_files.npy("u8", (), [2]), "checkpoint_version: expected 1 to 1, found 2"),
                ("iteration", npz_files.npy("u8", (), [2000000000]), "iteration: expected 0 to 1000000000"),
                ("iteration", npz_files.npy("i8", (), [-1]), "iteration"),
                ("iteration", npz_files.npy("f8", (), [1.5]), "iteration"),
                ("iteration", npz_files.npy("u8", (2,), [1, 2]), "iteration"),
                ("iters", npz_files.npy("u8", (), [0]), "iters: expected 1 to 1000000000, found 0"),
                ("hidden", npz_files.npy("u8", (), [9]), "W1: expected (144, 9), found (144, 8)"),
                ("hidden", npz_files.npy("u8", (), [65537]), "hidden: expected 1 to 65536"),
                ("lr", nan, "lr: expected a finite number above 0, found nan"),
                ("init_std", nan, "init_std: expected a finite number"),
                ("dtype", npz_files.text("f16"), 'dtype: expected f32 or f64, found "f16"'),
                ("dtype", npz_files.npy("u1", (100,), [27, 200, 65] * 33 + [65]),
                 'dtype: expected f32 or f64, found "' + "??A" * 20 + '..."\n'),
                ("dtype", npz_files.text("f64"), "W1: expected float64, found float32"),
                ("sampling", npz_files.text("replacement"), "next must be 0 with replacement"),
                ("gradient", npz_files.text("numerical"), "h: expected a finite number above 0, found 0"),
                ("rng_words", npz_files.npy("u4", (3,), [1, 2, 3]), "rng_words: expected 624 of them, found 3"),
                ("rng_position", npz_files.npy("u4", (), [625]), "rng_position: expected 0 to 624, found 625"),
                ("batches_next", npz_files.npy("u8", (), [81]), "next must be a multiple of batch_size = 20"),
                ("batches_order", npz_files.npy("u4", (240,), order[1:] + order[1:2]), "twice"),
                ("threads", npz_files.npy("u4", (), [1025]), "threads: expected 0 to 1024"),
                ("W2", None, "W2"), ("b1", None, "b1"), ("data_hash", None, "data_hash"),
                ("b2", npz_files.npy("f4", (9,), [0] * 9), "b2: expected (1, 10), found (1, 9)")):
            with self.subTest(member=member, message=message):
                members = {**good, member: content}
                if content is None:
                    del members[member]
                path = npz_files.save(self.net, members)
                self.assert_refused(self.train("--resume", path, "--save", path, "--quiet"),
                                    f"thalweg train: {path}: ", message)
                self.assertEqual(npz_files.load(path), members)

    def test_no_archive(self):
        self.assert_refused(self.train("--resume", self.net), str(self.net))
        self.assert_refused(self.train("--resume", self.data), str(self.data))
        whole = self.out / "whole.npz"
        self.succeed(*SMALL, "--iters", 2, "--save", whole)
        for size in (0, 10, 1000, whole.stat().st_size - 1):
            self.net.write_bytes(whole.read_bytes()[:size])
            self.assert_refused(self.train("--resume", self.net), f"{self.net}: offset ")

    def test_unwritable(self):
        for path in (self.folder / "missing" / "net.npz", self.out):
            self.assert_refused(self.train("--iters", 1000000000, "--save", path), f'--save: cannot write "{path}"')
        self.assert_refused(self.train("--save", ""), "--save: expected a file name")

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_full_disk_ends_training_but_keeps_results(self):
        done = self.train("--iters", 100, "--checkpoint-every", 7, "--quiet", "--save", "/dev/full", "--json",
                          self.out / "run.json")
        self.assert_refused(done, "thalweg train: --save: /dev/full")
        self.assertEqual(json.loads((self.out / "run.json").read_text())["iterations"], 7)
        done = self.train("--iters", 100, "--checkpoint-every", 7, "--save", "/dev/full")
        self.assertEqual(done.returncode, 2)
        self.assertIn("ended for want of a checkpoint after 7 of 100 iterations", done.stdout)

    def test_loss_no_longer_finite_saves_nothing(self):
        done = self.train("--init-std", "1e39", "--quiet", "--save", self.net)
        self.assertEqual(done.returncode, 1)
        self.assertFalse(self.net.exists())

    def test_interrupted_run_is_saved(self):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        command = [*test_cli.THALWEG, "train", "--data", self.data, "--iters", "1000000000", "--save", self.net]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while not process.stdout.readline().startswith("iteration"):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=60 * test_cli.PATIENCE)
        self.assertEqual((process.returncode, errors), (130, ""))
        self.assertIn(f"after {number(npz_files.load(self.net)['iteration'])} of ", output)


class Killed(CheckpointTest):
    """The last checkpoint is whole, never older than one seen before, and the run ends with the same bits."""

    def kill_once(self, seconds, options, how):
        resume = ("--resume", self.net) if self.net.exists() else options
        command = [*test_cli.THALWEG, "train", "--data", self.data, "--iters", "1000000000", "--quiet", "--save",
                   self.net, "--checkpoint-every", "3", *resume]
        with subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE) as process:
            time.sleep(seconds)
            process.send_signal(how)
            errors = process.communicate(timeout=60 * test_cli.PATIENCE)[1]
        self.assertEqual((process.returncode, errors), (-how, b""))

    def kill(self, options):
        numbers = random.Random(1)
        reached = 0
        advanced = 0
        killed = 0
        longest = 0.06 * test_cli.PATIENCE
        while killed < KILLS or advanced < KILLS // 2:
            self.kill_once(numbers.uniform(0.0, longest), options, (signal.SIGKILL, signal.SIGALRM)[killed % 2])
            killed += 1
            self.assertLess(killed, 20 * KILLS + 100, "hardly any run lived to its first checkpoint")
            if self.net.exists():
                now = number(npz_files.load(self.net)["iteration"])
                self.assertEqual(now % 3, 0)
                self.assertGreaterEqual(now, reached)
                advanced += now > reached
                reached = now
            if 4 * advanced < killed:  # a slow program, or a busy machine
                longest *= 1.2
        end = reached + 10
        self.succeed("--resume", self.net, "--save", self.net, "--iters", end, "--quiet")
        whole = self.out / "whole.npz"
        self.succeed(*options, "--iters", end, "--save", whole, "--quiet", "--checkpoint-every", 3)
        self.assertEqual(npz_files.load(self.net), npz_files.load(whole))
        print(f"{killed} kills, {advanced} of them after new checkpoints, {reached} iterations", file=sys.stderr)

    def test_at_any_moment(self):
        self.kill(SMALL)

    def test_at_any_moment_shuffled_in_double(self):
        self.kill((*SMALL, "--sampling", "shuffle", "--dtype", "f64"))


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    if sys.argv[1:2] == ["--kills"]:
        KILLS = int(sys.argv[2])
        del sys.argv[1:3]
    unittest.main()
