# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg train with nets of any depth and data of any kind, evaluate, predict. Usage: test_train_net.py
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


class Data(NetTest):
    def test_a_table_of_words(self):
        said = self.run_ok("train", "--data", self.table, "--layers", "8", "--epochs", 60, "--batch", 15, "--lr", "0.02",
                           "--validation", "0.2", "--standardize", "--save", self.net)
        self.assertIn("net    3-8-3, relu, softmax loss", said)
        self.assertIn("data   120 training, 30 validation rows from ", said)
        evaluated = json.loads(self.run_ok("evaluate", "--model", self.net, "--data", self.table, "--json"))
        self.assertGreater(evaluated["accuracy"], 0.9)
        self.assertIn("tulip", self.run_ok("evaluate", "--model", self.net, "--data", self.table))
        # Columns are found by their names, without the answers too.
        rows = self.folder / "new.csv"
        rows.write_text("noise,petal,stem\n0,0.1,990\n0,2.1,800\n")
        found = json.loads(self.run_ok("predict", "--model", self.net, "--json", rows))["images"]
        self.assertEqual([(row["label"], row["class"]) for row in found], [(0, "daisy"), (2, "tulip")])
        self.assertRegex(self.run_ok("predict", "--model", self.net, rows), r"new.csv\[1\] +tulip")

    def test_few_rows_are_one_batch(self):
        few = self.folder / "few.csv"
        lines = self.table.read_text().splitlines(keepends=True)
        few.write_text("".join([lines[0], *lines[1::22]]))
        said = self.run_ok("train", "--data", few, "--layers", "3", "--epochs", 2, "--save", self.net)
        self.assertIn("train  2 epochs of 1 iteration, batch 7 shuffled", said)
        self.run_ok("train", "--resume", self.net, "--epochs", 3)
        self.assert_refused(test_cli.run("train", "--data", few, "--layers", "3", "--batch", 8),
                            "--batch: expected at most the 7 training rows")

    def test_columns_that_are_no_features_and_other_separators(self):
        table = self.folder / "named.csv"
        lines = self.table.read_text().splitlines()
        table.write_text("".join(f"{'id;name' if i == 0 else f'{i};n{i}'};{line.replace(',', ';')}\n"
                                 for i, line in enumerate(lines)))
        self.assert_refused(test_cli.run("train", "--data", table, "--layers", "8"),
                            'named.csv: line 2, column 2 (name): expected a number, found "n1"; '
                            '--without name leaves out columns of words')
        self.assert_refused(test_cli.run("train", "--data", table, "--layers", "8", "--without", "id"),
                            "; --without id,name leaves out columns of words")
        said = self.run_ok("train", "--data", table, "--without", "id,name", "--layers", "16", "--standardize",
                           "--epochs", 30, "--batch", 20, "--lr", "0.01", "--save", self.net)
        self.assertIn("net    3-16-3, ", said)
        self.assertRegex(said, r"train accuracy (0\.9|1\.0)")
        self.assertRegex(self.run_ok("evaluate", "--model", self.net), r"accuracy (0\.9|1\.0)")
        self.assertIn("nothing left to train", self.run_ok("train", "--resume", self.net))
        rows = self.folder / "new.tsv"
        rows.write_text("stem\tnoise\tpetal\n800\t0\t2.1\n")
        self.assertIn("tulip", self.run_ok("predict", "--model", self.net, rows))
        plain = self.folder / "plain.csv"
        plain.write_text("".join(line + "\n" for line in lines[1:]))
        self.assert_refused(test_cli.run("train", "--data", plain, "--without", "2", "--layers", "8"),
                            "--without: expected a table with a name above each column, found none")

    def test_answers_of_any_size(self):
        numbers = random.Random(3)
        table = self.folder / "houses.csv"
        table.write_text("area,age,price\n" + "".join(
            f"{area:.1f},{age:.1f},{2000 * area - 500 * age + 150000:.0f}\n" for area, age in
            ((numbers.uniform(30, 200), numbers.uniform(0, 90)) for _ in range(200))))
        said = self.run_ok("train", "--data", table, "--loss", "mse", "--layers", "16", "--standardize", "--lr", "0.01",
                           "--epochs", 60, "--batch", 20, "--validation", 40, "--save", self.net)
        self.assertRegex(said, r"validation R2 0\.9[0-9]+, loss 0\.")
        self.assertRegex(self.run_ok("evaluate", "--model", self.net), r"R2 0\.9[0-9]+, loss 0\.")
        rows = self.folder / "new.csv"
        rows.write_text("age,area\n20,100\n")
        found = json.loads(self.run_ok("predict", "--model", self.net, "--json", rows))["images"]
        self.assertLess(abs(found[0]["values"][0] - 340000), 30000)
        rows.write_text("age,area\n20,\n")
        self.assert_refused(test_cli.run("predict", "--model", self.net, rows),
                            "line 2, column 2 (area): expected a number, found a missing value")

    def test_a_table_of_numbers(self):
        numbers = random.Random(2)
        table = self.folder / "line.csv"
        table.write_text("x,y\n" + "".join(f"{x:.5f},{3 * x - 1:.5f}\n" for x in
                                             (numbers.uniform(-1, 1) for _ in range(200))))
        said = self.run_ok("train", "--data", table, "--loss", "mse", "--layers", "8", "--activation", "tanh", "--lr", "0.02",
                           "--epochs", 60, "--batch", 20, "--validation", 40, "--save", self.net)
        self.assertRegex(said, r"validation R2 0\.9[0-9]+, loss ")
        rows = self.folder / "new.csv"
        rows.write_text("x\n0\n0.5\n")
        found = json.loads(self.run_ok("predict", "--model", self.net, "--json", rows))["images"]
        for row, expected in zip(found, (-1, 0.5)):
            self.assertLess(abs(row["values"][0] - expected), 0.2)
        self.assertIn("R2 0.9", self.run_ok("evaluate", "--model", self.net))

    def test_npz(self):
        values = [value for row in self.rows for value in row[:3]]
        labels = [("daisy", "rose", "tulip").index(row[3]) for row in self.rows]
        path = npz_files.save(self.folder / "flowers.npz", {"x": npz_files.npy("f4", (150, 3), values),
                                                            "t": npz_files.npy("i8", (150,), labels)})
        said = self.run_ok("train", "--data", path, "--layers", "8", "--epochs", 2, "--standardize")
        self.assertIn("data   150 training rows from ", said)

    def test_targets_that_are_no_probabilities(self):
        for shape, values, words, message in (
                ((4, 1), (0, 1, .5, 1.5), ("--loss", "bce"), "row 3, column 0 of the targets: expected a number from 0 to 1"),
                ((4, 2), (0, 1, .5, .5, 7, 8, 0, 1), (), "row 2 of the targets: expected probabilities that sum to 1 with --loss softmax, found a sum of 15"),
                ((4, 2), (0, 1, .5, .5, -1, 2, 0, 1), (), "row 2 of the targets: expected probabilities that sum to 1 with --loss softmax, found one of -1")):
            path = npz_files.save(self.folder / "t.npz", {"x": npz_files.npy("f4", (4, 1), range(4)),
                                                          "t": npz_files.npy("f8", shape, values)})
            with self.subTest(values=values):
                refused = test_cli.run("train", "--data", path, "--layers", "3", *words)
                self.assert_refused(refused, f"{path}: {message}")
                self.assertEqual(refused.stdout, "")  # before a line about the run

    def folders(self, where, digits=(0, 2, 10), count=8, side=12):
        for digit in digits:
            folder = where / str(digit)
            folder.mkdir(parents=True)
            for i in range(count):
                pixels = bytes(255 if column == digit % side else (7 * i + column) % 60 for _ in range(side)
                               for column in range(side))
                (folder / f"{i}.pgm").write_bytes(b"P5 %d %d 255\n" % (side, side) + pixels)

    def test_folders_of_images(self):
        images = self.folder / "images"
        self.folders(images)
        (images / "0" / ".hidden").write_text("not an image")
        said = self.run_ok("train", "--data", images, "--layers", "9", "--epochs", 40, "--batch", 6, "--lr", "0.01",
                           "--save", self.net)
        self.assertIn("net    144-9-3, ", said)
        self.assertRegex(said, r"train accuracy 1\.0000")
        found = json.loads(self.run_ok("predict", "--model", self.net, "--json", images / "10" / "3.pgm"))["images"]
        self.assertEqual((found[0]["class"], found[0]["label"]), ("10", 2))  # after 2, as numbers are
        parts = self.folder / "parts"
        self.folders(parts / "train")
        self.folders(parts / "test", count=3)
        self.assertIn("24 training, 9 test rows", self.run_ok("train", "--data", parts, "--layers", "9", "--epochs", 1,
                                                              "--batch", 6))

    def test_folders_of_colours(self):
        """What a net was trained on, it predicts: in colours, on a light ground, without a word about MNIST."""
        images = self.folder / "colours"
        for name, pixel in (("red", (230, 90, 90)), ("white", (250, 250, 255))):
            (images / name).mkdir(parents=True)
            for i in range(4):
                inside = bytes(c - 60 - 5 * i for c in pixel)
                rows = [bytes(pixel) * 12 if row in (0, 11) else bytes(pixel) + 10 * inside + bytes(pixel)
                        for row in range(12)]
                (images / name / f"{i}.ppm").write_bytes(b"P6 12 12 255\n" + b"".join(rows))
        self.run_ok("train", "--data", images, "--layers", "9", "--epochs", 60, "--lr", "0.01", "--save", self.net)
        found = json.loads(self.run_ok("predict", "--model", self.net, "--json", images / "red" / "1.ppm",
                                       images / "white" / "2.ppm"))["images"]
        self.assertEqual([image["class"] for image in found], ["red", "white"])

    def test_one_class(self):
        table = self.folder / "one.csv"
        table.write_text("a,label\n1,x\n2,x\n")
        self.assert_refused(test_cli.run("train", "--data", table, "--layers", "9"),
                            "one.csv: expected labels of at least two classes, found one: \"x\"")

    def test_nothing_to_train_on(self):
        (self.folder / "empty" / "cats").mkdir(parents=True)
        self.assert_refused(test_cli.run("train", "--data", self.folder / "empty", "--layers", "9"),
                            "expected MNIST's four files, or a folder of images for each class, found neither")
        for words in ((), ("--layers", "9")):
            self.assert_refused(test_cli.run("train", "--data", self.folder / "no.csv", *words),
                                "no.csv: expected a directory, a table (CSV) or an .npz file, found No such file")

    def test_bad_folders(self):
        for make, message in (
                (lambda images: (images / "0" / "note.txt").write_text("hello"),
                 'note.txt: expected a PNG, JPEG or PGM image, found text, "hello"'),
                (lambda images: (images / "2" / "9.pgm").write_bytes(b"P5 16 9 255\n" + bytes(144)),
                 "9.pgm: expected 12 x 12 pixels, as "),
                (lambda images: (images / "none").mkdir(), "none: expected images, found none")):
            images = self.folder / f"images{len(message)}"
            self.folders(images)
            make(images)
            self.assert_refused(test_cli.run("train", "--data", images, "--layers", "9"), message)
        parts = self.folder / "parts"
        self.folders(parts / "train")
        self.folders(parts / "test", digits=(0, 2))
        self.assert_refused(test_cli.run("train", "--data", parts, "--layers", "9"),
                            f'{parts}/test: expected the folders of {parts}/train: "10", found none')

    def test_bad_tables(self):
        for text, words, message in (
                ("a,b\n1,2\n,3\n", ("--loss", "mse"), "line 3, column 1"),
                ("a,b\n1,2\n1,x\n", ("--loss", "mse"), "line 3, column 2"),
                ("a,b\n1,1\n\n1,2\n", ("--loss", "bce"), "line 4, column 2 (b): expected a number from 0 to 1 with --loss bce, found 2"),
                ("1,-0.5\n1,0\n", ("--loss", "bce"), "line 1, column 2: expected a number from 0 to 1"),
                ("a,a,b\n1,2,3\n3,4,5\n", ("--loss", "mse"), 'expected one column "a", found it above columns 1 and 2'),
                ("a,,b\n1,2,3\n3,4,5\n", ("--loss", "mse"), "expected a name above each column or above none, found none above 1 of the 2 features"),
                ("a,b\n1,2\n3,4\n", ("--target", "c"), '"c"'), ("", (), "")):
            path = self.folder / "bad.csv"
            path.write_text(text)
            with self.subTest(text=text):
                self.assert_refused(test_cli.run("train", "--data", path, "--layers", "3", *words), f"{path}: ", message)
        path.write_text("a,b\n1,2000000000\n1,0\n")
        self.assert_refused(test_cli.run("train", "--data", path, "--layers", "3"),
                            "--layers 3 for 2000000001 outputs: expected to fit the ")


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
