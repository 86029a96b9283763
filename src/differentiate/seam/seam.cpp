// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What all rounds of a call have in common.
#include "differentiate/seam/seam.hpp"

#include <algorithm>
#include <stdexcept>

#include "differentiate/seam/batch.hpp"
#include "differentiate/seam/columns.hpp"
#include "thalweg/error.hpp"
#include "thalweg/threads.hpp"

namespace thalweg {

EvaluationServer::~EvaluationServer() = default;

bool EvaluationServer::leads() const noexcept {
    return true;
}

void EvaluationServer::share(std::vector<std::byte>& /*bytes*/) {}

void EvaluationServer::check_same(const char* /*op*/,
                                  const std::vector<std::pair<std::string, std::string>>& /*values*/) {}

namespace detail {
namespace {

constexpr int kMostRetries = 1000;

}  // namespace

PointCaller::~PointCaller() = default;

void throw_bad_count(const char* op, std::size_t expected, std::size_t found) {
    throw ShapeError(std::string(op) + ": f must return " + std::to_string(expected) +
                     (expected == 1 ? " value" : " values") + ", found " + std::to_string(found));
}

void Points::clear() noexcept {
    points.clear();
    to.clear();
}

void Points::begin(const std::uint32_t* variables, std::size_t count) {
    points.push_back({variables, count, to.size()});
}

BlockRows::BlockRows() = default;
BlockRows::~BlockRows() = default;

void BlockRows::provide(std::size_t count) {
    if (workers_.size() < count) {
        workers_.resize(count);
    }
}

bool BlockRows::takes_blocks() const noexcept {
    return true;
}

MatrixView<const double> BlockRows::rows(std::size_t worker, const Points& points, std::size_t first,
                                         std::size_t last) {
    Matrix<double>& rows = workers_[worker];
    if (rows.rows() < last - first) {
        rows = Matrix<double>(last - first, points.x.size());
    }
    for (std::size_t k = first; k < last; ++k) {
        const std::span<double> row(rows.data() + (k - first) * points.x.size(), points.x.size());
        std::copy(points.x.begin(), points.x.end(), row.begin());
        points.move(points.points[k], row);
    }
    return {rows.data(), last - first, rows.cols()};
}

Seam::Seam(const Settings& settings, std::span<const double> x, PointCaller& caller)
    : op_(settings.op),
      caller_(caller),
      evaluations_(settings.evaluations != nullptr ? *settings.evaluations : own_),
      outputs_(settings.outputs),
      threads_(static_cast<std::size_t>(settings.threads == 0 ? thalweg::threads() : settings.threads)) {
    if (evaluations_.retries < 0 || evaluations_.retries > kMostRetries) {
        throw std::invalid_argument(std::string(op_) + ": Evaluations::retries must be from 0 to " +
                                    std::to_string(kMostRetries) + ", found " +
                                    std::to_string(evaluations_.retries));
    }
    evaluations_.report = {};
    leads_ = evaluations_.server == nullptr || evaluations_.server->leads();
    check_same(settings, x);
    open_journal({op_, evaluations_.function, settings.method, outputs_, x});
}

// Processes that ask for other points would wait for one another, or mix their values.
void Seam::check_same(const Settings& settings, std::span<const double> x) {
    if (evaluations_.server == nullptr) {
        return;
    }
    const auto failure = static_cast<int>(evaluations_.on_failure);
    evaluations_.server->check_same(
        op_, {{"x", std::to_string(x.size()) + " variables, checksum " + fingerprint(x)},
              {"the number of outputs", std::to_string(outputs_)},
              {"the method", settings.method},
              {"the pattern", settings.pattern},
              {"Evaluations::function", evaluations_.function},
              {"what failures and retries mean",
               std::to_string(failure) + " and " + std::to_string(evaluations_.retries)}});
}

// Where it is rejected, it is rejected in every process.
void Seam::open_journal(const Journal::Owner& owner) {
    std::exception_ptr rejected;
    std::vector<std::byte> why;
    try {
        keeps_ = leads_ && !evaluations_.journal.empty();
        if (keeps_) {
            journal_ = std::make_unique<Journal>(evaluations_.journal, owner);
        }
    } catch (const std::exception& error) {
        rejected = std::current_exception();
        const std::string text = error.what();
        const auto bytes = std::as_bytes(std::span(text));
        why.assign(bytes.begin(), bytes.end());
    }
    if (evaluations_.server != nullptr) {
        // A message, and behind it whether there is a journal.
        why.push_back(std::byte{keeps_});
        evaluations_.server->share(why);
        keeps_ = why.back() != std::byte{0};
        why.pop_back();
    }
    if (rejected) {
        std::rethrow_exception(rejected);
    }
    if (!why.empty()) {
        throw IoError(std::string(reinterpret_cast<const char*>(why.data()), why.size()));
    }
}

Seam::~Seam() {
    evaluations_.report = {.calls = calls_,
                           .from_journal = from_journal_,
                           .retried = retried_,
                           .failed = failed_,
                           .rejected = journal_ != nullptr ? journal_->rejected() : 0};
}

void Seam::evaluate(const Points& points, std::span<double> values, std::span<State> states) {
    std::fill(states.begin(), states.end(), State::kOpen);
    asked_ += points.size();
    if (points.size() == 0) {
        return;
    }
    Batch batch(*this, points, values, states);
    batch.take_journal();
    if (evaluations_.server != nullptr) {
        evaluations_.server->serve(batch);
    } else {
        batch.run(0, points.size());
    }
    batch.finish();
    failure_ = batch.failure();
}

}  // namespace detail
}  // namespace thalweg
