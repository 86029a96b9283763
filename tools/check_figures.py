#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks that what pages say of speed is what the committed reports of tools/bench found: docs/figures.toml.

  check_figures.py [ROOT]

Prints one line for each sentence that a page no longer has, or has with other figures. Exit status: 0 none, 1 some.
"""

import pathlib
import re
import sys
import tomllib


def table_rows(report, section):
    """(header, cells) of each row of the tables below one heading."""
    here, header = False, []
    for line in report.splitlines():
        if line.startswith("## "):
            here = line[3:] == section
        if not here or not line.startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not header:
            header = cells
        elif not cells[0].startswith("---"):
            yield header, cells


def figure(report, source):
    """The figure that a page must have, with its unit."""
    column = source["column"]
    found = [cells[header.index(column)] for header, cells in table_rows(report, source["section"])
             if column in header and re.match(source["rows"], " | ".join(cells))]
    found = [cell.split() for cell in found if cell]
    if not found:
        raise ValueError(f"no row {source['rows']!r} with {column!r} below {source['section']!r}")
    pick = {"first": lambda cells, key: cells[0], "min": min, "max": max}[source.get("cells", "first")]
    number, *unit = pick(found, key=lambda cell: float(cell[0]))
    if len({tuple(cell[1:]) for cell in found}) > 1 and "cells" in source:
        raise ValueError(f"rows {source['rows']!r} have {column!r} in several units")
    return " ".join([source.get("form", "%s") % (float(number) if "form" in source else number), *unit])


def problem(root, claim):
    """What is wrong with one sentence, or nothing."""
    page = " ".join((root / claim["page"]).read_text(encoding="utf-8").split())
    report = (root / "benchmarks" / "results" / claim["report"]).read_text(encoding="utf-8")
    parts = claim["says"].split("{}")
    if len(parts) != len(claim["from"]) + 1:
        return f"figures.toml: {claim['says']!r} has {len(parts) - 1} figures, and from has {len(claim['from'])}"
    try:
        figures = [figure(report, source) for source in claim["from"]]
    except ValueError as error:
        return f"{claim['report']}: {error}"
    sentence = "".join(part + value for part, value in zip(parts, figures + [""]))
    if sentence in page:
        return None
    found = re.search("(.{1,20}?)".join(re.escape(part) for part in parts), page)
    return f"{claim['page']}: expected {sentence!r}, found " + (repr(found.group()) if found else "no such sentence")


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1])
    claims = tomllib.loads((root / "docs" / "figures.toml").read_text(encoding="utf-8"))["figure"]
    problems = [found for claim in claims if (found := problem(root, claim))]
    for found in problems:
        print(found)
    if problems:
        print(f"{len(problems)} sentences differ from the reports")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
