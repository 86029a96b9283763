# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT
"""A recipe for Conan 2 that packages the sources it lies among: conan create tools/packaging/conan"""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class Thalweg(ConanFile):
    name = 'thalweg'
    description = 'SIMD-optimised tensor library: matrices, kernels, SGD and numerical gradients'
    license = 'MIT'
    package_type = 'library'
    settings = 'os', 'arch', 'compiler', 'build_type'
    options = {'shared': [True, False], 'fPIC': [True, False], 'openmp': [True, False], 'zlib': [True, False]}
    default_options = {'shared': False, 'fPIC': True, 'openmp': True, 'zlib': True}

    @property
    def _root(self):
        return os.path.join(self.recipe_folder, '..', '..', '..')

    def set_version(self):
        found = re.search(r"version: '([^']+)'", load(self, os.path.join(self._root, 'meson.build')))
        self.version = found[1]

    def export_sources(self):
        # meson.build has the version, the wrap the archive of THALWEG_FETCH_XSIMD.
        for pattern in ('CMakeLists.txt', 'meson.build', 'LICENSE', 'src/*', 'include/*', 'subprojects/xsimd.wrap'):
            copy(self, pattern, src=self._root, dst=self.export_sources_folder)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os == 'Windows':
            raise ConanInvalidConfiguration('thalweg does not build on Windows yet')

    def requirements(self):
        self.requires('xsimd/[>=8.1]', visible=False)  # its kernels are compiled with it; nobody else sees it
        if self.options.zlib:
            self.requires('zlib/[>=1.2.11 <2]')

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables['THALWEG_INSTALL'] = True
        toolchain.cache_variables['THALWEG_OPENMP'] = 'ON' if self.options.openmp else 'OFF'
        toolchain.cache_variables['THALWEG_ZLIB'] = 'ON' if self.options.zlib else 'OFF'
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, 'LICENSE', src=self.source_folder, dst=os.path.join(self.package_folder, 'licenses'))
        # Conan writes its own for those who use the package.
        rmdir(self, os.path.join(self.package_folder, 'lib', 'cmake'))
        rmdir(self, os.path.join(self.package_folder, 'lib', 'pkgconfig'))

    def package_info(self):
        self.cpp_info.libs = ['thalweg']
        self.cpp_info.set_property('cmake_file_name', 'thalweg')
        self.cpp_info.set_property('cmake_target_name', 'thalweg::thalweg')
        self.cpp_info.set_property('pkg_config_name', 'thalweg')
        if self.options.openmp and not self.options.shared:
            self.cpp_info.system_libs.append('gomp' if self.settings.compiler == 'gcc' else 'omp')
