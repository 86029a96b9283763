// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How the digits are written: for each a few hands, each hand one or two strokes of the pen. A stroke is a
// control polygon whose corners are cut twice to make a curve; a point given twice stays a corner. Our own,
// drawn by hand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace thalweg::data {

// On a paper of 100 x 100, y downwards; control points may lie a little outside.
struct PenPoint {
    std::int8_t x;
    std::int8_t y;
};

using Stroke = std::span<const PenPoint>;

inline constexpr std::size_t kMostPenPoints = 16;

// One way of writing a digit; a second stroke may be empty.
struct Hand {
    Stroke first;
    Stroke second = {};
};

inline constexpr PenPoint kZeroRound[] = {{54, 2},   {26, 0},  {14, 34}, {18, 72}, {36, 102},
                                          {64, 100}, {84, 70}, {84, 30}, {68, 2},  {48, 2}};
inline constexpr PenPoint kZeroCrossed[] = {{66, 8},   {40, -4}, {18, 24}, {16, 66}, {32, 102},
                                            {62, 100}, {82, 74}, {80, 28}, {62, 2},  {44, 12}};
inline constexpr PenPoint kOneBar[] = {{54, 0}, {50, 50}, {48, 100}};
inline constexpr PenPoint kOneFlag[] = {{30, 24}, {54, 0}, {54, 0}, {53, 50}, {52, 100}};
inline constexpr PenPoint kOneFoot[] = {{28, 100}, {50, 99}, {76, 100}};
inline constexpr PenPoint kTwoSharp[] = {{18, 26}, {22, 0},  {64, -6}, {84, 18}, {74, 46},
                                         {46, 72}, {16, 99}, {16, 99}, {50, 98}, {84, 97}};
inline constexpr PenPoint kTwoLoop[] = {{20, 24},  {28, -2}, {66, -4}, {82, 22}, {70, 52}, {44, 84},
                                        {22, 102}, {10, 88}, {28, 78}, {54, 96}, {88, 94}};
inline constexpr PenPoint kThreeRound[] = {{20, 14}, {34, -4}, {68, -4}, {82, 20},  {70, 46},  {42, 48},
                                           {42, 48}, {76, 50}, {88, 76}, {70, 102}, {34, 104}, {14, 84}};
inline constexpr PenPoint kThreeFlat[] = {{20, 3},  {50, 3},  {80, 3},   {80, 3},   {46, 40}, {46, 40},
                                          {80, 44}, {88, 74}, {66, 102}, {32, 102}, {14, 84}};
inline constexpr PenPoint kFourOpenLeft[] = {{28, 2}, {22, 30}, {16, 58}, {16, 58}, {52, 57}, {88, 54}};
inline constexpr PenPoint kFourOpenRight[] = {{66, 18}, {62, 58}, {58, 100}};
inline constexpr PenPoint kFourClosedLeft[] = {{64, 0}, {40, 32}, {12, 66}, {12, 66}, {50, 66}, {90, 66}};
inline constexpr PenPoint kFourClosedRight[] = {{64, 0}, {63, 50}, {62, 100}};
inline constexpr PenPoint kFourRoundLeft[] = {{24, 4}, {18, 40}, {34, 60}, {60, 56}, {78, 42}};
inline constexpr PenPoint kFourRoundRight[] = {{80, 2}, {74, 50}, {66, 100}};
inline constexpr PenPoint kFiveOneStroke[] = {{80, 3},  {56, 3},  {32, 4},  {32, 4},   {26, 46}, {26, 46},
                                              {56, 32}, {86, 50}, {82, 90}, {52, 106}, {16, 90}};
inline constexpr PenPoint kFiveBody[] = {{34, 6},  {30, 26}, {26, 46},  {26, 46}, {58, 36},
                                         {84, 58}, {76, 92}, {46, 104}, {16, 92}};
inline constexpr PenPoint kFiveTop[] = {{34, 5}, {58, 4}, {84, 0}};
inline constexpr PenPoint kSixCurled[] = {{70, 0},  {38, 12}, {16, 52}, {18, 90}, {44, 106},
                                          {78, 94}, {80, 64}, {58, 48}, {34, 56}, {20, 78}};
