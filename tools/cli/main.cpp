// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The `thalweg` command: turns every error into one line and an exit status. Start reading at train.cpp.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>

#include "cli.hpp"
#include "command_line.hpp"
#include "io/posix.hpp"

namespace {

namespace cli = thalweg::cli;
namespace posix = thalweg::posix;

// A file that is opened must not become what the program takes for its output or its input. The standing in
// can be used for nothing, so that printing fails as it should.
void occupy_closed_streams() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (posix::is_closed(descriptor)) {
            posix::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

// A full disk or a closed terminal shows only when the buffers are written out. Where a write failed long ago
// its reason is lost, and one more byte, which nobody misses, asks for it again. A run that a signal has
// ended says so: with the signal the terminal may be gone.
int flush(int status, const std::string& command) {
    const bool failed = std::ferror(stdout) != 0;
    errno = 0;
    if ((std::fflush(stdout) == 0 && !failed) || status > cli::kSignal) {
        return status;
    }
    if (errno == 0 && posix::write(STDOUT_FILENO, "\n", 1) == 1) {
        errno = EIO;
    }
    cli::print_error(command, std::string("cannot write standard output: ") + posix::strerror(errno));
    return cli::kBadUse;
}

// How many of this program mpirun has started; they would all do the same, and write the same files.
int started_by_mpirun() {
    for (const char* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
        if (const char* const size = std::getenv(name)) {
            return std::atoi(size);
        }
    }
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    occupy_closed_streams();
    posix::begin_program(argc, argv);
    std::string command = "thalweg";
    try {
        if (const int count = started_by_mpirun(); count > 1) {
            throw cli::UsageError("mpirun started " + std::to_string(count) +
                                  " of this command, which know nothing of one another; thalweg-mpi trains a "
                                  "net in several processes");
        }
        const int status = cli::run_command_line(argc, argv, command);
        return flush(status, command);
    } catch (const std::bad_alloc&) {
        cli::print_error(command, "not enough memory for this net, batch and data");
    } catch (const std::exception& error) {
        cli::print_error(command, error.what());
    }
    return cli::kBadUse;
}
