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

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import doc_comments  # noqa: E402

# dot(a, b)(0, 2);  // 15
SHOWN = re.compile(r'(\s*)([^/"]*(?:"[^"]*"[^/"]*)*);\s*// (-?\d+(?:\.\d+)?|true|false|"[^"]*")')
FEWEST_EXAMPLES = 20

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document, language):
    """(line number, text) of each block in that language."""
    text = pathlib.Path(document).read_text(encoding="ascii")
    return [(text.count("\n", 0, found.start()) + 2, found[2]) for found in BLOCK.finditer(text)
            if found[1] == language]


def at_namespace_scope(block):
    return re.match(r"#include|void |template|struct ", block) is not None


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


def check_map(document):
    problems = []
    folder = pathlib.Path(document).parent
    rows = 0
    for number, line in enumerate(pathlib.Path(document).read_text(encoding="ascii").splitlines(), 1):
        for link in re.findall(r"\]\(([^)#:]+)\)", line):
            if not (folder / link).exists():
                problems.append(f"{document}:{number}: there is no {link}")
        cells = line.strip("|").split("|") if line.startswith("|") else []
        tests = re.findall(r'"([^"]+)"', cells[-1]) if cells else []
        rows += bool(tests)
        sources = "".join((folder / link).read_text(encoding="ascii")
                          for link in re.findall(r"\]\(([^)#:]+)\)", cells[-1] if cells else "")
                          if (folder / link).is_file())
        problems += [f"{document}:{number}: no test \"{test}\" in the files of its column" for test in tests
                     if f'"{test}' not in sources and f"def {test}(" not in sources]
    if rows == 0:
        problems.append(f"{document}: names no test")
    return problems


def main():
    command = {"generate": generate, "run": run, "examples": examples, "examples-run": examples_run, "shown": shown,
               "map": check_map}[sys.argv[1]]
    problems = command(*sys.argv[2:])
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
