// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Declares the subcommands to CLI11, and turns its complaints into our one-line errors.
#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include "cli.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "thalweg/version.hpp"

namespace thalweg::cli {
namespace {

// Extra words are collected instead of rejected by CLI11, so that the message is ours.
void reject_extras(const CLI::App& app) {
    const std::vector<std::string> extras = app.remaining();
    if (extras.empty()) {
        return;
    }
    const std::string& word = extras.front();
    if (!word.starts_with("-")) {
        throw UsageError("unexpected argument " + in_quotes(word) + "; expected an option that --help lists");
    }
    std::vector<std::string> names;
    for (const CLI::Option* const each : app.get_options()) {
        names.push_back(each->get_name());
    }
    const std::string hint = did_you_mean(word.substr(0, word.find('=')), names);
    throw UsageError("unknown option " + in_quotes(word) +
                     (hint.empty() ? "; expected one that --help lists" : hint));
}

// CLI11 begins such messages with the option's name.
std::string describe(const CLI::ParseError& error) {
    std::string text = error.what();
    const std::size_t colon = text.find(':');
    if (error.get_name() == "ArgumentMismatch" && colon != std::string::npos) {
        return text.substr(0, colon) + ": expected a value, found none";
    }
    if (error.get_name() == "ArgumentMismatch" && text.find("flag override") != std::string::npos) {
        return "--" + text.substr(0, text.find(' ')).erase(0, text.find_first_not_of('-')) +
               ": expected no value, found one";
    }
    return text;
}

// The words before the first "--", and those after it, which are no options whatever they look like.
struct Words {
    std::vector<const char*> options;
    std::vector<std::string> behind;
};

Words split(int argc, const char* const* argv) {
    const auto is_end = [](std::string_view word) { return word == "--"; };
    const char* const* const begin = argv + std::min(argc, 1);
    // Before the command there is nothing that it could end.
    const auto start = begin != argv + argc && is_end(*begin) ? begin + 1 : begin;
    const auto end = std::find_if(start, argv + argc, is_end);
    Words words{{argv, begin}, {}};
    words.options.insert(words.options.end(), start, end);
    if (end != argv + argc) {
        words.behind.assign(end + 1, argv + argc);
    }
    return words;
}

// CLI11 2.4 takes -h and the step --h for one name: so it never sees the former.
void parse(CLI::App& app, std::vector<const char*> words) {
    std::replace_if(
        words.begin(), words.end(), [](std::string_view word) { return word == "-h"; }, "--help");
    app.parse(static_cast<int>(words.size()), words.data());
}

// What CLI11 makes of an option.
void declare(CLI::App& app, const Option& option) {
    if (option.flag != nullptr) {
        app.add_flag(option.name, *option.flag, option.help)->disable_flag_override();
    } else if (option.words != nullptr) {
        app.add_option(option.name, *option.words, option.help)->type_name(option.type);
    } else {
        app.add_option_function<std::string>(
               option.name,
               [name = option.name, use = option.use](const std::string& text) { use(name, text); },
               option.help)
            ->type_name(option.type)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
}

void note_given(const CLI::App& command, std::set<std::string>& given) {
    for (const CLI::Option* const each : command.get_options()) {
        if (each->count() > 0) {
            given.insert(each->get_name());
        }
    }
}

// A subcommand, and where its words go that belong to no option; nullptr: it takes none.
struct Declared {
    CLI::App* app;
    std::vector<std::string>* words = nullptr;
};

Declared declare(CLI::App& app, const Syntax& syntax) {
    Declared command{app.add_subcommand(syntax.name, syntax.help)};
    command.app->allow_extras();
    command.app->footer(syntax.footer);
    command.app->get_formatter()->column_width(24);
    for (const Option& option : syntax.options) {
        declare(*command.app, option);
        command.words = option.words != nullptr ? option.words : command.words;
    }
    if (syntax.given != nullptr) {
        command.app->parse_complete_callback(
            [app = command.app, given = syntax.given] { note_given(*app, *given); });
    }
    return command;
}

// The first word that is no option names a command: --help behind it cannot help otherwise.
void reject_unknown_command(const CLI::App& app, const std::vector<const char*>& words) {
    std::vector<std::string> names;
    for (const CLI::App* const each : app.get_subcommands(nullptr)) {
        names.push_back(each->get_name());
    }
    const auto word = std::find_if(words.begin() + std::min<std::ptrdiff_t>(1, std::ssize(words)),
                                   words.end(), [](const char* each) { return *each != '-'; });
    const bool found = word != words.end();
    if (found && std::find(names.begin(), names.end(), *word) != names.end()) {
        return;
    }
    std::string list;
    for (const std::string& name : names) {
        list += (list.empty() ? "" : name == names.back() ? " or " : ", ") + name;
    }
    if (found) {
        throw UsageError("unknown command " + in_quotes(*word) + ": expected " + list +
                         did_you_mean(*word, names));
    }
    if (words.size() < 2) {
        throw UsageError("expected a command, " + list + ", found none; thalweg --help tells more");
    }
}

// What the options have left over.
void check_rest(const Declared& command, const std::vector<std::string>& behind) {
    reject_extras(*command.app);
    if (command.words != nullptr) {
        command.words->insert(command.words->end(), behind.begin(), behind.end());
    } else if (!behind.empty()) {
        throw UsageError("unexpected argument " + in_quotes(behind.front()) +
                         "; expected an option that --help lists");
    }
}

}  // namespace

int run_command_line(int argc, const char* const* argv, std::string& command, const Actions& actions) {
    const Words words = split(argc, argv);
    CLI::App app(
        "thalweg trains nets on images and tables, and does the notebook of Deep Learning from Scratch.",
        "thalweg");
    app.footer("thalweg COMMAND --help tells the options of a command, with examples.");
    app.set_help_flag("--help", "print this help message and exit; -h is the same");
    app.set_version_flag("--version", "thalweg " + build_info().version, "print the version and exit");
    app.allow_extras();
    app.allow_windows_style_options(false);  // /data/0.png is a path, on Windows, too
    app.require_subcommand(0, 1);
    TrainCommand train;
    GradcheckCommand gradcheck;
    EvaluateCommand evaluate;
    PredictCommand predict;
    NotebookCommand notebook;
    SelftestCommand selftest;
    InfoCommand info;
    const struct {
        Declared declared;
        std::function<int()> run;
    } commands[] = {
        {declare(app, train_syntax(train)), [&] { return actions.train(train); }},
        {declare(app, gradcheck_syntax(gradcheck)), [&] { return actions.gradcheck(gradcheck); }},
        {declare(app, evaluate_syntax(evaluate)), [&] { return actions.evaluate(evaluate); }},
        {declare(app, predict_syntax(predict)), [&] { return actions.predict(predict); }},
        {declare(app, notebook_syntax(notebook)), [&] { return actions.notebook(notebook); }},
        {declare(app, selftest_syntax(selftest)), [&] { return actions.selftest(selftest); }},
        {declare(app, info_syntax(info)), [&] { return actions.info(info); }},
    };
    const auto name_command = [&] {
        for (const auto& [declared, run] : commands) {
            command = app.got_subcommand(declared.app) ? "thalweg " + declared.app->get_name() : command;
        }
    };
    reject_unknown_command(app, words.options);
    try {
        parse(app, words.options);
    } catch (const CLI::CallForHelp&) {
        print_help(stdout, app.help());
        return kDone;
    } catch (const CLI::CallForVersion& version) {
        print_line(stdout, version.what());
        return kDone;
    } catch (const CLI::ParseError& error) {
        name_command();
        throw UsageError(describe(error));
    } catch (const UsageError&) {
        name_command();
        throw;
    }
    reject_extras(app);
    name_command();
    for (const auto& [declared, run] : commands) {
        if (app.got_subcommand(declared.app)) {
            check_rest(declared, words.behind);
            return run();
        }
    }
    throw UsageError("expected a command, found none; thalweg --help tells more");
}

}  // namespace thalweg::cli
