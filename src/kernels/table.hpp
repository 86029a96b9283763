// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The kernel table: what the layers above may ask of an instruction set. One table per ISA,
// constant-initialised, plain data, safe to read on any CPU. Threads, blocking and shape checks live above
// it, SIMD below.
//
// Letters: T is float or double; sizes are elements; x in, y out. No kernel allocates, throws or calls
// OpenMP. Unless a slot says otherwise, y may be exactly x.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/array_step.hpp"

namespace thalweg::kernels {

// One block of a product: c[i][j] = start[i][j] + sum over p of a[i][p] * b[p][j], as one chain over
// ascending p: acc = fma(a, b, acc), or two roundings where the ISA has no fma.
template <class T>
struct GemmBlock {
    std::size_t m;
    std::size_t n;
    std::size_t k;
    const T* a;  // a[i][p] is a[i * a_row + p * a_col]: either transpose
    std::size_t a_row;
    std::size_t a_col;
    const T* b;  // b[p][j] is b[p * ldb + j]
    std::size_t ldb;
    T* c;  // c[i][j] is c[i * ldc + j]; overlaps neither a nor b
    std::size_t ldc;
    const T* start;  // start[i * start_row + j]; nullptr: zero. c itself to add on; a bias with start_row = 0
    std::size_t start_row;
};

// A product whose first factor are 8-bit pixels, most of them 0: a(i, p) = values[x[i * x_row + p * x_col]],
// values[0] = 0, and only the steps p with bit p of row i's bits set need to be done; b is finite. With
// s[i][j] the chain over p of fma(a(i, p), b[p][j], s):
//   descend = false   c[i][j] = s[i][j] started from start
//   descend = true    c[i][j] = fma(factor, s[i][j], c[i][j]), s started from zero: a step of SGD
template <class T>
struct NonzeroBlock {
    std::size_t m;
    std::size_t n;
    const std::uint8_t* x;
    std::size_t x_row;
    std::size_t x_col;
    const T* values;            // 256
    const std::uint64_t* bits;  // row i: words of them at bits + i * bits_row
    std::size_t bits_row;
    std::size_t words;
    const T* b;
    std::size_t ldb;
    T* c;
    std::size_t ldc;
    const T* start;  // start[i * start_row + j]; nullptr: zero
    std::size_t start_row;
    bool descend;
    T factor;
};

// Softmax of rows with loss and gradient: p = softmax(x), loss[i] = -log p[i][labels[i]] (stable),
// dx[i][j] = p[i][j] / divisor, (p[i][j] - 1) / divisor for j == labels[i].
template <class T>
struct SoftmaxLossBlock {
    std::size_t rows;
    std::size_t cols;
    const T* x;
    std::size_t ldx;
    const int* labels;  // each in [0, cols)
    T divisor;
    T* p;  // nullptr: not kept
    std::size_t ldp;
    T* dx;  // may be x, not p
    std::size_t lddx;
    double* loss;  // one a row
};

// An update by Adam, one rounding an operation: first += (g - first) * take; second += (g * g - second) *
// take_2; p -= first * lr / (sqrt(second) / divisor + epsilon). Nothing is divided by a divisor of 1.
template <class T>
struct AdamBlock {
    std::size_t n;
    const T* g;
    T* p;
    T* first;
    T* second;
    T lr;
    T take;
    T take_2;
    T epsilon;
    T divisor;
};

// What one sample adds to f(x + h e_i) - f(x - h e_i) for weights into hidden units: of each pair of a unit
// and a value of the input. z, zm: sigmoid(a) and sigmoid(-a) of the units; w[c * ldw + j]: weight from unit
// j to class c; p: probabilities of the classes; q: the loss's epsilon over p[label]; sinh, cosh1: of h times
// each input. y[e * ldy + j] for input e, unit j.
template <class T>
struct UnitDifferences {
    std::size_t units;
    std::size_t inputs;
    std::size_t classes;
    std::size_t label;
    const T* z;
    const T* zm;
    const T* w;
    std::size_t ldw;
    const T* p;
    T q;
    const T* sinh;
    const T* cosh1;
    T* y;
    std::size_t ldy;
};

// The same for weights from units to classes, added to sum[k * ldsum + j]; sinh, cosh1: of h times each
// unit's z; others: sum of p but p[label].
struct OutputDifferences {
    std::size_t units;
    std::size_t classes;
    std::size_t label;
    const double* p;
    double others;
    double q;
    const double* sinh;
    const double* cosh1;
    double* sum;
    std::size_t ldsum;
};

// y[rows[i]][j] += x[slots[i]][j] for i below count, in that order.
template <class T>
struct AddRows {
    std::size_t count;
    std::size_t cols;
    const std::uint32_t* slots;
    const std::uint32_t* rows;
    const T* x;
    std::size_t ldx;
    T* y;
    std::size_t ldy;
};

// What a unit makes of its sum a, f, for those who ask how far f(a) moves.
enum class Curve : std::uint8_t {
    kIdentity,
    kSigmoid,   // z = sigmoid(a), zm = sigmoid(-a)
    kTanh,      // z = sigmoid(2a), zm = sigmoid(-2a)
    kSoftplus,  // z = sigmoid(a), zm = sigmoid(-a)
    kGelu,      // a, and z = the normal distribution's P(a)
    kSlopes,    // a; f(a) = a above 0 and below * a below
};

// y[i * ldy + r] = f(a_i + u) - f(a_i), u = x[i * ldx + r], or factor[r] times that. Of a, z and zm of the
// units, what the curve asks for. small: |u| is at most kSmallMove.
struct UnitMoves {
    Curve curve;
    bool small;
    double below;
    std::size_t units;
    std::size_t moves;
    const double* a;
    const double* z;
    const double* zm;
    const double* x;
    std::size_t ldx;
    const double* factor;  // nullptr: 1
    double* y;             // may be x
    std::size_t ldy;
};

// kSlopes where nothing crosses 0: y[i * ldy + r] = slope_i * u, and margin[r] = the largest over i of
// reach * |u| - |a_i|, or of what it was: not below 0 where a move by reach would cross. Units that no move
// takes so far may be left out of that.
struct LinearMoves {
    double below;
    double reach;
    std::size_t units;
    std::size_t moves;
    const double* a;
    const double* x;
    std::size_t ldx;
    const double* factor;
    const double* largest;  // |u| of unit i is at most this; nullptr where nobody knows
    double* y;
    std::size_t ldy;
    double* margin;
};

// What losses make of their sums, and what they need to know.
enum class LossCurve : std::uint8_t {
    kLabel,    // -log(p[label] + epsilon), p = softmax: p, q = epsilon / p[label]
    kSquares,  // sum of (y - t)^2 / 2: p = y - t
    kBinary,   // sum of softplus(s) - t s: z = sigmoid(s), zm = sigmoid(-s), t
};

// sum[r] += weight * (f(s + up) - f(s + down)), where up[c * ld + r] and down[c * ld + r] are how far the sum
// of class c moves. small: no two classes move apart by more than kSmallMove.
struct LossMoves {
    LossCurve curve;
    bool small;
    std::size_t classes;
    std::size_t moves;
    std::size_t label;
    double q;
    double weight;
    const double* p;
    const double* z;
    const double* zm;
    const double* t;
    const double* up;
    const double* down;
    std::size_t ld;
    double* sum;
};
inline constexpr double kSmallMove = 1e-3;

// y[rows[e] * ldy + j] = chain over n and k of fma(a[k][e], q[k][j], y): what the rows (n, k) of a product
// a^T q add where only some of their elements are not 0. Of sample n the elements e are those from part[0]
// to part[1] - 1, at part + n * ldpart; rows, a and q of the next sample lie ldrows, nodes * lda and
// nodes * ldq further on. Whole vectors are read of q and written to y.
struct AddProducts {
    std::size_t samples;
    std::size_t cols;
    std::size_t nodes;
    const std::uint32_t* part;
    std::size_t ldpart;
    const std::uint32_t* rows;
    std::size_t ldrows;
    const double* a;
    std::size_t lda;
    const double* q;
    std::size_t ldq;
    double* y;
    std::size_t ldy;
};

// y[j] = chain over e of fma(x[e], w[rows[e] * ldw + j], y), from start[j]: a row times w where only some of
// the row is not 0.
struct RowProduct {
    std::size_t count;
    std::size_t cols;
    const std::uint32_t* rows;
    const double* x;
    const double* w;
    std::size_t ldw;
    const double* start;
    double* y;
};

// y[k * ldy + i] = z_i c_k prod over j but k of ((z_i scale)^2 - t_j)
struct NodeWeights {
    std::size_t n;
    std::size_t nodes;
    const double* z;
    double scale;
    const double* t;
    const double* c;
    double* y;
    std::size_t ldy;
};

template <class T>
struct Kernels {
    // Block boundaries at multiples of these waste nothing; they never change a bit.
    std::size_t gemm_rows;   // a panel of rows
    std::size_t gemm_cols;   // a strip of columns
    std::size_t gemm_lanes;  // packed rows of b are whole vectors of so many elements
    bool gemm_wide;          // a tile has accumulators enough to read b from the second cache as it lies
    void (*gemm)(const GemmBlock<T>& block);
    // b's [k,n] as gemm_packed() reads it: k * n elements, n rounded up to gemm_lanes.
    void (*pack_b)(const T* b, std::size_t ldb, std::size_t k, std::size_t n, T* packed);
    // The same of a b whose columns are rows in memory: b[p][j] is b[j * ldb + p].
    void (*pack_b_turned)(const T* b, std::size_t ldb, std::size_t k, std::size_t n, T* packed);
    // As gemm(), with block.b packed (ldb does not matter); panel: scratch of gemm_rows * k elements into
    // which rows of a are packed; nullptr: they are read where they lie.
    void (*gemm_packed)(const GemmBlock<T>& block, T* panel);
    // As gemm(), faster when a has few rows and b is too large for the caches: `depth` rows of b at a time,
    // at least one, while `ahead` of the next ones are asked for.
    void (*gemm_streamed)(const GemmBlock<T>& block, std::size_t depth, std::size_t ahead);
    // y[j][i] = x[i][j]; y does not overlap x
    void (*transpose)(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy);

