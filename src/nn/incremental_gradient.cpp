// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Start reading at incremental_gradient(). Parameters are visited in memory order; everything that does not
// depend on the one that moves is there already.
#include "nn/incremental_gradient.hpp"

#include <cstddef>
#include <vector>

#include "dispatch/dispatch.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {
namespace {

// The forward pass at the parameters themselves, by columns where columns are what changes.
class State {
public:
    State(const TwoLayerParams<double>& params, const Matrix<double>& x, Labels t, bool clean_loss)
        : params_(params),
          t_(t),
          clean_(clean_loss),
          inputs_(transposed(x)),
          a_(affine(x, params.W1, params.b1)),
          ones_(t.size(), 1.0),
          moved_(t.size()),
          picked_(t.size()),
          y_(t.size(), params.output_size()) {
        const Matrix<double> z = sigmoid(a_);
        logits_ = affine(z, params.W2, params.b2);
        z_ = transposed(z);
        a_ = transposed(a_);
        losses_.resize(t.size());
        every_row_.resize(t.size());
        for (std::size_t n = 0; n < t.size(); ++n) {
            every_row_[n] = n;
        }
        y_ = logits_;
        row_losses(every_row_, losses_);
        changed_ = losses_;
    }

    const std::vector<std::size_t>& every_row() const { return every_row_; }
    std::vector<std::size_t> rows_of_input(std::size_t i) const {
        std::vector<std::size_t> rows;
        for (const std::size_t n : every_row_) {
            if (inputs_(i, n) != 0.0) {
                rows.push_back(n);
            }
        }
        return rows;
    }
    const double* input(std::size_t i) const { return inputs_.data() + i * inputs_.cols(); }
    const double* z(std::size_t j) const { return z_.data() + j * z_.cols(); }
    const double* ones() const { return ones_.data(); }

    // The loss when unit j of these rows sees its input moved by step * along[row].
    double with_unit(std::size_t j, const std::vector<std::size_t>& rows, const double* along, double step) {
        for (std::size_t r = 0; r < rows.size(); ++r) {
            moved_[r] = a_(j, rows[r]) + step * along[rows[r]];
        }
        dispatch::active<double>().sigmoid(moved_.data(), moved_.data(), rows.size());
        const double* const w = params_.W2.data() + j * params_.output_size();
        for (std::size_t r = 0; r < rows.size(); ++r) {
            const double change = moved_[r] - z_(j, rows[r]);
            for (std::size_t k = 0; k < params_.output_size(); ++k) {
                y_(r, k) = logits_(rows[r], k) + change * w[k];
            }
        }
        return loss(rows);
    }
    // The loss when logit k of every row moves by step * along[row].
    double with_logit(std::size_t k, const double* along, double step) {
        y_ = logits_;
        for (const std::size_t n : every_row_) {
            y_(n, k) += step * along[n];
        }
        return loss(every_row_);
    }

private:
    static Matrix<double> transposed(const Matrix<double>& m) {
        Matrix<double> result(m.cols(), m.rows());
        dispatch::active<double>().transpose(m.data(), m.cols(), m.rows(), m.cols(), result.data(), m.rows());
        return result;
    }
    // The mean over all rows, those in `rows` from y_, the others as they were.
    double loss(const std::vector<std::size_t>& rows) {
        row_losses(rows, changed_);
        const double total = dispatch::active<double>().sum(changed_.data(), changed_.size());
        for (const std::size_t n : rows) {
            changed_[n] = losses_[n];
        }
        return total / static_cast<double>(t_.size());
    }
    void row_losses(const std::vector<std::size_t>& rows, std::vector<double>& losses) {
        const auto& kernel = dispatch::active<double>();
        kernel.softmax(y_.data(), y_.cols(), rows.size(), y_.cols(), y_.data(), y_.cols());
        for (std::size_t r = 0; r < rows.size(); ++r) {
            picked_[r] = y_(r, static_cast<std::size_t>(t_[rows[r]]));
        }
        if (clean_) {
            kernel.log(picked_.data(), picked_.data(), rows.size());
        } else {
            kernel.log_loss(picked_.data(), picked_.data(), rows.size());
        }
        for (std::size_t r = 0; r < rows.size(); ++r) {
            losses[rows[r]] = clean_ ? -picked_[r] : picked_[r];
        }
    }

    const TwoLayerParams<double>& params_;
    Labels t_;
    bool clean_;
    Matrix<double> inputs_;  // [input][row]
    Matrix<double> a_;       // [unit][row]
    Matrix<double> z_;       // [unit][row]
    std::vector<double> ones_;
    Matrix<double> logits_;
    std::vector<double> losses_;
    std::vector<double> changed_;
    std::vector<std::size_t> every_row_;
    std::vector<double> moved_;
    std::vector<double> picked_;
    Matrix<double> y_;
};

void first_layer(State& state, double h, TwoLayerParams<double>& gradient) {
    const std::size_t inputs = gradient.input_size();
    for (std::size_t i = 0; i <= inputs; ++i) {
        // The bias is a weight whose input is 1 everywhere.
        const bool bias = i == inputs;
        const std::vector<std::size_t> rows = bias ? state.every_row() : state.rows_of_input(i);
        const double* const along = bias ? state.ones() : state.input(i);
        double* const to = bias ? gradient.b1.data() : gradient.W1.data() + i * gradient.hidden_size();
        for (std::size_t j = 0; !rows.empty() && j < gradient.hidden_size(); ++j) {
            const double above = state.with_unit(j, rows, along, h);
            to[j] = (above - state.with_unit(j, rows, along, -h)) / (2.0 * h);
        }
    }
}

void second_layer(State& state, double h, TwoLayerParams<double>& gradient) {
    const std::size_t hidden = gradient.hidden_size();
    for (std::size_t j = 0; j <= hidden; ++j) {
        const double* const along = j == hidden ? state.ones() : state.z(j);
        double* const to = j == hidden ? gradient.b2.data() : gradient.W2.data() + j * gradient.output_size();
        for (std::size_t k = 0; k < gradient.output_size(); ++k) {
            const double above = state.with_logit(k, along, h);
            to[k] = (above - state.with_logit(k, along, -h)) / (2.0 * h);
        }
    }
}

}  // namespace

TwoLayerParams<double> incremental_gradient(const TwoLayerParams<double>& params, const Matrix<double>& x,
                                            Labels t, double h, bool clean_loss) {
    State state(params, x, t, clean_loss);
    TwoLayerParams<double> gradient(params.input_size(), params.hidden_size(), params.output_size());
    first_layer(state, h, gradient);
    second_layer(state, h, gradient);
    return gradient;
}

}  // namespace thalweg::nn
