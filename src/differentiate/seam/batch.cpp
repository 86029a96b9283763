// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// f called at the points of a round by a team of threads, and again where it failed.
#include "differentiate/seam/batch.hpp"

#include <algorithm>
#include <utility>

#include "parallel/message_of.hpp"
#include "parallel/team.hpp"

namespace thalweg::detail {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kBlockPoints = 256;
// Points that a thread takes at once where nobody looks at single ones: what a lock costs is lost among them.
constexpr std::size_t kRun = 1024;

bool all_finite(std::span<const double> values) noexcept {
    return std::all_of(values.begin(), values.end(), [](double value) { return is_finite(value); });
}

}  // namespace

std::size_t Batch::points_at_once(std::size_t count, std::size_t team) const noexcept {
    if (seam_.caller_.takes_blocks()) {
        const std::size_t row_bytes = std::max<std::size_t>(points_.x.size(), 1) * sizeof(double);
        const std::size_t fits = std::clamp<std::size_t>(kBlockBytes / row_bytes, 1, kBlockPoints);
        return options().block != 0 ? std::min(options().block, count) : fits;
    }
    if (watched()) {
        return 1;
    }
    return team <= 1 ? count : std::clamp<std::size_t>(count / (8 * team), 1, kRun);
}

void Batch::run(std::size_t first, std::size_t last) noexcept {
    try {
        const std::size_t team = std::min(seam_.threads_, last - first);
        const std::size_t run = points_at_once(last - first, team);
        seam_.caller_.provide(team);
        std::atomic<std::size_t> next{first};
        const auto callers = core::FloatControl::current();
        parallel::run_unwatched(team, [&](const parallel::Part& mine) {
            // f computes on every thread as it would on the caller's.
            const core::FloatControlScope as_caller(callers);
            for (std::size_t k = next.fetch_add(run); k < last && going_on(k); k = next.fetch_add(run)) {
                try {
                    work(mine.index, k, std::min(k + run, last));
                } catch (...) {
                    stop(std::current_exception());
                }
            }
        });
    } catch (...) {
        stop(std::current_exception());
    }
}

void Batch::work(std::size_t worker, std::size_t first, std::size_t last) {
    for (std::size_t k = first; k < last && going_on(k);) {
        std::size_t end = last;
        if (seam_.journal_ != nullptr || served()) {
            if (states_[k] != State::kOpen) {
                ++k;
                continue;
            }
            for (end = k + 1; end < last && states_[end] == State::kOpen; ++end) {
            }
        }
        k = step(worker, k, end);
    }
}

// Calls f from the first point to the last, or to where it throws; returns the first point to go on with.
std::size_t Batch::step(std::size_t worker, std::size_t first, std::size_t last) {
    std::size_t at = first;
    std::exception_ptr thrown;
    try {
        seam_.caller_.call(worker, points_, first, last, row(first).data(), at);
        at = last;
    } catch (...) {
        thrown = std::current_exception();
    }
    seam_.calls_ += at - first + (thrown ? 1U : 0U);
    std::fill(states_.begin() + static_cast<std::ptrdiff_t>(first),
              states_.begin() + static_cast<std::ptrdiff_t>(at), State::kDone);
    // Where nobody goes on after a failure, the values themselves say so.
    const bool looks = options().retries > 0 || options().on_failure != OnFailure::kThrow;
    for (std::size_t k = first; looks && k < at; ++k) {
        if (!all_finite(row(k))) {
            try_again(worker, k, nullptr);
            seam_.failed_ += states_[k] == State::kDone && !all_finite(row(k)) ? 1U : 0U;
        }
    }
    finished(first, at);
    if (!thrown) {
        return last;
    }
    // A block failed: which of its points did?
    const bool alone = last - first == 1 || !seam_.caller_.takes_blocks();
    if (!alone && (options().retries > 0 || options().on_failure != OnFailure::kThrow)) {
        --seam_.calls_;
        for (std::size_t k = first; k < last && going_on(k); ++k) {
            step(worker, k, k + 1);
        }
        return last;
    }
    try_again(worker, at, thrown);
    finished(at, at + 1);
    return at + 1;
}

void Batch::try_again(std::size_t worker, std::size_t k, std::exception_ptr thrown) {
    for (int tries = 0; tries < options().retries; ++tries) {
        ++seam_.retried_;
        std::size_t at = k;
        thrown = nullptr;
        try {
            seam_.caller_.call(worker, points_, k, k + 1, row(k).data(), at);
        } catch (...) {
            thrown = std::current_exception();
        }
        if (!thrown && all_finite(row(k))) {
            break;
        }
    }
    if (thrown) {
        fail(k, thrown);
    } else {
        states_[k] = State::kDone;
    }
}

void Batch::fail(std::size_t k, const std::exception_ptr& thrown) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++seam_.failed_;
    states_[k] = State::kFailed;
    if (served()) {
        messages_[k] = parallel::message_of(thrown, "f");
    }
    failed(k, thrown);
}

// The exception of the lowest point wins; the mutex is held.
void Batch::failed(std::size_t k, const std::exception_ptr& thrown) {
    if (k < failed_at_) {
        failed_at_ = k;
        thrown_ = thrown;
    }
    if (options().on_failure == OnFailure::kThrow && k < lowest_) {
        lowest_ = k;
    }
}

void Batch::stop(const std::exception_ptr& why) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!stopping_) {
        stopping_ = why;
    }
    stopped_ = true;
}

void Batch::finished(std::size_t first, std::size_t last) {
    if (watched() && !served() && first < last) {
        const std::lock_guard<std::mutex> lock(mutex_);
        keep(first, last);
    }
}

// Writes the journal and reports progress; the mutex is held.
void Batch::keep(std::size_t first, std::size_t last) {
    for (std::size_t k = first; k < last; ++k) {
        if (seam_.journal_ != nullptr && states_[k] == State::kDone && all_finite(row(k))) {
            seam_.journal_->append(keys_[k], row(k));
        }
    }
    seam_.done_ += last - first;
    if (seam_.leads_ && options().progress && !stopped_) {
        const std::size_t all = std::max(seam_.expected_, seam_.asked_);
        if (!options().progress({seam_.done_, all - seam_.done_, seam_.from_journal_})) {
            throw EvaluationsCancelled(std::string(seam_.op_) + ": ended by the progress function after " +
                                       std::to_string(seam_.done_) + " of " + std::to_string(all) +
                                       " evaluations");
        }
    }
}

}  // namespace thalweg::detail
