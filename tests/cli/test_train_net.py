# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg train with nets of any depth, evaluate, predict; what it learns from: test_train_data.py. Usage: test_train_net.py
path/to/thalweg [--kills N] [unittest arguments]"""

import json
import random
import signal
import subprocess
import sys
import time
import unittest

import npz_files
import test_cli

KILLS = 4


def number(content):
    return npz_files.values(content)[2][0]


def word(content):
    return bytes(npz_files.values(content)[2]).decode()


class NetTest(test_cli.CliTest):
    def setUp(self):
        super().setUp()
        self.net = self.out / "net.npz"
        numbers = random.Random(1)
        rows = []
        for i in range(150):  # class after class, on scales that differ
            kind = i // 50
            rows.append((numbers.gauss(kind, .3), 1000 + 100 * numbers.gauss(-kind, .5), numbers.gauss(0, 1),
                         ("daisy", "rose", "tulip")[kind]))
        self.rows = rows
        self.table = self.folder / "flowers.csv"
        self.table.write_text("petal,stem,noise,kind\n" + "".join(f"{a:.4f},{b:.4f},{c:.4f},{kind}\n"
                                                                   for a, b, c, kind in rows))

    def run_ok(self, *arguments):
        done = test_cli.run(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def fit(self, *arguments):
        return self.run_ok("train", "--data", self.data, "--layers", "16,12", "--threads", "1", *arguments)


class Train(NetTest):
    def test_a_deep_net_learns(self):
        said = self.fit("--epochs", 30, "--batch", 20, "--validation", 40, "--json", self.out / "run.json",
                        "--csv", self.out / "run.csv", "--save", self.net)
        self.assertIn("net    144-16-12-10, relu, softmax loss, f32, ", said)
        self.assertIn(f"data   200 training, 40 validation, 60 test rows from {self.data}\n", said)
        self.assertIn("train  30 epochs of 10 iterations, batch 20 shuffled, adam, learning rate 0.001, seed 1\n", said)
        found = json.loads((self.out / "run.json").read_text())
        self.assertEqual((found["iterations"], len(found["loss"]), len(found["evaluations"])), (300, 300, 30))
        self.assertEqual(found["options"]["layers"], [16, 12])
        self.assertEqual(found["final"]["part"], "test")
        self.assertGreater(found["final"]["accuracy"], 0.9)
        rows = (self.out / "run.csv").read_text().splitlines()
        self.assertEqual(rows[0], "iteration,loss,lr,validation_loss,validation_accuracy")
        self.assertEqual(len(rows), 301)
        self.assertEqual([row.split(",")[3] != "" for row in rows[9:12]], [False, True, False])
        evaluated = json.loads(self.run_ok("evaluate", "--model", self.net, "--json"))
        self.assertEqual((evaluated["rows"], evaluated["part"]), (60, "test"))
        self.assertEqual(evaluated["accuracy"], found["final"]["accuracy"])
        self.assertEqual(sum(map(sum, evaluated["confusion"])), 60)
        labels = json.loads(self.run_ok("predict", "--model", self.net, "--json", self.data / test_cli.FILES[2]))
        truth = (self.data / test_cli.FILES[3]).read_bytes()[8:]
        right = sum(image["label"] == label for image, label in zip(labels["images"], truth))
        self.assertAlmostEqual(right / 60, found["final"]["accuracy"], 12)

    def test_every_option(self):
        for words in (("--activation", "gelu"), ("--activation", "tanh", "--optimizer", "momentum"),
                      ("--optimizer", "adamw", "--schedule", "cosine"), ("--dropout", "0.2", "--batch-norm"),
                      ("--gradient", "numerical"), ("--gradient", "numerical", "--dropout", "0.2"), ("--weight-decay", "1e-4", "--clip", "1"), ("--dtype", "f64", "--schedule", "step"),
                      ("--validation", "0.25", "--early-stop", "2", "--schedule", "plateau"),
                      ("--sampling", "replacement", "--optimizer", "rmsprop"), ("--init-std", "0.1", "--seed", "3")):
            with self.subTest(words=words):
                self.fit("--epochs", 2, "--batch", 24, "--save", self.net, *words)
                self.assertGreater(json.loads(self.run_ok("evaluate", "--model", self.net, "--json"))["accuracy"], 0)
        self.assertIn("144-50-10, sigmoid", self.run_ok("train", "--data", self.data, "--optimizer", "adam", "--iters", 3))

    def test_early_stop_ends_with_the_best(self):
        said = self.fit("--epochs", 400, "--batch", 20, "--lr", "0.3", "--validation", 60, "--early-stop", 3, "--json",
                        self.out / "run.json", "--save", self.net)
        found = json.loads((self.out / "run.json").read_text())
        self.assertLess(found["iterations"], 400 * 9)
        self.assertIn("ended early after iteration ", said)
        losses = {each["iteration"]: each["validation"]["loss"] for each in found["evaluations"]}
        self.assertEqual(found["best_iteration"], min(losses, key=losses.get))
        self.assertEqual(found["iterations"] - found["best_iteration"], 3 * 9)
        # What is predicted with is the best net.
        self.assertEqual(json.loads(self.run_ok("evaluate", "--model", self.net, "--json"))["accuracy"],
                         found["final"]["accuracy"])

    def test_same_bits_with_any_number_of_threads(self):
        runs = []
        for threads in (1, 2, 3):
            self.run_ok("train", "--data", self.data, "--layers", "30,20", "--epochs", 2, "--dropout", "0.1",
                        "--threads", threads, "--json", self.out / "run.json", "--quiet")
            runs.append(json.loads((self.out / "run.json").read_text())["loss"])
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(runs[0], runs[2])

    def test_version_0_1_would_take_no_such_file_for_its_own(self):
        self.fit("--epochs", 1, "--save", self.net)
        members = npz_files.load(self.net)
        self.assertIn("net_W1", members)
        self.assertNotIn("W1", members)
        self.assertEqual((word(members["activation"]), number(members["checkpoint_version"])), ("relu", 2))
        for content in members.values():
            self.assertIn(npz_files.values(content)[0], npz_files.CODES)


class Resume(NetTest):
    def test_has_the_bits_of_a_run_that_was_never_stopped(self):
        for words in ((), ("--optimizer", "momentum", "--dtype", "f64"), ("--batch-norm", "--dropout", "0.1"),
                      ("--validation", "40", "--early-stop", "9", "--schedule", "plateau"), ("--optimizer", "sgd")):
            with self.subTest(words=words):
                self.fit("--iters", 40, "--batch", 20, "--checkpoint-every", 10, "--eval-every", 8, "--save",
                         self.out / "whole.npz", "--csv", self.out / "whole.csv", *words)
                self.fit("--iters", 17, "--batch", 20, "--checkpoint-every", 10, "--eval-every", 8, "--save", self.net,
                         "--csv", self.out / "run.csv", *words)
                said = self.run_ok("train", "--resume", self.net, "--save", self.net, "--iters", 40, "--csv",
                                   self.out / "run.csv")
                self.assertIn(f"resume {self.net} after iteration 17\n", said)
                self.assertEqual(npz_files.load(self.net), npz_files.load(self.out / "whole.npz"))
                whole, run = ([row.split(",")[:2] for row in (self.out / name).read_text().splitlines()]
                              for name in ("whole.csv", "run.csv"))
                self.assertEqual(run, whole)

    def test_rate_and_length_may_change_by_name(self):
        self.fit("--epochs", 2, "--batch", 20, "--save", self.net)
        said = self.run_ok("train", "--resume", self.net, "--epochs", 3, "--lr", "0.0001", "--json", self.out / "run.json")
        self.assertIn("       learning rate 1e-04, before 0.001\n", said)
        found = json.loads((self.out / "run.json").read_text())
        self.assertEqual((found["first_iteration"], found["iterations"], found["options"]["lr"]), (25, 36, 1e-4))
        self.assertIn("nothing left to train", self.run_ok("train", "--resume", self.net))
        for option, value, expected in (("--layers", "16,13", "16,12"), ("--activation", "tanh", "relu"),
                                        ("--optimizer", "sgd", "adam"), ("--dropout", "0.5", "none"),
                                        ("--batch", "21", "20"), ("--seed", "2", "1"), ("--validation", "9", "none"),
                                        ("--loss", "mse", "softmax"), ("--dtype", "f64", "f32")):
            with self.subTest(option=option):
                self.assert_refused(test_cli.run("train", "--resume", self.net, option, value),
                                    f'{option}: expected {expected} as in "{self.net}", which --resume continues, found {value}')
        self.assert_refused(test_cli.run("train", "--resume", self.net, "--hidden", "9"), "--hidden: expected only")

    def test_other_data_and_broken_files(self):
        self.fit("--epochs", 1, "--save", self.net)
        self.assert_refused(test_cli.run("train", "--resume", self.net, "--data", self.table), "--resume: expected the data")
        good = npz_files.load(self.net)
        for member, content, message in (
                ("train_optimizer", npz_files.text("sdg"), "train_optimizer: expected sgd, momentum, "),
                ("train_layers", npz_files.text("16"), "net_W2: expected (16, 10), found (16, 12)"),
                ("train_layers", npz_files.text(""), "train_layers: expected a word, found none"),
                ("train_dropout", npz_files.text("1"), "train_dropout: expected a number from 0, below 1"),
                ("activation", npz_files.text("tanh"), "activation: expected relu, the net's, found tanh"),
                ("optimizer_second_W1", npz_files.npy("f4", (2, 2), [0] * 4), "optimizer_second_W1: expected (144, 16)"),
                ("batches_next", npz_files.npy("u8", (), [7]), "batch"), ("net_b3", None, "net_b3")):
            with self.subTest(member=member):
                members = {key: value for key, value in {**good, member: content}.items() if value is not None}
                self.assert_refused(test_cli.run("train", "--resume", npz_files.save(self.out / "bad.npz", members)), message)

    def test_csv_continues_only_its_own(self):
        self.fit("--epochs", 1, "--save", self.net, "--csv", self.out / "run.csv")
        other = self.out / "other.csv"
        other.write_text("a,b\n1,2\n")
        self.assert_refused(test_cli.run("train", "--resume", self.net, "--epochs", 2, "--csv", other),
                            '--csv: expected a table to continue, with the columns iteration,', 'found "a,b"')
        self.assertEqual(other.read_text(), "a,b\n1,2\n")

    def kill(self, *words):
        """Killed at any moment, the last file is whole, and the run ends with the same bits."""
        options = ("--layers", "8", "--batch", "20", "--threads", "1", "--quiet", "--data", self.data, *words)
        numbers = random.Random(1)
        reached = advanced = killed = 0
        longest = 0.1 * test_cli.PATIENCE
        while killed < KILLS or advanced < KILLS // 2:
            resume = ("--resume", self.net) if self.net.exists() else options
            command = [*test_cli.THALWEG, "train", "--iters", "1000000000", "--save", self.net, "--checkpoint-every", "3",
                       "--quiet", *resume]
            with subprocess.Popen([str(each) for each in command], stderr=subprocess.PIPE) as process:
                time.sleep(numbers.uniform(0, longest))
                process.send_signal(signal.SIGKILL)
                self.assertEqual(process.communicate(timeout=60 * test_cli.PATIENCE)[1], b"")
            killed += 1
            self.assertLess(killed, 20 * KILLS + 100, "hardly any run lived to its first checkpoint")
            if self.net.exists():
                now = number(npz_files.load(self.net)["iteration"])
                self.assertEqual(now % 3, 0)
                self.assertGreaterEqual(now, reached)
                advanced += now > reached
                reached = now
            if 4 * advanced < killed:
                longest *= 1.2
        end = reached + 10
        self.run_ok("train", "--resume", self.net, "--save", self.net, "--iters", end, "--quiet")
        self.run_ok("train", *options, "--iters", end, "--save", self.out / "whole.npz", "--checkpoint-every", 3)
        self.assertEqual(npz_files.load(self.net), npz_files.load(self.out / "whole.npz"))

    def test_killed_with_adam(self):
        self.kill()

    def test_killed_with_batch_norm_in_double(self):
        self.kill("--batch-norm", "--dropout", "0.2", "--dtype", "f64", "--optimizer", "rmsprop")


class Words(NetTest):
    def test_wrong_words(self):
        for words, message in (
                (("--layers", "0"), '--layers: expected 1 to 100 sizes of hidden layers from 1 to 65536, as in 256,128, found "0"'),
                (("--layers", "3,"), 'found "3,"'), (("--layers", "3,x"), 'found "3,x"'),
                (("--activation", "rleu"), 'found "rleu"; did you mean relu?'),
                (("--optimizer", "adm"), "did you mean adam?"), (("--loss", "hinge"), "--loss: expected softmax, mse or bce"),
                (("--dropout", "1"), "--dropout: expected a number from 0, below 1"),
                (("--validation", "0"), "--validation: expected"), (("--validation", "1.5"), "--validation: expected"),
                (("--validation", "240"), "--validation: expected 1 to 239 of the 240 rows, found 240"),
                (("--early-stop", "3"), "--early-stop: expected only with --validation"),
                (("--epochs", "3", "--iters", "4"), "--epochs: expected only without --iters"),
                (("--layers", "3", "--hidden", "4"), "--layers: expected only without --hidden"),
                (("--layers", "3", "--differences", "plain"), "--differences: expected only with --gradient numerical"),
                (("--layers", "3", "--lr", "0"), "--lr: expected a finite number above 0"),
                (("--layers", "3", "--loss", "mse"), "--loss: expected softmax for data with labels, found mse"), (("--layers", "65536,65536", "--dtype", "f64"), "expected to fit"),
                (("--layers", "3", "--target", "kind"), "--target: expected a table (CSV) as --data, whose columns it names, found /"),
                (("--layers", "3", "--without", "id"), "--without: expected a table (CSV) as --data, whose columns it names, found /"),
                (("--layers", "3", "--batch", "241"), "--batch: expected at most the 240 training rows")):
            with self.subTest(words=words):
                self.assert_refused(self.train(*words), "thalweg train: ", message)
        self.assert_refused(test_cli.run("evaluate"), "--model: expected the .npz file")
        self.assert_refused(test_cli.run("evaluate", "--model", self.table), str(self.table))


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    if sys.argv[1:2] == ["--kills"]:
        KILLS = int(sys.argv[2])
        del sys.argv[1:3]
    unittest.main()
