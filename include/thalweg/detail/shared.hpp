// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What several objects share and none changes, counted. std::shared_ptr is in <memory>, which costs every
// user a quarter of a second a file.
#pragma once

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

template <class Element>
struct TrainTestSamples;

namespace detail {

template <class Element>
struct SampleStore;  // what samples share
struct Counted;      // something with a count of those that hold it

// Holds what it was made with for as long as it, or a copy, lives. A move is a copy.
class Shared {
public:
    Shared() noexcept = default;
    // Takes over what was just made, with a count of 1.
    explicit Shared(const Counted* made) noexcept : held_(made) {}
    Shared(const Shared& other) noexcept;
    Shared& operator=(const Shared& other) noexcept;
    ~Shared();

private:
    const Counted* held_ = nullptr;
};

}  // namespace detail
}  // namespace thalweg
THALWEG_END_PUBLIC
