// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A reader's own softmax, sigmoid, ... beside the library's: what he calls is his function, or does not
// compile; it is never the library's in silence. test_misuse.py compiles this file with FORM from 0 to 7, how
// he declares them, with OPENED, for `using namespace thalweg`, and without.
#include <type_traits>
#include <utility>
#include <vector>

#include <thalweg/thalweg.hpp>

#ifdef OPENED
using namespace thalweg;
constexpr bool kOpened = true;
#else
constexpr bool kOpened = false;
#endif

struct His {};
enum class Whose { kHis, kNobodys, kOurs };

#if FORM == 0
#define DECLARE(name, ...) His name(const thalweg::Matrix<double>& __VA_OPT__(, ) __VA_ARGS__);
#elif FORM == 1
#define DECLARE(name, ...) His name(thalweg::Matrix<double> __VA_OPT__(, ) __VA_ARGS__);
#elif FORM == 2
#define DECLARE(name, ...) His name(thalweg::MatrixView<const double> __VA_OPT__(, ) __VA_ARGS__);
#elif FORM == 3
#define DECLARE(name, ...) \
    template <class M>     \
    His name(const M& __VA_OPT__(, ) __VA_ARGS__);
#elif FORM == 4
#define DECLARE(name, ...) His name(auto&& __VA_OPT__(, ) __VA_ARGS__);
#elif FORM == 5
#define DECLARE(name, ...) \
    template <class M>     \
    His name(M __VA_OPT__(, ) __VA_ARGS__);
#elif FORM == 6
#define DECLARE(name, ...) \
    template <class T>     \
    His name(const thalweg::Matrix<T>& __VA_OPT__(, ) __VA_ARGS__);
#else
#define DECLARE(name, ...) \
    template <class T>     \
    His name(thalweg::MatrixView<const T> __VA_OPT__(, ) __VA_ARGS__);
#endif
using List = const std::vector<int>&;
DECLARE(softmax)
DECLARE(sigmoid)
DECLARE(sigmoid_grad)
DECLARE(relu)
DECLARE(cross_entropy_error, List)

#define ASK(name)                                                            \
    template <class... Arguments>                                            \
    constexpr Whose name##_is() {                                            \
        if constexpr (requires { name(std::declval<Arguments>()...); }) {    \
            using Result = decltype(name(std::declval<Arguments>()...));     \
            return std::is_same_v<Result, His> ? Whose::kHis : Whose::kOurs; \
        } else {                                                             \
            return Whose::kNobodys;                                          \
        }                                                                    \
    }
ASK(softmax)
ASK(sigmoid)
ASK(sigmoid_grad)
ASK(relu)
ASK(cross_entropy_error)

using M = thalweg::Matrix<double>;
using V = thalweg::MatrixView<double>&;
using E = thalweg::Expression<double>;

// Where his function cannot be called at all, `using namespace` leaves the library's as the only one. That is
// the language's rule, not a choice: a template does not find its T in what must be converted first.
constexpr bool kFindsMatrix = FORM != 7;
constexpr bool kFindsExpression = FORM != 6 && FORM != 7;

template <Whose matrix, Whose temporary, Whose expression, Whose view>
constexpr bool right() {
    if (kFindsMatrix && (matrix == Whose::kOurs || temporary == Whose::kOurs)) {
        return false;
    }
    if (kFindsExpression && expression == Whose::kOurs) {
        return false;
    }
    if (!kOpened && (matrix == Whose::kOurs || expression == Whose::kOurs || view == Whose::kOurs)) {
        return false;
    }
    // Alone, or as the better match, his is called.
    const bool exact = FORM != 2 && FORM != 7;
    return (kOpened && !exact) || !kFindsMatrix || matrix == Whose::kHis;
}

#define CHECK_OF(name, ...)                                                                                 \
    static_assert(                                                                                          \
        right<name##_is<const M & __VA_OPT__(, ) __VA_ARGS__>(), name##_is<M __VA_OPT__(, ) __VA_ARGS__>(), \
              name##_is<E __VA_OPT__(, ) __VA_ARGS__>(), name##_is<V __VA_OPT__(, ) __VA_ARGS__>()>(),      \
        "the library's " #name " is called in silence");
CHECK_OF(softmax)
CHECK_OF(sigmoid)
CHECK_OF(sigmoid_grad)
CHECK_OF(relu)
CHECK_OF(cross_entropy_error, List)
