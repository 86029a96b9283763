// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Saving replaces a file whole or not at all, and leaves nothing beside it.
#ifndef _WIN32
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "data/files.hpp"
#include "io/atomic_file.hpp"
#include "support/catch.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"

namespace thalweg {
namespace {

using test::io_error;
using test::TempDirectory;

std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        names.push_back(entry.path().filename().string());
    }
    return names;
}

#ifndef _WIN32
// No file may grow beyond this many bytes: what a full disk looks like, without one.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    void (*handler_)(int);
    rlimit before_{};
};

TEST_CASE("atomic file: a failed save leaves the old file and nothing else") {
    const TempDirectory directory;
    const std::string path = directory.path("net.npz");
    save_npz(path, {{"x", 1}});
    {
        const FileSizeLimit limit(4096);
        CHECK_THAT(io_error([&] {
                       save_npz(path, {{"x", Matrix<double>(100, 100)}});
                   }),
                   ContainsSubstring(path + ": writing failed: File too large"));
        CHECK_THAT(io_error([&] { save_npy(directory.path("new.npy"), Matrix<double>(100, 100)); }),
                   ContainsSubstring("writing failed"));
    }
    CHECK(load_npz(path).as<int>("x") == 1);
    CHECK(names_in(directory.path()) == std::vector<std::string>{"net.npz"});
    save_npz(path, {{"x", 2}});
    CHECK(load_npz(path).as<int>("x") == 2);
    CHECK(names_in(directory.path()) == std::vector<std::string>{"net.npz"});
}
#endif

TEST_CASE("atomic file: what is not committed never was, with a temporary name and without") {
    for (const bool nameless : {true, false}) {
        const TempDirectory directory;
        {
            io::AtomicFile file(directory.path("a"), nameless);
            file.write(std::string_view("half"));
            CHECK((nameless || names_in(directory.path()).size() == 1));
        }
        CHECK(names_in(directory.path()).empty());
        io::AtomicFile file(directory.path("a"), nameless);
        file.write(std::string_view("whole"));
        file.commit();
        CHECK(names_in(directory.path()) == std::vector<std::string>{"a"});
        CHECK(std::filesystem::file_size(directory.path("a")) == 5);
    }
}

TEST_CASE("atomic file: a full device") {
#ifndef _WIN32
    if (access("/dev/full", W_OK) == 0) {
        CHECK_THAT(io_error([] { save_npy("/dev/full", 1); }), ContainsSubstring("No space left on device"));
    }
#endif
    save_npy(test::kNoFile, 1);
}

#ifndef _WIN32
TEST_CASE("atomic file: a link is followed, a mode is kept, the umask counts for new files") {
    const TempDirectory directory;
    const std::string real = directory.path("real.npy");
    save_npy(real, 1);
    struct stat found = {};
    const mode_t mask = umask(0);
    umask(mask);
    REQUIRE(stat(real.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == (0666U & ~mask));
    REQUIRE(chmod(real.c_str(), 0640) == 0);
    REQUIRE(symlink("real.npy", directory.path("link.npy").c_str()) == 0);
    save_npy(directory.path("link.npy"), 2);
    CHECK(load_npy(real).as<int>() == 2);
    CHECK(std::filesystem::is_symlink(directory.path("link.npy")));
    REQUIRE(stat(real.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0640U);
}
#endif

TEST_CASE("atomic file: places that cannot be written") {
    const TempDirectory directory;
    CHECK_THAT(io_error([&] { save_npy(directory.path(), 1); }), ContainsSubstring("found a directory"));
    CHECK_THAT(io_error([&] { save_npy(directory.path("none/a.npy"), 1); }),
               ContainsSubstring("No such file"));
    CHECK_THAT(io_error([] { save_npy("", 1); }), ContainsSubstring("the name of a file"));
    CHECK_THAT(io_error([&] { save_npy(directory.path("none/"), 1); }),
               ContainsSubstring("the name of a file"));
#ifndef _WIN32
    REQUIRE(symlink("nowhere", directory.path("link").c_str()) == 0);
    CHECK_THAT(io_error([&] { save_npy(directory.path("link"), 1); }),
               ContainsSubstring("a symbolic link to nothing"));
#endif
}

}  // namespace
}  // namespace thalweg
