// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "ops.hpp"

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::fuzz {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    // Uniform in [-1, 1).
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-52 - 1.0; }

private:
    std::uint64_t state_;
};

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
T any_bits(std::uint64_t bits) {
    return std::bit_cast<T>(static_cast<BitsOf<T>>(bits >> (64 - 8 * sizeof(T))));
}

// Kinds of numbers; what no kind gives, the patches do.
template <class T>
T draw(std::size_t kind, Random& random) {
    using Limits = std::numeric_limits<T>;
    const T plain = static_cast<T>(random.unit());
    const std::uint64_t dice = random.next() >> 59;
    switch (kind) {
        case 1:  // of very different size
            return std::ldexp(plain, static_cast<int>(dice * 4) - 64);
        case 2: {  // any finite number
            const T any = any_bits<T>(random.next());
            return std::isfinite(any) ? any : plain;
        }
        case 3:  // about to overflow
            return Limits::max() / static_cast<T>(1 + dice % 3) * (plain < T(0) ? T(-1) : T(1));
        case 4:  // below the smallest normal number, or just above
            return Limits::min() * plain * T(2);
        case 5:  // zeros of both signs
            return dice < 12 ? T(0) : dice < 24 ? -T(0) : plain;
        case 6: {  // not finite here and there
            const T odd[] = {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()};
            return dice < 3 ? odd[dice] : plain;
        }
        case 7:  // small whole numbers: sums cancel to nothing
            return std::trunc(plain * T(4));
        case 8:  // where exp, log and sigmoid change their ways
            return plain * T(sizeof(T) == 4 ? 110 : 760);
        case 9:  // anything
            return any_bits<T>(random.next());
        default:
            return plain;
    }
}
constexpr std::size_t kKinds = 10;

}  // namespace

template <class T>
T Plan::number() {
    Random random(cursor_.word(4));
    return draw<T>(cursor_.below(kKinds), random);
}

template <class T>
std::vector<T> Plan::numbers(std::size_t n) {
    const std::size_t kind = cursor_.below(kKinds);
    Random random(cursor_.word(4));
    std::vector<T> values(n);
    for (T& value : values) {
        value = draw<T>(kind, random);
    }
    for (std::size_t patches = cursor_.below(4); patches > 0 && n > 0; --patches) {
        const std::size_t at = cursor_.word(2) % n;
        values[at] = any_bits<T>(cursor_.word(sizeof(T)) << (64 - 8 * sizeof(T)));
    }
    return values;
}

std::vector<int> Plan::labels(std::size_t n, std::size_t classes) {
    Random random(cursor_.word(4));
    std::vector<int> values(n);
    for (int& value : values) {
        value = static_cast<int>(random.next() % classes);
    }
    return values;
}

bool same(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
           (std::isnan(a) && std::isnan(b));
}

bool alike(double a, double b) {
    return std::isnan(a) || std::isnan(b)   ? std::isnan(a) == std::isnan(b)
           : std::isinf(a) || std::isinf(b) ? a == b
                                            : true;
}

namespace {

[[noreturn]] void differs(const char* what, const std::string& levels, std::size_t i, double a, double b) {
    char text[200];
    std::snprintf(text, sizeof text, "%s: element %zu is %a and %a (%.17g, %.17g) at %s", what, i, a, b, a, b,
                  levels.c_str());
    broken(text);
}

struct Run {
    const kernels::KernelTable* table;
    Values values;
};

void compare(const char* what, const Run& a, const Run& b, const Bound& bound) {
    require(a.values.size() == b.values.size(), "as many results at every level");
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        const double x = a.values[i];
        const double y = b.values[i];
        if (bound ? !same(x, y) && !bound(i, x, y) : !same(x, y)) {
            differs(what, std::string(a.table->name) + " and " + b.table->name, i, x, y);
        }
    }
}

// The levels of one class or of both; with the first run of each class, which the others are held against.
struct Runs {
    std::vector<Values> all;
    Run first[2] = {};  // with fma, without
};

Runs run_all(const char* what, const std::function<Values(const Level&)>& run) {
    Runs runs;
    int level_threads = 1;
    for (const SimdLevel level : available_levels()) {
        select_level(level);
        // Levels take turns with threads: whatever is split gives the bits of what is not.
        set_threads(level_threads);
        level_threads = 3 - level_threads;
        const kernels::KernelTable& table = dispatch::table(level);
        Run found{&table, run({table, table.fma ? test::Rounding::kFma : test::Rounding::kMulAdd})};
        Run& first = runs.first[table.fma ? 0 : 1];
        if (first.table != nullptr) {
            compare(what, first, found, {});
        }
        runs.all.push_back(found.values);
        if (first.table == nullptr) {
            first = std::move(found);
        }
    }
    return runs;
}

}  // namespace

std::vector<Values> levels_agree(const char* what, const std::function<Values(const Level&)>& run,
                                 const Bound& bound) {
    const Runs runs = run_all(what, run);
    if (runs.first[0].table != nullptr && runs.first[1].table != nullptr) {
        compare(what, runs.first[0], runs.first[1], bound);
    }
    return runs.all;
}

void levels_of_a_class_agree(const char* what, const std::function<Values(const Level&)>& run) {
    run_all(what, run);
}

void require_same(const char* what, const Values& found, const Values& expected) {
    require(found.size() == expected.size(), what);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!same(found[i], expected[i])) {
            differs(what,
                    std::string("the level and the plain loop of it, at ") + name(active_level()).data(), i,
                    found[i], expected[i]);
        }
    }
}

Bound within(std::vector<double> bounds) {
    return [bounds = std::move(bounds)](std::size_t i, double with, double without) {
        const double bound = bounds.at(i);
        if (std::isnan(bound)) {
            return alike(with, without);
        }
        return std::isinf(bound) || std::fabs(with - without) <= bound;
    };
}

template float Plan::number();
template double Plan::number();
template std::vector<float> Plan::numbers(std::size_t);
template std::vector<double> Plan::numbers(std::size_t);

}  // namespace thalweg::fuzz
