// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "net_options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "cli.hpp"
#include "options.hpp"
#include "thalweg/layers.hpp"

namespace thalweg::cli {
namespace {

constexpr std::size_t kMostLayers = 100;
constexpr std::size_t kMostEpochs = 1'000'000;

struct NamedRule {
    const char* name;
    UpdateRule rule;
};
// With the learning rates that the library has as defaults; Sgd's is the book's.
const NamedRule kRules[] = {{"sgd", Sgd{}},         {"momentum", Momentum{}}, {"nesterov", Nesterov{}},
                            {"adagrad", AdaGrad{}}, {"rmsprop", RmsProp{}},   {"adam", Adam{}},
                            {"adamw", AdamW{}}};

const char* const kCourses[] = {"constant", "step", "cosine", "plateau"};

// The library's names of activations or losses.
template <class Kind>
std::vector<std::string> names_of() {
    std::vector<std::string> names;
    for (int i = 0; !name(static_cast<Kind>(i)).empty(); ++i) {
        names.emplace_back(name(static_cast<Kind>(i)));
    }
    return names;
}

// word: one of them
template <class Kind>
Kind named(const std::string& word) {
    const std::vector<std::string> names = names_of<Kind>();
    return static_cast<Kind>(std::find(names.begin(), names.end(), word) - names.begin());
}

std::vector<std::string> rule_names() {
    std::vector<std::string> names;
    for (const NamedRule& each : kRules) {
        names.emplace_back(each.name);
    }
    return names;
}

std::string in_a_row(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : word == words.back() ? " or " : ", ") + word;
    }
    return text;
}

Option choice(const char* name, const char* help, std::vector<std::string> words, std::string& value) {
    return {name, "WORD", help,
            [words = std::move(words), &value](const std::string& option, const std::string& text) {
                if (std::find(words.begin(), words.end(), text) == words.end()) {
                    throw UsageError(option + ": expected " + in_a_row(words) + ", found " + in_quotes(text) +
                                     did_you_mean(text, words));
                }
                value = text;
            }};
}

// 256,128
void read_layers(const std::string& option, const std::string& text, std::vector<std::size_t>& layers) {
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string number = text.substr(at, end - at);
        std::size_t value = 0;
        const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
        if (error != std::errc() || stop != number.data() + number.size() || value < 1 ||
            value > TrainCommand::kMaxHidden || found.size() == kMostLayers) {
            throw UsageError(option + ": expected 1 to " + std::to_string(kMostLayers) +
                             " sizes of hidden layers from 1 to " + std::to_string(TrainCommand::kMaxHidden) +
                             ", as in 256,128, found " + in_quotes(text));
        }
        found.push_back(value);
        at = end + 1;
    }
    layers = found;
}

// 5000 or 0.1
void read_validation(const std::string& option, const std::string& text, std::string& value) {
    const bool share = text.find('.') != std::string::npos;
    double part = 0.0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    const bool number = error == std::errc() && stop == text.data() + text.size() &&
                        text.find_first_not_of("0123456789.") == std::string::npos;
    if (!number || !(part > 0.0) || (share ? part >= 1.0 : part > 1e15)) {
        throw UsageError(option +
                         ": expected a number of rows, or a share between 0 and 1 as in 0.1, found " +
                         in_quotes(text));
    }
    value = text;
}

Option below_one(const char* name, const char* help, double& value) {
    return {
        name, "X", help, [&value](const std::string& option, const std::string& text) {
            const double found = finite_number(option, text, Lowest::kZero);
            if (found >= 1.0) {
                throw UsageError(option + ": expected a number from 0, below 1, found " + in_quotes(text));
            }
            value = found;
        }};
}

std::string layers_text(const std::vector<std::size_t>& layers) {
    std::string text;
    for (const std::size_t size : layers) {
        text += (text.empty() ? "" : ",") + std::to_string(size);
    }
    return text;
}

Activation activation_of(const TrainCommand& command) {
    return named<Activation>(command.net.activation);
}

