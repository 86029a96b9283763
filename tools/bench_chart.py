# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Charts of benchmarks: for each piece of work, how many times as fast as the best peer.

  bench_chart.py --top REPORT.md [REPORT.md ...] FILE.svg
      twelve rows of reports of tools/bench, a column for each; all rows are what bench_report.py draws
"""

import math
import pathlib
import re
import sys

import svg
from svg import text

ROW = 16
LABEL_WIDTH = 330
PLOT_WIDTH = 380
NOTE_WIDTH = 300
TOP = 62
LEAST, MOST = 0.25, 8.0  # of the logarithmic axis; bars beyond are cut and their figure tells
TICKS = (0.25, 0.5, 1, 2, 4, 8)
AHEAD, EVEN, BEHIND = "#2b7a4b", "#8a8f98", "#b3472f"
STYLE = ("text{font-family:'DejaVu Sans',Helvetica,Arial,sans-serif;font-size:11px;fill:#222}"
         ".title{font-size:15px;font-weight:bold}.section{font-size:12px;font-weight:bold}.small{fill:#666}")


def place(ratio):
    """Where a ratio stands on the axis, in pixels."""
    clamped = min(max(ratio, LEAST), MOST)
    return LABEL_WIDTH + PLOT_WIDTH * math.log(clamped / LEAST) / math.log(MOST / LEAST)


def colour(ratio):
    """Within 2 % of one another nobody is ahead."""
    if ratio >= 1.02:
        return AHEAD
    return EVEN if ratio >= 0.98 else BEHIND


def bar(contest, y):
    """Label, bar and note of one piece of work."""
    ratio = contest.ratio
    one, end = place(1.0), place(ratio)
    left, width = min(one, end), max(abs(end - one), 1.0)
    share = contest.ours.share
    kind = "peak" if contest.ours.flops else "copy"
    note = f"{ratio:.2f} x {contest.best.who}" + (f", {100 * share:.0f} % of {kind}" if share else "")
    label = contest.path + (f" ({contest.threads} threads)" if contest.threads > 1 else "")
    return [text(LABEL_WIDTH - 8, y + 11, label, anchor="end"),
            f'<rect x="{left:.1f}" y="{y + 2}" width="{width:.1f}" height="{ROW - 4}" fill="{colour(ratio)}"/>',
            text(LABEL_WIDTH + PLOT_WIDTH + 10, y + 11, note, "small")]


def axis(top, bottom):
    lines = []
    for tick in TICKS:
        x = place(tick)
        stroke = "#444" if tick == 1 else "#ddd"
        lines.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" stroke="{stroke}"/>')
        lines.append(text(x, top - 5, f"{tick:g} x", "small", "middle"))
    return lines


def chart(sections, context):
    """An SVG text; sections are (title, contests), of which those without a peer are left out."""
    sections = [(title, [c for c in contests if c.ratio]) for title, contests in sections]
    sections = [(title, contests) for title, contests in sections if contests]
    bars = []
    y = TOP
    for title, contests in sections:
        bars.append(text(8, y + 14, title, "section"))
        y += ROW + 6
        for contest in contests:
            bars += bar(contest, y)
            y += ROW
        y += 6
    width, height = LABEL_WIDTH + PLOT_WIDTH + NOTE_WIDTH, y + 10
    machine = f"{context.get('cpu', 'unknown')}, {context.get('num_cpus', '?')} CPUs, {context.get('date', '')[:10]}"
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}">', f"<style>{STYLE}</style>",
             f'<rect width="{width}" height="{height}" fill="#fff"/>',
             text(8, 20, "thalweg against the best peer: times as fast (to the right of 1: faster)", "title"),
             text(8, 37, machine, "small")]
    lines += axis(TOP, height - 8) + bars + ["</svg>"]
    return "\n".join(lines) + "\n"


# The twelve: what a net asks for, from where we are ahead to where we are behind. (heading, [(row, label)])
TOP_ROWS = (
    ("Training step, MNIST, 100 images", (
        ("train/f32/100x784-50-10/mnist", "50 hidden units"),
        ("train/f32/100x784-512-10/mnist", "512 hidden units"),
        ("train/f64/100x784-50-10/mnist", "50 hidden units, float64"),
        ("train/f32/100x784-50-10/dense", "50 hidden units, dense inputs"))),
    ("Matrix product", (
        ("gemm/f32/784x100x50/tn", "784 x 100 x 50"),
        ("gemm/f32/256x256x256/nn", "256 x 256 x 256"),
        ("gemm/f32/2048x2048x2048/nn", "2048 x 2048 x 2048"),
        ("gemm/f32/2000x2000x8/nn", "2000 x 2000 x 8"))),
    ("Function of many numbers", (
        ("softmax/f32/10000x10", "softmax, 10,000 x 10"),
        ("exp/f32/100000", "exp, 100,000"),
        ("log/f32/100000", "log, 100,000"),
        ("sigmoid/f32/100000", "sigmoid, 100,000"))),
)
TOP_TICKS = (0.5, 1, 2, 3)
PEER_NAMES = {"openblas": "OpenBLAS", "onednn": "oneDNN", "onednn-sgemm": "oneDNN", "eigen": "Eigen", "sleef": "SLEEF",
              "blis": "BLIS"}


class TopRow:
    """A row of a report's table: its cells by the table's header."""

    def __init__(self, cells):
        self.ratio = float(cells["ours is faster by"])
        self.peer = PEER_NAMES.get(cells["best peer"], cells["best peer"])
        self.ulp = (cells.get("ULP ours", ""), cells.get("ULP peer", ""))


def report_rows(report):
    """{(work, threads): cells by header} of all tables whose first columns are these; the first table wins."""
    rows, header = {}, []
    for line in pathlib.Path(report).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            header = []
        elif not header:
            header = cells
        elif header[:2] == ["work", "threads"] and not cells[0].startswith("---"):
            rows.setdefault((cells[0], cells[1]), []).append(dict(zip(header, cells)))
    return rows


class Column:
    """One machine's bars: a report of tools/bench, drawn from x on."""

    def __init__(self, report, x, width):
        self.rows = report_rows(report)
        self.axes = svg.Axes((x, 0, width - 150, 0), (0.5, 3.0), (0, 1), x_log=True)
        self.notes = x + width - 138
        written = pathlib.Path(report).read_text(encoding="utf-8")
        level, self.compiler = re.search(r"- level: (\w+); ([^;]+);", written).groups()
        machine = re.sub(r"amd-epyc-zen(\d+)-(\d+)core", r"AMD EPYC, Zen \1", pathlib.Path(report).stem)
        self.machine = f"{machine}, {level.upper().replace('512', '-512')}"

    def grid(self, bottom):
        one = self.axes.x(1.0)
        parts = [text(self.axes.x(0.5), 62, self.machine, "bold"), text(one - 12, 84, "slower", "second", "end"),
                 text(one + 12, 84, "faster", "first")]
        for tick in TOP_TICKS:
            x = self.axes.x(tick)
            parts += [svg.line(x, 108, x, bottom, "one" if tick == 1 else "grid"), text(x, 102, f"{tick:g} x", "small", "middle")]
        return parts

    def bar(self, path, y):
        """The parts of one row, and whether errors stand below."""
        row = TopRow(self.rows[path, "1"][0])
        kind = {AHEAD: "fill-first", EVEN: "fill-even", BEHIND: "fill-second"}[colour(row.ratio)]
        left, right = sorted((self.axes.x(1.0), self.axes.x(row.ratio)))
        parts = [svg.rect(left, y + 3, max(right - left, 2.0), 18, kind),
                 text(self.notes, y + 17, f"{row.ratio:.2f} x", "bold"), text(self.notes + 52, y + 17, row.peer)]
        if all(row.ulp):
            parts.append(text(self.notes, y + 35, f"error {row.ulp[0]} : {row.ulp[1]}", "small"))
        return parts, all(row.ulp)


