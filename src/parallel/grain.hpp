// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How much work a thread should have before a second one is worth waking. All grains of the library stand
// here, each in the unit of work its operation counts in, for team_size(work, grain).
//
// One constant is behind them: a parallel region costs about 5 us (2 to 3 us to wake a team and to join it,
// as much again where the region has a barrier). A grain is the work of 5 us or a small multiple of it, at
// the speed measured on one core with AVX-512. Slower cores split a little earlier than they had to.
//
//   grain                 unit                           speed             takes
//   kProductGrain         multiply-adds                  60 a ns           5 us
//   kBackpropGrain        multiply-adds                  60 a ns           10 us   two phases with a barrier
//   kPixelGrain           multiply-adds, four fifths of  60 a ns           5 us
//                         them left out
//   kDifferenceGrain      pairs of a weight and sample   2 a ns            10 us   two phases with a barrier
//   kMathGrain            elements (exp, log, softmax)   1 a ns            16 us
//   kArithmeticGrain      elements (add, sum, argmax)    4 a ns            16 us
//   kConversionGrain      pixels made numbers            8 to 16 a ns      8 to 16 us
//   kDrawingGrain         images drawn                   8 us each         500 us
#pragma once

#include <cstddef>

namespace thalweg::parallel {

inline constexpr std::size_t kProductGrain = 300'000;
inline constexpr std::size_t kBackpropGrain = 600'000;
// Training on pixels of which most are zero, and the accuracy of such images: counted as the dense product.
inline constexpr std::size_t kPixelGrain = 1'500'000;
inline constexpr std::size_t kPixelEvaluationGrain = kPixelGrain;
inline constexpr std::size_t kDifferenceGrain = 20'000;
inline constexpr std::size_t kMathGrain = 16'384;
inline constexpr std::size_t kArithmeticGrain = 65'536;
// A batch of 100 images (78,400 pixels) stays with one thread, one of 1,000 is split.
inline constexpr std::size_t kConversionGrain = 131'072;
inline constexpr std::size_t kDrawingGrain = 64;

}  // namespace thalweg::parallel
