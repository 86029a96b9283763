# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""What Doxygen reads in place of a public header or a page: the house's comments in Doxygen's words.

  reference_filter.py FILE

Of a header: each documented declaration without its body, its slot lines as a list of definitions, overloads below one
another named in one place, nothing of `detail`. Of a page: links to files that are no page become their names.
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'tools'))

import doc_comments  # noqa: E402

# Pages and headers that a text names become links.
PAGE = re.compile(r'\bdocs/([\w-]+)\.md\b')


def page_names():
    """Of the pages that Doxygen is given."""
    listed = (HERE / 'meson.build').read_text(encoding='ascii')
    return {path.name for path in HERE.glob('*.md') if f"'{path.stem}'" in listed} | {'CONTRIBUTING.md'}


def page_reference(name):
    """Doxygen's own name for a Markdown file."""
    return 'page_' + re.sub(r'\W', '_', name[:-len('.md')])


def escaped(text):
    """Plain text, of which Doxygen shows every letter. Between quotes it knows no escapes, so there are none."""
    text = text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;').replace('"', '&quot;')
    text = re.sub(r'([\\@#$%|*_`\[\]~])', r'\\\1', text)
    return text.replace('...', '&hellip;').replace('--', '&minus;&minus;')


def prose(text):
    """Plain text of a comment: escaped, with links to pages; `code` stays code."""
    parts = re.split(r'(`[^`]+`|\bdocs/[\w-]+\.md\b)', text)
    out = []
    for part in parts:
        page = PAGE.fullmatch(part)
        if page and page[1] + '.md' in page_names():
            out.append(f'@ref {page_reference(page[1] + ".md")} "docs/{page[1]}.md"')
        elif part.startswith('`'):
            code = part[1:-1].replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
            out.append('<code>' + re.sub(r'([\\@#$%"*_~])', r'\\\1', code) + '</code>')
        else:
            out.append(escaped(part))
    return ''.join(out)


def text_lines(lines):
    """Paragraphs; a line that is indented by two columns is an item of a list."""
    out = []
    items = False
    for line in lines:
        item = re.match(r' {2,3}(\S.*)', line)
        if item and not items:
            out.append('<ul>')
        if items and not item:
            out[-1] += '</li>'
            out.append('</ul>')
        if item:
            if items:
                out[-1] += '</li>'
            out.append('<li>' + prose(item[1]))
        elif re.match(r'[-+\d]', line) and out:
            out[-1] += ' ' + prose(line)  # no list of Markdown's
        else:
            out.append(prose(line))
        items = bool(item)
    if items:
        out[-1] += '</li>'
        out.append('</ul>')
    return out


def slot_lines(slots):
    if not slots:
        return []
    out = ['', '<dl class="slots">']
    for slot in doc_comments.SLOTS + ('requires',):
        if slot in slots:
            out.append(f'<dt>{slot}</dt><dd>{prose(slots[slot])}</dd>')
    return out + ['</dl>']


def brief_and_rest(comment):
    """The first sentence, and what follows it."""
    first = next((lines for kind, lines in comment.parts if kind == 'text'), [])
    if not first:
        return '', comment.parts
    joined = '\n'.join(first)
    found = re.match(r'(.*?\.)(?:\s+(?=[A-Z`(0-9/])|\s*$)', joined, re.DOTALL)
    if not found or '\n\n' in found[1]:
        return joined, [part for part in comment.parts if part[1] is not first]
    rest = joined[found.end():]
    parts = []
    for kind, lines in comment.parts:
        if lines is not first:
            parts.append((kind, lines))
        elif rest:
            parts.append(('text', rest.split('\n')))
    return found[1], parts


def doc_block(comment, signatures=(), more=()):
    """One /** ... */ of a comment. more: slots that the declaration itself tells."""
    brief, parts = brief_and_rest(comment)
    out = ['/**']
    if brief:
        out.append('@brief ' + ' '.join(text_lines(brief.split('\n'))))
        out.append('')
    if signatures:
        out[-2] += f' <span class="count">({len(signatures)} overloads)</span>'
        out += ['<div class="overloads">', '@code{.cpp}'] + list(signatures) + ['@endcode', '</div>', '']
    for kind, lines in parts:
        if kind == 'example':
            out += ['', '@code{.cpp}'] + [line for line in lines] + ['@endcode', '']
        else:
            out += text_lines(lines) + ['']
    out += slot_lines({**comment.slots, **dict(more)})
    return out + ['*/']


def opening_block(header):
    """The file's own description."""
    comment = header.opening
    name = 'thalweg/' + header.path.name
    return ['/**', f'@file {name}'] + doc_block(comment)[1:]


