// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Everything but complex_step.hpp, for which <complex> costs too much. Each header also stands alone.
#pragma once

#include "thalweg/abi.hpp"
#include "thalweg/array.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/difference_model.hpp"
#include "thalweg/differences.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/error.hpp"
#include "thalweg/file_kind.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/gradient_check.hpp"
#include "thalweg/images.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/matrix_view.hpp"
#include "thalweg/net.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/print.hpp"
#include "thalweg/random.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/shape.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/train.hpp"
#include "thalweg/two_layer_net.hpp"
#include "thalweg/version.hpp"
