// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg selftest`: whether this build computes, on this machine, the bits that docs/numerics.md promises.
#include "selftest.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "bits/check.hpp"
#include "cli.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "thalweg/error.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/version.hpp"

namespace thalweg::cli {
namespace {

constexpr const char* kSelftestFooter =
    "Computes rows of results whose bits are promised (docs/bits.md): float functions over a sample of\n"
    "2^24 of their inputs, products, softmax, losses, gradients by every way, trainings of 1,000 steps.\n"
    "A hash of each is compared with the one that belongs to this version of thalweg.\n"
    "\n"
    "Examples:\n"
    "  thalweg selftest                                  # a few seconds\n"
    "  thalweg selftest --level all --threads 2\n"
    "  thalweg selftest --full --rows exp/f32            # all 2^32 inputs of the float function\n"
    "  thalweg selftest --level all --threads all --rows training\n"
    "\n"
    "Exit status: 0 all bits as promised; 1 some differ; 2 wrong option, or a level that cannot run.";

// The rows at one level with one number of threads.
struct Run {
    SimdLevel level;
    int threads;
    std::vector<bits::Result> results;
};

const char* class_text(SimdLevel level) {
    return has_fma(level) ? "with fma" : "without fma";
}

std::string expected_text(const bits::Result& result) {
    return result.expected ? bits::hash_text(*result.expected) : "none";
}

std::string threads_word(int count) {
    return std::to_string(count) + (count == 1 ? " thread" : " threads");
}

void print_result(const bits::Result& result) {
    print_linef(stdout, "%-26s  %-16s  %s  %s", std::string(result.row).c_str(),
                expected_text(result).c_str(), bits::hash_text(result.found).c_str(),
                result.ok() ? "ok" : "differs");
    // Some rows take long: who waits sees how far it is.
    std::fflush(stdout);
}

void print_json(const std::vector<Run>& runs, std::size_t differ, double seconds) {
    Json all_runs = Json::array();
    for (const Run& run : runs) {
        Json rows = Json::array();
        for (const bits::Result& result : run.results) {
            rows.push_back({{"row", result.row},
                            {"expected", result.expected ? Json(expected_text(result)) : Json(nullptr)},
                            {"found", bits::hash_text(result.found)},
                            {"ok", result.ok()}});
        }
        all_runs.push_back({{"simd", name(run.level)},
                            {"fma", has_fma(run.level)},
                            {"threads", run.threads},
                            {"rows", rows}});
    }
    const BuildInfo build = build_info();
    const Json all = {{"version", build.version},
                      {"compiler", build.compiler},
                      {"runs", all_runs},
                      {"differ", differ},
                      {"seconds", seconds}};
    std::printf("%s\n", all.indented().c_str());
}

std::vector<SimdLevel> levels_of(const SelftestCommand& command) {
    if (command.every_level) {
        return available_levels();
    }
    return {command.level.empty() ? active_level() : parse_level(command.level)};
}

// 0: the default.
std::vector<int> counts_of(const SelftestCommand& command) {
    if (!command.every_count) {
        return {command.threads};
    }
    std::vector<int> counts;
    for (int n = 1; n <= SelftestCommand::kMostThreads; ++n) {
        counts.push_back(n);
    }
    return counts;
}

Run run_rows(SimdLevel level, int count, const std::vector<bits::Row>& rows,
             std::span<const bits::Expected> table, bool quiet) {
    select_level(level);
    set_threads(count);
    Run run{level, threads(), {}};
    if (!quiet) {
        print_line(stdout, "");
        print_linef(stdout, "%s (%s), %s", std::string(name(level)).c_str(), class_text(level),
                    threads_word(run.threads).c_str());
        print_linef(stdout, "%-26s  %-16s  %s", "row", "expected", "found");
    }
    for (const bits::Row& row : rows) {
        run.results.push_back(bits::check(row, table));
        if (!quiet) {
            print_result(run.results.back());
        }
    }
    return run;
}

int print_new_table(const SelftestCommand& command) {
    const std::vector<SimdLevel> levels = available_levels();
    const auto with_fma = std::count_if(levels.begin(), levels.end(), has_fma);
    if (with_fma == 0 || with_fma == static_cast<std::ptrdiff_t>(levels.size())) {
        throw UsageError(
            "--print-table: expected levels with and without fma that run here; see thalweg info");
    }
    set_threads(command.threads);
    std::string complaint;
    const std::string table = bits::new_table(bits::rows_of("", true), levels, complaint);
    if (!complaint.empty()) {
        print_error("thalweg selftest", complaint);
        return kBitsDiffer;
    }
    std::printf("%s", table.c_str());
    return kDone;
}

// A level that runs here, or all of them.
void use_level(SelftestCommand& command, const std::string& name, const std::string& text) {
    command.every_level = text == "all";
    command.level.clear();
    if (!command.every_level) {
        try {
            command.level = thalweg::name(parse_level(text));
        } catch (const SimdError& error) {
            std::vector<std::string> names = {"all"};
            for (const SimdLevel each : built_levels()) {
                names.emplace_back(thalweg::name(each));
            }
            throw UsageError(name + ": " + error.what() + did_you_mean(text, names));
        }
    }
}

}  // namespace

Syntax selftest_syntax(SelftestCommand& command) {
    const auto level = [&command](const std::string& name, const std::string& text) {
        use_level(command, name, text);
    };
    const auto count = [&command](const std::string& name, const std::string& text) {
        command.every_count = text == "all";
        command.threads =
            command.every_count ? 0 : static_cast<int>(whole_number(name, text, 1, kMaxThreads));
    };
    return {
        "selftest",
        "compare this machine's bits with the promise",
        kSelftestFooter,
        {
            {"--level", "WORD", "a level that thalweg info lists, or all (default: the active one)", level},
            {"--threads", "N", "exactly so many, or all: 1 to 16 (default: see thalweg info)", count},
            text_option("--rows", "TEXT", "only the rows whose names begin so",
                        "the beginning of a row's name", command.rows),
            flag("--full", "float functions over all 2^32 inputs as well: minutes", command.full),
            flag("--json", "print JSON instead of a table", command.json),
            flag("--print-table", "compute at all levels what to compare with from now on",
                 command.print_table),
        }};
}

int run_selftest(const SelftestCommand& command) {
    return run_selftest(command, bits::expected_hashes());
}

int run_selftest(const SelftestCommand& command, std::span<const bits::Expected> table) {
    if (command.print_table) {
        return print_new_table(command);
    }
    const std::vector<bits::Row> rows = bits::rows_of(command.rows, command.full);
    if (rows.empty()) {
        throw UsageError("--rows: expected the beginning of a row's name, found " + in_quotes(command.rows) +
                         (command.full ? "" : "; some are there with --full only"));
    }
    const auto begin = std::chrono::steady_clock::now();
    if (!command.json) {
        const BuildInfo build = build_info();
        print_linef(stdout, "thalweg %s, %s%s", build.version.c_str(), build.compiler.c_str(),
                    build.openmp ? "" : ", without OpenMP");
    }
    std::vector<Run> runs;
    std::size_t differ = 0;
    std::size_t checked = 0;
    for (const SimdLevel level : levels_of(command)) {
        for (const int count : counts_of(command)) {
            runs.push_back(run_rows(level, count, rows, table, command.json));
            for (const bits::Result& result : runs.back().results) {
                ++checked;
                differ += result.ok() ? 0 : 1;
            }
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (command.json) {
        print_json(runs, differ, seconds);
    } else {
        print_line(stdout, "");
        print_linef(stdout, "%s: %zu of %zu rows differ, %.1f s",
                    differ == 0 ? "as promised" : "not as promised", differ, checked, seconds);
    }
    return differ == 0 ? kDone : kBitsDiffer;
}

}  // namespace thalweg::cli
