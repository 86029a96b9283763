// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "faults/file_kinds.hpp"

#ifdef THALWEG_HAS_PNG
#include <png.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#ifdef THALWEG_TEST_COMMAND
#include "cli/image_files.hpp"
#endif
#include "data/files.hpp"
#include "io/deflate.hpp"
#include "support/catch.hpp"
#include "support/inputs.hpp"
#include "thalweg/images.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::test {
namespace {

Bytes noise(std::size_t count) {
    Source source(1);
    Bytes bytes(count);
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(source.below(256));
    }
    return bytes;
}

}  // namespace

std::vector<FileKind> kinds() {
    static const Bytes pixels = noise(300 * 400);
    static const Matrix<double> matrix = [] {
        Matrix<double> x(150, 100);
        fill(x.data(), x.size(), Kind::kNormal, 1);
        return x;
    }();
    const auto write_bytes = [](const std::string& path, const Bytes& bytes) {
        std::FILE* const file = std::fopen(path.c_str(), "wb");
        REQUIRE(file != nullptr);
        REQUIRE(std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size());
        REQUIRE(std::fclose(file) == 0);
    };
    const auto right_idx = [](const std::string& path) { return load_idx(path).values == pixels; };
    const auto right_npz = [](const std::string& path) {
        return load_npz(path).as<Matrix<double>>("x") == matrix;
    };
    std::vector<FileKind> all = {
        {"IDX",
         [=](const std::string& path) {
             write_bytes(path, idx({300, 400}, pixels));
         },
         right_idx},
        {".npy", [](const std::string& path) { save_npy(path, matrix); },
         [](const std::string& path) { return load_npy(path).as<Matrix<double>>() == matrix; }},
        {".npz",
         [](const std::string& path) {
             save_npz(path, {{"x", matrix}});
         },
         right_npz}};
#ifdef THALWEG_TEST_COMMAND
    const auto right_image = [](const std::string& path) {
        const Matrix<float> image = cli::read_images<float>(path, 300 * 400).x;
        return std::equal(pixels.begin(), pixels.end(), image.data(), [](std::uint8_t pixel, float value) {
            return static_cast<float>(pixel) / 255.0F == value;
        });
    };
    all.push_back({"PGM",
                   [=](const std::string& path) {
                       Bytes bytes = pixels;
                       const std::string header = "P5 400 300 255\n";
                       bytes.insert(bytes.begin(), header.begin(), header.end());
                       write_bytes(path, bytes);
                   },
                   right_image});
#ifdef THALWEG_HAS_PNG
    all.push_back({"PNG",
                   [](const std::string& path) {
                       png_image image = {};
                       image.version = PNG_IMAGE_VERSION;
                       image.width = 400;
                       image.height = 300;
                       image.format = PNG_FORMAT_GRAY;
                       REQUIRE(png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr) !=
                               0);
                   },
                   right_image});
#endif
#endif
    if (io::have_deflate()) {
        all.push_back({"gzip",
                       [=](const std::string& path) {
                           write_bytes(path, gzip(idx({300, 400}, pixels)));
                       },
                       right_idx});
        all.push_back({"deflated .npz",
                       [](const std::string& path) {
                           save_npz(path, std::vector<NpzMember>{{"x", matrix}}, {.deflate = true});
                       },
                       right_npz});
    }
    return all;
}

}  // namespace thalweg::test
