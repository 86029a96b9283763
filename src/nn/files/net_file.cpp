// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/files/net_file.hpp"

#include <algorithm>

#include "differentiate/text.hpp"
#include "nn/layers/words.hpp"
#include "thalweg/checkpoint.hpp"
#include "thalweg/error.hpp"

namespace thalweg {
namespace nn {
namespace {

constexpr const char* kPrefix = "net_";

std::string in_words(const std::vector<std::uint64_t>& sizes) {
    std::string text;
    for (const std::uint64_t size : sizes) {
        text += (text.empty() ? "" : "-") + std::to_string(size);
    }
    return text.empty() ? "none" : text;
}

}  // namespace

std::string prefix_of(const NetOptions& options) {
    const bool known = options.activation == Activation::kSigmoid &&
                       options.loss == Loss::kSoftmaxCrossEntropy && options.dropout == 0.0 &&
                       !options.batch_norm;
    return known ? "" : kPrefix;
}

void append_options(const NetOptions& options, const std::vector<std::uint64_t>& sizes,
                    std::vector<NpzMember>& members) {
    members.push_back({"activation", NpyArray::text(name(options.activation))});
    members.push_back({"loss", NpyArray::text(name(options.loss))});
    members.push_back({"sizes", sizes});
    members.push_back({"weight_decay", options.weight_decay});
    members.push_back({"dropout", options.dropout});
    members.push_back({"batch_norm", options.batch_norm});
}

std::string prefix_in(const Npz& file) {
    return file.find(kPrefix + std::string("W1")) != nullptr ? kPrefix : "";
}

NetOptions read_options(const Npz& file) {
    NetOptions options = {.activation = Activation::kSigmoid};
    if (file.find("activation") == nullptr && prefix_in(file).empty()) {
        return options;
    }
    options.activation = static_cast<Activation>(word(file, "activation", kActivationWords));
    options.loss = static_cast<Loss>(word(file, "loss", kLossWords));
    options.weight_decay = finite_number(file, "weight_decay");
    options.dropout = finite_number(file, "dropout");
    if (options.dropout >= 1.0) {
        fail(file, "dropout", "a number from 0, below 1", detail::number_text(options.dropout));
    }
    options.batch_norm = file.as<bool>("batch_norm");
    const std::string expected = prefix_of(options) + "W1";
    const std::string found = prefix_in(file) + "W1";
    if (expected != found) {
        fail(file, found,
             "the name " + expected + ", as the activation is " + std::string(name(options.activation)) +
                 " and the loss " + std::string(name(options.loss)),
             found);
    }
    return options;
}

void check_same_options(const Npz& file, const NetOptions& options) {
    const NetOptions found = read_options(file);
    if (found.activation != options.activation) {
        fail(file, "activation", std::string(name(options.activation)) + ", the net's",
             std::string(name(found.activation)));
    }
    if (found.loss != options.loss) {
        fail(file, "loss", std::string(name(options.loss)) + ", the net's", std::string(name(found.loss)));
    }
    if (found.batch_norm != options.batch_norm) {
        fail(file, "batch_norm", options.batch_norm ? "true, as in the net" : "false, as in the net",
             found.batch_norm ? "true" : "false");
    }
}

void check_same_sizes(const Npz& file, const std::vector<std::uint64_t>& sizes) {
    if (file.find("sizes") == nullptr) {
        return;
    }
    const auto found = file.as<std::vector<std::uint64_t>>("sizes");
    if (found != sizes) {
        constexpr std::size_t kShown = 20;
        fail(file, "sizes", in_words(sizes),
             found.size() > kShown ? std::to_string(found.size()) + " sizes" : in_words(found));
    }
}

namespace {

// With the names that Net looks for.
Npz without_prefix(const Npz& file, const std::string& prefix) {
    std::vector<NpzMember> members;
    for (const NpzMember& member : file) {
        if (member.name.starts_with(prefix)) {
            members.push_back({member.name.substr(prefix.size()), member.array});
        }
    }
    return {file.path(), std::move(members)};
}

}  // namespace
}  // namespace nn

template <class T>
Net<T> load_net(const Npz& file) {
    const NetOptions options = nn::read_options(file);
    // Early stopping keeps the best beside those that it goes on with.
    const bool best = file.find(nn::kBestPrefix + std::string("W1")) != nullptr;
    const std::string prefix = best ? nn::kBestPrefix : nn::prefix_in(file);
    Net<T> net = prefix.empty() ? Net<T>(file, options) : Net<T>(nn::without_prefix(file, prefix), options);
    nn::check_same_sizes(file, nn::sizes_of(net.params.matrices()));
    return net;
}

template <class T>
Net<T> load_net(const std::string& path) {
    return load_net<T>(load_npz(path));
}

namespace {

template <class T>
void save(const std::string& path, const Net<T>& net, std::span<const NpzMember> more) {
    std::vector<NpzMember> members = nn::net_members(net);
    members.insert(members.end(), more.begin(), more.end());
    save_npz(path, members);
}

}  // namespace

void save_net(const std::string& path, const Net<float>& net, std::span<const NpzMember> more) {
    save(path, net, more);
}

void save_net(const std::string& path, const Net<double>& net, std::span<const NpzMember> more) {
    save(path, net, more);
}

template Net<float> load_net(const std::string&);
template Net<double> load_net(const std::string&);
template Net<float> load_net(const Npz&);
template Net<double> load_net(const Npz&);

}  // namespace thalweg
