// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Journals: a run that is killed again and again ends with the bits of an unbroken one; journals of something
// else, and damaged ones.
#ifndef _WIN32
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#endif
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <new>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/jacobian.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;

constexpr std::size_t kColumns = 30;
constexpr std::size_t kRows = 3;

std::vector<double> start() {
    std::vector<double> x(kColumns);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = 0.1 * static_cast<double>(i) - 1.0;
    }
    return x;
}

void outputs(std::span<const double> x, std::span<double> y) {
    for (std::size_t r = 0; r < y.size(); ++r) {
        y[r] = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            y[r] += std::sin(static_cast<double>(r + 1) * x[i]) * x[(i + r) % x.size()];
        }
    }
}

// A file of this process's own, gone in the end.
struct File {
    std::string path = "journal_of_" + std::to_string(::getpid()) + ".thalweg";
    File() { std::remove(path.c_str()); }
    ~File() { std::remove(path.c_str()); }
    std::string bytes() const {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& bytes) const {
        std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
};

std::size_t differing(const Matrix<double>& a, const Matrix<double>& b) {
    std::size_t count = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
        count += test::bits(a.data()[k]) != test::bits(b.data()[k]) ? 1 : 0;
    }
    return count;
}

constexpr std::size_t kRecord = 16 + kRows * sizeof(double) + 4;

}  // namespace

#ifndef _WIN32  // no fork()
TEST_CASE("journal: a Jacobian killed 20 times has the bits of an unbroken one", "[journal]") {
    const std::vector<double> x = start();
    const File file;
    void* const shared = ::mmap(nullptr, sizeof(std::atomic<std::size_t>), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(shared != MAP_FAILED);
    auto& calls = *new (shared) std::atomic<std::size_t>(0);
    const auto slow = [&](std::span<const double> v, std::span<double> y) {
        ++calls;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        outputs(v, y);
    };
    Evaluations evaluations;
    evaluations.journal = file.path;
    evaluations.function = "slow";
    const GradientOptions options{.method = Method::kCentral4, .evaluations = &evaluations};
    std::size_t killed = 0;
    for (std::size_t k = 1; k <= 20; ++k) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            jacobian(slow, x, kRows, options);
            ::_exit(0);
        }
        // In the middle of an evaluation, between two, while a record is written: wherever it is.
        while (calls < 5 * k) {
            std::this_thread::sleep_for(std::chrono::microseconds(100 * (k % 7)));
        }
        ::kill(child, SIGKILL);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        killed += WIFSIGNALED(status) ? 1U : 0U;
    }
    CHECK(killed == 20);
    const Matrix<double> result = jacobian(slow, x, kRows, options);
    CHECK(evaluations.report.from_journal >= 80);
    CHECK(evaluations.report.from_journal + evaluations.report.calls == 4 * kColumns);
    // Each kill costs the evaluation that it met, and no more.
    CHECK(calls <= 4 * kColumns + 20);
    CHECK(differing(result, jacobian(outputs, x, kRows, {.method = Method::kCentral4})) == 0);
    ::munmap(shared, sizeof(std::atomic<std::size_t>));
}
#endif