    void (*gemm_nonzero)(const NonzeroBlock<T>& block);
    bool (*all_finite)(const T* x, std::size_t n);

    // Small moves only: the ranges of nn/difference/small_moves.hpp.
    void (*unit_differences)(const UnitDifferences<T>& d);
    void (*add_rows)(const AddRows<T>& d);

    // Runs a program over n contiguous elements of each of its arrays; count steps, the last of which stores.
    // What it writes may be exactly one of the arrays that it reads.
    void (*array)(const ArrayStep<T>* steps, std::size_t count, std::size_t n);

    // Elementwise over n contiguous elements.
    void (*exp)(const T* x, T* y, std::size_t n);
    void (*log)(const T* x, T* y, std::size_t n);
    void (*expm1)(const T* x, T* y, std::size_t n);
    void (*log1p)(const T* x, T* y, std::size_t n);
    void (*log2)(const T* x, T* y, std::size_t n);
    void (*log10)(const T* x, T* y, std::size_t n);
    void (*tanh)(const T* x, T* y, std::size_t n);
    void (*softplus)(const T* x, T* y, std::size_t n);  // y = log(1 + e^x)
    void (*sigmoid)(const T* x, T* y, std::size_t n);
    void (*sigmoid_grad)(const T* x, T* y, std::size_t n);
    void (*sigmoid_backward)(const T* z, const T* dz, T* y, std::size_t n);  // y = (z * (1 - z)) * dz
    void (*sin)(const T* x, T* y, std::size_t n);
    void (*cos)(const T* x, T* y, std::size_t n);
    void (*erf)(const T* x, T* y, std::size_t n);
    void (*gelu)(const T* x, T* y, std::size_t n);
    void (*gelu_tanh)(const T* x, T* y, std::size_t n);
    void (*power)(T exponent, const T* x, T* y, std::size_t n);
    void (*add)(const T* x1, const T* x2, T* y, std::size_t n);
    void (*axpy)(T a, const T* x, T* y, std::size_t n);  // y = fma(a, x, y)
    void (*scale)(T a, const T* x, T* y, std::size_t n);
    void (*adam)(const AdamBlock<T>& block);

