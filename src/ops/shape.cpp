// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Elements moved to other places: transposed, joined, repeated, chosen. Expressions are computed where their
// elements shall be, as far as each is needed once.
#include "thalweg/shape.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "core/indices.hpp"
#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "ops/fold.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg {
namespace {

template <class T>
using OperandList = std::initializer_list<Operand<T>>;

constexpr detail::Uninitialized kUninitialized{};

std::size_t times(const char* op, std::size_t length, std::size_t count) {
    if (count != 0 && length > std::numeric_limits<std::size_t>::max() / count) {
        throw ShapeError(std::string(op) + ": " + std::to_string(count) + " times " + std::to_string(length) +
                         " is more than memory can address");
    }
    return length * count;
}

template <class T>
void copy_row(MatrixView<const T> from, std::size_t i, MatrixView<T> to, std::size_t at) {
    std::copy_n(from.data() + i * from.ld(), from.cols(), to.data() + at * to.ld());
}

// In blocks, of which both sides stay in the caches whatever the distance of rows is; a block writes whole
// lines, several of a row at a time.
template <class T>
Matrix<T> turned(MatrixView<const T> x) {
    constexpr std::size_t kLine = 64 / sizeof(T);
    constexpr std::size_t kRows = 128;
    constexpr std::size_t kCols = 64;
    Matrix<T> out(x.cols(), x.rows(), kUninitialized);
    if (x.size() == 0) {
        return out;  // whatever the other extent is
    }
    const auto kernel = dispatch::active<T>().transpose;
    parallel::run(parallel::team_size(x.size(), parallel::kArithmeticGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(x.rows(), kLine);
        for (std::size_t i = first; i < last; i += kRows) {
            const std::size_t rows = std::min(kRows, last - i);
            for (std::size_t j = 0; j < x.cols(); j += kCols) {
                kernel(x.data() + i * x.ld() + j, x.ld(), rows, std::min(kCols, x.cols() - j),
                       out.data() + j * out.ld() + i, out.ld());
            }
        }
    });
    return out;
}

template <class T>
Matrix<T> reshaped(const Operand<T>& x, std::size_t rows, std::size_t cols) {
    const std::size_t found = x.rows() * x.cols();
    if (times("reshape", rows, cols) != found) {
        throw ShapeError("reshape: x must have " + std::to_string(rows * cols) + " elements for " +
                         check::shape_text(rows, cols) + ", found " + check::shape_text(x.rows(), x.cols()));
    }
    Matrix<T> out(rows, cols, kUninitialized);
    arrays::assign(x, MatrixView<T>(out.data(), x.rows(), x.cols()));
    return out;
}

template <class T>
Matrix<T> joined(const char* op, const Operand<T>* arrays, std::size_t count, bool down) {
    if (count == 0) {
        throw ShapeError(std::string(op) + ": expected at least one array, found none");
    }
    const std::size_t across = down ? arrays[0].cols() : arrays[0].rows();
    std::size_t length = 0;
    for (std::size_t n = 0; n < count; ++n) {
        const std::size_t rows = arrays[n].rows();
        const std::size_t cols = arrays[n].cols();
        if ((down ? cols : rows) != across) {
            throw ShapeError(std::string(op) + ": array " + std::to_string(n) + " must have " +
                             std::to_string(across) + (down ? " columns" : " rows") +
                             " as array 0 has, found " + check::shape_text(rows, cols));
        }
        const std::size_t more = down ? rows : cols;
        if (more > std::numeric_limits<std::size_t>::max() - length) {
            throw ShapeError(std::string(op) + ": array " + std::to_string(n) + " " +
                             check::shape_text(rows, cols) + " makes more than memory can address");
        }
        length += more;
    }
    Matrix<T> out(down ? length : across, down ? across : length, kUninitialized);
    if (out.empty()) {
        return out;
    }
    std::size_t at = 0;
    for (std::size_t n = 0; n < count; ++n) {
        const std::size_t next = at + (down ? arrays[n].rows() : arrays[n].cols());
        arrays::assign(arrays[n], down ? out.rows(at, next) : out.cols(at, next));
        at = next;
    }
    return out;
}

// A tensor of one axis has that one alone, though it is a row here.
template <class T>
Matrix<T> concatenated(const Operand<T>* arrays, std::size_t count, int axis) {
    constexpr const char* kOp = "concatenate";
    return joined(kOp, arrays, count,
                  count == 0 ? ops::runs_down(kOp, axis) : ops::runs_down(kOp, axis, arrays[0]));
}

template <class T>
Matrix<T> tiled(const Operand<T>& x, std::size_t down, std::size_t across) {
    Matrix<T> out(times("tile", x.rows(), down), times("tile", x.cols(), across), kUninitialized);
    if (out.empty()) {
        return out;
    }
    arrays::assign(x, out.rows(0, x.rows()).cols(0, x.cols()));
    for (std::size_t i = 0; i < x.rows(); ++i) {
        T* const row = out.data() + i * out.cols();
        for (std::size_t copy = 1; copy < across; ++copy) {
            std::copy_n(row, x.cols(), row + copy * x.cols());
        }
    }
    const std::size_t block = x.rows() * out.cols();
    for (std::size_t copy = 1; copy < down; ++copy) {
        std::copy_n(out.data(), block, out.data() + copy * block);
    }
    return out;
}

template <class T>
Matrix<T> repeated(const Operand<T>& x, std::size_t count, int axis) {
    const bool down = ops::runs_down("repeat", axis, x);
    Matrix<T> out(down ? times("repeat", x.rows(), count) : x.rows(),
                  down ? x.cols() : times("repeat", x.cols(), count), kUninitialized);
    if (out.empty()) {
        return out;
    }
    const ops::Computed<T> computed(x);
    const MatrixView<const T> values = computed.view();
    for (std::size_t i = 0; down && i < out.rows(); ++i) {
        copy_row(values, i / count, out.view(), i);
    }
    for (std::size_t i = 0; !down && i < out.rows(); ++i) {
        for (std::size_t j = 0; j < values.cols(); ++j) {
            std::fill_n(out.data() + i * out.cols() + j * count, count, values.data()[i * values.ld() + j]);
        }
    }
    return out;
}

template <class T>
Matrix<T> taken(const Operand<T>& x, const Indices& rows) {
    core::check_indices("take", "rows", rows, x.rows());
    Matrix<T> out(rows.size(), x.cols(), kUninitialized);
    if (out.empty()) {
        return out;
    }
    const ops::Computed<T> values(x);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        copy_row(values.view(), core::index_at(rows, i), out.view(), i);
    }
    return out;
}

