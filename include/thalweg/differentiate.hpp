// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numerical differentiation: the central difference of the book, for any function of many variables.
#pragma once

#include <cstddef>
#include <span>

namespace thalweg {

/// (f(x + h e_i) - f(x - h e_i)) / 2h. The variable is perturbed in place and restored bit for bit, also when
/// f throws.
/// shape    x: any length; i < x.size()
/// range    h > 0; h = 1e-4 is the book's
/// error    h^2/6 * |f'''| + eps * |f| / h
/// threads  serial; f sees x as the caller laid it out
/// throws   what f throws
/// source   Deep Learning from Scratch 4.3.3, 4.4
template <class F>
double central_difference(F&& f, std::span<double> x, std::size_t i, double h = 1e-4) {
    struct Restore {
        double& place;
        double value;
        ~Restore() { place = value; }
    };
    const Restore restore{x[i], x[i]};
    x[i] = restore.value + h;
    const double above = f();
    x[i] = restore.value - h;
    const double below = f();
    return (above - below) / (2.0 * h);
}

}  // namespace thalweg
