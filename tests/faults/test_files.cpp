// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Files that somebody else cuts, lengthens, replaces or removes while they are read, and calls that signals
// end: what is loaded is right, or an IoError says why not.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#ifdef THALWEG_TEST_COMMAND
#include "cli/image_bytes.hpp"
#endif
#include "data/byte_reader.hpp"
#include "data/files.hpp"
#include "faults/file_kinds.hpp"
#include "faults/interrupted.hpp"
#include "io/input_file.hpp"
#include "support/catch.hpp"
#include "support/inputs.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// Cuts the file and makes it whole again, lengthens it, removes it, replaces it, until told to stop. Its
// bytes are never wrong ones: only missing or too many, but for those that a cut is clearing while somebody
// copies them. Of these a loader without a checksum knows by the time of modification alone, so a whole file
// stays as it is until the clock behind that has moved on.
class Meddler {
public:
    Meddler(const std::string& path, const std::string& whole) : path_(path), whole_(whole) {
        struct stat found = {};
        REQUIRE(stat(whole.c_str(), &found) == 0);
        const int file = open(whole.c_str(), O_RDONLY);
        content_.resize(static_cast<std::size_t>(found.st_size));
        REQUIRE(pread(file, content_.data(), content_.size(), 0) == found.st_size);
        close(file);
        thread_ = std::thread([this] { run(); });
    }
    Meddler(const Meddler&) = delete;
    Meddler& operator=(const Meddler&) = delete;
    ~Meddler() { stop(); }
    // True: all that was meant to be done to the file was done.
    bool stop() {
        stop_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
        return ok_;
    }

private:
    void put(std::size_t from, const Bytes& bytes) {
        const int file = open(path_.c_str(), O_WRONLY | O_CREAT, 0666);
        while (from < bytes.size()) {
            const ssize_t count =
                pwrite(file, bytes.data() + from, bytes.size() - from, static_cast<off_t>(from));
            from = count > 0 ? from + static_cast<std::size_t>(count) : bytes.size();
        }
        close(file);
    }
    void wait_for_tick() const {
        struct stat found = {};
        timespec now = {};
        do {
            std::this_thread::sleep_for(std::chrono::microseconds(200));
            clock_gettime(CLOCK_REALTIME_COARSE, &now);
        } while (!stop_ && stat(path_.c_str(), &found) == 0 &&
                 std::pair(now.tv_sec, now.tv_nsec) <=
                     std::pair(found.st_mtim.tv_sec, found.st_mtim.tv_nsec));
    }
    void run() {
        Source source(2);
        Bytes longer = content_;
        longer.resize(longer.size() + 5000);
        const auto pause = [&] { std::this_thread::sleep_for(std::chrono::microseconds(source.below(400))); };
        while (!stop_) {
            wait_for_tick();
            const std::size_t cut = source.below(content_.size());
            ok_ = truncate(path_.c_str(), static_cast<off_t>(cut)) == 0 && ok_;
            pause();
            put(cut, content_);
            wait_for_tick();
            put(content_.size(), longer);
            pause();
            ok_ = truncate(path_.c_str(), static_cast<off_t>(content_.size())) == 0 && ok_;
            pause();
            ok_ = unlink(path_.c_str()) == 0 && ok_;
            pause();
            ok_ = link(whole_.c_str(), (path_ + "-new").c_str()) == 0 && ok_;
            ok_ = std::rename((path_ + "-new").c_str(), path_.c_str()) == 0 && ok_;
            pause();
            // Not the whole file itself: the next round cuts.
            ok_ = unlink(path_.c_str()) == 0 && ok_;
            put(0, content_);
        }
    }

    std::string path_;
    std::string whole_;
    Bytes content_;
    std::atomic<bool> stop_{false};
    bool ok_ = true;
    std::thread thread_;
};

void on_alarm(int) {}

// A signal every tenth of a millisecond whose handler does not restart what it ended.
class Alarms {
public:
    Alarms() {
        struct sigaction action = {};
        action.sa_handler = on_alarm;
        sigaction(SIGALRM, &action, &before_);
        const itimerval often = {{0, 100}, {0, 100}};
        setitimer(ITIMER_REAL, &often, nullptr);
    }
    Alarms(const Alarms&) = delete;
    Alarms& operator=(const Alarms&) = delete;
    ~Alarms() {
        const itimerval never = {};
        setitimer(ITIMER_REAL, &never, nullptr);
        sigaction(SIGALRM, &before_, nullptr);
    }

private:
    struct sigaction before_ = {};
};

}  // namespace

