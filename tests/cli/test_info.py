# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""thalweg info from outside, and what the variables THALWEG_SIMD, _SIMD_HIDE and _CACHES do to every command. Usage:
test_info.py path/to/thalweg [unittest arguments]"""

import json
import os
import re
import sys
import unittest

import test_cli


class Info(test_cli.CliTest):
    def test_simd_level(self):
        for level in ("avx1024", "AVX2"):
            for command in ("train", "info"):
                self.assert_refused(test_cli.run(command, environment={"THALWEG_SIMD": level}),
                                    f"thalweg {command}: ", "THALWEG_SIMD", level, "scalar")
        done = test_cli.run("info", environment={"THALWEG_SIMD": ""})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^active .*, the best that runs here \(THALWEG_SIMD is not set\)$")

    def test_info(self):
        done = test_cli.run("info", environment={"THALWEG_SIMD": "scalar", "OMP_NUM_THREADS": "1"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for pattern in (r"^version +thalweg \d", r"^built .*scalar", r"^runnable .*scalar", r"^caches ",
                        r"^active +scalar, set by THALWEG_SIMD$", r"^threads +1, ", r"^compiler +\w",
                        r"^zlib +(yes|no)"):
            self.assertRegex(done.stdout, re.compile(pattern, re.MULTILINE))

    def test_info_for_scripts(self):
        found = test_cli.info(THALWEG_SIMD="scalar", OMP_NUM_THREADS="1")
        self.assertEqual(list(found), ["version", "cpu", "caches", "caches_set_by", "levels", "active", "active_set_by", "threads",
                                       "threads_set_by", "compiler", "xsimd", "openmp", "zlib", "libpng"])
        self.assertEqual(f"thalweg {found['version']}\n", test_cli.run("--version").stdout)
        self.assertEqual((found["active"], found["active_set_by"], found["threads"]), ("scalar", "THALWEG_SIMD", 1))
        self.assertEqual(found["threads_set_by"], "OMP_NUM_THREADS" if found["openmp"] else None)
        self.assertEqual(list(found["caches"]), ["l1_data", "l2", "l3"])
        self.assertEqual(found["levels"][-1], {"name": "scalar", "runnable": True, "reason": None, "fma": False})
        best = test_cli.info(THALWEG_SIMD=None, OMP_NUM_THREADS=None)
        self.assertEqual((best["active"], best["active_set_by"], best["threads_set_by"]),
                         (next(iter(test_cli.runnable())), None, None))

    def test_caches(self):
        given = test_cli.info(THALWEG_CACHES="48K,2M,33554432")
        self.assertEqual(given["caches"], {"l1_data": 48 << 10, "l2": 2 << 20, "l3": 32 << 20})
        self.assertEqual(given["caches_set_by"], "THALWEG_CACHES")
        self.assertIsNone(test_cli.info(THALWEG_CACHES="")["caches_set_by"])
        self.assertIn("caches     L1 data 4 KiB, L2 256 KiB, L3 4096 KiB, set by THALWEG_CACHES\n",
                      test_cli.run("info", environment={"THALWEG_CACHES": "4096,256K,4M"}).stdout)
        for wrong in ("32K", "32K,512K", "32K,512K,16M,", "32K,512K,16M,1M", "0,512K,16M", "32K,-1,16M", "32K,512K,2G",
                      "32k,512K,16M", "32K, 512K,16M", "32K,512K,99999999999999999999", "1K,512K,16M", "32K,512K,16MB"):
            self.assert_refused(test_cli.run("info", environment={"THALWEG_CACHES": wrong}),
                                "thalweg info: THALWEG_CACHES: expected three sizes of 4K to 1024M", f'found "{wrong}"')
        self.assertEqual(test_cli.run("selftest", "--rows", "log/f32", environment={"THALWEG_CACHES": "1"}).returncode, 2)

    def test_a_level_runs_where_info_says_so(self):
        for level in test_cli.info(THALWEG_SIMD="")["levels"]:
            with self.subTest(level=level):
                done = test_cli.run("info", "--json", environment={"THALWEG_SIMD": level["name"]})
                if level["runnable"]:
                    self.assertEqual(json.loads(done.stdout)["active"], level["name"])
                else:
                    self.assert_refused(done, "thalweg info: THALWEG_SIMD: ", level["name"], level["reason"])

    def test_hidden_levels(self):
        """As on a CPU that lacks them, whatever the environment hides already."""
        others = os.environ.get("THALWEG_SIMD_HIDE", "")
        for level in list(test_cli.runnable())[:-1]:
            with self.subTest(level=level):
                hide = {"THALWEG_SIMD_HIDE": f"{others},{level}".lstrip(",")}
                found = test_cli.info(THALWEG_SIMD="", **hide)
                entry, = (each for each in found["levels"] if each["name"] == level)
                self.assertEqual((entry["runnable"], entry["reason"]), (False, "hidden by THALWEG_SIMD_HIDE"))
                self.assertNotEqual(found["active"], level)
                self.assertRegex(test_cli.run("info", environment={"THALWEG_SIMD": "", **hide}).stdout,
                                 rf"(?m)^runnable .*; not here: .*\b{level} \(hidden by THALWEG_SIMD_HIDE\)")
                for command in (("info",), ("train", "--iters", "1", "--quiet")):
                    self.assert_refused(test_cli.run(*command, environment={"THALWEG_SIMD": level, **hide}),
                                        f'thalweg {command[0]}: THALWEG_SIMD: level "{level}" cannot be used: hidden by '
                                        "THALWEG_SIMD_HIDE; available: ")
                done = test_cli.run("selftest", "--level", level, environment={"THALWEG_SIMD": "", **hide})
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr, rf"\A[^\n]*{level}[^\n]*hidden by THALWEG_SIMD_HIDE[^\n]*\n\Z")
        for wrong in ("avx3", "scalar", "avx2,,sse2"):
            self.assert_refused(test_cli.run("info", "--json", environment={"THALWEG_SIMD": "", "THALWEG_SIMD_HIDE": wrong}),
                                "thalweg info: THALWEG_SIMD_HIDE: ")


if __name__ == "__main__":
    test_cli.THALWEG = test_cli.launcher(sys.argv.pop(1))
    unittest.main()
