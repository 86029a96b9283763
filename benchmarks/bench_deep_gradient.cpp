// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Deep nets' gradients by central differences, h = 1e-4, in double. The name is
// net_gradient/f64/<batch>x<sizes>/<activation>/<pixels>, and who:
//   thalweg         the whole gradient by shared evaluations, as a user calls it
//   backprop        the derivative, by backpropagation: what it is compared with
//   plain-thalweg   two complete forward passes a parameter, for kJudged parameters only. Counter
//   "parameters"
//                   says how many a call does, "gradient_us" what all would take at that rate
// The amount is the multiply-adds of two nodes a unit and sample, or of the forward passes; "peak" is what
// the processor's pipes do. Every candidate is judged by the plain loop, so within that one's rounding.
#include <cmath>

#include "candidates.hpp"
#include "support/inputs.hpp"
#include "thalweg/images.hpp"
#include "thalweg/net.hpp"
#include "thalweg/samples.hpp"

namespace thalweg::bench {
namespace {

constexpr std::size_t kImages = 10'000;
constexpr std::size_t kBatch = 100;
constexpr double kH = 1e-4;
constexpr std::size_t kJudged = 100;
// Two losses near 2.3, each off by a few 2^-52 of itself, divided by 2h.
constexpr double kPlainBound = 1e-10;
// Of backpropagation: h^2 / 6 of third derivatives, and the 1e-7 that it leaves out; a kink or two near relu.
constexpr double kFormulaBound = 1e-4;

struct Work {
    std::vector<std::size_t> sizes;
    Activation activation;
    const char* name;

    std::string path(const std::string& pixels) const {
        std::string text = by(kBatch, sizes[0]);
        for (std::size_t l = 1; l < sizes.size(); ++l) {
            text += "-" + std::to_string(sizes[l]);
        }
        return "net_gradient/f64/" + text + "/" + name + "/" + pixels;
    }
    double weights(std::size_t l) const { return static_cast<double>(sizes[l] * sizes[l + 1]); }
    double parameters() const {
        double count = 0.0;
        for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
            count += weights(l) + static_cast<double>(sizes[l + 1]);
        }
        return count;
    }
    double forward_flop() const {
        double count = 0.0;
        for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
            count += 2.0 * kBatch * weights(l);
        }
        return count;
    }
    // Products with two nodes, and two nodes on two sides of each unit through the layers behind the next.
    double shared_flop() const {
        double count = 2.0 * forward_flop();
        for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
            for (std::size_t behind = l + 2; behind + 1 < sizes.size(); ++behind) {
                count += 2.0 * kBatch * 4.0 * static_cast<double>(sizes[l + 1]) * weights(behind);
            }
        }
        return count;
    }
};

using Images = std::function<const Dataset&()>;

struct Operands {
    Operands(const Work& work, const Images& from)
        : rng(1),
          net(work.sizes,
              {.activation = work.activation,
               .init = work.activation == Activation::kRelu ? Init::kHe : Init::kXavier},
              rng),
          x(kBatch, work.sizes.front()),
          labels(kBatch),
          which(sample(net.params.size(), kJudged)) {
        const Dataset& images = from();
        MiniBatches batches(images.size(), kBatch, Sampling::kReplacement, rng);
        images.gather<double>(batches.next(), x, labels);
    }
    const std::vector<double>& truth() {
        if (known_truth.empty()) {
            known_truth = net.numerical_gradient(x, labels, which, kH);
        }
        return known_truth;
    }
    Verdict check(const std::vector<double>& got, double bound) {
        if (got.size() != which.size()) {
            return {"no gradient"};
        }
        test::Failures failures;
        Verdict result;
        result.max_error = 0.0;
        for (std::size_t i = 0; i < which.size(); ++i) {
            const double error = std::fabs(got[i] - truth()[i]);
            result.max_error = std::fmax(result.max_error, error);
            if (!(error <= bound)) {
                failures.add(test::text_of(got[i]) + ", expected near " + test::text_of(truth()[i]),
                             "parameter", which[i]);
            }
        }
        result.complaint = failures.text();
        return result;
    }
    Verdict check_whole(double bound) {
        std::vector<double> all;
        for (const auto& [name, matrix] : gradient.matrices()) {
            all.insert(all.end(), matrix->data(), matrix->data() + matrix->size());
        }
        std::vector<double> got;
        for (const std::size_t i : all.empty() ? std::vector<std::size_t>{} : which) {
            got.push_back(all[i]);
        }
        return check(got, bound);
    }

    Rng rng;
    Net<double> net;
    Matrix<double> x;
    std::vector<int> labels;
    std::vector<std::size_t> which;
    NetParams<double> gradient;
    std::vector<double> plain;
    std::vector<double> known_truth;
};

void add_work(const Work& work, const std::string& pixels, const Images& images) {
    const Shared<Operands> on([work, images] { return std::make_unique<Operands>(work, images); });
    Contest contest{work.path(pixels),
                    Unit::kFlop,
                    true,
                    [on] {
                        on->gradient = {};
                        on->plain.clear();
                    },
                    [on] { on.release(); },
                    {}};
    const auto add_candidate = [&](Candidate candidate, double flop, double parameters,
                                   const std::function<void(Operands&)>& call,
                                   const std::function<Verdict()>& check) {
        candidate.amount = flop;
        candidate.parameters = parameters;
        candidate.gradient = work.parameters();
        candidate.start = [on, call]() -> Run { return [&o = *on, call] { call(o); }; };
        candidate.check = check;
        candidate.references = {"peak"};
        contest.candidates.push_back(std::move(candidate));
    };
    std::vector<Variant> variants;
    for (const int n : threads_for(true)) {
        variants.push_back({active_level(), n});
        add_candidate(
            ours(variants.back()), work.shared_flop(), work.parameters(),
            [](Operands& o) { o.gradient = o.net.numerical_gradient(o.x, o.labels, kH); },
            [on] { return on->check_whole(kPlainBound); });
        Candidate derivative = ours(variants.back());
        derivative.who = "backprop";
        add_candidate(
            derivative, 3.0 * work.forward_flop(), work.parameters(),
            [](Operands& o) { o.gradient = o.net.gradient(o.x, o.labels); },
            [on] { return on->check_whole(kFormulaBound); });
    }
    Candidate plain = ours(variants.front());
    plain.who = "plain-thalweg";
    add_candidate(
        plain, 2.0 * kJudged * work.forward_flop(), kJudged,
        [](Operands& o) { o.plain = o.net.numerical_gradient(o.x, o.labels, o.which, kH); },
        [on] { return on->check(on->plain, kPlainBound); });
    add_peaks(contest, variants, sizeof(double));
    add(std::move(contest));
}

}  // namespace

void register_deep_gradient(const std::string& mnist) {
    const Images images = [mnist]() -> const Dataset& {
        static const Dataset data = mnist.empty() ? synthetic_digits(kImages, 1) : load_mnist(mnist).train;
        return data;
    };
    const std::string pixels = mnist.empty() ? "digits" : "mnist";
    add_work({{784, 50, 10}, Activation::kSigmoid, "sigmoid"}, pixels, images);
    add_work({{784, 256, 128, 10}, Activation::kSigmoid, "sigmoid"}, pixels, images);
    add_work({{784, 256, 128, 10}, Activation::kRelu, "relu"}, pixels, images);
}

}  // namespace thalweg::bench
