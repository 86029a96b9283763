// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The `thalweg` command: turns every error into one line and an exit status. Start reading at train.cpp.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "cli.hpp"
#include "command_line.hpp"

namespace {

namespace cli = thalweg::cli;

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

}  // namespace

int main(int argc, char** argv) {
    std::string command = "thalweg";
    try {
        const int status = cli::run_command_line(argc, argv, command);
        return flush(status, command);
    } catch (const std::bad_alloc&) {
        cli::print_error(command, "not enough memory for this net, batch and data");
    } catch (const std::exception& error) {
        cli::print_error(command, error.what());
    }
    return cli::kBadUse;
}
