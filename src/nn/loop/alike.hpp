// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a run in several processes has beside one: they must agree on what they do; the net, the generator and
// the callbacks are those of process 0.
#pragma once

#include <cstdint>
#include <exception>

#include "nn/layers/layers.hpp"
#include "parallel/processes.hpp"
#include "thalweg/train_net.hpp"

namespace thalweg::nn {

// Rejects processes that would not compute the same, then gives all of them the parameters, the running
// statistics and the generator of process 0.
// state    of a run that is resumed; nullptr: none
// throws   CommunicatorError in every process
template <class T>
void begin_alike(const char* op, parallel::Processes& processes, Net<T>& net, const Samples<T>& samples,
                 const Samples<T>& validation, const NetTrainOptions& options, Rng& rng,
                 const NetTrainState<T>* state);

// Memories of the optimiser, each process's share of them, gathered in all.
// throws   CommunicatorError
template <class T>
void gather_memories(parallel::Processes& processes, Layers<T> layers, typename Optimizer<T>::State& state);

// What a callback of process 0 says, in every process. Process 0 alone calls it.
// throws   there, what it throws; elsewhere CommunicatorError with its message
template <class Callback>
bool decide(parallel::Processes& processes, const Callback& callback) {
    if (processes.alone()) {
        return callback();
    }
    enum : std::uint8_t { kStop, kGoOn, kThrew };
    std::uint8_t said = kStop;
    std::exception_ptr thrown;
    if (processes.rank() == 0) {
        try {
            said = callback() ? kGoOn : kStop;
        } catch (...) {
            said = kThrew;
            thrown = std::current_exception();
        }
    }
    processes.broadcast(&said, 1, 0);
    if (said == kThrew) {
        together(processes.communicator(), "train", [&] {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
        });
    }
    return said == kGoOn;
}

}  // namespace thalweg::nn
