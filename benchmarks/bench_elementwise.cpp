// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Elementwise functions and the sum over n elements, from the first cache to memory. The functions are
// verified within the budgets of tests/accuracy.cpp, the arithmetic bit for bit.
#include <limits>

#include "support/accuracy.hpp"
#include "support/inputs.hpp"
#include "thalweg/ops.hpp"
#include "variants.hpp"

namespace thalweg::bench {
namespace {

// A bias row as long as the book's hidden layer; every n below is a multiple of it.
constexpr std::size_t kBiasCols = 50;
constexpr std::size_t kSizes[] = {1'000, 5'000, 100'000, 1'000'000, 10'000'000};
constexpr std::size_t kWorthTwoThreads = 1'000'000;
constexpr std::size_t kCheckAtMost = 1'000;
constexpr double kStep =
    0.001;  // axpy's factor: y may grow for a million iterations and stay an ordinary number

template <class T>
struct Operands {
    Matrix<T> x;
    Matrix<T> bias;
    Matrix<T> y;
};

// An operation, what it reads and writes, and how one element of the result is judged.
template <class T>
struct Operation {
    const char* name;
    std::size_t arrays;  // of n elements that one call reads or writes
    double low;          // the range of x
    double high;
    void (*run)(Operands<T>& on);
    void (*check)(const char* name, Operands<T>& on, const Variant& variant, test::Failures& failures);
};

// The operands of the last call: the levels of one benchmark share them. Only y changes.
template <class T>
Operands<T>& operands(std::size_t n, double low, double high) {
    static Operands<T> last;
    static double last_low = 0.0;
    static double last_high = 0.0;
    if (last.x.size() != n || last_low != low || last_high != high) {
        last = Operands<T>{Matrix<T>(1, n), Matrix<T>(1, kBiasCols), Matrix<T>(1, n)};
        test::Source source(n);
        for (std::size_t i = 0; i < n; ++i) {
            last.x(0, i) = static_cast<T>(source.uniform(low, high));
        }
        test::fill(last.bias.data(), kBiasCols, test::Kind::kNormal, 3);
        last_low = low;
        last_high = high;
    }
    return last;
}

template <class T>
void expect_bits(T got, T want, std::size_t index, test::Failures& failures) {
    if (!test::same_bits(got, want)) {
        failures.add("is " + test::text_of(got) + ", expected " + test::text_of(want), "element", index);
    }
}

template <class T>
void check_function(const char* name, Operands<T>& on, const Variant&, test::Failures& failures) {
    for (const test::AccuracyRow<T>& row : test::accuracy_rows<T>()) {
        if (std::string(row.name) != name) {
            continue;
        }
        for (const std::size_t i : sample(on.x.size(), kCheckAtMost)) {
            const T x = on.x(0, i);
            const double ulp = test::ulp_error(on.y(0, i), row.truth(static_cast<long double>(x)));
            if (!(ulp <= row.max_ulp)) {
                failures.add(std::to_string(ulp) + " ULP off", name, "of", test::text_of(x));
            }
        }
        return;
    }
    failures.add("no row in tests/accuracy.cpp", name);
}

template <class T>
void run_axpy(Operands<T>& on) {
    axpy(static_cast<T>(kStep), on.x, on.y);
}

// What y became in the timed loop depends on its length, so one more call is judged.
template <class T>
void check_axpy(const char*, Operands<T>& on, const Variant& variant, test::Failures& failures) {
    const std::vector<std::size_t> chosen = sample(on.x.size(), kCheckAtMost);
    std::vector<T> want;
    for (const std::size_t i : chosen) {
        want.push_back(test::multiply_add(variant.rounding(), static_cast<T>(kStep), on.x(0, i), on.y(0, i)));
    }
    run_axpy(on);
    for (std::size_t c = 0; c < chosen.size(); ++c) {
        expect_bits(on.y(0, chosen[c]), want[c], chosen[c], failures);
    }
}

template <class T>
void run_add_bias(Operands<T>& on) {
    const std::size_t rows = on.x.size() / kBiasCols;
    add_bias(MatrixView<const T>(on.x.data(), rows, kBiasCols), on.bias,
             MatrixView<T>(on.y.data(), rows, kBiasCols));
}

template <class T>
void check_add_bias(const char*, Operands<T>& on, const Variant&, test::Failures& failures) {
    for (const std::size_t i : sample(on.x.size(), kCheckAtMost)) {
        expect_bits(on.y(0, i), on.x(0, i) + on.bias(0, i % kBiasCols), i, failures);
    }
}

template <class T>
void run_sum(Operands<T>& on) {
    sum(on.x, Axis::kCols, on.y.view().cols(0, 1));
}

template <class T>
void check_sum(const char*, Operands<T>& on, const Variant&, test::Failures& failures) {
    expect_bits(on.y(0, 0), test::sum(on.x.data(), on.x.size()), 0, failures);
}

template <class T>
std::vector<Operation<T>> operations() {
    const auto function = [](const char* name, double low, void (*run)(Operands<T>&)) {
        return Operation<T>{name, 2, low, 8.0, run, check_function<T>};
    };
    return {
        function("exp", -8.0, [](Operands<T>& on) { exp(on.x, on.y); }),
        function("log", 0.001, [](Operands<T>& on) { log(on.x, on.y); }),
        function("sigmoid", -8.0, [](Operands<T>& on) { sigmoid(on.x, on.y); }),
        function("sigmoid_grad", -8.0, [](Operands<T>& on) { sigmoid_grad(on.x, on.y); }),
        {"axpy", 3, -8.0, 8.0, run_axpy<T>, check_axpy<T>},
        {"add_bias", 2, -8.0, 8.0, run_add_bias<T>, check_add_bias<T>},
        {"sum", 1, -8.0, 8.0, run_sum<T>, check_sum<T>},
    };
}

template <class T>
void run(benchmark::State& state, const Variant& variant, const Operation<T>& operation, std::size_t n) {
    Operands<T>& on = operands<T>(n, operation.low, operation.high);
    // Where y is only written, what an earlier level left must not pass for a result.
    on.y.fill(operation.arrays == 3 ? T(0) : std::numeric_limits<T>::quiet_NaN());
    const double seconds = timed(state, variant, [&] { operation.run(on); });
    const std::size_t bytes = operation.arrays * n * sizeof(T);
    const std::size_t resident = (operation.arrays == 1 ? 1 : 2) * n * sizeof(T);
    report_bytes(state, variant, static_cast<double>(bytes), resident, seconds);
    test::Failures failures;
    operation.check(operation.name, on, variant, failures);
    judge(state, failures);
}

template <class T>
void register_operation(const Operation<T>& operation) {
    for (const std::size_t n : kSizes) {
        add(std::string(operation.name) + "/" + type_name<T>() + "/" + std::to_string(n),
            threads_for(n >= kWorthTwoThreads &&
                        operation.arrays > 1),  // the sum of one row is one thread's work
            [operation, n](benchmark::State& state, const Variant& variant) {
                run(state, variant, operation, n);
            });
    }
}

}  // namespace

void register_elementwise() {
    const auto single = operations<float>();
    const auto both = operations<double>();
    for (std::size_t i = 0; i < single.size(); ++i) {
        register_operation(single[i]);
        register_operation(both[i]);
    }
}

}  // namespace thalweg::bench
