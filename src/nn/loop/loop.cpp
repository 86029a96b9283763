// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/loop/loop.hpp"

#include <chrono>
#include <cmath>

namespace thalweg::nn {

Loop::End Loop::run(const LoopPlan& plan) {
    constexpr auto kNever = static_cast<std::size_t>(-1);
    const auto begin = std::chrono::steady_clock::now();
    End end;
    end.iterations = plan.begin;
    std::size_t checkpointed = kNever;
    std::size_t evaluated = kNever;
    // Past the last number there is no plan.begin + 1.
    const bool trains = plan.begin < plan.iterations;
    bool go_on = trains || evaluate(plan.begin);
    for (std::size_t i = plan.begin + 1; go_on && trains && i <= plan.iterations; ++i) {
        end.iterations = i;
        end.last_loss = step();
        if (!std::isfinite(end.last_loss)) {
            end.stop = TrainStop::kLossNotFinite;
            tell(i, end.last_loss);
            break;
        }
        go_on = tell(i, end.last_loss);
        const bool saves = plan.checkpoint_every != 0 && i % plan.checkpoint_every == 0;
        const auto save = [&] {
            checkpointed = i;
            go_on = checkpoint(i) && go_on;
        };
        const auto look = [&] {
            evaluated = i;
            go_on = evaluate(i) && go_on;
        };
        if (saves && !plan.evaluate_before_checkpoint) {
            save();
        }
        if ((i == 1 && plan.evaluate_first) || i % plan.eval_every == 0 || i == plan.iterations || !go_on) {
            look();
        }
        if (saves && plan.evaluate_before_checkpoint) {
            save();
        }
        // A checkpoint may have ended the run.
        if (!go_on && evaluated != i) {
            look();
        }
    }
    if (end.stop != TrainStop::kLossNotFinite && checkpointed != end.iterations) {
        checkpoint(end.iterations);
    }
    if (!go_on && end.iterations < plan.iterations) {
        end.stop = reason_;
    }
    end.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return end;
}

}  // namespace thalweg::nn
