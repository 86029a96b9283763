#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""Turns what benchmarks/bench wrote as JSON into a report: Markdown tables and an SVG chart.

  bench_report.py RESULT.json [--command TEXT] [--markdown FILE] [--svg FILE]
  bench_report.py --machine

Without --markdown the tables go to the standard output. --machine prints the name of this machine for files.
The exit status is 1 when a result in the file was wrong, 2 when it cannot be read.
"""

import argparse
import json
import os
import re
import sys

from bench_chart import chart

# Whose candidates are methods, not only libraries: they have tables of their own.
NET_GRADIENT = "net_gradient"
BLACK_BOX = "numerical_gradient"
# None: whatever no other table has.
SECTIONS = (
    ("Products", ("gemm",)),
    ("Elementwise", None),
    ("Softmax and loss", ("softmax", "softmax_cross_entropy")),
    ("Arrays", tuple("array_" + name for name in ("multiply_add", "four", "descend", "where", "exp_plus", "squared_sum",
                                                  "minus_mean", "over_sum"))),
    ("Training step", ("train", "train_deep")),
    ("Prediction", ("predict",)),
)
ELSEWHERE = {NET_GRADIENT, BLACK_BOX}.union(*(operations or () for _, operations in SECTIONS))
OURS = "thalweg"
PLAIN = re.compile(r"^plain-(.+)$")
REFERENCES = re.compile(r"^(peak(-.*)?|copy|stream)$")
LEVEL = re.compile(rf"^{OURS}-(.+)$")
# Other forms of our own work: for an instruction set, or step by step in the user's loop.
OWN = re.compile(rf"^{OURS}(-.+)?$|^net-gradient$")

# First model of each generation within a family: AMD gives its server processors one name for many of them.
AMD_GENERATIONS = {
    23: ((0x00, "zen"), (0x30, "zen2")),
    25: ((0x00, "zen3"), (0x10, "zen4"), (0x20, "zen3"), (0x60, "zen4")),
    26: ((0x00, "zen5"),),
}


class Figure:
    """One candidate's part in a contest."""

    def __init__(self, entry):
        *path, self.who, threads = entry["name"].split("/")
        self.path = "/".join(path)
        self.operation = path[0]
        self.threads = int(threads.split(":")[1])
        self.wrong = entry.get("error_message") if entry.get("error_occurred") else None
        self.took_part = self.wrong is None and entry.get("rounds", 0) > 0
        scale = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}[entry.get("time_unit", "ns")]
        self.us = entry.get("real_time", 0.0) * scale
        self.flops = entry.get("FLOP/s")
        self.bytes = entry.get("bytes/s")
        self.share = entry.get("of_peak", entry.get("of_copy"))
        self.ulp = entry.get("max_ulp")
        self.error = entry.get("max_error")
        # How many entries of a gradient a call gives, and what all of them would take.
        self.parameters = entry.get("parameters")
        self.gradient_us = entry.get("gradient_us")
        self.spread = (entry["q3_us"] - entry["q1_us"]) / self.us if self.took_part else None

    def rate(self):
        """133.1 GFLOP/s."""
        return f"{self.flops / 1e9:.1f} GFLOP/s" if self.flops else f"{self.bytes / 1e9:.1f} GB/s"


class Contest:
    """Everyone on one piece of work with one number of threads."""

    def __init__(self, path, threads):
        self.path = path
        self.threads = threads
        self.operation = path.split("/")[0]
        self.figures = {}

    @property
    def ours(self):
        return self.figures.get(OURS)

    @property
    def peers(self):
        return [f for who, f in self.figures.items()
                if not OWN.match(who) and not REFERENCES.match(who)]

    @property
    def best(self):
        return min(self.peers, key=lambda f: f.us, default=None)

    @property
    def ratio(self):
        """How many times as fast as the best peer we are."""
        return self.best.us / self.ours.us if self.ours and self.best else None


