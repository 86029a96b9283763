# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg gradcheck from outside. Usage: test_gradcheck.py path/to/thalweg [unittest arguments]"""

import json
import re
import sys
import unittest

import test_cli


class Gradcheck(test_cli.CliTest):
    def check(self, *arguments, **options):
        return test_cli.run("gradcheck", "--data", self.data, "--hidden", 20, *arguments, **options)

    def json(self, *arguments, status=0, **options):
        done = self.check("--json", *arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        return json.loads(done.stdout)

    def test_table(self):
        for dtype in ("f32", "f64"):
            done = self.check("--dtype", dtype)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, rf"\Anet +144-20-10, {dtype}, \w+\ndata +100 of 240 images from ")
            rows = re.findall(r"^(W1|b1|W2|b2) +(entries|directions) +\d+ .* agrees$", done.stdout, re.MULTILINE)
            self.assertEqual(rows, [(parameter, along) for parameter in ("W1", "b1", "W2", "b2")
                                    for along in ("entries", "directions")])
            self.assertRegex(done.stdout, r"\nagrees: \d+ evaluations of the loss in \d+\.\d\d s\n\Z")

    def test_synthetic_digits(self):
        done = test_cli.run("gradcheck", "--batch", 10, "--hidden", 5, "--entries", 5)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("net    784-5-10, f32", done.stdout)
        self.assertIn("10 of 60000 images, synthetic", done.stdout)

    def test_json(self):
        found = self.json("--dtype", "f64", "--batch", 30, "--entries", 7, "--directions", 3, "--seed", 5)
        self.assertEqual(list(found), ["options", "loss", "checks", "verdict", "evaluations", "seconds"])
        wanted = {"data": str(self.data), "batch": 30, "hidden": 20, "entries": 7, "directions": 3,
                  "h": 1e-4, "tolerance": 1e-5, "seed": 5, "dtype": "f64"}
        self.assertEqual({key: found["options"][key] for key in wanted}, wanted)
        self.assertEqual(found["verdict"], "agrees")
        self.assertEqual(len(found["checks"]), 8)
        evaluations = 0
        for check in found["checks"]:
            self.assertLessEqual(check["checked"], 7 if check["along"] == "entries" else 3)
            self.assertGreaterEqual(check["checked"], 1)
            self.assertLessEqual(check["relative_error"], 1e-5)
            self.assertLessEqual(check["difference_error"], 1e-5)
            self.assertAlmostEqual(check["backprop"], check["difference"], delta=1e-5)
            evaluations += 4 * check["checked"] + 1
        self.assertEqual(found["evaluations"], evaluations)

    def deep(self, *arguments, status=0):
        done = test_cli.run("gradcheck", "--json", "--data", self.data, "--entries", 12, *arguments)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        return json.loads(done.stdout)

    def test_nets_of_any_depth(self):
        """Every activation, dropout, batch normalisation and weight decay, alone and together."""
        for activation in ("sigmoid", "tanh", "softplus", "gelu", "identity", "relu", "leaky_relu"):
            for words in ((), ("--dropout", "0.3"), ("--batch-norm",), ("--dropout", "0.3", "--batch-norm", "--weight-decay", "0.1")):
                with self.subTest(activation=activation, words=words):
                    found = self.deep("--layers", "9,7", "--activation", activation, "--dtype", "f64", *words)
                    self.assertEqual((found["options"]["layers"], found["options"]["activation"]), ([9, 7], activation))
                    names = [check["parameter"] for check in found["checks"][::2]]
                    of_layer = ["W{}", "gamma{}", "beta{}"] if "--batch-norm" in words else ["W{}", "b{}"]
                    expected = [name.format(l) for l in (1, 2) for name in of_layer] + ["W3", "b3"]
                    if activation == "identity" and words == ("--batch-norm",):
                        expected.remove("beta1")  # the next layer's mean takes it away
                    self.assertEqual(names, expected)
                    self.assertEqual(found["verdict"], "agrees")

    def test_tables_and_losses(self):
        path = self.folder / "table.csv"
        path.write_text("a,b,y\n" + "".join(f"{i},{i * i % 7},{i % 2}\n" for i in range(40)))
        for loss in ("mse", "bce", "softmax"):
            done = test_cli.run("gradcheck", "--data", path, "--loss", loss, "--layers", "5", "--activation", "tanh",
                                "--standardize", "--dtype", "f64")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"net    2-5-{2 if loss == 'softmax' else 1}, tanh, {loss} loss, f64, ", done.stdout)
            self.assertIn("data   40 of 40 rows from ", done.stdout)
        self.assert_refused(test_cli.run("gradcheck", "--data", path, "--target", "c"), 'gradcheck: ', 'expected a column "c"')

    def test_all_entries(self):
        found = self.json("--hidden", 3, "--batch", 10, "--entries", 0)
        self.assertEqual([check["checked"] for check in found["checks"] if check["along"] == "entries"],
                         [144 * 3, 3, 3 * 10, 10])

    def test_seed_chooses_and_repeats(self):
        self.assertEqual(self.json("--seed", 3)["checks"], self.json("--seed", 3)["checks"])
        self.assertNotEqual(self.json("--seed", 3)["checks"], self.json("--seed", 4)["checks"])

    def test_verdicts_and_statuses(self):
        # Backpropagation in float is wrong by 1e-6 or so, and provably so where the difference is certain
        # enough; a step of 1/2 proves nothing.
        found = self.json("--dtype", "f32", "--tolerance", "1e-8", status=1)
        self.assertEqual(found["verdict"], "differs")
        found = self.json("--h", "0.5", status=1)
        self.assertEqual(found["verdict"], "doubtful")
        done = self.check("--h", "0.5")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertRegex(done.stdout, r"\nW1 doubtful: \d+ entries checked, least certain entry ")

    def test_wrong_use(self):
        for option, values, expected in (
                ("--batch", ("0", "10001", "x"), "1 to 10000"),
                ("--hidden", ("0", "4097"), "1 to 4096"),
                ("--entries", ("-1", "100001"), "0 to 100000"),
                ("--directions", ("0",), "1 to 100000"),
                ("--seed", ("-1", "4294967296"), "0 to 4294967295"),
                ("--h", ("0", "-1", "nan", "inf", ""), "a finite number above 0"),
                ("--tolerance", ("0", "x"), "a finite number above 0")):
            for value in values:
                with self.subTest(option=option, value=value):
                    self.assert_refused(self.check(option, value), f"thalweg gradcheck: {option}: expected",
                                        expected, f'found "{value}"')
        self.assert_refused(self.check("--dtype", "f16"), "--dtype: expected f32 or f64")
        self.assert_refused(self.check("--layers", "4"), "--layers: expected only without --hidden, found both")
        self.assert_refused(self.check("--dropout", "1"), "--dropout: expected a number from 0, below 1")
        self.assert_refused(self.check("--optimizer", "adam"), 'unknown option "--optimizer"')
        self.assert_refused(self.check("--bogus"), 'thalweg gradcheck: unknown option "--bogus"')
        self.assert_refused(self.check("--json=3"), "--json: expected no value")
        self.assert_refused(test_cli.run("gradcheck", "--data", self.folder / "nothing"),
                            "thalweg gradcheck: ", "nothing")

    def test_a_step_lost_in_the_parameters(self):
        # b1 is zero and moves by anything; W1 = 0.01 * randn does not feel 1e-30.
        self.assert_refused(self.check("--h", "1e-30"), "thalweg gradcheck: check_gradient: h must move x[",
                            "found h = 1e-30, which is lost in rounding; try 8.7e-06")

    def test_help(self):
        done = test_cli.run("gradcheck", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for word in ("--data", "--batch", "--hidden", "--entries", "--directions", "--h", "--tolerance", "--seed",
                     "--dtype", "--json", "Examples:", "Exit status:"):
            self.assertIn(word, done.stdout)
        self.assertTrue(all(len(line) <= 105 for line in done.stdout.splitlines()), done.stdout)
        self.assertIn("gradcheck", test_cli.run("--help").stdout)


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    unittest.main()
