# SPDX-FileCopyrightText: the thalweg authors
# SPDX-License-Identifier: MIT

# An overlay port: it builds the sources that it lies among.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

# Debug and release code may be linked together, so there is one library; nothing of it lies in debug/.
set(VCPKG_BUILD_TYPE release)
set(VCPKG_POLICY_MISMATCHED_NUMBER_OF_BINARIES enabled)

vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES
  openmp THALWEG_OPENMP
  zlib THALWEG_ZLIB)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS -DTHALWEG_INSTALL=ON -DTHALWEG_INSTALL_CMAKEDIR=share/thalweg ${features})
vcpkg_cmake_install()
vcpkg_fixup_pkgconfig()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
