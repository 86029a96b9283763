// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// survive(): one run for every allocation, and what must hold after each.
#include <chrono>
#include <cstddef>
#include <exception>
#include <new>
#include <string>
#include <thread>

#include "data/files.hpp"
#include "faults/allocations.hpp"
#include "faults/counters.hpp"
#include "thalweg/error.hpp"

namespace thalweg::test {
namespace {

struct Run {
    bool returned = false;
    bool right = false;
    bool expected_error = false;
    std::string other_error;
    std::size_t asked = 0;
};

// refuse_at 0: nothing is refused.
Run run(const std::function<bool()>& operation, std::size_t refuse_at, Refuse how) {
    Run result;
    Counters& all = counters();
    std::thread worker([&] {
        all.asked = 0;
        all.refuse_at = refuse_at == 0 ? static_cast<std::size_t>(-1) : refuse_at;
        all.how = how;
        all.watching = true;
        try {
            result.right = operation();
            result.returned = true;
        } catch (const std::bad_alloc&) {
            result.expected_error = true;
        } catch (const IoError&) {
            result.expected_error = true;
        } catch (const std::exception& error) {
            all.watching = false;
            result.other_error = error.what();
        }
        all.watching = false;
        result.asked = all.asked;
    });
    worker.join();
    return result;
}

// A team's threads give back their memory a moment after the thread they worked for has ended.
std::ptrdiff_t live_blocks(std::ptrdiff_t expected) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (counters().live != expected && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return counters().live;
}

std::string fault_of(const Run& result) {
    if (!result.other_error.empty()) {
        return "threw another error: " + result.other_error;
    }
    return result.returned && !result.right ? "returned with a wrong result" : "";
}

}  // namespace

Survival survive(const std::function<bool()>& operation, const std::function<std::string()>& left) {
    Survival survival;
    // The first run makes what a program keeps for good: locales, tables, the runtime's own things.
    survival.fault = fault_of(run(operation, 0, Refuse::kOne));
    for (const Refuse how : {Refuse::kOne, Refuse::kAllFromThere}) {
        for (std::size_t n = 1; survival.fault.empty(); ++n) {
            const std::ptrdiff_t files = open_files();
            const std::ptrdiff_t blocks = counters().live;
            const Run result = run(operation, n, how);
            const std::ptrdiff_t more_blocks = live_blocks(blocks) - blocks;
            std::string fault = fault_of(result);
            if (fault.empty() && more_blocks != 0) {
                fault = "left " + std::to_string(more_blocks) + " blocks";
            }
            if (fault.empty() && open_files() != files) {
                fault = "left " + std::to_string(open_files() - files) + " open files";
            }
            if (fault.empty() && left) {
                fault = left();
            }
            if (!fault.empty()) {
                survival.fault = "allocation " + std::to_string(n) +
                                 (how == Refuse::kOne ? "" : " and all later ones") + " refused: " + fault;
                break;
            }
            survival.thrown += result.expected_error ? 1 : 0;
            if (result.asked < n) {
                survival.allocations = n - 1;
                break;
            }
        }
    }
    if (survival.fault.empty()) {
        survival.fault = fault_of(run(operation, 0, Refuse::kOne));
    }
    return survival;
}

}  // namespace thalweg::test
