// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Gradients and Jacobians compared with differences, by rounds of points. An entry's comparison begins again
// in every round with the values that there are, and has its outcome in the round where none is missing.
#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "differentiate/check_record.hpp"
#include "differentiate/seam/asked_steps.hpp"
#include "differentiate/seam/columns.hpp"
#include "thalweg/derivatives.hpp"

namespace thalweg::detail {
namespace {

// Points that are held at a time, and their values.
constexpr std::size_t kPointsAtOnce = std::size_t{1} << 12;
constexpr std::size_t kValuesAtOnce = std::size_t{1} << 20;
// Of the first round.
constexpr int kTimes[] = {1, -1, 2, -2};
// The difference of an entry whose evaluations failed: doubtful.
constexpr Judged kFailed = {kSkipped, std::numeric_limits<double>::infinity()};

class Comparison {
public:
    Comparison(const Plan& plan, const CheckOptions& options, std::span<const double> x,
               const MatrixView<const double>& analytic, CheckRecord& record, Seam& seam)
        : plan_(plan),
          x_(x),
          analytic_(analytic),
          record_(record),
          seam_(seam),
          along_(options.directions > 0),
          directions_(options.seed, x.size()),
          all_(x.size()),
          chosen_(along_ ? std::vector<std::size_t>(options.directions) : chosen_entries(options, x.size())),
          found_(chosen_.size() * outputs()),
          expected_(chosen_.size() * outputs()) {
        std::iota(all_.begin(), all_.end(), 0U);
        // Every element of x + s v is rounded once: f is evaluated next to the line, not on it.
        off_line_ = along_ ? 0x1p-53 * sum_of_magnitudes(row(0), x) : 0.0;
    }

    void run() {
        seam_.expect(1 + std::size(kTimes) * chosen_.size());
        evaluate_at_x();
        const std::size_t each = std::size(kTimes) * std::max(outputs(), along_ ? x_.size() : 1);
        const std::size_t most = std::clamp<std::size_t>(kValuesAtOnce / each, 1, kPointsAtOnce);
        for (std::size_t first = 0; first < chosen_.size(); first += most) {
            compare(first, std::min(chosen_.size(), first + most));
        }
        for (std::size_t r = 0; r < outputs(); ++r) {
            for (std::size_t k = 0; k < chosen_.size(); ++k) {
                record_.add(along_ ? k : r * x_.size() + chosen_[k], expected_[k * outputs() + r],
                            found_[k * outputs() + r]);
            }
        }
    }

private:
    // What belongs to a variable, or to a direction.
    struct Column {
        std::size_t k;          // its number among the chosen
        std::vector<double> v;  // its direction
        std::optional<Direction> direction;
        double h;
        AskedSteps steps;
        std::vector<std::size_t> points;  // one a step
        std::vector<std::uint8_t> settled;
    };

    std::size_t outputs() const noexcept { return analytic_.rows(); }
    bool throws() const noexcept { return seam_.on_failure() == OnFailure::kThrow; }
    std::span<const double> row(std::size_t r) const { return {analytic_.row(r).data(), analytic_.cols()}; }
    Place place(const Column& column) const { return {plan_, chosen_[column.k], x_[chosen_[column.k]]}; }

    void evaluate_at_x() {
        Points points{x_};
        points.begin(nullptr, 0);
        at_x_.resize(outputs());
        State state{};
        seam_.evaluate(points, at_x_, std::span(&state, 1));
        if (seam_.failure()) {
            std::rethrow_exception(seam_.failure());
        }
        for (const double value : at_x_) {
            check_value(plan_.op, 0, 0.0, 0.0, value);
        }
    }

