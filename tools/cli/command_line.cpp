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
#include "thalweg/version.hpp"

namespace thalweg::cli {
namespace {

// Extra words are collected instead of rejected by CLI11, so that the message is ours.
void reject_extras(const CLI::App& app) {
    const std::vector<std::string> extras = app.remaining();
    if (extras.empty()) {
        return;
    }
    const bool option = extras.front().starts_with("-");
    throw UsageError((option ? "unknown option " : "unexpected argument ") + in_quotes(extras.front()) +
                     "; expected one that --help lists");
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

// CLI11 2.4 takes -h and the step --h for one name: so it never sees the former.
void parse(CLI::App& app, int argc, const char* const* argv) {
    std::vector<const char*> arguments(argv, argv + argc);
    std::replace_if(
        arguments.begin(), arguments.end(), [](std::string_view word) { return word == "-h"; }, "--help");
    app.parse(argc, arguments.data());
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

CLI::App* declare(CLI::App& app, const Syntax& syntax) {
    CLI::App* const command = app.add_subcommand(syntax.name, syntax.help);
    command->allow_extras();
    command->footer(syntax.footer);
    command->get_formatter()->column_width(24);
    for (const Option& option : syntax.options) {
        declare(*command, option);
    }
    if (syntax.given != nullptr) {
        command->parse_complete_callback([command, given = syntax.given] { note_given(*command, *given); });
    }
    return command;
}

}  // namespace

int run_command_line(int argc, const char* const* argv, std::string& command, const Actions& actions) {
    CLI::App app("thalweg trains the two-layer net of Deep Learning from Scratch, chapter 4.", "thalweg");
    app.footer("thalweg COMMAND --help tells the options of a command, with examples.");
    app.set_help_flag("--help", "print this help message and exit; -h is the same");
    app.set_version_flag("--version", "thalweg " + build_info().version, "print the version and exit");
    app.allow_extras();
    app.require_subcommand(0, 1);
    TrainCommand train;
    GradcheckCommand gradcheck;
    PredictCommand predict;
    NotebookCommand notebook;
    SelftestCommand selftest;
    InfoCommand info;
    const struct {
        const CLI::App* app;
        std::function<int()> run;
    } commands[] = {
        {declare(app, train_syntax(train)), [&] { return actions.train(train); }},
        {declare(app, gradcheck_syntax(gradcheck)), [&] { return actions.gradcheck(gradcheck); }},
        {declare(app, predict_syntax(predict)), [&] { return actions.predict(predict); }},
        {declare(app, notebook_syntax(notebook)), [&] { return actions.notebook(notebook); }},
        {declare(app, selftest_syntax(selftest)), [&] { return actions.selftest(selftest); }},
        {declare(app, info_syntax(info)), [&] { return actions.info(info); }},
    };
    const auto name_command = [&] {
        for (const auto& each : commands) {
            command = app.got_subcommand(each.app) ? "thalweg " + each.app->get_name() : command;
        }
    };
    try {
        parse(app, argc, argv);
    } catch (const CLI::Success& asked_for_help) {
        app.exit(asked_for_help);
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
    for (const auto& each : commands) {
        if (app.got_subcommand(each.app)) {
            reject_extras(*each.app);
            return each.run();
        }
    }
    throw UsageError(
        "expected a command, train, gradcheck, predict, notebook, selftest or info, found none; thalweg "
        "--help tells more");
}

}  // namespace thalweg::cli
