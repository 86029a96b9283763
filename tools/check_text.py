#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks the text of the tree: ASCII, tabs, trailing blanks, the last newline, SPDX header, lengths of lines and files.

  check_text.py [ROOT]

Prints one line for each place. Exit status: 0 none, 1 some.
"""

import pathlib
import subprocess
import sys

CPP = ('.cpp', '.hpp', '.h', '.cpp.in', '.hpp.in')
# Together with C++ and everything executable, these begin with the licence header; Markdown and data do not.
SCRIPTS = ('.py', '.build', '.sh')
# Examples that a document shows whole.
WITHOUT_HEADER = ('tests/docs/',)
# Bytes on purpose: what the readers' tests are fed with, and the corpora of the fuzzers.
BINARY = ('.gz', '.npy', '.npz', '.bin', '.png', '.idx')

MAX_COLUMNS = 110
MAX_LINES = 400
SPDX = ('SPDX-FileCopyrightText: the thalweg authors', 'SPDX-License-Identifier: MIT')


def files_of(root):
    """The files that belong to the tree: what git tracks or would add; without git, everything but build trees."""
    try:
        listed = subprocess.run(
            ['git', '-c', f'safe.directory={root}', '-C', str(root), 'ls-files', '-z', '--cached', '--others',
             '--exclude-standard'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        names = listed.stdout.decode().split('\0')
        paths = [root / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        paths = []
    if not paths:  # also an archive that is unpacked where a repository around it ignores everything
        paths = [path for path in root.rglob('*')
                 if not any(part == '.git' or part.startswith('build') or part == '__pycache__'
                            for part in path.relative_to(root).parts)]
    return sorted(path for path in set(paths) if path.is_file() and not path.is_symlink())


def line_problems(name, lines):
    """What is wrong within single lines."""
    is_cpp = name.endswith(CPP)
    for number, line in enumerate(lines, 1):
        if not line.isascii():
            column = next(i for i, letter in enumerate(line) if ord(letter) > 127)
            yield f'{name}:{number}: not ASCII at column {column + 1}: {ascii(line[column])}'
        if '\r' in line:
            yield f'{name}:{number}: carriage return'
        elif line != line.rstrip():
            yield f'{name}:{number}: blanks at the end of the line'
        if '\t' in line:
            yield f'{name}:{number}: tab'
        if is_cpp and len(line) > MAX_COLUMNS:
            yield f'{name}:{number}: {len(line)} columns, expected at most {MAX_COLUMNS}'


def problems_of(name, data):
    """Everything wrong with one file."""
    if name.endswith(BINARY) or '/corpus/' in name or '/crashes/' in name:
        return
    if b'\0' in data:
        yield f'{name}: binary data in a file that should be text'
        return
    text = data.decode('utf-8', errors='replace')
    lines = text.split('\n')
    if not data:
        yield f'{name}: empty'
        return
    if not text.endswith('\n'):
        yield f'{name}:{len(lines)}: no newline at the end'
    elif text.endswith('\n\n'):
        yield f'{name}:{len(lines) - 1}: empty line at the end'
    yield from line_problems(name, lines)
    if name.startswith(('src/', 'include/')) and len(lines) - 1 >= MAX_LINES:
        yield f'{name}: {len(lines) - 1} lines, expected fewer than {MAX_LINES}'
    if name.startswith(WITHOUT_HEADER):
        return
    if name.endswith(CPP + SCRIPTS) or text.startswith('#!'):
        head = lines[1:3] if text.startswith('#!') else lines[:2]
        if [line.lstrip('/#').strip() for line in head] != list(SPDX):
            yield f'{name}:1: expected the two SPDX lines at the top'


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    files = files_of(root)
    if not files:
        print(f'{root}: no files found', file=sys.stderr)
        return 1
    problems = [problem for path in files
                for problem in problems_of(path.relative_to(root).as_posix(), path.read_bytes())]
    for problem in problems:
        print(problem)
    print(f'{len(files)} files, {len(problems)} problem(s)')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
