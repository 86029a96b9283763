// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the library and the command ask of the operating system, by the names that POSIX gives it. Windows
// has most of it under other names and takes paths in UTF-16: there these are functions of our own
// (io/windows_*.cpp), which do what the callers need, set errno, and take paths in UTF-8 of any length.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#ifndef _WIN32

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace thalweg::posix {

using ::access;
using ::close;
using ::closedir;
using ::DIR;
using ::dirent;
using ::dup;
using ::fchmod;
using ::fdopen;
using ::fileno;
using ::fstat;
using ::fsync;
using ::ftruncate;
using ::getpid;
using ::isatty;
using ::lstat;
using ::mkostemp;
using ::mode_t;
using ::off_t;
using ::open;
using ::opendir;
using ::pread;
using ::read;
using ::readdir;
using ::readlink;
using ::realpath;
using ::ssize_t;
using ::stat;
using ::unlink;
using ::write;
using std::rename;
using std::strerror;

// What separates the folders of a path.
inline constexpr const char* kSeparators = "/";

// Waits until there is something to read.
inline void wait_for_input(int descriptor) {
    pollfd waited = {descriptor, POLLIN, 0};
    poll(&waited, 1, -1);
}

// What the umask leaves of 0666.
inline unsigned default_mode() {
    const mode_t mask = umask(0);
    umask(mask);
    return 0666U & ~static_cast<unsigned>(mask);
}

// A descriptor that nobody has opened.
inline bool is_closed(int descriptor) {
    return fcntl(descriptor, F_GETFD) == -1 && errno == EBADF;
}

// Keeps a file for this process until the descriptor is closed; false where another process has it.
inline bool keep_to_oneself(int descriptor) {
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

// Columns of the terminal behind a descriptor; 0: it has none, or none behind it.
inline std::size_t terminal_width(int descriptor) {
    winsize size = {};
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// To be called first in main().
inline void begin_program(int& /*argc*/, char**& /*argv*/) {}

}  // namespace thalweg::posix

#else

// mingw-w64 has macros by the names of stat(), fstat() and ftruncate(): all units see them, or none.
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#define O_CLOEXEC _O_NOINHERIT
#define O_NONBLOCK 0
#define O_DIRECTORY 0
#define R_OK 4
#define W_OK 2
#define X_OK 1
#ifndef S_ISSOCK
#define S_ISSOCK(mode) ((mode) != (mode))
#endif
#define SIGHUP 1
#define SIGPIPE 13
#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

namespace thalweg::posix {

using mode_t = unsigned;
using off_t = std::int64_t;
using ssize_t = std::ptrdiff_t;

struct stat {
    mode_t st_mode;
    off_t st_size;
    struct {
        std::int64_t tv_sec;
        std::int64_t tv_nsec;
    } st_mtim;
};

// A link that leads nowhere is known to lstat() alone, as elsewhere; otherwise the two are one.
int stat(const char* path, struct stat* found);
int lstat(const char* path, struct stat* found);
int fstat(int descriptor, struct stat* found);
int access(const char* path, int wanted);
char* realpath(const char* path, char* out);  // out is nullptr; the caller frees the result
ssize_t readlink(const char* path, char* out, std::size_t size);

// Always binary. Others may go on reading, writing, renaming and removing the file.
int open(const char* path, int flags, mode_t mode = 0);
int close(int descriptor);
ssize_t read(int descriptor, void* out, std::size_t count);
ssize_t pread(int descriptor, void* out, std::size_t count, off_t offset);
ssize_t write(int descriptor, const void* from, std::size_t count);
// A directory has nothing to be synced: rename() waits for the disk itself.
int fsync(int descriptor);
// What is written next stands at the new end.
int ftruncate(int descriptor, off_t size);
bool keep_to_oneself(int descriptor);
int fchmod(int descriptor, mode_t mode);  // does nothing
int mkostemp(char* name, int flags);      // name ends in XXXXXX
int unlink(const char* path);
// Replaces a file that nobody holds open; what a virus scanner holds for a moment is waited for.
int rename(const char* from, const char* to);

struct dirent {
    char d_name[3 * 260];
};
struct DIR;
DIR* opendir(const char* path);
dirent* readdir(DIR* list);
int closedir(DIR* list);

int dup(int descriptor);
std::FILE* fdopen(int descriptor, const char* mode);
int fileno(std::FILE* file);
inline void wait_for_input(int /*descriptor*/) {}
inline unsigned default_mode() {
    return 0666U;
}
bool is_closed(int descriptor);

int getpid();
int isatty(int descriptor);
char* strerror(int error);

inline constexpr const char* kSeparators = "/\\";

std::size_t terminal_width(int descriptor);

// The arguments in UTF-8, what is printed in UTF-8 and without carriage returns, escape sequences heard.
void begin_program(int& argc, char**& argv);

// Calls note(SIGINT) for Ctrl-C, note(SIGTERM) for Ctrl-Break, and note(SIGHUP) when the console is closed or
// the user logs off; then the program has some seconds to end. The second time the program ends at once.
void watch_console(void (*note)(int));

}  // namespace thalweg::posix

#endif

namespace thalweg::posix {

// fsync() that a signal does not end.
inline int sync(int descriptor) {
    int status = 0;
    do {
        status = fsync(descriptor);
    } while (status != 0 && errno == EINTR);
    return status;
}

}  // namespace thalweg::posix
