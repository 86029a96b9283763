// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From postfix order to steps. One value at a time is in the running tile. Leaves are read by the step that
// needs them. An operation of two leaves waits until it is known what becomes of it: it may be half of a
// step.
#include "ops/plan.hpp"

#include <utility>

namespace thalweg::ops {
namespace {

using arrays::Op;
using kernels::ArrayForm;
using kernels::ArrayOp;

ArrayOp step_op(Op op) noexcept {
    switch (op) {
#define THALWEG_CASE(name) \
    case Op::k##name:      \
        return ArrayOp::k##name;
        THALWEG_ARRAY_COMPARISON(THALWEG_CASE)
        THALWEG_ARRAY_OTHER(THALWEG_CASE)
        THALWEG_ARRAY_UNARY(THALWEG_CASE)
#undef THALWEG_CASE
        case Op::kAdd:
            return ArrayOp::kAdd;
        case Op::kSubtract:
            return ArrayOp::kSubtract;
        case Op::kMultiply:
            return ArrayOp::kMultiply;
        default:
            return ArrayOp::kDivide;
    }
}

// op(x, y) as turned(y, x); false where there is no such operation.
bool turn_around(ArrayOp& op) noexcept {
    switch (op) {
        case ArrayOp::kAdd:
        case ArrayOp::kMultiply:
        case ArrayOp::kEqual:
        case ArrayOp::kNotEqual:
        case ArrayOp::kAnd:
        case ArrayOp::kOr:
            return true;
        case ArrayOp::kSubtract:
            op = ArrayOp::kSubtractFrom;
            return true;
        case ArrayOp::kDivide:
            op = ArrayOp::kDivideInto;
            return true;
        case ArrayOp::kLess:
            op = ArrayOp::kGreater;
            return true;
        case ArrayOp::kLessEqual:
            op = ArrayOp::kGreaterEqual;
            return true;
        case ArrayOp::kGreater:
            op = ArrayOp::kLess;
            return true;
        case ArrayOp::kGreaterEqual:
            op = ArrayOp::kLessEqual;
            return true;
        default:
            return false;
    }
}

bool is_arithmetic(ArrayOp op) noexcept {
    return static_cast<std::size_t>(op) < kernels::kArithmeticOps;
}
bool is_order(ArrayOp op) noexcept {
    return !is_arithmetic(op) && static_cast<std::size_t>(op) < kernels::kArithmeticOps + kernels::kOrderOps;
}
bool is_comparison(ArrayOp op) noexcept {
    return !is_arithmetic(op) &&
           static_cast<std::size_t>(op) < kernels::kArithmeticOps + kernels::kComparisonOps;
}

struct Value {
    enum Kind : std::uint8_t { kSimple, kPair, kRunning };
    Kind kind;
    ArrayOp op;   // of a pair, whose first operand is an array
    Place in[2];  // where a simple value is; the operands of a pair
};

class Planner {
public:
    Planner(const Recorded& program, ArrayPlan& plan) noexcept : program_(program), plan_(plan) {}

    void leaf() {
        const Place::Kind kind = program_.number(leaves_) ? Place::kNumber : Place::kLeaf;
        values_.push_back({Value::kSimple, ArrayOp::kAdd, {{kind, program_.first_twin(leaves_)}, {}}});
        ++leaves_;
    }
    void unary(ArrayOp op) {
        Value& value = values_.back();
        if (op == ArrayOp::kSquare && value.kind == Value::kSimple && value.in[0].kind == Place::kLeaf) {
            value = {Value::kPair, ArrayOp::kMultiply, {value.in[0], value.in[0]}};
            return;
        }
        run(values_.size() - 1);
        step({ArrayForm::kUnary, op, op, {}, {}});
        result_of(1);
    }
    void binary(ArrayOp op);
    void choose();
    void multiply_add();
    void function(Op op, Place number = {});
    void power();
    void finish();

private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    bool simple(std::size_t v) const noexcept { return values_[v].kind == Value::kSimple; }
    bool is_number(std::size_t v) const noexcept { return values_[v].in[0].kind == Place::kNumber; }

    // A place is free again once a step has read it.
    void step(const PlannedStep& step) {
        plan_.steps.push_back(step);
        for (const Place& place : step.in) {
            if (place.kind != Place::kNowhere) {
                ++plan_.steps.back().inputs;
            }
            inputs_ += place.kind == Place::kLeaf || place.kind == Place::kBuffer ? 1 : 0;
            if (place.kind == Place::kTile) {
                free_tiles_.push_back(place.index);
            } else if (place.kind == Place::kBuffer) {
                free_buffers_.push_back(place.index);
            }
        }
    }
    static std::uint32_t take(InlineVector<std::uint32_t, 8>& free, std::size_t& used) {
        if (free.empty()) {
            return static_cast<std::uint32_t>(used++);
        }
        const std::uint32_t index = free.back();
        free.shrink(free.size() - 1);
        return index;
    }

