// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Catch2 2.x compiles its whole runner here, once.
#define CATCH_CONFIG_MAIN
#include "support/catch.hpp"
