// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Who calls f and when: rounds of points, computed by threads, blocks or processes, tried again where they
// fail, kept in a journal, reported. Every value goes to its place by its number.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "differentiate/seam/journal.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/finite_differences.hpp"

namespace thalweg::detail {

// The value of an entry whose evaluations failed.
inline constexpr double kSkipped = std::numeric_limits<double>::quiet_NaN();

// What is known about a point.
enum class State : std::uint8_t { kOpen, kDone, kFailed };

// One call of a derivative: what it asks for, round by round.
class Seam {
public:
    struct Settings {
        const char* op;
        std::size_t outputs;
        int threads;
        Evaluations* evaluations;  // null: the defaults
        std::string method;        // what the journal must agree in, beside x
        std::string pattern = {};  // and other processes, beside both
    };
    Seam(const Settings& settings, std::span<const double> x, PointCaller& caller);
    ~Seam();
    Seam(const Seam&) = delete;
    Seam& operator=(const Seam&) = delete;

    OnFailure on_failure() const noexcept { return evaluations_.on_failure; }
    // Whether one thread computes all, so that few points at a time are best.
    bool alone() const noexcept { return threads_ == 1 && evaluations_.server == nullptr; }
    std::size_t outputs() const noexcept { return outputs_; }
    // How many points in all are expected: for the progress function.
    void expect(std::size_t points) noexcept { expected_ = points; }
    // Points asked for so far.
    std::size_t evaluations() const noexcept { return asked_; }

    // Fills values, `outputs` a point, and their states. With kThrow, points above the lowest one that fails
    // may stay open, and its exception is failure().
    /// throws   EvaluationsCancelled, IoError
    void evaluate(const Points& points, std::span<double> values, std::span<State> states);
    std::exception_ptr failure() const noexcept { return failure_; }

private:
    friend class Batch;
    void check_same(const Settings& settings, std::span<const double> x);
    void open_journal(const Journal::Owner& owner);

    const char* op_;
    PointCaller& caller_;
    Evaluations own_{};
    Evaluations& evaluations_;
    std::size_t outputs_;
    std::size_t threads_;
    bool leads_ = true;
    bool keeps_ = false;  // some process has a journal
    std::size_t asked_ = 0;
    std::size_t done_ = 0;
    std::size_t expected_ = 0;
    std::size_t from_journal_ = 0;
    std::atomic<std::size_t> calls_{0};
    std::atomic<std::size_t> retried_{0};
    std::atomic<std::size_t> failed_{0};
    std::exception_ptr failure_{};
    std::unique_ptr<Journal> journal_{};
};

}  // namespace thalweg::detail
