// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Arrays for one kernel call, each placed where a step too far shows: against an unmapped page on either
// side, or between margins. Outputs start as NaN of a known pattern, and the gaps between their rows must
// keep it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "support/guarded.hpp"
#include "support/inputs.hpp"

namespace thalweg::test {

enum class Place { kMargins, kEnd, kStart };

// A matrix in a Memory: `rows` rows of `cols`, `ld` apart; the last row ends after cols.
template <class T>
struct Block {
    T* data;
    std::size_t rows;
    std::size_t cols;
    std::size_t ld;

    std::vector<T> elements() const {
        std::vector<T> values;
        for (std::size_t i = 0; i < rows; ++i) {
            values.insert(values.end(), data + i * ld, data + i * ld + cols);
        }
        return values;
    }
};

class Memory {
public:
    // With THALWEG_TEST_NO_GUARDS margins take the place of guards: qemu 7.2 reads all lanes of a masked
    // load.
    Memory(Place place, Kind kind, std::uint64_t salt)
        : place_(std::getenv("THALWEG_TEST_NO_GUARDS") == nullptr ? place : Place::kMargins),
          kind_(kind),
          salt_(salt) {}

    // From now on what input() and copy() give can only be read, where it lies against a page.
    void keep_inputs_read_only() { read_only_inputs_ = true; }

    // `count` numbers of this memory's kind.
    template <class T>
    T* input(std::size_t count) {
        return input<T>(1, count, count).data;
    }
    // The same in rows; the gaps hold NaN, which no kernel may let into a result.
    template <class T>
    Block<T> input(std::size_t rows, std::size_t cols, std::size_t ld) {
        const Block<T> block = make<T>(rows, cols, ld);
        const std::vector<T> values = numbers<T>(rows * cols, kind_, ++salt_);
        for (std::size_t i = 0; i < rows * cols; ++i) {
            block.data[i / cols * ld + i % cols] = values[i];
        }
        seal();
        return block;
    }
    // These values.
    template <class T>
    const T* copy(const std::vector<T>& values) {
        const Block<T> block = make<T>(1, values.size(), values.size());
        std::copy(values.begin(), values.end(), block.data);
        seal();
        return block.data;
    }
    template <class T>
    T* output(std::size_t count) {
        return output<T>(1, count, count).data;
    }
    template <class T>
    Block<T> output(std::size_t rows, std::size_t cols, std::size_t ld) {
        const Block<T> block = make<T>(rows, cols, ld);
        const Array& array = arrays_.back();
        outputs_.push_back({array.first, array.size, rows, cols * sizeof(T), ld * sizeof(T)});
        return block;
    }

    // True when no output was written beside its elements.
    bool untouched() const {
        for (const Output& output : outputs_) {
            const std::size_t margin = place_ == Place::kMargins ? kMargin : 0;
            for (std::size_t at = 0; at < output.size + 2 * margin; ++at) {
                const std::size_t offset =
                    at - margin;  // wraps before the start: then it is no element either
                const bool element = offset < output.size && offset % output.ld_bytes < output.row_bytes;
                if (!element && (output.first - margin)[at] != kPattern) {
                    return false;
                }
            }
        }
        return true;
    }

private:
    // All bits set: a NaN of either type. The margins are longer than any vector.
    static constexpr std::byte kPattern{0xff};
    static constexpr std::size_t kMargin = 256;

    struct Array {
        std::byte* first;
        std::size_t size;
    };
    struct Output {
        std::byte* first;
        std::size_t size;
        std::size_t rows;
        std::size_t row_bytes;
        std::size_t ld_bytes;
    };

    template <class T>
    Block<T> make(std::size_t rows, std::size_t cols, std::size_t ld) {
        const std::size_t size = rows == 0 ? 0 : ((rows - 1) * ld + cols) * sizeof(T);
        std::byte* first = nullptr;
        if (place_ == Place::kMargins) {
            heap_.push_back(std::make_unique<std::byte[]>(size + 2 * kMargin));
            std::memset(heap_.back().get(), 0xff, size + 2 * kMargin);
            first = heap_.back().get() + kMargin;
        } else {
            const Side side = place_ == Place::kEnd ? Side::kEnd : Side::kStart;
            guarded_.push_back(std::make_unique<GuardedBytes>(size, side));
            first = guarded_.back()->data();
            std::memset(first, 0xff, size);
        }
        arrays_.push_back({first, size});
        return {reinterpret_cast<T*>(first), rows, cols, ld};
    }

    void seal() const {
        if (read_only_inputs_ && place_ != Place::kMargins) {
            guarded_.back()->make_read_only();
        }
    }

    Place place_;
    bool read_only_inputs_ = false;
    Kind kind_;
    std::uint64_t salt_;
    std::vector<std::unique_ptr<std::byte[]>> heap_;
    std::vector<std::unique_ptr<GuardedBytes>> guarded_;
    std::vector<Array> arrays_;
    std::vector<Output> outputs_;
};

}  // namespace thalweg::test
