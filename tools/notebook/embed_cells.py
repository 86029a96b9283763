#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Makes the table of the notebook's cells from their sources, so that the text shown is the code that runs.

  embed_cells.py OUTPUT SECTION.cpp...
  embed_cells.py --pasted OUTPUT SECTION.cpp...    what is shown, as a program: the tests compile it

A cell is a /// comment at the left margin, definitions it needs, and a function void NAME(Page& page). The comment's
first line is "SECTION: TITLE"; the rest, after an empty line, is prose. Definitions are shown as they stand, of the
function its body, without what belongs to the page and not to a program of the reader's: lines with "page.", and all
below a line "// The page's:".
"""

import re
import sys

HEAD = re.compile(r'/// (\d+(?:\.\d+)+): (.+)')
CELL = re.compile(r'void (\w+)\(Page& (?:page|/\*page\*/)\) \{')
PAGES = "// The page's:"


def cell_of(path, number, lines):
    """section, title, prose, (definitions, body), function of the cell whose comment begins lines[0]; number: of that line."""
    head = HEAD.fullmatch(lines[0])
    if not head:
        sys.exit(f'{path}:{number}: expected "/// SECTION: TITLE", found {lines[0]!r}')
    body = 1
    while lines[body].startswith('///'):
        body += 1
    prose = '\n'.join(line[4:] for line in lines[1:body]).strip()
    for at in range(body, len(lines)):
        function = CELL.fullmatch(lines[at])
        if function:
            end = lines.index('}', at)
            inner = [line.removeprefix('    ') for line in lines[at + 1:end]]
            inner = inner[:inner.index(PAGES)] if PAGES in inner else inner
            inner = [line for line in inner if 'page.' not in line]
            code = '\n'.join(lines[body:at]).strip(), '\n'.join(inner).strip()
            return head.group(1), head.group(2), prose, code, function.group(1)
        if lines[at].startswith('///'):
            break
    sys.exit(f'{path}:{number}: expected void NAME(Page& page) {{ before the next cell, found none')


def cells_of(path):
    with open(path, encoding='ascii') as file:
        lines = file.read().split('\n')
    for at, line in enumerate(lines):
        if line.startswith('///') and not (at and lines[at - 1].startswith('///')):
            yield cell_of(path, at + 1, lines[at:])


def literal(text):
    """A raw string: what a reader sees in the generated file is what is printed."""
    return f'R"~~({text})~~"'


def pasted(cells):
    """A reader's program of all cells, which knows nothing but the library."""
    text = '#include <cstdio>\n#include <stdexcept>\n#include <thalweg/thalweg.hpp>\n\nusing namespace thalweg;\n\n'
    text += ''.join(definitions + '\n\n' for _, _, _, (definitions, _), _ in cells)
    text += 'int main() {\nconst TrainTest digits = load_digits("");\n'
    return text + ''.join(f'{{\n{body}\n}}\n' for _, _, _, (_, body), _ in cells) + '}\n'


def table(cells):
    text = '// Made by embed_cells.py.\n#include "notebook/page.hpp"\n\nnamespace thalweg::notebook {\n\n'
    text += ''.join(f'void {function}(Page& page);\n' for *_, function in cells)
    text += '\nstd::span<const Cell> cells() {\n    static constexpr Cell kCells[] = {\n'
    for section, title, prose, code, function in cells:
        shown = '\n\n'.join(part for part in code if part)
        text += '{' + ', '.join(map(literal, (section, title, prose, shown))) + f', {function}}},\n'
    return text + '    };\n    return kCells;\n}\n\n}  // namespace thalweg::notebook\n'


def main():
    make = pasted if sys.argv[1] == '--pasted' else table
    output, *paths = sys.argv[2:] if make is pasted else sys.argv[1:]
    cells = [cell for path in paths for cell in cells_of(path)]
    with open(output, 'w', encoding='ascii') as file:
        file.write(make(cells))


if __name__ == '__main__':
    main()
