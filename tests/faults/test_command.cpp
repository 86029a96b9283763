// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every allocation of `thalweg train` and of what it reads again refused once. Not with --json:
// nlohmann-json 3.11 ends the program when it is refused one within a destructor, before the file is
// replaced.
#ifdef THALWEG_HAS_PNG
#include <png.h>
#endif

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/checkpoint.hpp"
#include "cli/commands.hpp"
#include "cli/image_files.hpp"
#include "data/files.hpp"
#include "faults/allocations.hpp"
#include "support/catch.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

constexpr std::size_t kSide = 8;

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_data(const TempDirectory& directory) {
    for (const std::string part : {"train", "t10k"}) {
        Bytes pixels(40 * kSide * kSide);
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            pixels[i] = static_cast<std::uint8_t>(i * 31 % 256 * (i % 3 / 2));
        }
        Bytes labels(40);
        for (std::size_t i = 0; i < labels.size(); ++i) {
            labels[i] = static_cast<std::uint8_t>(i % 10);
        }
        directory.write(part + "-images-idx3-ubyte", idx({40, kSide, kSide}, pixels));
        directory.write(part + "-labels-idx1-ubyte", idx({40}, labels));
    }
}

void check(std::size_t least, const std::function<bool()>& operation,
           const std::function<std::string()>& left = {}) {
    const Survival survival = survive(operation, left);
    CAPTURE(survival.allocations, survival.thrown);
    CHECK(survival.fault == "");
    CHECK(survival.allocations >= least);
    CHECK(survival.thrown >= least);
}

cli::TrainCommand small_run(const TempDirectory& data) {
    cli::TrainCommand command;
    command.data = data.path();
    command.iters = 3;
    command.batch = 10;
    command.hidden = 4;
    command.sampling = Sampling::kShuffle;
    command.quiet = true;
    return command;
}

// Whole rows with all their columns.
std::ptrdiff_t whole_rows(const std::string& text) {
    const auto count = [&](char letter) { return std::count(text.begin(), text.end(), letter); };
    return text.ends_with("\n") && count(',') == 3 * count('\n') ? count('\n') : 0;
}

// What is not right in the directory, where each of these files is to be an old or a new one.
std::string not_whole(const TempDirectory& out, const std::vector<std::string>& paths) {
    std::string fault;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(out.path())) {
        ++files;
        const std::string path = entry.path().string();
        const std::string text = text_of(path);
        // Without a checkpoint training ends early, with the results so far.
        const bool right =
            text == "old" || (path.ends_with(".npz") && cli::Checkpoint(path).iteration >= 2) ||
            (path.ends_with(".csv") && text.starts_with("iteration,loss,") && whole_rows(text) >= 3);
        fault += right ? "" : path + " is neither old nor new; ";
    }
    for (const std::string& path : paths) {
        std::ofstream(path) << "old";
    }
    return files == paths.size() ? fault : fault + std::to_string(files) + " files";
}

}  // namespace

TEST_CASE("allocations: thalweg train with net, checkpoints and table", "[faults][allocations]") {
    const TempDirectory data;
    const TempDirectory out;
    write_data(data);
    cli::TrainCommand command = small_run(data);
    command.save = out.path("a-net-of-a-long-name.npz");
    command.csv = out.path("a-table-of-a-long-name.csv");
    command.checkpoint_every = 2;
    REQUIRE(cli::run_train(command) == 0);
    const std::string net = text_of(command.save);
    const auto operation = [&] {
        if (cli::run_train(command) != 0) {
            throw IoError("said on standard error");
        }
        return text_of(command.save) == net;
    };
    check(500, operation, [&] { return not_whole(out, {command.save, command.csv}); });
}

TEST_CASE("allocations: a checkpoint and its net", "[faults][allocations]") {
    const TempDirectory data;
    const TempDirectory out;
    write_data(data);
    cli::TrainCommand command = small_run(data);
    command.save = out.path("net.npz");
    command.f64 = true;
    REQUIRE(cli::run_train(command) == 0);
    const TrainTest digits = load_mnist(data.path());
    check(200, [&] {
        const cli::Checkpoint checkpoint(command.save);
        TrainState state;
        return checkpoint.net<double>(digits, state).params.hidden_size() == 4 && state.iteration == 3;
    });
}

TEST_CASE("allocations: images to predict", "[faults][allocations]") {
    const TempDirectory directory;
    const std::string pgm = directory.path("image-of-a-long-file-name.pgm");
    std::ofstream(pgm) << "P2\n2 2\n255\n0 255 0 255\n";
    const std::string npy = directory.path("image-of-a-long-file-name.npy");
    save_npy(npy, Matrix<float>(3, 4));
    const std::string raw = directory.write("images-of-a-long-file-name.idx", idx({2, 2, 2}, Bytes(8, 255)));
    std::vector<std::string> paths = {pgm, npy, raw};
#ifdef THALWEG_HAS_PNG
    png_image image = {};
    image.version = PNG_IMAGE_VERSION;
    image.width = 2;
    image.height = 2;
    image.format = PNG_FORMAT_GRAY;
    paths.push_back(directory.path("image-of-a-long-file-name.png"));
    REQUIRE(png_image_write_to_file(&image, paths.back().c_str(), 0, "\0\1\2\3", 0, nullptr) != 0);
#endif
    for (const std::string& path : paths) {
        CAPTURE(path);
        check(4, [&] { return cli::read_images<float>(path, 4).x.cols() == 4; });
    }
}