    // What goes wrong for the lowest of the columns is thrown.
    void compare(std::size_t first, std::size_t last) {
        std::vector<Column> columns;
        columns.reserve(last - first);
        values_.clear();
        states_.clear();
        std::exception_ptr trouble;
        std::size_t open = last - first;  // columns from here on do not matter any more
        const auto attempt = [&](std::size_t c, const auto& what) {
            try {
                what();
            } catch (...) {
                trouble = std::current_exception();
                open = c;
            }
        };
        for (std::size_t c = 0; c < open; ++c) {
            attempt(c, [&] { begin(first + c, columns); });
        }
        for (;;) {
            Points points{x_};
            std::vector<std::size_t> owners;
            for (std::size_t c = 0; c < open; ++c) {
                attempt(c, [&] { ask(columns[c], points); });
                owners.resize(points.size(), c);
            }
            if (points.size() == 0) {
                break;
            }
            const std::size_t before = states_.size();
            states_.resize(before + points.size());
            values_.resize(states_.size() * outputs());
            seam_.evaluate(points, std::span(values_).subspan(before * outputs()),
                           std::span(states_).subspan(before));
            if (seam_.failure() && throws()) {
                const auto at = std::find_if(states_.begin() + static_cast<std::ptrdiff_t>(before),
                                             states_.end(), [](State s) { return s != State::kDone; });
                const auto point = static_cast<std::size_t>(at - states_.begin()) - before;
                attempt(point < owners.size() ? owners[point] : 0,
                        [&] { std::rethrow_exception(seam_.failure()); });
            }
            for (Column& column : columns) {
                column.steps.all_known();
            }
        }
        if (trouble) {
            std::rethrow_exception(trouble);
        }
    }

    void begin(std::size_t k, std::vector<Column>& columns) {
        Column& column = columns.emplace_back();
        column.k = k;
        column.settled.resize(outputs());
        if (along_) {
            const std::span<const double> v = directions_.next();
            column.v.assign(v.begin(), v.end());
            column.direction = make_direction(plan_.op, x_, column.v);
            column.h = step_along(plan_, *column.direction);
            expected_[k] = sum_of_products(row(0), column.v);
            return;
        }
        const std::size_t i = chosen_[k];
        column.h = plan_.step(x_[i], i);
        for (std::size_t r = 0; r < outputs(); ++r) {
            expected_[k * outputs() + r] = analytic_(r, i);
        }
    }

    // The points of the steps that a column's entries want and nobody has evaluated.
    void ask(Column& column, Points& points) {
        for (std::size_t r = 0; r < outputs(); ++r) {
            if (column.settled[r] == 0) {
                const std::optional<Judged> found = compared(column, r);
                column.settled[r] = found.has_value() ? 1 : 0;
                found_[column.k * outputs() + r] = found.value_or(kFailed);
            }
        }
        const std::size_t size = points.size();
        try {
            for (std::size_t s = column.steps.known(); s < column.steps.size(); ++s) {
                column.points.push_back(states_.size() + points.size());
                if (along_) {
                    points.begin(all_.data(), all_.size());
                    points.to.resize(points.to.size() + all_.size());
                    move_along(plan_, *column.direction, column.steps[s],
                               std::span(points.to).last(all_.size()));
                } else {
                    points.begin(all_.data() + chosen_[column.k], 1);
                    points.to.push_back(place(column).moved(column.steps[s]));
                }
            }
        } catch (...) {
            points.points.resize(size);
            throw;
        }
    }

