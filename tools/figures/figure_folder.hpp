// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Pictures by gnuplot: a figure is data, a script and, where gnuplot is installed, a .png and an .svg.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

namespace thalweg::figures {

// Numbers for gnuplot: one row a line, blanks between.
class Rows {
public:
    void add(std::initializer_list<double> row);
    // A row that ends in text, which gnuplot reads as one column.
    void add(std::initializer_list<double> row, const std::string& label);
    // Ends a line of a surface.
    void gap() { text_ += '\n'; }
    const std::string& text() const noexcept { return text_; }

private:
    void numbers(std::initializer_list<double> row);

    std::string text_;
};

struct DataFile {
    std::string name;  // the script's name for it
    std::string text;
};

struct Figure {
    std::string name;  // of all its files, without an ending
    unsigned width = 0;
    unsigned height = 0;  // units: pixels
    std::string script;   // what to plot, in style.gp's line styles
    std::vector<DataFile> data;
};

// A directory that figures are drawn into.
class FigureFolder {
public:
    // Makes the directory where there is none and writes style.gp into it.
    // throws   cli::UsageError that begins with option when files cannot be written there
    FigureFolder(std::string option, std::string directory);

    // Writes data and script, and has gnuplot draw them. Returns one line that tells what is there now.
    // throws   cli::UsageError with gnuplot's complaint; what it began to draw is then removed
    std::string draw(const Figure& figure);

private:
    std::string path(const std::string& file) const;
    void write(const std::string& file, const std::string& text) const;
    bool run_gnuplot(const Figure& figure) const;

    std::string option_;
    std::string directory_;
    bool install_hint_shown_ = false;
};

}  // namespace thalweg::figures