TEST_CASE("files that change while they are read", "[faults][files]") {
    for (const FileKind& kind : kinds()) {
        const TempDirectory directory;
        const std::string path = directory.path("changing");
        kind.write(directory.path("whole"));
        kind.write(path);
        std::size_t right = 0;
        std::size_t wrong = 0;
        std::size_t refused = 0;
        std::string other;
        {
            Meddler meddler(path, directory.path("whole"));
            // Longer where other programs have the processors and nothing has met yet.
            const auto begin = std::chrono::steady_clock::now();
            const auto enough = [&] {
                const auto passed = std::chrono::steady_clock::now() - begin;
                return passed > std::chrono::seconds(20) ||
                       (passed > std::chrono::milliseconds(700) && right > 0 && refused > 0);
            };
            while (other.empty() && !enough()) {
                try {
                    ++(kind.load(path) ? right : wrong);
                } catch (const IoError&) {
                    ++refused;
                } catch (const std::exception& error) {
                    other = error.what();
                }
            }
            CHECK(meddler.stop());
        }
        CAPTURE(kind.name, right, refused);
        CHECK(other == "");
        CHECK(wrong == 0);
        CHECK(right > 0);
        CHECK(refused > 0);
        CHECK(kind.load(directory.path("whole")));
    }
}

TEST_CASE("a change since the file was opened is told by size or time", "[faults][files]") {
    const TempDirectory directory;
    const std::string path = directory.path("file");
    const auto write = [&] { save_npy(path, Matrix<double>(2, 2)); };
    const auto changed = [&](const std::function<void()>& change) {
        write();
        const io::InputFile file(path);
        data::ByteReader reader(path);
        file.check_unchanged();
        reader.check_unchanged();
        change();
        const std::string expected =
            path + ": expected a file that stays as it is, found it changed while it was read";
        const std::string messages[] = {io_error([&] { file.check_unchanged(); }),
                                        io_error([&] { reader.check_unchanged(); })};
        for (const std::string& message : messages) {
            CHECK((message == "(no IoError)" || message == expected));
        }
        return std::pair(messages[0] == expected, messages[1] == expected);
    };
    const auto both = std::pair(true, true);
    const auto neither = std::pair(false, false);
    CHECK(changed([] {}) == neither);
    CHECK(changed([&] { REQUIRE(truncate(path.c_str(), 100) == 0); }) == both);
    CHECK(changed([&] { REQUIRE(truncate(path.c_str(), 10000) == 0); }) == both);
    CHECK(changed([&] {
              const timespec times[] = {{0, UTIME_OMIT}, {1'000'000'000, 1}};
              REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
          }) == both);
    // Gone or replaced, the open file is what it was.
    CHECK(changed([&] { REQUIRE(unlink(path.c_str()) == 0); }) == neither);
    CHECK(changed([&] { save_npy(path, Matrix<double>(3, 3)); }) == neither);
}

#ifdef THALWEG_TEST_COMMAND
TEST_CASE("an image that changes after a look at its first bytes is refused", "[faults][files]") {
    const TempDirectory directory;
    const std::string path = directory.path("image");
    const auto message = [&](const std::function<void()>& change) {
        save_npy(path, Matrix<double>(2, 2));
        const cli::ImageBytes file(path);
        REQUIRE(file.first(8).size() == 8);
        change();
        return io_error([&] { (void)file.all("an image", 4, 1000); });
    };
    const std::string changed =
        path + ": expected a file that stays as it is, found it changed while it was read";
    CHECK(message([] {}) == "(no IoError)");
    CHECK(message([&] { REQUIRE(truncate(path.c_str(), 100) == 0); }) == changed);
    CHECK(message([&] { REQUIRE(truncate(path.c_str(), 0) == 0); }) == changed);
    CHECK(message([&] { REQUIRE(truncate(path.c_str(), 10000) == 0); }) == changed);
    CHECK(message([&] {
              const timespec times[] = {{0, UTIME_OMIT}, {1'000'000'000, 1}};
              REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
          }) == changed);
    CHECK(message([&] { save_npy(path, Matrix<double>(3, 3)); }) == "(no IoError)");
    CHECK(io_error([&] { (void)cli::ImageBytes(path).all("an image", 4, 135); }) ==
          path + ": expected an image of 4 pixels in at most 16 bytes each and 135, found 200 bytes");
    CHECK(io_error([&] { (void)cli::ImageBytes(path).all("an image", 4, 136); }) == "(no IoError)");
}
#endif

TEST_CASE("calls that end with EINTR, or early", "[faults][files]") {
    for (const FileKind& kind : kinds()) {
        CAPTURE(kind.name);
        const TempDirectory directory;
        const std::string path = directory.path("file");
        unsigned long count = 0;
        bool right = false;
        {
            const Interrupted system;
            kind.write(path);
            right = kind.load(path);
            count = Interrupted::count();
        }
        CHECK(right);
        CHECK(kind.load(path));
        CHECK(count > 1000);
    }
}

TEST_CASE("a timer's signals", "[faults][files]") {
    const Alarms alarms;
    for (const FileKind& kind : kinds()) {
        CAPTURE(kind.name);
        const TempDirectory directory;
        for (int turn = 0; turn < 20; ++turn) {
            kind.write(directory.path("file"));
            CHECK(kind.load(directory.path("file")));
        }
    }
}
