// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/loop/alike.hpp"

#include <initializer_list>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include "data/checksum.hpp"
#include "differentiate/text.hpp"
#include "nn/optimize/descending.hpp"
#include "nn/optimize/rules.hpp"
#include "nn/step/parameters.hpp"

namespace thalweg::nn {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

template <class T>
std::string samples_text(const Samples<T>& samples) {
    return std::to_string(samples.size()) + " rows, checksum " + data::checksum(samples).text();
}

std::string numbers_text(std::initializer_list<double> numbers) {
    std::string text;
    for (const double number : numbers) {
        text += (text.empty() ? "" : " ") + detail::number_text(number);
    }
    return text;
}

std::string schedule_text(const Schedule& schedule) {
    return std::to_string(static_cast<int>(schedule.course)) + " with " +
           numbers_text({static_cast<double>(schedule.warm_up), schedule.factor,
                         static_cast<double>(schedule.every), schedule.last});
}

std::string gradient_text(const NetTrainOptions& options) {
    const NetDifferenceOptions& differences = options.differences;
    return std::to_string(static_cast<int>(options.gradient)) + " with h " +
           detail::number_text(differences.h) + ", method " +
           std::to_string(static_cast<int>(differences.method)) +
           (differences.clean_loss ? ", clean loss" : "");
}

template <class T>
std::string net_text(const Net<T>& net) {
    std::string text = std::is_same_v<T, float> ? "float " : "double ";
    text += std::to_string(net.input_size());
    for (const Layer<T>& layer : net.layers()) {
        text += "-" + std::to_string(layer.W.cols());
    }
    const NetOptions& options = net.options();
    return text + ", activation " + std::to_string(static_cast<int>(options.activation)) + ", loss " +
           std::to_string(static_cast<int>(options.loss)) + ", weight decay, dropout, batch norm " +
           numbers_text({options.weight_decay, options.dropout, options.batch_norm ? 1.0 : 0.0});
}

template <class T>
std::string state_text(const NetTrainState<T>& state) {
    data::Checksum sum;
    sum.add(state.rng.words, std::size(state.rng.words));
    sum.add(&state.rng.position, 1);
    sum.add(state.batches.order.data(), state.batches.order.size());
    for (const auto* memories : {&state.optimizer.first, &state.optimizer.second}) {
        for (const Matrix<T>& each : *memories) {
            sum.add(each.data(), each.size());
        }
    }
    for (const SavedMatrix<T>& each : state.own) {
        sum.add(each.name.data(), each.name.size());
        sum.add(each.values.data(), each.values.size());
    }
    for (const auto& each : state.best.matrices()) {
        sum.add(each.matrix->data(), each.matrix->size());
    }
    for (const auto& each : state.best_running.matrices()) {
        sum.add(each.matrix->data(), each.matrix->size());
    }
    const double numbers[] = {state.optimizer.beta1_power, state.optimizer.beta2_power, state.plateau_factor,
                              state.loss_sum, state.best_loss};
    sum.add(numbers, std::size(numbers));
    const std::size_t counts[] = {state.batches.next, state.optimizer.updates, state.plateau_evaluations,
                                  state.loss_count,   state.best_iteration,    state.evaluations_since_best};
    sum.add(counts, std::size(counts));
    return "update " + std::to_string(state.iteration) + ", checksum " + sum.text();
}

template <class T>
Pairs values_of(const Net<T>& net, const Samples<T>& samples, const Samples<T>& validation,
                const NetTrainOptions& options, const NetTrainState<T>* state) {
    Pairs values = {{"the net", net_text(net)},
                    {"the data", samples_text(samples)},
                    {"the validation part", samples_text(validation)},
                    {"batch_size", std::to_string(options.batch_size)},
                    {"epochs", std::to_string(options.epochs)},
                    {"iterations", std::to_string(options.iterations)},
                    {"sampling", std::to_string(static_cast<int>(options.sampling))},
                    {"the optimiser", text_of(options.optimizer)},
                    {"the schedule", schedule_text(options.schedule)},
                    {"the gradient", gradient_text(options)},
                    {"clip_norm", detail::number_text(options.clip_norm)},
                    {"eval_every", std::to_string(options.eval_every)},
                    {"early_stop", std::to_string(options.early_stop)},
                    {"checkpoint_every", std::to_string(options.checkpoint_every)}};
    values.emplace_back("the state to resume from", state == nullptr ? "none" : state_text(*state));
    return values;
}

}  // namespace

template <class T>
void begin_alike(const char* op, parallel::Processes& processes, Net<T>& net, const Samples<T>& samples,
                 const Samples<T>& validation, const NetTrainOptions& options, Rng& rng,
                 const NetTrainState<T>* state) {
    if (processes.alone()) {
        return;
    }
    check_alike(processes.communicator(), op, values_of(net, samples, validation, options, state));
    for (const auto& each : net.params.matrices()) {
        processes.broadcast(each.matrix->data(), each.matrix->size(), 0);
    }
    for (const auto& each : net.running.matrices()) {
        processes.broadcast(each.matrix->data(), each.matrix->size(), 0);
    }
    Rng::State drawn = rng.state();
    processes.broadcast(&drawn, 1, 0);
    rng.restore(drawn);
}

template <class T>
void gather_memories(parallel::Processes& processes, Layers<T> layers, typename Optimizer<T>::State& state) {
    if (processes.alone()) {
        return;
    }
    for (std::vector<Matrix<T>>* memories : {&state.first, &state.second}) {
        if (memories->empty()) {
            continue;
        }
        std::vector<Dense<T>> views(layers.size());
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const std::size_t first = first_parameter(layers, i);
            views[i].W = (*memories)[first];
            views[i].b = (*memories)[first + 1];
            if (layers[i].normalises()) {
                views[i].gamma = (*memories)[first + 2];
                views[i].beta = (*memories)[first + 3];
            }
        }
        gather_parameters(Layers<T>(views), processes);
    }
}

template void begin_alike(const char*, parallel::Processes&, Net<float>&, const Samples<float>&,
                          const Samples<float>&, const NetTrainOptions&, Rng&, const NetTrainState<float>*);
template void begin_alike(const char*, parallel::Processes&, Net<double>&, const Samples<double>&,
                          const Samples<double>&, const NetTrainOptions&, Rng&, const NetTrainState<double>*);
template void gather_memories(parallel::Processes&, Layers<float>, Optimizer<float>::State&);
template void gather_memories(parallel::Processes&, Layers<double>, Optimizer<double>::State&);

}  // namespace thalweg::nn
