# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""The hygiene tools that read archives and objects see what they are there to see: symbols, instructions, constructors."""

import os
import platform
import subprocess
import tempfile
import unittest

from test_hygiene_tools import run


class Symbols(unittest.TestCase):
    """check_isa_symbols.py on the archive of leaking_unit.cpp."""

    def setUp(self):
        self.archive = os.environ.get('THALWEG_LEAKING_ARCHIVE', '')
        if not self.archive:
            self.skipTest('instrumented build')

    def test_each_leak(self):
        status, output = run('check_isa_symbols.py', 'leaking=' + self.archive)
        self.assertEqual(status, 1, output)
        self.assertIn('leaking: FAILED: 5 strong symbol(s)', output)
        self.assertRegex(output, r'leaking: needs operator new\(unsigned (long|int)\), which is compiled elsewhere')
        self.assertIn('leaking: defines thalweg::kernels::second_strong_symbol(), which does not carry', output)
        self.assertIn('leaking: defines thalweg::kernels::leaking_not::of_another_level(), which does not', output)
        self.assertIn('leaking: needs thalweg::kernels::leaking::defined_nowhere(), which is compiled', output)
        for own in ('of_this_level', 'kernel_of_this_level', 'calls_what_is_nowhere'):
            self.assertNotIn('leaking::' + own, output)
        self.assertIn('leaking: defines thalweg::kernels::shared_by_all_levels() for all to share', output)
        self.assertRegex(output, r'leaking: has code or data in \.(init_array|ctors)')

    def test_other_level(self):
        status, output = run('check_isa_symbols.py', 'avx2=' + self.archive)
        self.assertEqual(status, 1, output)
        self.assertIn('avx2: does not define thalweg::kernels::kernels_avx2 exactly once', output)

    def test_missing_archive(self):
        status, output = run('check_isa_symbols.py', 'avx2=/nonexistent.a')
        self.assertEqual(status, 2, output)

    def test_skipped_under_sanitizers(self):
        status, output = run('check_isa_symbols.py', '--sanitize', 'address', 'leaking=' + self.archive)
        self.assertEqual(status, 77, output)


@unittest.skipUnless(platform.machine() == 'x86_64', 'x86-64 instructions')
class Instructions(unittest.TestCase):
    """check_instructions.py on objects of assembly."""

    def check(self, function, instruction, *levels):
        """What is said of a function with that one instruction."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        built = os.path.join(folder.name, 'unit.o')
        subprocess.run(['as', '-o', built], input=f'{function}:\n    {instruction}\n    ret\n', text=True, check=True)
        return run('check_instructions.py', built, *levels)

    def test_beyond_the_baseline(self):
        for instruction in ('vaddps %ymm0, %ymm1, %ymm2', 'vzeroupper', 'pshufb %xmm0, %xmm1', 'popcnt %eax, %eax',
                            'shlx %eax, %ebx, %ecx', 'roundsd $1, %xmm0, %xmm1', 'kmovw %eax, %k1'):
            status, output = self.check('_ZN7thalweg3dotEv', instruction, 'avx2')
            self.assertEqual(status, 1, output)
            self.assertIn(f'_ZN7thalweg3dotEv: {instruction.split()[0]} is not in the x86-64 baseline', output)

    def test_a_level(self):
        name = '_ZN7thalweg7kernels4avx212_GLOBAL__N_14tileEv'
        self.assertEqual(self.check(name, 'vaddps %ymm0, %ymm1, %ymm2', 'avx512', 'avx2')[0], 0)
        self.assertEqual(self.check(name, 'vaddps %ymm0, %ymm1, %ymm2', 'avx512')[0], 1)
        self.assertEqual(self.check(name.replace('4avx2', '4sse2'), 'vzeroupper', 'avx512', 'avx2')[0], 1)

    def test_the_baseline(self):
        for instruction in ('addps %xmm0, %xmm1', 'rep bsf %eax, %ebx', 'verr %ax', 'lock incl (%rax)'):
            status, output = self.check('main', instruction, 'avx2')
            self.assertEqual(status, 0, output)

    def test_missing_archive(self):
        status, output = run('check_instructions.py', '/nonexistent.a')
        self.assertEqual(status, 2, output)


class Constructors(unittest.TestCase):
    """check_constructors.py on the same archive."""

    def setUp(self):
        self.archive = os.environ.get('THALWEG_LEAKING_ARCHIVE', '')
        if not self.archive:
            self.skipTest('instrumented build')

    def test_constructor(self):
        status, output = run('check_constructors.py', self.archive)
        self.assertEqual(status, 1, output)
        self.assertRegex(output, r'leaking_unit\.cpp\.o\S*: has code or data in \.(init_array|ctors)')
        self.assertRegex(output, r'leaking_unit\.cpp\.o\S*: initialises something before main\(\): _GLOBAL__sub_I_')

    def test_missing_archive(self):
        status, output = run('check_constructors.py', '/nonexistent.a')
        self.assertEqual(status, 2, output)

    def test_skipped_when_instrumented(self):
        for option in (['--sanitize', 'address'], ['--coverage']):
            status, output = run('check_constructors.py', *option, self.archive)
            self.assertEqual(status, 77, output)


if __name__ == '__main__':
    unittest.main()
