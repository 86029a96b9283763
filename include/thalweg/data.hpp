// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Forwards to what this header of 0.1 became: labelled images, and mini-batches.
#pragma once

#include "thalweg/images.hpp"
#include "thalweg/samples.hpp"
