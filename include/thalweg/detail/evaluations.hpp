// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/evaluations.hpp is made of: points next to x, and f called at a run of them on copies of x.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/differentiate.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// Points that differ from x in some variables each.
struct Points {
    struct Point {
        const std::uint32_t* variables;
        std::size_t count;
        std::size_t first;  // in `to`
    };
    std::span<const double> x;
    std::vector<Point> points{};
    std::vector<double> to{};

    std::size_t size() const noexcept { return points.size(); }
    void clear() noexcept;
    // What follows in `to` are the variables' values. The list of variables must outlive the points.
    void begin(const std::uint32_t* variables, std::size_t count);
    void move(const Point& point, std::span<double> all) const noexcept {
        for (std::size_t c = 0; c < point.count; ++c) {
            all[point.variables[c]] = to[point.first + c];
        }
    }
    void put_back(const Point& point, std::span<double> all) const noexcept {
        for (std::size_t c = 0; c < point.count; ++c) {
            all[point.variables[c]] = x[point.variables[c]];
        }
    }
};

// Calls f. Workers may call at once, each with an x of its own.
class PointCaller {
public:
    PointCaller() = default;
    PointCaller(const PointCaller&) = delete;
    PointCaller& operator=(const PointCaller&) = delete;
    virtual ~PointCaller();
    // Makes workers [0, count), while none of them is at work.
    virtual void provide(std::size_t count) = 0;
    // Whether f takes many points at once, and fails for all of them.
    virtual bool takes_blocks() const noexcept = 0;
    // Fills the values of points [first, last), `outputs` each; `at` is the point that f is at when it
    // throws.
    virtual void call(std::size_t worker, const Points& points, std::size_t first, std::size_t last,
                      double* values, std::size_t& at) = 0;
};

/// throws   ShapeError: f returned so many values
[[noreturn]] void throw_bad_count(const char* op, std::size_t expected, std::size_t found);

template <class Values>
concept Countable = requires(const Values& values) {
    { values.size() } -> std::convertible_to<std::size_t>;
    values.begin();
    values.end();
    requires std::is_constructible_v<double, decltype(*values.begin())>;
};

template <class Function, class Point, class Element>
concept Writes = std::is_invocable_v<Function&, const Point&, std::span<Element>> ||
    std::is_invocable_v<Function&, std::span<const double>, std::span<Element>>;

template <class Function, class Point, class Element>
void write_outputs(Function& f, const Point& x, std::span<Element> y) {
    if constexpr (std::is_invocable_v<Function&, const Point&, std::span<Element>>) {
        f(x, y);
    } else {
        f(std::span<const double>(x.data(), x.size()), y);
    }
}

template <class Values>
void convert(const Values& from, std::span<double> to) {
    std::size_t r = 0;
    for (const auto& value : from) {
        to[r++] = static_cast<double>(value);
    }
}

// What f does not write to is no number.
template <class Element>
void unwritten(std::span<Element> y) noexcept {
    for (Element& each : y) {
        each = std::numeric_limits<Element>::quiet_NaN();
    }
}

// One number, numbers written to a span, or a container of them, each as a double.
template <class Function, class Point>
void outputs_of(const char* op, Function& f, Point& x, std::span<double> y) {
    if constexpr (Writes<Function, Point, double>) {
        unwritten(y);
        write_outputs(f, x, y);
    } else if constexpr (Writes<Function, Point, float>) {
        Matrix<float> narrow(1, y.size());
        const std::span<float> all(narrow.data(), narrow.size());
        unwritten(all);
        write_outputs(f, x, all);
        convert(all, y);
    } else {
        using Returned = ResultOf<Function, Point>;
        if constexpr (Countable<Returned>) {
            const auto values = evaluate(f, x, [](Function& function, auto&&... argument) {
                return function(std::forward<decltype(argument)>(argument)...);
            });
            if (values.size() != y.size()) {
                throw_bad_count(op, y.size(), values.size());
            }
            convert(values, y);
        } else {
            if (y.size() != 1) {
                throw_bad_count(op, y.size(), 1);
            }
            y[0] = static_cast<double>(call(f, x));
        }
    }
}

