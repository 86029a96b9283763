// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Image files as `thalweg predict` takes them: PNG, JPEG, PGM, IDX, .npy, told by content. The input is the
// file; of a PNG the checksums of the chunks are put right as well, or libpng would refuse every mutation.
#include <cmath>

#include "cli/image_files.hpp"
#include "fuzz.hpp"
#include "io/crc32.hpp"
#include "thalweg/matrix.hpp"

namespace {

using namespace thalweg;
using fuzz::Bytes;

// Chunks: length (4 bytes, big-endian), type (4), data, CRC of type and data (4).
void repair_png(Bytes& png) {
    constexpr std::size_t kSignature = 8;
    constexpr std::size_t kAround = 12;
    for (std::size_t at = kSignature; at + kAround <= png.size();) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            length = length << 8 | png[at + i];
        }
        if (length > png.size() - at - kAround) {
            return;
        }
        const std::uint32_t crc =
            io::crc32(0, std::span<const std::uint8_t>(png).subspan(at + 4, length + 4));
        for (std::size_t i = 0; i < 4; ++i) {
            png[at + 8 + length + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
        }
        at += kAround + length;
    }
}

template <class T>
void read(const std::string& path, std::size_t inputs, cli::Prepare prepare = cli::Prepare::kWhereNeeded) {
    fuzz::reads([&] {
        const Matrix<T> x = cli::read_images<T>(path, inputs, prepare).x;
        fuzz::require(x.cols() == inputs, "one image a row");
        for (std::size_t i = 0; i < x.size(); ++i) {
            fuzz::require(std::isfinite(x.data()[i]), "pixels are finite numbers");
        }
    });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static fuzz::MemoryFile file;
    Bytes bytes(data, data + size);
    file.write(bytes);
    read<float>(file.path(), 784, cli::Prepare::kNever);
    // 784 takes photos. The last as a net without hidden units can have it in a small file.
    for (const std::size_t inputs : {1U, 6U, 16U, 784U, 3'600'000'000U}) {
        read<float>(file.path(), inputs);
        read<double>(file.path(), inputs);
    }
    if (size > 1 && data[0] == 0x89 && data[1] == 'P') {
        repair_png(bytes);
        file.write(bytes);
        read<float>(file.path(), 16);
        read<float>(file.path(), 784);
    }
    return 0;
}
