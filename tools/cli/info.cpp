// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg info`: the machine, the build, and which instruction set and how many threads are used, and why.
#if defined(_WIN32) && (defined(__x86_64__) || defined(__i386__))
#include <cpuid.h>
#endif

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/version.hpp"

namespace thalweg::cli {
namespace {

void line(const char* what, const std::string& value) {
    print_linef(stdout, "%-10s %s", what, value.c_str());
}

std::string environment(const char* variable) {
    const char* const value = std::getenv(variable);
    return value == nullptr ? "" : value;
}

std::string names(const std::vector<SimdLevel>& levels) {
    std::string text;
    for (const SimdLevel level : levels) {
        text += (text.empty() ? "" : " ") + std::string(name(level));
    }
    return text.empty() ? "none" : text;
}

std::string not_runnable() {
    std::string text;
    for (const SimdLevel level : built_levels()) {
        if (const std::string_view reason = why_unavailable(level); !reason.empty()) {
            text += (text.empty() ? "; not here: " : ", ") + std::string(name(level)) + " (" +
                    std::string(reason) + ")";
        }
    }
    return text;
}

std::string active_text() {
    const std::string wanted = environment("THALWEG_SIMD");
    const SimdLevel level = active_level();
    return std::string(name(level)) +
           (wanted.empty() ? ", the best that runs here (THALWEG_SIMD is not set)" : ", set by THALWEG_SIMD");
}

std::string threads_text(const BuildInfo& build) {
    const std::string count = std::to_string(threads());
    if (!build.openmp) {
        return count + ", built without OpenMP";
    }
    const std::string wanted = environment("OMP_NUM_THREADS");
    if (wanted.empty()) {
        return count + ", the CPUs this process may use (OMP_NUM_THREADS is not set)";
    }
    if (wanted == count) {
        return count + ", set by OMP_NUM_THREADS";
    }
    return count + ", from OMP_NUM_THREADS=" + wanted + " and the CPUs this process may use";
}

std::string cpu_model() {
#if defined(_WIN32) && (defined(__x86_64__) || defined(__i386__))
    // In three pieces, from the processor.
    unsigned words[12] = {};
    for (unsigned i = 0; i < 3; ++i) {
        unsigned* const piece = words + 4 * i;
        if (__get_cpuid(0x80000002U + i, &piece[0], &piece[1], &piece[2], &piece[3]) == 0) {
            return "unknown";
        }
    }
    char text[sizeof words + 1] = {};
    std::memcpy(text, words, sizeof words);
    return text;
#else
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string text; std::getline(cpuinfo, text);) {
        const std::size_t colon = text.find(": ");
        if (text.starts_with("model name") && colon != std::string::npos) {
            return text.substr(colon + 2);
        }
    }
    return "unknown";
#endif
}

std::string cache_text(std::size_t bytes) {
    return bytes > 0 ? std::to_string(bytes / 1024) + " KiB" : "unknown";
}

std::string caches_text() {
    const auto [l1_data, l2, l3] = cache_sizes();
    return "L1 data " + cache_text(l1_data) + ", L2 " + cache_text(l2) + ", L3 " + cache_text(l3) +
           (environment("THALWEG_CACHES").empty() ? "" : ", set by THALWEG_CACHES");
}

#ifdef THALWEG_HAS_PNG
constexpr bool kHasPng = true;
#else
constexpr bool kHasPng = false;
#endif

void print_text(const BuildInfo& build) {
    const std::string active = active_text();
    line("version", "thalweg " + build.version);
    line("cpu", cpu_model());
    line("caches", caches_text());
    line("built", names(built_levels()) + " (best first)");
    line("runnable", names(available_levels()) + not_runnable());
    line("active", active);
    line("threads", threads_text(build));
    line("compiler", build.compiler);
    line("xsimd", build.xsimd);
    line("OpenMP", build.openmp ? "yes" : "no: everything runs in one thread");
    line("zlib", build.zlib ? "yes: gzip files can be read" : "no: gzip files cannot be read");
    line("libpng", kHasPng ? "yes: thalweg predict reads PNG" : "no: thalweg predict reads no PNG");
}

// What print_text() says, as data. Scripts read this: the text is for people and may change.
void print_json(const BuildInfo& build) {
    Json levels = Json::array();
    for (const SimdLevel level : built_levels()) {
        const std::string_view reason = why_unavailable(level);
        levels.push_back({{"name", name(level)},
                          {"runnable", reason.empty()},
                          {"reason", reason.empty() ? Json(nullptr) : Json(reason)},  // why it is not
                          {"fma", has_fma(level)}});
    }
    const auto size = [](std::size_t bytes) { return bytes > 0 ? Json(bytes) : Json(nullptr); };
    const auto from = [](const char* variable) {
        return environment(variable).empty() ? Json(nullptr) : Json(variable);
    };
    const auto [l1_data, l2, l3] = cache_sizes();
    const Json all = {
        {"version", build.version},
        {"cpu", cpu_model()},
        {"caches", {{"l1_data", size(l1_data)}, {"l2", size(l2)}, {"l3", size(l3)}}},
        {"caches_set_by", from("THALWEG_CACHES")},  // null: they are this machine's
        {"levels", levels},                         // built, best first
        {"active", name(active_level())},
        {"active_set_by", from("THALWEG_SIMD")},  // null: it is the best that runs
        {"threads", threads()},
        {"threads_set_by", build.openmp ? from("OMP_NUM_THREADS") : Json(nullptr)},
        {"compiler", build.compiler},
        {"xsimd", build.xsimd},
        {"openmp", build.openmp},
        {"zlib", build.zlib},
        {"libpng", kHasPng},
    };
    std::printf("%s\n", all.indented().c_str());
}

}  // namespace

Syntax info_syntax(InfoCommand& command) {
    return {"info",
            "print what this build and this machine offer",
            "Examples:\n"
            "  thalweg info\n"
            "  thalweg info --json                 # for scripts\n"
            "  THALWEG_SIMD=avx2 thalweg info      # another instruction set than the best\n"
            "  THALWEG_SIMD_HIDE=avx2 thalweg info # as on a CPU without that one\n"
            "  OMP_NUM_THREADS=1 thalweg info      # another number of threads\n\n"
            "Exit status: 0 done; 2 wrong option, or THALWEG_SIMD names a level that cannot run.",
            {flag("--json", "print JSON instead of text", command.json)}};
}

int run_info(const InfoCommand& command) {
    if (command.json) {
        print_json(build_info());
    } else {
        print_text(build_info());
    }
    return kDone;
}

}  // namespace thalweg::cli
