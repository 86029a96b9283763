// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "train_run.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "cli.hpp"
#include "end_signals.hpp"
#include "terminal.hpp"
#include "thalweg/error.hpp"

namespace thalweg::cli {

std::FILE* told_on(const TrainCommand& command) {
    const bool taken = is_standard_output(command.csv) || is_standard_output(command.json);
    return taken ? stderr : stdout;
}

std::optional<OutputFile> output_for(const char* option, const std::string& path) {
    return path.empty() ? std::nullopt : std::optional<OutputFile>(std::in_place, option, path);
}

bool write_output(const std::optional<OutputFile>& output, const std::function<void(std::FILE*)>& write) {
    if (!output.has_value()) {
        return true;
    }
    try {
        output->write(write);
        return true;
    } catch (const UsageError& error) {
        if (end_signal() != SIGPIPE) {  // who reads no more has seen enough
            print_error(kTrain, error.what());
        }
        return false;
    }
}

bool try_to_save(const std::function<void()>& save, std::string& error) {
    try {
        save();
        return true;
    } catch (const IoError& what) {
        error = what.what();
        return false;
    }
}

void print_rate(const TrainCommand& command, double before) {
    if (command.lr != before) {
        print_linef(told_on(command), "       learning rate %s, before %s", number_text(command.lr).c_str(),
                    number_text(before).c_str());
    }
}

void print_end(const TrainCommand& command, std::size_t iterations, std::size_t wanted,
               const std::string& save_error) {
    const std::string why =
        save_error.empty() ? std::string("by ") + end_signal_name() : "for want of a checkpoint";
    print_linef(told_on(command), "ended %s after %zu of %zu iterations", why.c_str(), iterations, wanted);
}

void check_memory(double bytes, const std::string& what) {
#ifdef _SC_PHYS_PAGES
    const auto pages = static_cast<double>(sysconf(_SC_PHYS_PAGES));
    const double available = pages * static_cast<double>(sysconf(_SC_PAGESIZE));
    if (available > 0.0 && bytes > available) {
        char text[80];
        std::snprintf(text, sizeof text, ": expected to fit the %.1f GiB of this machine, found %.1f GiB",
                      available / 0x1p30, bytes / 0x1p30);
        throw UsageError(what + text);
    }
#else
    (void)bytes;
    (void)what;
#endif
}

int exit_status(const Ending& ending) {
    if (!ending.save_error.empty()) {
        print_error(kTrain, "--save: " + ending.save_error);
    }
    if (end_signal() == SIGPIPE) {
        return kSignal + SIGPIPE;
    }
    if (!ending.outputs_written || !ending.save_error.empty()) {
        return kBadUse;
    }
    if (ending.loss_not_finite) {
        print_error(kTrain, "the loss is no longer finite at iteration " + std::to_string(ending.iterations) +
                                ": expected a number, found " + number_text(ending.loss) +
                                "; a smaller --lr may help");
        return kLossNotFinite;
    }
    return end_signal() != 0 ? kSignal + end_signal() : kDone;
}

std::string csv_to_continue(const TrainCommand& command, const std::string& header, std::size_t first) {
    struct stat found = {};
    if (command.resume.empty() || command.csv.empty() || is_standard_output(command.csv) ||
        stat(command.csv.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_size == 0) {
        return header + "\n";
    }
    std::ifstream file(command.csv, std::ios::binary);
    std::string line;
    std::getline(file, line);
    if (line != header) {
        throw UsageError("--csv: expected a table to continue, with the columns " + header + ", found " +
                         shown(line) + " in " + in_quotes(command.csv));
    }
    std::string kept = header + "\n";
    while (std::getline(file, line)) {
        std::size_t iteration = 0;
        std::istringstream(line) >> iteration;
        if (iteration < 1 || iteration > first || file.eof()) {
            break;
        }
        kept += line + "\n";
    }
    return kept;
}

}  // namespace thalweg::cli
