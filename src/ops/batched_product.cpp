// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Brings both factors into the form that gemm reads: axes of rows, and axes of columns, that are one each,
// and the elements of one of them side by side. What does not lie so is copied.
#include "ops/batched_product.hpp"

#include <algorithm>

#include "ops/gemm.hpp"

namespace thalweg::ops {
namespace {

using arrays::kMostAxes;
using arrays::Layout;
using kernels::GemmBlock;

struct Axis {
    std::size_t extent = 1;
    std::size_t stride = 1;
};

// Axes [first, last) as one; false where they are none, or repeat elements.
bool merge(const Layout& layout, std::size_t first, std::size_t last, Axis& out) noexcept {
    out = {};
    for (std::size_t i = last; i-- > first;) {
        const std::size_t extent = layout.extents[i];
        const std::size_t stride = layout.strides[i];
        if (extent == 1) {
            continue;
        }
        if (stride == 0 || (out.extent != 1 && stride != out.extent * out.stride)) {
            return false;
        }
        if (out.extent == 1) {
            out.stride = stride;
        }
        out.extent *= extent;
    }
    return true;
}

// Matrices as gemm reads them.
template <class T>
class Matrices {
public:
    Matrices(const Factor<T>& factor, const Shape& shape, std::size_t batches) : view_(factor.view) {
        if (!fits(factor)) {
            copy_ = Tensor<T>(factor.view);
            view_ = copy_.view();
            fits(factor);
        }
        for (std::size_t k = 0; k < batches; ++k) {
            // From the last one; an axis that is missing or has one element stands for all.
            const std::size_t to = batches - 1 - k;
            const std::size_t from = factor.batches - 1 - k;
            const bool there = k < factor.batches && view_.layout().extents[from] == shape[to];
            batch[to] = there ? view_.layout().strides[from] : 0;
        }
    }
    const T* data() const noexcept { return view_.data(); }

    Axis rows;
    Axis cols;
    std::size_t batch[kMostAxes] = {};

private:
    bool fits(const Factor<T>& factor) noexcept {
        const Layout& layout = view_.layout();
        const std::size_t middle = factor.batches + factor.rows;
        if (!merge(layout, factor.batches, middle, rows) || !merge(layout, middle, layout.rank, cols)) {
            return false;
        }
        // One row or column has no next one: it lies as suits the other.
        if (rows.extent == 1) {
            rows.stride = cols.stride == 1 ? cols.extent : 1;
        } else if (cols.extent == 1) {
            cols.stride = rows.stride == 1 ? rows.extent : 1;
        }
        return cols.stride == 1 ? rows.stride >= cols.extent : rows.stride == 1 && cols.stride >= rows.extent;
    }

    TensorView<const T> view_;
    Tensor<T> copy_;
};

// Where one b serves all and a's batches follow one another as its rows do, all are one product.
template <class T>
bool one_product(const Matrices<T>& a, const Matrices<T>& b, const Shape& shape, std::size_t batches) {
    std::size_t extent = a.rows.extent;
    for (std::size_t k = batches; k-- > 0;) {
        if (b.batch[k] != 0 || (shape[k] != 1 && a.batch[k] != extent * a.rows.stride)) {
            return false;
        }
        extent *= shape[k];
    }
    return true;
}

template <class T>
void multiply(const Factor<T>& a_factor, const Factor<T>& b_factor, const Shape& shape, std::size_t batches,
              T* out) {
    const std::size_t size = shape.size();
    if (size == 0) {
        return;
    }
    if (a_factor.view.empty()) {
        std::fill_n(out, size, T(0));  // sums of none
        return;
    }
    const Matrices<T> a(a_factor, shape, batches);
    const Matrices<T> b(b_factor, shape, batches);
    Batches all;
    for (std::size_t k = 0; k < batches; ++k) {
        all.count *= shape[k];
        all.extents[k] = shape[k];
        all.a[k] = a.batch[k];
        all.b[k] = b.batch[k];
    }
    all.axes = batches;
    all.b_turned = b.cols.stride != 1;
    GemmBlock<T> one{};
    one.m = a.rows.extent;
    one.n = b.cols.extent;
    one.k = a.cols.extent;
    one.a = a.data();
    one.a_row = a.rows.stride;
    one.a_col = a.cols.stride;
    one.b = b.data();
    one.ldb = all.b_turned ? b.cols.stride : b.rows.stride;
    one.c = out;
    one.ldc = one.n;
    if (one_product(a, b, shape, batches)) {
        one.m *= all.count;
        all.count = 1;
        all.axes = 0;
    }
    if (all.count == 1 && !all.b_turned) {
        return gemm(one);
    }
    gemm_batches(one, all);
}

}  // namespace

void batched_product(const Factor<float>& a, const Factor<float>& b, const Shape& shape, std::size_t batches,
                     float* out) {
    multiply(a, b, shape, batches, out);
}
void batched_product(const Factor<double>& a, const Factor<double>& b, const Shape& shape,
                     std::size_t batches, double* out) {
    multiply(a, b, shape, batches, out);
}

}  // namespace thalweg::ops
