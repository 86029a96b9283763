// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Under mpirun: every derivative that asks for rounds of points, dealt out over processes, against the bits
// of this process alone; failures, tries and exceptions; processes without anything to do; and processes that
// ask for different things. `derivatives journal FILE N` ends after N evaluations; `derivatives journal FILE`
// goes on from there. Whatever is not as expected is a line, and status 1.
#include "thalweg/derivatives.hpp"

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "thalweg/evaluations.hpp"
#include "thalweg/jacobian.hpp"
#include "thalweg/mpi.hpp"
#include "thalweg/process_server.hpp"

namespace {

using namespace thalweg;
using Vector = std::vector<double>;

constexpr std::size_t kVariables = 17;
constexpr std::size_t kOutputs = 16;

Vector point(std::size_t n = kVariables) {
    Vector x(n);
    for (std::size_t i = 0; i < n; ++i) {
        x[i] = 0.3 + 0.07 * static_cast<double>(i);
    }
    return x;
}

double f(std::span<const double> x) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        sum += std::sin(x[i]) * x[(i + 1) % x.size()];
    }
    return sum;
}

// Output r depends on the variables r and r + 1.
void chain(std::span<const double> x, std::span<double> y) {
    for (std::size_t r = 0; r < y.size(); ++r) {
        y[r] = std::exp(0.1 * x[r]) * x[r + 1];
    }
}

SparsityPattern chain_pattern() {
    std::vector<std::size_t> rows;
    std::vector<std::size_t> cols;
    for (std::size_t r = 0; r < kOutputs; ++r) {
        rows.insert(rows.end(), {r, r});
        cols.insert(cols.end(), {r, r + 1});
    }
    return {kOutputs, kVariables, rows, cols};
}

int status = 0;

void expect(const MpiCommunicator& processes, bool right, const std::string& what,
            const std::string& found = "another") {
    if (!right) {
        std::printf("process %zu of %zu: expected %s, found %s\n", processes.rank(), processes.size(),
                    what.c_str(), found.c_str());
        status = 1;
    }
}

std::uint64_t sum_over(MpiCommunicator& processes, std::uint64_t here) {
    std::vector<std::uint64_t> all(processes.size());
    all[processes.rank()] = here;
    processes.gather(std::as_writable_bytes(std::span(all)),
                     std::vector<std::size_t>(processes.size(), sizeof here));
    std::uint64_t sum = 0;
    for (const std::uint64_t each : all) {
        sum += each;
    }
    return sum;
}

