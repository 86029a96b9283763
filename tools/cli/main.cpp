// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The `thalweg` command: picks the subcommand and turns every error into one line and an exit status.
// Start reading at train.cpp.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "thalweg/version.hpp"

namespace {

namespace cli = thalweg::cli;

// Extra words are collected instead of refused by CLI11, so that the message is ours.
void refuse_extras(const CLI::App& app) {
    const std::vector<std::string> extras = app.remaining();
    if (extras.empty()) {
        return;
    }
    const bool option = extras.front().starts_with("-");
    throw cli::UsageError((option ? "unknown option " : "unexpected argument ") +
                          cli::in_quotes(extras.front()) + "; expected one that --help lists");
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

// A full disk or a closed terminal shows only when the buffers are written out.
int flush(int status, const std::string& command) {
    const bool flushed = std::fflush(stdout) == 0;
    const std::string why = flushed ? "a write failed" : std::strerror(errno);
    if (flushed && std::ferror(stdout) == 0) {
        return status;
    }
    cli::print_error(command, "cannot write standard output: " + why);
    return cli::kBadUse;
}

int run(int argc, char** argv, std::string& command) {
    CLI::App app("thalweg trains the two-layer net of Deep Learning from Scratch, chapter 4.", "thalweg");
    app.footer("thalweg COMMAND --help tells the options of a command, with examples.");
    // CLI11 2.4 takes -h and the step --h for one name: so it never sees the former.
    app.set_help_flag("--help", "print this help message and exit; -h is the same");
    app.set_version_flag("--version", "thalweg " + thalweg::build_info().version,
                         "print the version and exit");
    app.allow_extras();
    app.require_subcommand(0, 1);
    cli::TrainCommand train;
    cli::GradcheckCommand gradcheck;
    cli::NotebookCommand notebook;
    const CLI::App* const train_app = cli::declare_train(app, train);
    const CLI::App* const gradcheck_app = cli::declare_gradcheck(app, gradcheck);
    cli::PredictCommand predict;
    const CLI::App* const predict_app = cli::declare_predict(app, predict);
    const CLI::App* const notebook_app = cli::declare_notebook(app, notebook);
    const CLI::App* const info_app = cli::declare_info(app);
    const auto name_command = [&] {
        for (const CLI::App* const each : {train_app, gradcheck_app, predict_app, notebook_app, info_app}) {
            command = app.got_subcommand(each) ? "thalweg " + each->get_name() : command;
        }
    };
    try {
        std::vector<const char*> arguments(argv, argv + argc);
        std::replace_if(
            arguments.begin(), arguments.end(), [](std::string_view word) { return word == "-h"; }, "--help");
        app.parse(argc, arguments.data());
    } catch (const CLI::Success& asked_for_help) {
        app.exit(asked_for_help);
        return cli::kDone;
    } catch (const CLI::ParseError& error) {
        name_command();
        throw cli::UsageError(describe(error));
    } catch (const cli::UsageError&) {
        name_command();
        throw;
    }
    refuse_extras(app);
    name_command();
    if (app.got_subcommand(train_app)) {
        refuse_extras(*train_app);
        return cli::run_train(train);
    }
    if (app.got_subcommand(gradcheck_app)) {
        refuse_extras(*gradcheck_app);
        return cli::run_gradcheck(gradcheck);
    }
    if (app.got_subcommand(predict_app)) {
        refuse_extras(*predict_app);
        return cli::run_predict(predict);
    }
    if (app.got_subcommand(notebook_app)) {
        refuse_extras(*notebook_app);
        return cli::run_notebook(notebook);
    }
    if (app.got_subcommand(info_app)) {
        refuse_extras(*info_app);
        return cli::run_info();
    }
    throw cli::UsageError(
        "expected a command, train, gradcheck, predict, notebook or info, found none; thalweg --help tells "
        "more");
}

}  // namespace

int main(int argc, char** argv) {
    std::string command = "thalweg";
    try {
        const int status = run(argc, argv, command);
        return flush(status, command);
    } catch (const std::bad_alloc&) {
        cli::print_error(command, "not enough memory for this net, batch and data");
    } catch (const std::exception& error) {
        cli::print_error(command, error.what());
    }
    return cli::kBadUse;
}
