// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs a float32 function of tests/functions.inc over all 2^32 inputs, at one level or at all, and counts the
// results that are not the correctly rounded ones. Exit status: 0 none, 1 some, 2 wrong usage.
//
//   ulp_sweep FUNCTION|rounded [LEVEL|all [THREADS]]
//
// rounded: one after the other, all that promise correct rounding.
//
// The reference is the function's row in double where its result, give or take 2^-42 of it (a thousand
// units in the last place; it is wrong by about one), rounds to one float. One input in a hundred thousand is
// nearer to the middle of two floats: there MPFR decides; without MPFR, and for a
// function that precise_of() below does not know, long double with a margin of 2^-60,
// and what that leaves open is counted and accepted if it is one of the two floats. The hash of all results
// (NaN counts as one value) serves to compare machines; `thalweg selftest --full` computes the same.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#ifdef THALWEG_HAS_MPFR
#include <mpfr.h>
#endif

#include "bits/hash.hpp"
#include "support/owed.hpp"
#include "thalweg/error.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"

namespace {

using thalweg::MatrixView;
using thalweg::SimdLevel;
using Operation = void (*)(MatrixView<const float>, MatrixView<float>);

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
void precise_softplus(Precise& p) {
    mpfr_exp(p.a, p.a, MPFR_RNDN);
    mpfr_log1p(p.a, p.a, MPFR_RNDN);
}
// A function that MPFR has.
template <int (*kFunction)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t)>
void precise(Precise& p) {
    kFunction(p.a, p.a, MPFR_RNDN);
}
#else
struct Precise {};
#endif

// a = f(a)
using InPlace = void (*)(Precise&);

InPlace precise_of([[maybe_unused]] std::string_view name) {
#ifdef THALWEG_HAS_MPFR
    const std::pair<std::string_view, InPlace> known[] = {
        {"exp", precise<mpfr_exp>},     {"log", precise<mpfr_log>},
        {"expm1", precise<mpfr_expm1>}, {"log1p", precise<mpfr_log1p>},
        {"log2", precise<mpfr_log2>},   {"log10", precise<mpfr_log10>},
        {"tanh", precise<mpfr_tanh>},   {"softplus", precise_softplus},
        {"sigmoid", precise_sigmoid},   {"sigmoid_grad", precise_sigmoid_grad},
        {"sin", precise<mpfr_sin>},     {"cos", precise<mpfr_cos>},
        {"erf", precise<mpfr_erf>}};
    for (const auto& [known_name, function] : known) {
        if (name == known_name) {
            return function;
        }
    }
#endif
    return nullptr;
}

struct Function {
    const char* name;
    Operation operation;
    double (*in_double)(double);
    long double (*in_long_double)(long double);
    InPlace precise;
    bool rounded;
};

