// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The training loop: draw a batch, gradient, update; evaluate now and then; stop when told or when the loss
// is no number any more.
#include "thalweg/train.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

#include "core/shape_check.hpp"
#include "nn/net_differences.hpp"
#include "nn/pixel_batch.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/error.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

// Images converted and predicted at a time when a whole data set is evaluated: the block stays in the
// second-level cache (256 x 784 floats are 800 KB).
constexpr std::size_t kImageBlock = 256;

constexpr std::size_t kNever = static_cast<std::size_t>(-1);

template <class T>
double share_right(const TwoLayerNet<T>& net, const Dataset& data) {
    check::shape("accuracy", "images", data.size(), net.params.input_size(), data.size(), data.image_size());
    if (data.size() > 0 && nn::mostly_zero(data) && nn::zeros_may_be_left_out(net)) {
        return static_cast<double>(nn::count_right(net, data)) / static_cast<double>(data.size());
    }
    Matrix<T> x(std::min(kImageBlock, data.size()), data.image_size());
    Matrix<T> y(x.rows(), net.params.output_size());
    std::vector<int> labels(x.rows());
    std::size_t right = 0;
    for (std::size_t first = 0; first < data.size(); first += kImageBlock) {
        const std::size_t n = std::min(kImageBlock, data.size() - first);
        const std::span<int> block_labels(labels.data(), n);
        data.gather<T>(first, x.rows(0, n), block_labels);
        net.predict(x.rows(0, n), y.rows(0, n));
        const std::vector<std::size_t> best = argmax(y.rows(0, n), Axis::kCols);
        for (std::size_t i = 0; i < n; ++i) {
            right += best[i] == static_cast<std::size_t>(block_labels[i]) ? 1 : 0;
        }
    }
    return data.size() == 0 ? 0.0 : static_cast<double>(right) / static_cast<double>(data.size());
}

void check_options(const TrainOptions& options) {
    const auto at_least_one = [](const char* name, std::size_t value) {
        if (value == 0) {
            throw ShapeError(std::string("train: ") + name + " must be at least 1, found 0");
        }
    };
    at_least_one("iterations", options.iterations);
    at_least_one("batch_size", options.batch_size);
    at_least_one("eval_every", options.eval_every);
    if (options.gradient == GradientSource::kNumerical) {
        detail::check_step("train", options.h);
    }
}

template <class T>
void check_data(const TwoLayerNet<T>& net, const Dataset& data, const char* part) {
    const std::string name = std::string(part) + " images";
    check::shape("train", name.c_str(), data.size(), net.params.input_size(), data.size(), data.image_size());
    if (data.classes() > net.params.output_size()) {
        throw ShapeError("train: the net must have at least " + std::to_string(data.classes()) +
                         " outputs, one a class of the " + part + " part, found " +
                         std::to_string(net.params.output_size()));
    }
}

// What one run needs from step to step.
template <class T>
class Run {
public:
    Run(TwoLayerNet<T>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
        const TrainCallbacks& callbacks)
        : net_(net),
          data_(data),
          options_(options),
          callbacks_(callbacks),
          rng_(rng),
          batches_(data.train.size(), options.batch_size, options.sampling, rng),
          sparse_(nn::mostly_zero(data.train)) {}

    // The generator has been restored already.
    void start_from(const TrainState& state) {
        batches_.restore(state.batches);
        result_.iterations = state.iteration;
    }

