// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Tensors of four axes: broadcast, in another order of axes, sliced, with a last axis whose elements are
// apart; copies, means of channels, batched products. Beside each is `contiguous`: the same expression of
// operands without gaps, or the products alone. One rounding an operation, so ours are held to the bits.
#include <array>
#include <cmath>

#include "candidates.hpp"
#include "support/inputs.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::bench {
namespace {

using Sizes = std::array<std::size_t, 4>;  // images, channels, height, width

Tensor<float> numbers(const Shape& shape, std::uint64_t salt) {
    Tensor<float> out(shape);
    test::Source source(salt);
    for (std::size_t i = 0; i < out.size(); ++i) {
        out.data()[i] = static_cast<float>(source.uniform(-2.0, 2.0));
    }
    return out;
}

struct Operands {
    explicit Operands(const Sizes& sizes)
        : n(sizes[0]),
          c(sizes[1]),
          h(sizes[2]),
          w(sizes[3]),
          x(numbers({n, c, h, w}, 1)),
          y(numbers({n, c, h, w}, 2)),
          bias(numbers({c, 1, 1}, 3)),
          scale(numbers({1, c, 1, 1}, 4)),
          wide(numbers({n, c, h + 2, w + 4}, 5)),
          out({n, c, h, w}) {}
    // y as it would be with channels first, and with channels last.
    TensorView<const float> channels_first() const { return y.reshape({c, n, h, w}).permute({1, 0, 2, 3}); }
    TensorView<const float> channels_last() const { return y.reshape({n, h, w, c}).permute({0, 3, 1, 2}); }
    TensorView<const float> inside() const { return wide.view().slice(2, 1, h + 1).slice(3, 2, w + 2); }