Init init_of(const TrainCommand& command) {
    if (command.given.contains("--init-std") || !command.given.contains("--layers")) {
        return Init::kNormal;
    }
    switch (activation_of(command)) {
        case Activation::kIdentity:
        case Activation::kSigmoid:
        case Activation::kTanh:
            return Init::kXavier;
        default:
            return Init::kHe;
    }
}

void check(const TrainCommand& command) {
    const auto given = [&](const char* option) { return command.given.contains(option); };
    const auto only_one = [&](const char* first, const char* second) {
        if (given(first) && given(second)) {
            throw UsageError(std::string(second) + ": expected only without " + first + ", found both");
        }
    };
    only_one("--hidden", "--layers");
    only_one("--iters", "--epochs");
    const auto lr = static_cast<float>(command.lr);
    if (!command.f64 && (!std::isfinite(lr) || lr == 0.0F)) {
        throw UsageError("--lr: expected a number that is finite and above 0 in float32, found " +
                         number_text(command.lr));
    }
    if (!command.numerical && (command.h > 0.0 || !command.net.differences.empty())) {
        throw UsageError(std::string(command.h > 0.0 ? "--h" : "--differences") +
                         ": expected only with --gradient numerical, found with backprop");
    }
    if (command.net.early_stop > 0 && command.net.validation.empty()) {
        throw UsageError("--early-stop: expected only with --validation, found without it");
    }
    if (!command.plots.empty()) {
        throw UsageError("--plots: expected only for the book's net, found with --layers or the like");
    }
    for (const char* const option : {"--standardize", "--target", "--without"}) {
        if (given(option) && command.data.empty()) {
            throw UsageError(std::string(option) +
                             ": expected only with a table as --data, found the synthetic digits");
        }
    }
}

}  // namespace

std::vector<Option> net_word_options(NetWords& words) {
    std::vector<std::string> courses(std::begin(kCourses), std::end(kCourses));
    return {
        {"--layers", "N,N,...", "units of the hidden layers, as in 256,128 (default: --hidden)",
         [&words](const std::string& option, const std::string& text) {
             read_layers(option, text, words.layers);
         }},
        choice("--activation", "relu (default with --layers), sigmoid (without), tanh, gelu, ...",
               names_of<Activation>(), words.activation),
        choice("--loss", "softmax (default): classes; mse: numbers; bce: yes or no", names_of<Loss>(),
               words.loss),
        choice("--optimizer", "adam (default with --layers), sgd (without), momentum, adamw, ...",
               rule_names(), words.optimizer),
        choice("--schedule", "of the learning rate: constant (default), step, cosine or plateau",
               std::move(courses), words.schedule),
        choice("--differences", "of --gradient numerical: shared (default) or plain, the book's loop",
               {"shared", "plain"}, words.differences),
        whole_option("--epochs", "passes through the data (default with --layers: 10)", 1, kMostEpochs,
                     words.epochs),
        {"--validation", "N", "keep so many rows, or such a share, to watch: 5000 or 0.1",
         [&words](const std::string& option, const std::string& text) {
             read_validation(option, text, words.validation);
         }},
        whole_option("--early-stop", "end after N evaluations without a lower validation loss", 1,
                     kMostEpochs, words.early_stop),
        below_one("--dropout", "share of hidden units that each step leaves out (default 0)", words.dropout),
        flag("--batch-norm", "normalise sums by the batch's mean and deviation", words.batch_norm),
        finite_option("--weight-decay", "add half of this times the sum of squared weights to the loss",
                      Lowest::kZero, words.weight_decay),
        finite_option("--clip", "the largest norm that a gradient may have", Lowest::kAboveZero, words.clip),
        flag("--standardize", "features of mean 0 and deviation 1, for tables", words.standardize),
        text_option("--target", "COLUMN", "of a table: name or number of the answers (default: the last)",
                    "a column", words.target),
        text_option("--without", "COLUMNS", "of a table: what is no feature, as in id,name", "columns",
                    words.without),
    };
}

bool asks_for_net(const TrainCommand& command) {
    static const TrainCommand none;
    NetWords words;
    const std::vector<Option> options = net_word_options(words);
    return std::any_of(options.begin(), options.end(),
                       [&](const Option& option) { return command.given.contains(option.name); });
}

