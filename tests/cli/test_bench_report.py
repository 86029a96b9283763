# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""tools/bench_report.py turns the benchmarks' JSON into tables and a chart."""

import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

import bench_chart  # noqa: E402  (found through the line above)
import bench_report  # noqa: E402

PRODUCT = "gemm/f32/100x784x50/nn"
NET = "net_gradient/f64/100x784-50-10/mnist"
LOOP = "numerical_gradient/f64/500"


def entry(path, who, us, threads=1, **more):
    """One line of the benchmarks' JSON; quartiles 5 % to both sides."""
    kind = {"FLOP/s": 7.84e6 / us * 1e6} if path.startswith(("gemm", "train")) else {"bytes/s": 8e3 / us * 1e6}
    return {"name": f"{path}/{who}/threads:{threads}", "real_time": us, "time_unit": "us", "rounds": 9.0,
            "q1_us": 0.95 * us, "q3_us": 1.05 * us, **kind, **more}


def typical():
    return [
        entry(PRODUCT, "thalweg", 50.0, of_peak=0.9),
        entry(PRODUCT, "thalweg-avx2", 80.0, of_peak=0.8),
        entry(PRODUCT, "libxsmm", 60.0, of_peak=0.75),
        entry(PRODUCT, "openblas", 75.0, of_peak=0.6),
        entry(PRODUCT, "peak", 45.0),
        entry(PRODUCT, "thalweg", 26.0, threads=2, of_peak=0.87),
        entry(PRODUCT, "openblas", 25.0, threads=2, of_peak=0.9),
        {"name": f"{PRODUCT}/blis/threads:1", "real_time": 0.0, "time_unit": "us"},  # did not take the work
        entry("exp/f32/1000", "thalweg", 0.5, of_copy=0.5, max_ulp=0.4999),
        entry("exp/f32/1000", "sleef", 0.25, of_copy=0.99, max_ulp=0.926),
        entry("exp/f32/1000", "copy", 0.2),
        entry("axpy/f32/1000", "thalweg", 0.1, of_copy=1.0),
    ]


def gradient(who, us, parameters=39760, threads=1, **more):
    """A candidate of the net's gradient that gives so many of its entries in a call."""
    return entry(NET, who, us, threads, parameters=float(parameters), gradient_us=us * 39760 / parameters, **more)


def differences():
    return [
        gradient("thalweg", 3976.0, max_error=2e-16),
        gradient("thalweg", 1988.0, threads=2, max_error=2e-16),
        gradient("kept-buffers", 3500.0, max_error=2e-16),
        gradient("incremental", 79520.0, max_error=3e-12),
        gradient("plain-thalweg", 10000.0, 50, max_error=4e-12, of_peak=0.8),
        gradient("plain-eigen", 15000.0, 50, max_error=5e-12, of_peak=0.5),
        entry(LOOP, "f", 1.0),
        entry(LOOP, "loop", 2.5),
        entry(LOOP, "thalweg", 3.0),
    ]


