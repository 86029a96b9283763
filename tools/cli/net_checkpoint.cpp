// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "net_checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "cli.hpp"
#include "net_options.hpp"
#include "options.hpp"
#include "thalweg/error.hpp"
#include "thalweg/simd.hpp"

namespace thalweg::cli {
namespace {

// "--early-stop" as "train_early_stop"
std::string member_of(const std::string& option) {
    std::string name = "train_" + option.substr(2);
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

// Options that the file keeps, and whether a resumed run may change them.
struct Kept {
    const char* option;
    bool free;
};
const Kept kKept[] = {
    {"--layers", false},
    {"--activation", false},
    {"--loss", false},
    {"--optimizer", false},
    {"--schedule", true},
    {"--epochs", true},
    {"--validation", false},
    {"--early-stop", true},
    {"--dropout", false},
    {"--batch-norm", false},
    {"--weight-decay", false},
    {"--clip", true},
    {"--standardize", false},
    {"--target", false},
    {"--without", false},
    {"--batch", false},
    {"--lr", true},
    {"--gradient", false},
    {"--h", false},
    {"--differences", false},
    {"--seed", false},
    {"--sampling", false},
    {"--dtype", false},
    {"--data", true},
    {"--iters", true},
    {"--threads", true},
    {"--eval-every", true},
    {"--checkpoint-every", true},
};

std::string word_of(const TrainCommand& command, const std::string& option) {
    const auto whole = [](std::size_t value) { return value == 0 ? "" : std::to_string(value); };
    const std::pair<const char*, std::string> words[] = {
        {"--batch", whole(command.batch)},
        {"--lr", number_text(command.lr)},
        {"--seed", std::to_string(command.seed)},
        {"--sampling", command.sampling == Sampling::kShuffle ? "shuffle" : "replacement"},
        {"--dtype", command.f64 ? "f64" : "f32"},
        {"--gradient", command.numerical ? "numerical" : "backprop"},
        {"--h", command.h > 0.0 ? number_text(command.h) : ""},
        {"--data", command.data},
        {"--iters", whole(command.iters)},
        {"--threads", whole(static_cast<std::size_t>(command.threads))},
        {"--eval-every", whole(command.eval_every)},
        {"--checkpoint-every", whole(command.checkpoint_every)},
    };
    const auto found = std::find_if(std::begin(words), std::end(words),
                                    [&](const auto& each) { return option == each.first; });
    return found == std::end(words) ? net_word(command, option) : found->second;
}

// As the command line would.
void take(TrainCommand& command, const std::string& option, const std::string& word) {
    const Syntax syntax = train_syntax(command);
    const auto found = std::find_if(syntax.options.begin(), syntax.options.end(),
                                    [&](const Option& each) { return each.name == option; });
    if (found->flag != nullptr) {
        *found->flag = word == "yes";
    } else {
        found->use(option, word);
    }
}

// A state that was edited or damaged would divide by 0, or take the root of what is below.
void check_optimizer(const NetCheckpoint& start) {
    const Npz& file = start.arrays;
    if (file.as<std::size_t>("optimizer_updates") == 0 && start.iteration > 0) {
        throw IoError(file.path() + ": optimizer_updates: expected at least 1 after iteration " +
                      std::to_string(start.iteration) + ", found 0");
    }
    const std::string& rule = start.saved.net.optimizer;
    const bool one = rule == "adagrad" || rule == "rmsprop";  // these remember squares alone
    for (const NpzMember& member : file) {
        if (member.name.starts_with(one ? "optimizer_first_" : "optimizer_second_")) {
            check_numbers(file, member.name, file.as<Matrix<double>>(member.name), Lowest::kZero);
        }
    }
}

}  // namespace

template <class T>
void check_numbers(const Npz& file, const std::string& member, const Matrix<T>& numbers,
                   std::optional<Lowest> lowest) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto number = static_cast<double>(numbers.data()[i]);
        const bool below =
            lowest.has_value() && (number < 0.0 || (*lowest == Lowest::kAboveZero && number == 0.0));
        if (!std::isfinite(number) || below) {
            throw IoError(file.path() + ": " + member + ": element " + std::to_string(i) +
                          ": expected a finite number" +
                          (!lowest.has_value()        ? ""
                           : *lowest == Lowest::kZero ? " not below 0"
                                                      : " above 0") +
                          ", found " + number_text(number));
        }
    }
}
template void check_numbers(const Npz&, const std::string&, const Matrix<float>&, std::optional<Lowest>);
template void check_numbers(const Npz&, const std::string&, const Matrix<double>&, std::optional<Lowest>);

