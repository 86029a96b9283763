// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "dispatch/caches.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#elif defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "thalweg/error.hpp"

namespace thalweg {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 30;

// A number with K or M behind it, as in "512K". 0: it is none, or none that a cache could have.
std::size_t size_of(std::string_view text) {
    std::size_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || number > kLargest || end - rest > 1) {
        return 0;
    }
    const char unit = rest == end ? ' ' : *rest;
    if (unit != ' ' && unit != 'K' && unit != 'M') {
        return 0;
    }
    const std::size_t bytes = number << (unit == 'M' ? 20 : unit == 'K' ? 10 : 0);
    return bytes >= 4096 && bytes <= kLargest ? bytes : 0;
}

CacheSizes from_variable(std::string_view variable) {
    std::size_t sizes[3] = {};
    std::string_view rest = variable;
    for (std::size_t& size : sizes) {
        const std::size_t comma = rest.find(',');
        size = size_of(rest.substr(0, comma));
        const bool last = &size == &sizes[2];
        if (size == 0 || last != (comma == std::string_view::npos)) {
            throw SimdError(
                "THALWEG_CACHES: expected three sizes of 4K to 1024M, as in 32K,512K,16M, found \"" +
                std::string(variable) + "\"");
        }
        rest.remove_prefix(last ? rest.size() : comma + 1);
    }
    return {sizes[0], sizes[1], sizes[2]};
}

#if defined(_WIN32) && (defined(__x86_64__) || defined(__i386__))
// What the processor itself says, Intel's in leaf 4 and AMD's in 0x8000001d: line, partitions, ways and sets.
std::size_t listed(int level) {
    for (const unsigned leaf : {0x4U, 0x8000001dU}) {
        for (unsigned index = 0; index < 8; ++index) {
            unsigned a = 0;
            unsigned b = 0;
            unsigned c = 0;
            unsigned d = 0;
            constexpr unsigned kInstructions = 2;
            if (__get_cpuid_count(leaf, index, &a, &b, &c, &d) == 0 || (a & 31U) == 0) {
                break;
            }
            if (static_cast<int>(a >> 5U & 7U) == level && (a & 31U) != kInstructions) {
                const std::size_t ways = (b >> 22U) + 1;
                const std::size_t partitions = (b >> 12U & 1023U) + 1;
                const std::size_t line = (b & 4095U) + 1;
                return ways * partitions * line * (std::size_t{c} + 1);
            }
        }
    }
    return 0;
}
#else
// What Linux lists; glibc knows the sizes of x86 alone.
std::size_t listed(int level) {
    const std::string caches = "/sys/devices/system/cpu/cpu0/cache/index";
    for (int index = 0; index < 8; ++index) {
        const std::string cache = caches + std::to_string(index);
        std::ifstream level_file(cache + "/level");
        std::ifstream type_file(cache + "/type");
        std::ifstream size_file(cache + "/size");
        int its_level = 0;
        std::string type;
        std::string size;
        if (!(level_file >> its_level) || !(type_file >> type) || !(size_file >> size)) {
            return 0;
        }
        if (its_level == level && type != "Instruction") {
            return size_of(size);
        }
    }
    return 0;
}
#endif

#ifdef _SC_LEVEL1_DCACHE_SIZE
std::size_t size_or_listed(int setting, int level) {
    const long size = sysconf(setting);
    return size > 0 ? static_cast<std::size_t>(size) : listed(level);
}
CacheSizes from_system() {
    return {size_or_listed(_SC_LEVEL1_DCACHE_SIZE, 1), size_or_listed(_SC_LEVEL2_CACHE_SIZE, 2),
            size_or_listed(_SC_LEVEL3_CACHE_SIZE, 3)};
}
#else
CacheSizes from_system() {
    return {listed(1), listed(2), listed(3)};
}
#endif

}  // namespace

CacheSizes cache_sizes() {
    static const CacheSizes sizes = [] {
        const char* const variable = std::getenv("THALWEG_CACHES");
        return variable != nullptr && *variable != '\0' ? from_variable(variable) : from_system();
    }();
    return sizes;
}

const CacheSizes& dispatch::caches() {
    static const CacheSizes sizes = [] {
        const CacheSizes found = cache_sizes();
        const auto known = [](std::size_t size, std::size_t otherwise) {
            return size > 0 ? size : otherwise;
        };
        return CacheSizes{known(found.l1_data, std::size_t{32} << 10),
                          known(found.l2, std::size_t{512} << 10), known(found.l3, std::size_t{8} << 20)};
    }();
    return sizes;
}

}  // namespace thalweg
