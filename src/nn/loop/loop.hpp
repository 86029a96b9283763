// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The training loop: one step after another; evaluate now and then; stop when a callback says so or when the
// loss is no number any more. Which net, which data and what is told to whom are its runs' affair.
#pragma once

#include <cstddef>

#include "thalweg/train.hpp"

namespace thalweg::nn {

// When a run does what, in updates.
struct LoopPlan {
    std::size_t begin = 0;  // made before
    std::size_t iterations = 0;
    std::size_t eval_every = 1;
    bool evaluate_first = false;              // after update 1 as well
    std::size_t checkpoint_every = 0;         // 0: at the end only
    bool evaluate_before_checkpoint = false;  // because evaluations change the state
};

class Loop {
public:
    Loop() = default;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    virtual ~Loop() = default;

    // result: stop, iterations, last_loss and seconds are its own.
    template <class Result>
    void run(const LoopPlan& plan, Result& result) {
        const End end = run(plan);
        result.stop = end.stop;
        result.iterations = end.iterations;
        result.last_loss = end.last_loss;
        result.seconds = end.seconds;
    }

protected:
    // One update and its batch's loss; no update where that is not finite.
    virtual double step() = 0;
    // The others return false to end the run after this update.
    virtual bool tell(std::size_t iteration, double loss) = 0;
    virtual bool checkpoint(std::size_t iteration) = 0;
    virtual bool evaluate(std::size_t iteration) = 0;

    // Why the run ends, when one of them returns false and it was no callback.
    void end_because(TrainStop reason) noexcept { reason_ = reason; }

private:
    struct End {
        TrainStop stop = TrainStop::kDone;
        std::size_t iterations = 0;
        double last_loss = 0.0;
        double seconds = 0.0;
    };
    End run(const LoopPlan& plan);

    TrainStop reason_ = TrainStop::kCallback;
};

}  // namespace thalweg::nn
