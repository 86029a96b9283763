// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// predict/f32/1x<sizes> is the probabilities of one row by a net with ReLU, with memory that is kept.
// Verified against plain loops in double.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "candidates.hpp"
#include "deep_nets.hpp"
#include "support/inputs.hpp"
#include "thalweg/net.hpp"
#include "train_truth.hpp"

namespace thalweg::bench {
namespace {

// One row to predict.
struct RowOperands {
    explicit RowOperands(const DeepWork& given)
        : work(given), rng(1), net(work.sizes, {}, rng), x(1, work.sizes.front()), y(1, work.sizes.back()) {
        test::Source source(6);
        for (std::size_t i = 0; i < x.size(); ++i) {
            x.data()[i] = static_cast<float>(source.uniform(0.0, 1.0));
        }
    }
    Verdict check() const {
        const Plain want = plain_deep_predict(plain_net(net.params), plain(x), 1);
        test::Failures failures;
        for (std::size_t j = 0; j < want.size(); ++j) {
            const auto found = static_cast<double>(y.data()[j]);
            if (!(std::fabs(found - want[j]) <= work.terms() * kEps)) {
                failures.add(test::text_of(found) + ", expected near " + test::text_of(want[j]), "class", j);
            }
        }
        return {failures.text()};
    }

    DeepWork work;
    Rng rng;
    Net<float> net;
    Matrix<float> x;
    Matrix<float> y;
    NetWorkspace<float> workspace;
};

void add_prediction(const DeepWork& work) {
    const Shared<RowOperands> on([work] { return std::make_unique<RowOperands>(work); });
    Contest contest{
        "predict/f32/" + work.shape(),
        Unit::kFlop,
        false,
        [on] { std::fill_n(on->y.data(), on->y.size(), std::numeric_limits<float>::quiet_NaN()); },
        [on] { on.release(); },
        {}};
    const auto add_candidate = [&](Candidate candidate, const std::string& peak,
                                   const std::function<Run(RowOperands&)>& start) {
        candidate.amount = work.forward_flop();
        candidate.start = [on, start] { return start(*on); };
        candidate.check = [on] { return on->check(); };
        candidate.references = {peak};
        contest.candidates.push_back(std::move(candidate));
    };
    const std::vector<Variant> levels = variants({1}, work.flop() <= kScalarAtMost);
    for (const Variant& variant : levels) {
        add_candidate(ours(variant), peak_of(variant),
                      [](RowOperands& o) -> Run { return [&o] { o.net.predict(o.x, o.y, o.workspace); }; });
    }
    for (const Peer* peer : peers_found()) {
        if (const auto predict = peer->predict_row) {
            add_candidate(peer_candidate(*peer, 1), "peak", [predict](RowOperands& o) {
                return predict({o.x.data(), peers_layers(o.net.params), o.y.data()});
            });
        }
    }
    add_peaks(contest, levels, sizeof(float));
    add(std::move(contest));
}

}  // namespace

void register_predict() {
    add_prediction({1, {784, 256, 128, 10}});
}

}  // namespace thalweg::bench