template <class Function, class Point>
class FunctionCaller final : public PointCaller {
public:
    FunctionCaller(const char* op, Function& f, const Point& x, std::size_t outputs)
        : op_(op), f_(f), x_(x), outputs_(outputs) {}
    FunctionCaller(const FunctionCaller&) = delete;
    FunctionCaller& operator=(const FunctionCaller&) = delete;
    ~FunctionCaller() override = default;

    void provide(std::size_t count) override {
        workers_.reserve(count);
        while (workers_.size() < count) {
            workers_.push_back({own_copy(op_, x_)});
        }
    }
    bool takes_blocks() const noexcept override { return false; }

    void call(std::size_t worker, const Points& points, std::size_t first, std::size_t last, double* values,
              std::size_t& at) override {
        auto& x = workers_[worker].x;
        const std::span<double> all = elements(op_, x);
        PutBack moved{points, all};
        for (std::size_t k = first; k < last; ++k) {
            at = k;
            moved.to(points.points[k]);
            outputs_of(op_, f_, x, std::span(values, outputs_));
            values += outputs_;
        }
    }

private:
    using Copy = decltype(own_copy("", std::declval<const Point&>()));
    struct alignas(128) Worker {  // two cache lines: they are fetched in pairs
        Copy x;
    };
    // Moves x, and puts it back in the end: in between only what the next point leaves where it was.
    struct PutBack {
        const Points& points;
        std::span<double> all;
        const Points::Point* at = nullptr;

        void to(const Points::Point& point) {
            if (at != nullptr && at->variables != point.variables) {
                points.put_back(*at, all);
            }
            at = &point;
            points.move(point, all);
        }
        ~PutBack() {
            if (at != nullptr) {
                points.put_back(*at, all);
            }
        }
    };
    const char* op_;
    Function& f_;
    const Point& x_;
    std::size_t outputs_;
    std::vector<Worker> workers_{};
};

// What calls of blocks have in common, whatever f is.
class BlockRows : public PointCaller {
public:
    void provide(std::size_t count) final;
    bool takes_blocks() const noexcept final;

protected:
    BlockRows();
    ~BlockRows() override;
    // One point a row, in the worker's memory.
    MatrixView<const double> rows(std::size_t worker, const Points& points, std::size_t first,
                                  std::size_t last);

private:
    std::vector<Matrix<double>> workers_;
};

template <class Function>
class BlockCaller final : public BlockRows {
public:
    BlockCaller(const char* op, Function& f, std::size_t outputs) : op_(op), f_(f), outputs_(outputs) {}

    void call(std::size_t worker, const Points& points, std::size_t first, std::size_t last, double* values,
              std::size_t& at) override {
        at = first;
        const MatrixView<const double> block = rows(worker, points, first, last);
        const std::span<double> all(values, block.rows() * outputs_);
        auto& function = f_.function();
        if constexpr (std::is_invocable_v<decltype(function), MatrixView<const double>, MatrixView<double>>) {
            for (double& value : all) {
                value = kNotWritten;
            }
            function(block, MatrixView<double>(values, block.rows(), outputs_));
        } else {
            const auto returned = function(block);
            if (returned.size() != all.size()) {
                throw_bad_count(op_, all.size(), returned.size());
            }
            convert(returned, all);
        }
    }

private:
    static constexpr double kNotWritten = std::numeric_limits<double>::quiet_NaN();
    const char* op_;
    Function& f_;
    std::size_t outputs_;
};

// The caller for f, whichever it is.
template <class Function, class Point>
auto make_caller(const char* op, Function& f, const Point& x, std::size_t outputs) {
    if constexpr (kIsBlock<std::remove_cvref_t<Function>>) {
        return BlockCaller<Function>(op, f, outputs);
    } else {
        return FunctionCaller<Function, Point>(op, f, x, outputs);
    }
}

}  // namespace detail

}  // namespace thalweg
THALWEG_END_PUBLIC
