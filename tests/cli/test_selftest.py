# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg selftest from outside. Usage: test_selftest.py path/to/thalweg [unittest arguments]"""

import json
import re
import sys
import unittest

import test_cli


class Selftest(test_cli.CliTest):
    def check(self, *arguments, **options):
        return test_cli.run("selftest", "--rows", "sums", *arguments, **options)

    def json(self, *arguments, **options):
        done = self.check("--json", *arguments, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_table(self):
        done = self.check("--threads", 1)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\Athalweg \d+\.\d+\.\d+(?:-dev)?, \w+ [\d.]+(, without OpenMP)?\n\n"
                                      r"\w+ \(with(out)? fma\), 1 thread\nrow +expected +found\n")
        rows = re.findall(r"^(sums/\w+) +([0-9a-f]{16})  ([0-9a-f]{16})  ok$", done.stdout, re.MULTILINE)
        self.assertEqual([row[0] for row in rows], ["sums/f32", "sums/f64"])
        self.assertTrue(all(expected == found for _, expected, found in rows))
        self.assertRegex(done.stdout, r"\nas promised: 0 of 2 rows differ, \d+\.\d s\n\Z")

    def test_levels(self):
        self.assertEqual([run["simd"] for run in self.json("--level", "scalar")["runs"]], ["scalar"])
        self.assertEqual([run["simd"] for run in self.json(environment={"THALWEG_SIMD": "scalar"})["runs"]], ["scalar"])
        every = [run["simd"] for run in self.json("--level", "all")["runs"]]
        self.assertEqual(every, list(test_cli.runnable()))

    def test_threads(self):
        found = self.json("--threads", "all", "--level", "scalar")
        self.assertEqual(found["differ"], 0)
        counts = [run["threads"] for run in found["runs"]]
        one_thread = not test_cli.info()["openmp"]
        self.assertEqual(counts, [1] * 16 if one_thread else list(range(1, 17)))

    def test_json(self):
        found = self.json()
        self.assertEqual(list(found), ["version", "compiler", "runs", "differ", "seconds"])
        run, = found["runs"]
        self.assertEqual(list(run), ["simd", "fma", "threads", "rows"])
        self.assertEqual(run["fma"], test_cli.runnable()[run["simd"]])
        self.assertEqual([list(row) for row in run["rows"]], [["row", "expected", "found", "ok"]] * 2)

    def test_wrong_use(self):
        for value in ("0", "1025", "-1", "x", ""):
            self.assert_refused(self.check("--threads", value), "thalweg selftest: --threads: expected a whole number",
                                f'found "{value}"')
        self.assert_refused(self.check("--level", "avx3"), "thalweg selftest: --level: ", "avx3", "scalar")
        self.assert_refused(self.check("--full=1"), "--full: expected no value")
        self.assert_refused(self.check("stray"), 'unexpected argument "stray"')
        self.assert_refused(test_cli.run("selftest", "--rows", ""), "--rows: expected the beginning of a row's name")
        self.assert_refused(test_cli.run("selftest", "--rows", "x"), 'name, found "x"; some are there with --full only')

    def test_help(self):
        done = test_cli.run("selftest", "--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for word in ("--level", "--threads", "--rows", "--full", "--json", "--print-table", "Examples:", "Exit status:"):
            self.assertIn(word, done.stdout)
        self.assertTrue(all(len(line) <= 105 for line in done.stdout.splitlines()), done.stdout)


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    unittest.main()
