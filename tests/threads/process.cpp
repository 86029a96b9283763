// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "threads/process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "support/guarded.hpp"

namespace thalweg::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::minutes(5);

int status_of(const std::function<int()>& body) noexcept {
    try {
        return body();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        return 99;
    }
}

pid_t start(const std::function<int()>& body) {
    // What is buffered here would be written by the child as well.
    std::cout.flush();
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) {
        throw std::runtime_error("fork failed");
    }
    if (child == 0) {
        finish(status_of(body));
    }
    return child;
}

std::string wait_for(pid_t child) {
    const Clock::time_point begin = Clock::now();
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        if (Clock::now() - begin > kPatience) {
            ::kill(child, SIGKILL);
            ::waitpid(child, &status, 0);
            return "hangs";
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    if (WIFSIGNALED(status)) {
        return "signal " + std::to_string(WTERMSIG(status));
    }
    return WEXITSTATUS(status) == 0 ? "" : "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void finish(int status) {
#ifdef THALWEG_TEST_ASAN
    std::fflush(nullptr);
    ::_exit(status);
#else
    std::exit(status);
#endif
}

std::string in_child(const std::function<int()>& body) {
    return wait_for(start(body));
}

}  // namespace thalweg::test
