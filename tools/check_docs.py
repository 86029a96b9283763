#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Checks that the comments of the public headers say what a caller must know, and nothing that goes without saying.

  check_docs.py [ROOT]

What goes without saying are the defaults of docs/reference.md, "Unless an entry says otherwise". A slot that only
repeats one of them is a problem. A function must have, in its own comment, its class's, or the one that it continues
("The same ..."), or for all but shape its file's:

  shape    where it takes or gives matrices, views, labels or spans
  error    where it computes numbers: in a header of COMPUTING it returns them or writes them to a view
  threads  where it calls a function of the user's
  throws   where there is more to throw than the defaults: with a path, a step h, options or a function of the user's

noexcept, = default and = delete answer for themselves. Everything public has a comment, and a function's begins with
what the function does: a verb. Slots stand in the order of CONTRIBUTING.md. A public header has no namespace detail
(that is in include/thalweg/detail), begins with what it declares, is in the table of docs/reference.md, and is compiled
alone by tests/headers.
Prints one line for each gap. Exit status: 0 none, 1 some.
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import doc_comments  # noqa: E402

# Headers whose results are not exact.
COMPUTING = {'array', 'complex_step', 'derivatives', 'difference_model', 'differences', 'differentiate', 'finite_differences', 'loss',
             'net', 'ops', 'optimizer', 'reductions', 'train', 'two_layer_net'}
# Not in the table of reference.md: nothing to call.
WITHOUT_ENTRY = {'abi', 'thalweg'}
# The file's own comment and its includes come first, then the API.
FIRST_NAME_BY = 40

WITH_SHAPE = re.compile(r'\b(Matrix|MatrixView|DotOperand|Labels|TwoLayerParams|std::span(?!<const NpzMember)|Variables)\b')
COMPUTED = re.compile(r'^(template <.*?> )?(requires \S+ )?(auto|double|Matrix<\w+>|std::vector<double>|TwoLayerParams<\w+>|'
                      r'Derivative|GradientResult) |\b(MatrixView<(?!const)\w+>|std::span<double>|TwoLayerParams<\w+>&) \w+[,)]')
CALLS_BACK = re.compile(r'\bclass Function\b|\w*Callbacks\b')
MORE_TO_THROW = re.compile(r'\bclass Function\b|\w*Callbacks\b|\bstd::string& (path|directory)\b|\bdouble h\b|\b\w*DifferenceOptions\b')
QUIET = re.compile(r'\bnoexcept\b|= (default|delete)\b|^~')
# A word and blanks where a slot would stand, such as a slot misspelt.
LIKE_A_SLOT = re.compile(r'([a-z]+) {2,}\S')
# "Returns", "Computes": the third person of a verb.
VERB = re.compile(r'[A-Z][a-z]+s\b(?!\s+(is|are)\b)')

# What would repeat a default: the whole slot, or one of its parts between semicolons.
REPEATS = {
    'shape': re.compile(r'any|as given'),
    'error': re.compile(r'none\b.*|exact'),
    'alias': re.compile(r'none|(out|y)? ?(overlaps|does not overlap|do not overlap)\b.*'),
    'threads': re.compile(r'as any (value|const member)\b.*|.*\b(does|do) not depend on\b.*|safe( to call)? from any thread|'
                          r'(const members )?may run in several threads at once|(any|each|large|many) .* (is|are) split.*'),
    'throws': re.compile(r'nothing|std::bad_alloc|ShapeError|SimdError( as .*)?|(as )?the operations|'
                         r'ShapeError (when|unless) .*(shapes?|sizes?) (differ|disagree|do not fit|fit)\b.*'),
    'source': re.compile(r'.*\bthis library\b.*'),
}


def in_detail(item):
    return 'detail' in (item.scope + '::' + item.name).split('::')


def in_table(item):
    """What a reader can use."""
    return item.public and not in_detail(item) and item.kind not in ('namespace', 'other')


def needed(item, group, name):
    """The slots that a function must have, each with whether the file may say it for all."""
    if all(QUIET.search(one.text) for one in group):
        return []

    def any_has(pattern):
        return any(pattern.search(one.text) for one in group)

    constructor = item.name == item.scope.split('::')[-1]  # keeps what it is given
    wanted = [('shape', False, any_has(WITH_SHAPE)),
              ('error', True, name in COMPUTING and not constructor and any_has(COMPUTED)),
              ('threads', True, any_has(CALLS_BACK)),
              ('throws', True, any_has(MORE_TO_THROW))]
    return [(slot, by_file) for slot, by_file, holds in wanted if holds]


