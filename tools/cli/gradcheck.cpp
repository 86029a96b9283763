// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg gradcheck`: backpropagation of a net of any depth against central differences of its loss, for
// some entries of every parameter matrix and along random directions.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "net_options.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "thalweg/gradient_check.hpp"
#include "thalweg/net.hpp"
#include "thalweg/simd.hpp"
#include "train_rows.hpp"
#include "training_loss.hpp"

namespace thalweg::cli {
namespace {

constexpr std::uint64_t kMaxBatch = 10'000;
constexpr std::uint64_t kMaxHidden = 4096;
constexpr std::uint64_t kMaxSample = 100'000;

constexpr const char* kNetOptions[] = {"--layers",      "--activation", "--loss",
                                       "--dropout",     "--batch-norm", "--weight-decay",
                                       "--standardize", "--target",     "--without"};

// The differences are good to about 1e-6 of what counts (kFloor). In float, backpropagation's sums over a
// batch of 100 round to 100 * 2^-24 = 6e-6 of their terms' magnitudes, which cancel by a factor of ten or so.
constexpr double kTolerance64 = 1e-5;
constexpr double kTolerance32 = 1e-4;
// A longer step takes some relu of some row across 0. Rounding then is a hundred times as much: 1e-4 at most.
constexpr double kStepAmongKinks = 1e-6;
// Entries a hundred times smaller than the largest are judged relative to it: the loss itself is rounded to
// 2^-52 * 2.3, and over h = 1e-4 that is 5e-12, of a W1 whose largest entry is near 1e-3.
constexpr double kFloor = 1e-2;

constexpr const char* kGradcheckFooter =
    "Compares the gradient that thalweg train uses with central differences of the loss, which are always\n"
    "computed in double: for some entries of W1, b1, W2, b2 and so on, and along random directions. The net\n"
    "and its data are those of thalweg train with the same options; without --data they are synthetic\n"
    "digits. With --dropout, what one step leaves out stays left out; --batch-norm takes biases away, and\n"
    "they are not checked. For relu and leaky_relu the default step is 1e-6, the tolerance 1e-4.\n"
    "\n"
    "A difference is taken at h and at 2h. Where these disagree by more than the tolerance the\n"
    "difference itself is in doubt, and so is the verdict: also where a step takes a relu across 0.\n"
    "\n"
    "Examples:\n"
    "  thalweg gradcheck\n"
    "  thalweg gradcheck --data mnist --dtype f64 --json\n"
    "  thalweg gradcheck --layers 50,20 --activation tanh --batch-norm --dropout 0.2\n"
    "  thalweg gradcheck --data houses.csv --loss mse --layers 16 --standardize\n"
    "  thalweg gradcheck --h 0.5           # doubtful: a step that is too large\n"
    "\n"
    "Exit status: 0 everything agrees; 1 something differs or is doubtful; 2 wrong option or input.";

struct Row {
    const char* parameter;
    GradientCheck check;
};

struct Report {
    std::string net;
    std::size_t samples = 0;  // of which the batch is drawn
    std::vector<Row> rows;
    GradientVerdict verdict = GradientVerdict::kAgrees;
    std::size_t evaluations = 0;
    double loss = 0.0;
    double seconds = 0.0;
    double tolerance = 0.0;
};

template <class T>
Matrix<double> in_double(const Matrix<T>& m) {
    Matrix<double> result(m.rows(), m.cols());
    for (std::size_t i = 0; i < m.size(); ++i) {
        result.data()[i] = static_cast<double>(m.data()[i]);
    }
    return result;
}

// kDiffers outweighs kDoubtful outweighs kAgrees.
GradientVerdict worse(GradientVerdict a, GradientVerdict b) {
    if (a == GradientVerdict::kDiffers || b == GradientVerdict::kDiffers) {
        return GradientVerdict::kDiffers;
    }
    return a == GradientVerdict::kAgrees ? b : a;
}

bool has_kinks(const NetWords& net) {
    return net.activation == "relu" || net.activation == "leaky_relu";
}

// Batch normalisation takes the mean away, and with it a bias before it and a beta that is added to every row
// of the layer before: their gradients are 0 but for rounding.
template <class T>
bool is_taken_away(const NetOptions& options, const NetParams<T>& params, const Matrix<T>* matrix) {
    const bool linear = options.activation == Activation::kIdentity && options.dropout == 0.0;
    for (std::size_t l = 0; l < params.layers.size(); ++l) {
        const bool bias = matrix == &params.layers[l].b;
        const bool added = l > 0 && linear && matrix == &params.layers[l - 1].beta;
        if (params.layers[l].gamma.size() != 0 && (bias || added)) {
            return true;
        }
    }
    return false;
}

// A report on a net that is drawn for the data, on rows that are drawn from it.
template <class T>
Report check_net(const GradcheckCommand& command, const TrainCommand& run, const Samples<T>& samples,
                 const std::vector<std::size_t>& sizes) {
    Rng rng(run.seed);
    Net<T> net(sizes, net_options(run), rng);
    const std::vector<std::size_t> chosen = rng.choice(samples.size(), run.batch);
    Matrix<T> x(run.batch, samples.inputs());
    Matrix<T> t(run.batch, samples.outputs());
    samples.gather(chosen, x, t);
    Rng draws = rng;
    const NetParams<T> gradient = net.gradient(x, t, draws);

    Net<double> wide(sizes, net_options(run), draws);
    const auto parameters = wide.params.matrices();
    const auto analytic = gradient.matrices();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        *parameters[i].matrix = in_double(*net.params.matrices()[i].matrix);
    }
    const std::vector<Matrix<double>> masks = dropout_masks(wide, run.batch, rng);
    const Matrix<double> inputs = in_double(x);
    const Matrix<double> targets = in_double(t);

