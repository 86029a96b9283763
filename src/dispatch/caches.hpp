// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The sizes of the caches that products are cut for.
#pragma once

#include "thalweg/simd.hpp"

namespace thalweg::dispatch {

// What cache_sizes() says, with the sizes of a small processor for what is unknown. Read once; throws
// SimdError as cache_sizes() does, at the first call alone.
const CacheSizes& caches();

}  // namespace thalweg::dispatch
