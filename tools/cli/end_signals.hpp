// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Signals that ask a run to end and to keep what it reached: Ctrl-C, SIGTERM, a closed terminal, a closed
// pipe.
#pragma once

namespace thalweg::cli {

// From here on the first of them is noted, and a second one ends the process as usual. One that is ignored
// (nohup, a job in the background of a script) stays so.
void watch_for_end();

// The signal that came; 0: none.
int end_signal() noexcept;

// "Ctrl-C", "SIGTERM"
const char* end_signal_name() noexcept;

}  // namespace thalweg::cli
