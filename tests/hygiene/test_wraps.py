# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""The wraps are what Meson can use and the build asks for: their form, their versions, who asks. No network.

  test_wraps.py ROOT [unittest arguments]
"""

import configparser
import pathlib
import re
import sys
import unittest

CALL = re.compile(r"\bdependency\(((?:'[^']+',? *)+)(.*?)\)", re.DOTALL)
AT_LEAST = re.compile(r"version: '>=([0-9.]+)'")


def numbers(version):
    return [int(part) for part in version.split('.')]


def wraps():
    """(path, parsed file) of each wrap."""
    found = []
    for path in sorted((ROOT / 'subprojects').glob('*.wrap')):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(path.read_text(encoding='ascii'))
        found.append((path, parser))
    return found


def version_of(wrap):
    """The version at the end of the directory's name."""
    return re.search(r'-([0-9]+(?:\.[0-9]+)+)$', wrap['wrap-file']['directory'])[1]


def calls():
    """(file, names, other arguments) of each dependency() of the project."""
    found = []
    for path in sorted([ROOT / 'meson.build', *(file for folder in ('src', 'tools', 'tests', 'benchmarks')
                                                for file in (ROOT / folder).rglob('meson.build'))]):
        for names, rest in CALL.findall(path.read_text(encoding='ascii')):
            found.append((path, re.findall(r"'([^']+)'", names), rest))
    return found


class Wraps(unittest.TestCase):
    def test_there_are_wraps(self):
        self.assertEqual({path.stem for path, _ in wraps()},
                         {'benchmark', 'catch2', 'cli11', 'nlohmann_json', 'xsimd'})

    def test_form(self):
        for path, wrap in wraps():
            with self.subTest(wrap=path.name):
                file = wrap['wrap-file']
                self.assertRegex(file['source_url'], r'\Ahttps://[^ ]+\.tar\.gz\Z')
                self.assertRegex(file['source_hash'], r'\A[0-9a-f]{64}\Z')
                # The archive is the version that the names tell of, and what is cached bears it.
                self.assertIn(version_of(wrap), file['source_url'])
                self.assertEqual(file['source_filename'], file['directory'] + '.tar.gz')
                self.assertTrue(wrap['provide'])

    def test_what_is_patched_in(self):
        """Its version is the archive's, and it defines what [provide] names."""
        patched = {wrap['wrap-file']['patch_directory']: wrap for _, wrap in wraps()
                   if 'patch_directory' in wrap['wrap-file']}
        folder = ROOT / 'subprojects' / 'packagefiles'
        self.assertEqual(set(patched), {path.name for path in folder.iterdir()})
        for name, wrap in patched.items():
            with self.subTest(patch=name):
                text = (folder / name / 'meson.build').read_text(encoding='ascii')
                self.assertIn(f"version: '{version_of(wrap)}'", text)
                for variable in wrap['provide'].values():
                    self.assertRegex(text, rf'(?m)^{variable} = ')

    def test_versions(self):
        """Whatever a wrap provides is asked for, with a least version that the wrap has."""
        provided = {name.lower(): (path, wrap) for path, wrap in wraps() for name in wrap['provide']}
        asked = set()
        for file, names, rest in calls():
            with self.subTest(file=str(file), names=names):
                known = [name.lower() for name in names if name.lower() in provided]
                if not known:
                    continue
                asked.update(known)
                least = AT_LEAST.search(rest)
                self.assertTrue(least, 'no least version')
                for name in known:
                    self.assertGreaterEqual(numbers(version_of(provided[name][1])), numbers(least[1]))
                # Meson takes no wrap for what is not required unless it is told so.
                self.assertRegex(rest, r'allow_fallback: true|required: isas')
        self.assertEqual(asked, set(provided))

    def test_no_wrap_unasked(self):
        self.assertIn("'wrap_mode=nofallback'", (ROOT / 'meson.build').read_text(encoding='ascii'))


if __name__ == '__main__':
    ROOT = pathlib.Path(sys.argv.pop(1))
    unittest.main()
