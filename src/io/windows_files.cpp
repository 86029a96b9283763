// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// io/posix.hpp on Windows: files and directories; elsewhere nothing.
#ifdef _WIN32
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "io/posix.hpp"
#include "io/windows_text.hpp"

namespace thalweg::posix {
namespace {

int errno_of(DWORD error) {
    switch (error) {
        case ERROR_FILE_NOT_FOUND:
        case ERROR_PATH_NOT_FOUND:
        case ERROR_INVALID_DRIVE:
        case ERROR_BAD_NETPATH:
        case ERROR_BAD_NET_NAME:
        case ERROR_NOT_READY:
            return ENOENT;
        case ERROR_ACCESS_DENIED:
        case ERROR_PRIVILEGE_NOT_HELD:
            return EACCES;
        case ERROR_SHARING_VIOLATION:
        case ERROR_LOCK_VIOLATION:
        case ERROR_USER_MAPPED_FILE:
            return ETXTBSY;
        case ERROR_FILE_EXISTS:
        case ERROR_ALREADY_EXISTS:
            return EEXIST;
        case ERROR_DISK_FULL:
        case ERROR_HANDLE_DISK_FULL:
            return ENOSPC;
        case ERROR_WRITE_PROTECT:
            return EROFS;
        case ERROR_DIRECTORY:
            return ENOTDIR;
        case ERROR_INVALID_NAME:
        case ERROR_INVALID_PARAMETER:
            return EINVAL;
        case ERROR_FILENAME_EXCED_RANGE:
            return ENAMETOOLONG;
        case ERROR_NOT_SAME_DEVICE:
            return EXDEV;
        case ERROR_BROKEN_PIPE:
        case ERROR_NO_DATA:
            return EPIPE;
        case ERROR_TOO_MANY_OPEN_FILES:
            return EMFILE;
        case ERROR_NOT_ENOUGH_MEMORY:
        case ERROR_OUTOFMEMORY:
            return ENOMEM;
        default:
            return EIO;
    }
}

// -1, with errno for what Windows says.
int failed() {
    errno = errno_of(GetLastError());
    return -1;
}

// A path as Windows wants it: from 248 characters on absolute and marked as one that may be long. Empty, with
// errno: it is no path.
std::wstring wide_path(const char* path) {
    constexpr std::size_t kLongestPlain = 247;  // of a directory, which must leave room for a file's name
    std::wstring plain = to_wide(path);
    if (plain.empty()) {
        errno = *path == '\0' ? ENOENT : EILSEQ;
        return plain;
    }
    std::wstring full(plain.size() + MAX_PATH, L'\0');
    for (DWORD needed = 0;;) {
        needed = GetFullPathNameW(plain.c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
        if (needed <= full.size()) {
            full.resize(needed);
            break;
        }
        full.resize(needed);
    }
    if (full.size() <= kLongestPlain || full.starts_with(L"\\\\?\\") || full.starts_with(L"\\\\.\\")) {
        return plain;
    }
    return full.starts_with(L"\\\\") ? L"\\\\?\\UNC\\" + full.substr(2) : L"\\\\?\\" + full;
}

constexpr DWORD kShareAll = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

HANDLE open_to_look(const std::wstring& path) {
    return CreateFileW(path.c_str(), FILE_READ_ATTRIBUTES, kShareAll, nullptr, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS, nullptr);
}

HANDLE handle_of(int descriptor) {
    return reinterpret_cast<HANDLE>(_get_osfhandle(descriptor));
}

int describe(HANDLE handle, struct stat* found) {
    const DWORD type = GetFileType(handle);
    *found = {};
    if (type == FILE_TYPE_CHAR || type == FILE_TYPE_PIPE) {
        found->st_mode = (type == FILE_TYPE_CHAR ? S_IFCHR : S_IFIFO) | 0666U;
        return 0;
    }
    BY_HANDLE_FILE_INFORMATION info = {};
    if (GetFileInformationByHandle(handle, &info) == 0) {
        return failed();
    }
    const bool directory = (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    const bool read_only = (info.dwFileAttributes & FILE_ATTRIBUTE_READONLY) != 0;
    found->st_mode = directory ? S_IFDIR | 0777U : S_IFREG | (read_only ? 0444U : 0666U);
    found->st_size = static_cast<off_t>(std::uint64_t{info.nFileSizeHigh} << 32 | info.nFileSizeLow);
    const std::uint64_t ticks =
        std::uint64_t{info.ftLastWriteTime.dwHighDateTime} << 32 | info.ftLastWriteTime.dwLowDateTime;
    found->st_mtim.tv_sec = static_cast<std::int64_t>(ticks / 10'000'000);
    found->st_mtim.tv_nsec = static_cast<std::int64_t>(ticks % 10'000'000 * 100);
    return 0;
}

}  // namespace

int stat(const char* path, struct stat* found) {
    const std::wstring wide = wide_path(path);
    if (wide.empty()) {
        return -1;
    }
    const HANDLE handle = open_to_look(wide);
    if (handle == INVALID_HANDLE_VALUE) {
        return failed();
    }
    const int status = describe(handle, found);
    const int error = errno;
    CloseHandle(handle);
    errno = error;
    return status;
}

int lstat(const char* path, struct stat* found) {
    const std::wstring wide = wide_path(path);
    if (wide.empty()) {
        return -1;
    }
    const DWORD attributes = GetFileAttributesW(wide.c_str());
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        return failed();
    }
    *found = {};
    found->st_mode = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? S_IFDIR | 0777U : S_IFREG | 0666U;
    return 0;
}

int fstat(int descriptor, struct stat* found) {
    return describe(handle_of(descriptor), found);
}

int access(const char* path, int wanted) {
    struct stat found = {};
    if (stat(path, &found) != 0) {
        return -1;
    }
    if ((wanted & W_OK) != 0 && (found.st_mode & 0222U) == 0) {
        errno = EACCES;
        return -1;
    }
    return 0;
}

// The path itself, unless it is a link: the name may be one that its owner knows it by.
char* realpath(const char* path, char* /*out*/) {
    const std::wstring wide = wide_path(path);
    std::string real = path;
    if (!wide.empty() && (GetFileAttributesW(wide.c_str()) & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
        const HANDLE handle = open_to_look(wide);
        if (handle == INVALID_HANDLE_VALUE) {
            failed();
            return nullptr;
        }
        std::wstring target(32768, L'\0');
        const DWORD size =
            GetFinalPathNameByHandleW(handle, target.data(), static_cast<DWORD>(target.size()), 0);
        CloseHandle(handle);
        if (size != 0 && size < target.size()) {
            real = to_utf8(target.c_str());
        }
    }
    auto* const copy = static_cast<char*>(std::malloc(real.size() + 1));
    if (copy != nullptr) {
        std::memcpy(copy, real.c_str(), real.size() + 1);
    }
    return copy;
}

ssize_t readlink(const char* /*path*/, char* /*out*/, std::size_t /*size*/) {
    errno = EINVAL;
    return -1;
}

int open(const char* path, int flags, mode_t /*mode*/) {
    const std::wstring wide = wide_path(path);
    if (wide.empty()) {
        return -1;
    }
    const bool writes = (flags & (O_WRONLY | O_RDWR)) != 0;
    const DWORD how = (flags & O_CREAT) == 0  ? OPEN_EXISTING
                      : (flags & O_EXCL) != 0 ? CREATE_NEW
                                              : OPEN_ALWAYS;
    const HANDLE handle = CreateFileW(wide.c_str(), writes ? GENERIC_WRITE : GENERIC_READ, kShareAll, nullptr,
                                      how, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    if (handle == INVALID_HANDLE_VALUE) {
        return failed();
    }
    const int descriptor =
        _open_osfhandle(reinterpret_cast<std::intptr_t>(handle),
                        (writes ? _O_WRONLY : _O_RDONLY) | _O_BINARY | _O_NOINHERIT | (flags & _O_APPEND));
    if (descriptor < 0) {
        CloseHandle(handle);
        errno = EMFILE;
    }
    return descriptor;
}

int close(int descriptor) {
    return ::_close(descriptor);
}

constexpr std::size_t kLargestStep = std::size_t{1} << 30;

ssize_t read(int descriptor, void* out, std::size_t count) {
    const int done =
        ::_read(descriptor, out, static_cast<unsigned>(count < kLargestStep ? count : kLargestStep));
    return done < 0 && errno == EPIPE ? 0 : done;  // whoever wrote has closed the pipe
}

ssize_t pread(int descriptor, void* out, std::size_t count, off_t offset) {
    OVERLAPPED at = {};
    at.Offset = static_cast<DWORD>(offset);
    at.OffsetHigh = static_cast<DWORD>(offset >> 32);
    DWORD done = 0;
    const auto step = static_cast<DWORD>(count < kLargestStep ? count : kLargestStep);
    if (ReadFile(handle_of(descriptor), out, step, &done, &at) == 0 && GetLastError() != ERROR_HANDLE_EOF) {
        return failed();
    }
    return done;
}

// Not the C library's, which does not always know why it failed.
ssize_t write(int descriptor, const void* from, std::size_t count) {
    DWORD done = 0;
    const auto step = static_cast<DWORD>(count < kLargestStep ? count : kLargestStep);
    return WriteFile(handle_of(descriptor), from, step, &done, nullptr) != 0 ? static_cast<ssize_t>(done)
                                                                             : failed();
}

int fsync(int descriptor) {
    struct stat found = {};
    if (fstat(descriptor, &found) == 0 && S_ISDIR(found.st_mode)) {
        return 0;
    }
    return FlushFileBuffers(handle_of(descriptor)) != 0 ? 0 : failed();
}

int fchmod(int /*descriptor*/, mode_t /*mode*/) {
    return 0;
}

int mkostemp(char* name, int flags) {
    static std::atomic<unsigned> counter{0};
    constexpr char kLetters[] = "0123456789abcdefghijklmnopqrstuv";
    char* const random = name + std::strlen(name) - 6;
    int descriptor = -1;
    do {
        std::uint64_t bits =
            (GetTickCount64() << 10U) + GetCurrentProcessId() + 0x9e3779b97f4a7c15U * counter++;
        for (int i = 0; i < 6; ++i, bits >>= 5U) {
            random[i] = kLetters[bits & 31U];
        }
        descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | flags);
    } while (descriptor < 0 && errno == EEXIST);
    return descriptor;
}

int unlink(const char* path) {
    try {
        return DeleteFileW(wide_path(path).c_str()) != 0 ? 0 : failed();
    } catch (const std::bad_alloc&) {  // destructors call it
        errno = ENOMEM;
        return -1;
    }
}

int rename(const char* from, const char* to) {
    constexpr int kTries = 20;
    constexpr DWORD kPause = 10;  // milliseconds
    const std::wstring source = wide_path(from);
    const std::wstring target = wide_path(to);
    for (int i = 0; i < kTries; ++i) {
        if (MoveFileExW(source.c_str(), target.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) !=
            0) {
            return 0;
        }
        // What is held open is reported as the one or the other.
        if (failed(); errno != ETXTBSY && errno != EACCES) {
            return -1;
        }
        Sleep(kPause);
    }
    // Held open, or not ours to write: whoever may open it for writing only meets who holds it.
    const HANDLE handle =
        CreateFileW(target.c_str(), GENERIC_WRITE | DELETE, 0, nullptr, OPEN_EXISTING, 0, nullptr);
    if (handle != INVALID_HANDLE_VALUE) {
        CloseHandle(handle);
        errno = EACCES;
        return -1;
    }
    return failed();
}

struct DIR {
    HANDLE handle = INVALID_HANDLE_VALUE;
    WIN32_FIND_DATAW next = {};
    bool has_next = false;
    dirent entry = {};
};

DIR* opendir(const char* path) {
    const std::wstring folder = wide_path(path);
    if (folder.empty()) {
        return nullptr;
    }
    auto* const list = new DIR;
    list->handle = FindFirstFileW((folder + L"\\*").c_str(), &list->next);
    list->has_next = list->handle != INVALID_HANDLE_VALUE;
    if (!list->has_next) {
        failed();
        delete list;
        return nullptr;
    }
    return list;
}

dirent* readdir(DIR* list) {
    if (!list->has_next) {
        return nullptr;
    }
    const std::string name = to_utf8(list->next.cFileName);
    std::memcpy(list->entry.d_name, name.c_str(), name.size() + 1);
    list->has_next = FindNextFileW(list->handle, &list->next) != 0;
    return &list->entry;
}

int closedir(DIR* list) {
    FindClose(list->handle);
    delete list;
    return 0;
}

}  // namespace thalweg::posix
#endif