template <class T>
Matrix<T> picked(const Operand<T>& y, const Indices& labels) {
    if (labels.size() != y.rows()) {
        throw ShapeError("pick: expected " + std::to_string(y.rows()) + " labels, one a row, found " +
                         std::to_string(labels.size()));
    }
    core::check_indices("pick", "labels", labels, y.cols());
    const ops::Computed<T> computed(y);
    const MatrixView<const T> values = computed.view();
    Matrix<T> out(y.rows(), 1, kUninitialized);
    for (std::size_t i = 0; i < y.rows(); ++i) {
        out.data()[i] = values.data()[i * values.ld() + core::index_at(labels, i)];
    }
    return out;
}

// The elements in row order, as one row or one column, which stand for all rows or columns.
template <class T>
class Flat {
public:
    explicit Flat(const Operand<T>& x) : computed_(x) {
        if (!computed_.view().contiguous()) {
            copy_ = Matrix<T>(computed_.view());
        }
    }
    std::size_t size() const noexcept { return computed_.view().size(); }
    MatrixView<const T> row() const noexcept { return {data(), 1, size()}; }
    MatrixView<const T> column() const noexcept { return {data(), size(), 1}; }

private:
    const T* data() const noexcept { return copy_.empty() ? computed_.view().data() : copy_.data(); }

    ops::Computed<T> computed_;
    Matrix<T> copy_;
};

template <class T>
Mesh<T> mesh(const Operand<T>& x, const Operand<T>& y) {
    const Flat<T> along(x);
    const Flat<T> down(y);
    Mesh<T> out{Matrix<T>(down.size(), along.size(), kUninitialized),
                Matrix<T>(down.size(), along.size(), kUninitialized)};
    out.x.assign(along.row());
    out.y.assign(down.column());
    return out;
}

template <class T>
Matrix<T> products(const Operand<T>& a, const Operand<T>& b) {
    return Flat<T>(a).column() * Flat<T>(b).row();
}

}  // namespace

// The same functions for each type.
#define THALWEG_SHAPE(T)                                                         \
    Matrix<T> transpose(const Operand<T>& x) {                                   \
        return turned<T>(ops::Computed<T>(x).view());                            \
    }                                                                            \
    Matrix<T> transpose(Transposed<const T> x) {                                 \
        return Matrix<T>(x.of);                                                  \
    }                                                                            \
    Matrix<T> transpose(Transposed<T> x) {                                       \
        return Matrix<T>(x.of);                                                  \
    }                                                                            \
    Matrix<T> reshape(const Operand<T>& x, std::size_t rows, std::size_t cols) { \
        return reshaped(x, rows, cols);                                          \
    }                                                                            \
    Matrix<T> concatenate(OperandList<T> arrays, int axis) {                     \
        return concatenated<T>(arrays.begin(), arrays.size(), axis);             \
    }                                                                            \
    Matrix<T> hstack(OperandList<T> arrays) {                                    \
        return joined("hstack", arrays.begin(), arrays.size(), false);           \
    }                                                                            \
    Matrix<T> hstack(const Operand<T>& left, const Operand<T>& right) {          \
        return hstack({left, right});                                            \
    }                                                                            \
    Matrix<T> vstack(OperandList<T> arrays) {                                    \
        return joined("vstack", arrays.begin(), arrays.size(), true);            \
    }                                                                            \
    Matrix<T> vstack(const Operand<T>& top, const Operand<T>& bottom) {          \
        return vstack({top, bottom});                                            \
    }                                                                            \
    Matrix<T> tile(const Operand<T>& x, std::size_t down, std::size_t across) {  \
        return tiled(x, down, across);                                           \
    }                                                                            \
    Matrix<T> repeat(const Operand<T>& x, std::size_t count, int axis) {         \
        return repeated(x, count, axis);                                         \
    }                                                                            \
    Matrix<T> take(const Operand<T>& x, const Indices& rows) {                   \
        return taken(x, rows);                                                   \
    }                                                                            \
    Matrix<T> pick(const Operand<T>& y, const Indices& labels) {                 \
        return picked(y, labels);                                                \
    }                                                                            \
    Mesh<T> meshgrid(const Operand<T>& x, const Operand<T>& y) {                 \
        return mesh(x, y);                                                       \
    }                                                                            \
    Matrix<T> outer(const Operand<T>& a, const Operand<T>& b) {                  \
        return products(a, b);                                                   \
    }
THALWEG_SHAPE(float)
THALWEG_SHAPE(double)

}  // namespace thalweg
