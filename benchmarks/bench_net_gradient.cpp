// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two-layer net's gradient by central differences, h = 1e-4, with the notebook's loss. The name is
// net_gradient/<type>/<batch>x<input>-<hidden>-<output>/<pixels>, and who:
//   thalweg       the whole gradient by exact identities, as a user calls it; thalweg-<level> the same
//   kept-buffers  the same, but into buffers that stay, as train() does it
//   shared        the whole gradient by shared evaluations
//   incremental   the whole gradient by two losses a parameter, of each only what the parameter reaches
//   plain-<who>   two complete forward passes a parameter, for kJudged parameters only: a whole gradient of
//   the
//                 book's net takes 10 s. Counter "parameters" says how many a call does, "gradient_us" what
//                 all would take at that rate. peers bring the forward pass, this file the loop
// Every candidate is judged by the exact quotient; "max_error" is the largest absolute distance from it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "candidates.hpp"
#include "difference_truth.hpp"
#include "nn/difference/gradient.hpp"
#include "support/inputs.hpp"
#include "thalweg/images.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::bench {
namespace {

constexpr std::size_t kImages = 10'000;
constexpr std::size_t kInput = 28 * 28;
constexpr std::size_t kClasses = 10;
constexpr double kH = 1e-4;
// Parameters whose difference is known, which are also those of the plain loops: few enough for them, and
// enough that what a call of ours copies first is less than 1 % of it.
constexpr std::size_t kJudged = 100;
// A structured float gradient of this net: sums of numbers below 1, each good to a few 2^-24.
constexpr double kStructuredBound[] = {1e-7, 1e-14};
// Two losses near 2.3, each off by a few 2^-52 of itself, divided by 2h.
constexpr double kPlainBound = 1e-10;

struct Net {
    std::size_t batch;
    std::size_t hidden;

    std::string name() const {
        return by(batch, kInput) + "-" + std::to_string(hidden) + "-" + std::to_string(kClasses);
    }
    double parameters() const { return static_cast<double>(hidden * (kInput + 1 + kClasses) + kClasses); }
    // Of one forward pass, its two products.
    double flop() const { return static_cast<double>(2 * batch * hidden * (kInput + kClasses)); }
    bool is_the_books() const { return batch == 100 && hidden == 50; }
};

// Empty: no images, a batch of random numbers without a zero.
using Images = std::function<const Dataset&()>;

// Spread over the four matrices; the first one, which is nearly all of the net, gets half.
std::vector<std::size_t> judged(std::size_t hidden) {
    std::vector<std::size_t> chosen;
    std::size_t begin = 0;
    const auto take = [&](std::size_t size, std::size_t at_most) {
        for (const std::size_t i : sample(size, at_most)) {
            chosen.push_back(begin + i);
        }
        begin += size;
    };
    constexpr std::size_t kOfHidden = 15;
    take(kInput * hidden, kJudged / 2);
    take(hidden, kOfHidden);
    take(hidden * kClasses, kJudged / 2 - kOfHidden - kClasses);
    take(kClasses, kClasses);
    return chosen;
}

template <class T>
struct Operands {
    Operands(const Net& size, const Images& from)
        : rng(1),
          net(kInput, size.hidden, kClasses, rng),
          x(size.batch, kInput),
          labels(test::labels_below(kClasses, size.batch, 7)),
          which(judged(size.hidden)) {
        if (from) {
            const Dataset& images = from();
            MiniBatches batches(images.size(), size.batch, Sampling::kReplacement, rng);
            images.gather<T>(batches.next(), x, labels);
        } else {
            test::Source source(6);
            for (std::size_t i = 0; i < x.size(); ++i) {
                x.data()[i] = static_cast<T>(1.0 - source.uniform(0.0, 1.0));
            }
        }
    }

    const std::vector<double>& truth() {
        if (known_truth.empty()) {
            const TwoLayerParams<T>& p = net.params;
            known_truth = true_differences(
                {kInput, p.hidden_size(), kClasses, plain(p.W1), plain(p.b1), plain(p.W2), plain(p.b2)},
                plain(x), labels, which, kH);
        }
        return known_truth;
    }

