// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The one function that the library of peers exports (exports.map). All the rest of it is compiled for the
// processor at hand and stays inside, so that no inline function of it can take the place of one of ours.
#pragma once

#include <vector>

#include "peers/peer.hpp"

namespace thalweg::bench::peers {

std::vector<const Peer*> all();

}  // namespace thalweg::bench::peers
