// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// io/posix.hpp on Windows: the process, its console, Ctrl-C; elsewhere nothing. These files are the last of
// their unity build: <windows.h> leaves macros behind.
#ifdef _WIN32

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "io/posix.hpp"
#include "io/windows_text.hpp"

namespace thalweg::posix {

int getpid() {
    return static_cast<int>(GetCurrentProcessId());
}

char* strerror(int error) {
    static char held_open[] = "another program holds it open";
    static char not_unicode[] = "a name that is not UTF-8";
    return error == ETXTBSY ? held_open : error == EILSEQ ? not_unicode : std::strerror(error);
}

namespace {

HANDLE console_of(int descriptor) {
    return reinterpret_cast<HANDLE>(_get_osfhandle(descriptor));
}

}  // namespace

int dup(int descriptor) {
    return ::_dup(descriptor);
}

std::FILE* fdopen(int descriptor, const char* mode) {
    return ::_fdopen(descriptor, mode);
}

int fileno(std::FILE* file) {
    return ::_fileno(file);
}

bool is_closed(int descriptor) {
    return _get_osfhandle(descriptor) == -1;
}

int isatty(int descriptor) {
    DWORD mode = 0;
    return GetConsoleMode(console_of(descriptor), &mode) != 0 ? 1 : 0;
}

std::size_t terminal_width(int descriptor) {
    CONSOLE_SCREEN_BUFFER_INFO info = {};
    if (GetConsoleScreenBufferInfo(console_of(descriptor), &info) == 0) {
        return 0;
    }
    return static_cast<std::size_t>(info.srWindow.Right - info.srWindow.Left + 1);
}

void begin_program(int& argc, char**& argv) {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        _setmode(descriptor, _O_BINARY);
        DWORD mode = 0;
        const HANDLE handle = console_of(descriptor);
        if (descriptor != STDIN_FILENO && GetConsoleMode(handle, &mode) != 0) {
            SetConsoleMode(handle, mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
        }
    }
    SetConsoleOutputCP(CP_UTF8);
    int count = 0;
    wchar_t** const wide = CommandLineToArgvW(GetCommandLineW(), &count);
    if (wide == nullptr) {
        return;
    }
    static std::vector<std::string> texts;  // as long as the program
    static std::vector<char*> pointers;
    for (int i = 0; i < count; ++i) {
        texts.push_back(to_utf8(wide[i]));
    }
    LocalFree(wide);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    argc = count;
    argv = pointers.data();
}

namespace {

std::atomic<void (*)(int)> noted{nullptr};

// Runs in a thread of its own. When it returns from a closing console the program is ended: it waits, and
// Windows ends both after five seconds where main() has not.
BOOL WINAPI on_console_event(DWORD event) {
    void (*const note)(int) = noted.exchange(nullptr);
    if (note == nullptr) {
        return FALSE;
    }
    if (event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT) {
        note(event == CTRL_C_EVENT ? SIGINT : SIGTERM);
        return TRUE;
    }
    note(SIGHUP);
    Sleep(INFINITE);
    return TRUE;
}

}  // namespace

void watch_console(void (*note)(int)) {
    noted = note;
    SetConsoleCtrlHandler(on_console_event, TRUE);
}

}  // namespace thalweg::posix
#endif
