// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// That a run can be in a state.
#pragma once

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/shape_check.hpp"
#include "differentiate/text.hpp"
#include "thalweg/error.hpp"
#include "thalweg/train_net.hpp"

namespace thalweg::nn {

// What early stopping keeps, of the shapes of what the net has.
template <class T>
void check_kept(const char* what, const std::vector<NamedMatrix<const Matrix<T>>>& wanted,
                const std::vector<NamedMatrix<const Matrix<T>>>& found) {
    if (wanted.size() != found.size()) {
        throw ShapeError("resume_training: expected " + std::to_string(wanted.size()) + " " + what +
                         ", found " + std::to_string(found.size()));
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        check::shape("resume_training: best", wanted[i].name.data(), found[i].matrix->view(),
                     wanted[i].matrix->rows(), wanted[i].matrix->cols());
    }
}

// A loss may have overflowed and a learning rate have become 0; neither ends a run.
// throws   std::invalid_argument; ShapeError for what early stopping keeps, where there is any
template <class T>
void check_state(const NetTrainState<T>& state, const Net<T>& net) {
    if (std::isnan(state.loss_sum) || std::isnan(state.best_loss) ||
        !(state.plateau_factor >= 0.0 && state.plateau_factor <= 1.0)) {
        throw std::invalid_argument(
            "resume_training: a loss or the learning rate's factor of the state is no number that a run "
            "has");
    }
    const auto check_power = [](const char* name, double power) {
        if (!(power >= 0.0 && power <= 1.0)) {
            throw std::invalid_argument(std::string("resume_training: the optimiser's ") + name +
                                        " must be from 0 to 1, found " + thalweg::detail::number_text(power));
        }
    };
    check_power("beta1_power", state.optimizer.beta1_power);
    check_power("beta2_power", state.optimizer.beta2_power);
    if (!state.best.layers.empty()) {
        check_kept<T>("best matrices", net.params.matrices(), state.best.matrices());
        check_kept<T>("best statistics", net.running.matrices(), state.best_running.matrices());
    }
}

}  // namespace thalweg::nn
