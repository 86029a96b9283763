// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What holds for every slot of every table: nothing outside the arrays is read or written, no vectors stay
// behind in registers, and all levels of one rounding class give the same bits.
#include <string>

#include "kernels/every_slot.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "support/shapes.hpp"
#include "support/upper_halves.hpp"

using namespace thalweg;
using namespace thalweg::test;

TEMPLATE_TEST_CASE("every slot stays inside its arrays", "[kernels][guarded]", float, double) {
    each_table([](const kernels::KernelTable& table) {
        const auto& part = dispatch::part<TestType>(table);
        Failures failures;
        for (const SlotCall<TestType>& slot : every_slot<TestType>()) {
            INFO("slot " << slot.name);  // for one that a table left empty: nothing else is printed then
            for (const std::size_t n : lengths<TestType>()) {
                Memory margins(Place::kMargins, Kind::kNormal, n);
                const Results expected = slot.run(part, margins, n);
                failures.expect(upper_halves_are_zero(), slot.name, "n =", n, "left vectors in registers");
                failures.expect(margins.untouched(), slot.name, "n =", n, "wrote beside its output");
                for (const Place place : {Place::kEnd, Place::kStart}) {
                    Memory guarded(place, Kind::kNormal, n);
                    guarded.keep_inputs_read_only();
                    failures.compare(slot.run(part, guarded, n), expected, slot.name, "n =", n,
                                     "placed otherwise");
                    failures.expect(guarded.untouched(), slot.name, "n =", n, "wrote into a gap");
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("levels of one rounding class agree bit for bit", "[kernels][levels]", float, double) {
    for (const bool fma : {true, false}) {
        const kernels::KernelTable* first = nullptr;
        each_table([&](const kernels::KernelTable& table) {
            if (table.fma != fma) {
                return;
            }
            if (first == nullptr) {
                first = &table;
                return;
            }
            Failures failures;
            for (const SlotCall<TestType>& slot : every_slot<TestType>()) {
                for (const Kind kind : all_kinds()) {
                    for (const std::size_t n : lengths<TestType>()) {
                        Memory one(Place::kMargins, kind, n);
                        Memory other(Place::kMargins, kind, n);
                        failures.compare(slot.run(dispatch::part<TestType>(table), one, n),
                                         slot.run(dispatch::part<TestType>(*first), other, n), slot.name,
                                         name(kind), "n =", n, table.name, "against", first->name);
                    }
                }
            }
            REQUIRE(failures.text() == "");
        });
    }
}

TEST_CASE("tables name their level and rounding class", "[kernels][levels]") {
    for (const SimdLevel level : available_levels()) {
        CHECK(dispatch::table(level).name == std::string(name(level)));
        CHECK(dispatch::table(level).fma == has_fma(level));
        CHECK(dispatch::table(level).f32.gemm_rows > 0);
        CHECK(dispatch::table(level).f32.gemm_cols > 0);
        CHECK(dispatch::table(level).f64.gemm_rows > 0);
        CHECK(dispatch::table(level).f64.gemm_cols > 0);
    }
}
