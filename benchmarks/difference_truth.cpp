// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Two losses and their difference, sample by sample: what the quotient loses is what one sample's loss loses,
// not what the sum of a batch does.
#include "difference_truth.hpp"

#include <algorithm>
#include <cmath>

namespace thalweg::bench {
namespace {

using Wide = long double;
using Wides = std::vector<long double>;

Wides wide(const Plain& values) {
    return Wides(values.begin(), values.end());
}

Wide sigmoid(Wide a) {
    return 1.0L / (1.0L + std::exp(-a));
}

// Of one sample.
Wide loss_of(const Wides& logits, std::size_t label) {
    const Wide max = *std::max_element(logits.begin(), logits.end());
    Wide sum = 0.0L;
    for (const Wide value : logits) {
        sum += std::exp(value - max);
    }
    return -std::log(std::exp(logits[label] - max) / sum + static_cast<Wide>(1e-7));
}

// out = bias + in w for one sample; zeros add nothing.
Wides affine(const Wide* in, std::size_t inputs, const Wides& w, const Wides& bias) {
    Wides out = bias;
    for (std::size_t i = 0; i < inputs; ++i) {
        if (in[i] != 0.0L) {
            for (std::size_t j = 0; j < out.size(); ++j) {
                out[j] += in[i] * w[i * out.size() + j];
            }
        }
    }
    return out;
}

class WideNet {
public:
    WideNet(const PlainNet& net, const Plain& x, const std::vector<int>& labels)
        : input_(net.input),
          hidden_(net.hidden),
          output_(net.output),
          x_(wide(x)),
          w2_(wide(net.W2)),
          labels_(labels) {
        const Wides w1 = wide(net.W1);
        const Wides b1 = wide(net.b1);
        const Wides b2 = wide(net.b2);
        for (std::size_t n = 0; n < labels.size(); ++n) {
            before_.push_back(affine(&x_[n * input_], input_, w1, b1));
            Wides z = before_.back();
            std::transform(z.begin(), z.end(), z.begin(), sigmoid);
            logits_.push_back(affine(z.data(), hidden_, w2_, b2));
            z_.push_back(std::move(z));
        }
    }

    Wide difference(std::size_t parameter, Wide h) const {
        const std::size_t w1 = input_ * hidden_;
        std::size_t i = parameter;
        if (i < w1) {
            return over_samples([&](std::size_t n) { return unit(n, i % hidden_, h * x(n, i / hidden_)); });
        }
        i -= w1;
        if (i < hidden_) {
            return over_samples([&](std::size_t n) { return unit(n, i, h); });
        }
        i -= hidden_;
        if (i < hidden_ * output_) {
            return over_samples([&](std::size_t n) { return logit(n, i % output_, h * z_[n][i / output_]); });
        }
        i -= hidden_ * output_;
        return over_samples([&](std::size_t n) { return logit(n, i, h); });
    }

private:
    Wide x(std::size_t n, std::size_t i) const { return x_[n * input_ + i]; }

    template <class Difference>
    Wide over_samples(const Difference& difference_of) const {
        Wide sum = 0.0L;
        for (std::size_t n = 0; n < labels_.size(); ++n) {
            sum += difference_of(n);
        }
        return sum / static_cast<Wide>(labels_.size());
    }

    // What moving the input of hidden unit j by +move and -move does to the loss of sample n.
    Wide unit(std::size_t n, std::size_t j, Wide move) const {
        if (move == 0.0L) {
            return 0.0L;
        }
        const auto loss = [&](Wide by) {
            const Wide change = sigmoid(before_[n][j] + by) - z_[n][j];
            Wides logits = logits_[n];
            for (std::size_t k = 0; k < output_; ++k) {
                logits[k] += change * w2_[j * output_ + k];
            }
            return loss_of(logits, static_cast<std::size_t>(labels_[n]));
        };
        return loss(move) - loss(-move);
    }

    // The same for logit k.
    Wide logit(std::size_t n, std::size_t k, Wide move) const {
        const auto loss = [&](Wide by) {
            Wides logits = logits_[n];
            logits[k] += by;
            return loss_of(logits, static_cast<std::size_t>(labels_[n]));
        };
        return loss(move) - loss(-move);
    }

    std::size_t input_;
    std::size_t hidden_;
    std::size_t output_;
    Wides x_;
    Wides w2_;
    std::vector<int> labels_;
    std::vector<Wides> before_;  // the hidden units' inputs, by sample
    std::vector<Wides> z_;
    std::vector<Wides> logits_;
};

}  // namespace

std::vector<double> true_differences(const PlainNet& net, const Plain& x, const std::vector<int>& labels,
                                     std::span<const std::size_t> which, double h) {
    const WideNet wide_net(net, x, labels);
    const Wide step = static_cast<Wide>(h);
    std::vector<double> quotients;
    for (const std::size_t parameter : which) {
        quotients.push_back(static_cast<double>(wide_net.difference(parameter, step) / (2.0L * step)));
    }
    return quotients;
}

}  // namespace thalweg::bench
