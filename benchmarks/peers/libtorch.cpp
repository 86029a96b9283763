// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// libtorch, as its users train: addmm, relu, cross_entropy, backward() and torch::optim, on our memory. A
// shared library of its own, so that its flags and its dependencies are nobody else's.
#include <dlfcn.h>
#include <omp.h>
#include <torch/torch.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "peers/peer.hpp"

namespace thalweg::bench::peers {

const Peer& libtorch();

namespace {

std::string version() {
    return TORCH_VERSION;
}
Pool pool() {
    return Pool::kOpenMp;
}
// Its products are a BLAS's. Where that is OpenBLAS, it has a number of threads of its own.
void use_threads(int threads) {
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) {
        set(threads);
    }
    at::set_num_threads(threads);
    omp_set_num_threads(threads);
}

std::int64_t length(std::size_t n) {
    return static_cast<std::int64_t>(n);
}

at::Tensor tensor(float* data, std::vector<std::int64_t> sizes) {
    return torch::from_blob(data, sizes);
}

struct Parameter {
    at::Tensor tensor;
    const Moving* memory;
};

struct Work {
    explicit Work(const DeepStep& given) : step(given) {
        std::vector<at::Tensor> tensors;
        for (const DeepLayer& layer : step.layers) {
            const auto outputs = length(layer.outputs);
            parameters.push_back(
                {tensor(layer.W.p, {length(layer.inputs), outputs}).set_requires_grad(true), &layer.W});
            parameters.push_back({tensor(layer.b.p, {outputs}).set_requires_grad(true), &layer.b});
        }
        for (const Parameter& parameter : parameters) {
            tensors.push_back(parameter.tensor);
        }
        if (step.adam) {
            optimizer = std::make_unique<torch::optim::Adam>(
                tensors,
                torch::optim::AdamOptions(step.lr).betas({step.beta1, step.beta2}).eps(step.epsilon));
        } else {
            optimizer = std::make_unique<torch::optim::SGD>(tensors, torch::optim::SGDOptions(step.lr));
        }
        x = tensor(const_cast<float*>(step.x), {length(step.batch), length(step.layers.front().inputs)});
    }

    // Labels as it wants them; what Adam remembers is ours, zeros at this time.
    void begin() {
        labels =
            torch::from_blob(const_cast<int*>(step.labels), {length(step.batch)}, at::kInt).to(at::kLong);
        auto& state = optimizer->state();
        using Key = typename std::decay_t<decltype(state)>::key_type;
        for (const Parameter& parameter : parameters) {
            if (!step.adam) {
                continue;
            }
            auto entry = std::make_unique<torch::optim::AdamParamState>();
            entry->step(0);
            entry->exp_avg(tensor(parameter.memory->m, parameter.tensor.sizes().vec()));
            entry->exp_avg_sq(tensor(parameter.memory->v, parameter.tensor.sizes().vec()));
            auto* const impl = parameter.tensor.unsafeGetTensorImpl();
            if constexpr (std::is_pointer_v<Key>) {
                state[impl] = std::move(entry);
            } else {
                state[c10::guts::to_string(impl)] = std::move(entry);
            }
        }
    }

    void run() {
        if (*step.updates == 0) {
            begin();
        }
        at::Tensor h = x;
        for (std::size_t l = 0; l < step.layers.size(); ++l) {
            h = torch::addmm(parameters[2 * l + 1].tensor, h, parameters[2 * l].tensor);
            h = l + 1 < step.layers.size() ? torch::relu_(h) : h;
        }
        const at::Tensor loss = torch::nn::functional::cross_entropy(h, labels);
        optimizer->zero_grad();
        loss.backward();
        optimizer->step();
        *step.loss = loss.item<double>();
        ++*step.updates;
    }

    DeepStep step;
    std::vector<Parameter> parameters;
    std::unique_ptr<torch::optim::Optimizer> optimizer;
    at::Tensor x;
    at::Tensor labels;
};

Run train_deep(const DeepStep& step) {
    return [work = std::make_shared<Work>(step)] { work->run(); };
}

Run predict_row(const DeepRow& row) {
    std::vector<at::Tensor> tensors;
    for (const DeepLayer& layer : row.layers) {
        tensors.push_back(tensor(layer.W.p, {length(layer.inputs), length(layer.outputs)}));
        tensors.push_back(tensor(layer.b.p, {length(layer.outputs)}));
    }
    const auto x = tensor(const_cast<float*>(row.x), {1, length(row.layers.front().inputs)});
    const auto out = tensor(row.out, {1, length(row.layers.back().outputs)});
    return [tensors, x, out] {
        const c10::InferenceMode quick;
        at::Tensor h = x;
        for (std::size_t l = 0; l < tensors.size(); l += 2) {
            h = torch::addmm(tensors[l + 1], h, tensors[l]);
            h = l + 2 < tensors.size() ? torch::relu_(h) : h;
        }
        at::Tensor to = out;
        to.copy_(torch::softmax(h, 1));
    };
}

}  // namespace

const Peer& libtorch() {
    static const Peer peer = [] {
        Peer it{"libtorch", version, pool, use_threads};
        it.train_deep = train_deep;
        it.predict_row = predict_row;
        return it;
    }();
    return peer;
}

}  // namespace thalweg::bench::peers
