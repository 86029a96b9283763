// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg predict`: label and probabilities of images, by any net in a file; rows of tables as well.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "image_files.hpp"
#include "image_folders.hpp"
#include "json.hpp"
#include "model_file.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "thalweg/error.hpp"
#include "thalweg/net.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::cli {
namespace {

constexpr const char* kPredictFooter =
    "FILE.npz is what thalweg train --save or the library's save_net writes, or any file of arrays W1, b1,\n"
    "..., Wn, bn: sigmoid between the layers, softmax at the end. It computes in double unless all of them\n"
    "are float32. A file whose name ends in .csv or .tsv is a table: its columns are the features.\n"
    "IMAGE is known by its content: a photo or drawing (PNG, JPEG, PBM, PGM or PPM); IDX (raw or gzip,\n"
    "one image or many); .npy of (784,), (28, 28), (n, 784) or (n, 28, 28) for a net of 784 inputs. It\n"
    "may be a pipe; - is standard input. Of a folder all files are taken, sorted by name.\n"
    "\n"
    "For a net of 784 inputs, a picture of any size and colour is prepared as MNIST's digits were, and a\n"
    "line on stderr says so: in grey, light on black, cut out, scaled into 20 x 20 pixels, centred by\n"
    "mass in 28 x 28. A grey picture of 28 x 28 pixels with a dark border is taken as it is. --as-is\n"
    "prepares none: pictures must then have the net's size, as for all other nets, and colours become\n"
    "grey. Images in IDX and .npy are never prepared. What is transparent is black under light strokes and "
    "white under dark ones. Whole numbers\n"
    "are pixels, divided by 255 or the picture's white; floating-point numbers are taken as they are.\n"
    "\n"
    "Examples:\n"
    "  thalweg predict --model net.npz photo.jpg\n"
    "  thalweg predict --model net.npz scans/\n"
    "  thalweg predict --model net.npz --as-is digit.png\n"
    "  thalweg predict --model net.npz --json mnist/t10k-images-idx3-ubyte.gz > answers.json\n"
    "\n"
    "Exit status: 0 done; 2 wrong option or input.";

// The answers for one file: a row an image.
struct Answer {
    std::string file;
    Matrix<double> probabilities;
    std::vector<std::size_t> labels;
};

// Of all files, and what they are answers of.
struct Answers {
    std::vector<Answer> files;
    std::vector<std::string> classes;  // names; empty: labels are numbers
    bool numbers = false;              // values, and no labels
    bool rows = true;                  // of tables, no image among them
};

// A table is known by its name: any text might be one.
bool is_table(const std::string& path) {
    return path.ends_with(".csv") || path.ends_with(".CSV") || path.ends_with(".tsv");
}

// One line where a picture was prepared, or most images of a file look as no net of light digits has seen
// any.
template <class T>
void hint(const std::string& file, const Images<T>& found) {
    const std::string name = file == "-" ? "standard input" : file;
    const std::size_t images = found.x.rows();
    if (!found.prepared.empty()) {
        print_error("thalweg predict", name + ": " + found.prepared);
    } else if (2 * found.inverted > images) {
        const std::string which =
            images == 1 ? "" : std::to_string(found.inverted) + " of " + std::to_string(images) + " images ";
        print_error("thalweg predict",
                    name + ": " + which + (images == 1 ? "looks" : "look") +
                        " inverted: dark on a light ground, where MNIST's digits are light on black");
    }
}

// Files as they were named, folders' in their place.
std::vector<std::string> files_of(const std::vector<std::string>& named) {
    std::vector<std::string> files;
    for (const std::string& path : named) {
        if (is_folder(path)) {
            const std::vector<std::string> inside = files_in(path);
            files.insert(files.end(), inside.begin(), inside.end());
        } else {
            files.push_back(path);
        }
    }
    return files;
}

// A broken net is no matter of the rows: one that is finite has an answer.
template <class T>
void check_answers(const std::string& model, const std::string& path, const Matrix<T>& x,
                   const Matrix<T>& y) {
    const auto finite = [](T value) { return std::isfinite(value); };
    for (std::size_t i = 0; i < y.rows(); ++i) {
        const T* const row = y.data() + i * y.cols();
        const T* const features = x.data() + i * x.cols();
        if (std::any_of(row, row + y.cols(), [](T value) { return std::isnan(value); }) &&
            std::all_of(features, features + x.cols(), finite)) {
            throw IoError(path + ": row " + std::to_string(i) +
                          ": expected numbers as answers of the net in " + in_quotes(model) + ", found nan");
        }
    }
}

template <class T>
Answers answers(const Npz& file, const PredictCommand& command) {
    const Model<T> model(file);
    const Net<T>& net = model.net;
    Answers result = {{}, model.classes, net.options().loss != Loss::kSoftmaxCrossEntropy, true};
    const Prepare prepare = command.as_is ? Prepare::kNever : Prepare::kWhereNeeded;
    for (const std::string& path : files_of(command.images)) {
        Matrix<T> x;
        if (is_table(path)) {
            x = table_rows<T>(path, model);
        } else {
            result.rows = false;
            Images<T> images = read_images<T>(path, net.input_size(), prepare);
            // Classes with names are a user's own pictures, on grounds of any colour.
            images.inverted = model.classes.empty() ? images.inverted : 0;
            hint(path, images);
            x = std::move(images.x);
        }
        const Matrix<T> y = model.predict(x);
        check_answers(command.model, path, x, y);
        Answer answer{path, Matrix<double>(y.rows(), y.cols()), argmax(y, 1)};
        std::copy(y.data(), y.data() + y.size(), answer.probabilities.data());
        result.files.push_back(std::move(answer));
    }
    return result;
}

// digit.png, or images-idx3[17] where a file has several.
std::string image_name(const Answer& answer, std::size_t i) {
    return escaped(answer.labels.size() == 1 ? answer.file : answer.file + "[" + std::to_string(i) + "]");
}

// How a row of the table fits the width of a line: all probabilities if need be with three digits and a
// shortened name, or else those that fit, the most likely first.
struct Layout {
    Layout(std::size_t longest_name, std::size_t longest_label, std::vector<std::size_t> column_names,
           std::size_t width)
        : name(longest_name), label(longest_label), heads(std::move(column_names)) {
        constexpr std::size_t kShortest = 12;
        if (name + beside_name() <= width) {
            return;
        }
        gap = 1;
        digits = 3;
        all = beside_name() + kShortest <= width;
        const std::size_t room = all ? width - beside_name() : std::max(kShortest, width / 4);
        name = std::min(name, room);
    }

