// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Forwards to what became of this header.
#pragma once

#include "nn/layers/checks.hpp"
#include "nn/layers/one_hot.hpp"
