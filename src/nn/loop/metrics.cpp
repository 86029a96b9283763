// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A block of rows after another goes through the net; what is counted or summed goes on from block to block.
#include "thalweg/metrics.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/layers/buffers.hpp"
#include "nn/layers/losses.hpp"
#include "nn/layers/net_layers.hpp"
#include "nn/loop/samples_check.hpp"
#include "thalweg/error.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

// Rows at a time: a block of 784 floats a row stays in the second cache.
constexpr std::size_t kRowBlock = 256;

std::size_t largest(const auto* row, std::size_t n) noexcept {
    return static_cast<std::size_t>(std::max_element(row, row + n) - row);
}

// Means, and squares around them, of targets column by column.
struct Spread {
    explicit Spread(std::size_t outputs)
        : first(outputs), changes(outputs), mean(outputs), around_mean(outputs), residual(outputs) {}

    std::vector<double> first;  // of the first row
    std::vector<bool> changes;  // whether another row has another: means of equal numbers are rounded

    std::vector<double> mean;
    std::vector<double> around_mean;
    std::vector<double> residual;
};

// What a block leaves behind.
template <class T>
class Measurement {
public:
    Measurement(const Net<T>& net, const Samples<T>& samples)
        : net_(net),
          samples_(samples),
          outputs_(net.output_size()),
          x_(std::min(kRowBlock, samples.size()), samples.inputs()),
          y_(x_.rows(), outputs_),
          labels_(samples.has_labels() ? x_.rows() : 0),
          targets_(samples.has_labels() ? 0 : x_.rows(), outputs_),
          losses_(samples.size()),
          spread_(outputs_) {}

    Metrics run() {
        const bool squares = net_.options().loss == Loss::kMeanSquaredError;
        if (squares) {
            each_block([this](std::size_t first, std::size_t n) { add_means(first, n); });
        }
        each_block([&](std::size_t first, std::size_t n) {
            if (samples_.has_labels()) {
                samples_.gather(first, x_.rows(0, n), std::span(labels_).first(n));
                net_.predict(x_.rows(0, n), y_.rows(0, n));
                judge_labels(first, n);
            } else {
                samples_.gather(first, x_.rows(0, n), targets_.rows(0, n));
                nn::predict_sums<T>(net_, x_.rows(0, n), y_.rows(0, n));
                judge_targets(first, n);
            }
        });
        const auto rows = static_cast<double>(losses_.size());
        return {dispatch::active<double>().sum(losses_.data(), losses_.size()) / rows,
                squares ? r2() : static_cast<double>(right_) / (rows * static_cast<double>(judged_each_))};
    }

private:
    template <class Body>
    void each_block(const Body& body) {
        for (std::size_t first = 0; first < samples_.size(); first += kRowBlock) {
            body(first, std::min(kRowBlock, samples_.size() - first));
        }
    }

