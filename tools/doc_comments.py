# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""Reads the public headers as far as their documentation goes: which declarations there are, and the comment of each.

No C++ parser: it knows the shapes that these headers, formatted by clang-format, are written in, and says so where it
meets another.
"""

import dataclasses
import pathlib
import re

# In the order in which they stand in a comment.
SLOTS = ('shape', 'units', 'range', 'error', 'alias', 'threads', 'throws', 'source')
SLOT = re.compile(r'(' + '|'.join(SLOTS) + r') {2,}(\S.*)')
CONTINUATION = ' ' * 9
EXAMPLE = ' ' * 4
# THALWEG_BEGIN_PUBLIC, alone on its line.
MACRO = re.compile(r'[A-Z_]+')


@dataclasses.dataclass
class Comment:
    """`/// Summary.`, further text, indented examples, slot lines."""
    line: int = 0
    text: list = dataclasses.field(default_factory=list)  # paragraphs and lists as they stand, without examples
    examples: list = dataclasses.field(default_factory=list)  # (line number, text)
    slots: dict = dataclasses.field(default_factory=dict)
    parts: list = dataclasses.field(default_factory=list)  # ('text' | 'example', lines) in their order

    @property
    def summary(self):
        return ' '.join(self.text).split('. ')[0]


def parse_comment(lines, first):
    """lines: without `/// `; first: the number of the first of them."""
    comment = Comment(first)
    slot = None
    for number, line in enumerate(lines, first):
        found = SLOT.fullmatch(line)
        if found:
            slot = found[1]
            comment.slots[slot] = found[2]
        elif slot and line.startswith(CONTINUATION):
            comment.slots[slot] += ' ' + line.strip()
        elif line.startswith(EXAMPLE) or (line == '' and comment.parts and comment.parts[-1][0] == 'example'):
            slot = None
            if not comment.parts or comment.parts[-1][0] != 'example':
                comment.parts.append(('example', []))
                comment.examples.append((number, ''))
            comment.parts[-1][1].append(line[len(EXAMPLE):])
            start, text = comment.examples[-1]
            comment.examples[-1] = (start, text + line[len(EXAMPLE):] + '\n')
        else:
            slot = None
            if not comment.parts or comment.parts[-1][0] != 'text':
                comment.parts.append(('text', []))
            comment.parts[-1][1].append(line)
            comment.text.append(line)
    return comment


@dataclasses.dataclass
class Declaration:
    """What stands at namespace scope or in the public part of a class."""
    kind: str  # namespace class enum concept function variable other
    name: str
    text: str  # without comments and without the body, blanks folded
    first: int  # line numbers
    last: int
    scope: str  # 'thalweg', 'thalweg::detail', 'thalweg::Rng'
    public: bool
    comment: Comment = None  # its own, or that of the group it belongs to
    leads: bool = False  # the comment stands right above it
    trailing: str = ''  # of ///<


@dataclasses.dataclass
class Header:
    path: pathlib.Path
    lines: list
    opening: Comment  # the file's first comment, after the SPDX lines
    declarations: list


def without_comments(line):
    """The line without // comments and with strings emptied; blanks keep the columns."""
    out = []
    quote = ''
    i = 0
    while i < len(line):
        letter = line[i]
        if quote:
            if letter == '\\':
                out.append('  ')
                i += 2
                continue
            if letter == quote:
                quote = ''
                out.append(letter)
            else:
                out.append(' ')
        elif letter == '"' or (letter == "'" and not (i and line[i - 1].isalnum())):
            quote = letter
            out.append(letter)
        elif line.startswith('//', i):
            break
        else:
            out.append(letter)
        i += 1
    return ''.join(out).rstrip()


def name_of(text, scope):
    """(kind, name) of a declaration."""
    flat = re.sub(r'\s+', ' ', text).strip()
    if flat.startswith('namespace'):
        return 'namespace', flat.split()[-1] if ' ' in flat else ''
    body = flat
    while body.startswith('template'):
        body = after_angles(body[len('template'):].lstrip())
    body = skip_requires(body)
    if body.startswith('concept '):
        return 'concept', body.split()[1]
    found = re.match(r'(?:friend )?enum (?:class )?(\w+)', body)
    if found:
        return 'enum', found[1]
    found = re.match(r'(class|struct) (\w+)', body)
    if found and '(' not in body.split('{')[0].split(':')[0]:
        return ('class', found[2]) if not body.rstrip().endswith(';') or '{' in body else ('other', found[2])
    if body.startswith(('using ', 'static_assert', 'extern ')):
        return ('variable', body.split()[1]) if body.startswith('using ') and '=' in body else ('other', '')
    if body.startswith('Callback<') and (found := re.search(r'(\w+)(?: =.*)?;?$', body)):
        return 'variable', found[1]
    found = re.search(r'(operator\s*(?:\(\)|[^\s\w(]+|[\w:<>, ]+?(?=\())|~?\w+)\s*\(', body)
    head = body.split('=')[0] if 'operator' not in body else body
    if found and (body[:found.start()].endswith('::') or re.fullmatch(r'\w+\([^:]*\) ?->.*', body.replace('::', ''))):
        return 'other', found[1]  # a definition outside its class, a deduction guide
    if found and '(' in head:
        return 'function', re.sub(r'\s+', ' ', found[1])
    found = re.search(r'(\w+)(?:\[\w*\])?\s*(?:=.*|\{.*)?;?$', body)
    return 'variable', found[1] if found else ''


