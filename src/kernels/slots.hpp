// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The kernels of one element type, named as their slots in the table, by the unit that compiles them. They
// leave their unit for the table's: templates in the level's own namespace, instantiated once.
//
//   THALWEG_PRODUCTS(THALWEG_DEFINE, float)      in units/products_float.cpp: compiles them
//   THALWEG_PRODUCTS(THALWEG_DECLARE, float)     in units/table.cpp: they are compiled elsewhere
#pragma once

#define THALWEG_PRODUCTS(DO, T) \
    DO(gemm, T) DO(pack_b, T) DO(pack_b_turned, T) DO(gemm_packed, T) DO(gemm_streamed, T) DO(gemm_nonzero, T)

#define THALWEG_SOFTMAX(DO, T) DO(softmax, T) DO(softmax_loss, T)

#define THALWEG_PROGRAMS(DO, T) \
    DO(array, T)                \
    DO(fold_start, T)           \
    DO(fold, T)                 \
    DO(folded, T)               \
    DO(sum_program, T)          \
    DO(fold_rows, T)            \
    DO(count_nonzero, T)

#define THALWEG_ARRAYS(DO, T) \
    DO(transpose, T)          \
    DO(all_finite, T)         \
    DO(unit_differences, T)   \
    DO(add_rows, T)           \
    DO(exp, T)                \
    DO(log, T)                \
    DO(expm1, T)              \
    DO(log1p, T)              \
    DO(log2, T)               \
    DO(log10, T)              \
    DO(tanh, T)               \
    DO(softplus, T)           \
    DO(sigmoid, T)            \
    DO(sigmoid_grad, T)       \
    DO(sigmoid_backward, T)   \
    DO(sin, T)                \
    DO(cos, T)                \
    DO(erf, T)                \
    DO(gelu, T)               \
    DO(gelu_tanh, T)          \
    DO(power, T)              \
    DO(add, T)                \
    DO(axpy, T)               \
    DO(adam, T)               \
    DO(scale, T)              \
    DO(sum, T)                \
    DO(sum_each, T)           \
    DO(sum_rows, T)           \
    DO(argmax, T)             \
    DO(argmax_rows, T)        \
    DO(argmax_cols, T)        \
    DO(log_loss, T)           \
    DO(soft_log_loss, T)      \
    DO(pixels, T)

#define THALWEG_DEFINE(kernel, T) template decltype(kernel<T>) kernel<T>;
#define THALWEG_DECLARE(kernel, T) extern template decltype(kernel<T>) kernel<T>;