    TrainResult run() {
        const auto begin = std::chrono::steady_clock::now();
        bool go_on = true;
        if (result_.iterations >= options_.iterations) {
            go_on = evaluate(result_.iterations);
        }
        for (std::size_t i = result_.iterations + 1; go_on && i <= options_.iterations; ++i) {
            result_.iterations = i;
            step();
            if (!std::isfinite(result_.last_loss)) {
                result_.stop = TrainStop::kLossNotFinite;
                tell(i);
                break;
            }
            go_on = tell(i);
            if (options_.checkpoint_every != 0 && i % options_.checkpoint_every == 0) {
                go_on = checkpoint() && go_on;
            }
            if (i == 1 || i % options_.eval_every == 0 || i == options_.iterations || !go_on) {
                go_on = evaluate(i) && go_on;
            }
        }
        if (result_.stop != TrainStop::kLossNotFinite && checkpointed_ != result_.iterations) {
            checkpoint();
        }
        if (!go_on && result_.iterations < options_.iterations) {
            result_.stop = TrainStop::kCallback;
        }
        result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        return std::move(result_);
    }

private:
    // One update, unless the loss is not finite.
    void step() {
        const std::span<const std::size_t> rows = batches_.next();
        if (options_.gradient == GradientSource::kNumerical) {
            numerical_step(rows);
            return;
        }
        if (sparse_ && nn::zeros_may_be_left_out(net_)) {
            const auto outcome = pixels_.run(net_, data_.train, rows, options_.optimizer);
            result_.last_loss = pixels_.loss();
            if (outcome != nn::PixelStep<T>::Outcome::kNeedsZeros) {
                return;
            }
        }
        dense_step(rows);
    }
    struct Batch {
        MatrixView<T> x;
        std::span<int> labels;
    };
    Batch gather(std::span<const std::size_t> rows) {
        if (x_.rows() < rows.size()) {
            x_ = Matrix<T>(options_.batch_size, data_.train.image_size());
            labels_.resize(options_.batch_size);
        }
        const Batch batch{x_.rows(0, rows.size()), {labels_.data(), rows.size()}};
        data_.train.gather<T>(rows, batch.x, batch.labels);
        return batch;
    }
    void dense_step(std::span<const std::size_t> rows) {
        const Batch batch = gather(rows);
        result_.last_loss = net_.gradient(batch.x, batch.labels, grads_, workspace_);
        if (std::isfinite(result_.last_loss)) {
            options_.optimizer.update(net_.params, grads_);
        }
    }
    // A loss that is not finite has no differences: the run ends as it does with backpropagation.
    void numerical_step(std::span<const std::size_t> rows) {
        const Batch batch = gather(rows);
        try {
            differences_.run(net_.params, batch.x, batch.labels, {.h = options_.h}, grads_);
        } catch (const DifferenceError&) {
            result_.last_loss = net_.loss(batch.x, batch.labels);
            if (std::isfinite(result_.last_loss)) {
                throw;
            }
            return;
        }
        result_.last_loss = differences_.loss();
        options_.optimizer.update(net_.params, grads_);
    }
    bool tell(std::size_t iteration) const {
        return !callbacks_.on_step || callbacks_.on_step({iteration, result_.last_loss});
    }
    bool checkpoint() {
        checkpointed_ = result_.iterations;
        return !callbacks_.on_checkpoint ||
               callbacks_.on_checkpoint({result_.iterations, rng_.state(), batches_.state()});
    }
    bool evaluate(std::size_t iteration) {
        const TrainEvaluation evaluation{iteration, share_right(net_, data_.train),
                                         share_right(net_, data_.test)};
        result_.evaluations.push_back(evaluation);
        return !callbacks_.on_evaluation || callbacks_.on_evaluation(evaluation);
    }

    TwoLayerNet<T>& net_;
    const TrainTest& data_;
    const TrainOptions& options_;
    const TrainCallbacks& callbacks_;
    Rng& rng_;
    MiniBatches batches_;
    bool sparse_;
    nn::PixelStep<T> pixels_;
    nn::NumericalGradient<T> differences_;
    Matrix<T> x_;  // this and what follows: only for steps on dense pixels
    std::vector<int> labels_;
    TwoLayerParams<T> grads_;
    TwoLayerWorkspace<T> workspace_;
    std::size_t checkpointed_ = kNever;
    TrainResult result_;
};

template <class T>
TrainResult run_training(TwoLayerNet<T>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                         const TrainCallbacks& callbacks, const TrainState* from = nullptr) {
    check_options(options);
    check_data(net, data.train, "training");
    check_data(net, data.test, "test");
    Run<T> run(net, data, options, rng, callbacks);
    if (from != nullptr) {
        run.start_from(*from);
    }
    return run.run();
}

template <class T>
TrainResult run_resumed(TwoLayerNet<T>& net, const TrainTest& data, const TrainOptions& options,
                        const TrainState& from, const TrainCallbacks& callbacks) {
    Rng rng(0);
    rng.restore(from.rng);
    return run_training(net, data, options, rng, callbacks, &from);
}

}  // namespace

TrainResult train(TwoLayerNet<float>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                  const TrainCallbacks& callbacks) {
    return run_training(net, data, options, rng, callbacks);
}

TrainResult train(TwoLayerNet<double>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                  const TrainCallbacks& callbacks) {
    return run_training(net, data, options, rng, callbacks);
}

TrainResult resume_training(TwoLayerNet<float>& net, const TrainTest& data, const TrainOptions& options,
                            const TrainState& from, const TrainCallbacks& callbacks) {
    return run_resumed(net, data, options, from, callbacks);
}

TrainResult resume_training(TwoLayerNet<double>& net, const TrainTest& data, const TrainOptions& options,
                            const TrainState& from, const TrainCallbacks& callbacks) {
    return run_resumed(net, data, options, from, callbacks);
}

double accuracy(const TwoLayerNet<float>& net, const Dataset& data) {
    return share_right(net, data);
}

double accuracy(const TwoLayerNet<double>& net, const Dataset& data) {
    return share_right(net, data);
}

}  // namespace thalweg
