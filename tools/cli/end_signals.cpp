// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "end_signals.hpp"

#include <signal.h>

#include <csignal>

namespace thalweg::cli {
namespace {

constexpr int kWatched[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

volatile std::sig_atomic_t noted = 0;

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

}  // namespace

void watch_for_end() {
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
