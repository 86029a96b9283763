// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The one look of all figures, and gnuplot as a child process: no shell sees any name.
#include "figures/figure_folder.hpp"

#ifndef _WIN32
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/cli.hpp"
#include "cli/output_file.hpp"
#include "cli/terminal.hpp"

#ifndef _WIN32
extern char** environ;  // POSIX leaves its declaration to the program
#endif

namespace thalweg::figures {
namespace {

constexpr const char* kStyle =
    "# The look of all figures. Line styles 1 to 4: blue, orange, red, grey; 11: dashed guides.\n"
    "reset\n"
    "set border 3 linecolor rgb '#555555'\n"
    "set tics nomirror out scale 0.6 textcolor rgb '#333333'\n"
    "set grid linetype 1 linecolor rgb '#e4e4e4'\n"
    "set title font ',15' textcolor rgb '#111111'\n"
    "set key top left Left reverse noopaque samplen 2 textcolor rgb '#333333'\n"
    "set xlabel textcolor rgb '#333333'\n"
    "set ylabel textcolor rgb '#333333'\n"
    "set cblabel textcolor rgb '#333333'\n"
    "set style line 1 linecolor rgb '#1f77b4' linewidth 2.5 pointtype 7 pointsize 0.9\n"
    "set style line 2 linecolor rgb '#ff7f0e' linewidth 2.5 pointtype 7 pointsize 0.9\n"
    "set style line 3 linecolor rgb '#d62728' linewidth 2 pointtype 7 pointsize 1.3\n"
    "set style line 4 linecolor rgb '#a8c4dc' linewidth 1\n"
    "set style line 11 linecolor rgb '#222222' linewidth 1.5 dashtype (12, 8)\n";

// The terminals count a font's size in points and in pixels: fontscale makes the two alike. The same commands
// for both kinds of picture; within the braces lines continue as usual.
std::string whole_script(const Figure& figure) {
    const std::string size = std::to_string(figure.width) + "," + std::to_string(figure.height);
    std::string text = "# In this directory: gnuplot " + figure.name + ".gp\n";
    for (const DataFile& data : figure.data) {
        text += data.name + " = '" + figure.name + "." + data.name + ".dat'\n";
    }
    text += "do for [kind in 'png svg'] {\n";
    text += "load 'style.gp'\n";
    text += "if (kind eq 'png') {\n";
    text += "set terminal pngcairo size " + size + " font 'sans,12' background rgb 'white'\n";
    text += "} else {\n";
    text += "set terminal svg size " + size +
            " font 'DejaVu Sans,Helvetica,sans-serif,12' fontscale 1.33 background rgb 'white'\n";
    text += "}\n";
    text += "set output '" + figure.name + ".' . kind\n";
    text += figure.script;
    text += "unset output\n}\n";
    return text;
}

#ifndef _WIN32
// What a child writes to standard error, without ever filling up: the file is unlinked already.
class Complaints {
public:
    Complaints() : file_(std::tmpfile()) {}
    Complaints(const Complaints&) = delete;
    Complaints& operator=(const Complaints&) = delete;
    ~Complaints() {
        if (file_ != nullptr) {
            std::fclose(file_);
        }
    }

    int descriptor() const { return file_ == nullptr ? -1 : fileno(file_); }

