#!/usr/bin/env python3
# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""A Meson project that has the library's sources among its subprojects, found by a wrap file and without a network.

  test_subproject.py SOURCE_ROOT BUILD PREFIX LIBDIR KIND COMPILER... [-- unittest arguments]

The arguments are those of test_consumers.py. Built without SIMD, which is quick; its losses must be those of the
installed library at the level scalar, the same class of rounding.
"""

import json
import pathlib
import shlex
import shutil
import unittest

import test_consumers
from test_consumers import HERE, SOURCES, run


def copy_sources(to):
    """What an archive of the library holds, without builds and caches."""
    root = test_consumers.ROOT
    shutil.copytree(root, to, ignore=lambda folder, names: [
        name for name in names
        if name in ('.git', '__pycache__') or (pathlib.Path(folder) == root and name.startswith('build'))])


class Subproject(unittest.TestCase):
    """The consumer and the library in one build."""

    def test_meson_subproject(self):
        test_consumers.Installed.setUpClass()
        self.addCleanup(test_consumers.Installed.tearDownClass)
        installed = test_consumers.Installed('test_meson')
        project = installed.top / 'with-subproject'
        shutil.copytree(HERE / 'meson', project)
        for source in [*SOURCES, HERE / 'other.hpp']:
            shutil.copy(source, project)
        copy_sources(project / 'subprojects' / 'thalweg')

        # Whatever is installed on the machine is not what is tested here. The rest is as a user has it, but quick to
        # compile.
        run('meson', 'setup', 'build', '--force-fallback-for=thalweg', '-Dthalweg:isas=scalar', '-Doptimization=0', cwd=project,
            env={'CXX': shlex.join(test_consumers.COMPILER)})
        targets = json.loads(run('meson', 'introspect', '--targets', 'build', cwd=project).stdout)
        names = {target['name'] for target in targets}
        # No tests, benchmarks, tools or reference: an outside project gets the library.
        self.assertEqual(names, {'consumer', 'thalweg', 'thalweg_kernels_scalar'})
        self.assertEqual(json.loads(run('meson', 'introspect', '--tests', 'build', cwd=project).stdout), [])

        run('ninja', '-C', 'build', 'consumer', cwd=project)
        plain, _ = installed.compile('plain', '-O2', *installed.flags('--cflags', '--libs'))
        installed.check_program(plain, shared=test_consumers.KIND != 'static', level='scalar')
        said = installed.check_program(project / 'build' / 'consumer', level='scalar')
        self.assertIn(' scalar ', said)


if __name__ == '__main__':
    unittest.main(argv=test_consumers.read_arguments(), verbosity=2)