    // Reductions. Orders: docs/numerics.md.
    T (*sum)(const T* x, std::size_t n);
    void (*sum_each)(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y,
                     std::size_t ldy);  // y[i * ldy] = sum of row i
    void (*sum_rows)(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols,
                     T* y);  // y[j] = chain down j
    // The running results of a row, 4 x 64 bytes: begun, gone on with, made one. n is a multiple of so many
    // elements but for the last of a row.
    void (*fold_start)(Fold fold, T* kept);
    void (*fold)(Fold fold, const T* x, std::size_t n, T* kept);
    T (*folded)(Fold fold, const T* kept);
    // Goes on with the sum of what a program stores, without storing it, where that is a product or
    // difference of two, or its square; false where it is something else.
    bool (*sum_program)(const ArrayStep<T>* steps, std::size_t count, std::size_t n, T* kept);
    // y[j] = fold of y[j] and a chain down column j
    void (*fold_rows)(Fold fold, const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y);
    std::size_t (*count_nonzero)(const T* x, std::size_t n);  // NaN is not zero
    std::size_t (*argmax)(const T* x, std::size_t n);         // n >= 1
    void (*argmax_rows)(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, std::size_t* y);
    // y[i] = argmax of row i; cols >= 1
    void (*argmax_cols)(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, std::size_t* y);

