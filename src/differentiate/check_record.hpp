// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The judge of gradient checks: differences that know their error, what they say of an analytic entry, and
// the record of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/gradient_check.hpp"
#include "thalweg/random.hpp"

namespace thalweg::detail {

// A difference, and how far it may be off.
struct Judged {
    double difference;
    double error;
};
// From f at x - 2h, x - h, x, x + h, x + 2h. The error adds what h against 2h shows, what the two sides show
// (a kink at x leaves both central quotients equal and wrong), and rounding.
Judged judge(const double (&f)[5], double width, double width2, double rounding) noexcept;

// What a difference says about an analytic entry, with errors relative to the entry.
struct Weighed {
    GradientVerdict verdict;
    double error;
    double doubt;
};

class CheckRecord {
public:
    CheckRecord(const CheckOptions& options, double least_scale) noexcept;
    Weighed weigh(double analytic, const Judged& judged) const noexcept;
    void add(std::size_t index, double analytic, const Judged& judged);
    GradientCheck result;

private:
    double rank_ = -1.0;
    double least_scale_;
};

double largest_entry(std::span<const double> analytic) noexcept;
double root_mean_square(std::span<const double> analytic) noexcept;
double sum_of_products(std::span<const double> a, std::span<const double> b) noexcept;
double sum_of_magnitudes(std::span<const double> a, std::span<const double> b) noexcept;
// Indices to check, ascending.
std::vector<std::size_t> chosen_entries(const CheckOptions& options, std::size_t size);
// Directions of length 1, uniformly distributed; one after the other.
class Directions {
public:
    Directions(std::uint32_t seed, std::size_t size);
    std::span<const double> next();

private:
    Rng rng_;
    std::vector<double> v_;
};

}  // namespace thalweg::detail
