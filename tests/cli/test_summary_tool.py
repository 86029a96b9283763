# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""tools/test_summary.py counts what Catch2 2.13 and 3 and plain programs report."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "test_summary.py"


def run(*logs):
    return subprocess.run([sys.executable, str(TOOL), *logs], capture_output=True, text=True, check=False)


class Summary(unittest.TestCase):
    def summary(self, *logs):
        """(exit status, last line, everything printed) for logs given as lists of (result, stdout)."""
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for number, tests in enumerate(logs):
                path = pathlib.Path(folder) / f"testlog-{number}.json"
                lines = [json.dumps({"name": f"suite / t{number}{i}", "result": result, "stdout": stdout})
                         for i, (result, stdout) in enumerate(tests)]
                path.write_text("\n".join(lines) + "\n", encoding="utf-8")
                paths.append(str(path))
            done = run(*paths)
        return done.returncode, done.stdout.splitlines()[-1], done.stdout + done.stderr

    def test_all_passed(self):
        text = "===\nAll tests passed (1234 assertions in 17 test cases)\n\n"
        self.assertEqual(self.summary([("OK", text)])[:2], (0, "17 passed, 0 failed"))
        text = "All tests passed (1 assertion in 1 test case)\n"
        self.assertEqual(self.summary([("OK", text)])[:2], (0, "1 passed, 0 failed"))

    def test_some_failed(self):
        text = "test cases:  4 |  3 passed | 1 failed\nassertions: 50 | 49 passed | 1 failed\n\n"
        status, last, everything = self.summary([("FAIL", text)])
        self.assertEqual((status, last), (1, "3 passed, 1 failed"))
        self.assertIn("failed: suite / t00", everything)

    def test_failed_as_expected_is_no_failure(self):
        text = "test cases: 5 | 4 passed | 1 failed as expected\n"
        self.assertEqual(self.summary([("OK", text)])[:2], (0, "5 passed, 0 failed"))

    def test_skipped_cases_of_catch2_version_3(self):
        text = "test cases: 6 | 3 passed | 1 failed | 2 skipped\n"
        self.assertEqual(self.summary([("FAIL", text)])[:2], (1, "3 passed, 1 failed, 2 skipped"))

    def test_good_cases_but_bad_end(self):
        text = "All tests passed (10 assertions in 3 test cases)\n==1==ERROR: LeakSanitizer\n"
        self.assertEqual(self.summary([("FAIL", text)])[:2], (1, "3 passed, 1 failed"))

    def test_plain_programs_count_as_one(self):
        tests = [("OK", "hello\n"), ("FAIL", ""), ("TIMEOUT", ""), ("SKIP", ""), ("ERROR", ""),
                 ("EXPECTEDFAIL", "")]
        self.assertEqual(self.summary(tests)[:2], (1, "2 passed, 3 failed, 1 skipped"))

    def test_no_case_ran(self):
        self.assertEqual(self.summary([("OK", "No tests ran\n"), ("OK", "")])[:2], (0, "1 passed, 0 failed"))
        self.assertEqual(self.summary([("OK", "No test cases matched '[slow]'\n")])[:2],
                         (1, "0 passed, 0 failed"))

    def test_several_logs_add_up(self):
        text = "All tests passed (1234 assertions in 17 test cases)\n"
        self.assertEqual(self.summary([("OK", text)], [("OK", text), ("OK", "")])[:2],
                         (0, "35 passed, 0 failed"))

    def test_not_a_log(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
            log.write("not json\n")
            log.flush()
            done = run(log.name)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
