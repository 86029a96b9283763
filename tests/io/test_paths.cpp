// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Names of files that people have: in UTF-8 everywhere, and longer than the 260 characters that Windows once
// had; there, too, files that somebody else holds.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "data/files.hpp"
#include "support/catch.hpp"
#include "thalweg/images.hpp"
#include "thalweg/npy.hpp"

#ifdef _WIN32
#include <share.h>
#endif

namespace thalweg {
namespace {

using test::io_error;
using test::TempDirectory;

// As std::filesystem wants it. Windows takes long paths where they are whole and say so.
std::filesystem::path system_path(const std::string& path) {
    const std::filesystem::path plain = std::u8string(path.begin(), path.end());
#ifdef _WIN32
    return L"\\\\?\\" + std::filesystem::path(plain).make_preferred().native();
#else
    return plain;
#endif
}

// A folder whose files have the name of a test: what is too long for its own clean-up is removed here.
class Folder {
public:
    explicit Folder(const std::string& name) : path_(directory_.path(name)) {
        std::filesystem::create_directory(system_path(path_));
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(system_path(path_), ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const std::string& path() const { return path_; }
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(system_path(path_))) {
            const std::u8string name = entry.path().filename().u8string();
            names.emplace_back(name.begin(), name.end());
        }
        return names;
    }

private:
    TempDirectory directory_;
    std::string path_;
};

// Saved twice, so that one is replaced; read back by both readers.
void check_files_in(const Folder& folder, const std::string& name) {
    const std::string path = folder.path() + "/" + name;
    save_npy(path, 1);
    save_npy(path, std::vector<float>{1, 2});
    CHECK(load_npy(path) == NpyArray(std::vector<float>{1, 2}));
    CHECK(folder.names() == std::vector<std::string>{name});
    save_npz(path, {{"x", 3}});
    CHECK(load_npz(path).as<int>("x") == 3);
    CHECK(folder.names() == std::vector<std::string>{name});
    CHECK(io_error([&] { load_npy(path + "x"); }) ==
          path + "x: expected a readable file, found: No such file or directory");
    CHECK_THAT(io_error([&] { load_mnist(folder.path()); }), ContainsSubstring("found none"));
}

TEST_CASE("paths: letters beyond ASCII") {
    const Folder folder(
        "Gr\xc3\xb6\xc3\x9f"
        "e \xe6\x95\xb0\xe5\xad\x97");
    check_files_in(folder, "Gewichte f\xc3\xbcr \xf0\x9f\x98\x80.npy");
}

TEST_CASE("paths: more than 260 characters") {
    const std::string part(120, 'p');
    const Folder first(part);
    const std::string second = first.path() + "/" + part;
    std::filesystem::create_directory(system_path(second));
    const std::string path = second + "/" + part + ".npz";
    REQUIRE(path.size() > 360);
    save_npz(path, {{"x", 1}});
    save_npz(path, {{"x", 2}});
    CHECK(load_npz(path).as<int>("x") == 2);
    CHECK(io_error([&] {
              save_npz(second, {{"x", 1}});
          }) == second + ": expected a file to write, found a directory");
}

#ifdef _WIN32
TEST_CASE("paths: a file that somebody holds open") {
    const Folder folder("held");
    const std::string path = folder.path() + "/a.npy";
    save_npy(path, 1);
    std::FILE* const held = _fsopen(path.c_str(), "rb", _SH_DENYRW);
    REQUIRE(held != nullptr);
    CHECK(io_error([&] { save_npy(path, 2); }) ==
          path + ": cannot be replaced: another program holds it open");
    CHECK(io_error([&] { load_npy(path); }) ==
          path + ": expected a readable file, found: another program holds it open");
    std::fclose(held);
    CHECK(load_npy(path).as<int>() == 1);
    CHECK(folder.names() == std::vector<std::string>{"a.npy"});
}

TEST_CASE("paths: a file that may only be read") {
    const Folder folder("read only");
    const std::string path = folder.path() + "/a.npy";
    save_npy(path, 1);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    CHECK(io_error([&] { save_npy(path, 2); }) == path + ": cannot be written: Permission denied");
    CHECK(load_npy(path).as<int>() == 1);
    CHECK(folder.names() == std::vector<std::string>{"a.npy"});
    std::filesystem::permissions(path, std::filesystem::perms::all);
}

TEST_CASE("paths: folders by Windows' own separator") {
    const Folder folder("own");
    save_npy(folder.path() + "\\a.npy", 1);
    CHECK(folder.names() == std::vector<std::string>{"a.npy"});
    CHECK_THAT(io_error([&] { save_npy(folder.path() + "\\none\\", 1); }),
               ContainsSubstring("the name of a file"));
}
#endif

}  // namespace
}  // namespace thalweg
