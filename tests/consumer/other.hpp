// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The program's second translation unit, which may be compiled with other flags than the first.
#pragma once

double corner_of_square();
