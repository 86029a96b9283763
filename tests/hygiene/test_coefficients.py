# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""tools/coefficients/check.py sees a wrong digit in each table of constants, a table that is gone, a constant
that nothing derives, a polynomial that is worse than stated, and a moved pair that is not needed.

  test_coefficients.py ROOT
"""

import contextlib
import io
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tools' / 'coefficients'))

import arithmetic  # noqa: E402  ; found by the line above
import check  # noqa: E402


def flipped(text):
    """The number with its last digit before .0, an exponent or a suffix changed."""
    at = re.match(r'0x[0-9a-f]+(\.[0-9a-f]+)?|\d+(\.(?!0\b)\d+)?', text).end() - 1
    return text[:at] + ('1' if text[at] != '1' else '2') + text[at + 1:]


class Tables(unittest.TestCase):
    """All constants, derived once, against headers with one fault each."""

    @classmethod
    def setUpClass(cls):
        cls.constants = [c for generator in check.GENERATORS for c in generator.constants()]

    def test_a_last_digit_of_each(self):
        for constants in self.constants:
            headers = check.Headers(ROOT)
            (name, (begin, end)), = headers.places(constants).items()
            text = headers.texts[name]
            *_, last = check.NUMBER.finditer(text, begin, end)
            start = last.start() + last.group().startswith('-')
            headers.texts[name] = text[:start] + flipped(text[start:last.end()]) + text[last.end():]
            with self.subTest(constants.name()):
                self.assertIn('derived is', headers.compare(constants))

    def test_a_table_that_is_gone(self):
        headers = check.Headers(ROOT)
        headers.texts = {name: text.replace('kRest[8]', 'kRast[8]') for name, text in headers.texts.items()}
        found = [text for text in map(headers.compare, self.constants) if text]
        self.assertEqual(found, ['ExpTable<8> kRest: 0 places, not 1'])

    def test_a_constant_without_generator(self):
        headers = check.Headers(ROOT)
        for constants in self.constants:
            self.assertEqual(headers.compare(constants), '')
        self.assertEqual(list(headers.without_generator()), [])
        headers.texts['src/kernels/loss.hpp'] += 'constexpr double kNew = 0x1.6a09e667f3bcdp-1;\n'
        self.assertRegex(list(headers.without_generator())[0], r'loss\.hpp:\d+: no generator for 0x1\.6a09')

    def test_an_error_above_the_stated(self):
        tail = next(c for c in self.constants if c.error)
        worse = arithmetic.Constants(tail.where, tail.values, error=(tail.error[1] / 2, tail.error[1]))
        self.assertIn('stated', check.excess(worse))
        self.assertEqual(check.excess(tail), '')


class MovedPairs(unittest.TestCase):
    """The pairs of log_float.hpp that are not the nearest."""

    def complaints(self, changed):
        before = dict(check.log_float.MOVED)
        check.log_float.MOVED.update(changed)
        try:
            return check.log_float.check()
        finally:
            check.log_float.MOVED.clear()
            check.log_float.MOVED.update(before)

    def test_all_are_needed_and_serve(self):
        self.assertEqual(self.complaints({}), [])

    def test_a_pair_that_is_not_needed(self):
        found = self.complaints({10: (1, 0, '0x1.28p+0')})
        self.assertEqual(found, ['kLogPairs[10] is moved, but the nearest pair rounds log(0x1.28p+0) correctly'])

    def test_a_pair_that_does_not_serve(self):
        found = self.complaints({9: (0, 0, '0x1.22d57p-65')})
        self.assertEqual(found, ['kLogPairs[9] rounds log(0x1.22d57p-65) wrongly'])


class Program(unittest.TestCase):
    """Exit status and words."""

    def status_and_output(self, root):
        output = io.StringIO()
        before, sys.argv = sys.argv, ['check.py', str(root)]
        try:
            with contextlib.redirect_stdout(output):
                return check.main(), output.getvalue()
        finally:
            sys.argv = before

    def test_a_fault(self):
        with tempfile.TemporaryDirectory() as scratch:
            for pattern in check.SOURCES:
                for path in ROOT.glob(pattern):
                    copy = pathlib.Path(scratch) / path.relative_to(ROOT)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, copy)
            status, output = self.status_and_output(scratch)
            self.assertEqual(status, 0, output)
            header = pathlib.Path(scratch) / 'src/kernels/exp_log.hpp'
            header.write_text(header.read_text().replace('0x1.1f730349868cep-29', '0x1.1f730349868cfp-29'))
            status, output = self.status_and_output(scratch)
            self.assertEqual(status, 1, output)
            self.assertIn('number 10 is 0x1.1f730349868cfp-29, derived is 0x1.1f730349868cep-29', output)


if __name__ == '__main__':
    unittest.main()