    void (*softmax)(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy);
    void (*softmax_loss)(const SoftmaxLossBlock<T>& block);
    // y[i] = -log(double(x[i]) + 1e-7), and y = chain over j of t[j] * log(double(x[j]) + 1e-7) from 0,
    // negated
    void (*log_loss)(const T* x, double* y, std::size_t n);
    double (*soft_log_loss)(const T* x, const T* t, std::size_t n);

    // y[i] = T(float(x[i]) / 255.0f), or T(x[i])
    void (*pixels)(const std::uint8_t* x, bool normalize, T* y, std::size_t n);
};

struct KernelTable {
    const char* name;  // the level's, as in levels.txt
    bool fma;          // the rounding class: true multiplies and adds with one rounding

    // Bit p of bits[p / 64] = (x[p] != 0); bits of the last word beyond n are 0.
    void (*nonzero_bits)(const std::uint8_t* x, std::size_t n, std::uint64_t* bits);
    // Bit i of y[j] = bit j of x[i * x_stride], for j below 64 and i below rows <= 64; the other bits are 0.
    void (*transpose_bits)(const std::uint64_t* x, std::size_t x_stride, std::size_t rows, std::uint64_t* y);

    void (*sinh_cosh1)(const double* x, double* sinh, double* cosh1, std::size_t n);
    void (*output_differences)(const OutputDifferences& d);  // small moves only
    // Moves of any size; output: sinh holds h z_j itself, cosh1 is not read.
    void (*unit_differences_any)(const UnitDifferences<double>& d);
    void (*output_differences_any)(const OutputDifferences& d);
    void (*unit_moves)(const UnitMoves& d);
    void (*linear_moves)(const LinearMoves& d);
    void (*loss_moves)(const LossMoves& d);
    void (*node_weights)(const NodeWeights& d);
    void (*add_products)(const AddProducts& d);
    void (*row_product)(const RowProduct& d);

    Kernels<float> f32;
    Kernels<double> f64;
};

}  // namespace thalweg::kernels
