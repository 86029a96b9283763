// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// dot(): the five products of the book's training step, its forward product for other batches, squares, and
// shapes that are thin in one direction. Ours is verified bit for bit against the documented chain, a peer's
// result against the bound that every order of summation keeps. The name is gemm/<type>/<m>x<k>x<n>/<a><b>, n
// or t a side.
#include <algorithm>
#include <cmath>
#include <limits>

#include "candidates.hpp"
#include "support/inputs.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::bench {
namespace {

struct Shape {
    std::size_t m;
    std::size_t k;
    std::size_t n;
    bool a_transposed = false;
    bool b_transposed = false;

    std::string name() const {
        return by(m, k) + "x" + std::to_string(n) + "/" + (a_transposed ? "t" : "n") +
               (b_transposed ? "t" : "n");
    }
    double flop() const { return 2.0 * static_cast<double>(m * n * k); }
};

constexpr Shape square(std::size_t size) {
    return {size, size, size};
}

std::vector<Shape> shapes(bool single) {
    if (!single) {
        return {{100, 784, 50}, {784, 100, 50, true}, square(64), square(256), square(1024), square(2048)};
    }
    std::vector<Shape> list = {
        {100, 784, 50},              // x W1
        {784, 100, 50, true},        // x^T dz1
        {100, 50, 10},               // z1 W2
        {50, 100, 10, true},         // z1^T dy
        {100, 10, 50, false, true},  // dy W2^T
        {100, 784, 100},
        {1, 784, 50},
        {10, 784, 50},
        {10000, 784, 50},
        {60000, 784, 50},
    };
    constexpr std::size_t kSquares[] = {32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096};
    for (const std::size_t size : kSquares) {
        list.push_back(square(size));
    }
    const std::vector<Shape> thin = {{128, 784, 512}, {4096, 64, 4096}, {2000, 2000, 8}, {8, 2000, 2000}};
    list.insert(list.end(), thin.begin(), thin.end());
    // Of 784-512-256-10 with a batch of 1000: forward, the gradient there, and dz.
    const std::vector<Shape> deep = {
        {1000, 784, 512}, {784, 1000, 512, true}, {1000, 512, 256}, {512, 1000, 256, true}, {1000, 256, 512}};
    list.insert(list.end(), deep.begin(), deep.end());
    return list;
}

constexpr double kWorthTwoThreads = 10e6;
// Scalar code does about 1 GFLOP/s.
constexpr double kScalarAtMost = 40e6;
constexpr double kHeavy = 4e9;

// Multiply-adds the check may cost: enough for every element of the small products.
constexpr std::size_t kCheckWork = 400'000;
constexpr std::size_t kCheckAtLeast = 64;

template <class T>
Matrix<T> random_matrix(std::size_t rows, std::size_t cols, std::uint64_t salt) {
    Matrix<T> m(rows, cols);
    test::fill(m.data(), m.size(), test::Kind::kNormal, salt);
    return m;
}

template <class T>
struct Operands {
    explicit Operands(const Shape& s)
        : a(s.a_transposed ? random_matrix<T>(s.k, s.m, 1) : random_matrix<T>(s.m, s.k, 1)),
          b(s.b_transposed ? random_matrix<T>(s.n, s.k, 2) : random_matrix<T>(s.k, s.n, 2)),
          c(s.m, s.n) {}

