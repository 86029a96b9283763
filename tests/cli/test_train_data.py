# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""What thalweg train learns from: tables, .npz files, folders of images, and what is wrong with them. Usage:
test_train_data.py path/to/thalweg [unittest arguments]"""

import json
import os
import random
import sys
import unittest

import npz_files
import test_cli
import test_train_net


class Data(test_train_net.NetTest):
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
        self.assertEqual(self.run_ok("predict", "--model", self.net, rows).split("\n")[0].split(),
                         ["row", "label", "daisy", "rose", "tulip"])

    def test_classes_have_their_names_in_tables(self):
        self.run_ok("train", "--data", self.table, "--layers", "8", "--epochs", 2, "--save", self.net)
        evaluate = ("evaluate", "--model", self.net, "--data", self.table)
        head, *rows = self.run_ok(*evaluate).splitlines()[3:]
        self.assertEqual(head, "right  daisy  rose  tulip")
        self.assertEqual([row.split()[0] for row in rows], ["daisy", "rose", "tulip"])
        self.assertEqual({len(row) for row in rows}, {len(head)})
        # Too narrow: numbers, and beside the rows whose they are; the likely ones by name.
        head, *rows = test_cli.run(*evaluate, environment={"COLUMNS": "24"}).stdout.splitlines()[-4:]
        self.assertEqual(head.split(), ["right", "0", "1", "2"])
        self.assertEqual([row.split()[:2] for row in rows], [["daisy", "0"], ["rose", "1"], ["tulip", "2"]])
        # More classes than a line has room for.
        names = ("daisy", "lilac", "poppy", "rose", "snowdrop", "tulip")
        many = self.folder / "many.csv"
        many.write_text("x,kind\n" + "".join(f"{i},{names[i % 6]}\n" for i in range(60)))
        self.run_ok("train", "--data", many, "--layers", "4", "--epochs", 1, "--save", self.net)
        many.write_text("x\n1\n")
        head, row = test_cli.run("predict", "--model", self.net, many, environment={"COLUMNS": "56"}).stdout.splitlines()
        self.assertEqual(head.split(), ["row", "label", "p", "next"])
        self.assertRegex(row, r"many.csv +[a-z]+ 0\.\d+(  [a-z]+ 0\.\d+)+$")
        self.assertEqual(len(set(row.split()[1::2])), len(row.split()[1::2]))

    def test_few_rows_are_one_batch(self):
        few = self.folder / "few.csv"
        lines = self.table.read_text().splitlines(keepends=True)
        few.write_text("".join([lines[0], *lines[1::22]]))
        said = self.run_ok("train", "--data", few, "--layers", "3", "--epochs", 2, "--save", self.net)
        self.assertIn("train  2 epochs of 1 iteration, batch 7 shuffled", said)
        self.run_ok("train", "--resume", self.net, "--epochs", 3)
        self.assert_refused(test_cli.run("train", "--data", few, "--layers", "3", "--batch", 8),
                            "--batch: expected at most the 7 training rows")

    def test_words_where_the_net_has_numbers(self):
        table = self.folder / "numbers.csv"
        table.write_text("a,b,t\n" + "".join(f"{i % 3},{i % 5},{i % 3}\n" for i in range(60)))
        self.run_ok("train", "--data", table, "--layers", "8", "--epochs", 40, "--batch", 20, "--lr", "0.02", "--save", self.net)
        self.assertIn("accuracy 1.0000", self.run_ok("evaluate", "--model", self.net, "--data", table))
        other = self.folder / "words.csv"
        for text, word in (("a,b,t\n1,1,1\n2,2,2\n1,0,one\n", "1"), ("a,b,t\n1,1,-1\n2,2,2\n", "-1")):
            other.write_text(text)
            self.assert_refused(test_cli.run("evaluate", "--model", self.net, "--data", other),
                                f'{other}: expected labels 0, 1, ... as the net was trained on, found "{word}"')

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
        for words in (",id", "id,,name", "id,"):
            self.assert_refused(test_cli.run("train", "--data", table, "--without", words, "--layers", "8"),
                                f'--without: expected names or numbers of columns with a comma between two, found "{words}"')

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

    def test_answers_in_any_column_without_a_name(self):
        """A net's rows are read alike with the answers and without them, wherever they stood."""
        rows = [(kind, petal, stem) for petal, stem, _, kind in self.rows]
        without = self.folder / "without.csv"
        without.write_text("".join(f"{petal:.4f},{stem:.4f}\n" for _, petal, stem in rows))
        for target, place in (("0", 0), ("1", 1), ("-2", 1), ("-3", 0), ("2", 2), ("", 2)):
            with self.subTest(target=target):
                with_answers = self.folder / "with.csv"
                lines = []
                for kind, *features in rows:
                    features = [f"{feature:.4f}" for feature in features]
                    features.insert(place, str(("daisy", "rose", "tulip").index(kind)))
                    lines.append(",".join(features) + "\n")
                with_answers.write_text("".join(lines))
                self.run_ok("train", "--data", with_answers, *(("--target", target) if target else ()), "--layers", "4",
                            "--standardize", "--epochs", 2, "--save", self.net)
                found = [[image["probabilities"] for image in json.loads(
                    self.run_ok("predict", "--model", self.net, "--json", path))["images"]]
                         for path in (with_answers, without)]
                self.assertEqual(*found)
        # A column that is found by its name in the middle of others without one.
        members = {**npz_files.load(self.net), "train_target": npz_files.text("kind")}
        named = npz_files.save(self.out / "named.npz", members)
        with_answers.write_text('"",kind,""\n' + "".join(f"{petal:.4f},0,{stem:.4f}\n" for _, petal, stem in rows))
        self.assertEqual(json.loads(self.run_ok("predict", "--model", named, "--json", with_answers))["images"][7]
                         ["probabilities"], found[0][7])
        with_answers.write_text("a,b,c\n1,2,3\n")
        self.assert_refused(test_cli.run("predict", "--model", named, with_answers), "with.csv: ", '"kind"')

    def test_names_of_several_lines_are_not_saved(self):
        table = self.folder / "lines.csv"
        for text, message in (('x,y,kind\n1,2,"a\nb"\n2,1,c\n', 'lines.csv: classes: expected names of one line with --save, found "a\\x0ab"'),
                              ('x,"y\nz",kind\n1,2,a\n2,1,c\n', 'lines.csv: features: expected names of one line with --save, found "y\\x0az"')):
            table.write_text(text)
            self.run_ok("train", "--data", table, "--layers", "3", "--epochs", 1)
            self.assert_refused(test_cli.run("train", "--data", table, "--layers", "3", "--epochs", 1, "--save", self.net),
                                message)
            self.assertFalse(self.net.exists())

    def test_files_with_numbers_that_no_training_makes(self):
        self.run_ok("train", "--data", self.table, "--layers", "4", "--batch-norm", "--standardize", "--epochs", 2, "--save",
                    self.net)
        good = npz_files.load(self.net)
        nan = float("nan")

        def changed(member, value):
            code, shape, values = npz_files.values(good[member])
            return npz_files.save(self.out / "bad.npz", {
                **good, member: npz_files.npy(code, shape, [*values[:-1], value])})

        for member, value, message in (
                ("feature_deviation", 0, "feature_deviation: element 2: expected a finite number above 0, found 0"),
                ("feature_deviation", nan, "feature_deviation: element 2: expected a finite number above 0, found nan"),
                ("feature_deviation", -1, "found -1"), ("feature_mean", nan, "feature_mean: element 2: expected a finite"),
                ("net_running_var1", -1, "running_var1"), ("net_running_var1", nan, "running_var1"),
                ("net_W2", nan, "found nan")):
            with self.subTest(member=member, value=value):
                path = changed(member, value)
                for words in (("predict", self.table), ("evaluate", "--data", self.table)):
                    self.assert_refused(test_cli.run(*words, "--model", path), str(path), message)
        for member, value, message in (
                ("optimizer_second_W1", -1, "optimizer_second_W1: element 11: expected a finite number not below 0, found -1"),
                ("optimizer_updates", 0, "optimizer_updates: expected at least 1 after iteration 4, found 0")):
            self.assert_refused(test_cli.run("train", "--resume", changed(member, value), "--epochs", 3), message)
        self.run_ok("train", "--data", self.table, "--layers", "4", "--optimizer", "rmsprop", "--epochs", 2, "--save",
                    self.net)
        good = npz_files.load(self.net)
        self.assert_refused(test_cli.run("train", "--resume", changed("optimizer_first_b1", -1)),
                            "optimizer_first_b1: element 3: expected a finite number not below 0")

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

    def test_folders_are_the_classes_of_the_net(self):
        images = self.folder / "images"
        self.folders(images)
        self.run_ok("train", "--data", images, "--layers", "9", "--epochs", 40, "--batch", 6, "--lr", "0.01", "--save",
                    self.net)
        for where, digits in (("some", (2, 10)), ("last", (10,)), ("parts/train", (0, 10)), ("parts/test", (0, 10))):
            self.folders(self.folder / where, digits)
        for where, row, count in (("some", 1, 8), ("last", 2, 8), ("parts", 2, 8)):
            found = json.loads(self.run_ok("evaluate", "--model", self.net, "--data", self.folder / where, "--json"))
            self.assertEqual(found["accuracy"], 1)
            self.assertEqual([len(found["confusion"]), found["confusion"][row][row]], [3, count])
        self.assertIn("right  0  2  10\n", self.run_ok("evaluate", "--model", self.net, "--data", self.folder / "last"))
        self.folders(self.folder / "some", (7,))
        self.assert_refused(test_cli.run("evaluate", "--model", self.net, "--data", self.folder / "some"),
                            f'{self.folder}/some: expected folders of the net\'s classes, 0, 2, 10, found "7"')

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
            for name, reason in (("no.csv", "No such file"), (5000 * "x", "")):
                self.assert_refused(test_cli.run("train", "--data", self.folder / name, *words),
                                    f"{name}: expected a directory, a table (CSV) or an .npz file, found {reason}")

    @unittest.skipUnless(hasattr(os, "mkfifo"), "no pipes with names here")
    def test_a_pipe_among_images(self):
        images = self.folder / "images"
        self.folders(images)
        os.mkfifo(images / "0" / "00")
        self.assert_refused(test_cli.run("train", "--data", images, "--layers", "9"),
                            f"{images}/0/00: expected an image, found a pipe or a device")

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


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    unittest.main()
