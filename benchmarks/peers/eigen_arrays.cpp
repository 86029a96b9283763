// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Expressions by Eigen, compiled for this processor.
#include "peers/eigen_arrays.hpp"

#include "peers/eigen.hpp"

namespace thalweg::bench::peers {

Run eigen_arrays(Expression expression, const Arrays& on) {
    return array_run<EigenExpressions>(expression, on);
}

}  // namespace thalweg::bench::peers
