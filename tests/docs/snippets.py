# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

"""What the documents show is what the tests compile.

  snippets.py generate DOCUMENT OUTPUT.cpp
      a program of the document's C++ blocks: blocks that define something or include as they stand, the others
      each in a function of its own, called in order
  snippets.py run DOCUMENT PROGRAM
      the program prints what the document's text blocks say
  snippets.py shown DOCUMENT FILE
      the document has a C++ block with the contents of the file
  snippets.py examples HEADER... OUTPUT.cpp
      a program of the examples in the headers' comments; an expression followed by a literal in a comment has that value
  snippets.py examples-run PROGRAM
      the program ends well
  snippets.py table DOCUMENT OUTPUT.cpp
      a program of the second column of the document's tables with the header "NumPy" or "ONNX"
  snippets.py readme DOCUMENT CHART.svg REPORT.md ...
      lines fit a terminal, links and commands are there, figures are those of the report, and so is the chart; of
      docs/why.md, too
  snippets.py training DOCUMENT COMMAND
      the command trains as the document's console block says, times aside
  snippets.py map DOCUMENT
      the files that the document links to are there; a test named "like this" in the last column of a table row
      stands in the file that the row links to there
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import bench_chart  # noqa: E402
import doc_comments  # noqa: E402

# dot(a, b)(0, 2);  // 15
SHOWN = re.compile(r'(\s*)([^/"]*(?:"[^"]*"[^/"]*)*);\s*// (-?\d+(?:\.\d+)?|true|false|"[^"]*")')
FEWEST_EXAMPLES = 20

MAX_COLUMNS = 110
MAX_PICTURE = 150_000
# What README.md and docs/why.md say, and the report's cell: (pattern with the figure, work, column, loop around).
CLAIMS = (
    (r"derivatives by numerical differentiation in (\S+) ms", "net_gradient/f64/100x784-50-10/mnist", "structured", ""),
    (r"thalweg's is (\S+)\. ", "net_gradient/f64/100x784-50-10/mnist", "error", ""),
    (r"loop on OpenBLAS takes (\S+) s", "net_gradient/f64/100x784-50-10/mnist", "time", "openblas"),
    (r"an error of (\S+);", "net_gradient/f64/100x784-50-10/mnist", "error", "openblas"),
    (r"MNIST run (\S+) to", "train/f32/100x784-50-10/mnist", "ours is faster by", ""),
    (r"MNIST run \S+ to (\S+) times", "train/f32/100x784-512-10/mnist", "ours is faster by", ""),
    (r"twelve bars from (\S+) to", "sigmoid/f32/100000", "ours is faster by", ""),
    (r"twelve bars from \S+ to (\d+\.\d+)", "train/f32/100x784-512-10/mnist", "ours is faster by", ""),
    (r"written by hand on Eigen, takes (\S+) times", "train/f32/100x784-50-10/mnist", "eigen", ""),
    (r"thalweg reaches (\S+) of its speed", "sigmoid/f32/100000", "eigen", ""),
    (r"an error of (\S+) units", "sigmoid/f32/100000", "ULP ours", ""),
    (r"last place against (\d+\.\d+)", "sigmoid/f32/100000", "ULP peer", ""),
)

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document, language):
    """(line number, text) of each block in that language."""
    text = pathlib.Path(document).read_text(encoding="ascii")
    return [(text.count("\n", 0, found.start()) + 2, found[2]) for found in BLOCK.finditer(text)
            if found[1] == language]


def at_namespace_scope(block):
    return re.match(r"#include|void |template|struct |[\w:<>]+ \w+\([^;]*\) \{$", block, re.MULTILINE) is not None


def generate(document, output):
    name = pathlib.Path(document).name
    parts = []
    calls = []
    for line, block in blocks(document, "cpp"):
        place = f'#line {line} "{name}"\n'
        if at_namespace_scope(block):
            parts.append(place + block)
        else:
            calls.append(f"    snippet_{line}();\n")
            # Names that are shown and not used are no mistake here.
            parts.append(f"[[maybe_unused]] static void snippet_{line}() {{\n{place}{block}}}\n")
    program = "\n".join(parts) + "\nint main() {\n" + "".join(calls) + "}\n"
    pathlib.Path(output).write_text(program, encoding="ascii")
    return []


def started(program):
    """What starts a program: after a cross build the emulator that Meson names comes first."""
    return [*shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")), pathlib.Path(program).resolve()]


def run(document, program):
    expected = "".join(block for _, block in blocks(document, "text"))
    command = started(program)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False, cwd=folder)
    if done.returncode != 0:
        return [f"{program}: expected exit status 0, found {done.returncode}"]
    # Blanks at the end of a line cannot be seen in a document.
    found = [line.rstrip() for line in done.stdout.decode().splitlines()]
    wanted = [line.rstrip() for line in expected.splitlines()]
    for number, (a, b) in enumerate(zip(found, wanted), 1):
        if a != b:
            return [f"{document}: line {number} of what is printed: the document says {b!r}, the program {a!r}"]
    if len(found) != len(wanted):
        return [f"{document}: says {len(wanted)} lines are printed, the program prints {len(found)}"]
    return []


def examples_of(header):
    """(line, text) of each indented example in the comments of a header."""
    found = []
    for item in doc_comments.read_header(header).declarations:
        if item.comment and item.leads:
            found += item.comment.examples
    return found


def with_checks(place, text):
    lines = []
    for number, line in enumerate(text.rstrip("\n").split("\n")):
        found = SHOWN.fullmatch(line)
        if found and " = " not in found[2]:
            shown_value = found[3].replace('"', '\\"')
            line = f'{found[1]}expect("{place[0]}:{place[1] + number}", {found[2].strip()}, "{shown_value}");'
        lines.append(line)
    return "\n".join(lines)


def examples(*headers_and_output):
    *headers, output = headers_and_output
    parts = ["#include <cmath>", "#include <span>", "#include <vector>", "", '#include "expect.hpp"',
             "#include <thalweg/complex_step.hpp>", "#include <thalweg/thalweg.hpp>", "", "using namespace thalweg;", ""]
    calls = []
    for header in headers:
        name = pathlib.Path(header).name
        for line, text in examples_of(header):
            function = f"{pathlib.Path(header).stem}_{line}"
            parts.append(f'static void {function}() {{\n#line {line} "{name}"\n{with_checks((name, line), text)}\n}}\n')
            calls.append(f"    {function}();\n")
    if len(calls) < FEWEST_EXAMPLES:
        return [f"expected at least {FEWEST_EXAMPLES} examples in the headers, found {len(calls)}"]
    parts.append("int main() {\n" + "".join(calls) + "    return failed_examples == 0 ? 0 : 1;\n}\n")
    pathlib.Path(output).write_text("\n".join(parts), encoding="ascii")
    return []


def examples_run(program):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(started(program), check=False, cwd=folder)
    return [f"{program}: expected exit status 0, found {done.returncode}"] if done.returncode != 0 else []


def shown(document, file):
    content = pathlib.Path(file).read_text(encoding="ascii")
    if any(block == content for _, block in blocks(document, "cpp")):
        return []
    return [f"{document}: no C++ block has the contents of {file}"]


def links_of(line):
    """Files that a line of Markdown links to or shows."""
    return re.findall(r"\]\(([^)#:]+)\)", line)


def rounded_alike(said, measured):
    """1.6 is 1.58, and 1.58 is: a figure with fewer digits is the rounded one."""
    digits = len(re.sub(r"e.*|^0*\.?0*|\.", "", said))
    return f"{float(said):.{digits - 1}e}" == f"{float(measured):.{digits - 1}e}"


def check_claims(document, text, report):
    rows = bench_chart.report_rows(report)
    problems = []
    for pattern, work, column, loop in CLAIMS:
        found = re.search(pattern.replace(" ", r"\s+"), text)
        cells = [row[column] for row in rows[work, "1"] if column in row and row.get("loop around", "") == loop]
        if not found:
            problems.append(f"{document}: expected a figure like {pattern}")
        elif not rounded_alike(found[1], cells[0].split()[0]):
            problems.append(f"{document}: says {found[0]!r}; {work} has {cells[0]} in {pathlib.Path(report).name}")
    return problems


def page_problems(document, text):
    """Long lines, links and commands that lead nowhere."""
    folder = pathlib.Path(document).parent
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > MAX_COLUMNS:
            yield f"{document}:{number}: {len(line)} columns, expected at most {MAX_COLUMNS}"
        yield from (f"{document}:{number}: there is no {link}" for link in links_of(line) if not (folder / link).exists())
        yield from (f"{document}:{number}: {program} is no program" for program in re.findall(r"\./(tools/[\w-]+)", line)
                    if not os.access(folder / program, os.X_OK))


def picture_problems(path):
    """A picture is well-formed, small, and drawn for a light and a dark page."""
    text = path.read_text(encoding="ascii")
    try:
        xml.etree.ElementTree.fromstring(text)
    except xml.etree.ElementTree.ParseError as error:
        yield f"{path}: {error}"
    if len(text) > MAX_PICTURE:
        yield f"{path}: {len(text)} bytes, expected at most {MAX_PICTURE}"
    if "prefers-color-scheme:dark" not in text:
        yield f"{path}: has no dark theme"


def readme(document, drawn, report, *others):
    texts = {page: pathlib.Path(page).read_text(encoding="ascii")
             for page in (document, pathlib.Path(document).parent / "docs" / "why.md")}
    problems = [problem for page, text in texts.items() for problem in page_problems(page, text)]
    for picture in pathlib.Path(drawn).parent.glob("*.svg"):
        problems += picture_problems(picture)
    problems += [f"{document}: expected the command {program}" for program in ("./tools/train", "./tools/test")
                 if program not in texts[document]]
    if pathlib.Path(drawn).read_text(encoding="ascii") != bench_chart.top_chart(report, *others):
        problems.append(f"{drawn}: is not what tools/bench_chart.py --top draws from {' '.join((report, *others))}")
    return problems + check_claims(document, "\n".join(texts.values()), report)


def training(document, command):
    """As many updates as the first line of progress in the document needs."""
    (_, block), = blocks(document, "console")
    updates = re.search(r"^iteration +(\d+)/", block, re.MULTILINE)[1]
    done = subprocess.run([*started(command), "train", "--iters", updates, "--eval-every", updates],
                          stdout=subprocess.PIPE, check=True)

    def plain(line):
        """Without what another machine or another number of updates changes."""
        line = re.sub(r"f32, .*", "f32", line).replace("/10000", "/" + updates).replace("10000 iter", updates + " iter")
        return " ".join(re.sub(r"\S+ images/s", "", line).split())

    printed = {plain(line) for line in done.stdout.decode().splitlines()}
    told = [plain(line) for line in block.splitlines()]
    last = next(i for i, line in enumerate(told) if line.startswith("iteration"))
    return [f"{document}: says {line!r}, but thalweg train does not" for line in told[:last + 1] if line not in printed]


def table(document, output):
    """Each example in a cell is a statement of its own."""
    text = pathlib.Path(document).read_text(encoding="ascii")
    tables = re.findall(r"^\| (?:NumPy|ONNX) .*\n\|---.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    # A bar that is no border has a backslash.
    cells = [re.split(r"(?<!\\)\|", row)[2].replace("\\|", "|") for table in tables for row in table.splitlines()]
    statements = [statement for cell in cells for statement in re.findall(r"`([^`]+)`", cell)]
    program = ["#include <iostream>", "#include <vector>", "#include <thalweg/thalweg.hpp>", "namespace tw = thalweg;",
               "using namespace thalweg;",
               '#pragma GCC diagnostic ignored "-Wunused-result"', '#pragma GCC diagnostic ignored "-Wunused-value"',
               '#pragma GCC diagnostic ignored "-Wunused-variable"', '#pragma GCC diagnostic ignored "-Wshadow"',
               "int main() {", "    tw::Matrix<double> a(2, 2), b(1, 2), m = b, v = b, w = b, x = a, y = a, z = a, dz = a, W = a;",
               "    tw::Tensor<double> p({2, 3, 4}, 1), q({2, 4, 3}, 2);", "    const std::vector<int> t = {0, 1};"]
    program += [f"    {{ {statement}; }}" for statement in statements] + ["}"]
    pathlib.Path(output).write_text("\n".join(program) + "\n", encoding="ascii")
    return []


def check_map(document):
    problems = []
    folder = pathlib.Path(document).parent
    rows = 0
    for number, line in enumerate(pathlib.Path(document).read_text(encoding="ascii").splitlines(), 1):
        problems += [f"{document}:{number}: there is no {link}" for link in links_of(line) if not (folder / link).exists()]
        cells = line.strip("|").split("|") if line.startswith("|") else []
        tests = re.findall(r'"([^"]+)"', cells[-1]) if cells else []
        rows += bool(tests)
        sources = "".join((folder / link).read_text(encoding="ascii")
                          for link in links_of(cells[-1] if cells else "")
                          if (folder / link).is_file())
        problems += [f"{document}:{number}: no test \"{test}\" in the files of its column" for test in tests
                     if f'"{test}' not in sources and f"def {test}(" not in sources]
    if rows == 0:
        problems.append(f"{document}: names no test")
    return problems


def main():
    command = {"generate": generate, "run": run, "examples": examples, "examples-run": examples_run, "shown": shown,
               "table": table, "readme": readme, "training": training, "map": check_map}[sys.argv[1]]
    problems = command(*sys.argv[2:])
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
