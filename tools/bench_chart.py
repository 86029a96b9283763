# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""The chart of bench_report.py: for each piece of work, how many times as fast as the best peer."""

import math
from xml.sax.saxutils import escape

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


def text(x, y, content, kind="", anchor="start"):
    marks = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{marks}>{escape(content)}</text>'


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
