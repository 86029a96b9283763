// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The test images in blocks, their confusion matrix, the worst mistakes; loss and accuracy as curves.
#include "figures/review.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "figures/images.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::figures {
namespace {

constexpr std::size_t kWorst = 40;
// Images predicted at a time: 6 MB of doubles.
constexpr std::size_t kBlock = 1000;
// The mean takes in at most so many batches on either side; the points that a curve keeps.
constexpr std::size_t kAround = 50;
constexpr std::size_t kMaxPoints = 10000;

// A net that has diverged gives no probabilities: those that are not numbers come first, in any order.
bool worse(const Mistake& a, const Mistake& b) {
    const auto key = [](double p) { return std::isnan(p) ? -1.0 : p; };
    return key(a.truth_probability) < key(b.truth_probability);
}

Mistake make_mistake(std::size_t truth, std::size_t said, double of_truth, double of_said,
                     std::span<const std::uint8_t> pixels) {
    return {truth, said, of_truth, of_said, {pixels.begin(), pixels.end()}};
}

// Each loss and the mean of those around it. After one that is not finite nothing is left to show.
std::string loss_rows(std::size_t first, std::span<const double> losses, std::size_t around) {
    std::vector<double> sums = {0.0};
    for (std::size_t i = 0; i < losses.size() && std::isfinite(losses[i]); ++i) {
        sums.push_back(sums.back() + losses[i]);
    }
    const std::size_t count = sums.size() - 1;
    const std::size_t stride = std::max<std::size_t>(1, count / kMaxPoints);
    Rows rows;
    for (std::size_t i = 0; i < count; i += stride) {
        const std::size_t from = i < around ? 0 : i - around;
        const std::size_t to = std::min(count, i + around + 1);
        rows.add({static_cast<double>(first + i), losses[i],
                  (sums[to] - sums[from]) / static_cast<double>(to - from)});
    }
    return rows.text();
}

}  // namespace

template <class T>
Review review(const TwoLayerNet<T>& net, const Dataset& test) {
    Review result;
    result.W1 = Matrix<double>(net.params.W1.rows(), net.params.W1.cols());
    std::copy_n(net.params.W1.data(), net.params.W1.size(), result.W1.data());
    result.image_rows = test.image_rows();
    result.image_cols = test.image_cols();
    result.classes = test.classes();
    result.confusion.resize(test.classes() * test.classes());
    for (std::size_t first = 0; first < test.size(); first += kBlock) {
        const std::size_t count = std::min(kBlock, test.size() - first);
        Matrix<T> x(count, test.image_size());
        std::vector<int> labels(count);
        test.gather<T>(first, x, labels);
        const Matrix<T> y = net.predict(x);
        const std::vector<std::size_t> said = argmax(y, 1);
        for (std::size_t i = 0; i < count; ++i) {
            const auto truth = static_cast<std::size_t>(labels[i]);
            ++result.confusion[truth * result.classes + said[i]];
            if (truth != said[i]) {
                result.worst.push_back(make_mistake(truth, said[i], static_cast<double>(y(i, truth)),
                                                    static_cast<double>(y(i, said[i])),
                                                    test.image(first + i)));
            }
        }
        std::stable_sort(result.worst.begin(), result.worst.end(), worse);
        result.worst.resize(std::min(result.worst.size(), kWorst));
    }
    return result;
}

template Review review(const TwoLayerNet<float>&, const Dataset&);
template Review review(const TwoLayerNet<double>&, const Dataset&);

