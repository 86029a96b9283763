// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One peer a file; all.cpp lists those that were built.
#pragma once

#include "peers/peer.hpp"

namespace thalweg::bench::peers {

extern const Peer blis;
extern const Peer eigen;
extern const Peer eigen_plain;
extern const Peer libmvec;
extern const Peer libxsmm;
extern const Peer loops;
extern const Peer onednn;
extern const Peer onednn_sgemm;
extern const Peer openblas;
extern const Peer sleef;
extern const Peer sleef_u35;
extern const Peer xtensor;

// In a library of its own (libtorch.map).
const Peer& libtorch();

}  // namespace thalweg::bench::peers
