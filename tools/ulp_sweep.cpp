// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs one float32 function over all 2^32 inputs, at one level or at all, and counts the results that are not
// the correctly rounded ones. Exit status: 0 none, 1 some, 2 wrong usage.
//
//   ulp_sweep exp|log|sigmoid|sigmoid_grad [LEVEL|all [THREADS]]
//
// The reference is the C library's double function where its result, give or take 2^-42 of it (a thousand
// units in the last place; it is wrong by less than one), rounds to one float. One input in a hundred thousand
// is nearer to the middle of two floats: MPFR decides there; without MPFR, long double with a margin of
// 2^-60, and what that leaves open is counted and accepted if it is one of the two floats. The hash of all
// results (NaN counts as one value) serves to compare machines.
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#ifdef THALWEG_HAS_MPFR
#include <mpfr.h>
#endif

#include "dispatch/dispatch.hpp"
#include "thalweg/error.hpp"

namespace {

using thalweg::SimdLevel;
using Slot = void (*thalweg::kernels::Kernels<float>::*)(const float*, float*, std::size_t);

template <class F>
F sigmoid(F x) {
    return F(1) / (F(1) + std::exp(-x));
}

template <class F>
F sigmoid_grad(F x) {
    const F e = std::exp(-std::fabs(x));
    return e / ((F(1) + e) * (F(1) + e));
}

#ifdef THALWEG_HAS_MPFR
// Three numbers of 300 bits: the nearest that these functions come to the middle of two floats is 2^-80.
class Precise {
public:
    Precise() { mpfr_inits2(300, a, b, c, static_cast<mpfr_ptr>(nullptr)); }
    Precise(const Precise&) = delete;
    Precise& operator=(const Precise&) = delete;
    ~Precise() { mpfr_clears(a, b, c, static_cast<mpfr_ptr>(nullptr)); }