def read(path):
    """(context, contests in order, texts of wrong results)."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    contests = {}
    wrong = []
    for entry in data["benchmarks"]:
        figure = Figure(entry)
        if figure.wrong is not None:
            wrong.append(f"{entry['name']}: {figure.wrong.splitlines()[0]}")
        if figure.took_part:
            key = (figure.path, figure.threads)
            contests.setdefault(key, Contest(*key)).figures[figure.who] = figure
    return data["context"], list(contests.values()), wrong


def microseconds(us):
    """1.36 us, 157 us, 12.3 ms: three digits, the unit that fits."""
    for limit, factor, unit in ((1e3, 1.0, "us"), (1e6, 1e-3, "ms"), (float("inf"), 1e-6, "s")):
        if us < limit:
            value = us * factor
            return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}"
    raise AssertionError


def percent(share):
    return "" if share is None else f"{100 * share:.0f} %"


def ulp(figure):
    if figure is None or figure.ulp is None:
        return ""
    return f"{figure.ulp:.2f}" if figure.ulp < 100 else f"{figure.ulp:.0e}"


def markdown_table(header, rows):
    """Lines of a table without the columns that are empty throughout."""
    kept = [i for i in range(len(header)) if any(row[i] for row in rows)]
    lines = ["| " + " | ".join(header[i] for i in kept) + " |",
             "|" + "|".join("---" if i == 0 else "---:" for i in kept) + "|"]
    lines += ["| " + " | ".join(row[i] for i in kept) + " |" for row in rows]
    return lines


def of_operations(contests, operations):
    return [c for c in contests if c.ours and
            (c.operation not in ELSEWHERE if operations is None else c.operation in operations)]


def main_table(contests):
    """Ours against the best peer."""
    alone = {c.path: c.ours.us for c in contests if c.threads == 1}
    share = "of peak" if contests[0].ours.flops else "of copy"
    header = ["work", "threads", "ours", "rate", share, "times one thread", "best peer", "its time", "ours is faster by",
              "spread ours, peer", "ULP ours", "ULP peer"]
    rows = []
    for c in contests:
        best = c.best
        gain = f"{alone[c.path] / c.ours.us:.2f}" if c.threads > 1 and c.path in alone else ""
        spread = percent(c.ours.spread) + (f", {percent(best.spread)}" if best else "")
        rows.append([c.path, str(c.threads), microseconds(c.ours.us), c.ours.rate(), percent(c.ours.share), gain,
                     best.who if best else "", microseconds(best.us) if best else "",
                     f"{c.ratio:.2f}" if best else "", spread, ulp(c.ours), ulp(best)])
    return markdown_table(header, rows)


def peers_table(contests):
    """Everybody's time as a multiple of ours."""
    contests = [c for c in contests if c.peers]
    names = sorted({f.who for c in contests for f in c.peers})
    rows = [[c.path, str(c.threads)] + [f"{c.figures[n].us / c.ours.us:.2f}" if n in c.figures else "" for n in names]
            for c in contests]
    return markdown_table(["work", "threads"] + names, rows) if rows else []


def levels_table(contests, level):
    """Each level's time and its share of its own peak."""
    contests = [c for c in contests if c.threads == 1 and any(LEVEL.match(who) for who in c.figures)]
    others = []
    for c in contests:
        others += [who for who in c.figures if LEVEL.match(who) and who not in others]
    header = ["work"]
    for who in [OURS] + others:
        name = level if who == OURS else LEVEL.match(who).group(1)
        header += [name, f"{name} of peak or copy"]
    rows = []
    for c in contests:
        row = [c.path]
        for who in [OURS] + others:
            figure = c.figures.get(who)
            row += [microseconds(figure.us), percent(figure.share)] if figure else ["", ""]
        rows.append(row)
    return markdown_table(header, rows) if rows else []


def time_and_error(figure):
    """Of a whole gradient, in two cells."""
    if figure is None:
        return ["", ""]
    return [microseconds(figure.gradient_us), "" if figure.error is None else f"{figure.error:.1e}"]