inline constexpr PenPoint kSixStraight[] = {{58, 0},  {34, 28}, {14, 66}, {26, 102}, {64, 104},
                                            {80, 76}, {60, 56}, {36, 60}, {22, 82}};
inline constexpr PenPoint kSevenPlain[] = {{16, 5}, {50, 5}, {84, 4}, {84, 4}, {62, 50}, {42, 100}};
inline constexpr PenPoint kSevenHooked[] = {{15, 18}, {18, 3},  {50, 6},  {84, 4},
                                            {84, 4},  {58, 42}, {46, 100}};
inline constexpr PenPoint kSevenBar[] = {{36, 52}, {56, 51}, {78, 49}};
inline constexpr PenPoint kEightOneStroke[] = {{76, 16}, {60, -4},  {26, -2},  {18, 30}, {48, 48},
                                               {82, 68}, {78, 100}, {34, 106}, {12, 84}, {32, 58},
                                               {66, 40}, {82, 18},  {66, 2}};
inline constexpr PenPoint kEightUpper[] = {{50, 2},  {26, 4},  {20, 30}, {40, 48},
                                           {62, 48}, {80, 28}, {72, 4},  {46, 2}};
inline constexpr PenPoint kEightLower[] = {{50, 48},  {20, 56}, {12, 84}, {36, 104},
                                           {66, 104}, {88, 82}, {78, 54}, {46, 48}};
inline constexpr PenPoint kNineStraight[] = {{76, 10}, {46, -6}, {18, 12}, {18, 44}, {46, 58},
                                             {76, 38}, {78, 6},  {78, 6},  {76, 52}, {72, 100}};
inline constexpr PenPoint kNineLeaning[] = {{78, 22}, {62, -4}, {30, -2}, {16, 28}, {30, 54},
                                            {62, 48}, {78, 22}, {78, 22}, {72, 64}, {56, 100}};
inline constexpr PenPoint kNineCurled[] = {{78, 12}, {46, -6}, {18, 14}, {20, 46},  {50, 56},
                                           {78, 34}, {80, 10}, {82, 70}, {66, 104}, {26, 98}};

// A hand listed twice is twice as frequent.
inline constexpr Hand kZeros[] = {{kZeroRound}, {kZeroCrossed}};
inline constexpr Hand kOnes[] = {{kOneBar}, {kOneBar}, {kOneFlag}, {kOneFlag, kOneFoot}};
inline constexpr Hand kTwos[] = {{kTwoSharp}, {kTwoLoop}};
inline constexpr Hand kThrees[] = {{kThreeRound}, {kThreeRound}, {kThreeFlat}};
inline constexpr Hand kFours[] = {
    {kFourOpenLeft, kFourOpenRight}, {kFourClosedLeft, kFourClosedRight}, {kFourRoundLeft, kFourRoundRight}};
inline constexpr Hand kFives[] = {{kFiveOneStroke}, {kFiveBody, kFiveTop}};
inline constexpr Hand kSixes[] = {{kSixCurled}, {kSixStraight}};
inline constexpr Hand kSevens[] = {{kSevenPlain}, {kSevenHooked}, {kSevenPlain, kSevenBar}};
inline constexpr Hand kEights[] = {{kEightOneStroke}, {kEightUpper, kEightLower}};
inline constexpr Hand kNines[] = {{kNineStraight}, {kNineLeaning}, {kNineCurled}};

inline constexpr std::array<std::span<const Hand>, 10> kDigits = {kZeros, kOnes,  kTwos,   kThrees, kFours,
                                                                  kFives, kSixes, kSevens, kEights, kNines};

// Every stroke is a line, and short enough for the arrays that draw it.
constexpr bool fits(Stroke stroke) {
    return stroke.size() != 1 && stroke.size() <= kMostPenPoints;
}
constexpr bool strokes_fit() {
    for (const std::span<const Hand> hands : kDigits) {
        for (const Hand& hand : hands) {
            if (!fits(hand.first) || !fits(hand.second)) {
                return false;
            }
        }
    }
    return true;
}
static_assert(strokes_fit());

}  // namespace thalweg::data
