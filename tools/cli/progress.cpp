// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The progress bar and its plain-text sibling.
#include "progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli.hpp"
#include "terminal.hpp"

namespace thalweg::cli {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr double kSmoothing = 100.0;  // batches

std::string iteration_text(std::size_t iteration, std::size_t iterations) {
    const std::string total = std::to_string(iterations);
    const std::string done = std::to_string(iteration);
    return std::string(total.size() - std::min(total.size(), done.size()), ' ') + done + "/" + total;
}

}  // namespace

std::string duration_text(double seconds) {
    // Beyond a thousand hours nobody reads the minutes, and the conversion below must not overflow.
    const auto whole = static_cast<long long>(std::ceil(std::clamp(seconds, 0.0, 3.6e6)));
    char text[32];
    if (whole >= 3600) {
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
    }
    return text;
}

std::string count_text(double count) {
    if (count >= 999.5e3) {
        return fixed_text(count / 1e6, 2) + "M";
    }
    return count >= 1e3 ? fixed_text(count / 1e3, 0) + "k" : fixed_text(count, 0);
}

EvaluationTexts accuracy_texts(double train, double test) {
    return {"train " + fixed_text(train, 4) + "  test " + fixed_text(test, 4),
            "train " + fixed_text(100.0 * train, 1) + "%" + " test " + fixed_text(100.0 * test, 1) + "%"};
}

Progress::Progress(std::FILE* file, std::size_t iterations, std::size_t first, const char* unit,
                   const char* short_unit)
    : file_(file),
      style_(file == nullptr    ? Style::kNone
             : can_redraw(file) ? Style::kBar
                                : Style::kLines),
      iterations_(iterations),
      first_(first),
      begin_(Clock::now()),
      next_draw_(begin_),
      done_(first),
      unit_(unit),
      short_unit_(short_unit) {}

Progress::~Progress() {
    if (drawn_) {
        ended_ = true;
        draw();
        std::fputs("\n", file_);
    }
}

double Progress::elapsed() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count();
}

double Progress::rows_per_second() const {
    return static_cast<double>(rows_) / std::max(elapsed(), 1e-9);
}

void Progress::step(const TrainStep& step, std::size_t rows) {
    if (style_ == Style::kNone) {
        return;
    }
    done_ = step.iteration;
    rows_ = rows;
    loss_ += (step.loss - loss_) / std::min(static_cast<double>(done_ - first_), kSmoothing);
    if (style_ == Style::kBar && Clock::now() >= next_draw_) {
        draw();
    }
}

void Progress::evaluation(std::size_t iteration, const EvaluationTexts& texts) {
    found_ = texts.bar;
    if (style_ == Style::kLines) {
        print_linef(file_, "iteration %s  loss %s%s%s  %s %s/s",
                    iteration_text(iteration, iterations_).c_str(), fixed_text(loss_, 4).c_str(),
                    texts.line.empty() ? "" : "  ", texts.line.c_str(), count_text(rows_per_second()).c_str(),
                    unit_);
        std::fflush(file_);
    }
}

// What there is to say, the more important parts first.
std::vector<std::string> Progress::bar_parts() const {
    std::vector<std::string> parts = {"loss " + fixed_text(loss_, 3)};
    if (!found_.empty()) {
        parts.push_back(found_);
    }
    if (!ended_) {
        const double left = elapsed() / static_cast<double>(std::max<std::size_t>(done_ - first_, 1)) *
                            static_cast<double>(iterations_ - done_);
        parts.push_back(duration_text(left) + " left");
    }
    parts.push_back(count_text(rows_per_second()) + " " + short_unit_ + "/s");
    return parts;
}

// A part that does not fit is left out; the bar takes what remains, and the gaps shrink before the bar goes.
std::string Progress::bar_line(std::size_t width) const {
    constexpr std::size_t kShortestBar = 5;
    constexpr std::size_t kLongestBar = 40;
    const std::string first = iteration_text(done_, iterations_);
    std::string rest;
    for (const char* const gap : {"  ", " "}) {
        rest.clear();
        for (const std::string& part : bar_parts()) {
            if (first.size() + rest.size() + 2 + part.size() <= width) {
                rest += gap + part;
            }
        }
        const std::size_t used = first.size() + rest.size() + 3;
        if (used + kShortestBar <= width) {
            const std::size_t length = std::min(width - used, kLongestBar);
            const std::size_t filled = length * done_ / iterations_;
            return first + " [" + std::string(filled, '#') + std::string(length - filled, '-') + "]" + rest;
        }
    }
    return (first + rest).substr(0, width);
}

void Progress::draw() {
    // Three columns stay free: the cursor needs one, and the "^C" that the terminal echoes must not wrap.
    const std::size_t width = std::max<std::size_t>(line_width(file_), 4) - 3;
    std::fprintf(file_, "\r%s\x1b[K", bar_line(width).c_str());
    std::fflush(file_);
    drawn_ = true;
    next_draw_ = Clock::now() + kRedraw;
}

}  // namespace thalweg::cli
