// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "end_signals.hpp"

#include <csignal>

#include "io/posix.hpp"

namespace thalweg::cli {
namespace {

volatile std::sig_atomic_t noted = 0;

#ifndef _WIN32
constexpr int kWatched[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

extern "C" void note_end_signal(int number) {
    noted = number;
    for (const int each : kWatched) {
        struct sigaction now = {};
        if (sigaction(each, nullptr, &now) == 0 && now.sa_handler == note_end_signal) {
            // Whoever reads no more would otherwise end the process at the next line, before anything is
            // saved.
            now.sa_handler = each == SIGPIPE ? SIG_IGN : SIG_DFL;
            sigaction(each, &now, nullptr);
        }
    }
}
#endif

}  // namespace

void watch_for_end() {
#ifdef _WIN32
    posix::watch_console([](int number) { noted = number; });
#else
    for (const int each : kWatched) {
        struct sigaction action = {};
        if (sigaction(each, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
            continue;
        }
        action = {};
        action.sa_handler = note_end_signal;
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        for (const int other : kWatched) {
            sigaddset(&action.sa_mask, other);
        }
        sigaction(each, &action, nullptr);
    }
#endif
}

int end_signal() noexcept {
    return noted;
}

const char* end_signal_name() noexcept {
    switch (noted) {
        case SIGINT:
            return "Ctrl-C";
        case SIGTERM:
            return "SIGTERM";
        case SIGHUP:
            return "SIGHUP";
        default:
            return "SIGPIPE";
    }
}

}  // namespace thalweg::cli