template <class Body>
std::string thrown_by(const Body& body) {
    try {
        body();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing";
}

struct Derivation {
    const char* name;
    std::function<Vector(const GradientOptions&)> of;
};

Vector flat(const Matrix<double>& m) {
    return {m.data(), m.data() + m.size()};
}

std::vector<Derivation> all_derivations() {
    const auto gradient = [](DifferenceMethod method, bool estimate) {
        return [=](GradientOptions options) {
            options.method = method;
            options.estimate_error = estimate;
            const GradientResult result = numerical_gradient(f, point(), options);
            Vector all = result.gradient;
            all.insert(all.end(), result.error_estimate.begin(), result.error_estimate.end());
            return all;
        };
    };
    const auto blocks = [](MatrixView<const double> points, MatrixView<double> values) {
        for (std::size_t k = 0; k < points.rows(); ++k) {
            values(k, 0) = f(std::span(&points(k, 0), points.cols()));
        }
    };
    const Vector v(kVariables, 0.5);
    return {
        {"gradient, kCentral2", gradient(DifferenceMethod::kCentral2, false)},
        {"gradient, kCentral6 with estimates", gradient(DifferenceMethod::kCentral6, true)},
        {"gradient, kRidders", gradient(DifferenceMethod::kRidders, true)},
        {"gradient of blocks",
         [=](const GradientOptions& o) {
             return numerical_gradient(BlockFunction(blocks), point(), o).gradient;
         }},
        {"jacobian", [](const GradientOptions& o) { return flat(jacobian(chain, point(), kOutputs, o)); }},
        {"jacobian by groups",
         [](const GradientOptions& o) { return jacobian(chain, point(), chain_pattern(), o).values; }},
        {"pattern",
         [](const GradientOptions& o) {
             const auto cols = probe_sparsity(chain, point(), kOutputs, o);
             return Vector(cols.cols().begin(), cols.cols().end());
         }},
        {"hessian", [](const GradientOptions& o) { return flat(hessian(f, point(), o)); }},
        {"hessian times a vector",
         [=](const GradientOptions& o) { return hessian_vector_product(f, point(), v, o); }},
        {"along a direction",
         [=](const GradientOptions& o) { return Vector{directional_derivative(f, point(), v, o).value}; }},
    };
}

void check_bits(MpiCommunicator& processes, Dealing dealing) {
    ProcessServer server(processes, dealing, 2);
    for (const Derivation& each : all_derivations()) {
        const Vector wanted = each.of({});
        for (const int threads : {1, 2}) {
            Evaluations evaluations;
            evaluations.server = &server;
            const Vector found = each.of({.threads = threads, .evaluations = &evaluations});
            expect(processes, found == wanted, std::string(each.name) + ": the bits of one process");
        }
        Evaluations alone;
        each.of({.evaluations = &alone});
        Evaluations evaluations;
        evaluations.server = &server;
        each.of({.evaluations = &evaluations});
        const std::uint64_t calls = sum_over(processes, evaluations.report.calls);
        expect(processes, calls == alone.report.calls,
               std::string(each.name) + ": " + std::to_string(alone.report.calls) + " calls in all",
               std::to_string(calls));
    }
}

// Variables 4 and 9 have no values beyond where they are.
double f_with_holes(std::span<const double> x) {
    const Vector at = point();
    for (const std::size_t i : {std::size_t{9}, std::size_t{4}}) {
        if (x[i] != at[i]) {
            throw std::runtime_error("no value for variable " + std::to_string(i));
        }
    }
    return f(x);
}

void check_failures(MpiCommunicator& processes, Dealing dealing) {
    ProcessServer server(processes, dealing);
    Evaluations evaluations;
    evaluations.server = &server;
    const GradientOptions options{.h = 1e-4, .evaluations = &evaluations};
    const auto said = thrown_by([&] { numerical_gradient(f_with_holes, point(), options); });
    expect(processes, said == "no value for variable 4", "the exception of variable 4", said);
    const auto of_no_kind = [](std::span<const double>) -> double { throw 7; };
    const auto kind = thrown_by([&] {
        try {
            numerical_gradient(of_no_kind, point(), options);
        } catch (int) {
            throw std::runtime_error("what is no std::exception");
        }
    });
    expect(processes, kind.find("no std::exception") != std::string::npos, "an exception of no kind", kind);

    evaluations.on_failure = OnFailure::kSkip;
    const GradientResult skipped = numerical_gradient(f_with_holes, point(), options);
    expect(processes, skipped.skipped == std::vector<std::size_t>{4, 9}, "variables 4 and 9 to be skipped");
    expect(processes, std::isnan(skipped.gradient[4]) && !std::isnan(skipped.gradient[5]),
           "NaN for what was skipped");

    // Beyond 1e-5 there is nothing: a step of 1e-4 is shortened twice.
    evaluations.on_failure = OnFailure::kShrink;
    const auto narrow = [](std::span<const double> x) {
        return std::abs(x[2] - point()[2]) > 1e-5 ? std::numeric_limits<double>::quiet_NaN() : f(x);
    };
    const GradientResult shrunk = numerical_gradient(narrow, point(), options);
    Evaluations own;
    own.on_failure = OnFailure::kShrink;
    const GradientResult wanted = numerical_gradient(narrow, point(), {.h = 1e-4, .evaluations = &own});
    expect(processes, shrunk.shrunk == std::vector<std::size_t>{2} && shrunk.gradient == wanted.gradient,
           "variable 2 with a shorter step, and the bits of one process");

    // Every point fails the first time.
    evaluations.on_failure = OnFailure::kThrow;
    evaluations.retries = 1;
    std::mutex mutex;
    std::set<Vector> seen;
    const auto hesitating = [&](std::span<const double> x) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (seen.insert(Vector(x.begin(), x.end())).second) {
            throw std::runtime_error("the licence server is busy");
        }
        return f(x);
    };
    const Vector found = numerical_gradient(hesitating, point(), options).gradient;
    expect(processes, found == numerical_gradient(f, point(), {.h = 1e-4}).gradient,
           "the bits of one process after a second try");
    const std::uint64_t retried = sum_over(processes, evaluations.report.retried);
    expect(processes, retried == 2 * kVariables, "every point to be tried again", std::to_string(retried));
}

// One variable has two points: whoever has none of them knows that it did nothing.
void check_idle(MpiCommunicator& processes, Dealing dealing) {
    ProcessServer server(processes, dealing);
    Evaluations evaluations;
    evaluations.server = &server;
    const GradientOptions options{.h = 1e-4, .evaluations = &evaluations};
    const Vector found = numerical_gradient(f, point(1), options).gradient;
    expect(processes, found == numerical_gradient(f, point(1), {.h = 1e-4}).gradient, "the bits of one");
    const std::uint64_t busy = sum_over(processes, evaluations.report.calls > 0 ? 1 : 0);
    const std::uint64_t calls = sum_over(processes, evaluations.report.calls);
    expect(processes, busy <= 2 && calls == 2, "two calls in all", std::to_string(calls));
}