def declaration_text(item):
    """(requires-clause, the declaration without it, ended)."""
    text = item.text
    head = ''
    while text.startswith('template'):
        rest = doc_comments.after_angles(text[len('template'):].lstrip())
        head += text[:len(text) - len(rest)]
        text = rest
    clause, text = doc_comments.split_requires(text)
    if item.kind == 'function':
        text = re.sub(r'^\[\[[^\]]*\]\] ?', '', text)
        trailing = re.search(r' requires (.*?)(?= : |;|$)', text)
        if trailing:
            clause = trailing[1]
            text = text[:trailing.start()] + text[trailing.end():]
        text = without_initialisers(text).rstrip(' ;')
        text = re.sub(r' = delete$| = default$', lambda found: found[0], text) + ';'
    return clause, head + text


def without_initialisers(text):
    """A constructor without its `: member(value), ...`."""
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == '(') - (letter == ')')
        if letter == ':' and depth == 0 and text[i - 1:i] == ' ' and text[i + 1:i + 2] == ' ':
            return text[:i].rstrip()
    return text


def filtered_header(path):
    header = doc_comments.read_header(path)
    out = opening_block(header)
    groups = {}
    for item in header.declarations:
        if item.comment and item.kind == 'function':
            groups.setdefault(id(item.comment), []).append(item)
    open_scopes = []
    for item in header.declarations:
        if not item.public or 'detail' in (item.scope + '::' + item.name).split('::'):
            continue
        while open_scopes and open_scopes[-1][0] != item.scope:
            out.append(open_scopes.pop()[1])
        out += filtered(header, item, groups.get(id(item.comment), []))
        if item.kind == 'namespace':
            out.append(f'namespace {item.name} {{')
            open_scopes.append((item.name, '}'))
        elif item.kind == 'class':
            _, text = declaration_text(item)
            out += [text + ' {', 'public:']
            open_scopes.append((item.scope + '::' + item.name, '};'))
    for _, end in reversed(open_scopes):
        out.append(end)
    return '\n'.join(out) + '\n'


def filtered(header, item, group):
    """The lines of one declaration."""
    out = []
    clause, text = declaration_text(item)
    more = {'requires': clause}.items() if clause else ()
    if item.kind in ('namespace', 'other'):
        return out
    if item.name == 'kChecked' and 'true' in text:
        return out  # the other branch of an #ifdef
    if item.comment and item.leads:
        signatures = [declaration_text(one)[1] for one in group] if len(group) > 1 else []
        out += doc_block(item.comment, signatures, more)
    elif item.comment:
        return out  # shown with the first of its group
    elif item.trailing:
        first = header.lines[item.last - 1]
        trailing = [item.trailing]
        for line in header.lines[item.last:]:
            if not re.match(r'\s*///<', line):
                break
            trailing.append(line.split('///<')[1].strip())
        if re.match(r'\s*///<', first):
            trailing = [first.split('///<')[1].strip()]
        out += ['/** @brief ' + ' '.join(text_lines([' '.join(trailing)])) + ' */']
    if item.kind == 'enum':
        out += enum_lines(header, item)
    elif item.kind == 'concept':
        out += header.lines[item.first - 1:item.last]
    elif item.kind != 'class':
        out.append(text if text.endswith(';') else text + ';')
    return out


def enum_lines(header, item):
    """An enumeration as it stands, its comments escaped."""
    out = []
    for line in header.lines[item.first - 1:item.last]:
        code, mark, text = line.partition('///<')
        out.append(code + (mark + ' ' + prose(text.strip()) if mark else ''))
    return out


def filtered_page(path):
    """Links between pages stay, links to public headers lead to their reference, others become plain text."""
    text = path.read_text(encoding='ascii')
    pages = page_names()

    def link(found):
        shown, target = found[1], found[2]
        name = pathlib.PurePosixPath(target.split('#')[0]).name
        if target.startswith(('http:', 'https:')):
            return found[0]
        if name in pages and not target.startswith('../benchmarks'):
            return f'@ref {page_reference(name)} "{shown}"'
        if 'include/thalweg/' in target and name.endswith('.hpp'):
            return f'@ref thalweg/{name} "{shown}"'
        return shown

    out = []
    code = False
    titled = False
    for line in text.split('\n'):
        if line.startswith('```'):
            code = not code
            line = line.replace('```sh', '```{.sh}').replace('```cpp', '```{.cpp}').replace('```text', '```')
        elif not code:
            line = re.sub(r'\[([^\]]+)\]\(([^)\s]+)\)', link, line)
            if line.startswith('# ') and not titled:
                line += f' {{#{page_reference(path.name)}}}'
                titled = True
        out.append(line)
    return '\n'.join(out)


def main():
    path = pathlib.Path(sys.argv[1])
    sys.stdout.write(filtered_page(path) if path.suffix == '.md' else filtered_header(path))
    return 0


if __name__ == '__main__':
    sys.exit(main())
