// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One round of points as work: in which order, by whom, and what became of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "differentiate/seam/seam.hpp"

namespace thalweg::detail {

class Batch final : public EvaluationBatch {
public:
    Batch(Seam& seam, const Points& points, std::span<double> values, std::span<State> states)
        : seam_(seam), points_(points), values_(values), states_(states), lowest_(points.size()) {
        if (seam.evaluations_.server != nullptr) {
            accepted_.resize(points.size());
        }
    }

    std::size_t size() const noexcept override { return points_.size(); }
    bool needed(std::size_t k) const noexcept override {
        const std::lock_guard<std::mutex> lock(mutex_);
        return going_on(k) && accepted_[k] == 0;
    }
    void compute(std::size_t first, std::size_t last, std::vector<std::byte>& outcomes) override;
    void accept(std::span<const std::byte> outcomes) override;

    // What is known before anything is computed.
    void take_journal();
    void read_journal(std::vector<std::byte>& known);
    // Computes on the threads of this process.
    void run(std::size_t first, std::size_t last) noexcept;
    // Throws what ends the call in every process.
    void finish();
    // What f threw at the lowest point where it failed.
    const std::exception_ptr& failure() const noexcept { return thrown_; }

private:
    const Evaluations& options() const noexcept { return seam_.evaluations_; }
    std::size_t outputs() const noexcept { return seam_.outputs_; }
    std::span<double> row(std::size_t k) const noexcept { return values_.subspan(k * outputs(), outputs()); }
    bool going_on(std::size_t k) const noexcept { return !stopped_ && k < lowest_; }
    bool served() const noexcept { return options().server != nullptr; }
    bool watched() const noexcept { return seam_.journal_ != nullptr || options().progress; }
    std::size_t points_at_once(std::size_t count, std::size_t team) const noexcept;
    void work(std::size_t worker, std::size_t first, std::size_t last);
    std::size_t step(std::size_t worker, std::size_t first, std::size_t last);
    void try_again(std::size_t worker, std::size_t k, std::exception_ptr thrown);
    void fail(std::size_t k, const std::exception_ptr& thrown);
    void failed(std::size_t k, const std::exception_ptr& thrown);
    void stop(const std::exception_ptr& why) noexcept;
    void finished(std::size_t first, std::size_t last);
    void keep(std::size_t first, std::size_t last);
    void put_outcome(std::size_t k, std::vector<std::byte>& outcomes) const;
    std::size_t take_outcome(std::span<const std::byte> outcomes, bool kept);

    Seam& seam_;
    const Points& points_;
    std::span<double> values_;
    std::span<State> states_;
    mutable std::mutex mutex_{};  // what is below, the journal and the progress function
    std::mutex computing_{};      // compute() of a server's threads
    std::vector<std::uint8_t> accepted_{};
    std::vector<Journal::Key> keys_{};
    std::unordered_map<std::size_t, std::string> messages_{};
    std::size_t failed_at_ = static_cast<std::size_t>(-1);
    std::exception_ptr thrown_{};  // there
    std::exception_ptr stopping_{};
    std::atomic<std::size_t> lowest_;  // points from here on are not needed
    std::atomic<bool> stopped_{false};
};

}  // namespace thalweg::detail
