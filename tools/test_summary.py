#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Adds up the results in Meson's testlog.json files and closes with the line "N passed, N failed".

A Catch2 program counts by its test cases, as its own summary gives them; any other test counts as one. The
exit status is 1 when anything failed or nothing ran.
"""

import argparse
import json
import re
import sys

ALL_PASSED = re.compile(r"^All tests passed \(.* in (\d+) test cases?\)$", re.MULTILINE)
TEST_CASES = re.compile(r"^test cases: +(\d+) *\|(.*)$", re.MULTILINE)
CASE_COUNT = re.compile(r"(\d+) (passed|failed as expected|failed|skipped)")
NONE_RAN = re.compile(r"^No tests? (?:cases? )?(?:ran|matched)", re.MULTILINE)
PASSED_RESULTS = ("OK", "EXPECTEDFAIL")
SKIPPED_RESULTS = ("SKIP", "IGNORED")


def catch_counts(output):
    """(passed, failed, skipped) by the last summary of a Catch2 program; None when there is none."""
    cases = TEST_CASES.findall(output)
    if cases:
        total, parts = cases[-1]
        counts = {word: int(number) for number, word in CASE_COUNT.findall(parts)}
        failed = counts.get("failed", 0)
        skipped = counts.get("skipped", 0)
        return int(total) - failed - skipped, failed, skipped
    passed = ALL_PASSED.findall(output)
    if passed:
        return int(passed[-1]), 0, 0
    return (0, 0, 0) if NONE_RAN.search(output) else None


def counts_of(test):
    """(passed, failed, skipped) of one line of a test log."""
    result = test.get("result", "ERROR")
    if result in SKIPPED_RESULTS:
        return 0, 0, 1
    good = result in PASSED_RESULTS
    counts = catch_counts(test.get("stdout") or "")
    if counts is None:
        return (1, 0, 0) if good else (0, 1, 0)
    passed, failed, skipped = counts
    if not good and failed == 0:
        failed = 1  # every case passed, and yet the program ended badly: a leak, a crash at the end
    return passed, failed, skipped


def read_log(path):
    """The tests of one log, which has one JSON object a line."""
    with open(path, encoding="utf-8") as log:
        return [json.loads(line) for line in log if line.strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs", nargs="+", metavar="testlog.json")
    passed = failed = skipped = 0
    bad = []
    for path in parser.parse_args().logs:
        try:
            tests = read_log(path)
        except (OSError, ValueError) as error:
            print(f"test_summary.py: {path}: expected Meson's test log, found: {error}", file=sys.stderr)
            return 2
        for test in tests:
            counts = counts_of(test)
            passed, failed, skipped = passed + counts[0], failed + counts[1], skipped + counts[2]
            if counts[1] > 0:
                bad.append(test.get("name", "?"))
    for name in bad:
        print(f"failed: {name}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed > 0 or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
