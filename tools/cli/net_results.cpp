// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "net_results.hpp"

#include <algorithm>

#include "cli.hpp"
#include "json.hpp"
#include "net_options.hpp"

namespace thalweg::cli {
namespace {

bool has_classes(const NetResults& results) {
    return results.command.net.loss != "mse";
}
const char* score_name(const NetResults& results) {
    return has_classes(results) ? "accuracy" : "r2";
}

Json word(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}
Json number(std::size_t value) {
    return value == 0 ? Json(nullptr) : Json(value);
}

Json options_json(const NetResults& results) {
    const TrainCommand& command = results.command;
    const NetWords& net = command.net;
    Json layers = Json::array();
    for (const std::size_t size : net.layers) {
        layers.push_back(size);
    }
    return {
        {"data", command.data.empty() ? Json("synthetic") : Json(command.data)},
        {"layers", layers},
        {"activation", net.activation},
        {"loss", net.loss},
        {"optimizer", net.optimizer},
        {"lr", command.lr},
        {"schedule", net.schedule},
        {"epochs", number(net.epochs)},
        {"iters", number(command.iters)},
        {"batch", command.batch},
        {"sampling", command.sampling == Sampling::kShuffle ? "shuffle" : "replacement"},
        {"validation", word(net.validation)},
        {"early_stop", number(net.early_stop)},
        {"dropout", net.dropout},
        {"batch_norm", net.batch_norm},
        {"weight_decay", net.weight_decay},
        {"clip", net.clip == 0.0 ? Json(nullptr) : Json(net.clip)},
        {"standardize", net.standardize},
        {"target", word(net.target)},
        {"seed", command.seed},
        {"dtype", command.f64 ? "f64" : "f32"},
        {"threads", results.threads},
        {"save", word(command.save)},
        {"resume", word(command.resume)},
        {"simd", results.simd},
    };
}

Json metrics_json(const NetResults& results, const Metrics& metrics) {
    return {{"loss", metrics.loss}, {score_name(results), metrics.score}};
}

}  // namespace

void NetResults::count(std::size_t all, const NetTrainOptions& options) {
    rows = all;
    const bool shuffled = options.sampling == Sampling::kShuffle;
    per_epoch =
        std::max<std::size_t>(1, (rows + (shuffled ? options.batch_size - 1 : 0)) / options.batch_size);
    wanted = options.iterations > 0 ? options.iterations : options.epochs * per_epoch;
}

std::size_t NetResults::rows_until(std::size_t iteration) const {
    const auto until = [&](std::size_t updates) {
        return command.sampling == Sampling::kReplacement
                   ? updates * command.batch
                   : updates / per_epoch * rows + std::min(updates % per_epoch * command.batch, rows);
    };
    return until(iteration) - until(first);
}

std::string metrics_text(const NetResults& results, const Metrics& metrics) {
    return std::string(has_classes(results) ? "accuracy " : "R2 ") + fixed_text(metrics.score, 4) +
           ", loss " + fixed_text(metrics.loss, 4);
}

EvaluationTexts evaluation_texts(const NetResults& results, const NetEvaluation& evaluation) {
    if (!results.has_watched) {
        return {"", ""};
    }
    const Metrics& found = evaluation.validation;
    const std::string name = results.watched;
    return {
        name + " " + fixed_text(found.loss, 4) + (has_classes(results) ? "  accuracy " : "  R2 ") +
            fixed_text(found.score, 4),
        (name == "validation" ? "valid " : "test ") +
            (has_classes(results) ? fixed_text(100.0 * found.score, 1) + "%" : fixed_text(found.score, 3))};
}

std::string csv_header(const NetResults& results) {
    const std::string part = results.watched;
    return "iteration,loss,lr," + part + "_loss," + part + "_" + score_name(results);
}

void write_csv(const NetResults& results, const std::string& before, std::FILE* file) {
    put(file, before);
    auto evaluation = results.result.evaluations.begin();
    for (std::size_t i = 0; i < results.losses.size(); ++i) {
        const std::size_t iteration = results.first + i + 1;
        put(file, std::to_string(iteration) + "," + number_text(results.losses[i]) + ",");
        const auto end = results.result.evaluations.end();
        while (evaluation != end && evaluation->iteration < iteration) {
            ++evaluation;
        }
        if (evaluation != end && evaluation->iteration == iteration) {
            put(file, number_text(evaluation->lr) + "," +
                          (results.has_watched ? number_text(evaluation->validation.loss) + "," +
                                                     number_text(evaluation->validation.score)
                                               : ","));
        } else {
            put(file, ",,");
        }
        put(file, "\n");
    }
}

void write_json(const NetResults& results, std::FILE* file) {
    begin_json(results, options_json(results).text(), results.result.iterations, file);
    Json evaluations = Json::array();
    for (const NetEvaluation& each : results.result.evaluations) {
        if (results.has_watched) {
            evaluations.push_back({{"iteration", each.iteration},
                                   {"lr", each.lr},
                                   {"loss", each.loss},
                                   {results.watched, metrics_json(results, each.validation)}});
        } else {
            evaluations.push_back({{"iteration", each.iteration}, {"lr", each.lr}, {"loss", each.loss}});
        }
    }
    put(file, ",\n\"evaluations\": " + evaluations.text());
    if (results.result.best_iteration > 0) {
        put(file, ",\n\"best_iteration\": " + std::to_string(results.result.best_iteration));
    }
    const Json final = {{"part", results.final_part},
                        {"loss", results.final.loss},
                        {score_name(results), results.final.score}};
    put(file, ",\n\"final\": " + final.text());
    put(file, ",\n\"seconds\": " + number_text(results.result.seconds, "null"));
    put(file, ",\n\"rows_per_second\": " + number_text(results.rows_per_second, "null") + "\n}\n");
}

}  // namespace thalweg::cli
