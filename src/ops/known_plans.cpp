// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Plans that a thread has made, found again by what their programs are known by.
#include "core/of_this_thread.hpp"
#include "ops/plan.hpp"

namespace thalweg::ops {
namespace {

// What plans are found again by.
struct Key {
    std::uint64_t ops[Recorded::kWords];
    std::size_t count;
    std::uint64_t numbers;
    std::uint64_t twins;

    bool operator==(const Key&) const = default;
    std::size_t slot(std::size_t slots) const noexcept {
        std::uint64_t mixed = count + numbers + twins;
        for (const std::uint64_t word : ops) {
            mixed = (mixed ^ word) * 0x9e3779b97f4a7c15U;
            mixed ^= mixed >> 32;
        }
        return static_cast<std::size_t>(mixed % slots);
    }
};

// Programs that came by lately. Most of a caller's lines of code are run again.
struct KnownPlans {
    static constexpr std::size_t kSlots = 16;
    Key keys[kSlots] = {};
    ArrayPlan plans[kSlots];
    ArrayPlan other;
};

}  // namespace

const ArrayPlan& plan_of(const Recorded& program) {
    auto& known = of_this_thread<KnownPlans>();
    if (program.words == nullptr) {
        make_plan(program, known.other);
        return known.other;
    }
    const Key key{{program.words[0], program.words[1], program.words[2]},
                  program.count,
                  program.numbers,
                  program.twins};
    const std::size_t slot = key.slot(KnownPlans::kSlots);
    if (!(known.keys[slot] == key)) {
        known.keys[slot].count = 0;  // unknown, should what follows throw
        make_plan(program, known.plans[slot]);
        known.keys[slot] = key;
    }
    return known.plans[slot];
}

}  // namespace thalweg::ops
