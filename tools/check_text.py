#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks the text of the tree: ASCII, tabs, trailing blanks, the last newline, SPDX header, lengths of lines and files,
paths in comments and documents, words that readers have to decipher.

  check_text.py [ROOT]

Prints one line for each place. Exit status: 0 none, 1 some.
"""

import pathlib
import re
import subprocess
import sys

CPP = ('.cpp', '.hpp', '.h', '.cpp.in', '.hpp.in')
# Together with C++ and everything executable, these begin with the licence header; Markdown and data do not.
SCRIPTS = ('.py', '.build', '.sh')
# Examples that a document shows whole.
WITHOUT_HEADER = ('tests/docs/',)
# Bytes on purpose: what the readers' tests are fed with, and the corpora of the fuzzers.
BINARY = ('.gz', '.npy', '.npz', '.bin', '.png', '.jpg', '.idx')

MAX_COLUMNS = 110
MAX_LINES = 400
# Where files have fewer lines than that: of any kind, and of code.
SHORT = ('src/', 'include/')
SHORT_CODE = ('tests/', 'tools/', 'benchmarks/')
SPDX = ('SPDX-FileCopyrightText: the thalweg authors', 'SPDX-License-Identifier: MIT')

# A path in a comment or a document, as src/ops/gemm.cpp or, below one of FROM, ops/gemm.cpp. What follows a slash, a dot
# or a letter is the end of something else: of an address, of a path in a build tree.
PATH = re.compile(r'(?<![\w./@-])((?:[\w-]+/)+[\w.-]+\.(?:cpp|hpp|py|md|build|inc|toml|ini|in|svg|map))(?![\w/*<{@-])')
CPP_COMMENT = re.compile(r'(?:^|\s)//[/<]*\s(.*)')
SCRIPT_COMMENT = re.compile(r'(?:^|\s)#+\s(.*)')
FROM = ('', 'src/', 'include/', 'tests/', 'tools/', 'benchmarks/', 'docs/')
# They tell of trees that were.
HISTORY = ('CHANGELOG.md', 'docs/migrating.md', 'docs/reports/', 'benchmarks/results/')

# What readers stumble over, and what to say instead.
WORDS = (
    (r'rounding\W+class(es)?', 'CPUs with FMA, CPUs without FMA'),
    (r'\bmend(ed|s)?\b', 'fixed'),
    (r'\blets?\W+out\b', 'exports'),
    (r'\b(is|are)\W+told\b(?!\W+apart)', 'is reported, is passed'),
)
WORDS_IN = ('README.md', 'CONTRIBUTING.md', 'docs/', 'include/', 'tools/')
WORDS_NOT_IN = ('docs/reports/',)


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


def prose_of(name, lines):
    """The lines that people read: of a document all, of a program the comments; else nothing."""
    if name.endswith('.md'):
        return lines
    if name.endswith(CPP):
        comment = CPP_COMMENT
    elif name.endswith(SCRIPTS + ('.toml',)) or lines[0].startswith('#!'):
        comment = SCRIPT_COMMENT
    else:
        return []
    return [found[1] if (found := comment.search(line)) else '' for line in lines]


def path_problems(name, lines, tree):
    """Paths that lead nowhere. tree: the files there are, and their folders."""
    if name.startswith(HISTORY):
        return
    for number, line in enumerate(prose_of(name, lines), 1):
        for path in PATH.findall(line):
            folder = path.split('/')[0]
            ours = any(root + folder in tree for root in FROM)
            if ours and not any(root + path in tree for root in FROM):
                yield f'{name}:{number}: no such file: {path}'


def word_problems(name, text):
    """Words to avoid, across the ends of lines as well."""
    if not name.startswith(WORDS_IN) or name.startswith(WORDS_NOT_IN):
        return
    for pattern, instead in WORDS:
        for found in re.finditer(pattern, text):
            number = text.count('\n', 0, found.start()) + 1
            word = ' '.join(re.findall(r'\w+', found[0]))
            yield f'{name}:{number}: "{word}"; say: {instead}'


def problems_of(name, data, tree):
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
    yield from path_problems(name, lines, tree)
    yield from word_problems(name, text)
    short = name.startswith(SHORT) or (name.startswith(SHORT_CODE) and name.endswith(CPP + SCRIPTS))
    if short and len(lines) - 1 >= MAX_LINES:
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
    names = [path.relative_to(root) for path in files]
    tree = {part.as_posix() for name in names for part in (name, *name.parents)}
    problems = [problem for name in names for problem in problems_of(name.as_posix(), (root / name).read_bytes(), tree)]
    for problem in problems:
        print(problem)
    print(f'{len(files)} files, {len(problems)} problem(s)')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