def after_angles(text):
    """What follows <...>."""
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == '<') - (letter == '>')
        if depth == 0:
            return text[i + 1:].lstrip()
    return ''


def skip_requires(text):
    """text without a leading requires-clause: names with balanced <>, joined by &&."""
    return split_requires(text)[1]


def split_requires(text):
    """(clause, rest) of text that may begin with `requires A<X> && B<Y> rest`."""
    if not text.startswith('requires '):
        return '', text
    rest = text[len('requires '):].lstrip()
    clause = []
    while True:
        found = re.match(r'[\w:]+', rest)
        if not found:
            break
        end = found.end()
        if rest[end:end + 1] == '<':
            end = len(rest) - len(after_angles(rest[end:]))
        clause.append(rest[:end].strip())
        rest = rest[end:].lstrip()
        if not rest.startswith('&&'):
            break
        rest = rest[2:].lstrip()
    return ' && '.join(clause), rest


class Reader:
    """One pass over a header."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.lines = self.path.read_text(encoding='ascii').split('\n')
        self.declarations = []
        self.scopes = []  # (name, kind, public)

    def scope(self):
        return '::'.join(name for name, _, _ in self.scopes if name)

    def public(self):
        return all(public for _, _, public in self.scopes)

    def opening(self):
        """The first comment: plain // lines, with the same slots."""
        lines = []
        first = 0
        for number, line in enumerate(self.lines, 1):
            if line.startswith('// SPDX') or (not line and not lines):
                continue
            if not line.startswith('//'):
                break
            first = first or number
            lines.append(line[3:])
        return parse_comment(lines, first)

    def read(self):
        opening = self.opening()
        text = ''  # of the declaration being read
        start = 0
        parens = 0
        skip = 0  # braces of a body that is passed over
        ends = ''  # what ends the declaration after such a body: '' or ';'
        pending = []  # lines of a /// comment
        pending_first = 0
        directive = False  # whether a directive goes on in this line
        for number, raw in enumerate(self.lines, 1):
            stripped = raw.strip()
            if directive or (stripped.startswith('#') and stripped.endswith('\\')):
                directive = stripped.endswith('\\')
                continue
            if not text and not skip:
                if stripped.startswith('///') and not stripped.startswith('///<'):
                    if not pending:
                        pending_first = number
                    pending.append(stripped[4:])
                    continue
                if stripped.startswith('//'):
                    if not stripped.startswith('// NOLINT'):
                        pending = []
                    continue
                if not stripped or stripped.startswith('#') or MACRO.fullmatch(stripped):
                    pending = []
                    continue
                access = re.fullmatch(r'(public|private|protected):', stripped)
                if access:
                    name, kind, _ = self.scopes[-1]
                    self.scopes[-1] = (name, kind, access[1] == 'public')
                    continue
            code = without_comments(raw)
            for letter in code + '\n':
                if skip:
                    skip += (letter == '{') - (letter == '}')
                    if skip == 0:
                        if ends == '':
                            self.add(text, start, number, pending, pending_first)
                            text, pending = '', []
                        else:
                            text += '{}'
                    continue
                if not text:
                    if letter.isspace() or letter == ';':
                        continue
                    if letter == '}':
                        self.scopes.pop()
                        continue
                    start = number
                text += letter
                parens += (letter == '(') - (letter == ')')
                if letter == '{' and parens == 0:
                    text, skip, ends, pending = self.open_brace(text, start, number, pending, pending_first)
                elif letter == ';' and parens == 0:
                    self.add(text, start, number, pending, pending_first)
                    text, pending = '', []
        if self.scopes or text:
            raise ValueError(f'{self.path}: braces that this reader does not follow, at {text[:60]!r}')
        return Header(self.path, self.lines, opening, self.declarations)

    def open_brace(self, text, start, number, pending, pending_first):
        """A scope to enter, or a body to pass over: (text, braces to close, what ends it, pending)."""
        before = text[:-1].rstrip()
        kind, name = name_of(before, self.scope())
        if kind in ('namespace', 'class'):
            self.add(before, start, number, pending, pending_first)
            keep_public = kind == 'namespace' or re.search(r'\bstruct\b', before) is not None
            self.scopes.append((name, kind, keep_public))
            return '', 0, '', []
        ends = ';' if kind in ('enum', 'concept', 'variable') or before.endswith('=') else ''
        return before, 1, ends, pending

    def add(self, text, first, last, pending, pending_first):
        flat = re.sub(r'\s+', ' ', text).strip()
        kind, name = name_of(flat, self.scope())
        trailing = re.search(r'///<\s*(.*)', self.lines[last - 1])
        item = Declaration(kind, name, flat, first, last, self.scope(), self.public(),
                           trailing=trailing[1] if trailing else '')
        if pending:
            item.comment = parse_comment(pending, pending_first)
            item.leads = True
        elif self.declarations:
            before = self.declarations[-1]
            if same_group(before, item):
                item.comment = before.comment
        self.declarations.append(item)


def special_member(item):
    """Copying, moving, destroying."""
    name = item.scope.split('::')[-1]
    return item.name in ('~' + name, 'operator=') or \
        re.match(rf'{name}\((const )?{name}(<\w+>)?(&&|&)', item.text) is not None


def same_group(before, item):
    """Overloads right below one another share the comment of the first."""
    return before.comment is not None and before.kind == item.kind == 'function' and before.scope == item.scope and \
        item.first == before.last + 1 and \
        (before.name == item.name or (special_member(before) and special_member(item)))


def read_header(path):
    return Reader(path).read()