def repeats(slot, text):
    """The part of a slot that a reader knows already, or None."""
    pattern = REPEATS.get(slot)
    for part in text.split('; ') if pattern else ():
        if pattern.fullmatch(part.strip()):
            return part.strip()
    return None


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
    for slot, text in comment.slots.items():
        known = repeats(slot, text)
        if known is not None:
            yield f'{where}: {slot} repeats a default of docs/reference.md: "{known}"'


def function_problems(item, group, name, said, by_file, where):
    """said: the slots of the function's own comment, its class and what it continues."""
    if not VERB.match(' '.join(item.comment.text)) and not item.comment.summary.startswith('The same'):
        yield f'{where}: {item.name}: expected a verb first (Returns, Computes), found "{item.comment.text[0][:30]}"'
    for slot, file_may in needed(item, group, name):
        if slot not in said and not (file_may and slot in by_file):
            yield f'{where}: {item.name} says nothing about {slot}'


def header_problems(path, shown):
    header = doc_comments.read_header(path)
    classes = {item.scope + '::' + item.name: item for item in header.declarations if item.kind == 'class'}
    groups = {}
    for item in header.declarations:
        if item.comment:
            groups.setdefault(id(item.comment), []).append(item)
    continued = {}  # scope -> the slots that "The same" continues
    if not header.opening.text:
        yield f'{shown}:1: expected a comment that says what the header is for'
    yield from comment_problems(header.opening, f'{shown}:{header.opening.line}')
    yield from place_problems(header, path.stem, shown)
    for item in header.declarations:
        if not in_table(item):
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
        near = dict(item.comment.slots)
        if item.comment.summary.startswith('The same'):
            near = {**continued.get(item.scope, {}), **near}
        continued[item.scope] = near
        outer = owner.comment.slots if owner and owner.comment else {}
        yield from function_problems(item, groups[id(item.comment)], path.stem, {**outer, **near}, header.opening.slots, where)


def place_problems(header, name, shown):
    """Machinery in a public header, or before its API."""
    for item in header.declarations:
        if item.kind == 'namespace' and item.name.split('::')[-1] == 'detail' and name != 'abi':
            yield f'{shown}:{item.first}: namespace detail belongs to include/thalweg/detail'
    first = next((item.first for item in header.declarations if in_table(item)), 0)
    if first > FIRST_NAME_BY:
        yield f'{shown}:{first}: the first public name, expected by line {FIRST_NAME_BY}'


def said_below(header, item):
    """clang-format moves a ///< that is too long behind or below the value."""
    lines = header.lines[item.first - 1:item.last]
    return any('///<' in line for line in lines)


def list_problems(root, headers):
    """A header that the reference does not show, or that no test compiles alone."""
    page, tests = root / 'docs' / 'reference.md', root / 'tests' / 'headers' / 'meson.build'
    shown = page.read_text(encoding='ascii')
    tested = tests.read_text(encoding='ascii').partition('detail_headers')
    for path in headers:
        if path.stem not in WITHOUT_ENTRY and f'include/thalweg/{path.name})' not in shown:
            yield f'docs/reference.md: does not name {path.name}'
        if f"'{path.stem}'" not in tested[0]:
            yield f'tests/headers/meson.build: does not compile {path.name} alone'
    for path in sorted((root / 'include' / 'thalweg' / 'detail').glob('*.hpp')):
        if f"'{path.stem}'" not in tested[2]:
            yield f'tests/headers/meson.build: does not compile detail/{path.name} alone'


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    headers = sorted((root / 'include' / 'thalweg').glob('*.hpp'))
    if not headers:
        print(f'{root}: no headers found', file=sys.stderr)
        return 1
    problems = [problem for path in headers for problem in header_problems(path, path.relative_to(root).as_posix())]
    problems += list_problems(root, headers)
    for problem in problems:
        print(problem)
    print(f'{len(headers)} headers, {len(problems)} problem(s)')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
