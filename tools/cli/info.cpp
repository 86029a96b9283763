// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg info`: the machine, the build, and which instruction set and how many threads are used, and why.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "commands.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/version.hpp"

namespace thalweg::cli {
namespace {

void line(const char* what, const std::string& value) {
    std::printf("%-10s %s\n", what, value.c_str());
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
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string text; std::getline(cpuinfo, text);) {
        const std::size_t colon = text.find(": ");
        if (text.starts_with("model name") && colon != std::string::npos) {
            return text.substr(colon + 2);
        }
    }
    return "unknown";
}

std::string cache_text(int setting) {
    const long bytes = setting < 0 ? 0 : sysconf(setting);
    return bytes > 0 ? std::to_string(bytes / 1024) + " KiB" : "unknown";
}

// The settings are glibc's; elsewhere, and where the kernel hides them, the sizes are unknown.
std::string caches_text() {
#ifdef _SC_LEVEL1_DCACHE_SIZE
    constexpr int kSettings[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
#else
    constexpr int kSettings[] = {-1, -1, -1};
#endif
    return "L1 data " + cache_text(kSettings[0]) + ", L2 " + cache_text(kSettings[1]) + ", L3 " +
           cache_text(kSettings[2]);
}

}  // namespace

CLI::App* declare_info(CLI::App& app) {
    CLI::App* const info = app.add_subcommand("info", "print what this build and this machine offer");
    info->allow_extras();
    info->footer(
        "Examples:\n"
        "  thalweg info\n"
        "  THALWEG_SIMD=avx2 thalweg info      # another instruction set than the best\n"
        "  THALWEG_SIMD_HIDE=avx2 thalweg info # as on a CPU without that one\n"
        "  OMP_NUM_THREADS=1 thalweg info      # another number of threads\n\n"
        "Exit status: 0 done; 2 wrong option, or THALWEG_SIMD names a level that cannot run.");
    return info;
}

int run_info() {
    const BuildInfo build = build_info();
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
#ifdef THALWEG_HAS_PNG
    line("libpng", "yes: thalweg predict reads PNG");
#else
    line("libpng", "no: thalweg predict reads no PNG");
#endif
    return 0;
}

}  // namespace thalweg::cli
