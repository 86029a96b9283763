// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at incremental_gradient(). Parameters are visited in memory order; everything that does not
// depend on the one that moves is there already.
#include "nn/difference/incremental.hpp"

#include <cstddef>
#include <vector>

#include "dispatch/dispatch.hpp"
#include "nn/difference/bias_row.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {
namespace {

// The loss with one parameter moved. Kept is the forward pass at the parameters themselves, by columns where
// columns are what changes.
class MovedForward {
public:
    MovedForward(const TwoLayerParams<double>& params, const Matrix<double>& x, Labels t, bool clean_loss)
        : params_(params),
          t_(t),
          clean_(clean_loss),
          inputs_(transposed(x)),
          a_(affine(x, params.W1, params.b1)),
          ones_(t.size(), 1.0),
          moved_(t.size()),
          label_p_(t.size()),
          y_(t.size(), params.output_size()) {
        const Matrix<double> z = sigmoid(a_);
        logits_ = affine(z, params.W2, params.b2);
        z_ = transposed(z);
        a_ = transposed(a_);
        losses_.resize(t.size());
        every_sample_.resize(t.size());
        for (std::size_t n = 0; n < t.size(); ++n) {
            every_sample_[n] = n;
        }
        y_ = logits_;
        sample_losses(every_sample_, losses_);
        changed_ = losses_;
    }

    const std::vector<std::size_t>& every_sample() const { return every_sample_; }
    std::vector<std::size_t> samples_with_input(std::size_t i) const {
        std::vector<std::size_t> samples;
        for (const std::size_t n : every_sample_) {
            if (inputs_(i, n) != 0.0) {
                samples.push_back(n);
            }
        }
        return samples;
    }
    const double* input(std::size_t i) const { return inputs_.data() + i * inputs_.cols(); }
    const double* z(std::size_t j) const { return z_.data() + j * z_.cols(); }
    const double* ones() const { return ones_.data(); }

    // The loss when unit j of these samples n sees its input moved by step * along[n].
    double with_unit(std::size_t j, const std::vector<std::size_t>& samples, const double* along,
                     double step) {
        for (std::size_t r = 0; r < samples.size(); ++r) {
            moved_[r] = a_(j, samples[r]) + step * along[samples[r]];
        }
        dispatch::active<double>().sigmoid(moved_.data(), moved_.data(), samples.size());
        const double* const w = params_.W2.data() + j * params_.output_size();
        for (std::size_t r = 0; r < samples.size(); ++r) {
            const double change = moved_[r] - z_(j, samples[r]);
            for (std::size_t k = 0; k < params_.output_size(); ++k) {
                y_(r, k) = logits_(samples[r], k) + change * w[k];
            }
        }
        return loss(samples);
    }
    // The loss when logit k of every sample n moves by step * along[n].
    double with_logit(std::size_t k, const double* along, double step) {
        y_ = logits_;
        for (const std::size_t n : every_sample_) {
            y_(n, k) += step * along[n];
        }
        return loss(every_sample_);
    }

private:
    static Matrix<double> transposed(const Matrix<double>& m) {
        Matrix<double> result(m.cols(), m.rows());
        dispatch::active<double>().transpose(m.data(), m.cols(), m.rows(), m.cols(), result.data(), m.rows());
        return result;
    }
    // The mean over all samples, those in `samples` from y_, the others as they were.
    double loss(const std::vector<std::size_t>& samples) {
        sample_losses(samples, changed_);
        const double total = dispatch::active<double>().sum(changed_.data(), changed_.size());
        for (const std::size_t n : samples) {
            changed_[n] = losses_[n];
        }
        return total / static_cast<double>(t_.size());
    }
    void sample_losses(const std::vector<std::size_t>& samples, std::vector<double>& losses) {
        const auto& kernel = dispatch::active<double>();
        kernel.softmax(y_.data(), y_.cols(), samples.size(), y_.cols(), y_.data(), y_.cols());
        for (std::size_t r = 0; r < samples.size(); ++r) {
            label_p_[r] = y_(r, static_cast<std::size_t>(t_[samples[r]]));
        }
        if (clean_) {
            kernel.log(label_p_.data(), label_p_.data(), samples.size());
        } else {
            kernel.log_loss(label_p_.data(), label_p_.data(), samples.size());
        }
        for (std::size_t r = 0; r < samples.size(); ++r) {
            losses[samples[r]] = clean_ ? -label_p_[r] : label_p_[r];
        }
    }

    const TwoLayerParams<double>& params_;
    Labels t_;
    bool clean_;
    Matrix<double> inputs_;  // [input][sample]
    Matrix<double> a_;       // [unit][sample]
    Matrix<double> z_;       // [unit][sample]
    std::vector<double> ones_;
    Matrix<double> logits_;
    std::vector<double> losses_;   // of each sample, with nothing moved
    std::vector<double> changed_;  // equal to losses_ between two calls
    std::vector<std::size_t> every_sample_;
    std::vector<double> moved_;  // by position in the list of samples, like the next two
    std::vector<double> label_p_;
    Matrix<double> y_;
};

void first_layer(MovedForward& forward, double h, TwoLayerParams<double>& gradient) {
    const std::size_t inputs = gradient.input_size();
    for (std::size_t i = 0; i <= inputs; ++i) {
        const bool bias = i == inputs;
        const std::vector<std::size_t> samples =
            bias ? forward.every_sample() : forward.samples_with_input(i);
        const double* const along = bias ? forward.ones() : forward.input(i);
        double* const to = row_or_bias(gradient.W1, gradient.b1, i);
        for (std::size_t j = 0; !samples.empty() && j < gradient.hidden_size(); ++j) {
            const double above = forward.with_unit(j, samples, along, h);
            to[j] = (above - forward.with_unit(j, samples, along, -h)) / (2.0 * h);
        }
    }
}

void second_layer(MovedForward& forward, double h, TwoLayerParams<double>& gradient) {
    const std::size_t hidden = gradient.hidden_size();
    for (std::size_t j = 0; j <= hidden; ++j) {
        const double* const along = j == hidden ? forward.ones() : forward.z(j);
        double* const to = row_or_bias(gradient.W2, gradient.b2, j);
        for (std::size_t k = 0; k < gradient.output_size(); ++k) {
            const double above = forward.with_logit(k, along, h);
            to[k] = (above - forward.with_logit(k, along, -h)) / (2.0 * h);
        }
    }
}

}  // namespace

TwoLayerParams<double> incremental_gradient(const TwoLayerParams<double>& params, const Matrix<double>& x,
                                            Labels t, double h, bool clean_loss) {
    MovedForward forward(params, x, t, clean_loss);
    TwoLayerParams<double> gradient(params.input_size(), params.hidden_size(), params.output_size());
    first_layer(forward, h, gradient);
    second_layer(forward, h, gradient);
    return gradient;
}

}  // namespace thalweg::nn