    T& at(TwoLayerParams<T>& in, std::size_t parameter) const {
        const auto matrices = in.matrices();
        std::size_t m = 0;
        for (; parameter >= matrices[m].matrix->size(); ++m) {
            parameter -= matrices[m].matrix->size();
        }
        return matrices[m].matrix->data()[parameter];
    }

    void whole(NetDifferenceMethod method) {
        gradient = net.numerical_gradient(x, labels, NetDifferenceOptions{.h = kH, .method = method});
    }

    void forget() {
        gradient = {};
        for (const auto& [name, matrix] : kept.matrices()) {
            std::fill(matrix->data(), matrix->data() + matrix->size(), std::numeric_limits<T>::quiet_NaN());
        }
        plain_gradient.clear();
    }

    Rng rng;
    TwoLayerNet<T> net;
    Matrix<T> x;
    std::vector<int> labels;
    std::vector<std::size_t> which;
    TwoLayerParams<T> gradient;
    nn::NumericalGradient<T> buffers;
    TwoLayerParams<T> kept;
    std::vector<double> plain_gradient;
    double loss = 0.0;
    std::vector<double> known_truth;
};

Verdict verdict(const std::vector<double>& got, const std::vector<double>& want,
                const std::vector<std::size_t>& which, double bound) {
    if (got.size() != want.size()) {
        return {"no gradient"};
    }
    test::Failures failures;
    Verdict result;
    result.max_error = 0.0;
    for (std::size_t i = 0; i < which.size(); ++i) {
        const double error = std::fabs(got[i] - want[i]);
        result.max_error = std::fmax(result.max_error, error);
        // Not >: NaN is a failure too.
        if (!(error <= bound)) {
            failures.add(test::text_of(got[i]) + ", expected near " + test::text_of(want[i]), "parameter",
                         which[i]);
        }
    }
    result.complaint = failures.text();
    return result;
}

template <class T>
Verdict check_whole(Operands<T>& on, TwoLayerParams<T>& gradient, double bound) {
    if (gradient.size() != on.net.params.size()) {
        return {"no gradient"};
    }
    std::vector<double> got;
    for (const std::size_t parameter : on.which) {
        got.push_back(static_cast<double>(on.at(gradient, parameter)));
    }
    return verdict(got, on.truth(), on.which, bound);
}

// The book's loop around a peer's loss. The peer reads the parameters where they lie.
void plain_loop(Operands<double>& on, const Run& loss) {
    on.plain_gradient.clear();
    for (const std::size_t parameter : on.which) {
        double& p = on.at(on.net.params, parameter);
        const double saved = p;
        p = saved + kH;
        loss();
        const double above = on.loss;
        p = saved - kH;
        loss();
        on.plain_gradient.push_back((above - on.loss) / (2.0 * kH));
        p = saved;
    }
}

peers::Loss<double> forward_of(Operands<double>& on) {
    TwoLayerParams<double>& params = on.net.params;
    return {on.x.data(),
            on.labels.data(),
            params.W1.data(),
            params.b1.data(),
            params.W2.data(),
            params.b2.data(),
            &on.loss,
            on.x.rows(),
            on.x.cols(),
            params.hidden_size(),
            params.output_size(),
            0.0};
}

// What the contests on one net have in common.
template <class T>
struct Work {
    Work(const Net& of, const std::string& pixels, const Images& images)
        : size(of),
          path(std::string("net_gradient/") + type_name<T>() + "/" + of.name() + "/" + pixels),
          on([of, images] { return std::make_unique<Operands<T>>(of, images); }) {}

    Contest contest(Unit unit) const {
        return {path, unit, !size.is_the_books(), [on = on] { on->forget(); }, [on = on] { on.release(); },
                {}};
    }

    Candidate whole(Candidate candidate, NetDifferenceMethod method, double bound) const {
        candidate.amount = size.parameters();
        candidate.parameters = size.parameters();
        candidate.gradient = size.parameters();
        candidate.start = [on = on, method]() -> Run {
            return [&operands = *on, method] { operands.whole(method); };
        };
        candidate.check = [on = on, bound] { return check_whole(*on, on->gradient, bound); };
        return candidate;
    }

