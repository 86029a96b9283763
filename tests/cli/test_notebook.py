# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg notebook and thalweg train --plots from outside. Usage: test_notebook.py path/to/thalweg [unittest arguments]"""

import itertools
import pathlib
import re
import shutil
import struct
import sys
import unittest

import test_cli

SECTIONS = ["4.2.3", "4.2.4", "4.2.5", "4.3.1", "4.3.2", "4.3.3", "4.4"]
RUN_FIGURES = {"training", "first_layer", "confusion", "mistakes"}
FIGURES = {"digits", "function_1", "tangents", "function_2", "gradient"} | RUN_FIGURES
SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "notebook"


def cells(text):
    """(section, title, code lines, all lines) of each cell."""
    found = []
    for cell in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        head, *lines = cell.split("\n")
        section, title = head.split("  ", 1)
        # The first indented lines are the code; what comes of it begins at the margin.
        code = itertools.takewhile(lambda line: not line or line.startswith("    "),
                                   itertools.dropwhile(lambda line: not line.startswith("    "), lines))
        found.append((section, title, [line[4:] for line in code], lines))
    return found


def lines_of(text, title):
    return [lines for _, found, _, lines in cells(text) if found == title][0]


def names(folder, ending):
    return {path.name[:-len(ending)] for path in folder.iterdir() if path.name.endswith(ending)}


