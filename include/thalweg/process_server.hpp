// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Evaluations of a function shared out over processes: Evaluations::server.
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/communicator.hpp"
#include "thalweg/evaluations.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// How evaluations are dealt out.
enum class Dealing {
    kDynamic,  ///< to whoever has nothing to do: one after another where they are long, many where short
    kStatic,   ///< beforehand, in equal shares: progress is told and the journal written once all are done
};

/// Shares evaluations out over the processes of a communicator. Every process calls the same derivative with
/// a server of its own; each result has the bits of one process, because one process computes it whole.
/// Process 0 writes the journal and tells the progress. It deals and computes at once: with kDynamic, f is
/// called there by another thread than the caller's.
///
///     mpi_main(count, arguments, [](MpiCommunicator& processes) {
///         ProcessServer server(processes);
///         Evaluations evaluations;
///         evaluations.server = &server;
///         GradientOptions options;
///         options.evaluations = &evaluations;
///         const auto result = numerical_gradient(simulate, x, options);
///         return 0;
///     });
///
/// throws   CommunicatorError
class ProcessServer final : public EvaluationServer {
public:
    /// Takes the processes, which must outlive it. at_once: evaluations that a process computes at a time, by
    /// the threads of the derivative's options; at least 1.
    explicit ProcessServer(Communicator& processes, Dealing dealing = Dealing::kDynamic,
                           std::size_t at_once = 1) noexcept
        : processes_(processes), dealing_(dealing), at_once_(at_once == 0 ? 1 : at_once) {}

    void serve(EvaluationBatch& batch) override;
    bool leads() const noexcept override { return processes_.rank() == 0; }
    void share(std::vector<std::byte>& bytes) override;

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