    Net size;
    std::string path;
    Shared<Operands<T>> on;
};

template <class T>
void add_structured(const Work<T>& work) {
    const double bound = kStructuredBound[sizeof(T) == sizeof(double) ? 1 : 0];
    const std::vector<int> threads = threads_for(work.size.is_the_books());
    Contest contest = work.contest(Unit::kParameter);
    for (const Variant& variant : variants(threads, work.size.is_the_books())) {
        contest.candidates.push_back(work.whole(ours(variant), NetDifferenceMethod::kStructured, bound));
    }
    for (const int n : threads) {
        Candidate shared = work.whole(ours({active_level(), n}), NetDifferenceMethod::kShared, bound);
        shared.who = "shared";
        contest.candidates.push_back(std::move(shared));
        Candidate candidate = work.whole(ours({active_level(), n}), NetDifferenceMethod::kStructured, bound);
        candidate.who = "kept-buffers";
        candidate.start = [on = work.on]() -> Run {
            on->kept = on->net.params;
            return [&o = *on] { o.buffers.run(o.net.params, o.x, o.labels, {.h = kH}, o.kept); };
        };
        candidate.check = [on = work.on, bound] { return check_whole(*on, on->kept, bound); };
        contest.candidates.push_back(std::move(candidate));
    }
    add(std::move(contest));
}

// Contests of their own under the same name: in one with such long calls there would be few rounds for all.
void add_incremental(const Work<double>& work) {
    Contest contest = work.contest(Unit::kParameter);
    Candidate candidate =
        work.whole(ours({active_level(), 1}), NetDifferenceMethod::kIncremental, kPlainBound);
    candidate.who = "incremental";
    contest.candidates.push_back(std::move(candidate));
    add(std::move(contest));
}

void add_plain(const Work<double>& work) {
    const std::vector<int> threads = threads_for(work.size.is_the_books());
    Contest contest = work.contest(Unit::kFlop);
    const auto add_candidate = [&](Candidate candidate, const std::function<Run()>& start) {
        candidate.who = "plain-" + candidate.who;
        candidate.amount = 2.0 * kJudged * work.size.flop();
        candidate.parameters = kJudged;
        candidate.gradient = work.size.parameters();
        candidate.start = start;
        candidate.check = [on = work.on] {
            return verdict(on->plain_gradient, on->truth(), on->which, kPlainBound);
        };
        candidate.references = {"peak"};
        contest.candidates.push_back(std::move(candidate));
    };
    std::vector<Variant> variants;
    for (const int n : threads) {
        variants.push_back({active_level(), n});
        add_candidate(ours(variants.back()), [on = work.on]() -> Run {
            return [&o = *on] { o.plain_gradient = o.net.numerical_gradient(o.x, o.labels, o.which, kH); };
        });
    }
    for (const Peer* peer : peers_found()) {
        for (const int n : peer->net_loss_f64 != nullptr ? threads : std::vector<int>{}) {
            add_candidate(peer_candidate(*peer, n), [on = work.on, peer]() -> Run {
                const Run loss = peer->net_loss_f64(forward_of(*on));
                return loss ? Run([&o = *on, loss] { plain_loop(o, loss); }) : Run();
            });
        }
    }
    add_peaks(contest, variants, sizeof(double));
    add(std::move(contest));
}

}  // namespace

void register_net_gradient(const std::string& mnist) {
    const Images images = [mnist]() -> const Dataset& {
        static const Dataset data = mnist.empty() ? synthetic_digits(kImages, 1) : load_mnist(mnist).train;
        return data;
    };
    const std::string pixels = mnist.empty() ? "digits" : "mnist";
    const auto add_net = [&](const Net& size, const std::string& name, const Images& from) {
        const Work<double> work(size, name, from);
        add_structured(work);
        add_structured(Work<float>(size, name, from));
        add_incremental(work);
        add_plain(work);
    };
    add_net({100, 50}, pixels, images);
    add_net({100, 50}, "dense", {});
    for (const Net& size : {Net{10, 50}, Net{1000, 50}, Net{100, 20}, Net{100, 200}, Net{100, 500}}) {
        add_net(size, pixels, images);
    }
}

}  // namespace thalweg::bench