    Matrix<T> a;
    Matrix<T> b;
    Matrix<T> c;
};

// Calls judge(i, j, row of a, column of b) for some of the elements, with strides as Elements has them.
template <class T, class Judge>
void for_some(const Shape& s, const Operands<T>& on, const Judge& judge) {
    const test::Elements<T> a{on.a.data(), s.a_transposed ? 1 : s.k, s.a_transposed ? s.m : 1};
    const test::Elements<T> b{on.b.data(), s.b_transposed ? 1 : s.n, s.b_transposed ? s.k : 1};
    for (const std::size_t index : sample(s.m * s.n, std::max(kCheckAtLeast, kCheckWork / s.k))) {
        judge(index / s.n, index % s.n, a, b);
    }
}

template <class T>
Verdict check_bits(const Shape& s, const Operands<T>& on, test::Rounding rounding) {
    test::Failures failures;
    for_some(s, on, [&](std::size_t i, std::size_t j, const auto& a, const auto& b) {
        T want = 0;
        for (std::size_t p = 0; p < s.k; ++p) {
            want = test::multiply_add(rounding, a.at(i, p), b.at(p, j), want);
        }
        if (!test::same_bits(on.c(i, j), want)) {
            failures.add("is " + test::text_of(on.c(i, j)) + ", expected " + test::text_of(want), "element",
                         i, j);
        }
    });
    return {failures.text()};
}

// |got - exact| <= k eps (|a||b|)(i,j): true of any order of the k products and of any mixture of fma with
// separate rounding, to first order in eps; k + 1 covers the rest.
template <class T>
Verdict check_bound(const Shape& s, const Operands<T>& on) {
    constexpr auto kEps = static_cast<long double>(std::numeric_limits<T>::epsilon());
    test::Failures failures;
    for_some(s, on, [&](std::size_t i, std::size_t j, const auto& a, const auto& b) {
        long double exact = 0.0L;
        long double magnitude = 0.0L;
        for (std::size_t p = 0; p < s.k; ++p) {
            const long double term =
                static_cast<long double>(a.at(i, p)) * static_cast<long double>(b.at(p, j));
            exact += term;
            magnitude += std::fabs(term);
        }
        const long double bound = static_cast<long double>(s.k + 1) * kEps * magnitude;
        // Not >: NaN is a failure too.
        if (!(std::fabs(static_cast<long double>(on.c(i, j)) - exact) <= bound)) {
            failures.add("is " + test::text_of(on.c(i, j)) + ", expected near " +
                             test::text_of(static_cast<double>(exact)),
                         "element", i, j);
        }
    });
    return {failures.text()};
}

template <class T>
Run our_call(const Shape& s, Operands<T>& on) {
    const DotOperand<T> a = s.a_transposed ? DotOperand<T>(on.a.transposed()) : DotOperand<T>(on.a);
    const DotOperand<T> b = s.b_transposed ? DotOperand<T>(on.b.transposed()) : DotOperand<T>(on.b);
    const MatrixView<T> c = on.c.view();
    return [a, b, c] { dot(a, b, c); };
}

template <class T>
peers::Product<T> product(const Shape& s, Operands<T>& on) {
    return {s.m,         s.k,         s.n,         s.a_transposed, s.b_transposed,
            on.a.data(), on.a.cols(), on.b.data(), on.b.cols(),    on.c.data(),
            s.n};
}

template <class T>
auto gemm_of(const Peer& peer) {
    if constexpr (sizeof(T) == sizeof(float)) {
        return peer.gemm_f32;
    } else {
        return peer.gemm_f64;
    }
}

template <class T>
void add_product(const Shape& s) {
    const Shared<Operands<T>> on([s] { return std::make_unique<Operands<T>>(s); });
    Contest contest{std::string("gemm/") + type_name<T>() + "/" + s.name(),
                    Unit::kFlop,
                    s.flop() > kHeavy,
                    [on] { on->c.fill(std::numeric_limits<T>::quiet_NaN()); },
                    [on] { on.release(); },
                    {}};
    const std::vector<int> threads = threads_for(s.flop() > kWorthTwoThreads);
    const std::vector<Variant> levels = variants(threads, s.flop() <= kScalarAtMost);
    for (const Variant& variant : levels) {
        Candidate candidate = ours(variant);
        candidate.amount = s.flop();
        candidate.start = [s, on] { return our_call(s, *on); };
        candidate.check = [s, on, variant] { return check_bits(s, *on, variant.rounding()); };
        candidate.references = {peak_of(variant)};
        contest.candidates.push_back(std::move(candidate));
    }
    for (const Peer* peer : peers_found()) {
        const auto gemm = gemm_of<T>(*peer);
        for (const int n : gemm != nullptr ? threads : std::vector<int>{}) {
            Candidate candidate = peer_candidate(*peer, n);
            candidate.amount = s.flop();
            candidate.start = [gemm, s, on] { return gemm(product(s, *on)); };
            candidate.check = [s, on] { return check_bound(s, *on); };
            candidate.references = {"peak"};
            contest.candidates.push_back(std::move(candidate));
        }
    }
    add_peaks(contest, levels, sizeof(T));
    add(std::move(contest));
}

}  // namespace

void register_gemm() {
    for (const Shape& shape : shapes(true)) {
        add_product<float>(shape);
    }
    for (const Shape& shape : shapes(false)) {
        add_product<double>(shape);
    }
}

}  // namespace thalweg::bench