    void add_means(std::size_t first, std::size_t n) {
        samples_.gather(first, x_.rows(0, n), targets_.rows(0, n));
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < outputs_; ++j) {
                const auto target = static_cast<double>(targets_(i, j));
                if (first + i == 0) {
                    spread_.first[j] = target;
                }
                spread_.changes[j] = spread_.changes[j] || target != spread_.first[j];
                spread_.mean[j] += target / static_cast<double>(samples_.size());
            }
        }
    }

    void judge_labels(std::size_t first, std::size_t n) {
        const kernels::Kernels<T>& kernel = dispatch::active<T>();
        std::vector<T> picked(n);
        for (std::size_t i = 0; i < n; ++i) {
            picked[i] = y_(i, static_cast<std::size_t>(labels_[i]));
            right_ += largest(nn::row_of(y_, i), outputs_) == static_cast<std::size_t>(labels_[i]) ? 1 : 0;
        }
        kernel.log_loss(picked.data(), losses_.data() + first, n);
    }

    // y has the sums, and then what predict() returns.
    void judge_targets(std::size_t first, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) {
            T* const y = nn::row_of(y_, i);
            const T* const t = nn::row_of(targets_, i);
            losses_[first + i] = nn::finish_row(net_.options().loss, y, t, outputs_);
            judge_row(y, t);
        }
    }

    void judge_row(const T* y, const T* t) {
        if (net_.options().loss == Loss::kSoftmaxCrossEntropy) {
            right_ += largest(y, outputs_) == largest(t, outputs_) ? 1 : 0;
            return;
        }
        if (net_.options().loss == Loss::kBinaryCrossEntropy) {
            judged_each_ = outputs_;
            for (std::size_t j = 0; j < outputs_; ++j) {
                right_ += (y[j] >= T(0.5)) == (t[j] >= T(0.5)) ? 1 : 0;
            }
            return;
        }
        for (std::size_t j = 0; j < outputs_; ++j) {
            const double residual = static_cast<double>(t[j]) - static_cast<double>(y[j]);
            const double around = static_cast<double>(t[j]) - spread_.mean[j];
            spread_.residual[j] += residual * residual;
            spread_.around_mean[j] += around * around;
        }
    }

    double r2() const {
        double sum = 0.0;
        for (std::size_t j = 0; j < outputs_; ++j) {
            const double residual = spread_.residual[j];
            const double around = spread_.changes[j] ? spread_.around_mean[j] : 0.0;
            sum += around != 0.0 ? 1.0 - residual / around : residual == 0.0 ? 1.0 : 0.0;
        }
        return sum / static_cast<double>(outputs_);
    }

    const Net<T>& net_;
    const Samples<T>& samples_;
    std::size_t outputs_;
    Matrix<T> x_;
    Matrix<T> y_;
    std::vector<int> labels_;
    Matrix<T> targets_;
    std::vector<double> losses_;
    std::size_t right_ = 0;
    std::size_t judged_each_ = 1;
    Spread spread_;
};

template <class T>
Metrics metrics_of(const Net<T>& net, const Samples<T>& samples) {
    if (samples.size() == 0) {
        return {};
    }
    nn::check_samples("evaluate", net, samples);
    nn::check_targets("evaluate", net, samples);
    const core::FloatControlScope standard;
    return Measurement<T>(net, samples).run();
}

template <class T>
Matrix<double> confusion_of(const Net<T>& net, const Samples<T>& samples) {
    const std::size_t classes = net.output_size();
    Matrix<double> counts(classes, classes);
    if (samples.size() == 0) {
        return counts;
    }
    nn::check_samples("confusion_matrix", net, samples);
    if (!samples.has_labels()) {
        throw std::invalid_argument("confusion_matrix: expected samples with labels, found targets");
    }
    Matrix<T> x(std::min(kRowBlock, samples.size()), samples.inputs());
    Matrix<T> y(x.rows(), classes);
    std::vector<int> labels(x.rows());
    for (std::size_t first = 0; first < samples.size(); first += kRowBlock) {
        const std::size_t n = std::min(kRowBlock, samples.size() - first);
        samples.gather(first, x.rows(0, n), std::span(labels).first(n));
        net.predict(x.rows(0, n), y.rows(0, n));
        for (std::size_t i = 0; i < n; ++i) {
            counts(static_cast<std::size_t>(labels[i]), largest(nn::row_of(y, i), classes)) += 1.0;
        }
    }
    return counts;
}

}  // namespace

Metrics evaluate(const Net<float>& net, const Samples<float>& samples) {
    return metrics_of(net, samples);
}
Metrics evaluate(const Net<double>& net, const Samples<double>& samples) {
    return metrics_of(net, samples);
}

Matrix<double> confusion_matrix(const Net<float>& net, const Samples<float>& samples) {
    return confusion_of(net, samples);
}
Matrix<double> confusion_matrix(const Net<double>& net, const Samples<double>& samples) {
    return confusion_of(net, samples);
}

}  // namespace thalweg