    std::size_t cell(std::size_t least) const {
        return gap + std::max(least, 2 + static_cast<std::size_t>(digits));
    }
    std::size_t beside_name() const {
        std::size_t sum = gap + label;
        for (const std::size_t column : heads) {
            sum += cell(column);
        }
        return sum;
    }

    std::size_t name;
    std::size_t label;
    std::vector<std::size_t> heads;  // columns of what stands above each
    std::size_t gap = 2;
    int digits = 4;
    bool all = true;
};

std::string fixed(double value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string begin_row(const Layout& layout, const std::string& name, const std::string& label) {
    const std::string shown = shortened(name, layout.name);
    return shown + std::string(layout.name - columns(shown), ' ') + right(label, layout.gap + layout.label);
}

std::string label_name(const Answers& all, std::size_t label) {
    constexpr std::size_t kLongest = 16;
    return label < all.classes.size() ? shortened(escaped(all.classes[label]), kLongest)
                                      : std::to_string(label);
}

// What stands above a column of probabilities.
std::string column_name(const Answers& all, std::size_t label) {
    return all.classes.empty() ? "p(" + std::to_string(label) + ")" : label_name(all, label);
}

void print_row(const Layout& layout, const Answers& all, const std::string& name, std::size_t label,
               std::span<const double> p, std::size_t width) {
    std::string line = begin_row(layout, name, label_name(all, label));
    if (layout.all) {
        for (std::size_t j = 0; j < p.size(); ++j) {
            line += right(fixed(p[j], layout.digits), layout.cell(layout.heads[j]));
        }
    } else {
        std::vector<std::size_t> order(p.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::erase(order, label);
        std::stable_sort(order.begin(), order.end(), [p](std::size_t a, std::size_t b) {
            return !std::isnan(p[a]) && (std::isnan(p[b]) || p[a] > p[b]);
        });
        line += right(fixed(p[label], layout.digits), layout.cell(0));
        for (const std::size_t other : order) {
            const std::string next = "  " + label_name(all, other) + " " + fixed(p[other], layout.digits);
            if (columns(line) + columns(next) > width) {
                break;
            }
            line += next;
        }
    }
    std::printf("%s\n", line.c_str());
}

// A row a line, every value as it is read back.
void print_values(const Answers& all) {
    for (const Answer& answer : all.files) {
        for (std::size_t i = 0; i < answer.labels.size(); ++i) {
            std::string line = image_name(answer, i);
            for (std::size_t j = 0; j < answer.probabilities.cols(); ++j) {
                line += "  " + number_text(answer.probabilities(i, j));
            }
            std::printf("%s\n", line.c_str());
        }
    }
}

void print_text(const Answers& all) {
    const std::string kind = all.rows ? "row" : "image";
    std::size_t longest = kind.size();
    std::size_t longest_label = std::string_view("label").size();
    std::vector<std::size_t> column_names;
    const std::size_t classes = all.files.front().probabilities.cols();
    for (std::size_t j = 0; j < classes; ++j) {
        longest_label = std::max(longest_label, columns(label_name(all, j)));
        column_names.push_back(columns(column_name(all, j)));
    }
    for (const Answer& answer : all.files) {
        for (std::size_t i = 0; i < answer.labels.size(); ++i) {
            longest = std::max(longest, columns(image_name(answer, i)));
        }
    }
    const std::size_t width = line_width(stdout);
    const Layout layout(longest, longest_label, std::move(column_names), width);
    std::string line = begin_row(layout, kind, "label");
    for (std::size_t j = 0; j < (layout.all ? classes : 0); ++j) {
        line += right(column_name(all, j), layout.cell(layout.heads[j]));
    }
    std::printf("%s%s\n", line.c_str(), layout.all ? "" : (right("p", layout.cell(0)) + "  next").c_str());
    for (const Answer& answer : all.files) {
        for (std::size_t i = 0; i < answer.labels.size(); ++i) {
            const std::span<const double> p(answer.probabilities.data() + i * classes, classes);
            print_row(layout, all, image_name(answer, i), answer.labels[i], p, width);
        }
    }
}

Json answer_json(const Answers& all, const Answer& answer, std::size_t i) {
    Json values = Json::array();
    for (std::size_t j = 0; j < answer.probabilities.cols(); ++j) {
        values.push_back(answer.probabilities(i, j));
    }
    const std::size_t label = answer.labels[i];
    if (all.numbers) {
        return {{"file", answer.file}, {"index", i}, {"values", values}};
    }
    if (label < all.classes.size()) {
        return {{"file", answer.file},
                {"index", i},
                {"label", label},
                {"class", all.classes[label]},
                {"probabilities", values}};
    }
    return {{"file", answer.file}, {"index", i}, {"label", label}, {"probabilities", values}};
}

void print_json(const PredictCommand& command, const Answers& all) {
    std::printf("{\n\"model\": %s,\n\"images\": [", Json(command.model).text().c_str());
    const char* separator = "";
    for (const Answer& answer : all.files) {
        for (std::size_t i = 0; i < answer.labels.size(); ++i) {
            std::printf("%s\n%s", separator, answer_json(all, answer, i).text().c_str());
            separator = ",";
        }
    }
    std::printf("\n]\n}\n");
}

}  // namespace

Syntax predict_syntax(PredictCommand& command) {
    return {"predict",
            "label images and rows of tables with a net",
            kPredictFooter,
            {
                text_option("--model", "FILE.npz", "the net", "a file name", command.model),
                flag("--as-is", "take pixels as they are, also of photos", command.as_is),
                flag("--json", "print JSON instead of a table", command.json),
                {"IMAGE", "", "files of images, folders of them, tables", nullptr, nullptr, &command.images},
            }};
}

int run_predict(const PredictCommand& command) {
    if (command.model.empty()) {
        const bool named = !command.images.empty() && command.images.front().ends_with(".npz");
        throw UsageError("--model: expected the .npz file of a net, found none" +
                         (named ? "; did you mean --model " + command.images.front() + "?" : ""));
    }
    if (command.images.empty()) {
        throw UsageError("IMAGE: expected files of images or tables, or folders of them, found none");
    }
    const Npz model = load_npz(command.model);
    const Answers all = is_float(model) ? answers<float>(model, command) : answers<double>(model, command);
    if (command.json) {
        print_json(command, all);
    } else if (all.numbers) {
        print_values(all);
    } else {
        print_text(all);
    }
    return kDone;
}

}  // namespace thalweg::cli