    mpfr_t a;
    mpfr_t b;
    mpfr_t c;
};

void precise_exp(Precise& p) {
    mpfr_exp(p.a, p.a, MPFR_RNDN);
}
void precise_log(Precise& p) {
    mpfr_log(p.a, p.a, MPFR_RNDN);
}
void precise_sigmoid(Precise& p) {
    mpfr_neg(p.a, p.a, MPFR_RNDN);
    mpfr_exp(p.a, p.a, MPFR_RNDN);
    mpfr_add_ui(p.a, p.a, 1, MPFR_RNDN);
    mpfr_ui_div(p.a, 1, p.a, MPFR_RNDN);
}
void precise_sigmoid_grad(Precise& p) {
    mpfr_abs(p.a, p.a, MPFR_RNDN);
    mpfr_neg(p.a, p.a, MPFR_RNDN);
    mpfr_exp(p.a, p.a, MPFR_RNDN);
    mpfr_add_ui(p.b, p.a, 1, MPFR_RNDN);
    mpfr_sqr(p.b, p.b, MPFR_RNDN);
    mpfr_div(p.a, p.a, p.b, MPFR_RNDN);
}
#define THALWEG_PRECISE(name) precise_##name
#else
struct Precise {};
#define THALWEG_PRECISE(name) nullptr
#endif

struct Function {
    const char* name;
    Slot slot;
    double (*in_double)(double);
    long double (*in_long_double)(long double);
    void (*precise)(Precise&);  // a = f(a)
};

const Function kFunctions[] = {
    {"exp", &thalweg::kernels::Kernels<float>::exp, std::exp, std::exp, THALWEG_PRECISE(exp)},
    {"log", &thalweg::kernels::Kernels<float>::log, std::log, std::log, THALWEG_PRECISE(log)},
    {"sigmoid", &thalweg::kernels::Kernels<float>::sigmoid, sigmoid<double>, sigmoid<long double>,
     THALWEG_PRECISE(sigmoid)},
    {"sigmoid_grad", &thalweg::kernels::Kernels<float>::sigmoid_grad, sigmoid_grad<double>,
     sigmoid_grad<long double>, THALWEG_PRECISE(sigmoid_grad)},
};

// The two floats that the correctly rounded result may be: the same one, where it is decided.
struct Reference {
    float low;
    float high;
};

template <class F>
Reference around(F y, F margin) {
    return {static_cast<float>(y * (F(1) - margin)), static_cast<float>(y * (F(1) + margin))};
}

Reference reference_of(const Function& f, float x, Precise& precise) {
    const double y = f.in_double(static_cast<double>(x));
    const Reference rough = around(y, 0x1p-42);
    if (rough.low == rough.high || std::isnan(y)) {
        return rough;
    }
#ifdef THALWEG_HAS_MPFR
    mpfr_set_flt(precise.a, x, MPFR_RNDN);
    f.precise(precise);
    const float nearest = mpfr_get_flt(precise.a, MPFR_RNDN);
    return {nearest, nearest};
#else
    (void)precise;
    return around(f.in_long_double(static_cast<long double>(x)), 0x1p-60L);
#endif
}

// Floats in their order as integers: neighbours differ by 1, both zeros are 0.
std::int64_t ordinal(float x) {
    const auto bits = std::bit_cast<std::int32_t>(x);
    return bits < 0 ? -std::int64_t{bits & 0x7fffffff} : std::int64_t{bits};
}

std::uint64_t mixed(std::uint64_t h) {
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

struct Totals {
    std::uint64_t wrong = 0;
    std::uint64_t undecided = 0;
    std::uint64_t hash = 0;  // sum of the blocks' hashes: the threads' order does not count
    std::int64_t furthest = 0;
    float worst_x = 0.0F;
    float worst_y = 0.0F;

    void add(const Totals& t) {
        wrong += t.wrong;
        undecided += t.undecided;
        hash += t.hash;
        if (t.furthest > furthest) {
            furthest = t.furthest;
            worst_x = t.worst_x;
            worst_y = t.worst_y;
        }
    }

    void judge(float x, float y, const Reference& want) {
        const auto bits = std::bit_cast<std::uint32_t>(y);
        if (std::isnan(y) && std::isnan(want.low)) {
            return;
        }
        undecided += want.low == want.high ? 0 : 1;
        if (bits == std::bit_cast<std::uint32_t>(want.low) ||
            bits == std::bit_cast<std::uint32_t>(want.high)) {
            return;
        }
        ++wrong;
        const bool nan = std::isnan(y) || std::isnan(want.low);
        const std::int64_t distance =
            nan ? std::numeric_limits<std::int64_t>::max() : std::abs(ordinal(y) - ordinal(want.low));
        if (distance >= furthest) {
            furthest = distance;
            worst_x = x;
            worst_y = y;
        }
    }
};

constexpr std::uint64_t kBlock = std::uint64_t{1} << 16;
constexpr std::uint64_t kBlocks = (std::uint64_t{1} << 32) / kBlock;

// Takes blocks until there are none; adds what it found to totals, one entry a level.
void sweep(const Function& f, const std::vector<SimdLevel>& levels, std::atomic<std::uint64_t>& next,
           std::mutex& lock, std::vector<Totals>& totals) {
    Precise precise;
    std::vector<Totals> mine(levels.size());
    std::vector<float> x(kBlock);
    std::vector<float> y(kBlock);
    std::vector<Reference> want(kBlock);
    for (std::uint64_t block = next++; block < kBlocks; block = next++) {
        for (std::uint64_t i = 0; i < kBlock; ++i) {
            x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(block * kBlock + i));
            want[i] = reference_of(f, x[i], precise);
        }
        for (std::size_t l = 0; l < levels.size(); ++l) {
            (thalweg::dispatch::table(levels[l]).f32.*f.slot)(x.data(), y.data(), kBlock);
            std::uint64_t hash = block;
            for (std::uint64_t i = 0; i < kBlock; ++i) {
                mine[l].judge(x[i], y[i], want[i]);
                const std::uint32_t bits =
                    std::isnan(y[i]) ? 0x7fc00000U : std::bit_cast<std::uint32_t>(y[i]);
                hash = (hash ^ bits) * 0x100000001b3u;
            }
            mine[l].hash += mixed(hash);
        }
    }
    const std::lock_guard<std::mutex> guard(lock);
    for (std::size_t l = 0; l < levels.size(); ++l) {
        totals[l].add(mine[l]);
    }
}

void print(const Function& f, SimdLevel level, const Totals& t) {
    std::printf("%s %s: %llu of 4294967296 wrong", f.name, std::string(name(level)).c_str(),
                static_cast<unsigned long long>(t.wrong));
    if (t.wrong > 0) {
        std::printf(", worst f(%a) = %a, %lld floats off", static_cast<double>(t.worst_x),
                    static_cast<double>(t.worst_y), static_cast<long long>(t.furthest));
    }
    if (t.undecided > 0) {
        std::printf(", %llu undecided without MPFR", static_cast<unsigned long long>(t.undecided));
    }
    std::printf(", hash %016llx\n", static_cast<unsigned long long>(t.hash));
}

int run(const Function& f, const std::vector<SimdLevel>& levels, unsigned threads) {
    std::vector<Totals> totals(levels.size());
    std::atomic<std::uint64_t> next{0};
    std::mutex lock;
    std::vector<std::thread> team;
    for (unsigned t = 0; t < threads; ++t) {
        team.emplace_back([&] { sweep(f, levels, next, lock, totals); });
    }
    for (std::thread& thread : team) {
        thread.join();
    }
    bool right = true;
    for (std::size_t l = 0; l < levels.size(); ++l) {
        print(f, levels[l], totals[l]);
        right = right && totals[l].wrong == 0;
    }
    return right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string wanted = argc > 1 ? argv[1] : "";
    const std::string level = argc > 2 ? argv[2] : "all";
    const int threads = argc > 3 ? std::atoi(argv[3]) : static_cast<int>(std::thread::hardware_concurrency());
    for (const Function& f : kFunctions) {
        if (wanted != f.name || argc > 4 || threads < 0) {
            continue;
        }
        try {
            const std::vector<SimdLevel> levels = level == "all"
                                                      ? thalweg::available_levels()
                                                      : std::vector<SimdLevel>{thalweg::parse_level(level)};
            return run(f, levels, threads == 0 ? 1U : static_cast<unsigned>(threads));
        } catch (const thalweg::SimdError& error) {
            std::fprintf(stderr, "ulp_sweep: %s\n", error.what());
            return 2;
        }
    }
    std::fprintf(stderr, "usage: ulp_sweep exp|log|sigmoid|sigmoid_grad [LEVEL|all [THREADS]]\n");
    return 2;
}
