// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products of matrices and of transposes, in shapes that take every path of the kernels, with and without
// gaps between the rows.
#include <cstddef>
#include <cstdint>

#include "bits/hash.hpp"
#include "bits/inputs.hpp"
#include "bits/rows.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::bits {
namespace {

struct ProductShape {
    std::size_t m;
    std::size_t k;
    std::size_t n;
    std::size_t gap;  // elements before each row, and after it
};

// The net's own, then large, narrow, deep, single, and the ends of vectors.
constexpr ProductShape kProductShapes[] = {
    {100, 784, 50, 0}, {784, 100, 50, 0}, {100, 50, 10, 0}, {50, 100, 10, 1}, {256, 300, 260, 0},
    {131, 67, 259, 3}, {1, 784, 50, 0},   {300, 1, 70, 0},  {5, 1000, 1, 1},  {33, 129, 65, 5},
    {17, 31, 3, 0},    {2, 3, 500, 1},    {64, 64, 64, 0},  {1, 1, 1, 0},     {7, 0, 9, 0},
};

// A matrix that stands between gaps, as it is or to be read transposed.
template <class T>
class Operand {
public:
    Operand(std::size_t rows, std::size_t cols, std::size_t gap, bool transposed, Rng& rng)
        : all_(uniform<T>(transposed ? cols : rows, (transposed ? rows : cols) + 2 * gap, rng)),
          gap_(gap),
          transposed_(transposed) {}

    MatrixView<T> stored() { return all_.cols(gap_, all_.cols() - gap_); }
    DotOperand<T> operand() {
        return transposed_ ? DotOperand<T>(stored().transposed()) : DotOperand<T>(stored());
    }
    const Matrix<T>& all() const { return all_; }

private:
    Matrix<T> all_;
    std::size_t gap_;
    bool transposed_;
};

template <class T, bool kTransposeA, bool kTransposeB>
std::uint64_t products() {
    Hash hash;
    Rng rng(4);
    for (const auto& [m, k, n, gap] : kProductShapes) {
        Operand<T> a(m, k, gap, kTransposeA, rng);
        Operand<T> b(k, n, gap, kTransposeB, rng);
        Operand<T> bias(1, n, gap, false, rng);
        Operand<T> out(m, n, gap, false, rng);
        // The gaps of out are hashed as well: nobody writes there.
        dot_add(a.operand(), b.operand(), out.stored());
        hash.add(out.all());
        dot(a.operand(), b.operand(), out.stored());
        hash.add(out.all());
        affine(a.operand(), b.operand(), bias.stored(), out.stored());
        hash.add(out.all());
    }
    return hash.value();
}

constexpr Row kProductRows[] = {
    {"products/f32/a b", false, false, products<float, false, false>},
    {"products/f32/a b^T", false, false, products<float, false, true>},
    {"products/f32/a^T b", false, false, products<float, true, false>},
    {"products/f32/a^T b^T", false, false, products<float, true, true>},
    {"products/f64/a b", false, false, products<double, false, false>},
    {"products/f64/a b^T", false, false, products<double, false, true>},
    {"products/f64/a^T b", false, false, products<double, true, false>},
    {"products/f64/a^T b^T", false, false, products<double, true, true>},
};

}  // namespace

std::span<const Row> product_rows() {
    return kProductRows;
}

}  // namespace thalweg::bits
