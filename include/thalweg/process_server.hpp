// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Evaluations of a function shared out over processes: Evaluations::server.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/communicator.hpp"
#include "thalweg/evaluations.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// How evaluations are dealt out.
enum class Dealing {
    kDynamic,  ///< to whoever has nothing to do: one after another where they are long, many where short
    kStatic,   ///< beforehand, in equal shares: progress and journal come once all are done
};

/// Shares evaluations out over the processes of a communicator. Every process calls the same derivative with
/// a server of its own; each result has the bits of one process, because one process computes it whole.
/// Process 0 writes the journal and reports progress. It deals and computes at once: with kDynamic, f is
/// called there by another thread than the caller's.
///
///     OneProcess process;  // or an MpiCommunicator, with others
///     ProcessServer server(process);
///     Evaluations evaluations;
///     evaluations.server = &server;
///     GradientOptions options;
///     options.evaluations = &evaluations;
///     const std::vector<double> x = {3.0, 4.0};
///     const auto f = [](const std::vector<double>& at) { return at[0] * at[1]; };
///     numerical_gradient(f, x, options).gradient[0];  // 4.000000
///
/// throws   CommunicatorError
class ProcessServer final : public EvaluationServer {
public:
    /// Takes the processes, which must outlive it. at_once: evaluations that a process computes at a time, by
    /// the threads of the derivative's options; at least 1.
    explicit ProcessServer(Communicator& processes, Dealing dealing = Dealing::kDynamic,
                           std::size_t at_once = 1) noexcept
        : processes_(processes), dealing_(dealing), at_once_(at_once == 0 ? 1 : at_once) {}

    /// Has all of a batch computed by some process and accepted by all.
    void serve(EvaluationBatch& batch) override;
    /// Returns true in process 0.
    bool leads() const noexcept override { return processes_.rank() == 0; }
    /// Replaces bytes by those of process 0.
    /// shape    bytes: of any length
    void share(std::vector<std::byte>& bytes) override;
    /// Refuses processes that differ in a value, in how they deal, in the version of the library or in how
    /// products are rounded.
    void check_same(const char* op, const std::vector<std::pair<std::string, std::string>>& values) override;

private:
    void serve_alone(EvaluationBatch& batch);
    void serve_shares(EvaluationBatch& batch);
    void deal(EvaluationBatch& batch);
    void work(EvaluationBatch& batch);

    Communicator& processes_;
    Dealing dealing_;
    std::size_t at_once_;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
