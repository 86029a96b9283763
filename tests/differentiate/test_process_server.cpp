// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a ProcessServer does that no derivative can ask of it: tests/mpi has the rest.
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/communicator.hpp"
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

}  // namespace