    // The last line with anything in it: gnuplot shows where it stopped, then why.
    std::string last_line() const {
        std::string last;
        if (file_ == nullptr) {
            return last;
        }
        std::rewind(file_);
        char line[400];
        while (std::fgets(line, sizeof line, file_) != nullptr) {
            std::string text = line;
            text.erase(0, text.find_first_not_of(" \t\n^"));
            text.erase(text.find_last_not_of(" \t\n") + 1);
            if (!text.empty()) {
                last = std::move(text);
            }
        }
        return last;
    }

private:
    std::FILE* file_;
};
#endif

// Names are UTF-8, on Windows as well.
std::filesystem::path path_of(const std::string& name) {
    return std::u8string(name.begin(), name.end());
}

}  // namespace

void Rows::numbers(std::initializer_list<double> row) {
    const char* separator = "";
    for (const double value : row) {
        text_ += separator + cli::number_text(value);
        separator = " ";
    }
}

void Rows::add(std::initializer_list<double> row) {
    numbers(row);
    text_ += '\n';
}

void Rows::add(std::initializer_list<double> row, const std::string& label) {
    numbers(row);
    text_ += " \"" + label + "\"\n";
}

FigureFolder::FigureFolder(std::string option, std::string directory)
    : option_(std::move(option)), directory_(std::move(directory)) {
    std::error_code error;
    std::filesystem::create_directories(path_of(directory_), error);
    std::error_code unknown;
    if (!std::filesystem::is_directory(path_of(directory_), unknown)) {
        throw cli::UsageError(option_ + ": expected a directory that can be made, found " +
                              cli::in_quotes(directory_) + ": " +
                              (error ? error.message() : std::strerror(ENOTDIR)));
    }
    write("style.gp", kStyle);
}

std::string FigureFolder::path(const std::string& file) const {
    const std::u8string whole = (path_of(directory_) / file).u8string();
    return {whole.begin(), whole.end()};
}

void FigureFolder::write(const std::string& file, const std::string& text) const {
    cli::OutputFile(option_, path(file)).write([&](std::FILE* out) {
        std::fwrite(text.data(), 1, text.size(), out);
    });
}

std::string FigureFolder::draw(const Figure& figure) {
    for (const DataFile& data : figure.data) {
        write(figure.name + "." + data.name + ".dat", data.text);
    }
    write(figure.name + ".gp", whole_script(figure));
    if (run_gnuplot(figure)) {
        return cli::escaped("drawn: " + path(figure.name + ".png") + ", " + path(figure.name + ".svg"));
    }
    std::string message = cli::escaped("written: " + path(figure.name + ".gp") + " and its data");
    if (!install_hint_shown_) {
        message += "; for pictures install gnuplot (Debian: apt install gnuplot-nox)";
        install_hint_shown_ = true;
    }
    return message;
}

#ifdef _WIN32
// Nobody has tried it there: the files are written, and drawing is the user's.
bool FigureFolder::run_gnuplot(const Figure& /*figure*/) const {
    return false;
}
#else
// False when there is no gnuplot; EACCES is what a PATH with a closed directory in it gives for that.
bool FigureFolder::run_gnuplot(const Figure& figure) const {
    const Complaints complaints;
    std::string program = "gnuplot";
    std::string defaults = "-d";  // nobody's own start-up file
    std::string script = figure.name + ".gp";
    char* const arguments[] = {program.data(), defaults.data(), script.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, directory_.c_str());
    if (complaints.descriptor() >= 0) {
        posix_spawn_file_actions_adddup2(&actions, complaints.descriptor(), STDERR_FILENO);
    }
    pid_t child = 0;
    const int failure = posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure == ENOENT || failure == EACCES) {
        return false;
    }
    int status = 0;
    if (failure == 0) {
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            return true;
        }
        // POSIX's other way to say ENOENT, which qemu-user takes: a child that ends with 127. The dynamic
        // linker does so as well, but says why.
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && complaints.last_line().empty()) {
            return false;
        }
    }
    std::error_code ignored;
    std::filesystem::remove(path_of(path(figure.name + ".png")), ignored);
    std::filesystem::remove(path_of(path(figure.name + ".svg")), ignored);
    const std::string why = failure != 0 ? std::strerror(failure) : complaints.last_line();
    throw cli::UsageError(option_ + ": gnuplot could not draw " + path(script) + ": " +
                          (why.empty() ? "expected exit status 0, found " + std::to_string(status) : why));
}
#endif

}  // namespace thalweg::figures
