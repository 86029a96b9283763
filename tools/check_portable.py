#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks that the library and the command stay free of what MSVC and clang-cl refuse, and of what means something else on
64-bit Windows; docs/platforms.md has the list. No such compiler is asked.

  check_portable.py [ROOT]

Prints one line for each place. Exit status: 0 none, 1 some.
"""

import pathlib
import re
import sys

FOLDERS = ('include', 'src', 'tools')
SUFFIXES = ('.cpp', '.hpp', '.inc')

# What is asked of compilers and systems in one place each.
KERNELS = ('src/kernels/compiler.hpp', 'src/kernels/vec_', 'src/kernels/large_angle.hpp', 'src/kernels/map_quick.hpp',
           'src/kernels/difference_any.hpp')
SYSTEM = ('src/io/posix.hpp', 'src/io/windows_')
# Each stands behind an #if of its file.
GUARDED = ('src/core/float_control.hpp', 'src/core/prefetch.hpp', 'src/dispatch/cpu.cpp', 'src/ops/program.cpp')

# Pattern, what it is, the beginnings of the names of the files that may have it.
RULES = (
    (r'\b__u?int128(?:_t)?\b', '__int128', ()),
    (r'(?<!long )\b(?:unsigned |signed )?long\b(?! long| double)', 'long, which has 32 bits on Windows',
     ('src/parallel/threads.cpp', 'src/parallel/crew.cpp', 'src/dispatch/caches.cpp', 'tools/cli/terminal.cpp', 'tools/ulp_sweep.cpp',
      'tools/difference_errors.cpp',
      'include/thalweg/detail/element.hpp')),
    (r'(?<![\w\])>])\(\{', 'a statement expression', ()),
    (r'\?\s*:', 'a choice without its middle', ()),
    (r'\b(?:__)?typeof(?:__)?\b', 'typeof', ()),
    (r'__attribute__', 'an attribute that is no macro of src/kernels/compiler.hpp', ('src/kernels/compiler.hpp',)),
    (r'\b__builtin_\w+', "a compiler's builtin", KERNELS + GUARDED),
    (r'\b__asm__\b|\basm\b', 'assembly', GUARDED),
    (r'(?<![\w"])(?:and|or|not|xor|bitand|bitor|compl|and_eq|or_eq|not_eq|xor_eq)(?![\w"])', 'an alternative token', ()),
    (r'\b__(?:PRETTY_FUNCTION|thread|restrict)\b', 'a GNU name', ()),
    (r'\bM_(?:PI|E|LN2)\b', 'a constant that <cmath> need not have', ()),
    (r'(?<![:\w])s?size_t\b', 'ssize_t or size_t without a namespace', SYSTEM),
    (r'#\s*include\s*<(?:unistd|fcntl|poll|dirent|spawn|sched|pthread|signal|sys/\w+|windows|io)\.h>',
     'a header of one system; src/io/posix.hpp has it for all',
     SYSTEM + ('src/parallel/threads.cpp', 'src/core/of_this_thread.hpp', 'src/dispatch/caches.cpp',
               'tools/figures/figure_folder.cpp')),
    (r'\bthread_local\b', "a thread's variable: GCC for Windows calls destructors too late, src/core/of_this_thread.hpp not",
     ('src/core/of_this_thread.hpp', 'src/parallel/threads.cpp', 'src/parallel/crew.cpp')),
    (r'\[\[(?:gnu|clang)::(?!always_inline|noinline|noclone|cold|used|retain|weak|constructor|visibility|format|lifetimebound)',
     'an attribute that nobody has looked at', ()),
)
RULES = tuple((re.compile(pattern), what, where) for pattern, what, where in RULES)

# MSVC's error C2026: longer pieces are cut.
MOST_IN_LITERAL = 16000
RAW = re.compile(r'R"(\w*)\((.*?)\)\1"', re.DOTALL)
COMMENTS_AND_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


def bare(text):
    """The code alone, line by line: comments are blanks, and texts are empty."""
    def without(match):
        kept = '""' if match[0][0] in 'R"' else '0' if match[0][0] == "'" else ' '
        return kept + '\n' * match[0].count('\n')
    lines = text.splitlines()
    code = COMMENTS_AND_TEXT.sub(without, text).splitlines()
    # What is included is no text.
    return [line.split('//')[0] if line.lstrip().startswith('#') and 'include' in line else short for line, short in zip(lines, code)]


def problems_of(path, root):
    name = path.relative_to(root).as_posix()
    text = path.read_text(encoding='utf-8', errors='replace')
    for number, line in enumerate(bare(text), 1):
        if line.startswith('#error'):
            continue
        for pattern, what, where in RULES:
            found = pattern.search(line)
            if found and not name.startswith(where or '//'):
                yield f'{name}:{number}: "{found[0].strip()}": {what}'
    for match in RAW.finditer(text):
        if len(match[2]) > MOST_IN_LITERAL:
            yield f'{name}:{text.count(chr(10), 0, match.start()) + 1}: a text of {len(match[2])} letters in one piece'


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    files = [path for folder in FOLDERS for path in sorted((root / folder).rglob('*')) if path.suffix in SUFFIXES]
    if not files:
        print(f'{root}: no sources found', file=sys.stderr)
        return 1
    problems = [problem for path in files for problem in problems_of(path, root)]
    for problem in problems:
        print(problem)
    print(f'{len(files)} files, {len(problems)} place(s) that another compiler would refuse')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
