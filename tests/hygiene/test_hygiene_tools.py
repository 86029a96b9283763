# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""The hygiene tools that read sources see what they are there to see: each rule is broken once in a small tree of its own."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent.parent.parent / 'tools'
SPDX = '// SPDX-FileCopyrightText: the thalweg authors\n// SPDX-License-Identifier: MIT\n'


def run(tool, *args):
    """Exit status and output of one tool."""
    done = subprocess.run([sys.executable, str(TOOLS / tool), *map(str, args)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


class Tree(unittest.TestCase):
    """A scratch tree for one test."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode('utf-8'))

    def expect_one(self, tool, message):
        status, output = run(tool, self.root)
        self.assertEqual(status, 1, output)
        self.assertEqual(len(output.splitlines()), 2, output)
        self.assertIn(message, output.splitlines()[0])

    def expect_clean(self, tool):
        status, output = run(tool, self.root)
        self.assertEqual(status, 0, output)


class Includes(Tree):
    """check_includes.py."""

    def test_each_forbidden_include(self):
        cases = [
            ('src/kernels/a.hpp', '<vector>', 'kernels/ include only'),
            ('src/kernels/a.hpp', '"thalweg/ops.hpp"', 'kernels/ includes only kernels/'),
            ('src/kernels/a.hpp', '"core/b.hpp"', 'kernels/ includes only kernels/'),
            ('src/core/a.cpp', '"ops/b.hpp"', 'core/ includes only core/'),
            ('src/core/a.cpp', '"kernels/table.hpp"', 'core/ includes only core/'),
            ('src/dispatch/a.cpp', '"kernels/vec.hpp"', 'dispatch/ includes only'),
            ('src/parallel/a.cpp', '"core/b.hpp"', 'parallel/ includes only'),
            ('src/ops/a.cpp', '"nn/b.hpp"', 'ops/ includes only'),
            ('src/differentiate/a.cpp', '"nn/b.hpp"', 'differentiate/ includes only'),
            ('src/data/a.cpp', '"ops/b.hpp"', 'data/ includes only'),
            ('src/nn/layers/a.cpp', '"nn/step/b.hpp"', 'nn/layers/ includes of nn/ only layers'),
            ('src/nn/step/a.cpp', '"nn/loop/b.hpp"', 'nn/step/ includes of nn/ only'),
            ('src/nn/step/a.cpp', '"nn/train.hpp"', 'nn/step/ includes of nn/ only'),
            ('src/nn/other/a.cpp', '<vector>', 'src/nn/other is not a floor of nn'),
            ('src/ops/a.cpp', '<xsimd/xsimd.hpp>', 'xsimd belongs to kernels/'),
            ('src/ops/a.cpp', '<omp.h>', 'OpenMP belongs to src/parallel'),
            ('src/ops/a.cpp', '<zlib.h>', 'know compression'),
            ('src/ops/a.cpp', '<thalweg/ops.hpp>', 'in quotes'),
            ('src/other/a.cpp', '<vector>', 'src/other is not a layer'),
            ('src/ops/a.cpp', 'SOME_MACRO', 'includes what a macro says'),
            ('src/kernels/gemm.hpp', 'THALWEG_VEC', 'includes what a macro says'),
            ('src/kernels/gemm.hpp', '<xsimd/xsimd.hpp>', 'belong to the level'),
            ('include/thalweg/a.hpp', '<random>', 'quarter of a second'),
            ('include/thalweg/a.hpp', '<memory>', 'quarter of a second'),
            ('include/thalweg/a.hpp', '<iostream>', 'static constructor'),
            ('include/thalweg/a.hpp', '<omp.h>', 'only the standard library'),
            ('include/thalweg/a.hpp', '<xsimd/xsimd.hpp>', 'only the standard library'),
            ('include/thalweg/a.hpp', '"core/b.hpp"', 'only the standard library'),
            ('include/thalweg/a.hpp', '"thalweg/absent.hpp"', 'no such public header'),
            ('tools/a.cpp', '"core/b.hpp"', 'tools use only the public headers'),
            ('src/core/a.cpp', '"thalweg/detail/b.hpp"', 'only public headers include their insides'),
            ('tests/a.cpp', '<thalweg/detail/b.hpp>', 'only public headers include their insides'),
        ]
        for name, header, reason in cases:
            with self.subTest(name=name, header=header):
                self.write(name, f'\n#include {header}\n')
                self.expect_one('check_includes.py', f'{name}:2: includes ')
                self.expect_one('check_includes.py', reason)
                (self.root / name).unlink()

    def test_pragma(self):
        self.write('src/ops/a.cpp', '#pragma omp parallel for\n')
        self.expect_one('check_includes.py', 'src/ops/a.cpp:1: uses #pragma omp')

    def test_intrinsics(self):
        for code in ('_mm512_add_ps(a, b)', '__m256i a;', '_kortestc_mask16_u8(a, b)', 'vfmaq_f32(c, a, b)', 'float32x4_t a;',
                     '#if defined(__AVX2__)', '#ifdef THALWEG_ISA_AVX2'):
            with self.subTest(code=code):
                self.write('src/kernels/gemm.hpp', f'// _mm512_add_ps\n{code}\n')
                self.expect_one('check_includes.py', 'src/kernels/gemm.hpp:2: ')
                self.expect_one('check_includes.py', "instructions belong to the level's")

    def test_own_header_first(self):
        self.write('src/ops/a.hpp', '#pragma once\n')
        self.write('src/ops/a.cpp', '#include <vector>\n#include "ops/a.hpp"\n')
        self.expect_one('check_includes.py', 'its own header, "ops/a.hpp"')

    def test_what_is_allowed(self):
        self.write('include/thalweg/matrix.hpp', '#include <vector>\n')
        self.write('include/thalweg/ops.hpp', '#include "thalweg/matrix.hpp"\n#include "thalweg/detail/ops.hpp"\n')
        self.write('include/thalweg/detail/ops.hpp', '#include "thalweg/ops.hpp"\n')
        self.write('src/kernels/vec_avx2.hpp', '#include <cstddef>\n#include <xsimd/xsimd.hpp>\n_mm256_setzero_ps();\n')
        self.write('src/kernels/transpose_avx2.hpp', '_mm256_setzero_ps();\n')
        self.write('src/kernels/vec.hpp', '#include "kernels/isa.hpp"\n#include THALWEG_VEC\n')
        self.write('src/parallel/team.hpp', '#include <omp.h>\n#pragma omp parallel\n')
        self.write('src/ops/a.cpp', '#include "kernels/table.hpp"\n#include <memory>\n#include "dispatch/dispatch.hpp"\n')
        self.write('src/core/matrix.cpp', '#include "thalweg/matrix.hpp"\n#include <new>\n')
        self.write('tests/a.cpp', '#include "kernels/table.hpp"\n#include <omp.h>\n')
        self.expect_clean('check_includes.py')


class Portable(Tree):
    """check_portable.py."""

    def test_each_fault(self):
        cases = [
            ('__int128 a;', '"__int128"'),
            ('unsigned long a;', '"unsigned long": long, which has 32 bits'),
            ('int a = ({ 1; });', '"({": a statement expression'),
            ('int a = b ?: 2;', '"?:": a choice without'),
            ('typeof(1) a;', '"typeof"'),
            ('__attribute__((pure)) int a;', '"__attribute__"'),
            ('int a = __builtin_ctz(b);', '"__builtin_ctz"'),
            ('__asm__("");', '"__asm__": assembly'),
            ('bool a = not b;', '"not": an alternative token'),
            ('double a = M_PI;', '"M_PI"'),
            ('ssize_t a;', '"ssize_t"'),
            ('#include <unistd.h>', '"#include <unistd.h>": a header of one system'),
            ('[[gnu::ifunc("a")]] int b();', '"[[gnu::"'),
            ('auto a = R"(' + 'x' * 16001 + ')";', 'a text of 16001 letters'),
        ]
        for line, message in cases:
            with self.subTest(message=message):
                self.write('src/ops/a.cpp', line + '\n')
                self.expect_one('check_portable.py', 'src/ops/a.cpp:1: ' + message)

    def test_what_is_allowed(self):
        self.write('src/ops/a.cpp', '// and, not long, ({\nconst char* a = "not __int128"; long long b; long double c;\n'
                   "char d = e == '.' ? '/' : 'x';\n#error \"this or that\"\nstd::size_t f; [[gnu::noinline]] int g();\n")
        self.write('src/kernels/compiler.hpp', '#define A __attribute__((b))\nint c = __builtin_ctz(d);\n')
        self.write('src/io/posix.hpp', '#include <unistd.h>  // its and theirs\nssize_t a();\n')
        self.write('tests/a.cpp', 'long a;\n')
        self.expect_clean('check_portable.py')


class Figures(Tree):
    """check_figures.py."""

    REPORT = ("## Steps\n\n| work | threads | ours | faster by |\n|---|---:|---:|---:|\n"
              "| a/b | 1 | 1.58 ms | 1.26 |\n| a/c | 1 | 2 ms | 2.74 |\n\n## Others\n\n| work | ours |\n|---|---|\n| a/b | 9 s |\n")
    CLAIM = ('[[figure]]\npage = "a.md"\nreport = "r.md"\nsays = "in {}, {} to {} times"\nfrom = [\n'
             '{section = "Steps", rows = "a/b ", column = "ours", form = "%.1f"},\n'
             '{section = "Steps", rows = "a/", column = "faster by", cells = "min", form = "%.1f"},\n'
             '{section = "Steps", rows = "a/", column = "faster by", cells = "max", form = "%.1f"}]\n')

    def page(self, text, claim=CLAIM):
        self.write('benchmarks/results/r.md', self.REPORT)
        self.write('docs/figures.toml', claim)
        self.write('a.md', text)

    def test_agrees(self):
        self.page('It is done in 1.6 ms, 1.3 to\n2.7 times as fast.\n')
        self.expect_clean('check_figures.py')

    def test_each_fault(self):
        self.page('in 1.5 ms, 1.3 to 2.7 times')
        self.expect_one('check_figures.py', "expected 'in 1.6 ms, 1.3 to 2.7 times', found 'in 1.5 ms, 1.3 to 2.7 times'")
        self.page('fast')
        self.expect_one('check_figures.py', 'found no such sentence')
        self.page('in 1.6 ms, 1.3 to 2.7 times', self.CLAIM.replace('"a/b "', '"a/d "'))
        self.expect_one('check_figures.py', "r.md: no row 'a/d ' with 'ours' below 'Steps'")


class Text(Tree):
    """check_text.py."""

    def test_each_fault(self):
        cases = [
            ('a.md', 'caf\u00e9\n', 'a.md:1: not ASCII at column 4'),
            ('a.md', 'a \n', 'a.md:1: blanks at the end'),
            ('a.md', 'a\tb\n', 'a.md:1: tab'),
            ('a.md', 'a\r\n', 'a.md:1: carriage return'),
            ('a.md', 'a', 'a.md:1: no newline'),
            ('a.md', 'a\n\n', 'a.md:2: empty line at the end'),
            ('a.md', '', 'a.md: empty'),
            ('a.md', 'a\0b\n', 'a.md: binary data'),
            ('a.cpp', SPDX + 'x' * 111 + '\n', 'a.cpp:3: 111 columns'),
            ('a.cpp', 'int a;\n', 'a.cpp:1: expected the two SPDX lines'),
            ('tool', '#!/bin/sh\ntrue\n', 'tool:1: expected the two SPDX lines'),
            ('src/ops/a.cpp', SPDX + 'int a;\n' * 398, 'src/ops/a.cpp: 400 lines'),
            ('tests/a.py', SPDX.replace('//', '#') + 'a = 1\n' * 398, 'tests/a.py: 400 lines'),
            ('src/ops/a.cpp', SPDX + '// see ops/b.hpp\n', 'src/ops/a.cpp:3: no such file: ops/b.hpp'),
            ('src/ops/a.cpp', SPDX + 'int a;  // src/ops/b.hpp, too.\n', 'src/ops/a.cpp:3: no such file: src/ops/b.hpp'),
            ('tools/a.py', SPDX.replace('//', '#') + '# as in tools/b.py:\n', 'tools/a.py:3: no such file: tools/b.py'),
            ('docs/a.md', 'See `docs/b.md`.\n', 'docs/a.md:1: no such file: docs/b.md'),
            ('docs/a.md', 'Of one rounding class.\n', 'docs/a.md:1: "rounding class"; say: '),
            ('README.md', 'Two rounding\nclasses.\n', 'README.md:1: "rounding classes"; say: '),
            ('tools/a.hpp', SPDX + '// which lets\n// out too much\n', 'tools/a.hpp:3: "lets out"; say: '),
            ('include/thalweg/a.hpp', SPDX + '/// was mended\n', 'include/thalweg/a.hpp:3: "mended"; say: '),
            ('include/thalweg/a.hpp', SPDX + '/// is told by\n', 'include/thalweg/a.hpp:3: "is told"; say: '),
        ]
        for name, content, message in cases:
            with self.subTest(message=message):
                self.write(name, content)
                self.expect_one('check_text.py', message)
                (self.root / name).unlink()

    def test_what_is_allowed(self):
        self.write('a.md', '# ' + 'x' * 200 + '\n')
        self.write('tests/long.cpp', SPDX + 'x' * 110 + '\n' + 'int a;\n' * 396)
        self.write('tests/table.toml', 'a = 1\n' * 500)
        self.write('tool', '#!/bin/sh\n' + SPDX.replace('//', '#') + 'true\n')
        self.write('data/a.npy', 'x\0')
        self.write('docs/page.md', 'Recommended: told apart, https://a.org/tools/x.py, build/tools/x.py, numpy/lib/format.py, '
                   'docs/page.md, tests/<layer>/a.cpp, tests/a_*.cpp, `tests/long.cpp`.\n')
        self.write('src/ops/a.hpp', SPDX + '// ops/a.hpp, and a path in text:\nauto a = "ops/b.hpp";\n')
        for name in ('CHANGELOG.md', 'docs/reports/2026.md'):
            self.write(name, 'Once src/ops/b.cpp.\n')
        self.write('docs/reports/2027.md', 'Mended, each rounding class.\n')
        self.write('src/ops/b.hpp', SPDX + '// mended\n')
        self.expect_clean('check_text.py')

    def test_an_archive_in_an_ignored_folder(self):
        """As `meson dist` unpacks it: the repository around it knows none of its files."""
        if not shutil.which('git'):
            self.skipTest('no git')
        outside = self.root
        self.write('.gitignore', '/build/\n')
        subprocess.run(['git', 'init', '--quiet', str(outside)], check=True)
        self.root = outside / 'build' / 'thalweg-0'
        self.write('a.md', 'a')
        self.expect_one('check_text.py', 'a.md:1: no newline')


class Docs(Tree):
    """check_docs.py."""

    # A header of those that compute.
    GOOD = (SPDX + '\n// A header.\n//\n// Common to all:\n// threads  serial: f is called by the calling thread\n'
            '#pragma once\nnamespace thalweg {\n\n/// Computes it.\n///\n///     act(1);\n///\n'
            '/// shape    x, out: alike\n/// error    one rounding\n/// alias    out may be x\n/// throws   what f throws\n'
            'template <class Function>\nMatrix<float> act(Function&& f, MatrixView<const float> x);\n'
            'template <class Function>\nvoid act(Function&& f, MatrixView<const float> x, MatrixView<float> out);\n'
            '/// Counts.\nint count(int x);\n'
            '/// How.\nstruct Options {\n    int a = 0;  ///< first\n'
            '    /// Reads.\n    int get() const;\n\nprivate:\n    int hidden();\n};\n}  // namespace thalweg\n')

    def setUp(self):
        super().setUp()
        self.write('docs/reference.md', '[ops.hpp](../include/thalweg/ops.hpp) [a.hpp](../include/thalweg/a.hpp)\n')
        self.write('tests/headers/meson.build', "public_headers = ['ops', 'a']\ndetail_headers = ['ops']\n")

    def test_each_gap(self):
        cases = [
            ('int count(int x);\n', 'int count(int x);\nvoid other(int x);\n', 'function other has no comment'),
            ('/// shape    x, out: alike\n', '', 'act says nothing about shape'),
            ('/// error    one rounding\n', '', 'act says nothing about error'),
            ('/// throws   what f throws\n', '', 'act says nothing about throws'),
            ('// threads  serial: f is called by the calling thread\n', '', 'act says nothing about threads'),
            ('int count(int x)', 'double count(int x)', 'count says nothing about error'),
            ('int count(int x)', 'int count(const std::string& path)', 'count says nothing about throws'),
            ('int count(int x)', 'int count(double h)', 'count says nothing about throws'),
            ('int count(int x)', 'int count(const TrainCallbacks& c)', 'count says nothing about throws'),
            ('  ///< first', '', 'variable a has no comment'),
            ('/// How.\n', '', 'class Options has no comment'),
            ('    /// Reads.\n', '', 'function get has no comment'),
            ('/// Counts.', '/// The count.', 'count: expected a verb first (Returns, Computes), found "The count."'),
            ('/// throws   w', '/// thrown   a\n/// throws   w', '"thrown" is no slot'),
            ('/// Counts.\n', '/// Counts.\n/// throws   an X\n/// range    x > 0\n', 'slots stand as throws range'),
            ('// A header.\n//\n// Common to all:\n', '', 'a comment that says what the header is for'),
            ('#pragma once\n', '#pragma once\n' + '#include <vector>\n' * 40, 'the first public name, expected by line 40'),
            ('namespace thalweg {\n', 'namespace thalweg {\nnamespace detail {\nint inner(int x);\n}\n', 'belongs to include/'),
        ]
        for before, after, message in cases:
            with self.subTest(message=message, after=after):
                self.assertIn(before, self.GOOD)
                self.write('include/thalweg/ops.hpp', self.GOOD.replace(before, after, 1))
                self.expect_one('check_docs.py', message)

    def test_each_default(self):
        """A slot that says what goes without saying, alone or behind something else."""
        cases = [('error', 'none: the bytes that are there'), ('alias', 'out overlaps neither a nor b'),
                 ('threads', 'as any value'), ('threads', 'safe to call from any thread'),
                 ('threads', 'split over threads(); the result does not depend on it'),
                 ('threads', 'many rows are split over threads()'), ('throws', 'std::bad_alloc'),
                 ('throws', 'ShapeError when the shapes differ'), ('throws', 'IoError with the path; std::bad_alloc'),
                 ('throws', 'nothing'), ('source', 'of this library'), ('shape', 'any')]
        for slot, text in cases:
            with self.subTest(slot=slot, text=text):
                self.write('include/thalweg/a.hpp', self.GOOD.replace('/// Counts.\n', f'/// Counts.\n/// {slot:8} {text}\n'))
                self.expect_one('check_docs.py', f'{slot} repeats a default of docs/reference.md: "')

    def test_lists(self):
        shown = (self.root / 'docs/reference.md').read_text()
        tested = (self.root / 'tests/headers/meson.build').read_text()
        self.write('include/thalweg/b.hpp', self.GOOD)
        self.write('tests/headers/meson.build', tested.replace("'a'", "'a', 'b'"))
        self.expect_one('check_docs.py', 'docs/reference.md: does not name b.hpp')
        self.write('docs/reference.md', shown + '[b.hpp](../include/thalweg/b.hpp)\n')
        self.write('tests/headers/meson.build', tested)
        self.expect_one('check_docs.py', 'tests/headers/meson.build: does not compile b.hpp alone')
        (self.root / 'include/thalweg/b.hpp').unlink()
        self.write('include/thalweg/a.hpp', self.GOOD)
        self.write('include/thalweg/detail/a.hpp', '#pragma once\n')
        self.expect_one('check_docs.py', 'does not compile detail/a.hpp alone')

    def test_what_is_allowed(self):
        exact = self.GOOD.replace('/// error    one rounding\n', '')
        self.write('include/thalweg/a.hpp', exact)  # this header computes nothing
        self.write('include/thalweg/ops.hpp', self.GOOD.replace(
            'int count(int x);\n', 'int count(int x);\n/// The same for text.\nint count(const char* x);\n'))
        self.write('include/thalweg/detail/ops.hpp', '#pragma once\nnamespace thalweg::detail {\nint inner(int x);\n}\n')
        self.expect_clean('check_docs.py')


if __name__ == '__main__':
    unittest.main()