    void end_segment() {
        const std::size_t count = plan_.steps.size() - first_;
        if (count != 0) {
            plan_.segments.push_back({Op::kLeaf, first_, count, {}, {}, {}});
        }
        first_ = plan_.steps.size();
        inputs_ = 0;
    }

    // Puts the running value away, if there is one: its place becomes a tile, or between blocks a buffer.
    void put_away() {
        if (running_ == kNone) {
            return;
        }
        Place place;
        if (plan_.blocked) {
            place = {Place::kBuffer, take(free_buffers_, plan_.buffers)};
            step({ArrayForm::kStore, ArrayOp::kAdd, ArrayOp::kAdd, {}, place});
            end_segment();
        } else {
            place = {Place::kTile, take(free_tiles_, plan_.tiles)};
            step({ArrayForm::kKeep, ArrayOp::kAdd, ArrayOp::kAdd, {}, place});
        }
        values_[running_].kind = Value::kSimple;
        values_[running_].in[0] = place;
        running_ = kNone;
    }

    // Makes value v the running one.
    void run(std::size_t v) {
        if (v == running_) {
            return;
        }
        put_away();
        const Value value = values_[v];
        if (value.kind == Value::kPair) {
            step({ArrayForm::kPair, value.op, value.op, {value.in[0], value.in[1], {}}, {}});
        } else {
            step({ArrayForm::kLoad, ArrayOp::kAdd, ArrayOp::kAdd, {value.in[0], {}, {}}, {}});
        }
        values_[v].kind = Value::kRunning;
        running_ = v;
    }
    void make_simple(std::size_t v) {
        if (!simple(v)) {
            run(v);
            put_away();
        }
    }

    // The first of the last `count` values becomes the running result of all.
    void result_of(std::size_t count) {
        const std::size_t v = values_.size() - count;
        values_.shrink(v + 1);
        values_[v].kind = Value::kRunning;
        running_ = v;
        // Longer programs than the kernel takes go on from a buffer.
        if (plan_.blocked && (plan_.steps.size() - first_ + 4 > kernels::kMostArraySteps ||
                              inputs_ + 4 > kernels::kMostArrayInputs)) {
            put_away();
        }
    }

