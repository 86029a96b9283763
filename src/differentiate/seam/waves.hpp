// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Elements that know their points beforehand: asked for in waves, combined one by one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <vector>

#include "differentiate/seam/seam.hpp"

namespace thalweg::detail {

// ask(points, e) adds the points of element e; combine(e, values, done) gets what f, a function of one
// output, returned there, and whether it did. What goes wrong for the lowest element is thrown.
template <class Ask, class Combine>
void run_waves(Seam& seam, std::span<const double> x, std::size_t count, std::size_t at_once, const Ask& ask,
               const Combine& combine) {
    Points points{x};
    std::vector<std::size_t> starts;
    std::vector<double> values;
    std::vector<State> states;
    std::exception_ptr trouble;
    for (std::size_t first = 0; first < count && !trouble; first += at_once) {
        points.clear();
        starts.assign(1, 0);
        try {
            for (std::size_t e = first; e < std::min(count, first + at_once); ++e) {
                ask(points, e);
                starts.push_back(points.size());
            }
        } catch (...) {
            trouble = std::current_exception();
            points.points.resize(starts.back());
        }
        values.resize(points.size());
        states.resize(points.size());
        seam.evaluate(points, values, states);
        for (std::size_t e = 0; e + 1 < starts.size(); ++e) {
            const auto of = std::span(states).subspan(starts[e], starts[e + 1] - starts[e]);
            const bool done =
                std::all_of(of.begin(), of.end(), [](State state) { return state == State::kDone; });
            if (!done && seam.on_failure() == OnFailure::kThrow) {
                std::rethrow_exception(seam.failure());
            }
            combine(first + e, std::span<const double>(values).subspan(starts[e], of.size()), done);
        }
    }
    if (trouble) {
        std::rethrow_exception(trouble);
    }
}

}  // namespace thalweg::detail
