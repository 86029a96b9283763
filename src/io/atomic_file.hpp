// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A file that is there completely or as it was before, whenever the process or the machine stops.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace thalweg::io {

// Written without a name where the file system can do that (Linux: O_TMPFILE), else under a temporary one
// next to the target; commit() syncs, names and renames it. What is no regular file (a device, a pipe) is
// written directly. Every error is an IoError that names the path.
class AtomicFile {
public:
    // nameless: false takes the second way at once, for tests.
    explicit AtomicFile(const std::string& path, bool nameless = true);
    // Without commit(): the target is as it was, and nothing else is left.
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(std::span<const std::uint8_t> bytes);
    void write(std::string_view text);

    void commit();

private:
    [[noreturn]] void fail(const char* what) const;
    void inspect_target();
    void open_temporary(bool nameless);
    void name_temporary();
    void sync_directory() const;

    std::string path_;
    std::string target_;     // path_ with symbolic links followed: renaming must not replace a link
    std::string directory_;  // of the target
    std::string temporary_;  // empty: there is no such name
    int descriptor_ = -1;
    bool direct_ = false;
    bool replaces_ = false;
    unsigned mode_ = 0;  // of the file that is replaced
};

}  // namespace thalweg::io
