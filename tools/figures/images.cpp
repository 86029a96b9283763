// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// All tiles of a picture are one matrix with gaps that are not a number: gnuplot draws it as one image.
#include "figures/images.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "cli/cli.hpp"

namespace thalweg::figures {
namespace {

constexpr unsigned kMaxTiles = 100;

struct Tile {
    std::vector<double> values;  // row by row
    std::string label;           // above the tile; its lines end in a backslash and an n
};

// Where tiles lie: columns of them, with room above each for its label.
struct Layout {
    std::size_t columns;
    std::size_t tile_rows;
    std::size_t tile_cols;
    std::size_t label_rows;  // units: pixels of the tiles
};

constexpr std::size_t kGap = 3;

std::size_t lines_of(const Layout& layout, std::size_t tiles) {
    return (tiles + layout.columns - 1) / layout.columns;
}

std::string mosaic(const Layout& layout, std::span<const Tile> tiles) {
    const std::size_t width = layout.columns * (layout.tile_cols + kGap) - kGap;
    const std::size_t line = layout.label_rows + layout.tile_rows;
    std::string text;
    for (std::size_t y = 0; y < line * lines_of(layout, tiles.size()); ++y) {
        for (std::size_t x = 0; x < width; ++x) {
            const std::size_t tile = y / line * layout.columns + x / (layout.tile_cols + kGap);
            const std::size_t column = x % (layout.tile_cols + kGap);
            const std::size_t row = y % line;
            const bool inside = tile < tiles.size() && column < layout.tile_cols && row >= layout.label_rows;
            text += x == 0 ? "" : " ";
            text += inside ? cli::number_text(
                                 tiles[tile].values[(row - layout.label_rows) * layout.tile_cols + column])
                           : "NaN";
        }
        text += '\n';
    }
    return text;
}

std::string labels(const Layout& layout, std::span<const Tile> tiles) {
    Rows rows;
    const std::size_t line = layout.label_rows + layout.tile_rows;
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const std::size_t above = i / layout.columns;
        const auto left = static_cast<double>(i % layout.columns * (layout.tile_cols + kGap));
        const auto top = static_cast<double>(above * line);
        rows.add({left + (static_cast<double>(layout.tile_cols) - 1.0) / 2.0,
                  top + (static_cast<double>(layout.label_rows) - 1.0) / 2.0},
                 tiles[i].label);
    }
    return rows.text();
}

// Tiles at about scale pixels a pixel, under a title.
Figure tiles_figure(const char* name, const std::string& title, const std::string& colours, bool colour_bar,
                    const Layout& layout, std::span<const Tile> tiles) {
    constexpr double kTitle = 60.0;
    constexpr double kMargin = 24.0;
    const double bar = colour_bar ? 90.0 : 0.0;
    const auto columns = static_cast<double>(layout.columns * (layout.tile_cols + kGap) - kGap);
    const auto rows =
        static_cast<double>(lines_of(layout, tiles.size()) * (layout.label_rows + layout.tile_rows));
    const double scale = std::max(1.0, 860.0 / columns);
    const double width = scale * columns + 2.0 * kMargin + bar;
    const double height = scale * rows + kTitle + kMargin;
    char margins[200];
    std::snprintf(margins, sizeof margins,
                  "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
                  "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
                  kMargin / width, 1.0 - (kMargin + bar) / width, 1.0 - kTitle / height, kMargin / height);
    const std::string right = cli::number_text(columns - 0.5);
    const std::string bottom = cli::number_text(rows - 0.5);
    Figure figure{.name = name,
                  .width = static_cast<unsigned>(width),
                  .height = static_cast<unsigned>(height),
                  .script = "set title \"" + title + "\"\n" + margins +
                            "unset border\nunset tics\nunset grid\nunset key\n" + colours +
                            "set xrange [-0.5:" + right + "]\nset yrange [" + bottom + ":-0.5]\n",
                  .data = {{"pixels", mosaic(layout, tiles)}, {"labels", labels(layout, tiles)}}};
    figure.script += "plot pixels matrix with image notitle";
    if (layout.label_rows > kGap) {
        figure.script +=
            ", labels using 1:2:3 with labels font ',10' offset 0,0.2 textcolor rgb '#333333' notitle";
    }
    figure.script += '\n';
    return figure;
}

// Ink on paper that is not quite white, so that the edge of a tile is seen.
constexpr const char* kInk =
    "set palette defined (0 '#f1f1ee', 255 '#101018')\nset cbrange [0:255]\nunset colorbox\n";

Tile pixels_tile(std::span<const std::uint8_t> pixels, std::string label) {
    return {std::vector<double>(pixels.begin(), pixels.end()), std::move(label)};
}

// Room for lines of text and a gap, 19 and 9 points each, where a tile's pixel is `scale` points wide.
std::size_t label_rows(std::size_t columns, std::size_t tile_cols, double lines) {
    const double scale = 860.0 / static_cast<double>(columns * (tile_cols + kGap));
    return static_cast<std::size_t>(std::ceil((19.0 * lines + 9.0) / std::max(1.0, scale)));
}

}  // namespace