std::vector<Function> functions() {
    using thalweg::test::formula;
    using thalweg::test::rounded;
    using thalweg::test::within;
    return {
#define THALWEG_FUNCTION(name, truth, f32, ...) \
    {#name, thalweg::name,     truth,           \
     truth, precise_of(#name), (f32).promise == thalweg::test::Promise::kRounded},
#include "functions.inc"
    };
}

// The two floats that the correctly rounded result may be: the same one, where it is decided.
struct Reference {
    float low;
    float high;
};

template <class F>
Reference around(F y, F margin) {
    return {static_cast<float>(y * (F(1) - margin)), static_cast<float>(y * (F(1) + margin))};
}

Reference reference_of(const Function& f, float x, [[maybe_unused]] Precise& precise) {
    const double y = f.in_double(static_cast<double>(x));
    const Reference rough = around(y, 0x1p-42);
    if (rough.low == rough.high || std::isnan(y)) {
        return rough;
    }
#ifdef THALWEG_HAS_MPFR
    if (f.precise != nullptr) {
        mpfr_set_flt(precise.a, x, MPFR_RNDN);
        f.precise(precise);
        const float nearest = mpfr_get_flt(precise.a, MPFR_RNDN);
        return {nearest, nearest};
    }
#endif
    return around(f.in_long_double(static_cast<long double>(x)), 0x1p-60L);
}

// Floats in their order as integers: neighbours differ by 1, both zeros are 0.
std::int64_t ordinal(float x) {
    const auto bits = std::bit_cast<std::int32_t>(x);
    return bits < 0 ? -std::int64_t{bits & 0x7fffffff} : std::int64_t{bits};
}

struct Totals {
    std::uint64_t wrong = 0;
    std::uint64_t undecided = 0;
    std::uint64_t hash = 0;  // sum over the parts: their order does not count
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

constexpr std::size_t kChunk = std::size_t{1} << 22;  // inputs at a time: 64 MB of arrays
constexpr std::uint64_t kChunks = (std::uint64_t{1} << 32) / kChunk;

// body(part, first, last) on as many threads for equal shares of a chunk.
template <class Body>
void share(unsigned threads, const Body& body) {
    std::vector<std::thread> team;
    for (unsigned t = 0; t < threads; ++t) {
        team.emplace_back([&body, t, threads] { body(t, kChunk * t / threads, kChunk * (t + 1) / threads); });
    }
    for (std::thread& thread : team) {
        thread.join();
    }
}

struct Chunk {
    std::vector<float> x = std::vector<float>(kChunk);
    std::vector<float> y = std::vector<float>(kChunk);
    std::vector<Reference> want = std::vector<Reference>(kChunk);
};

void fill(const Function& f, std::uint64_t chunk, unsigned threads, Chunk& on) {
    share(threads, [&](unsigned, std::size_t first, std::size_t last) {
        Precise precise;
        for (std::size_t i = first; i < last; ++i) {
            on.x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(chunk * kChunk + i));
            on.want[i] = reference_of(f, on.x[i], precise);
        }
    });
}

Totals judge(std::uint64_t chunk, unsigned threads, const Chunk& on) {
    std::vector<Totals> parts(threads);
    share(threads, [&](unsigned t, std::size_t first, std::size_t last) {
        Totals totals;
        for (std::size_t i = first; i < last; ++i) {
            const float y = on.y[i];
            totals.judge(on.x[i], y, on.want[i]);
            totals.hash += thalweg::bits::hash_of_result(static_cast<std::uint32_t>(chunk * kChunk + i), y);
        }
        parts[t] = totals;
    });
    Totals all;
    for (const Totals& part : parts) {
        all.add(part);
    }
    return all;
}

void print(const Function& f, SimdLevel level, const Totals& t) {
    std::printf("%s %s: %llu of 4294967296 wrong", f.name, std::string(name(level)).c_str(),
                static_cast<unsigned long long>(t.wrong));
    if (t.wrong > 0) {
        std::printf(", worst f(%a) = %a, %lld floats off", static_cast<double>(t.worst_x),
                    static_cast<double>(t.worst_y), static_cast<long long>(t.furthest));
    }
    if (t.undecided > 0) {
        std::printf(", %llu undecided", static_cast<unsigned long long>(t.undecided));
    }
    std::printf(", hash %016llx\n", static_cast<unsigned long long>(t.hash));
}

int run(const Function& f, const std::vector<SimdLevel>& levels, unsigned threads) {
    thalweg::set_threads(static_cast<int>(threads));
    std::vector<Totals> totals(levels.size());
    Chunk on;
    for (std::uint64_t chunk = 0; chunk < kChunks; ++chunk) {
        fill(f, chunk, threads, on);
        for (std::size_t l = 0; l < levels.size(); ++l) {
            thalweg::select_level(levels[l]);
            f.operation(MatrixView<const float>(on.x.data(), 1, kChunk),
                        MatrixView<float>(on.y.data(), 1, kChunk));
            totals[l].add(judge(chunk, threads, on));
        }
    }
    bool right = true;
    for (std::size_t l = 0; l < levels.size(); ++l) {
        print(f, levels[l], totals[l]);
        right = right && totals[l].wrong == 0;
    }
    return right ? 0 : 1;
}

int usage(const std::vector<Function>& all) {
    std::fprintf(stderr, "usage: ulp_sweep FUNCTION|rounded [LEVEL|all [THREADS]]\nFUNCTION:");
    for (const Function& f : all) {
        std::fprintf(stderr, " %s", f.name);
    }
    std::fprintf(stderr, "\n");
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string wanted = argc > 1 ? argv[1] : "";
    const std::string level = argc > 2 ? argv[2] : "all";
    const int threads = argc > 3 ? std::atoi(argv[3]) : static_cast<int>(std::thread::hardware_concurrency());
    const std::vector<Function> all = functions();
    std::vector<Function> chosen;
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen),
                 [&](const Function& f) { return wanted == f.name || (wanted == "rounded" && f.rounded); });
    if (chosen.empty() || argc > 4 || threads < 0) {
        return usage(all);
    }
    try {
        const std::vector<SimdLevel> levels = level == "all"
                                                  ? thalweg::available_levels()
                                                  : std::vector<SimdLevel>{thalweg::parse_level(level)};
        int status = 0;
        for (const Function& f : chosen) {
            status = std::max(status, run(f, levels, threads == 0 ? 1U : static_cast<unsigned>(threads)));
        }
        return status;
    } catch (const thalweg::SimdError& error) {
        std::fprintf(stderr, "ulp_sweep: %s\n", error.what());
        return 2;
    }
}
