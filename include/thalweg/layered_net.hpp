// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Forwards to net.hpp, where LayeredNet is since 0.2.
#pragma once

#include "thalweg/net.hpp"
