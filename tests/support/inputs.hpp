// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numbers to compute with: harmless ones and the ones that break things. Seeded, with a generator of the
// tests' own; THALWEG_TEST_SEED chooses another seed than the default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

namespace thalweg::test {

// The seed of this run; levels.hpp puts it into every failure's text.
inline std::uint64_t test_seed() {
    static const char* const text = std::getenv("THALWEG_TEST_SEED");
    return text == nullptr ? 20240229 : std::strtoull(text, nullptr, 10);
}

// SplitMix64 (Steele, Lea, Flood 2014).
class Source {
public:
    explicit Source(std::uint64_t salt) : state_(test_seed() * 0x9e3779b97f4a7c15u + salt) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    // Uniform in [0, n).
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
    // Uniform in [low, high).
    double uniform(double low, double high) {
        return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53);
    }

private:
    std::uint64_t state_;
};

enum class Kind {
    kNormal,        // between -1 and 1
    kProbability,   // between 0 and 1, with some exact zeros
    kExtreme,       // all near the largest number, both signs
    kZeros,         // +0, -0 and a few ordinary numbers
    kDenormal,      // below the smallest normal number
    kNonFinite,     // ordinary numbers with Inf, -Inf and NaN among them
    kCancellation,  // pairs x, -x(1+eps): sums that lose nearly everything
};

inline const std::vector<Kind>& all_kinds() {
    static const std::vector<Kind> kinds = {Kind::kNormal,      Kind::kProbability, Kind::kExtreme,
                                            Kind::kZeros,       Kind::kDenormal,    Kind::kNonFinite,
                                            Kind::kCancellation};
    return kinds;
}

inline const char* name(Kind kind) {
    static const char* const names[] = {"normal",   "probability", "extreme",     "zeros",
                                        "denormal", "non-finite",  "cancellation"};
    return names[static_cast<std::size_t>(kind)];
}

template <class T>
T draw(Kind kind, std::size_t index, Source& source) {
    using Limits = std::numeric_limits<T>;
    const T plain = static_cast<T>(source.uniform(-1.0, 1.0));
    const std::size_t dice = source.below(8);
    switch (kind) {
        case Kind::kProbability:
            return dice == 0 ? T(0) : (plain < T(0) ? -plain : plain);
        case Kind::kExtreme:
            return (plain < T(0) ? -Limits::max() : Limits::max()) / static_cast<T>(1 + dice % 3);
        case Kind::kZeros:
            return dice < 3 ? T(0) : (dice < 6 ? -T(0) : plain);
        case Kind::kDenormal:
            return Limits::min() * plain;
        case Kind::kNonFinite:
            if (dice < 3) {
                const T specials[] = {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()};
                return specials[dice];
            }
            return plain;
        case Kind::kCancellation: {
            const std::size_t number = index / 2 + 1;
            const auto pair = static_cast<double>(number);
            const T x = static_cast<T>(pair * 1.37);
            return index % 2 == 0 ? x : -x * (T(1) + Limits::epsilon());
        }
        case Kind::kNormal:
            break;
    }
    return plain;
}

template <class T>
void fill(T* values, std::size_t count, Kind kind, std::uint64_t salt) {
    Source source(salt);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = draw<T>(kind, i, source);
    }
}

template <class T>
std::vector<T> numbers(std::size_t count, Kind kind = Kind::kNormal, std::uint64_t salt = 1) {
    std::vector<T> values(count);
    fill(values.data(), count, kind, salt);
    return values;
}

inline std::vector<int> labels_below(std::size_t classes, std::size_t count, std::uint64_t salt = 1) {
    Source source(salt);
    std::vector<int> labels(count);
    for (int& label : labels) {
        label = static_cast<int>(source.below(classes));
    }
    return labels;
}

}  // namespace thalweg::test
