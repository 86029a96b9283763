// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Forwards to differences.hpp, which is this header of 0.1.
#pragma once

#include "thalweg/differences.hpp"
