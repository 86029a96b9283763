#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""The scripts of the tree ask for nothing but python3: they import its standard library and one another.

  test_python_imports.py ROOT
"""

import ast
import pathlib
import sys
import tempfile
import unittest

# Files that may import what python3 has not, and how it comes that nobody needs it: the one is skipped without NumPy,
# the next has made a table that lies in the tree, and the last is run by Conan alone.
EXCEPTIONS = {
    'benchmarks/arrays_numpy.py': {'numpy', 'numexpr'},
    'tests/arrays/against_numpy.py': {'numpy'},
    'tests/io/test_numpy.py': {'numpy'},
    'tests/ops/test_numpy_arrays.py': {'numpy'},
    'tests/nn/make_difference_reference.py': {'mpmath'},
    'tests/nn/make_shared_reference.py': {'mpmath'},
    'tests/nn/reference.py': {'mpmath'},
    'tools/packaging/conan/conanfile.py': {'conan'},
}

ROOT = None


def scripts_of(root):
    """Everything Python in the tree, by its name or its first line."""
    for folder in ('.ci', 'benchmarks', 'docs', 'src', 'tests', 'tools'):
        for path in sorted((root / folder).rglob('*')):
            if not path.is_file() or '__pycache__' in path.parts:
                continue
            with open(path, 'rb') as file:
                first = file.readline()
            if path.suffix == '.py' or (first.startswith(b'#!') and b'python' in first):
                yield path


def imported(path):
    """Names of the modules that a script imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ('importlib.import_module', '__import__'):
            yield ast.literal_eval(node.args[0])


def strangers(root):
    """(file, module) for each import of neither the standard library nor a script of the tree."""
    scripts = list(scripts_of(root))
    known = set(sys.stdlib_module_names) | {path.stem for path in scripts if path.suffix == '.py'}
    for path in scripts:
        name = str(path.relative_to(root))
        for module in imported(path):
            top = module.split('.')[0]
            if top not in known and top not in EXCEPTIONS.get(name, set()):
                yield name, top


class Imports(unittest.TestCase):
    """The tree, and a tree with planted faults."""

    def test_tree(self):
        self.assertGreater(len(list(scripts_of(ROOT))), 30)
        self.assertEqual(list(strangers(ROOT)), [])

    def test_exceptions_are_there(self):
        for name, modules in EXCEPTIONS.items():
            self.assertLessEqual(modules, set(imported(ROOT / name)), name)

    def test_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            (tree / 'tools').mkdir()
            (tree / 'tools' / 'one.py').write_text('import os.path, yaml.nodes\n')
            (tree / 'tools' / 'two').write_text('#!/usr/bin/env python3\ndef f():\n    from numpy.linalg import norm\n')
            (tree / 'tools' / 'three.py').write_text('import importlib\nimport one\nimportlib.import_module("scipy")\n')
            (tree / 'tools' / 'no_script').write_text('import requests\n')
            self.assertEqual(sorted(strangers(tree)), [('tools/one.py', 'yaml'), ('tools/three.py', 'scipy'),
                                                       ('tools/two', 'numpy')])


if __name__ == '__main__':
    if sys.version_info < (3, 10):
        print('skipped: this python3 does not know the names of its standard library')
        sys.exit(77)
    ROOT = pathlib.Path(sys.argv[1])
    unittest.main(argv=sys.argv[:1], verbosity=2)
