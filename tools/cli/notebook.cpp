// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg notebook`: the book's chapter 4, cell by cell. The cells: tools/notebook.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "figures/figure_folder.hpp"
#include "notebook/page.hpp"
#include "options.hpp"

namespace thalweg::cli {
namespace {

constexpr const char* kNotebookFooter =
    "Each cell shows its section, the C++ that runs and its output. Without --data the digits are\n"
    "synthetic. Pictures are drawn by gnuplot (Debian: gnuplot-nox) as .png and .svg; without gnuplot\n"
    "their scripts and data are still written.\n"
    "\n"
    "Examples:\n"
    "  thalweg notebook --section 4.3\n"
    "  thalweg notebook --data mnist --out figures\n"
    "\n"
    "Exit status: 0 done; 2 wrong option, input or output.";

// 4.3 takes in 4.3.1, 4.3.2 and so on.
bool belongs(std::string_view section, const std::string& wanted) {
    return wanted.empty() || section == wanted || section.starts_with(wanted + ".");
}

std::vector<notebook::Cell> chosen_cells(const std::string& wanted) {
    std::vector<notebook::Cell> chosen;
    std::string sections;
    std::string_view last;
    for (const notebook::Cell& cell : notebook::cells()) {
        if (belongs(cell.section, wanted)) {
            chosen.push_back(cell);
        }
        if (cell.section != last) {
            sections += (sections.empty() ? "" : ", ") + std::string(cell.section);
            last = cell.section;
        }
    }
    if (chosen.empty()) {
        throw UsageError("--section: expected one of " + sections + " or a part of them, found " +
                         in_quotes(wanted));
    }
    return chosen;
}

// Prints text with a margin before every line that is not empty.
void print_indented(std::string_view text, const char* margin) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string line(text.substr(0, end));
        std::printf("%s%s\n", line.empty() ? "" : margin, line.c_str());
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

void show(const notebook::Cell& cell, notebook::Page& page) {
    std::printf("## %s  %s\n\n", cell.section, cell.title);
    if (*cell.prose != '\0') {
        std::printf("%s\n\n", cell.prose);
    }
    print_indented(cell.code, "    ");
    std::printf("\n");
    // The code is there to read while it runs.
    std::fflush(stdout);
    cell.run(page);
    std::printf("\n");
}

}  // namespace

Syntax notebook_syntax(NotebookCommand& command) {
    return {
        "notebook",
        "walk through chapter 4: code, results, pictures",
        kNotebookFooter,
        {
            mnist_option(command.data),
            text_option("--out", "DIR", "draw the pictures into this directory", "a directory", command.out),
            text_option("--section", "N", "only this one, as in 4.3.2 or 4.3", "a section", command.section),
        }};
}

int run_notebook(const NotebookCommand& command) {
    const std::vector<notebook::Cell> cells = chosen_cells(command.section);
    notebook::Page page(command.data);
    // What is named is looked at, even where no chosen cell would.
    if (!command.data.empty()) {
        page.digits();
    }
    std::optional<figures::FigureFolder> folder;
    if (!command.out.empty()) {
        page.draw_into(folder.emplace("--out", command.out));
    }
    for (const notebook::Cell& cell : cells) {
        show(cell, page);
    }
    return kDone;
}

}  // namespace thalweg::cli