    Report report;
    report.tolerance = command.tolerance > 0.0          ? command.tolerance
                       : run.f64 && !has_kinks(run.net) ? kTolerance64
                                                        : kTolerance32;
    report.loss = training_loss(wide, inputs, targets, masks);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (is_taken_away(wide.options(), wide.params, parameters[i].matrix)) {
            continue;
        }
        Matrix<double>& parameter = *parameters[i].matrix;
        const Matrix<double> claimed = in_double(*analytic[i].matrix);
        const Matrix<double> start = parameter;
        // The moved copy takes the parameter's place for one forward pass: two pointers change hands.
        const auto loss = [&, &in_net = parameter](Matrix<double>& moved) {
            std::swap(in_net, moved);
            const double result = training_loss(wide, inputs, targets, masks);
            std::swap(in_net, moved);
            return result;
        };
        CheckOptions options{.tolerance = report.tolerance, .floor = kFloor, .h = run.step()};
        options.seed = run.seed;
        options.entries = command.entries;
        report.rows.push_back({parameters[i].name.data(), check_gradient(loss, start, claimed, options)});
        options.directions = command.directions;
        report.rows.push_back({parameters[i].name.data(), check_gradient(loss, start, claimed, options)});
    }
    for (const Row& row : report.rows) {
        report.verdict = worse(report.verdict, row.check.verdict);
        report.evaluations += row.check.evaluations;
    }
    return report;
}

std::string net_text(const TrainCommand& run, const std::vector<std::size_t>& sizes) {
    std::string text;
    for (const std::size_t size : sizes) {
        text += (text.empty() ? "" : "-") + std::to_string(size);
    }
    return text + (asks_for_net(run) ? ", " + run.net.activation + ", " + run.net.loss + " loss" : "") +
           (run.f64 ? ", f64" : ", f32");
}

void print_table(const TrainCommand& run, const Report& report) {
    print_linef(stdout, "net    %s, %s", report.net.c_str(), std::string(name(active_level())).c_str());
    print_linef(stdout, "data   %zu of %zu %s%s%s, loss %s", run.batch, report.samples,
                is_mnist(run.data) ? "images" : "rows",
                run.data.empty() ? ", synthetic (--data: your own)" : " from ", run.data.c_str(),
                fixed_text(report.loss, 4).c_str());
    print_linef(stdout, "check  h %s, tolerance %s, seed %u", number_text(run.step()).c_str(),
                number_text(report.tolerance).c_str(), static_cast<unsigned>(run.seed));
    print_line(stdout, "");
    std::size_t longest = 3;
    for (const Row& row : report.rows) {
        longest = std::max(longest, std::string_view(row.parameter).size());
    }
    const int width = static_cast<int>(longest);
    print_linef(stdout, "%-*s %-10s %5s %5s %12s %12s %7s %8s %s", width, "of", "along", "tried", "worst",
                "backprop", "difference", "error", "of diff.", "verdict");
    for (const auto& [parameter, check] : report.rows) {
        print_linef(stdout, "%-*s %-10s %5zu %5zu %12.5e %12.5e %7.1e %8.1e %s", width, parameter,
                    check.along_directions ? "directions" : "entries", check.checked, check.worst,
                    check.analytic, check.difference, check.relative_error, check.difference_error,
                    name(check.verdict));
    }
    print_line(stdout, "");
    print_linef(stdout, "%s: %zu evaluations of the loss in %.2f s", name(report.verdict), report.evaluations,
                report.seconds);
    for (const auto& [parameter, check] : report.rows) {
        if (check.verdict != GradientVerdict::kAgrees) {
            print_linef(stdout, "%s %s", parameter, check.message().c_str());
        }
    }
}