class Report(unittest.TestCase):
    def run_tool(self, entries, *options):
        """(exit status, standard output, standard error)."""
        context = {"date": "2026-01-02T03:04:05", "cpu": "Some CPU", "num_cpus": 2, "level": "avx512",
                   "compiler": "gcc 12.2.0", "flags": "-O3", "peer/openblas": "0.3.34"}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "result.json"
            path.write_text(json.dumps({"context": context, "benchmarks": entries}), encoding="utf-8")
            done = subprocess.run([sys.executable, str(TOOLS / "bench_report.py"), str(path), *options],
                                  capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def row(self, text, section, begin):
        """The cells of the first row of a section that begins so, by the names of their columns."""
        lines = text.split(f"## {section}\n")[1].split("\n## ")[0].splitlines()
        table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
        for cells in table[2:]:
            if cells[:len(begin)] == begin:
                return dict(zip(table[0], cells))
        self.fail(f"no row {begin} in {table}")

    def test_ours_against_the_best_peer(self):
        status, text, _ = self.run_tool(typical(), "--command", "tools/bench --pin")
        self.assertEqual(status, 0)
        self.assertIn("made by: `tools/bench --pin`", text)
        self.assertIn("openblas (0.3.34)", text)
        row = self.row(text, "Products", [PRODUCT, "1"])
        self.assertEqual((row["ours"], row["rate"], row["of peak"]), ("50.0 us", "156.8 GFLOP/s", "90 %"))
        self.assertEqual((row["best peer"], row["its time"], row["ours is faster by"]), ("libxsmm", "60.0 us", "1.20"))
        self.assertEqual((row["times one thread"], row["spread ours, peer"]), ("", "10 %, 10 %"))

    def test_two_threads_are_compared_among_themselves(self):
        row = self.row(self.run_tool(typical())[1], "Products", [PRODUCT, "2"])
        self.assertEqual((row["times one thread"], row["best peer"], row["ours is faster by"]),
                         ("1.92", "openblas", "0.96"))

    def test_error_stands_beside_time(self):
        row = self.row(self.run_tool(typical())[1], "Elementwise", ["exp/f32/1000", "1"])
        self.assertEqual((row["ULP ours"], row["ULP peer"], row["of copy"]), ("0.50", "0.93", "50 %"))

    def test_work_without_a_peer_keeps_its_row(self):
        row = self.row(self.run_tool(typical())[1], "Elementwise", ["axpy/f32/1000", "1"])
        self.assertEqual((row["best peer"], row["ours is faster by"]), ("", ""))

    def test_all_peers_and_levels(self):
        text = self.run_tool(typical())[1]
        row = self.row(text, "Times of all peers, ours being 1", [PRODUCT, "1"])
        self.assertEqual(row, {"work": PRODUCT, "threads": "1", "libxsmm": "1.20", "openblas": "1.50", "sleef": ""})
        row = self.row(text, "Levels", [PRODUCT])
        self.assertEqual((row["avx512"], row["avx2"], row["avx2 of peak or copy"]), ("50.0 us", "80.0 us", "80 %"))

    def test_wrong_results_are_named_and_do_not_compete(self):
        entries = typical()
        entries[2].update(error_occurred=True, error_message="wrong result: 3 failures:\nelement 0")
        status, text, errors = self.run_tool(entries)
        self.assertEqual(status, 1)
        self.assertIn(f"- {PRODUCT}/libxsmm/threads:1: wrong result: 3 failures:", text)
        self.assertIn("libxsmm", errors)
        self.assertEqual(self.row(text, "Products", [PRODUCT, "1"])["best peer"], "openblas")

    def test_net_gradient(self):
        text = self.run_tool(typical() + differences())[1]
        title = "The net's gradient by differences"
        row = self.row(text, title, [NET, "1"])
        self.assertEqual((row["structured"], row["error"], row["a parameter"]), ("3.98 ms", "2.0e-16", "100.0 ns"))
        self.assertEqual((row["into kept buffers"], row["incremental"], row["its error"], row["structured is faster by"]),
                         ("3.50 ms", "79.5 ms", "3.0e-12", "20"))
        self.assertEqual(self.row(text, title, [NET, "2"])["times one thread"], "2.00")

    def test_plain_loops_are_extrapolated(self):
        text = self.run_tool(differences())[1].split("extrapolated to all")[1]
        text = "## Plain\n" + text
        row = self.row(text, "Plain", [NET, "1", "thalweg"])
        # 100 us an evaluation: 200 us a parameter, 39,760 of them.
        self.assertEqual((row["time"], row["a parameter"], row["error"], row["of peak"]),
                         ("7.95 s", "200 us", "4.0e-12", "80 %"))
        self.assertEqual((row["our loop is faster by"], row["structured is faster by"]), ("1.00", "2000"))
        row = self.row(text, "Plain", [NET, "1", "eigen"])
        self.assertEqual((row["time"], row["our loop is faster by"], row["structured is faster by"]),
                         ("11.9 s", "1.50", "3000"))

    def test_black_box_loop(self):
        row = self.row(self.run_tool(differences())[1], "Differences of any function", [LOOP, "thalweg"])
        self.assertEqual((row["an evaluation"], row["beyond f"], row["times the bare loop"]), ("3.00 ns", "2.00 ns", "1.20"))
        row = self.row(self.run_tool(differences())[1], "Differences of any function", [LOOP, "f"])
        self.assertEqual(row["beyond f"], "")

    def test_methods_are_no_peers(self):
        text = self.run_tool(typical() + differences())[1]
        peers = text.split("## Times of all peers, ours being 1\n")[1].split("\n## ")[0]
        self.assertNotIn("gradient", peers)
        self.assertNotIn("incremental", peers)

    def test_our_own_loop_is_no_peer(self):
        entries = typical()
        entries[2]["name"] = entries[2]["name"].replace("/libxsmm/", "/net-gradient/")
        text = self.run_tool(entries)[1]
        self.assertEqual(self.row(text, "Products", [PRODUCT, "1"])["best peer"], "openblas")
        self.assertNotIn("net-gradient", text)

    def test_not_a_result(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write("{}")
            file.flush()
            done = subprocess.run([sys.executable, str(TOOLS / "bench_report.py"), file.name], capture_output=True,
                                  text=True, check=False)
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1))

    def test_chart(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "chart.svg"
            self.run_tool(typical(), "--svg", str(path))
            root = xml.etree.ElementTree.parse(path).getroot()
        words = [element.text for element in root.iter() if element.tag.endswith("}text")]
        self.assertIn("1.20 x libxsmm, 90 % of peak", words)
        self.assertIn(f"{PRODUCT} (2 threads)", words)
        self.assertNotIn("axpy/f32/1000", words)
        bars = [float(element.get("width")) for element in root.iter()
                if element.tag.endswith("}rect") and element.get("height") == str(bench_chart.ROW - 4)]
        # On a logarithmic axis of five doublings; positions are written to a tenth of a pixel.
        doubling = bench_chart.PLOT_WIDTH / 5
        for width, ratio in zip(bars, (60 / 50, 26 / 25, 0.5 / 0.25), strict=True):
            self.assertAlmostEqual(width / doubling, math.log2(ratio), delta=0.1 / doubling)


class Names(unittest.TestCase):
    def test_time_units(self):
        for us, want in ((0.4567, "0.46 us"), (12.34, "12.3 us"), (456.7, "457 us"), (1234.5, "1.23 ms"), (2e6, "2.00 s")):
            self.assertEqual(bench_report.microseconds(us), want)

    def test_machines(self):
        amd = {"model name": "AMD EPYC", "vendor_id": "AuthenticAMD", "cpu family": "25", "model": "17"}
        self.assertEqual(bench_report.machine_name(amd, 2), "amd-epyc-zen4-2core")
        amd.update({"model name": "AMD EPYC 7763 64-Core Processor", "model": "1"})
        self.assertEqual(bench_report.machine_name(amd, 64), "amd-epyc-7763-zen3-64core")
        intel = {"model name": "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", "vendor_id": "GenuineIntel"}
        self.assertEqual(bench_report.machine_name(intel, 4), "intel-xeon-platinum-8481c-4core")
        self.assertEqual(bench_report.machine_name({}, 1), "unknown-1core")


if __name__ == "__main__":
    unittest.main()
