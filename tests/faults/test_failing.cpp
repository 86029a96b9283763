// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every call of the system that loading and saving make, failing once: what is loaded is right or refused in
// one line, and a file that is saved has its old bytes or its new ones.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "data/files.hpp"
#include "faults/failing.hpp"
#include "faults/file_kinds.hpp"
#include "io/atomic_file.hpp"
#include "support/catch.hpp"
#include "thalweg/error.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

std::ptrdiff_t open_files() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

Bytes bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

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

// Saving to a new file and over an old one, which at least, or just, so many calls can fail. The directory's
// open() and close() may fail, and what looks for /proc, for a file without a name or for a link.
void check_save(unsigned long least, bool just, const std::function<void(const std::string& path)>& save) {
    const TempDirectory directory;
    const std::string path = directory.path("file");
    save(path);
    const Bytes made = bytes_of(path);
    for (const Bytes& old : {Bytes{}, Bytes{'o', 'l', 'd'}}) {
        const auto restore = [&] {
            std::filesystem::remove(path);
            if (!old.empty()) {
                directory.write("file", old);
            }
        };
        const auto left = [&](const std::string& message) -> std::string {
            const Bytes found = bytes_of(path);
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
            path, {"access", "open", "close", "lstat"},
            [&] {
                save(path);
                return true;
            },
            left);
        // Over an old one: access and fchmod, too.
        const unsigned long expected = old.empty() ? least : least + 2;
        CHECK((just ? failed == expected : failed >= expected));
    }
}

}  // namespace

TEST_CASE("every call of loading fails once", "[faults][files]") {
    for (const FileKind& kind : kinds()) {
        CAPTURE(kind.name);
        const TempDirectory directory;
        const std::string path = directory.path("file");
        kind.write(path);
        const unsigned long failed = check(
            path, {"close"}, [&] { return kind.load(path); }, [](const std::string&) { return ""; });
        CHECK(failed >= 2);
    }
}

TEST_CASE("every call of saving fails once", "[faults][files]") {
    for (const FileKind& kind : kinds()) {
        if (kind.name.find(".np") != std::string::npos) {
            CAPTURE(kind.name);
            check_save(7, false, kind.write);
        }
    }
    for (const bool nameless : {true, false}) {
        CAPTURE(nameless);
        // stat, open or linkat, write, fsync, close, rename, fsync
        check_save(7, true, [&](const std::string& to) {
            io::AtomicFile file(to, nameless);
            file.write(std::string_view("something"));
            file.commit();
        });
    }
}

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