TrainCommand with_defaults(const TrainCommand& command) {
    check(command);
    TrainCommand whole = command;
    const bool deep = command.given.contains("--layers");
    NetWords& net = whole.net;
    const auto set = [](std::string& word, const char* standard) { word = word.empty() ? standard : word; };
    set(net.activation, deep ? "relu" : "sigmoid");
    set(net.loss, "softmax");
    set(net.optimizer, deep ? "adam" : "sgd");
    set(net.schedule, "constant");
    if (net.layers.empty()) {
        net.layers = {command.hidden};
    }
    if (!command.given.contains("--iters")) {
        net.epochs = net.epochs == 0 && deep ? 10 : net.epochs;
        whole.iters = net.epochs == 0 ? command.iters : 0;
    }
    if (!command.given.contains("--sampling") && net.epochs > 0) {
        whole.sampling = Sampling::kShuffle;
    }
    if (!command.given.contains("--eval-every") && net.epochs > 0) {
        whole.eval_every = 0;
    }
    if (!command.given.contains("--lr")) {
        for (const NamedRule& each : kRules) {
            if (net.optimizer == each.name) {
                whole.lr = std::visit([](const auto& rule) { return rule.lr; }, each.rule);
            }
        }
    }
    return whole;
}

NetOptions net_options(const TrainCommand& command) {
    NetOptions options;
    options.activation = activation_of(command);
    options.init = init_of(command);
    options.init_std = command.init_std;
    options.loss = named<Loss>(command.net.loss);
    options.weight_decay = command.net.weight_decay;
    options.dropout = command.net.dropout;
    options.batch_norm = command.net.batch_norm;
    return options;
}

NetTrainOptions net_train_options(const TrainCommand& command) {
    NetTrainOptions options;
    options.epochs = std::max<std::size_t>(command.net.epochs, 1);
    options.iterations = command.iters;
    options.batch_size = command.batch;
    options.sampling = command.sampling;
    for (const NamedRule& each : kRules) {
        if (command.net.optimizer == each.name) {
            options.optimizer = each.rule;
        }
    }
    std::visit([&](auto& rule) { rule.lr = command.lr; }, options.optimizer);
    const auto course = std::find(std::begin(kCourses), std::end(kCourses), command.net.schedule);
    options.schedule.course = static_cast<Course>(course - std::begin(kCourses));
    options.clip_norm = command.net.clip;
    options.gradient = command.numerical ? GradientSource::kNumerical : GradientSource::kBackprop;
    options.differences.h = command.step();
    options.differences.method =
        command.net.differences == "plain" ? NetDifferenceMethod::kPlain : NetDifferenceMethod::kShared;
    options.eval_every = command.eval_every;
    options.early_stop = command.net.early_stop;
    options.checkpoint_every = command.checkpoint_every;
    return options;
}

std::string net_word(const TrainCommand& command, const std::string& option) {
    const NetWords& net = command.net;
    const auto number = [](double value) { return value == 0.0 ? "" : number_text(value); };
    const auto whole = [](std::size_t value) { return value == 0 ? "" : std::to_string(value); };
    const std::pair<const char*, std::string> words[] = {
        {"--layers", layers_text(net.layers)},
        {"--activation", net.activation},
        {"--loss", net.loss},
        {"--optimizer", net.optimizer},
        {"--schedule", net.schedule},
        {"--differences", net.differences},
        {"--epochs", whole(net.epochs)},
        {"--validation", net.validation},
        {"--early-stop", whole(net.early_stop)},
        {"--dropout", number(net.dropout)},
        {"--batch-norm", net.batch_norm ? "yes" : ""},
        {"--weight-decay", number(net.weight_decay)},
        {"--clip", number(net.clip)},
        {"--standardize", net.standardize ? "yes" : ""},
        {"--target", net.target},
        {"--without", net.without},
    };
    const auto found = std::find_if(std::begin(words), std::end(words),
                                    [&](const auto& each) { return option == each.first; });
    return found == std::end(words) ? "" : found->second;
}

}  // namespace thalweg::cli