void check_refusals(MpiCommunicator& processes) {
    const bool other = processes.rank() + 1 == processes.size();
    ProcessServer server(processes);
    Evaluations evaluations;
    evaluations.server = &server;
    const GradientOptions options{.h = 1e-4, .evaluations = &evaluations};
    const std::string who = "process " + std::to_string(processes.size() - 1);
    const auto refused = [&](const std::string& in, const auto& body) {
        const std::string said = processes.size() == 1 ? who + " differs in " + in : thrown_by(body);
        expect(processes, said.find(who + " differs in " + in) != std::string::npos,
               who + " to be refused for " + in, said);
    };
    refused("x: expected 17 variables, checksum", [&] {
        Vector x = point();
        x[3] += other ? 1e-9 : 0.0;
        numerical_gradient(f, x, options);
    });
    refused("the method: ",
            [&] { numerical_gradient(f, point(), {.h = other ? 1e-3 : 1e-4, .evaluations = &evaluations}); });
    refused("the pattern: ", [&] {
        jacobian(chain, point(), other ? SparsityPattern::band(17, 0, 1) : SparsityPattern::band(17, 1, 1),
                 options);
    });
    refused("what failures and retries mean: ", [&] {
        evaluations.retries = other ? 1 : 0;
        numerical_gradient(f, point(), options);
    });
    evaluations.retries = 0;
    refused("Dealing: ", [&] {
        ProcessServer own(processes, other ? Dealing::kStatic : Dealing::kDynamic);
        evaluations.server = &own;
        numerical_gradient(f, point(), options);
    });
}

// Only process 0 has a journal and is told of progress. A run that ended goes on with any number of
// processes.
void check_journal(MpiCommunicator& processes, const char* file, std::size_t ends_after) {
    for (const Dealing dealing : {Dealing::kDynamic, Dealing::kStatic}) {
        ProcessServer server(processes, dealing);
        Evaluations evaluations;
        evaluations.server = &server;
        std::size_t told = 0;
        evaluations.progress = [&](const EvaluationProgress& progress) {
            told = progress.done;
            return ends_after == 0 || progress.done < ends_after;
        };
        if (processes.rank() == 0) {
            evaluations.journal = file + std::string(dealing == Dealing::kDynamic ? ".dynamic" : ".static");
        }
        Vector found;
        const auto said = thrown_by([&] {
            found = numerical_gradient(f, point(), {.h = 1e-4, .evaluations = &evaluations}).gradient;
        });
        expect(processes, processes.rank() == 0 || told == 0, "progress in process 0 alone");
        const EvaluationReport& report = evaluations.report;
        const std::uint64_t calls = sum_over(processes, report.calls);
        const std::uint64_t known = sum_over(processes, processes.rank() == 0 ? report.from_journal : 0);
        if (ends_after != 0) {
            expect(processes, said.find("ended by the progress function") != std::string::npos,
                   "all processes to be ended", said);
            continue;
        }
        expect(processes, said == "nothing" && found == numerical_gradient(f, point(), {.h = 1e-4}).gradient,
               "the bits of one process", said);
        expect(processes, calls + known == 2 * kVariables && known != 0, "calls for what the journal lacks",
               std::to_string(calls) + " calls and " + std::to_string(known) + " known");
        // Of another function: everybody is told.
        evaluations.function = "another";
        const auto rejected =
            thrown_by([&] { numerical_gradient(f, point(), {.h = 1e-4, .evaluations = &evaluations}); });
        expect(processes, rejected.find(".journal") != std::string::npos, "the journal to be rejected",
               rejected);
    }
}

}  // namespace

int main(int count, char** arguments) {
    return mpi_main(count, arguments, [&](MpiCommunicator& processes) {
        if (count > 2 && std::string(arguments[1]) == "journal") {
            check_journal(processes, arguments[2],
                          count > 3 ? std::strtoul(arguments[3], nullptr, 10) : std::size_t{0});
            return status;
        }
        for (const Dealing dealing : {Dealing::kDynamic, Dealing::kStatic}) {
            check_bits(processes, dealing);
            check_failures(processes, dealing);
            check_idle(processes, dealing);
        }
        check_refusals(processes);
        return status;
    });
}