Figure training(std::size_t first, std::span<const double> losses,
                std::span<const TrainEvaluation> evaluations) {
    const std::size_t around = std::min(kAround, losses.size() / 20);
    Rows accuracy;
    for (const auto& [iteration, train, test] : evaluations) {
        accuracy.add({static_cast<double>(iteration), 100.0 * train, 100.0 * test});
    }
    return {.name = "training",
            .width = 860,
            .height = 860,
            .script =
                "set multiplot layout 2,1\n"
                "set lmargin 9\n"
                "set rmargin 3\n"
                "set format x '%.10g'\n" +
                std::string(losses.size() < 10 ? "set xtics 1\n" : "") + "set xrange [" +
                std::to_string(first - 1) + ":" +
                std::to_string(std::max(first - 1 + losses.size(), first + 1)) +
                "]\n"
                "set title 'Loss of the mini-batches'\n"
                "set xlabel 'iteration'\n"
                "set ylabel 'cross-entropy error'\n"
                "set yrange [0:*]\n"
                "set key top right\n"
                "plot loss using 1:2 with lines linestyle 4 title 'each batch', "
                "loss using 1:3 with lines linestyle 1 title 'mean of " +
                std::to_string(2 * around + 1) +
                " around it'\n"
                "set title 'Accuracy'\n"
                "set ylabel 'images right, %'\n"
                "set yrange [*:100]\n"
                "set key bottom right\n"
                "plot accuracy using 1:2 with linespoints linestyle 1 title 'training images', "
                "accuracy using 1:3 with linespoints linestyle 2 dashtype (6, 3) title 'test images'\n"
                "unset multiplot\n",
            .data = {{"loss", loss_rows(first, losses, around)}, {"accuracy", accuracy.text()}}};
}

Figure confusion(const Review& review) {
    Rows shares;
    Rows counts;
    std::size_t right = 0;
    std::size_t all = 0;
    for (std::size_t truth = 0; truth < review.classes; ++truth) {
        const std::span<const std::size_t> row =
            std::span(review.confusion).subspan(truth * review.classes, review.classes);
        const std::size_t of_truth = std::accumulate(row.begin(), row.end(), std::size_t{0});
        right += row[truth];
        all += of_truth;
        for (std::size_t said = 0; said < review.classes; ++said) {
            const double share =
                of_truth == 0 ? 0.0 : 100.0 * static_cast<double>(row[said]) / static_cast<double>(of_truth);
            const auto x = static_cast<double>(said);
            const auto y = static_cast<double>(truth);
            shares.add({x, y, share});
            counts.add({x, y, share > 40.0 ? 1.0 : 0.0}, row[said] == 0 ? "" : std::to_string(row[said]));
        }
    }
    const std::string last = std::to_string(review.classes) + " - 0.5";
    return {.name = "confusion",
            .width = 800,
            .height = 740,
            .script = "set title 'Confusion matrix: " + std::to_string(right) + " of " + std::to_string(all) +
                      " test images right'\n"
                      "set xlabel 'what the net says'\n"
                      "set ylabel 'true digit'\n"
                      "set size square\n"
                      "unset grid\n"
                      "unset key\n"
                      "unset border\n"
                      "set tics scale 0\n"
                      "set xtics 1\n"
                      "set ytics 1\n"
                      "set xrange [-0.5:" +
                      last + "]\nset yrange [" + last +
                      ":-0.5]\n"
                      // Most of a matrix is below 2 %: more of the palette for that.
                      "set palette defined (0 '#fafafa', 2 '#fdd0a2', 10 '#f16913', 30 '#9ecae1', "
                      "100 '#08519c')\n"
                      "set cbrange [0:100]\n"
                      "set cblabel '% of the true digit' offset 1.2,0\n"
                      "plot shares using 1:2:3 with image pixels, "
                      "counts using ($3 == 0 ? $1 : NaN):2:4 with labels textcolor rgb '#222222', "
                      "counts using ($3 == 1 ? $1 : NaN):2:4 with labels textcolor rgb '#ffffff'\n",
            .data = {{"shares", shares.text()}, {"counts", counts.text()}}};
}

std::vector<std::string> draw_run(FigureFolder& folder, std::size_t first, std::span<const double> losses,
                                  std::span<const TrainEvaluation> evaluations, const Review& review) {
    std::vector<std::string> messages;
    if (!losses.empty() && std::isfinite(losses.front()) && !evaluations.empty()) {
        messages.push_back(folder.draw(training(first, losses, evaluations)));
    }
    messages.push_back(folder.draw(first_layer(review)));
    messages.push_back(folder.draw(confusion(review)));
    if (!review.worst.empty()) {
        messages.push_back(folder.draw(worst_mistakes(review)));
    }
    return messages;
}

}  // namespace thalweg::figures
