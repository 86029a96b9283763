// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg gradcheck`: backpropagation of the two-layer net against central differences of its loss, for some
// entries of every parameter matrix and along random directions.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "thalweg/gradient_check.hpp"
#include "thalweg/images.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/two_layer_net.hpp"
#include "train_data.hpp"

namespace thalweg::cli {
namespace {

constexpr std::uint64_t kMaxBatch = 10'000;
constexpr std::uint64_t kMaxHidden = 4096;
constexpr std::uint64_t kMaxSample = 100'000;

// The differences are good to about 1e-6 of what counts (kFloor). In float, backpropagation's sums over a
// batch of 100 round to 100 * 2^-24 = 6e-6 of their terms' magnitudes, which cancel by a factor of ten or so.
constexpr double kTolerance64 = 1e-5;
constexpr double kTolerance32 = 1e-4;
// Entries a hundred times smaller than the largest are judged relative to it: the loss itself is rounded to
// 2^-52 * 2.3, and over h = 1e-4 that is 5e-12, of a W1 whose largest entry is near 1e-3.
constexpr double kFloor = 1e-2;

constexpr const char* kGradcheckFooter =
    "Compares the gradient that thalweg train uses with central differences of the loss, which are always\n"
    "computed in double: for some entries of W1, b1, W2 and b2, and along random directions. Without\n"
    "--data the images are synthetic digits.\n"
    "\n"
    "A difference is taken at h and at 2h. Where these disagree by more than the tolerance the\n"
    "difference itself is in doubt, and so is the verdict.\n"
    "\n"
    "Examples:\n"
    "  thalweg gradcheck\n"
    "  thalweg gradcheck --data mnist --dtype f64 --json\n"
    "  thalweg gradcheck --h 0.5           # doubtful: a step that is too large\n"
    "\n"
    "Exit status: 0 everything agrees; 1 something differs or is doubtful; 2 wrong option or input.";

struct Row {
    const char* parameter;
    GradientCheck check;
};

struct Report {
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

// The mean cross-entropy whose gradient backpropagation computes: without the 1e-7 of the notebook's loss,
// which alone would make a difference of 1e-7 / p.
double clean_loss(const TwoLayerParams<double>& params, const Matrix<double>& x, Labels labels) {
    Matrix<double> logits = affine(sigmoid(affine(x, params.W1, params.b1)), params.W2, params.b2);
    return softmax_cross_entropy(logits, labels, logits);
}

template <class T>
Report check_net(const GradcheckCommand& command, const Dataset& images) {
    Rng rng(command.seed);
    const TwoLayerNet<T> net(images.image_size(), command.hidden, images.classes(), rng);
    const std::vector<std::size_t> chosen = rng.choice(images.size(), command.batch);
    Matrix<T> x(command.batch, images.image_size());
    std::vector<int> labels(command.batch);
    images.gather<T>(chosen, x, labels);
    const TwoLayerParams<T> gradient = net.gradient(x, labels);

    TwoLayerParams<double> wide;
    const auto parameters = wide.matrices();
    const auto analytic = gradient.matrices();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        *parameters[i].matrix = in_double(*net.params.matrices()[i].matrix);
    }
    const Matrix<double> inputs = in_double(x);

    Report report;
    report.tolerance = command.tolerance > 0.0 ? command.tolerance
                       : command.f64           ? kTolerance64
                                               : kTolerance32;
    report.loss = clean_loss(wide, inputs, labels);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        Matrix<double>& parameter = *parameters[i].matrix;
        const Matrix<double> claimed = in_double(*analytic[i].matrix);
        const Matrix<double> start = parameter;
        // The moved copy takes the parameter's place for one forward pass: two pointers change hands.
        const auto loss = [&wide, &inputs, &labels, &in_net = parameter](Matrix<double>& moved) {
            std::swap(in_net, moved);
            const double result = clean_loss(wide, inputs, labels);
            std::swap(in_net, moved);
            return result;
        };
        CheckOptions options{.tolerance = report.tolerance, .floor = kFloor, .h = command.h};
        options.seed = command.seed;
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

void print_table(const GradcheckCommand& command, const Dataset& images, const Report& report) {
    print_linef(stdout, "net    %zu-%zu-%zu, %s, %s", images.image_size(), command.hidden, images.classes(),
                command.f64 ? "f64" : "f32", std::string(name(active_level())).c_str());
    print_linef(stdout, "data   %zu of %zu images%s%s, loss %.4f", command.batch, images.size(),
                command.data.empty() ? ", synthetic (--data DIR: MNIST)" : " from ", command.data.c_str(),
                report.loss);
    print_linef(stdout, "check  h %s, tolerance %s, seed %u", number_text(command.h).c_str(),
                number_text(report.tolerance).c_str(), static_cast<unsigned>(command.seed));
    print_line(stdout, "");
    print_linef(stdout, "%-3s %-10s %7s %5s %12s %12s %7s %8s %s", "of", "along", "checked", "worst",
                "backprop", "difference", "error", "of diff.", "verdict");
    for (const auto& [parameter, check] : report.rows) {
        print_linef(stdout, "%-3s %-10s %7zu %5zu %12.5e %12.5e %7.1e %8.1e %s", parameter,
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

void print_json(const GradcheckCommand& command, const Report& report) {
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
    const Json all = {
        {"options",
         {{"data", command.data.empty() ? "synthetic" : command.data},
          {"batch", command.batch},
          {"hidden", command.hidden},
          {"entries", command.entries},
          {"directions", command.directions},
          {"h", command.h},
          {"tolerance", report.tolerance},
          {"seed", command.seed},
          {"dtype", command.f64 ? "f64" : "f32"},
          {"simd", name(active_level())}}},
        {"loss", report.loss},
        {"checks", checks},
        {"verdict", name(report.verdict)},
        {"evaluations", report.evaluations},
        {"seconds", report.seconds},
    };
    std::printf("%s\n", all.indented().c_str());
}

}  // namespace

Syntax gradcheck_syntax(GradcheckCommand& command) {
    return {"gradcheck",
            "compare backpropagation with differences",
            kGradcheckFooter,
            {
                data_option(command.data),
                whole_option("--batch", "images whose loss is differentiated (default 100)", 1, kMaxBatch,
                             command.batch),
                whole_option("--hidden", "neurons of the hidden layer (default 50)", 1, kMaxHidden,
                             command.hidden),
                whole_option("--entries", "entries a matrix, drawn at random; 0: all (default 50)", 0,
                             kMaxSample, command.entries),
                whole_option("--directions", "random directions a matrix (default 5)", 1, kMaxSample,
                             command.directions),
                step_option(command.h),
                finite_option("--tolerance", "largest relative error (default 1e-4 for f32, 1e-5 for f64)",
                              Lowest::kAboveZero, command.tolerance),
                seed_option("of weights, images, entries, 0 to 4294967295 (default 1)", command.seed),
                word_option("--dtype", "of the net and its backpropagation: f32 (default) or f64", "f32",
                            "f64", command.f64),
                flag("--json", "print JSON instead of a table", command.json),
            }};
}

int run_gradcheck(const GradcheckCommand& command) {
    const Dataset images =
        command.data.empty() ? synthetic_digits(2 * kMaxBatch, kDigitsSeed) : load_mnist(command.data).train;
    const auto begin = std::chrono::steady_clock::now();
    Report report = command.f64 ? check_net<double>(command, images) : check_net<float>(command, images);
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (command.json) {
        print_json(command, report);
    } else {
        print_table(command, images, report);
    }
    return report.verdict == GradientVerdict::kAgrees ? kDone : kGradientInDoubt;
}

}  // namespace thalweg::cli
