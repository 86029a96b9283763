// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How differences call a function that is slow, fails at times, or runs elsewhere: what a failure means, a
// journal from which a killed run resumes, progress, blocks of points, other machines. A derivative asks for
// the values at many points at once, evaluate(points) -> values; each value goes to its place by its number,
// so that results do not depend on who computed it. GradientOptions::evaluations leads here.
//
//     Evaluations evaluations;
//     evaluations.retries = 2;
//     evaluations.journal = "wing.journal";
//     evaluations.function = "wing, mesh 3";
//     GradientOptions options;
//     options.evaluations = &evaluations;
//     numerical_gradient(simulate, x, options);
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/callback.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables"
#endif

/// What to do about an evaluation that fails: f throws, or returns a value that is not finite.
enum class OnFailure {
    kThrow,  ///< the call ends with the exception of the lowest variable, on any number of threads
    kSkip,   ///< entries that need it are NaN, and are listed as skipped
    /// Its variables begin again with a quarter of the step, six times at most; then as kSkip. Listed as
    /// shrunk.
    kShrink,
};

/// How far a call is.
struct EvaluationProgress {
    std::size_t done = 0;          ///< evaluations finished, those of the journal included
    std::size_t to_do = 0;         ///< evaluations still to do, as far as is known: a method may ask for more
    std::size_t from_journal = 0;  ///< how many of `done` the journal had
};

/// What a call has done.
struct EvaluationReport {
    std::size_t calls = 0;  ///< points at which f was called here, each once however often it was tried
    std::size_t from_journal = 0;  ///< points whose values came from the journal
    std::size_t retried = 0;       ///< calls that were made again
    std::size_t failed = 0;        ///< points at which the last try failed
    std::size_t rejected = 0;      ///< records of the journal that were damaged, and computed again
};

/// The call was ended by its progress function. The journal keeps what was done.
class EvaluationsCancelled : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// f threw in another process: what() is the message there.
class EvaluationError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Evaluations to be shared out: numbers 0 to size() - 1.
class EvaluationBatch {
public:
    /// Returns how many there are.
    virtual std::size_t size() const noexcept = 0;
    /// Returns false once nobody needs evaluation k: a lower one has failed, the journal had it, or the call
    /// was cancelled. It may be computed all the same.
    virtual bool needed(std::size_t k) const noexcept = 0;
    /// Computes [first, last) on the threads of this process and appends the outcomes, values or messages of
    /// failures, to bytes; what nobody needs is left out.
    /// threads  several threads may call this at once
    virtual void compute(std::size_t first, std::size_t last, std::vector<std::byte>& outcomes) = 0;
    /// Takes outcomes that compute() made, here or in another process, in any order. The first process writes
    /// its journal and reports progress now.
    /// shape    any number of whole outcomes
    /// threads  several threads may call this at once
    virtual void accept(std::span<const std::byte> outcomes) = 0;

protected:
    ~EvaluationBatch() = default;
};

/// Who computes which evaluation. Every process calls the same derivative; serve() shares the work out, and
/// ends in each when all outcomes were accepted there.
class EvaluationServer {
public:
    /// Destroys whatever serves.
    virtual ~EvaluationServer();
    /// Has every evaluation that is needed computed by some process and accepted by all.
    virtual void serve(EvaluationBatch& batch) = 0;
    /// Returns true in one process: it has the journal and the progress function.
    virtual bool leads() const noexcept;
    /// Replaces bytes by those of the process that leads.
    virtual void share(std::vector<std::byte>& bytes);
    /// Checks before the first evaluation that all processes say the same of the call: names and values, such
    /// as {"x", "64 variables, checksum ..."}. Where nothing else is written, nothing is checked.
    virtual void check_same(const char* op, const std::vector<std::pair<std::string, std::string>>& values);
};

/// How f is called, and afterwards how that went. One object for each call that runs at a time.
struct Evaluations {
    /// What to do when all tries have failed.
    OnFailure on_failure = OnFailure::kThrow;
    /// So many more tries where f throws or returns a value that is not finite. From 0 to 1000.
    int retries = 0;
    /// The path of a file to which finished evaluations are appended; empty: none. A file that is there is
    /// read first, and f is not called where it knows the values: a killed run resumes, with the same bits.
    /// A record that was cut off or damaged is computed again. With a server only that of the process that
    /// leads counts.
    std::string journal = {};
    /// What identifies f in the journal: name, version, input. A journal of another function, point or set of
    /// options is rejected.
    std::string function = {};
    /// Called by one thread at a time, at most once an evaluation; false ends the call.
    Callback<bool(const EvaluationProgress&)> progress = {};
    /// Points that a BlockFunction gets at once; 0: as many as fit into 1 MB, 256 at most.
    std::size_t block = 0;
    /// Who shares the work out over processes; none: this process does all.
    EvaluationServer* server = nullptr;
    /// What the last call has done.
    EvaluationReport report = {};
};

/// A function of many points at once: f(points, values) gets a MatrixView<const double> [count, variables],
/// one point a row, and fills a MatrixView<double> [count, outputs]. Pass it where a function is asked for.
///
///     const auto f = [](MatrixView<const double> points, MatrixView<double> values) {
///         for (std::size_t k = 0; k < points.rows(); ++k) {
///             values(k, 0) = points(k, 0) * points(k, 1);
///         }
///     };
///     const std::vector<double> x = {3.0, 4.0};
///     numerical_gradient(BlockFunction(f), x, GradientOptions{}).gradient[0];  // 4.000000
///
/// range    a value that is not written counts as not finite
/// threads  options.threads: so many blocks at once
template <class Function>
class BlockFunction {
public:
    /// Takes f.
    explicit BlockFunction(Function f) : f_(std::move(f)) {}
    /// Returns f.
    Function& function() noexcept { return f_; }
    const Function& function() const noexcept { return f_; }

private:
    Function f_;
};

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace thalweg
THALWEG_END_PUBLIC
