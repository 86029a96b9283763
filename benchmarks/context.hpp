// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a figure means nothing without: machine, level, threads, compiler, measured peaks.
#pragma once

namespace thalweg::bench {

// Measures the peaks of every level that can run here, on one thread and on all (about 0.3 s), and puts them
// and the facts of machine and build into the lines that Google Benchmark prints and writes before its
// results.
void add_context();

}  // namespace thalweg::bench