TEST_CASE("journal: what was cut off or damaged is computed again", "[journal]") {
    const std::vector<double> x = start();
    const File file;
    Evaluations evaluations;
    evaluations.journal = file.path;
    for (const int threads : {1, 3}) {
        const GradientOptions options{.threads = threads, .evaluations = &evaluations};
        std::remove(file.path.c_str());
        const Matrix<double> expected = jacobian(outputs, x, kRows, options);
        CHECK(evaluations.report.calls == 2 * kColumns);
        const std::string whole = file.bytes();
        CHECK(differing(jacobian(outputs, x, kRows, options), expected) == 0);
        CHECK(evaluations.report.calls == 0);
        CHECK(file.bytes() == whole);
        for (const std::size_t cut : {std::size_t{1}, kRecord - 1, kRecord, 3 * kRecord + 5}) {
            file.write(whole.substr(0, whole.size() - cut));
            CHECK(differing(jacobian(outputs, x, kRows, options), expected) == 0);
            CHECK(evaluations.report.calls == (cut + kRecord - 1) / kRecord);
            CHECK(file.bytes().size() == whole.size());
        }
        // A bit of a key, of a value, of a checksum.
        for (const std::size_t at : {std::size_t{2}, std::size_t{20}, kRecord - 1}) {
            std::string damaged = whole;
            damaged[whole.size() - 4 * kRecord + at] ^= 4;
            file.write(damaged);
            CHECK(differing(jacobian(outputs, x, kRows, options), expected) == 0);
            CHECK(evaluations.report.rejected == 1);
            CHECK(evaluations.report.calls == 1);
        }
        file.write("");
        CHECK(differing(jacobian(outputs, x, kRows, options), expected) == 0);
        CHECK(evaluations.report.calls == 2 * kColumns);
    }
}

TEST_CASE("journal: of another function, point or method, or none at all", "[journal]") {
    std::vector<double> x = start();
    const File file;
    Evaluations evaluations;
    evaluations.journal = file.path;
    evaluations.function = "wing, mesh 3";
    const auto run = [&](const GradientOptions& options, std::size_t rows = kRows) {
        GradientOptions own = options;
        own.evaluations = &evaluations;
        return jacobian(outputs, x, rows, own);
    };
    run({.h = 1e-4});
    const std::string before = file.bytes();
    const std::string expected = file.path + ": expected a journal of ";
    CHECK_THROWS_WITH(run({.h = 1e-3}),
                      expected +
                          "\"method kCentral2, h = 0.001, lower none, upper none\", found one of "
                          "\"method kCentral2, h = 1e-04, lower none, upper none\"");
    CHECK_THROWS_WITH(run({.method = Method::kForward, .h = 1e-4}), ContainsSubstring("\"method kForward"));
    CHECK_THROWS_WITH(run({.h = 1e-4}, 2), expected + "\"outputs 2\", found one of \"outputs 3\"");
    x[7] = 0.25;
    CHECK_THROWS_WITH(run({.h = 1e-4}), expected + "x[7] = 0.25, found one of -0.29999999999999993");
    x = start();
    evaluations.function = "wing, mesh 4";
    CHECK_THROWS_WITH(run({.h = 1e-4}),
                      expected + "\"function wing, mesh 4\", found one of \"function wing, mesh 3\"");
    evaluations.function = "two\nlines";
    CHECK_THROWS_WITH(run({.h = 1e-4}), ContainsSubstring("must be one line"));
    evaluations.function = "wing, mesh 3";
    CHECK(file.bytes() == before);
    file.write("precious data\n");
    CHECK_THROWS_WITH(run({.h = 1e-4}), file.path +
                                            ": expected a journal, found a file that begins with "
                                            "\"precious data\"");
    CHECK(file.bytes() == "precious data\n");
    std::string damaged = before;
    damaged[damaged.find("\n\n") + 2 + kColumns * sizeof(double) + 1] ^= 1;
    file.write(damaged);
    CHECK_THROWS_WITH(run({.h = 1e-4}), ContainsSubstring("whose beginning is damaged"));
    file.write(before.substr(0, 40));
    CHECK_THROWS_AS(run({.h = 1e-4}), IoError);
    evaluations.journal = "no such directory/journal";
    CHECK_THROWS_AS(run({.h = 1e-4}), IoError);
}

TEST_CASE("journal: two runs at a time", "[journal]") {
    const std::vector<double> x = start();
    const File file;
    Evaluations evaluations;
    evaluations.journal = file.path;
    const auto nested = [&](std::span<const double> v, std::span<double> y) {
        Evaluations other = evaluations;
        other.progress = nullptr;
        jacobian(outputs, x, kRows, {.evaluations = &other});
        outputs(v, y);
    };
    CHECK_THROWS_WITH(jacobian(nested, x, kRows, {.evaluations = &evaluations}),
                      ContainsSubstring("in use by another"));
}
