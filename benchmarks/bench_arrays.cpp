// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Expressions of arrays next to the loop one would write, and the same expression by other libraries: on ten
// elements, with all operands in half of the first and half of the second cache, and from memory. Ours are
// held to the bits of one rounding an operation; peers, which may contract, to a few units.
#include <algorithm>
#include <cmath>

#include "candidates.hpp"
#include "dispatch/caches.hpp"
#include "support/inputs.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::bench {
namespace {

using peers::Arrays;
using peers::Expression;

constexpr std::size_t kSizes[] = {10, 1'000, 10'000, 100'000, 1'000'000, 10'000'000};
constexpr std::size_t kHeavy = 10'000'000;
constexpr std::size_t kWorthTwoThreads = 1'000'000;
constexpr std::size_t kCheckAtMost = 10'000;

struct Operands {
    explicit Operands(std::size_t rows, std::size_t cols)
        : a(rows, cols), b(rows, cols), c(rows, cols), out(rows, cols), before(rows, cols) {
        test::Source source(rows * cols);
        for (Matrix<float>* const m : {&a, &b, &c, &before}) {
            for (std::size_t i = 0; i < m->size(); ++i) {
                m->data()[i] = static_cast<float>(source.uniform(-2.0, 2.0));
            }
        }
    }
    Arrays arrays() { return {a.data(), b.data(), c.data(), out.data(), number, a.size(), a.cols()}; }

    Matrix<float> a;
    Matrix<float> b;
    Matrix<float> c;
    Matrix<float> out;
    Matrix<float> before;
    float number = 3.0F;
};

// array_descend is out -= number * b; array_four ((a - b) * c + a) / number.
struct Work {
    const char* name;
    Expression expression;
    std::size_t arrays;  // that one call reads or writes
    bool two_threads;
    void (*run)(Operands& on);
    float (*want)(const Operands& on, std::size_t i);
};

// Of -= the number is so small that a million calls leave out what it was, for the check.
constexpr float kTiny = 1e-12F;

float at(const Matrix<float>& m, std::size_t i) {
    return m.data()[i];
}

const Work kWorks[] = {
    {"array_multiply_add", Expression::kMultiplyAdd, 4, true,
     [](Operands& on) { on.out = on.a * on.b + on.c; },
     [](const Operands& on, std::size_t i) {
         const float product = at(on.a, i) * at(on.b, i);
         return product + at(on.c, i);
     }},
    {"array_four", Expression::kFour, 4, false,
     [](Operands& on) { on.out = ((on.a - on.b) * on.c + on.a) / on.number; },
     [](const Operands& on, std::size_t i) {
         const float difference = at(on.a, i) - at(on.b, i);
         const float product = difference * at(on.c, i);
         const float sum = product + at(on.a, i);
         return sum / on.number;
     }},
    {"array_descend", Expression::kDescend, 3, false, [](Operands& on) { on.out -= kTiny * on.b; },
     [](const Operands& on, std::size_t i) { return at(on.before, i); }},
    {"array_where", Expression::kWhere, 2, false,
     [](Operands& on) { on.out = where(on.a > 0, on.a, 0.01 * on.a); },
     [](const Operands& on, std::size_t i) {
         return at(on.a, i) > 0.0F ? at(on.a, i) : 0.01F * at(on.a, i);
     }},
    {"array_exp_plus", Expression::kExp, 4, true, [](Operands& on) { on.out = exp(on.a * on.b) + on.c; },
     [](const Operands& on, std::size_t i) {
         const float product = at(on.a, i) * at(on.b, i);
         const auto power = static_cast<float>(std::exp(static_cast<double>(product)));
         return power + at(on.c, i);
     }},
    {"array_squared_sum", Expression::kSquaredSum, 2, false,
     [](Operands& on) { on.out.data()[0] = sum((on.a - on.b) * (on.a - on.b)); }, nullptr},
    {"array_minus_mean", Expression::kMinusMean, 2, false,
     [](Operands& on) { on.out = on.a - mean(on.a, 0); }, nullptr},
    {"array_over_sum", Expression::kOverSum, 2, false, [](Operands& on) { on.out = on.a / sum(on.a, 1); },
     nullptr},
};

// Of what is folded: near to the sums in double.
double folded(const Work& work, const Operands& on, std::size_t i) {
    double total = 0.0;
    if (work.expression == Expression::kSquaredSum) {
        for (std::size_t k = 0; k < on.a.size(); ++k) {
            const double difference = static_cast<double>(at(on.a, k)) - static_cast<double>(at(on.b, k));
            total += difference * difference;
        }
        return total;
    }
    const std::size_t cols = on.a.cols();
    if (work.expression == Expression::kMinusMean) {
        for (std::size_t r = 0; r < on.a.rows(); ++r) {
            total += static_cast<double>(on.a(r, i % cols));
        }
        return static_cast<double>(at(on.a, i)) - total / static_cast<double>(on.a.rows());
    }
    for (std::size_t j = 0; j < cols; ++j) {
        total += static_cast<double>(on.a(i / cols, j));
    }
    return static_cast<double>(at(on.a, i)) / total;
}

Verdict check_folded(const Work& work, const Operands& on) {
    test::Failures failures;
    const bool one = work.expression == Expression::kSquaredSum;
    for (const std::size_t i : sample(one ? 1 : on.out.size(), 20)) {
        const double want = folded(work, on, i);
        const double found = static_cast<double>(at(on.out, i));
        // A chain of a million summands, in one accumulator, loses four digits.
        failures.expect(std::fabs(found - want) <= 2e-2 * std::max(1.0, std::fabs(want)), work.name, found,
                        "expected", want);
    }
    return {failures.text()};
}

Verdict check(const Work& work, const Operands& on, double tolerance) {
    if (work.want == nullptr) {
        return check_folded(work, on);
    }
    test::Failures failures;
    for (const std::size_t i : sample(on.out.size(), kCheckAtMost)) {
        const float found = at(on.out, i);
        const float want = work.want(on, i);
        const bool in_place = work.expression == Expression::kDescend;
        const double allowed =
            in_place ? 1e-3 : tolerance * std::max(1.0, std::fabs(static_cast<double>(want)));
        const bool near = std::fabs(static_cast<double>(found) - static_cast<double>(want)) <= allowed;
        failures.expect(near, work.name, found, "expected", want);
    }
    return {failures.text()};
}

void add_work(const Work& work, std::size_t rows, std::size_t cols) {
    const std::size_t n = rows * cols;
    const Shared<Operands> on([rows, cols, &work] {
        auto operands = std::make_unique<Operands>(rows, cols);
        operands->number = work.expression == Expression::kDescend ? kTiny : 3.0F;
        return operands;
    });
    const std::string shape = rows == 1 ? std::to_string(n) : by(rows, cols);
    Contest contest{std::string(work.name) + "/f32/" + shape,
                    Unit::kByte,
                    n >= kHeavy,
                    [on] { on->out = on->before; },
                    [on] { on.release(); },
                    {}};
    const std::vector<int> threads = threads_for(work.two_threads && n >= kWorthTwoThreads);
    const double bytes = static_cast<double>(work.arrays * n * sizeof(float));
    for (const Variant& variant : variants(threads, false)) {
        Candidate candidate = ours(variant);
        candidate.amount = bytes;
        candidate.start = [&work, on]() -> Run { return [&work, &operands = *on] { work.run(operands); }; };
        candidate.check = [&work, on] { return check(work, *on, 0.0); };
        candidate.references = copies();
        contest.candidates.push_back(std::move(candidate));
    }
    for (const Peer* peer : peers_found()) {
        if (peer->arrays == nullptr || work.expression == Expression::kExp) {
            continue;
        }
        Candidate candidate = peer_candidate(*peer, 1);
        candidate.amount = bytes;
        candidate.start = [&work, peer, on] { return peer->arrays(work.expression, on->arrays()); };
        candidate.check = [&work, on] { return check(work, *on, 1e-5); };
        candidate.references = copies();
        contest.candidates.push_back(std::move(candidate));
    }
    add_copies(contest, threads, n, [on]() -> CopyOperands { return {on->a.data(), on->out.data()}; });
    add(std::move(contest));
}

// So many elements that all operands fill half of a cache.
std::size_t half_of(std::size_t cache_bytes, std::size_t arrays) {
    return cache_bytes / 2 / arrays / sizeof(float);
}

}  // namespace

void register_arrays() {
    const CacheSizes& caches = dispatch::caches();
    for (const Work& work : kWorks) {
        if (work.expression == Expression::kMinusMean || work.expression == Expression::kOverSum) {
            add_work(work, 60'000, 10);
            add_work(work, 1'000, 784);
            continue;
        }
        for (const std::size_t n : kSizes) {
            add_work(work, 1, n);
        }
        for (const std::size_t n : {half_of(caches.l1_data, work.arrays), half_of(caches.l2, work.arrays)}) {
            add_work(work, 1, n);
        }
    }
}

}  // namespace thalweg::bench
