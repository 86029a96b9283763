// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The functions of tests/functions.inc next to the peers', and the other elementwise operations and the sum
// at all levels, over n elements from the first cache to memory. The functions are held to what their rows
// say and to the peers' budgets, the arithmetic bit for bit.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "candidates.hpp"
#include "support/functions.hpp"
#include "support/inputs.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::bench {
namespace {

// A bias row as long as the book's hidden layer; every n below is a multiple of it.
constexpr std::size_t kBiasCols = 50;
constexpr std::size_t kSizes[] = {1'000, 5'000, 100'000, 1'000'000, 10'000'000};
constexpr std::size_t kWorthTwoThreads = 1'000'000;
constexpr std::size_t kScalarAtMost = 1'000'000;
constexpr std::size_t kHeavy = 10'000'000;
constexpr std::size_t kCheckAtMost = 10'000;
constexpr double kStep =
    0.001;  // axpy's factor: y may grow for a million iterations and stay an ordinary number

template <class T>
struct Operands {
    Operands(std::size_t n, double low, double high) : x(1, n), bias(1, kBiasCols), y(1, n) {
        test::Source source(n);
        for (std::size_t i = 0; i < n; ++i) {
            x(0, i) = static_cast<T>(source.uniform(low, high));
        }
        test::fill(bias.data(), kBiasCols, test::Kind::kNormal, 3);
    }

    Matrix<T> x;
    Matrix<T> bias;
    Matrix<T> y;
};

// An operation, what it reads and writes, and how one element of the result is judged.
template <class T>
struct Operation {
    std::string name;
    std::size_t arrays;  // of n elements that one call reads or writes
    double low;          // the range of x
    double high;
    void (*run)(Operands<T>& on);
    Verdict (*check)(const std::string& name, const Operands<T>& on, test::Rounding rounding);
    peers::Function Peer::*peer = nullptr;
};

struct Budget {
    double max_ulp;
    double max_absolute;
};

template <class T>
Verdict check_within(const std::string& name, const Operands<T>& on, const Budget& budget) {
    const test::Function<T>& row = test::function<T>(name);
    test::Failures failures;
    double worst = 0.0;
    for (const std::size_t i : sample(on.x.size(), kCheckAtMost)) {
        const T x = on.x(0, i);
        const long double truth = row.truth(static_cast<long double>(x));
        const double ulp = row.error(x, on.y(0, i));
        const auto absolute = static_cast<double>(std::fabs(static_cast<long double>(on.y(0, i)) - truth));
        if (!(ulp <= budget.max_ulp) && !(absolute <= budget.max_absolute)) {
            failures.add(std::to_string(ulp) + " ULP off", name, "of", test::text_of(x));
        }
        worst = std::max(worst, ulp);
    }
    return {failures.text(), worst};
}

template <class T>
Verdict check_function(const std::string& name, const Operands<T>& on, test::Rounding) {
    return check_within(name, on, {test::function<T>(name).owed.max_ulp, 0.0});
}

// want(i) gives the bits of element i.
template <class T, class Want>
Verdict check_bits(const Operands<T>& on, const Want& want) {
    test::Failures failures;
    for (const std::size_t i : sample(on.x.size(), kCheckAtMost)) {
        if (!test::same_bits(on.y(0, i), want(i))) {
            failures.add("is " + test::text_of(on.y(0, i)) + ", expected " + test::text_of(want(i)),
                         "element", i);
        }
    }
    return {failures.text()};
}

// y began as zeros.
template <class T>
Verdict check_axpy(const std::string&, const Operands<T>& on, test::Rounding rounding) {
    return check_bits(on, [&](std::size_t i) {
        return test::multiply_add(rounding, static_cast<T>(kStep), on.x(0, i), T(0));
    });
}

template <class T>
Verdict check_power(const std::string&, const Operands<T>& on, test::Rounding) {
    test::Failures failures;
    double worst = 0.0;
    for (const std::size_t i : sample(on.x.size(), kCheckAtMost)) {
        const long double truth = std::pow(static_cast<long double>(on.x(0, i)), 2.5L);
        const double ulp = test::ulp_error(on.y(0, i), truth);
        failures.expect(ulp <= (sizeof(T) == sizeof(float) ? 0.51 : 1.0), "power", test::text_of(on.x(0, i)));
        worst = std::max(worst, ulp);
    }
    return {failures.text(), worst};
}

template <class T>
void run_add_bias(Operands<T>& on) {
    const std::size_t rows = on.x.size() / kBiasCols;
    add_bias(MatrixView<const T>(on.x.data(), rows, kBiasCols), on.bias,
             MatrixView<T>(on.y.data(), rows, kBiasCols));
}

template <class T>
Verdict check_add_bias(const std::string&, const Operands<T>& on, test::Rounding) {
    return check_bits(on, [&](std::size_t i) { return on.x(0, i) + on.bias(0, i % kBiasCols); });
}

template <class T>
void run_sum(Operands<T>& on) {
    sum(on.x, 1, on.y.view().cols(0, 1));
}

template <class T>
Verdict check_sum(const std::string&, const Operands<T>& on, test::Rounding) {
    const T want = test::sum(on.x.data(), on.x.size());
    test::Failures failures;
    failures.expect(test::same_bits(on.y(0, 0), want), "sum", test::text_of(on.y(0, 0)), "expected",
                    test::text_of(want));
    return {failures.text()};
}

// The peers' functions are those of float.
template <class T>
peers::Function Peer::*peer_function(std::string_view name) {
    const std::pair<std::string_view, peers::Function Peer::*> known[] = {
        {"exp", &Peer::exp},         {"log", &Peer::log},
        {"expm1", &Peer::expm1},     {"log1p", &Peer::log1p},
        {"log2", &Peer::log2},       {"log10", &Peer::log10},
        {"tanh", &Peer::tanh},       {"softplus", &Peer::softplus},
        {"sigmoid", &Peer::sigmoid}, {"sin", &Peer::sin},
        {"cos", &Peer::cos},         {"erf", &Peer::erf},
        {"gelu", &Peer::gelu},       {"gelu_tanh", &Peer::gelu_tanh}};
    for (const auto& [known_name, member] : known) {
        if (sizeof(T) == sizeof(float) && name == known_name) {
            return member;
        }
    }
    return nullptr;
}

template <class T>
Operation<T> function(const char* name, void (*run)(Operands<T>& on)) {
    const test::Owed& owed = test::function<T>(name).owed;
    const double low = owed.of_positive() ? 0.001 : std::max(-8.0, owed.low);
    return {name, 2, low, 8.0, run, check_function<T>, peer_function<T>(name)};
}

template <class T>
std::vector<Operation<T>> operations() {
    return {
#define THALWEG_FUNCTION(name, ...) function<T>(#name, [](Operands<T>& on) { name(on.x, on.y); }),
#include "functions.inc"
        {"axpy", 3, -8.0, 8.0, [](Operands<T>& on) { axpy(static_cast<T>(kStep), on.x, on.y); },
         check_axpy<T>},
        {"power", 2, 0.001, 8.0, [](Operands<T>& on) { power(on.x, T(2.5), on.y); }, check_power<T>},
        {"add_bias", 2, -8.0, 8.0, run_add_bias<T>, check_add_bias<T>},
        {"sum", 1, -8.0, 8.0, run_sum<T>, check_sum<T>},
    };
}

template <class T>
void add_peers(Contest& contest, const Operation<T>& op, const std::vector<int>& threads,
               const Shared<Operands<T>>& on) {
    if constexpr (sizeof(T) == sizeof(float)) {
        for (const Peer* peer : op.peer != nullptr ? peers_found() : std::vector<const Peer*>{}) {
            const peers::Function& function = peer->*op.peer;
            for (const int n : function.make != nullptr ? threads : std::vector<int>{}) {
                Candidate candidate = peer_candidate(*peer, n);
                candidate.amount = contest.candidates.front().amount;
                candidate.start = [&function, on] {
                    return function.make({on->x.data(), on->y.data(), on->x.size()});
                };
                candidate.check = [name = op.name, &function, on] {
                    return check_within(name, *on, {function.max_ulp, function.max_absolute});
                };
                candidate.references = copies();
                contest.candidates.push_back(std::move(candidate));
            }
        }
    }
}

template <class T>
void add_operation(const Operation<T>& op, std::size_t n) {
    const Shared<Operands<T>> on([op, n] { return std::make_unique<Operands<T>>(n, op.low, op.high); });
    Contest contest{op.name + "/" + type_name<T>() + "/" + std::to_string(n),
                    Unit::kByte,
                    n >= kHeavy,
                    [on, op] { on->y.fill(op.arrays == 3 ? T(0) : std::numeric_limits<T>::quiet_NaN()); },
                    [on] { on.release(); },
                    {}};
    // The sum of one row is one thread's work.
    const std::vector<int> threads = threads_for(n >= kWorthTwoThreads && op.arrays > 1);
    for (const Variant& variant : variants(threads, n <= kScalarAtMost)) {
        Candidate candidate = ours(variant);
        candidate.amount = static_cast<double>(op.arrays * n * sizeof(T));
        candidate.start = [op, on]() -> Run { return [op, &operands = *on] { op.run(operands); }; };
        candidate.check = [op, on, variant] { return op.check(op.name, *on, variant.rounding()); };
        candidate.references = copies();
        contest.candidates.push_back(std::move(candidate));
    }
    add_peers(contest, op, threads, on);
    // As many bytes as x and y have, whatever their type.
    add_copies(contest, threads, n * sizeof(T) / sizeof(float), [on]() -> CopyOperands {
        return {reinterpret_cast<const float*>(on->x.data()), reinterpret_cast<float*>(on->y.data())};
    });
    add(std::move(contest));
}

}  // namespace

void register_elementwise() {
    const auto single = operations<float>();
    const auto both = operations<double>();
    for (std::size_t i = 0; i < single.size(); ++i) {
        for (const std::size_t n : kSizes) {
            add_operation(single[i], n);
        }
        for (const std::size_t n : kSizes) {
            add_operation(both[i], n);
        }
    }
}

}  // namespace thalweg::bench