def whole_gradients_table(contests):
    """The structured form, and the incremental one next to it."""
    alone = {c.path: c.ours.us for c in contests if c.threads == 1}
    header = ["work", "threads", "structured", "error", "a parameter", "spread", "times one thread", "into kept buffers",
              "incremental", "its error", "structured is faster by"]
    rows = []
    for c in contests:
        gain = f"{alone[c.path] / c.ours.us:.2f}" if c.threads > 1 and c.path in alone else ""
        incremental = c.figures.get("incremental")
        rows.append([c.path, str(c.threads), *time_and_error(c.ours), f"{1e3 * c.ours.us / c.ours.parameters:.1f} ns",
                     percent(c.ours.spread), gain, time_and_error(c.figures.get("kept-buffers"))[0],
                     *time_and_error(incremental), f"{incremental.gradient_us / c.ours.us:.0f}" if incremental else ""])
    return markdown_table(header, rows)


def plain_loops_table(contests):
    """Each plain loop, and how it compares with our loop and with the structured form."""
    header = ["work", "threads", "loop around", "time", "a parameter", "error", "of peak", "spread", "our loop is faster by",
              "structured is faster by"]
    rows = []
    for c in contests:
        own = c.figures.get(f"plain-{OURS}")
        for who, figure in c.figures.items():
            if PLAIN.match(who):
                rows.append([c.path, str(c.threads), PLAIN.match(who).group(1), microseconds(figure.gradient_us),
                             microseconds(figure.us / figure.parameters), time_and_error(figure)[1], percent(figure.share),
                             percent(figure.spread), f"{figure.gradient_us / own.gradient_us:.2f}" if own else "",
                             f"{figure.gradient_us / c.ours.us:.0f}"])
    return markdown_table(header, rows) if rows else []


def black_box_table(contests):
    """One evaluation of a cheap f by each form of the loop, in nanoseconds."""
    rows = []
    for c in contests:
        evaluations = 2 * int(c.path.split("/")[-1])
        alone = c.figures.get("f")
        loop = c.figures.get("loop")
        for who, figure in c.figures.items():
            beyond = 1e3 * (figure.us - alone.us) / evaluations if alone and figure is not alone else None
            rows.append([c.path, who, f"{1e3 * figure.us / evaluations:.2f} ns", percent(figure.spread),
                         "" if beyond is None else f"{beyond:.2f} ns", f"{figure.us / loop.us:.2f}" if loop else ""])
    return markdown_table(["work", "by", "an evaluation", "spread", "beyond f", "times the bare loop"], rows)


def difference_sections(contests):
    """Lines of the sections on numerical differentiation."""
    lines = []
    chosen = of_operations(contests, (NET_GRADIENT,))
    if chosen:
        lines += ["", "## The net's gradient by differences", "",
                  "All parameters. Errors are the largest absolute ones against the exact quotient, over some parameters of",
                  "each matrix.", ""] + whole_gradients_table(chosen)
        plain = plain_loops_table(chosen)
        if plain:
            lines += ["", "Two complete forward passes a parameter, for some parameters, and extrapolated to all:", ""] + plain
    chosen = of_operations(contests, (BLACK_BOX,))
    if chosen:
        lines += ["", "## Differences of any function", "",
                  "What the loop costs beyond a cheap f. All quotients are exact, and verified to be.",
                  ""] + black_box_table(chosen)
    return lines


def reference_lines(contests):
    """The best that was seen of the machine itself, by number of threads."""
    best = {}
    for c in contests:
        for who, figure in c.figures.items():
            if who in ("peak", "copy", "stream"):
                kind = c.path.split("/")[1] if who == "peak" else ""
                # Copies of arrays that no cache holds.
                if who == "peak" or c.path.endswith("/10000000"):
                    best.setdefault((who, kind, c.threads), []).append(figure.flops or figure.bytes)
    for (who, kind, threads), values in sorted(best.items()):
        values.sort()
        unit = "GFLOP/s" if who == "peak" else "GB/s"
        yield f"- {who} {kind} on {threads} thread(s): {values[len(values) // 2] / 1e9:.1f} {unit}".replace("  ", " ")