bool is_net_checkpoint(const Npz& file) {
    return file.find(member_of("--optimizer")) != nullptr;
}

NetCheckpoint::NetCheckpoint(Npz file) : arrays(std::move(file)) {
    saved.iters = 0;
    saved.eval_every = 0;
    for (const Kept& kept : kKept) {
        const auto word = arrays.as<std::string>(member_of(kept.option));
        if (word.empty()) {
            continue;
        }
        try {
            take(saved, kept.option, word);
        } catch (const UsageError& error) {
            // What was found may be any bytes.
            const std::string what = error.what();
            const std::size_t colon = what.find(':');
            throw IoError(arrays.path() + ": " + member_of(kept.option) +
                          what.substr(colon, what.find(", found ", colon) - colon) + ", found " +
                          shown(word));
        }
    }
    iteration = arrays.as<std::size_t>("iteration");
    for (const char* const option : {"--layers", "--activation", "--loss", "--optimizer", "--schedule"}) {
        if (word_of(saved, option).empty()) {
            throw IoError(arrays.path() + ": " + member_of(option) + ": expected a word, found none");
        }
    }
    if ((saved.iters == 0) == (saved.net.epochs == 0)) {
        throw IoError(arrays.path() + ": expected one of train_iters and train_epochs");
    }
    check_optimizer(*this);
}

TrainCommand NetCheckpoint::complete(const TrainCommand& asked) const {
    for (const char* const option : {"--init-std", "--hidden", "--plots"}) {
        if (asked.given.contains(option)) {
            throw UsageError(std::string(option) +
                             ": expected only for a new net, or the book's, found with " + "--resume " +
                             in_quotes(arrays.path()));
        }
    }
    TrainCommand command = asked;
    for (const Kept& kept : kKept) {
        const std::string before = word_of(saved, kept.option);
        if (asked.given.contains(kept.option)) {
            const std::string now = word_of(asked, kept.option);
            if (!kept.free && now != before) {
                throw UsageError(std::string(kept.option) + ": expected " +
                                 (before.empty() ? "none" : before) + " as in " + in_quotes(arrays.path()) +
                                 ", which --resume continues, found " + now);
            }
        } else if (!before.empty()) {
            take(command, kept.option, before);
        }
    }
    const bool epochs = asked.given.contains("--epochs");
    const bool iters = asked.given.contains("--iters");
    if (epochs && iters) {
        throw UsageError("--epochs: expected only without --iters, found both");
    }
    command.iters = epochs || (!iters && saved.iters == 0) ? 0 : command.iters;
    command.net.epochs = iters || (!epochs && saved.net.epochs == 0) ? 0 : command.net.epochs;
    if (!asked.given.contains("--eval-every")) {
        command.eval_every = saved.eval_every;
    }
    if (command.net.early_stop > 0 && command.net.validation.empty()) {
        throw UsageError("--early-stop: expected only with --validation, found without it");
    }
    return command;
}

std::vector<NpzMember> run_members(const TrainCommand& command, std::uint64_t data_hash) {
    const SimdLevel level = active_level();
    std::vector<NpzMember> members = {
        {"data_hash", data_hash}, {"simd", NpyArray::text(name(level))}, {"fma", has_fma(level)}};
    for (const Kept& kept : kKept) {
        members.push_back({member_of(kept.option), NpyArray::text(word_of(command, kept.option))});
    }
    return members;
}

NpyArray lines_array(const std::string& what, const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        if (line.find('\n') != std::string::npos) {
            throw IoError(what + ": expected names of one line with --save, found " + in_quotes(line));
        }
        text += line + "\n";
    }
    return NpyArray::text(text);
}

std::vector<std::string> lines_of(const Npz& file, const char* member) {
    std::vector<std::string> lines;
    if (file.find(member) != nullptr) {
        const auto text = file.as<std::string>(member);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            lines.push_back(text.substr(at, end - at));
            at = end + 1;
        }
    }
    return lines;
}

}  // namespace thalweg::cli