class Text(test_cli.CliTest):
    @classmethod
    def setUpClass(cls):
        cls.synthetic = test_cli.run("notebook")

    def printed(self, *options):
        done = test_cli.run("notebook", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_all_sections_in_order(self):
        self.assertEqual((self.synthetic.returncode, self.synthetic.stderr), (0, ""))
        order = [section for section, _, _, _ in cells(self.synthetic.stdout)]
        self.assertEqual(order, sorted(order))
        self.assertEqual(sorted(set(order)), SECTIONS)
        self.assertIn("synthetic (for MNIST: --data DIR)", self.synthetic.stdout)
        self.assertIn("(a picture: --out DIR draws it)", self.synthetic.stdout)

    def test_the_notebooks_numbers(self):
        for title, numbers in (
                ("x_train.shape", ["(60000, 784)"]),
                ("t_train.shape", ["(60000, 10)"]),
                ("np.float32(1e-50)", ["0.0"]),
                ("The derivative at 5", ["0.1999999999990898"]),
                ("The derivative at 10", ["0.2999999999986347"]),
                ("The partial derivative by x0 at (3, 4)", ["6.00000000000378"] * 2),
                ("The partial derivative by x1 at (3, 4)", ["7.999999999999119"] * 2),
                # The book's examples for these, and their mean for the batch.
                ("cross_entropy_error of one-hot targets",
                 ["0.510825457099338", "2.302584092994546", "1.406704775046942"]),
                ("cross_entropy_error of labels", ["0.510825457099338", "1.406704775046942", "0.510825457099338"]),
                # np.random.seed(1); np.random.choice(60000, 10)
                ("np.random.choice(60000, 10)", ["33003 12172 5192 32511 50057 43723 7813 52047 21440 32912 "]),
                # The slopes above, and f(5) - 5 * slope, f(10) - 10 * slope.
                ("Tangents at 5 and 10", ["0.1999999999990898 x + -0.249999999995449",
                                          "0.2999999999986347 x + -0.9999999999863469",
                                          "(a picture: --out DIR draws it)"]),
                ("The same in the net's order of arithmetic", ["True"])):
            with self.subTest(title=title):
                lines = lines_of(self.synthetic.stdout, title)
                while lines[-1] == "":
                    lines.pop()
                self.assertEqual(lines[-len(numbers):], numbers)

    def test_accuracy_has_no_slope(self):
        lines = "\n".join(lines_of(self.synthetic.stdout, "Both derivatives by all 500 weights of the second layer"))
        self.assertGreaterEqual(int(re.search(r"accuracy: (\d+) of 500", lines).group(1)), 450)
        self.assertLessEqual(int(re.search(r"loss: +(\d+) of 500", lines).group(1)), 5)

    def test_both_gradients_agree(self):
        rows = [line.split() for line in lines_of(self.synthetic.stdout, "The net's gradient by both ways")
                if re.match(r"[Wb][12] ", line)]
        self.assertEqual([(name, int(size)) for name, size, _, _ in rows],
                         [("W1", 39200), ("b1", 50), ("W2", 500), ("b2", 10)])
        # 1e-7 / p for p = 0.1, times a gradient below 1/10; without it h^2/6 times a third derivative below 1.
        for _, _, notebooks, clean in rows:
            self.assertLess(float(notebooks), 1e-7)
            self.assertLess(float(clean), 1e-8 / 6)

    def test_line_by_line_is_the_nets_gradient(self):
        lines = [line for line in lines_of(self.synthetic.stdout, "predict and gradient, line by line") if line]
        # The same sums, but for the last bits of (y - t) / N.
        self.assertLess(float(lines[-1]), 1e-15)

    def test_training_learns(self):
        lines = lines_of(self.synthetic.stdout, "A short training")
        last = [line for line in lines if line.startswith("     3000 ")][0].split()
        self.assertGreater(float(last[2]), 0.8)

    def test_what_is_shown_is_the_source(self):
        source = {line.strip() for path in SOURCES.glob("section_*.cpp") for line in path.read_text().split("\n")}
        for section, title, code, _ in cells(self.synthetic.stdout):
            self.assertTrue(any(code), title)
            # Nothing that a program of the reader's has not.
            self.assertNotRegex("\n".join(code), r"\b[Pp]age\b|figures::|notebook::", title)
            for line in code:
                self.assertTrue(line.strip() in source, f"{section} {title}: {line}")

    def test_mistakes_are_named(self):
        for words in ("a syntax error", "a batch gets", 'says "close to 2"', "not close to 3", "is 1e-49",
                      "without defining them"):
            self.assertIn(words, self.synthetic.stdout)

    def test_sections(self):
        self.assertEqual({section for section, _, _, _ in cells(self.printed("--section", "4.3.2"))}, {"4.3.2"})
        self.assertEqual([section for section in dict.fromkeys(
            section for section, _, _, _ in cells(self.printed("--section", "4.3")))], ["4.3.1", "4.3.2", "4.3.3"])
        last = self.printed("--section", "4.4", "--data", self.data)
        self.assertEqual({section for section, _, _, _ in cells(last)}, {"4.4"})
        # A section says the same alone as among the others.
        alone = self.printed("--section", "4.3.2")
        self.assertIn(alone, self.synthetic.stdout)

    def test_other_data(self):
        text = self.printed("--section", "4.2.3", "--data", self.data)
        self.assertIn("(240, 144)", lines_of(text, "x_train.shape"))
        self.assertIn(f"digits from {self.data}", text)

    def test_wrong_use(self):
        def refused(*options):
            return test_cli.run("notebook", *options)
        for section in ("5.1", "4.", "4.3.", "4.33", "x"):
            self.assert_refused(refused("--section", section), "thalweg notebook: --section: expected one of 4.2.3, 4.2.4",
                                f'found "{section}"')
        self.assert_refused(refused("--section", ""), "--section: expected a section")
        self.assert_refused(refused("--out", ""), "--out: expected a directory")
        self.assert_refused(refused("--bogus"), 'unknown option "--bogus"')
        # What is named is looked at, and nothing is begun before.
        self.assert_refused(refused("--section", "4.3.2", "--data", self.folder / "none", "--out", self.out / "new"),
                            "thalweg notebook: ", "none")
        self.assertFalse((self.out / "new").exists())
        (self.out / "file").write_text("")
        self.assert_refused(refused("--section", "4.3.2", "--out", self.out / "file"),
                            "--out: expected a directory that can be made")

    def test_help(self):
        done = test_cli.run("notebook", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for word in ("--data", "--out", "--section", "Examples:", "Exit status:"):
            self.assertIn(word, done.stdout)
        self.assertTrue(all(len(line) <= 105 for line in done.stdout.splitlines()), done.stdout)


class Pictures(test_cli.CliTest):
    def notebook(self, folder, *options, **more):
        return test_cli.run("notebook", "--data", self.data, "--out", folder, *options, **more)

    def fake_gnuplot(self, script):
        """A directory for PATH whose gnuplot is this script."""
        folder = self.folder / "bin"
        folder.mkdir()
        (folder / "gnuplot").write_text("#!/bin/sh\n" + script)
        (folder / "gnuplot").chmod(0o755)
        return {"PATH": f"{folder}:/usr/bin:/bin"}

    def test_without_gnuplot(self):
        done = self.notebook(self.out / "deep" / "figures", environment={"PATH": str(self.folder)})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        folder = self.out / "deep" / "figures"
        self.assertLessEqual(FIGURES - {"mistakes"}, names(folder, ".gp"))
        self.assertEqual(done.stdout.count("for pictures install"), 1)
        self.assertEqual(names(folder, ".png") | names(folder, ".svg"), set())
        for name in names(folder, ".gp") - {"style"}:
            # Every file that a script reads is there and says something.
            script = (folder / (name + ".gp")).read_text()
            data = re.findall(r"^\w+ = '(.+\.dat)'$", script, re.MULTILINE)
            self.assertTrue(data, name)
            for file in data:
                self.assertGreater((folder / file).stat().st_size, 0)
            self.assertIn(str(folder / (name + ".gp")), done.stdout)
        rows = [line.split() for line in (folder / "function_1.curve.dat").read_text().splitlines()]
        self.assertEqual(len(rows), 200)
        self.assertEqual(rows[0], ["0", "0"])
        # The shortest digits of 0.01 * x * x + 0.1 * x, whatever their form.
        self.assertEqual([float(y) for _, y in rows], [0.01 * (x * x) + 0.1 * x for x in (i * 0.1 for i in range(200))])
        losses = (folder / "training.loss.dat").read_text().splitlines()
        self.assertEqual(len(losses), 3000)

    def test_the_figures_of_a_section_only(self):
        self.notebook(self.out, "--section", "4.3.2", environment={"PATH": str(self.folder)})
        self.assertEqual(names(self.out, ".gp"), {"style", "function_1", "tangents"})

    def test_gnuplot_that_fails(self):
        environment = self.fake_gnuplot("echo half > function_1.png\necho '  ^' >&2\necho 'out of ink' >&2\nexit 3\n")
        done = self.notebook(self.out, "--section", "4.3.2", environment=environment)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Athalweg notebook: --out: gnuplot could not draw "
                                      r"[^\n]+function_1\.gp: out of ink\n\Z")
        self.assertEqual(names(self.out, ".png"), set())

    def test_a_child_that_found_no_gnuplot(self):
        """posix_spawn() may succeed all the same; its child then ends with 127 and says nothing."""
        done = self.notebook(self.out, "--section", "4.3.2", environment=self.fake_gnuplot("exit 127\n"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(names(self.out, ".gp"), {"style", "function_1", "tangents"})
        self.assertEqual(done.stdout.count("for pictures install"), 1)

    def test_gnuplot_that_does_not_start(self):
        environment = self.fake_gnuplot("echo 'gnuplot: cannot open libgd.so.3' >&2\nexit 127\n")
        done = self.notebook(self.out, "--section", "4.3.2", environment=environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn("function_1.gp: gnuplot: cannot open libgd.so.3", done.stderr)

    def test_names_are_no_commands(self):
        folder = self.out / "it's $(touch bad); `touch bad` \" %s"
        environment = self.fake_gnuplot('for a; do echo "$a"; done > arguments\n')
        done = self.notebook(folder, "--section", "4.3.2", environment=environment, cwd=self.out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual((folder / "arguments").read_text(), "-d\ntangents.gp\n")
        self.assertFalse((self.out / "bad").exists())

    def assert_pictures(self, folder, expected):
        self.assertEqual(names(folder, ".png"), expected)
        self.assertEqual(names(folder, ".svg"), expected)
        for name in expected:
            png = (folder / (name + ".png")).read_bytes()
            self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n", name)
            width, height = struct.unpack(">II", png[16:24])
            self.assertGreaterEqual(min(width, height), 150, name)
            # A blank canvas of this size takes less than 2500 bytes.
            self.assertGreater(len(png), 5000, name)
            svg = (folder / (name + ".svg")).read_text()
            self.assertIn("<svg", svg)
            self.assertTrue(svg.rstrip().endswith("</svg>"), name)
            # Images are within the file, not beside it.
            for link in re.findall(r"xlink:href='([^']{5})", svg):
                self.assertIn(link, ("data:", "#gpPt"))

    @unittest.skipUnless(shutil.which("gnuplot"), "no gnuplot")
    def test_with_gnuplot(self):
        done = self.notebook(self.out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assert_pictures(self.out, FIGURES & names(self.out, ".gp"))
        self.assertLessEqual(FIGURES - {"mistakes"}, names(self.out, ".png"))

    @unittest.skipUnless(shutil.which("gnuplot"), "no gnuplot")
    def test_train_plots(self):
        for options in (("--iters", "1", "--hidden", "1"), ("--iters", "30", "--hidden", "120", "--dtype", "f64")):
            done = self.train("--plots", self.out, *options)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assert_pictures(self.out, RUN_FIGURES)
            self.assertIn(f"drawn: {self.out / 'confusion.png'}", done.stdout)

    def test_the_counts_of_train_plots(self):
        done = self.train("--plots", self.out, "--iters", "20", "--json", self.folder / "run.json", "--quiet",
                          environment={"PATH": str(self.folder)})
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        counts = [line.split() for line in (self.out / "confusion.counts.dat").read_text().splitlines()]
        numbers = [(row[0] == row[1], int(row[3].strip('"') or 0)) for row in counts]
        self.assertEqual(sum(number for _, number in numbers), test_cli.TEST_SIZE)
        labels = list((self.data / test_cli.FILES[3]).read_bytes()[8:])
        for digit in range(10):
            row = sum(int(row[3].strip('"') or 0) for row in counts if row[1] == str(digit))
            self.assertEqual(row, labels.count(digit))
        right = sum(number for diagonal, number in numbers if diagonal)
        last = (self.out / "training.accuracy.dat").read_text().splitlines()[-1].split()
        self.assertEqual(last[0], "20")
        self.assertAlmostEqual(float(last[2]), 100 * right / test_cli.TEST_SIZE, places=9)
        mistakes = (self.out / "mistakes.labels.dat").read_text().splitlines()
        self.assertEqual(len(mistakes), min(40, test_cli.TEST_SIZE - right))

    def test_train_plots_of_a_net_that_diverged(self):
        # inf * 0 at once, or after one update.
        for options, left_out in ((("--init-std", "1e300"), {"training"}), (("--lr", "1e38", "--init-std", "1e30"), set())):
            folder = self.out / str(len(left_out))
            done = self.train("--plots", folder, "--iters", "50", "--quiet", *options,
                              environment={"PATH": str(self.folder)})
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("the loss is no longer finite", done.stderr)
            self.assertEqual(names(folder, ".gp") - {"style"}, RUN_FIGURES - left_out)

    def test_train_plots_that_fail(self):
        environment = self.fake_gnuplot("exit 3\n")
        json = self.folder / "run.json"
        done = self.train("--plots", self.out, "--iters", "2", "--json", json, "--quiet", environment=environment)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, r"\Athalweg train: --plots: gnuplot could not draw [^\n]+training\.gp: [^\n]+\n\Z")
        self.assertTrue(json.exists(), "the run's other results are kept")
        self.assert_refused(self.train("--plots", ""), "--plots: expected a directory")
        self.assert_refused(self.train("--plots", json), "--plots: expected a directory that can be made")


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    unittest.main()