def top_chart(*reports):
    """The SVG for the README; the machines' names are the reports'."""
    left, width = 232, 560 // len(reports)
    columns = [Column(report, left + index * width, width) for index, report in enumerate(reports)]
    bars, y = [], 108
    for heading, works in TOP_ROWS:
        bars.append(text(24, y + 20, heading, "bold"))
        y += 32
        for path, label in works:
            bars.append(text(36, y + 17, label))
            tall = False
            for column in columns:
                parts, errors = column.bar(path, y)
                bars += parts
                tall = tall or errors
            y += 44 if tall else 26
        y += 10
    compilers = sorted({column.compiler for column in columns})
    parts = [text(24, 38, "Times as fast as the best other library", "title"),
             text(24, 62, f"one thread, {', '.join(compilers)}", "small"),
             *(part for column in columns for part in column.grid(y)), *bars,
             text(24, y + 26, "error: largest seen, ours : theirs, in units in the last place", "small")]
    return svg.card(800, y + 44, "Speed of thalweg over the best other library, for twelve pieces of work", parts)


def main():
    if len(sys.argv) < 4 or sys.argv[1] != "--top":
        print(__doc__, file=sys.stderr)
        return 2
    pathlib.Path(sys.argv[-1]).write_text(top_chart(*sys.argv[2:-1]), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
