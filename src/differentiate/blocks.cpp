// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The caller's function on several threads: an exception must not leave an OpenMP region, so it is carried
// out. What each variable gave is added to the gradient.
#include <exception>
#include <vector>

#include "parallel/team.hpp"
#include "thalweg/finite_differences.hpp"

namespace thalweg::detail {

void for_blocks(std::size_t n, int threads, void* context,
                void (*part)(void* context, std::size_t first, std::size_t last)) {
    if (n == 0) {
        return;
    }
    const auto wanted = static_cast<std::size_t>(threads == 0 ? thalweg::threads() : threads);
    const std::size_t size = wanted < n ? wanted : n;
    if (size <= 1) {
        part(context, 0, n);
        return;
    }
    std::vector<std::exception_ptr> errors(size);
    const auto callers = core::FloatControl::current();
    parallel::run_unwatched(size, [&](const parallel::Part& mine) {
        const auto [first, last] = mine.share(n, 1);
        if (first == last) {
            return;
        }
        // f computes on every thread as it would on the caller's.
        const core::FloatControlScope as_caller(callers);
        try {
            part(context, first, last);
        } catch (...) {
            errors[mine.index] = std::current_exception();
        }
    });
    // Blocks ascend with their index, and everything below a block's own exception went well.
    for (const std::exception_ptr& error : errors) {
        if (error) {
            std::rethrow_exception(error);
        }
    }
}

void gather(const Plan& plan, std::span<const Derivative> entries, GradientResult& result) {
    const std::size_t n = result.gradient.size();
    result.error_estimate.resize(plan.estimate ? n : 0);
    result.evaluations += entries.empty() ? n * plan.plain_evaluations() : 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::size_t evaluations = entries[i].evaluations;
        result.evaluations += evaluations != 0 ? evaluations : plan.plain_evaluations();
        if (plan.estimate) {
            result.error_estimate[i] = entries[i].error_estimate;
        }
        if (entries[i].doubtful) {
            result.doubtful.push_back(i);
        }
    }
}

}  // namespace thalweg::detail
