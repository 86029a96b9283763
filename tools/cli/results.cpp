// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// JSON and CSV of a training run, written piece by piece: the losses of a long run are many.
#include "results.hpp"

#include <cstdio>
#include <string>

#include "cli.hpp"
#include "json.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::cli {
namespace {

Json file_name(const std::string& name) {
    return name.empty() ? Json(nullptr) : Json(name);
}

Json options_json(const Results& results) {
    const TrainCommand& command = results.command;
    return {
        {"data", command.data.empty() ? Json("synthetic") : Json(command.data)},
        {"iters", command.iters},
        {"batch", command.batch},
        {"hidden", command.hidden},
        {"lr", command.lr},
        {"init_std", command.init_std},
        {"seed", command.seed},
        {"gradient", command.numerical ? "numerical" : "backprop"},
        {"h", command.numerical ? Json(command.step()) : Json(nullptr)},
        {"dtype", command.f64 ? "f64" : "f32"},
        {"sampling", command.sampling == Sampling::kShuffle ? "shuffle" : "replacement"},
        {"threads", results.threads},
        {"eval_every", command.eval_every},
        {"csv", file_name(command.csv)},
        {"json", file_name(command.json)},
        {"save", file_name(command.save)},
        {"resume", file_name(command.resume)},
        {"checkpoint_every", command.checkpoint_every == 0 ? Json(nullptr) : Json(command.checkpoint_every)},
        {"quiet", command.quiet},
        {"simd", results.simd},
    };
}

}  // namespace

RunResults::RunResults(const TrainCommand& run, std::size_t done) : command(run), first(done) {
    if (run.threads > 0) {
        set_threads(run.threads);
    }
    simd = name(active_level());
    threads = thalweg::threads();
}

void put(std::FILE* file, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), file);
}

void begin_json(const RunResults& results, const std::string& options, std::size_t iterations,
                std::FILE* file) {
    put(file, "{\n\"options\": " + options);
    put(file, ",\n\"iterations\": " + std::to_string(iterations));
    if (!results.command.resume.empty()) {
        put(file, ",\n\"first_iteration\": " + std::to_string(results.first + 1));
    }
    put(file, ",\n\"loss\": [");
    const char* separator = "";
    for (const double loss : results.losses) {
        put(file, separator + number_text(loss, "null"));
        separator = ", ";
    }
    put(file, "]");
}

void write_json(const Results& results, std::FILE* file) {
    begin_json(results, options_json(results).text(), results.result.iterations, file);
    Json accuracies = Json::array();
    for (const TrainEvaluation& evaluation : results.result.evaluations) {
        accuracies.push_back(
            {{"iteration", evaluation.iteration}, {"train", evaluation.train}, {"test", evaluation.test}});
    }
    const Json last = {{"train", results.final_train}, {"test", results.final_test}};
    put(file, ",\n\"accuracy\": " + accuracies.text() + ",\n\"final\": " + last.text());
    put(file, ",\n\"seconds\": " + number_text(results.result.seconds, "null"));
    put(file, ",\n\"images_per_second\": " + number_text(results.images_per_second, "null") + "\n}\n");
}

std::string csv_header() {
    return "iteration,loss,train_accuracy,test_accuracy";
}

void write_csv(const Results& results, const std::string& before, std::FILE* file) {
    put(file, before);
    auto evaluation = results.result.evaluations.begin();
    for (std::size_t i = 0; i < results.losses.size(); ++i) {
        const std::size_t iteration = results.first + i + 1;
        put(file, std::to_string(iteration) + "," + number_text(results.losses[i]) + ",");
        if (evaluation != results.result.evaluations.end() && evaluation->iteration == iteration) {
            put(file, number_text(evaluation->train) + "," + number_text(evaluation->test));
            ++evaluation;
        } else {
            put(file, ",");
        }
        put(file, "\n");
    }
}

}  // namespace thalweg::cli
