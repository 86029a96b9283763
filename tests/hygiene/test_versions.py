#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""One version: whatever says one says that of meson.build.

  test_versions.py ROOT BUILD VERSION SO_VERSION

VERSION, SO_VERSION: meson.build's, and the part of it that programs are bound to.
"""

import pathlib
import re
import sys
import unittest

ROOT = BUILD = VERSION = SO_VERSION = NUMBERS = None


class Versions(unittest.TestCase):
    """Each place of its own."""

    def found(self, path, pattern):
        """All that the pattern's group finds in a file; nothing is a failure."""
        values = re.findall(pattern, path.read_text(encoding='utf-8'), re.MULTILINE)
        self.assertTrue(values, f'{path.name}: found nothing like {pattern}')
        return values

    def test_is_semantic(self):
        self.assertRegex(VERSION, r'^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-dev)?$')
        parts = NUMBERS.split('.')
        self.assertEqual(SO_VERSION, '.'.join(parts[:2]) if parts[0] == '0' else parts[0])

    def test_header(self):
        header = ROOT / 'include' / 'thalweg' / 'version.hpp'
        parts = [self.found(header, rf'\bkVersion{part} = (\d+);')[0] for part in ('Major', 'Minor', 'Patch')]
        suffix = self.found(header, r'\bkVersionSuffix = "(.*)";')[0]
        self.assertEqual('.'.join(parts) + suffix, VERSION)
        self.assertEqual(self.found(header, r'< "(\d[\w.-]*)"$')[0], VERSION)

    def test_name_at_the_link(self):
        """The symbol that headers ask of the library, and the namespace of their own constant."""
        names = self.found(ROOT / 'include' / 'thalweg' / 'abi.hpp', r'headers(?:_are)?_(\d+(?:_\d+)*)\b')
        self.assertEqual(set(names), {SO_VERSION.replace('.', '_')})
        self.assertEqual(set(self.found(ROOT / 'src' / 'core' / 'version.cpp', r'headers_are_(\d+(?:_\d+)*)\b')),
                         {SO_VERSION.replace('.', '_')})

    def test_recipes(self):
        """The recipe for Conan reads it from meson.build, as CMakeLists.txt does."""
        port = ROOT / 'tools' / 'packaging' / 'vcpkg' / 'thalweg' / 'vcpkg.json'
        self.assertEqual(self.found(port, r'"version-semver": "(.*)"'), [VERSION])

    def test_changelog(self):
        self.assertEqual(self.found(ROOT / 'CHANGELOG.md', r'^## \[?(\d[\w.-]*)')[0], NUMBERS)

    def test_packages(self):
        self.assertEqual(self.found(BUILD / 'meson-private' / 'thalweg.pc', r'^Version: (.*)$'), [VERSION])
        config = BUILD / 'src' / 'packages' / 'thalweg-config-version.cmake'
        self.assertEqual(self.found(config, r'^set\(PACKAGE_VERSION "(.*)"\)$')[0], NUMBERS)
        self.assertIn(f'MATCHES "^{SO_VERSION}[.]"', config.read_text(encoding='utf-8'))

    def test_what_users_copy(self):
        """The README and the consumers ask for a version that is satisfied."""
        for path in (ROOT / 'README.md', ROOT / 'tests' / 'consumer' / 'cmake' / 'CMakeLists.txt'):
            self.assertEqual(set(self.found(path, r'find_package\(thalweg (\S+) ')), {SO_VERSION}, path)


if __name__ == '__main__':
    ROOT, BUILD = map(pathlib.Path, sys.argv[1:3])
    VERSION, SO_VERSION = sys.argv[3:]
    NUMBERS = VERSION.split('-')[0]  # a development version counts as the version it leads to
    unittest.main(argv=sys.argv[:1], verbosity=2)