    std::size_t n;
    std::size_t c;
    std::size_t h;
    std::size_t w;
    Tensor<float> x;
    Tensor<float> y;
    Tensor<float> bias;
    Tensor<float> scale;
    Tensor<float> wide;
    Tensor<float> out;
};

struct Place {
    std::size_t i;
    std::size_t j;
    std::size_t k;
    std::size_t l;
};

struct Work {
    const char* name;
    std::size_t arrays;  // that one call reads or writes
    void (*run)(Operands& on);
    void (*contiguous)(Operands& on);
    float (*want)(const Operands& on, const Place& at);
};

const Work kWorks[] = {
    {"tensor_broadcast", 3, [](Operands& on) { on.out = (on.x - on.bias) * on.scale + on.y; },
     [](Operands& on) { on.out = (on.x - on.y) * on.y + on.x; },
     [](const Operands& on, const Place& at) {
         const float difference = on.x(at.i, at.j, at.k, at.l) - on.bias(at.j, 0, 0);
         const float product = difference * on.scale(0, at.j, 0, 0);
         return product + on.y(at.i, at.j, at.k, at.l);
     }},
    {"tensor_permuted", 3, [](Operands& on) { on.out = on.x + on.channels_first(); },
     [](Operands& on) { on.out = on.x + on.y; },
     [](const Operands& on, const Place& at) {
         return on.x(at.i, at.j, at.k, at.l) + on.channels_first()(at.i, at.j, at.k, at.l);
     }},
    {"tensor_slice", 3, [](Operands& on) { on.out = on.x + on.inside(); },
     [](Operands& on) { on.out = on.x + on.y; },
     [](const Operands& on, const Place& at) {
         return on.x(at.i, at.j, at.k, at.l) + on.wide(at.i, at.j, at.k + 1, at.l + 2);
     }},
    {"tensor_turned", 3, [](Operands& on) { on.out = on.x + on.channels_last(); },
     [](Operands& on) { on.out = on.x + on.y; },
     [](const Operands& on, const Place& at) {
         return on.x(at.i, at.j, at.k, at.l) + on.channels_last()(at.i, at.j, at.k, at.l);
     }},
    {"tensor_turned_copy", 2, [](Operands& on) { on.out.assign(on.channels_last()); },
     [](Operands& on) { on.out.assign(on.y); },
     [](const Operands& on, const Place& at) { return on.channels_last()(at.i, at.j, at.k, at.l); }},
};

Verdict check(const Work& work, const Operands& on) {
    test::Failures failures;
    for (const std::size_t i : sample(on.out.size(), 10'000)) {
        const Place at{i / on.w / on.h / on.c, i / on.w / on.h % on.c, i / on.w % on.h, i % on.w};
        const float want = work.want(on, at);
        const float found = on.out.data()[i];
        failures.expect(found <= want && found >= want, work.name, found, "expected", want);
    }
    return {failures.text()};
}

template <class Call>
void add_ours(Contest& contest, const char* who, const Variant& variant, double amount, const Call& call,
              std::function<Verdict()> judge) {
    Candidate candidate = ours(variant);
    candidate.who = who == nullptr ? candidate.who : who;
    candidate.amount = amount;
    candidate.start = [call]() -> Run { return call; };
    candidate.check = std::move(judge);
    contest.candidates.push_back(std::move(candidate));
}

void add_work(const Work& work, const Sizes& sizes) {
    const Shared<Operands> on([sizes] { return std::make_unique<Operands>(sizes); });
    const std::size_t size = sizes[0] * sizes[1] * sizes[2] * sizes[3];
    Contest contest{std::string(work.name) + "/f32/" + by(sizes[0], sizes[1]) + "x" + by(sizes[2], sizes[3]),
                    Unit::kByte,
                    size >= 10'000'000,
                    [on] { on->out.fill(0); },
                    [on] { on.release(); },
                    {}};
    const double bytes = static_cast<double>(work.arrays * size * sizeof(float));
    for (const Variant& variant : variants(threads_for(size >= 1'000'000), false)) {
        add_ours(
            contest, nullptr, variant, bytes, [&work, on] { work.run(*on); },
            [&work, on] { return check(work, *on); });
        if (variant.who() == "thalweg") {
            add_ours(
                contest, "contiguous", variant, bytes, [&work, on] { work.contiguous(*on); },
                [] { return Verdict{}; });
        }
    }
    add(std::move(contest));
}

struct Factors {
    Tensor<float> a = numbers({64, 128, 128}, 6);
    Tensor<float> b = numbers({64, 128, 128}, 7);
    Tensor<float> out{{64, 128, 128}};

    void products() {
        for (std::size_t i = 0; i < 64; ++i) {
            dot(a.index(0, i).matrix(), b.index(0, i).matrix(), out.index(0, i).matrix());
        }
    }
};

void add_einsum() {
    const Shared<Factors> on([] { return std::make_unique<Factors>(); });
    Contest contest{"tensor_einsum/f32/64x128x128x128",
                    Unit::kFlop,
                    false,
                    [on] { on->out.fill(0); },
                    [on] { on.release(); },
                    {}};
    const double flop = 2.0 * 64 * 128 * 128 * 128;
    const auto judge = [on] {
        const Tensor<float> found = on->out;
        on->products();
        test::Failures failures;
        failures.expect(found == on->out, "tensor_einsum", "other bits", "expected", "those of dot");
        return Verdict{failures.text()};
    };
    for (const Variant& variant : variants({1, 2}, false)) {
        add_ours(
            contest, nullptr, variant, flop, [on] { on->out = einsum("bij,bjk->bik", on->a, on->b); }, judge);
        if (variant.who() == "thalweg") {
            add_ours(
                contest, "contiguous", variant, flop, [on] { on->products(); }, judge);
        }
    }
    add(std::move(contest));
}

}  // namespace

void register_tensors() {
    for (const Work& work : kWorks) {
        add_work(work, {8, 16, 28, 28});
        add_work(work, {32, 64, 28, 28});
        add_work(work, {64, 64, 64, 64});  // 64 MB
    }
    add_einsum();
}

}  // namespace thalweg::bench
