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


def run(document, program):
    expected = "".join(block for _, block in blocks(document, "text"))
    # After a cross build the emulator that Meson names comes first.
    command = [*shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")), pathlib.Path(program).resolve()]
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
    command = {"generate": generate, "run": run, "shown": shown, "map": check_map}[sys.argv[1]]
    problems = command(*sys.argv[2:])
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