    // One entry's difference, tried at much smaller steps where it seems to convict the analytic one. Nothing
    // while values are missing.
    std::optional<Judged> compared(Column& column, std::size_t r) {
        const bool bounded = plan_.bounded();
        const double analytic = expected_[column.k * outputs() + r];
        const auto value = [&](std::size_t step) -> std::optional<double> {
            const std::size_t point = column.points[step];
            return states_[point] == State::kDone ? std::optional(values_[point * outputs() + r])
                                                  : std::nullopt;
        };
        Judged judged{};
        if (!bounded) {
            double f[5] = {0.0, 0.0, at_x_[r], 0.0, 0.0};
            switch (first_values(column, value, f)) {
                case Reply::kMissing:
                    return std::nullopt;
                case Reply::kFailed:
                    return kFailed;
                case Reply::kResult:
                    judged = judge(f, width(column, column.h), width(column, 2.0 * column.h),
                                   (plan_.rounding(largest_entry(f)) + off_line_) / column.h);
            }
            if (!is_finite(analytic) ||
                record_.weigh(analytic, judged).verdict != GradientVerdict::kDiffers) {
                return judged;
            }
        }
        Plan tried = plan_;
        tried.estimate = true;
        tried.pairs = plan_.order + 1;
        Formula formula(tried, line(column), at_x_[r], column.h);
        const Reply said = reply(formula, column.steps, throws(), value);
        if (said != Reply::kResult) {
            return said == Reply::kMissing ? std::nullopt : std::optional(kFailed);
        }
        const Derivative again = formula.result();
        if (bounded || !again.doubtful) {
            judged = {again.value, again.error_estimate + off_line_ / column.h};
        }
        if (again.doubtful) {
            judged.error += std::max(again.error_estimate, magnitude(analytic - judged.difference));
        }
        return judged;
    }

    // f at x + h, x - h, x + 2h and x - 2h: in the order of a plain central difference.
    template <class Value>
    Reply first_values(Column& column, const Value& value, double (&f)[5]) const {
        bool missing = false;
        column.steps.begin();
        for (const int times : kTimes) {
            const std::optional<std::size_t> step = column.steps.find(times * column.h);
            missing = missing || !step.has_value();
            if (missing) {
                continue;
            }
            const std::optional<double> there = value(*step);
            if (there.has_value() && throws()) {
                check(column, times * column.h, *there);
            }
            if (!there.has_value() || !is_finite(*there)) {
                return Reply::kFailed;
            }
            f[2 + times] = *there;
        }
        return missing ? Reply::kMissing : Reply::kResult;
    }

    void check(const Column& column, double s, double value) const {
        if (!along_) {
            check_value(plan_.op, chosen_[column.k], x_[chosen_[column.k]], s, value);
        } else if (!is_finite(value)) {
            throw_bad_value_along(plan_.op, s, value);
        }
    }
    double width(const Column& column, double s) const { return along_ ? 2.0 * s : place(column).width(s); }
    Line line(const Column& column) const {
        return along_ ? line_along(plan_, *column.direction) : place(column).line();
    }

    const Plan& plan_;
    std::span<const double> x_;
    MatrixView<const double> analytic_;
    CheckRecord& record_;
    Seam& seam_;
    bool along_;
    Directions directions_;
    std::vector<std::uint32_t> all_;
    std::vector<std::size_t> chosen_;
    std::vector<Judged> found_;     // [chosen][output]
    std::vector<double> expected_;  // likewise
    double off_line_ = 0.0;
    std::vector<double> at_x_{};
    std::vector<double> values_{};  // of the points of a wave
    std::vector<State> states_{};
};

}  // namespace

GradientCheck check_in_rounds(const Plan& plan, const CheckOptions& options, std::span<const double> x,
                              const MatrixView<const double>& analytic, PointCaller& caller) {
    double largest = 0.0;
    for (std::size_t r = 0; r < analytic.rows(); ++r) {
        largest = std::max(largest, largest_entry({analytic.row(r).data(), analytic.cols()}));
    }
    const bool along = options.directions > 0;
    CheckRecord record(options, along && !x.empty() ? root_mean_square({analytic.data(), analytic.cols()})
                                                    : options.floor * largest);
    if (x.empty() || analytic.rows() == 0) {
        return record.result;
    }
    const GradientOptions asked{.evaluations = options.evaluations};
    std::string method = method_text(plan, asked);
    method += along ? ", along directions of seed " + std::to_string(options.seed) : "";
    Seam seam({plan.op, analytic.rows(), options.threads, options.evaluations, method}, x, caller);
    Comparison(plan, options, x, analytic, record, seam).run();
    record.result.evaluations = seam.evaluations();
    return record.result;
}

}  // namespace thalweg::detail
