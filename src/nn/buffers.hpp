// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Forwards to where this header went.
#pragma once

#include "nn/layers/buffers.hpp"