    const Recorded& program_;
    ArrayPlan& plan_;
    InlineVector<Value, 16> values_;
    InlineVector<std::uint32_t, 8> free_tiles_;
    InlineVector<std::uint32_t, 8> free_buffers_;
    std::size_t running_ = kNone;
    std::size_t first_ = 0;
    std::size_t inputs_ = 0;
    std::uint32_t leaves_ = 0;
};

void Planner::binary(ArrayOp op) {
    const std::size_t x = values_.size() - 2;
    const std::size_t y = x + 1;
    if (simple(x) && simple(y) && (is_arithmetic(op) || is_comparison(op)) &&
        !(is_number(x) && is_number(y))) {
        if (is_number(x)) {
            turn_around(op);
            std::swap(values_[x], values_[y]);
        }
        values_[x] = {Value::kPair, op, {values_[x].in[0], values_[y].in[0]}};
        values_.shrink(y);
        return;
    }
    const Value& one = values_[x];
    const Value& two = values_[y];
    if (op == ArrayOp::kMultiply && one.kind == Value::kPair && two.kind == Value::kPair &&
        one.op == two.op && one.in[0] == two.in[0] && one.in[1] == two.in[1] &&
        one.in[0].kind == Place::kLeaf) {
        run(x);
        step({ArrayForm::kUnary, ArrayOp::kSquare, ArrayOp::kSquare, {}, {}});
        return result_of(2);
    }
    ArrayOp turned = op;
    const bool may_turn = turn_around(turned);
    // The one that is read from its place: y, unless only it is running or waits to run.
    if (simple(y) || !may_turn || (y == running_ && !simple(x))) {
        make_simple(y);
        run(x);
        step({ArrayForm::kBinary, op, op, {values_[y].in[0], {}, {}}, {}});
    } else {
        make_simple(x);
        run(y);
        step({ArrayForm::kBinary, turned, turned, {values_[x].in[0], {}, {}}, {}});
    }
    result_of(2);
}

// where(c, a, b).
void Planner::choose() {
    const std::size_t c = values_.size() - 3;
    const std::size_t a = c + 1;
    const std::size_t b = c + 2;
    const Value condition = values_[c];
    if (condition.kind == Value::kPair && is_order(condition.op)) {
        make_simple(a);
        run(b);
        step({ArrayForm::kCompareChoose,
              condition.op,
              condition.op,
              {condition.in[0], condition.in[1], values_[a].in[0]},
              {}});
    } else {
        make_simple(b);
        make_simple(a);
        run(c);
        step(
            {ArrayForm::kChoose, ArrayOp::kAdd, ArrayOp::kAdd, {values_[a].in[0], values_[b].in[0], {}}, {}});
    }
    result_of(3);
}

void Planner::multiply_add() {
    const std::size_t a = values_.size() - 3;
    make_simple(a + 2);
    make_simple(a + 1);
    run(a);
    step({ArrayForm::kFma,
          ArrayOp::kAdd,
          ArrayOp::kAdd,
          {values_[a + 1].in[0], values_[a + 2].in[0], {}},
          {}});
    result_of(3);
}

void Planner::function(Op op, Place number) {
    const std::size_t v = values_.size() - 1;
    if (!simple(v) || is_number(v)) {
        run(v);
    }
    put_away();
    end_segment();
    const Place in = values_[v].in[0];
    const Place out =
        in.kind == Place::kBuffer ? in : Place{Place::kBuffer, take(free_buffers_, plan_.buffers)};
    plan_.segments.push_back({op, 0, 0, in, out, number});
    values_[v] = {Value::kSimple, ArrayOp::kAdd, {out, {}}};
}

void Planner::power() {
    const Place exponent = values_.back().in[0];
    values_.shrink(values_.size() - 1);
    function(Op::kPower, exponent);
}

void Planner::finish() {
    const bool function_last = !plan_.segments.empty() && first_ == plan_.steps.size() && simple(0) &&
                               values_[0].in[0].kind == Place::kBuffer;
    if (function_last && plan_.segments.back().function != Op::kLeaf) {
        plan_.segments.back().out = {Place::kOut, 0};
        return;
    }
    run(0);
    PlannedStep& last = plan_.steps.back();
    if (last.form == ArrayForm::kBinary && is_arithmetic(last.op)) {
        last.form = ArrayForm::kBinaryStore;
        last.out = {Place::kOut, 0};
    } else {
        step({ArrayForm::kStore, ArrayOp::kAdd, ArrayOp::kAdd, {}, {Place::kOut, 0}});
    }
    // Pairs, and pairs with a third operand, have loops.
    PlannedStep& first = plan_.steps[first_];
    if (plan_.steps.size() - first_ == 2 && first.form == ArrayForm::kPair && is_arithmetic(first.op)) {
        PlannedStep& second = plan_.steps[first_ + 1];
        const bool number = first.in[1].kind == Place::kNumber;
        if (second.form == ArrayForm::kStore &&
            (static_cast<std::size_t>(first.op) < kernels::kOpeningOps || number)) {
            first.form = ArrayForm::kPairStore;
        } else if (second.form == ArrayForm::kBinaryStore && first.op <= ArrayOp::kMultiply &&
                   static_cast<std::size_t>(second.op) < kernels::kLoopOps) {
            first.form = ArrayForm::kTwoStore;
            first.then = second.op;
            first.in[2] = second.in[0];
            first.inputs = 3;
        }
        if (first.form != ArrayForm::kPair) {
            first.out = {Place::kOut, 0};
            plan_.steps.shrink(first_ + 1);
        }
    }
    end_segment();
}

constexpr std::size_t kMostEntriesAtOnce = 16;
static_assert(kMostEntriesAtOnce * 3 / 2 + 2 <= kernels::kMostArraySteps);
static_assert(kMostEntriesAtOnce <= kernels::kMostArrayInputs);

}  // namespace

bool is_function(arrays::Op op) noexcept {
    return op >= Op::kExp && op < Op::kWhere;
}

void make_plan(const Recorded& program, ArrayPlan& plan) {
    plan.clear();
    // An entry leads to one step and a half at most: an operation of two arrays, which are two entries, to
    // three (one operand is put away, the other begun with), and one more step stores.
    plan.blocked = program.count > kMostEntriesAtOnce;
    for (std::size_t i = 0; i < program.count; ++i) {
        plan.blocked = plan.blocked || is_function(program.op(i));
    }
    Planner planner(program, plan);
    for (std::size_t i = 0; i < program.count; ++i) {
        const Op op = program.op(i);
        if (op == Op::kLeaf) {
            planner.leaf();
        } else if (op == Op::kWhere) {
            planner.choose();
        } else if (op == Op::kFma) {
            planner.multiply_add();
        } else if (op == Op::kPower) {
            planner.power();
        } else if (is_function(op)) {
            planner.function(op);
        } else if (op >= Op::kNegate) {
            planner.unary(step_op(op));
        } else {
            planner.binary(step_op(op));
        }
    }
    planner.finish();
}

}  // namespace thalweg::ops
