// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a ProcessServer does that no derivative can ask of it: tests/mpi has the rest.
#include <atomic>
#include <cstddef>
#include <exception>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/thread_processes.hpp"
#include "thalweg/communicator.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/process_server.hpp"

namespace {

using namespace thalweg;

// Process 0 of two; the other one has not said anything yet.
class Silence final : public Communicator {
public:
    std::size_t rank() const noexcept override { return 0; }
    std::size_t size() const noexcept override { return 2; }
    void gather(std::span<std::byte>, std::span<const std::size_t>) override {}
    void broadcast(std::span<std::byte>, std::size_t) override {}
    void send(std::size_t, std::span<const std::byte>) override {}
    bool receive(std::size_t&, std::vector<std::byte>&, bool) override { return false; }
};

// As where there is no memory for the outcomes: failures of f are among them.
class Failing final : public EvaluationBatch {
public:
    std::size_t size() const noexcept override { return 10; }
    bool needed(std::size_t) const noexcept override { return true; }
    void compute(std::size_t, std::size_t, std::vector<std::byte>&) override {
        throw std::length_error("no room for outcomes");
    }
    // Waiting for the other process would take for ever.
    void accept(std::span<const std::byte>) override { throw std::logic_error("nothing was computed"); }
};

TEST_CASE("process 0 throws what went wrong in its thread that computes", "[seam]") {
    Silence processes;
    Failing batch;
    ProcessServer server(processes);
    CHECK_THROWS_WITH(server.serve(batch), "no room for outcomes");
}

// As where another process has no memory for a copy of x.
class NoCopies : public std::vector<double> {
public:
    using std::vector<double>::vector;
    NoCopies(const NoCopies& other) : std::vector<double>(other) {
        if (rank == 1) {
            throw std::bad_alloc();
        }
    }
    inline static thread_local std::size_t rank = 0;
};

TEST_CASE("process 0 throws where another process computed nothing", "[seam]") {
    for (const Dealing dealing : {Dealing::kStatic, Dealing::kDynamic}) {
        for (const bool second : {false, true}) {
            const auto thrown = test::as_processes(2, [&](test::ThreadProcess& process) {
                NoCopies::rank = process.rank();
                ProcessServer server(process, dealing);
                Evaluations evaluations;
                evaluations.server = &server;
                const GradientOptions options = {.h = 1e-3, .evaluations = &evaluations};
                const NoCopies x{1, 2, 3, 4};
                const auto f = [](std::span<const double> v) { return v[0] * v[1] + v[2] * v[3]; };
                if (second) {
                    hessian(f, x, options);
                } else {
                    numerical_gradient(f, x, options);
                }
            });
            CHECK_THROWS_WITH(std::rethrow_exception(thrown[0]),
                              ContainsSubstring("expected every evaluation to be computed by some process"));
            CHECK_THROWS_AS(std::rethrow_exception(thrown[1]), std::bad_alloc);
        }
    }
}

TEST_CASE("as many evaluations at once as there are numbers", "[seam]") {
    const std::size_t most = std::numeric_limits<std::size_t>::max();
    const std::vector<double> x = {1, 2, 3};
    std::atomic<std::size_t> calls{0};
    const auto f = [&](std::span<const double> v) {
        ++calls;
        return v[0] + 2.0 * v[1] + 3.0 * v[2];
    };
    OneProcess alone;
    ProcessServer server(alone, Dealing::kDynamic, most);
    Evaluations evaluations;
    evaluations.server = &server;
    CHECK(numerical_gradient(f, x, {.h = 1.0, .evaluations = &evaluations}).gradient ==
          std::vector<double>{1, 2, 3});
    CHECK(calls == 6);
}

}  // namespace
