// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every allocation of reading and writing files refused once.
#include <filesystem>
#include <string>
#include <vector>

#include "data/files.hpp"
#include "faults/allocations.hpp"
#include "io/atomic_file.hpp"
#include "io/deflate.hpp"
#include "support/catch.hpp"
#include "thalweg/images.hpp"
#include "thalweg/net.hpp"
#include "thalweg/npy.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// At least so many allocations must have been tried: a counter that counts nothing would survive everything.
void check(const std::string& what, std::size_t least, const std::function<bool()>& operation,
           const std::function<std::string()>& left = {}) {
    const Survival survival = survive(operation, left);
    CAPTURE(what, survival.allocations, survival.thrown);
    CHECK(survival.fault == "");
    CHECK(survival.allocations >= least);
    CHECK(survival.thrown >= least);
}

Bytes values(std::size_t count) {
    Bytes bytes(count);
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 37 % 10);
    }
    return bytes;
}

template <class T>
Matrix<T> counting(std::size_t rows, std::size_t cols) {
    Matrix<T> x(rows, cols);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x.data()[i] = static_cast<T>(i % 251);
    }
    return x;
}

std::vector<NpzMember> net_members() {
    return {{"W1", counting<float>(20, 7)},
            {"b1", counting<float>(1, 7)},
            {"W2", counting<double>(7, 3)},
            {"b2", NpyArray(counting<double>(1, 3)).reshaped({3})},
            {"note", NpyArray::text("of no importance, but long enough to be no short string")}};
}

// Saving over an old file: after each run the file has the old bytes or the new ones, the new ones for sure
// where saving returned, and nothing lies beside it.
void check_save(const std::string& what, std::size_t least,
                const std::function<void(const std::string& path)>& save) {
    const TempDirectory directory;
    const std::string path = directory.path("a-name-that-is-no-short-string.npz");
    save(path);
    const Bytes made = contents(path);
    const Bytes old = {'o', 'l', 'd'};
    check(
        what, least,
        [&] {
            save(path);
            return true;
        },
        [&]() -> std::string {
            const Bytes found = contents(path);
            std::size_t count = 0;
            for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory.path())) {
                ++count;
            }
            directory.write(std::filesystem::path(path).filename().string(), old);
            if (count != 1) {
                return "left " + std::to_string(count) + " files";
            }
            return found == old || found == made ? "" : "left half a file";
        });
    CHECK(std::filesystem::exists(path));
    save(path);
    CHECK(contents(path) == made);
}

}  // namespace

TEST_CASE("allocations: IDX, raw and gzip", "[faults][allocations]") {
    const TempDirectory directory;
    const Bytes pixels = values(3 * 20 * 20);
    const Bytes raw = idx({3, 20, 20}, pixels);
    const std::string path = directory.write("images-in-a-file-of-a-long-name", raw);
    check("raw", 3, [&] { return load_idx(path).values == pixels; });
    if (io::have_deflate()) {
        const std::string packed = directory.write("images-in-a-file-of-a-long-name.gz", gzip(raw));
        check("gzip", 5, [&] { return load_idx(packed).values == pixels; });
    }
    const std::string cut = directory.write("cut", {0, 0, 8, 3, 0, 0, 0, 3, 0, 0});
    check("a malformed one", 3, [&] {
        load_idx(cut);
        return false;
    });
}

TEST_CASE("allocations: MNIST's four files", "[faults][allocations]") {
    const TempDirectory directory;
    for (const std::string part : {"train", "t10k"}) {
        directory.write(part + "-images-idx3-ubyte", idx({5, 4, 4}, values(80)));
        const Bytes labels = idx({5}, values(5));
        directory.write(part + "-labels-idx1-ubyte.gz", io::have_deflate() ? gzip(labels) : labels);
    }
    check("directory", 20, [&] {
        const TrainTest both = load_mnist(directory.path());
        return both.train.size() == 5 && both.test.labels()[1] == 7;
    });
}

TEST_CASE("allocations: .npy", "[faults][allocations]") {
    const TempDirectory directory;
    const auto matrix = counting<double>(30, 20);
    const std::string path = directory.path("an-array-in-a-file-of-a-long-name.npy");
    save_npy(path, matrix);
    check("load", 5, [&] { return load_npy(path).as<Matrix<double>>() == matrix; });
    check("load as float", 5, [&] { return load_npy(path).as<Matrix<float>>() == counting<float>(30, 20); });
    check("no file", 2, [] {
        load_npy("/dev/null");
        return false;
    });
    check_save("save", 3, [&](const std::string& to) { save_npy(to, matrix); });
}

TEST_CASE("allocations: .npz", "[faults][allocations]") {
    const TempDirectory directory;
    for (const bool deflate : {false, true}) {
        if (deflate && !io::have_deflate()) {
            continue;
        }
        const std::string path = directory.path(deflate ? "deflated-members.npz" : "stored-members.npz");
        const std::vector<NpzMember> members = net_members();
        save_npz(path, members, {.deflate = deflate});
        check("load", 30, [&] {
            const Npz npz = load_npz(path);
            return npz.size() == members.size() && npz.as<Matrix<float>>("W1") == counting<float>(20, 7);
        });
        check("a net", 30, [&] {
            const LayeredNet<double> net(load_npz(path));
            return net.layers().size() == 2 && net.predict(counting<double>(4, 20).view()).rows() == 4;
        });
        check("an array that is missing", 30, [&] {
            load_npz(path).at("W3");
            return false;
        });
        check_save("save", 30, [&](const std::string& to) { save_npz(to, members, {.deflate = deflate}); });
    }
}

TEST_CASE("allocations: a file with a temporary name and without", "[faults][allocations]") {
    for (const bool nameless : {true, false}) {
        check_save("write and commit", 4, [&](const std::string& to) {
            io::AtomicFile file(to, nameless);
            file.write(std::string_view("some"));
            file.write(std::string_view("thing"));
            file.commit();
        });
    }
}
