// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every call of the system that loading and saving make, failing once: what is loaded is right or refused in
// one line, and a file that is saved has its old bytes or its new ones.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#ifdef THALWEG_TEST_COMMAND
#include "cli/cli.hpp"
#include "cli/output_file.hpp"
#endif
#include "data/files.hpp"
#include "faults/failing.hpp"
#include "faults/file_kinds.hpp"
#include "io/atomic_file.hpp"
#include "support/catch.hpp"
#include "thalweg/error.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// The operation with its first call failing, with its second, and so on until it makes no more; then with all
// later ones failing too. It says whether its result is right; left(message) what is wrong with what it
// left, message being that of the IoError, or empty. It may succeed all the same only where the call that
// fails is one of `needless`. Gives how many calls failed it by failing alone.
unsigned long check(const std::string& path, const std::vector<std::string>& needless,
                    const std::function<bool()>& operation,
                    const std::function<std::string(const std::string& message)>& left) {
    unsigned long failed = 0;
    for (const Fail how : {Fail::kOne, Fail::kAllFromThere}) {
        unsigned long made = 0;
        for (unsigned long n = 1; n <= made + 1; ++n) {
            const std::ptrdiff_t files = open_files();
            std::string message;
            bool right = true;
            {
                const Failing system(n, how);
                try {
                    right = operation();
                } catch (const IoError& error) {
                    message = error.what();
                }
                made = Failing::calls();
            }
            CAPTURE(n, how == Fail::kAllFromThere, Failing::first_failed());
            CHECK(right);
            if (message.empty()) {
                CHECK((n > made || std::ranges::count(needless, Failing::first_failed()) == 1));
            } else {
                CHECK(message.starts_with(path + ": "));
                CHECK(message.find('\n') == std::string::npos);
            }
            CHECK(left(message) == "");
            CHECK(open_files() == files);
            failed += how == Fail::kOne && !message.empty() ? 1 : 0;
        }
    }
    return failed;
}

// How many calls can fail a save, at least or just so many.
struct Calls {
    bool just;
    unsigned long new_file;
    unsigned long old_file;
};

// Saving to a new file and over an old one. What looks for /proc, for a file without a name or for a link may
// fail, and closing the directory.
void check_save(const Calls& expected, const std::vector<std::string>& needless,
                const std::function<void(const std::string& path)>& save) {
    const TempDirectory directory;
    const std::string path = directory.path("file");
    save(path);
    const Bytes made = contents(path);
    for (const Bytes& old : {Bytes{}, Bytes{'o', 'l', 'd'}}) {
        const auto restore = [&] {
            std::filesystem::remove(path);
            if (!old.empty()) {
                directory.write("file", old);
            }
        };
        const auto left = [&](const std::string& message) -> std::string {
            const Bytes found = contents(path);
            const std::filesystem::directory_iterator all(directory.path());
            const std::ptrdiff_t count = std::distance(begin(all), end(all));
            const bool exists = std::filesystem::exists(path);
            restore();
            // Only then is the file in its place, and it may or may not be so after a crash.
            const bool replaced = message.empty() || message.find("syncing its directory") < message.size();
            if (found != (replaced ? made : old)) {
                return "the file has the wrong bytes after: " + message;
            }
            return count == (exists ? 1 : 0) ? "" : "other files lie beside it after: " + message;
        };
        restore();
        CAPTURE(old.size());
        const unsigned long failed = check(
            path, needless,
            [&] {
                save(path);
                return true;
            },
            left);
        const unsigned long least = old.empty() ? expected.new_file : expected.old_file;
        CHECK((expected.just ? failed == least : failed >= least));
    }
}

// Each call that a signal can end, ended once.
void check_interrupted(const std::function<bool()>& operation) {
    const std::vector<std::string> slow = {"open", "read", "pread", "write", "fsync"};
    unsigned long made = 0;
    for (unsigned long n = 1; n <= made + 1; ++n) {
        bool right = false;
        std::string message;
        {
            const Failing system(n, Fail::kOne, EINTR);
            message = io_error([&] { right = operation(); });
            made = Failing::calls();
        }
        CAPTURE(n, Failing::first_failed());
        if (n > made || std::ranges::count(slow, Failing::first_failed()) == 1) {
            CHECK(message == "(no IoError)");
            CHECK(right);
        }
    }
    CHECK(made >= 4);
}

#ifdef THALWEG_TEST_COMMAND
void write_report(const std::string& path) {
    try {
        cli::OutputFile("--csv", path).write([](std::FILE* file) { std::fputs("something", file); });
    } catch (const cli::UsageError& error) {
        throw IoError(path + ": " + error.what());
    }
}
#endif

}  // namespace

TEST_CASE("every call of loading fails once", "[faults][files]") {
    for (const FileKind& kind : kinds()) {
        CAPTURE(kind.name);
        const TempDirectory directory;
        const std::string path = directory.path("file");
        kind.write(path);
        // stat asks whether it is a pipe, which decides nothing for a file.
        const unsigned long failed = check(
            path, {"close", "stat"}, [&] { return kind.load(path); }, [](const std::string&) { return ""; });
        CHECK(failed >= 2);
    }
}

TEST_CASE("every call of saving fails once", "[faults][files]") {
    const std::vector<std::string> needless = {"access", "open", "close", "lstat"};
    for (const FileKind& kind : kinds()) {
        if (kind.name.find(".np") != std::string::npos) {
            CAPTURE(kind.name);
            check_save({false, 8, 10}, needless, kind.write);
        }
    }
    for (const bool nameless : {true, false}) {
        CAPTURE(nameless);
        // stat, open or linkat, write, fsync, close, rename, open and fsync; access and fchmod
        check_save({true, 8, 10}, needless, [&](const std::string& to) {
            io::AtomicFile file(to, nameless);
            file.write(std::string_view("something"));
            file.commit();
        });
    }
}

#ifdef THALWEG_TEST_COMMAND
TEST_CASE("every call of writing a report fails once", "[faults][files]") {
    // stat, fchmod, fsync, rename; access. The directory's fsync is no reason to call a report unwritten.
    check_save({true, 4, 5}, {"open", "close", "lstat", "fsync"}, write_report);
}
#endif

TEST_CASE("every call of writing to a device fails once", "[faults][files]") {
    const unsigned long failed = check(
        "/dev/null", {},
        [] {
            io::AtomicFile file("/dev/null");
            file.write(std::string_view("something"));
            file.commit();
            return true;
        },
        [](const std::string&) { return ""; });
    CHECK(failed == 5);  // stat, access, open, write, close
}

TEST_CASE("a call that a signal ends is made again", "[faults][files]") {
    const TempDirectory directory;
    const std::string path = directory.path("file");
    for (const FileKind& kind : kinds()) {
        CAPTURE(kind.name);
        check_interrupted([&] {
            kind.write(path);
            return kind.load(path);
        });
    }
    for (const bool nameless : {true, false}) {
        CAPTURE(nameless);
        check_interrupted([&] {
            io::AtomicFile file(path, nameless);
            file.commit();
            return true;
        });
    }
#ifdef THALWEG_TEST_COMMAND
    check_interrupted([&] {
        write_report(path);
        return true;
    });
#endif
}