Figure digits(const Dataset& data, std::span<const std::size_t> rows) {
    const std::size_t columns = std::clamp<std::size_t>(rows.size(), 1, 10);
    const Layout layout{columns, data.image_rows(), data.image_cols(),
                        label_rows(columns, data.image_cols(), 1)};
    std::vector<Tile> tiles;
    for (const std::size_t row : rows) {
        tiles.push_back(pixels_tile(data.image(row), std::to_string(data.labels()[row])));
    }
    return tiles_figure("digits", "Training images with their labels", kInk, false, layout, tiles);
}

Figure first_layer(const Review& review) {
    const std::size_t count = std::min<std::size_t>(review.W1.cols(), kMaxTiles);
    const Layout layout{std::min<std::size_t>(count, 10), review.image_rows, review.image_cols, kGap};
    double largest = 0.0;
    std::vector<Tile> tiles(count);
    for (std::size_t unit = 0; unit < count; ++unit) {
        for (std::size_t pixel = 0; pixel < review.W1.rows(); ++pixel) {
            tiles[unit].values.push_back(review.W1(pixel, unit));
            largest = std::max(largest, std::fabs(review.W1(pixel, unit)));
        }
    }
    const std::string limit = cli::number_text(largest > 0.0 && std::isfinite(largest) ? largest : 1.0);
    const std::string colours =
        "set palette defined (-1 '#2166ac', -0.5 '#92c5de', 0 '#f7f7f7', 0.5 '#f4a582', 1 '#b2182b')\n"
        "set cbrange [-" +
        limit + ":" + limit + "]\nset cbtics format '%.2g' scale 0.5\n";
    return tiles_figure("first_layer", "Weights of the first layer, W1: one image a hidden unit", colours,
                        true, layout, tiles);
}

Figure worst_mistakes(const Review& review) {
    const std::size_t columns = std::clamp<std::size_t>(review.worst.size(), 1, 8);
    const Layout layout{columns, review.image_rows, review.image_cols,
                        label_rows(columns, review.image_cols, 2)};
    std::vector<Tile> tiles;
    for (const Mistake& mistake : review.worst) {
        char label[80];
        const double percent = 100.0 * mistake.truth_probability;
        std::snprintf(label, sizeof label, "true %zu: %.*g %%\\nsays %zu: %.0f %%", mistake.truth,
                      percent < 9.5 ? 1 : 2, percent, mistake.said, 100.0 * mistake.said_probability);
        tiles.push_back(pixels_tile(mistake.pixels, label));
    }
    return tiles_figure("mistakes", "The worst mistakes: the true digit and what the net says instead", kInk,
                        false, layout, tiles);
}

}  // namespace thalweg::figures
