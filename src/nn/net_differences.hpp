// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Forwards to the headers that took its place.
#pragma once

#include "nn/difference/gradient.hpp"
#include "nn/difference/small_moves.hpp"
