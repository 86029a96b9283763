// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a figure means nothing without: machine, level, threads, compiler, measured peaks.
#pragma once

namespace thalweg::bench {

// Measures the peaks of every level that can run here (about 0.1 s), and puts them, the facts of machine and
// build and the peers' versions into the lines that Google Benchmark prints and writes before its results.
void add_context();

}  // namespace thalweg::bench