def facts(context, contests, command):
    """What the figures mean nothing without."""
    lines = [f"- date: {context.get('date', 'unknown')}",
             f"- processor: {context.get('cpu', 'unknown')}, {context.get('num_cpus', '?')} CPUs",
             f"- caches: {context.get('caches', 'unknown')}",
             f"- level: {context.get('level')}; {context.get('compiler')}; {context.get('flags')}"]
    peers = [f"{key[5:]} ({value.strip()})" for key, value in context.items() if key.startswith("peer/")]
    lines.append("- peers: " + (", ".join(peers) if peers else "none found"))
    if command:
        lines.append(f"- made by: `{command}`")
    return lines + list(reference_lines(contests))


def report(context, contests, wrong, command):
    lines = ["# Benchmarks", "", "Written by tools/bench_report.py; not to be edited.", ""]
    lines += facts(context, contests, command)
    lines += ["", "Times are medians over interleaved rounds: processor time on one thread, the wall clock's on several.",
              "Spread is the distance between the quartiles, as a share of the median. ULP is the largest error seen."]
    if wrong:
        lines += ["", "## Wrong results", ""] + [f"- {text}" for text in wrong]
    for title, operations in SECTIONS:
        chosen = of_operations(contests, operations)
        if chosen:
            lines += ["", f"## {title}", ""] + main_table(chosen)
    lines += difference_sections(contests)
    chosen = [c for c in contests if c.ours]
    others = [c for c in chosen if c.operation not in (NET_GRADIENT, BLACK_BOX)]
    for title, table in (("Times of all peers, ours being 1", peers_table(others)),
                         ("Levels", levels_table(chosen, context.get("level", "best")))):
        if table:
            lines += ["", f"## {title}", ""] + table
    return "\n".join(lines) + "\n"


def cpu_fields():
    """The first processor's lines of /proc/cpuinfo."""
    fields = {}
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                name, _, value = line.partition(":")
                fields.setdefault(name.strip(), value.strip())
                if not line.strip():
                    break
    except OSError:
        pass
    return fields


def generation(family, model):
    """zen4 for AMD's family 25 model 17; empty when it is not known."""
    known = [name for first, name in AMD_GENERATIONS.get(family, ()) if first <= model]
    return known[-1] if known else ""


def machine_name(fields, cpus):
    """amd-epyc-zen4-2core."""
    text = re.sub(r"\((R|TM|tm)\)|@.*$|\b\d+-Core\b|\bProcessor\b|\bCPU\b", " ", fields.get("model name", "unknown"))
    words = re.findall(r"[a-z0-9]+", text.lower())
    if fields.get("vendor_id") == "AuthenticAMD":
        words.append(generation(int(fields.get("cpu family", 0)), int(fields.get("model", 0))))
    return "-".join([w for w in words if w] + [f"{cpus}core"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", nargs="?", metavar="RESULT.json")
    parser.add_argument("--command", default="", help="the command that made it, for the report")
    parser.add_argument("--markdown", metavar="FILE")
    parser.add_argument("--svg", metavar="FILE")
    parser.add_argument("--machine", action="store_true", help="print this machine's name for files")
    options = parser.parse_args()
    if options.machine:
        print(machine_name(cpu_fields(), os.cpu_count()))
        return 0
    if options.result is None:
        parser.error("expected RESULT.json")
    try:
        context, contests, wrong = read(options.result)
    except (OSError, ValueError, KeyError) as error:
        print(f"bench_report.py: {options.result}: expected Google Benchmark's JSON, found: {error}", file=sys.stderr)
        return 2
    text = report(context, contests, wrong, options.command)
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.stdout.write(text)
    if options.svg:
        sections = [(title, of_operations(contests, operations)) for title, operations in SECTIONS]
        with open(options.svg, "w", encoding="utf-8") as file:
            file.write(chart(sections, context))
    for line in wrong:
        print(f"bench_report.py: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