void print_json(const GradcheckCommand& command, const TrainCommand& run, const Report& report) {
    Json checks = Json::array();
    for (const auto& [parameter, check] : report.rows) {
        checks.push_back({{"parameter", parameter},
                          {"along", check.along_directions ? "directions" : "entries"},
                          {"checked", check.checked},
                          {"worst", check.worst},
                          {"backprop", check.analytic},
                          {"difference", check.difference},
                          {"relative_error", check.relative_error},
                          {"difference_error", check.difference_error},
                          {"verdict", name(check.verdict)}});
    }
    Json layers = Json::array();
    for (const std::size_t units : run.net.layers) {
        layers.push_back(units);
    }
    const Json all = {
        {"options",
         {{"data", run.data.empty() ? "synthetic" : run.data},
          {"batch", run.batch},
          {"hidden", run.net.layers.front()},
          {"layers", layers},
          {"activation", run.net.activation},
          {"loss", run.net.loss},
          {"dropout", run.net.dropout},
          {"batch_norm", run.net.batch_norm},
          {"weight_decay", run.net.weight_decay},
          {"entries", command.entries},
          {"directions", command.directions},
          {"h", run.step()},
          {"tolerance", report.tolerance},
          {"seed", run.seed},
          {"dtype", run.f64 ? "f64" : "f32"},
          {"simd", name(active_level())}}},
        {"loss", report.loss},
        {"checks", checks},
        {"verdict", name(report.verdict)},
        {"evaluations", report.evaluations},
        {"seconds", report.seconds},
    };
    std::printf("%s\n", all.indented().c_str());
}

template <class T>
Report checked(const GradcheckCommand& command, TrainCommand& run) {
    const Rows<T> rows = load_rows<T>(run);
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<std::size_t> sizes = sizes_of(run, rows.data.train.inputs(), rows.data.train.outputs());
    Report report = check_net<T>(command, run, rows.data.train, sizes);
    report.net = net_text(run, sizes);
    report.samples = rows.data.train.size();
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return report;
}

}  // namespace

Syntax gradcheck_syntax(GradcheckCommand& command) {
    TrainCommand& run = command.run;
    Syntax syntax = {
        "gradcheck",
        "compare backpropagation with differences",
        kGradcheckFooter,
        {
            data_option(run.data),
            whole_option("--batch", "rows whose loss is differentiated (default 100)", 1, kMaxBatch,
                         run.batch),
            whole_option("--hidden", "neurons of the hidden layer (default 50)", 1, kMaxHidden, run.hidden),
            whole_option("--entries", "entries a matrix, drawn at random; 0: all (default 50)", 0, kMaxSample,
                         command.entries),
            whole_option("--directions", "random directions a matrix (default 5)", 1, kMaxSample,
                         command.directions),
            step_option(run.h),
            finite_option("--tolerance", "largest relative error (default 1e-4 for f32, 1e-5 for f64)",
                          Lowest::kAboveZero, command.tolerance),
            seed_option("of weights, rows, entries, 0 to 4294967295 (default 1)", run.seed),
            word_option("--dtype", "of the net and its backpropagation: f32 (default) or f64", "f32", "f64",
                        run.f64),
            flag("--json", "print JSON instead of a table", command.json),
        },
        &run.given,
    };
    // Those of thalweg train that say what the net is and what its data are.
    for (Option& option : net_word_options(run.net)) {
        for (const char* const name : kNetOptions) {
            if (option.name == name) {
                syntax.options.push_back(std::move(option));
                break;
            }
        }
    }
    return syntax;
}

int run_gradcheck(const GradcheckCommand& command) {
    TrainCommand asked = command.run;
    asked.numerical = true;  // or there is no h
    TrainCommand run = with_defaults(asked);
    run.sampling = Sampling::kReplacement;
    run.h = run.h > 0.0 ? run.h : has_kinks(run.net) ? kStepAmongKinks : run.step();
    const Report report = run.f64 ? checked<double>(command, run) : checked<float>(command, run);
    if (command.json) {
        print_json(command, run, report);
    } else {
        print_table(run, report);
    }
    return report.verdict == GradientVerdict::kAgrees ? kDone : kGradientInDoubt;
}

}  // namespace thalweg::cli
