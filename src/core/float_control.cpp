// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "core/float_control.hpp"

#if defined(__GNUC__)
#define THALWEG_APART [[gnu::noinline, gnu::cold]]
#else
#define THALWEG_APART
#endif

namespace thalweg::core {

THALWEG_APART void FloatControlScope::change(FloatControl to) noexcept {
    before_ = FloatControl::current();
    to.use();
}

THALWEG_APART void FloatControlScope::restore() const noexcept {
    before_.use();
}

}  // namespace thalweg::core
