#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks that the comments of the public headers say what a caller must know.

  check_docs.py [ROOT]

Everything public has a comment. A function's says, as lines of their own or through its class, its file or the comment
that it continues ("The same ..."):

  shape    where it takes or gives matrices, views, labels or spans; said by the file it does not count
  error    where there are numbers; said by the file it does not count
  threads  always
  throws   always; "nothing" is an answer
  source   where there are numbers

noexcept, = default and = delete answer for themselves. Slots stand in the order of CONTRIBUTING.md.
Prints one line for each gap. Exit status: 0 none, 1 some.
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import doc_comments  # noqa: E402

# About the library and the machine, not about numbers: nothing to be off by, nobody to follow.
WITHOUT_NUMBERS = {'abi', 'error', 'simd', 'threads', 'version'}
WITH_SHAPE = re.compile(r'\b(Matrix|MatrixView|DotOperand|Labels|TwoLayerParams|std::span|Variables|NpyArray)\b')
QUIET = re.compile(r'\bnoexcept\b|= (default|delete)\b|^~')
# A word and blanks where a slot would stand, such as a slot misspelt.
LIKE_A_SLOT = re.compile(r'([a-z]+) {2,}\S')


def detail(item):
    return 'detail' in (item.scope + '::' + item.name).split('::')


def needed(item, group, name):
    """The slots that a function must have."""
    if all(QUIET.search(one.text) for one in group):
        return []
    slots = ['threads', 'throws']
    if any(WITH_SHAPE.search(one.text) for one in group):
        slots.append('shape')
    if item.name != item.scope.split('::')[-1]:  # a constructor keeps what it is given
        slots += [] if name in WITHOUT_NUMBERS else ['error', 'source']
    return slots


def comment_problems(comment, where):
    """What is wrong with one comment by itself."""
    order = [doc_comments.SLOTS.index(slot) for slot in comment.slots]
    if order != sorted(order):
        yield f'{where}: slots stand as {" ".join(comment.slots)}, expected the order {" ".join(doc_comments.SLOTS)}'
    for line in comment.text:
        found = LIKE_A_SLOT.match(line)
        if found:
            yield f'{where}: "{found[1]}" is no slot'
    for _, example in comment.examples:
        if not example.strip():
            yield f'{where}: an example without a line'


def header_problems(path, shown):
    header = doc_comments.read_header(path)
    name = path.stem
    classes = {item.scope + '::' + item.name: item for item in header.declarations if item.kind == 'class'}
    groups = {}
    for item in header.declarations:
        if item.comment:
            groups.setdefault(id(item.comment), []).append(item)
    continued = {}  # scope -> the slots that "The same" continues
    if not header.opening.text:
        yield f'{shown}:1: expected a comment that says what the header is for'
    for item in header.declarations:
        if not item.public or detail(item) or item.kind in ('namespace', 'other'):
            continue
        where = f'{shown}:{item.first}'
        if not item.comment:
            if not (item.kind == 'variable' and (item.trailing or said_below(header, item))):
                yield f'{where}: {item.kind} {item.name} has no comment'
            continue
        if not item.leads:
            continue
        yield from comment_problems(item.comment, where)
        if item.kind != 'function':
            continue
        owner = classes.get(item.scope)
        outer = owner.comment.slots if owner and owner.comment else {}
        near = dict(item.comment.slots)
        if item.comment.summary.startswith('The same'):
            near = {**continued.get(item.scope, {}), **near}
        continued[item.scope] = near
        for slot in needed(item, groups[id(item.comment)], name):
            by_file = slot in header.opening.slots and slot not in ('shape', 'error')
            if slot not in near and slot not in outer and not by_file:
                yield f'{where}: {item.name} says nothing about {slot}'


def said_below(header, item):
    """clang-format moves a ///< that is too long behind or below the value."""
    lines = header.lines[item.first - 1:item.last]
    return any('///<' in line for line in lines)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    headers = sorted((root / 'include' / 'thalweg').glob('*.hpp'))
    if not headers:
        print(f'{root}: no headers found', file=sys.stderr)
        return 1
    problems = [problem for path in headers for problem in header_problems(path, path.relative_to(root).as_posix())]
    for problem in problems:
        print(problem)
    print(f'{len(headers)} headers, {len(problems)} problem(s)')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
